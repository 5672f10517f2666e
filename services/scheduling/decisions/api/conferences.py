"""Scheduling's JSON over HTTP: parse, call a command, answer; every refusal is a problem document."""

import re
from collections.abc import Callable
from typing import Any, cast

from flask import Response, jsonify, make_response, request, url_for

from services.scheduling.conferences import schemas, store
from services.scheduling.conferences.domain.conference import (
    Conference,
    ConferenceNotSeen,
    ConferenceUnknown,
    FieldRefused,
)
from services.scheduling.decisions.commands import conferences as commands
from services.scheduling.decisions.domain import board
from services.scheduling.decisions.domain.disruption import Disruption, RunUnknown
from services.scheduling.decisions.schemas import cancelling as decision_schemas
from services.scheduling.decisions.store import decisions as decision_store
from shared import idempotency
from shared.associations import FIRST
from shared.auth import desk
from shared.described import association_called
from shared.principals import Action
from shared.web.current import business_now, database, principal, settings
from shared.web.documented import LINK, ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

UNTOLD_SHOWN_MAX = 100
_IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": '^(\\*|"[0-9]{1,9}-[a-z]{1,9}")$'},
    "description": "The ETag of what the editor has seen, or * for whatever is there.",
}

blueprint = Blueprint(
    "api", __name__, url_prefix="/scheduling", description="Conferences, and what comes back after one is cancelled."
)


def _once(command: Callable[..., Any], *, answer: Callable[[Any], Any], **arguments: Any) -> Any:
    return idempotency.run_once(
        database(), command, key=idempotency_key(), scope=principal().scope, answer=answer, **arguments
    )


def _conference_json(conference: Conference) -> dict[str, Any]:
    return schemas.conference_json(conference, settings=settings(), now=business_now())


def _visible(id_: str) -> tuple[Conference, int]:
    """The conference under this id with its version; a draft is there for those only who work for it."""
    found = store.conference_with_version(database(), id_)
    if found is None or not store.Drafts.seen_by(principal()).show(found[0]):
        raise ConferenceUnknown("There is no conference under this address.")
    return found


def _conference_answer(conference: Conference, version: int) -> Response:
    response = jsonify(_conference_json(conference))
    response.set_etag(f"{version}-{conference.life_at(business_now())}")
    return response


def _seen() -> int | None:
    """The version that the editor says to have seen; None for whatever is there; raises `ConferenceNotSeen`."""
    if "If-Match" not in request.headers:
        raise ConferenceNotSeen(
            "An edit needs If-Match with the ETag of what you saw. Nothing was changed; read it first."
        )
    if request.if_match.star_tag:
        return None
    versions = [re.fullmatch(r"([0-9]{1,9})-[a-z]+", tag) for tag in request.if_match.as_set()]
    return int(versions[0][1]) if len(versions) == 1 and versions[0] else -1


def _record(run: str) -> Disruption:
    found = decision_store.disruption_with_version(database(), run)
    if found is None:
        raise RunUnknown("There is no decision under this address.")
    return found[0]


@blueprint.route("/conferences")
@documented(401, 422, 503)
@blueprint.arguments(schemas.ConferencePage, location="query")
@blueprint.response(200, schemas.ConferencesAnswer, headers=LINK)
def list_conferences(page: dict[str, Any]) -> Response:
    """The conferences, in the order they were created; drafts for a desk only."""
    limit = page["limit"]
    found = store.conferences(database(), **(page | {"limit": limit + 1}), drafts=store.Drafts.seen_by(principal()))
    next_ = found[limit - 1].id if len(found) > limit else None
    response = jsonify({"items": [_conference_json(each) for each in found[:limit]], "next": next_})
    if next_:
        query = {"after": next_, "limit": limit}
        response.headers["Link"] = f'<{url_for("api.list_conferences", **query)}>; rel="next"'
    return response


@blueprint.route("/conferences", methods=["POST"])
@desk(Action.BEGIN_CONFERENCES)
@documented(400, 401, 403, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.AssociationsConference)
@blueprint.response(201, schemas.ConferenceAnswer)
def create_conference(asked: dict[str, Any]) -> Response:
    """Draft a conference of one's association; nobody outside its desks sees it."""
    own = principal().association
    asked["association"] = asked["association"] or own or FIRST
    if own not in ("", asked["association"]):
        told = f"Your conferences belong to {own}. Nothing was created; leave this out, or name your own."
        raise FieldRefused("association", told)
    asked["currency"] = asked["currency"] or association_called(database(), asked["association"]).currency
    if not asked["currency"]:
        raise FieldRefused("currency", "Your association has said no currency. Nothing was created; say which.")
    made = _once(commands.create_conference, answer=_conference_json, **asked)
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("api.get_conference", conference=made["id"])
    return response


