"""How far runs are, and whether they go on, as JSON over HTTP; every refusal is a problem document."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, jsonify

from services.registration.changing.commands import leaving, renamed_option, steering
from services.registration.changing.domain.runs import Run, RunUnknown
from services.registration.changing.schemas import (
    LeavingShape,
    NewNameShape,
    RunAnswer,
    RunsAnswer,
    RunsShape,
    run_json,
)
from services.registration.changing.store import RUNS, count_settling, list_runs
from services.registration.people.store import read
from services.registration.registering.domain.registrations import Settling
from services.registration.registering.schemas.answers import RegistrationAnswer, registration_json
from shared.auth import desk
from shared.idempotency import run_once
from shared.principals import Action
from shared.web.current import database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "runs", __name__, url_prefix="/registration", description="What is carried out for many, and how far it is."
)


@blueprint.route("/runs")
@desk(Action.SEE_REGISTRATIONS)
@documented(401, 403, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(RunsShape, location="query")
@blueprint.response(200, RunsAnswer)
def get_runs(asked: dict[str, Any]) -> Response:
    """All that is or was carried out for many registrations of a conference, the newest hundred."""
    return jsonify({"items": [_answer(each) for each in list_runs(database(), conference=asked["conference"])]})


@blueprint.route("/runs/<run>")
@desk(Action.SEE_REGISTRATIONS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, RunAnswer)
def get_run(run: str) -> Response:
    """How far a run is: the end of all registrations of a cancelled conference, for one."""
    known = read(database(), RUNS, run)
    if known is None:
        raise RunUnknown("There is no run under this address.")
    return jsonify(_answer(known))


@blueprint.route("/conferences/<conference>/options/<product>/name", methods=["POST"])
@desk(Action.EDIT_PRICES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(NewNameShape)
@blueprint.response(202, RunAnswer)
def rename_option(asked: dict[str, Any], conference: str, product: str) -> tuple[dict[str, Any], int]:
    """Call an option by another name, and tell everyone who has it, once; the run says how far that is."""
    answer = run_once(
        database(),
        renamed_option.rename_option,
        key=idempotency_key(),
        scope=principal().scope,
        answer=partial(run_json, fixed_count=0),
        conference=conference,
        product=product,
        **asked,
    )
    return answer, 202


@blueprint.route("/conferences/<conference>/registrations/<registration>/leave", methods=["POST"])
@desk(Action.END_REGISTRATIONS)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(LeavingShape)
@blueprint.response(200, RegistrationAnswer)
def end_registration(asked: dict[str, Any], conference: str, registration: str) -> Response:
    """End one registration, for good: by its terms a fee is kept, and the rest of what was paid goes back at once."""
    who = principal()
    answer = run_once(
        database(),
        leaving.end_registration,
        key=idempotency_key(),
        scope=who.scope,
        answer=registration_json,
        conference=conference,
        registration=registration,
        by=who.words,
        account=who.person,
        **asked,
    )
    return jsonify(answer)


@blueprint.route("/runs/<run>/pause", methods=["POST"])
@desk(Action.STEER_RUNS)
@documented(401, 403, 404, 409, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, RunAnswer)
def pause_run(run: str) -> Response:
    """Hold a run up where it stands. Asked again it changes nothing."""
    return _steered(steering.pause_run, run)


@blueprint.route("/runs/<run>/resume", methods=["POST"])
@desk(Action.STEER_RUNS)
@documented(401, 403, 404, 409, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, RunAnswer)
def resume_run(run: str) -> Response:
    """Let a run go on from where it stands. Asked again it changes nothing."""
    return _steered(steering.resume_run, run)


@blueprint.route("/runs/<run>/stop", methods=["POST"])
@desk(Action.STEER_RUNS)
@documented(401, 403, 404, 409, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, RunAnswer)
def stop_run(run: str) -> Response:
    """End a run here, for good; a cancellation can't be stopped. Asked again it changes nothing."""
    return _steered(steering.stop_run, run)


def _steered(command: Callable[..., Run], run: str) -> Response:
    return jsonify(_answer(database().run(command, run=run)))


def _answer(run: Run) -> dict[str, Any]:
    return run_json(run, fixed_count=count_settling(database(), run.id, Settling.FIXED))
