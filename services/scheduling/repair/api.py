"""The solver's JSON over HTTP, for the committee: ask, look, cancel, foresee, take."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response, url_for

from services.scheduling.conferences.store import conference_of
from services.scheduling.repair import schemas, store
from services.scheduling.repair.commands import foresight
from services.scheduling.repair.commands import repair as commands
from services.scheduling.repair.schemas import search_json
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, principal
from shared.web.documented import ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "searches",
    __name__,
    url_prefix="/scheduling/conferences/<conference>/searches",
    description="Plans and repairs of a programme, proposed by the solver.",
)


@blueprint.route("")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.SearchesAnswer)
def list_searches(conference: str) -> Response:
    """The latest questions to the solver, the newest first."""
    conference_of(database(), conference)
    return jsonify({"items": [search_json(each) for each in store.searches(database(), conference)]})


@blueprint.route("", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.SearchRequest)
@blueprint.response(202, schemas.SearchAnswer)
def ask_solver(asked: dict[str, Any], conference: str) -> Response:
    """Ask for a first plan, for fewer clashes, or for the least repair after an incident. It changes nothing."""
    made = _once(commands.ask_solver, conference=conference, by=principal().words, **asked)
    response = make_response(jsonify(made), 202)
    response.headers["Location"] = url_for("searches.get_search", conference=conference, search=made["id"])
    return response


@blueprint.route("/<search>")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.SearchAnswer)
def get_search(conference: str, search: str) -> Response:
    """One question, how far it is, and what is proposed."""
    return jsonify(search_json(store.search(database(), conference, search)))


@blueprint.route("/<search>/preview")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 409, 412, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.ForeseenAnswer)
def foresee(conference: str, search: str) -> Response:
    """What a release with this proposal in it would do: whom it hits, and how. It leaves no trace."""
    found = store.search(database(), conference, search)
    return jsonify(schemas.foreseen_json(foresight.of_proposal(database(), found)))


@blueprint.route("/<search>/cancel", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.SearchAnswer)
def cancel_search(conference: str, search: str) -> Response:
    """Stop looking."""
    return jsonify(_once(commands.cancel_search, conference=conference, search=search))


@blueprint.route("/<search>/take", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 412, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.TakeRequest)
@blueprint.response(200, schemas.SearchAnswer)
def take_proposal(asked: dict[str, Any], conference: str, search: str) -> Response:
    """Take the proposal into the draft, all of it; nobody is told before the next release."""
    made = _once(
        commands.take_proposal, conference=conference, search=search, by=principal().words, reason=asked["reason"]
    )
    return jsonify(made)


def _once(command: Callable[..., Any], **arguments: Any) -> Any:
    return idempotency.run_once(
        database(), command, key=idempotency_key(), scope=principal().scope, answer=search_json, **arguments
    )
