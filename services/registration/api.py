"""Registration's JSON over HTTP: parse, call a command, answer; every refusal is a problem document."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from flask import Response, current_app, jsonify, request, url_for
from flask_smorest import Blueprint

from services.registration import answers, commands, schemas, store
from services.registration.conferences import Conference, ConferenceUnknown
from services.registration.domain import Application, Life, RegistrationUnknown, Settling
from services.registration.runs import RunUnknown
from shared.auth import current_role, desk
from shared.idempotency import IdempotencyKeyMissing, run_once
from shared.mongo import Database
from shared.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

KEY_LENGTH_MAX = 200
PROBLEM_TYPE = "application/problem+json"

blueprint = Blueprint(
    "api", __name__, url_prefix="/registration", description="Fee tables, registrations, and how far a cancellation is."
)

_WHY = {
    400: "The Idempotency-Key header is missing or malformed.",
    401: "No account, or a wrong password.",
    403: "Signed in, but as another desk.",
    404: "There is nothing under this address.",
    409: "This can't be done as things stand; nothing was changed.",
    412: "The fee table is not the one that was seen; nothing was changed.",
    422: "Something in the request makes no sense; nothing was changed.",
    428: "There is a fee table already, and no If-Match says which one was seen; nothing was changed.",
    503: "The database is not answering; nothing was changed, so asking again is safe.",
}
_SIGNED_IN: dict[str, Any] = {"security": [{"desk": []}]}
_ETAG = {"ETag": {"schema": {"type": "string"}}}
_IF_MATCH = {"in": "header", "name": "If-Match", "required": False, "schema": {"type": "string", "maxLength": 200}}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[!-~]+$"},
    "description": "The same key and body again give the same answer; the same key with another body is refused.",
}


def _documented(*statuses: int) -> Callable[[F], F]:
    """Describe the problems that a route may answer."""

    def describe(view: F) -> F:
        for status in statuses:
            told = blueprint.alt_response(
                status, schema=answers.Problem, content_type=PROBLEM_TYPE, description=_WHY[status]
            )
            view = told(view)
        return view

    return describe


@blueprint.route("/conferences/<conference>")
@_documented(404, 503)
@blueprint.response(200, answers.ConferenceAnswer, headers=_ETAG)
def get_conference(conference: str) -> Response:
    """A conference: whether one may register, and what it costs. The ETag names its fee table."""
    known = store.read(_database(), store.CONFERENCES, conference)
    if known is None:
        raise ConferenceUnknown("There is no conference under this address.")
    return _with_etag(jsonify(answers.conference_json(known)), known)


@blueprint.route("/conferences/<conference>/fees", methods=["PUT"])
@desk("committee")
@_documented(401, 403, 404, 412, 422, 428, 503)
@blueprint.doc(**_SIGNED_IN, parameters=[_IF_MATCH])
@blueprint.arguments(schemas.FeesShape)
@blueprint.response(200, answers.ConferenceAnswer, headers=_ETAG)
def put_fees(asked: dict[str, Any], conference: str) -> Response:
    """Set a conference's prices and refund terms; what was sold keeps its own."""
    changed = _database().run(
        commands.set_fees,
        conference=conference,
        categories=tuple(asked["categories"]),
        terms=asked["terms"],
        seen=_etags_seen(),
    )
    return _with_etag(jsonify(answers.conference_json(changed)), changed)


@blueprint.route("/registrations", methods=["POST"])
@_documented(400, 404, 409, 422, 503)
@blueprint.doc(parameters=[_KEY])
@blueprint.arguments(schemas.RegistrationShape())  # made once: a class is made anew for every request
@blueprint.response(201, answers.SubmittedAnswer)
def submit_registration(application: Application) -> Response:
    """Register one person with their guests for one conference."""
    answer = run_once(
        _database(),
        commands.submit_registration,
        key=_idempotency_key(),
        scope=current_role() or "public",
        answer=partial(answers.submitted_json, settings=cast(Settings, current_app.config["SETTINGS"])),
        application=application,
    )
    response = jsonify(answer)
    response.status_code = 201
    return response


@blueprint.route("/registrations")
@desk("committee", "finance")
@_documented(401, 403, 422, 503)
@blueprint.doc(**_SIGNED_IN)
@blueprint.arguments(schemas.PageShape, location="query")
@blueprint.response(200, answers.RegistrationsAnswer, headers={"Link": {"schema": {"type": "string"}}})
def list_registrations(page: dict[str, Any]) -> Response:
    """A conference's registrations in the order they were submitted."""
    limit = page["limit"]
    found = store.list_registrations(
        _database(),
        conference=page["conference"],
        life=Life(page["state"]) if page["state"] else None,
        after=page["after"],
        limit=limit + 1,
    )
    next_ = found[limit - 1].id if len(found) > limit else None
    response = jsonify({"items": [answers.registration_json(each) for each in found[:limit]], "next": next_})
    if next_:
        query = {name: value for name, value in page.items() if value} | {"after": next_}
        response.headers["Link"] = f'<{url_for("api.list_registrations", **query)}>; rel="next"'
    return response


@blueprint.route("/registrations/<registration>")
@desk("committee", "finance")
@_documented(401, 403, 404, 503)
@blueprint.doc(**_SIGNED_IN)
@blueprint.response(200, answers.RegistrationAnswer)
def get_registration(registration: str) -> Response:
    """One registration."""
    known = store.read(_database(), store.REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown("There is no registration under this address.")
    return jsonify(answers.registration_json(known))


@blueprint.route("/runs/<run>")
@desk("committee", "finance")
@_documented(401, 403, 404, 503)
@blueprint.doc(**_SIGNED_IN)
@blueprint.response(200, answers.RunAnswer)
def get_run(run: str) -> Response:
    """How far the end of all registrations of a cancelled conference is."""
    known = store.read(_database(), store.RUNS, run)
    if known is None:
        raise RunUnknown("There is no run under this address.")
    fixed_count = store.count_settling(_database(), run, Settling.FIXED)
    return jsonify(answers.run_json(known, fixed_count=fixed_count))


def _idempotency_key() -> str:
    """A key that tells a repeated request from a new one; raises `IdempotencyKeyMissing`."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise IdempotencyKeyMissing(
            "This request needs an Idempotency-Key, so that it can be repeated safely. "
            "Nothing was changed; send a fresh UUID with it."
        )
    if len(key) > KEY_LENGTH_MAX or not all("!" <= character <= "~" for character in key):
        raise IdempotencyKeyMissing(
            f"An Idempotency-Key has at most {KEY_LENGTH_MAX} letters, digits and signs. "
            "Nothing was changed; send a UUID."
        )
    return key


def _database() -> Database:
    return cast(Database, current_app.config["DATABASE"])


def _with_etag(response: Response, conference: Conference) -> Response:
    response.set_etag(str(conference.fees.revision if conference.fees else 0))
    return response


def _etags_seen() -> frozenset[str] | None:
    """The fee tables that the editor says to have before them."""
    if "If-Match" not in request.headers:
        return None
    if request.if_match.star_tag:
        return frozenset({"*"})
    return frozenset(request.if_match.as_set())
