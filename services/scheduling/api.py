"""Scheduling's JSON over HTTP: parse, call a command, answer; every refusal is a problem document."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Response, current_app, jsonify, make_response, request, url_for
from flask_smorest import Blueprint
from marshmallow import RAISE

from services.scheduling import board, commands, schemas, store
from services.scheduling.disruption import Disruption, RunUnknown
from services.scheduling.domain import Conference, ConferenceUnknown
from shared import idempotency
from shared.auth import current_role, desk
from shared.mongo import Database
from shared.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

KEY_LENGTH_MAX = 200
UNTOLD_SHOWN_MAX = 100
PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "api", __name__, url_prefix="/scheduling", description="Conferences, and what comes back after one is cancelled."
)


def _documented(*statuses: int) -> Callable[[F], F]:
    """Describe the problems that a route may answer."""

    def describe(view: F) -> F:
        for status in statuses:
            why = _WHY[status]
            view = blueprint.alt_response(status, schema=schemas.Problem, content_type=PROBLEM, description=why)(view)
        return view

    return describe


_WHY = {
    400: "The Idempotency-Key header or a token is missing or malformed.",
    401: "No account, or a wrong password.",
    403: "Signed in, but as another desk.",
    404: "There is nothing under this address.",
    409: "The conference is not in a state for this; nothing was changed.",
    422: "Something in the request makes no sense; nothing was changed.",
    503: "The database is not answering; nothing was changed, so asking again is safe.",
}
_SIGNED_IN: dict[str, Any] = {"security": [{"desk": []}]}
_ONCE: dict[str, Any] = {
    **_SIGNED_IN,
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[!-~]+$"},
            "description": "Same key and body: the same answer. Same key, another body: refused.",
        }
    ],
}


def _settings() -> Settings:
    return cast(Settings, current_app.config["SETTINGS"])


def _database() -> Database:
    return cast(Database, current_app.config["DATABASE"])


def _now() -> datetime:
    return _database().clock.now()


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise idempotency.IdempotencyKeyMissing(
            "This request needs an Idempotency-Key header, so that it can be repeated safely. "
            "Nothing was changed; send a fresh UUID."
        )
    if len(key) > KEY_LENGTH_MAX or not all("!" <= character <= "~" for character in key):
        raise idempotency.IdempotencyKeyMissing(
            f"The Idempotency-Key may have up to {KEY_LENGTH_MAX} letters, digits and signs. "
            "Nothing was changed; send a UUID."
        )
    return key


def _once(command: Callable[..., Any], *, answer: Callable[[Any], Any], **arguments: Any) -> Any:
    return idempotency.run_once(
        _database(), command, key=_idempotency_key(), scope=current_role() or "public", answer=answer, **arguments
    )


def _conference_json(conference: Conference) -> dict[str, Any]:
    return schemas.conference_json(conference, settings=_settings(), now=_now())


def _visible(id_: str) -> tuple[Conference, int]:
    """The conference under this id with its version; a draft is there for the committee only."""
    found = store.conference_with_version(_database(), id_)
    if found is None or not (found[0].is_public or current_role()):
        raise ConferenceUnknown("There is no conference under this address.")
    return found


def _record(run: str) -> Disruption:
    found = store.disruption_with_version(_database(), run)
    if found is None:
        raise RunUnknown("There is no decision under this address.")
    return found[0]


@blueprint.route("/conferences")
@_documented(401, 422, 503)
@blueprint.arguments(schemas.ConferencePage, location="query", unknown=RAISE)
@blueprint.response(200, schemas.ConferencesAnswer, headers={"Link": {"schema": {"type": "string"}}})
def list_conferences(page: dict[str, Any]) -> Response:
    """The conferences, in the order they were created; drafts for a desk only."""
    limit = page["limit"]
    found = store.conferences(_database(), **(page | {"limit": limit + 1}), with_drafts=current_role() is not None)
    next_ = found[limit - 1].id if len(found) > limit else None
    response = jsonify({"items": [_conference_json(each) for each in found[:limit]], "next": next_})
    if next_:
        query = {"after": next_, "limit": limit}
        response.headers["Link"] = f'<{url_for("api.list_conferences", **query)}>; rel="next"'
    return response


@blueprint.route("/conferences", methods=["POST"])
@desk("committee")
@_documented(400, 401, 403, 409, 422, 503)
@blueprint.doc(**_ONCE)
@blueprint.arguments(schemas.NewConference)
@blueprint.response(201, schemas.ConferenceAnswer)
def create_conference(asked: dict[str, Any]) -> Response:
    """Draft a conference; nobody outside the desks sees it."""
    made = _once(commands.create_conference, answer=_conference_json, **asked)
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("api.get_conference", conference=made["id"])
    return response


@blueprint.route("/conferences/<conference>")
@_documented(401, 404, 503)
@blueprint.response(200, schemas.ConferenceAnswer, headers={"ETag": {"schema": {"type": "string"}}})
@blueprint.alt_response(304, description="It has not changed since the ETag sent as If-None-Match.")
def get_conference(conference: str) -> Response:
    """One conference."""
    found, version = _visible(conference)
    response = jsonify(_conference_json(found))
    response.set_etag(f"{version}-{found.life_at(_now())}")
    response.headers["Vary"] = "Authorization, Cookie"
    return cast(Response, response.make_conditional(request))


@blueprint.route("/conferences/<conference>/announce", methods=["POST"])
@desk("committee")
@_documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**_ONCE)
@blueprint.response(200, schemas.ConferenceAnswer)
def announce_conference(conference: str) -> Response:
    """Make a draft public."""
    return jsonify(_once(commands.announce_conference, answer=_conference_json, conference=conference))


@blueprint.route("/conferences/<conference>/open", methods=["POST"])
@desk("committee")
@_documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**_ONCE)
@blueprint.response(200, schemas.ConferenceAnswer)
def open_registration(conference: str) -> Response:
    """Let people register."""
    return jsonify(_once(commands.open_registration, answer=_conference_json, conference=conference))


@blueprint.route("/conferences/<conference>/preview")
@desk("committee", "finance")
@_documented(401, 403, 404, 503)
@blueprint.doc(**_SIGNED_IN)
@blueprint.response(200, schemas.PreviewAnswer)
def preview_cancellation(conference: str) -> Response:
    """What a cancellation would touch, in counts and sums by tender; it changes nothing."""
    found, _ = _visible(conference)
    return jsonify(schemas.preview_json(found, store.stakes(_database(), conference)))


@blueprint.route("/conferences/<conference>/cancel", methods=["POST"])
@desk("committee")
@_documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**_ONCE)
@blueprint.arguments(schemas.CancelRequest)
@blueprint.response(202, schemas.DecisionAnswer)
def cancel_conference(asked: dict[str, Any], conference: str) -> Response:
    """Decide that the conference will not take place; final. What follows is on the board."""
    answer = _once(
        commands.cancel_conference,
        answer=lambda record: schemas.decision_json(record, settings=_settings()),
        conference=conference,
        **asked,
    )
    response = make_response(jsonify(answer), 202)
    response.headers["Location"] = url_for("api.get_board", run=answer["run"])
    return response


@blueprint.route("/runs/<run>")
@desk("committee", "finance")
@_documented(401, 403, 404, 503)
@blueprint.doc(**_SIGNED_IN)
@blueprint.response(200, schemas.BoardAnswer)
def get_board(run: str) -> Response:
    """What has come back after a decision, and what is still missing."""
    return jsonify(board.figures(_record(run)))


@blueprint.route("/runs/<run>/untold")
@desk("committee", "finance")
@_documented(401, 403, 404, 503)
@blueprint.doc(**_SIGNED_IN)
@blueprint.response(200, schemas.UntoldAnswer)
def list_untold(run: str) -> Response:
    """Registrations that have ended and whose registrants were not told yet: how many, and the first of them."""
    _record(run)
    untold = sorted(store.ended_registrations(_database(), run) - store.told_registrations(_database(), run))
    return jsonify({"count": len(untold), "items": untold[:UNTOLD_SHOWN_MAX]})
