"""Credits over HTTP: which there are, spent on an order, paid out."""

from typing import Any

from flask import Response, jsonify

from services.payments.credits import commands, schemas
from services.payments.credits.domain import CreditUnknown
from services.payments.credits.store import CREDITS, credits_where
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.store import read_order
from shared.auth import desk
from shared.principals import Action
from shared.states import read
from shared.web.answering import listed, made
from shared.web.current import database
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented

blueprint = Blueprint(
    "credits", __name__, url_prefix="/payments", description="Money that payers keep for later conferences."
)


@blueprint.route("/credits")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.CreditsShape, location="query")
@blueprint.response(200, schemas.CreditsAnswer, headers=LINK)
def list_credits(asked: dict[str, Any]) -> Response:
    """Credits by their state, or of one payer."""
    where = credits_where(asked["state"], now=database().clock.now())
    whose = {"person": asked["person"]} if asked["person"] else {}
    return listed(CREDITS, where | whose, asked, schemas.credit_json)


@blueprint.route("/credits/<credit>")
@desk(Action.SEE_MONEY)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.CreditAnswer)
def get_credit(credit: str) -> Response:
    """One credit."""
    known = read(database(), CREDITS, credit)
    if known is None:
        raise CreditUnknown("There is no credit under this number.")
    return jsonify(schemas.credit_json(known))


@blueprint.route("/credits/<credit>/spendings", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.SpendingShape)
@blueprint.response(201, schemas.SpentAnswer)
def spend_credit(asked: dict[str, Any], credit: str) -> Response:
    """Pay an order of the same association and currency with so much of a credit, at the holder's word."""
    order = read_order(database(), asked["order"])
    if order is None:
        raise OrderUnknown("There is no order under this number. Nothing was changed.")
    amount_minor = asked["amount_minor"]
    return made(commands.spend_credit, _spent, credit=credit, order=order.id, amount_minor=amount_minor)


@blueprint.route("/credits/<credit>/payout", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.PayoutShape)
@blueprint.response(200, schemas.CreditAnswer)
def pay_credit_out(asked: dict[str, Any], credit: str) -> Response:
    """Approve that what is left of a credit is paid out: it goes back the way its money had come."""
    return made(commands.pay_credit_out, schemas.credit_json, status=200, credit=credit, **asked)


def _spent(order: Order) -> dict[str, Any]:
    return {
        "order": order.id,
        "number": order.number,
        "balance_minor": order.owed_minor,
        "currency": order.currency,
    }
