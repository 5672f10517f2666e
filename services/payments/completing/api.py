"""Refund runs over HTTP."""

from flask import Response, jsonify

from services.payments.books.store import stuck
from services.payments.completing import schemas
from services.payments.refunds.store import earlier_refunds
from services.payments.runs.domain import RunUnknown
from services.payments.runs.store import RUNS, stuck_run
from shared.auth import desk
from shared.principals import Action
from shared.states import read
from shared.web.current import database
from shared.web.documented import SIGNED_IN, Blueprint, documented

blueprint = Blueprint(
    "runs", __name__, url_prefix="/payments", description="How far the money of a cancelled conference has come."
)


@blueprint.route("/runs/<run>")
@desk(Action.SEE_REFUND_RUNS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.RunAnswer)
def get_run(run: str) -> Response:
    """How far the money of one cancelled conference has come."""
    known = read(database(), RUNS, run)
    if known is None:
        raise RunUnknown("There is no refund run under this number (yet).")
    earlier = earlier_refunds(database(), known.conference)
    return jsonify(schemas.run_json(known, earlier=earlier, stuck=stuck(database(), stuck_run(run))))
