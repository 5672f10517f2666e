"""How far a run is, as JSON over HTTP; every refusal is a problem document."""

from flask import Response, jsonify

from services.registration.changing.domain.runs import RunUnknown
from services.registration.changing.schemas import RunAnswer, run_json
from services.registration.changing.store import RUNS, count_settling
from services.registration.people.store import read
from services.registration.registering.domain.registrations import Settling
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database
from shared.web.documented import SIGNED_IN, Blueprint, documented

blueprint = Blueprint("runs", __name__, url_prefix="/registration", description="How far a cancellation is.")


@blueprint.route("/runs/<run>")
@desk(Action.SEE_REGISTRATIONS)
@documented(blueprint, 401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, RunAnswer)
def get_run(run: str) -> Response:
    """How far the end of all registrations of a cancelled conference is."""
    known = read(database(), RUNS, run)
    if known is None:
        raise RunUnknown("There is no run under this address.")
    fixed_count = count_settling(database(), run, Settling.FIXED)
    return jsonify(run_json(known, fixed_count=fixed_count))
