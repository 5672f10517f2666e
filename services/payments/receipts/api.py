"""Money that finance has received, over HTTP."""

from typing import Any

from flask import Response

from services.payments.orders.domain.orders import Order
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import PAYMENTS
from services.payments.receipts import schemas
from services.payments.receipts.commands import recording
from shared import reach
from shared.auth import desk
from shared.principals import Action
from shared.web.answering import made
from shared.web.documented import ONCE, Blueprint, documented

blueprint = Blueprint(
    "receipts",
    __name__,
    url_prefix="/payments",
    description="Cheques, transfers and grants, and cheques on their way to the bank.",
)


@blueprint.route("/orders/<order>/payments", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.PaymentShape)
@blueprint.response(201, schemas.PaymentAnswer)
def record_payment(asked: dict[str, Any], order: str) -> Response:
    """Record a cheque, a transfer or a grant for an order, named by its own number or its invoice's. After the order's
    end it goes back by itself."""

    def told(recorded: tuple[Order, Payment]) -> dict[str, Any]:
        after, payment = recorded
        return {
            "payment": payment.id,
            "order": after.id,
            "balance_minor": after.owed_minor,
            "is_late": payment.is_late,
        }

    return made(recording.record_payment, told, order=order, **asked)


@blueprint.route("/deposits", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.DepositShape)
@blueprint.response(201, schemas.DepositAnswer)
def deposit_cheques(asked: dict[str, Any]) -> Response:
    """Record cheques as taken to the bank with one slip."""
    reach.must_reach(PAYMENTS, asked["payments"])
    return made(recording.deposit_cheques, schemas.deposit_json, **asked)