@blueprint.route("/conferences/<conference>")
@documented(401, 404, 503)
@blueprint.response(200, schemas.ConferenceAnswer, headers={"ETag": {"schema": {"type": "string"}}})
@blueprint.alt_response(304, description="It has not changed since the ETag sent as If-None-Match.")
def get_conference(conference: str) -> Response:
    """One conference."""
    response = _conference_answer(*_visible(conference))
    response.headers["Vary"] = "Authorization, Cookie"
    return cast(Response, response.make_conditional(request))


@blueprint.route("/conferences/<conference>", methods=["PATCH"])
@desk(Action.EDIT_CONFERENCES)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SIGNED_IN, parameters=[_IF_MATCH])
@blueprint.arguments(schemas.ConferenceChanges)
@blueprint.response(200, schemas.ConferenceAnswer, headers={"ETag": {"schema": {"type": "string"}}})
def edit_conference(asked: dict[str, Any], conference: str) -> Response:
    """Change a draft; what is left out stays. Of what was announced only title, venue and text are changed, for people
    plan by the rest. Where days, zone or currency of a draft have sessions standing on them, a refusal says what would
    become of these, and what to send when that is meant."""
    agreed = asked.pop("agreed", "")
    changes = schemas.renamed(asked)
    database().run(commands.edit_conference, conference=conference, changes=changes, seen=_seen(), agreed=agreed)
    return _conference_answer(*_visible(conference))


@blueprint.route("/conferences/<conference>/announce", methods=["POST"])
@desk(Action.EDIT_CONFERENCES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.ConferenceAnswer)
def announce_conference(conference: str) -> Response:
    """Make a draft public."""
    return jsonify(_once(commands.announce_conference, answer=_conference_json, conference=conference))


@blueprint.route("/conferences/<conference>/open", methods=["POST"])
@desk(Action.EDIT_CONFERENCES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.ConferenceAnswer)
def open_registration(conference: str) -> Response:
    """Let people register."""
    return jsonify(_once(commands.open_registration, answer=_conference_json, conference=conference))


@blueprint.route("/conferences/<conference>/preview")
@desk(Action.FORESEE_CANCELLATIONS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, decision_schemas.PreviewAnswer)
def preview_cancellation(conference: str) -> Response:
    """What a cancellation would touch, in counts and sums by tender; it changes nothing."""
    found, _ = _visible(conference)
    return jsonify(decision_schemas.preview_json(found, decision_store.stakes(database(), conference)))


@blueprint.route("/conferences/<conference>/cancel", methods=["POST"])
@desk(Action.CANCEL_CONFERENCES)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(decision_schemas.CancelRequest)
@blueprint.response(202, decision_schemas.DecisionAnswer)
def cancel_conference(asked: dict[str, Any], conference: str) -> Response:
    """Decide that the conference will not take place; final. What follows is on the board."""
    answer = _once(
        commands.cancel_conference,
        answer=lambda record: decision_schemas.decision_json(record, settings=settings()),
        conference=conference,
        **asked,
    )
    response = make_response(jsonify(answer), 202)
    response.headers["Location"] = url_for("api.get_board", run=answer["run"])
    return response


@blueprint.route("/runs/<run>")
@desk(Action.SEE_PROGRESS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, decision_schemas.BoardAnswer)
def get_board(run: str) -> Response:
    """What has come back after a decision, and what is still missing."""
    return jsonify(board.figures(_record(run)))


@blueprint.route("/runs/<run>/untold")
@desk(Action.SEE_PROGRESS)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, decision_schemas.UntoldAnswer)
def list_untold(run: str) -> Response:
    """Registrations that have ended and whose registrants were not told yet: how many, and the first of them."""
    _record(run)
    untold = sorted(
        decision_store.ended_registrations(database(), run) - decision_store.told_registrations(database(), run)
    )
    return jsonify({"count": len(untold), "items": untold[:UNTOLD_SHOWN_MAX]})
