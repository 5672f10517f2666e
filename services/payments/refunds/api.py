"""Refunds over HTTP: ours, and those that somebody made at the card provider."""

from typing import Any

from flask import Response, jsonify

from services.payments.refunds import schemas
from services.payments.refunds.commands import by_hand
from services.payments.refunds.commands.by_hand import let_refund_go
from services.payments.refunds.domain.refunds import RefundUnknown
from services.payments.refunds.schemas import ElsewhereShape, RecordPaidShape, RefundsShape
from services.payments.refunds.store import REFUNDS, find_outside, find_refunds
from services.payments.strays.schemas import LookShape, StraysShape
from shared.auth import desk
from shared.principals import Action
from shared.states import read
from shared.web.answering import made, page_of
from shared.web.current import database
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented

blueprint = Blueprint("refunds", __name__, url_prefix="/payments", description="Money on its way back.")


@blueprint.route("/refunds")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(RefundsShape, location="query")
@blueprint.response(200, schemas.RefundsAnswer, headers=LINK)
def list_refunds(asked: dict[str, Any]) -> Response:
    """Refunds by run (or outside of any), state and rail."""
    found = find_refunds(
        database(),
        run="" if asked["outside"] else asked["run"],
        state=asked["state"],
        rail=asked["rail"],
        after=asked["after"],
        limit=asked["limit"] + 1,
    )
    return page_of(found, asked, schemas.refund_json)


@blueprint.route("/refunds/<refund>")
@desk(Action.SEE_MONEY)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.RefundAnswer)
def get_refund(refund: str) -> Response:
    """One refund."""
    known = read(database(), REFUNDS, refund)
    if known is None:
        raise RefundUnknown("There is no refund under this number.")
    return jsonify(schemas.refund_json(known))


@blueprint.route("/refunds/<refund>/record", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(RecordPaidShape)
@blueprint.response(200, schemas.RefundAnswer)
def record_refund(asked: dict[str, Any], refund: str) -> Response:
    """Record a refund as paid by cheque or transfer, under a number that was not used before."""
    return made(by_hand.record_refund, schemas.refund_json, status=200, refund=refund, **asked)


@blueprint.route("/refunds/<refund>/retry", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.RefundAnswer)
def retry_refund(refund: str) -> Response:
    """Let go a refund that waits for a person: the provider is asked again, and what it doesn't have is sent."""
    return made(let_refund_go, schemas.refund_json, status=200, refund=refund)


@blueprint.route("/refunds/<refund>/paid-elsewhere", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(ElsewhereShape)
@blueprint.response(200, schemas.RefundAnswer)
def pay_elsewhere(asked: dict[str, Any], refund: str) -> Response:
    """Record that a held refund, or a part of it, was paid by cheque or transfer; the answer is what is left of it."""
    return made(by_hand.pay_elsewhere, schemas.refund_json, status=200, refund=refund, **asked)


@blueprint.route("/outside-refunds")
@desk(Action.SEE_MONEY)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(StraysShape, location="query")
@blueprint.response(200, schemas.OutsidesAnswer, headers=LINK)
def list_outside(asked: dict[str, Any]) -> Response:
    """Refunds that somebody made at the card provider and not here, and what each was taken for."""
    found = find_outside(database(), is_open=asked["state"] == "open", after=asked["after"], limit=asked["limit"] + 1)
    return page_of(found, asked, schemas.outside_json)


@blueprint.route("/outside-refunds/<outside>/look", methods=["POST"])
@desk(Action.MOVE_MONEY)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(LookShape)
@blueprint.response(200, schemas.OutsideAnswer)
def note_look_outside(asked: dict[str, Any], outside: str) -> Response:
    """Say what was done about a refund that was made outside; it leaves the list of the open ones."""
    return made(by_hand.note_look_outside, schemas.outside_json, status=200, outside=outside, **asked)
