"""The draft's JSON over HTTP, for the committee: its frame, its sessions, its speakers.

An edit says with If-Match which version was seen; `*` edits whatever is there.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, make_response, request, url_for

from services.scheduling.conferences.store import conference_of
from services.scheduling.programme.api import answers
from services.scheduling.programme.api.answers import conflicts_json, frame_json, session_json, speaker_json
from services.scheduling.programme.commands import editing as commands
from services.scheduling.programme.domain.frame import Frame
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import Speaker
from services.scheduling.programme.schemas import frame as frame_schemas
from services.scheduling.programme.schemas import requests as schemas
from services.scheduling.programme.store import board
from services.scheduling.programme.store import programme as store
from services.scheduling.programme.store.asked import drafted, editor, session_of
from services.scheduling.programme.store.draft import Kept
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.problem import Refusal
from shared.web.current import database, principal
from shared.web.documented import KEY, LINK, ONCE, SIGNED_IN, Blueprint, documented, idempotency_key

blueprint = Blueprint(
    "programme", __name__, url_prefix="/scheduling/conferences/<conference>", description="The programme in draft."
)

_ETAG = {"ETag": {"schema": {"type": "string"}}}
_IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": '^(\\*|"[0-9]{1,9}")$'},
    "description": "The ETag of what the editor has seen, or * for whatever is there.",
}
SEEN: dict[str, Any] = {**SIGNED_IN, "parameters": [_IF_MATCH]}
SEEN_ONCE: dict[str, Any] = {**SIGNED_IN, "parameters": [KEY, _IF_MATCH]}


class NotSeen(Refusal):
    """An edit says what its editor has seen, so that nothing is overwritten unseen."""

    status = 428
    title = "If-Match header missing"


# the frame


@blueprint.route("/draft")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.FrameAnswer, headers=_ETAG)
def get_frame(conference: str) -> Response:
    """Rooms, tracks, times and the weight of each conflict."""
    conference_of(database(), conference)
    programme = store.programme(database(), conference)
    return _with_etag(jsonify(frame_json(programme)), programme.revision)


@blueprint.route("/draft", methods=["PUT"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(frame_schemas.FrameShape)
@blueprint.response(200, answers.FrameAnswer, headers=_ETAG)
def put_frame(asked: Frame, conference: str) -> Response:
    """Set the frame, all of it; a room or track that sessions use can't be taken out."""
    made = database().run(commands.set_programme, conference=conference, asked=asked, seen=seen(), by=editor())
    return _with_etag(jsonify(frame_json(made)), made.revision)


# sessions


@blueprint.route("/sessions")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.SessionsPage, location="query")
@blueprint.response(200, answers.SessionsAnswer, headers=LINK)
def list_sessions(page: dict[str, Any], conference: str) -> Response:
    """The sessions in draft, in the order of their codes; `after` is a code."""
    conference_of(database(), conference)
    limit = page["limit"]
    found = store.sessions_with_versions(database(), conference, after=page["after"] or "", limit=limit + 1)
    next_ = found[limit - 1][0].code if len(found) > limit else None
    response = jsonify({"items": [session_json(Kept(*each)) for each in found[:limit]], "next": next_})
    if next_:
        address = url_for("programme.list_sessions", conference=conference, after=next_, limit=limit)
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


@blueprint.route("/sessions", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.NewSession)
@blueprint.response(201, answers.SessionAnswer, headers=_ETAG)
def create_session(asked: dict[str, Any], conference: str) -> Response:
    """Write a session into the draft, without a place."""
    made = _once(commands.create_session, answer=session_json, conference=conference, fields=asked, by=editor())
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("programme.get_session", conference=conference, session=made["id"])
    return _with_etag(response, made["version"])


@blueprint.route("/sessions/<session>")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def get_session(conference: str, session: str) -> Response:
    """One session in draft."""
    return _session(session_of(conference, session))


@blueprint.route("/sessions/<session>", methods=["PATCH"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.SessionChanges)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def edit_session(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Edit what is said of a session; what is left out stays."""
    return _edited(commands.edit_session, conference, session, changes=asked)


@blueprint.route("/sessions/<session>/slot", methods=["PUT"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.PlaceShape)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def place_session(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Give a session a room and a time; conflicts are shown, not refused."""
    return _edited(commands.place_session, conference, session, **asked)


@blueprint.route("/sessions/<session>/slot", methods=["DELETE"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def unplace_session(conference: str, session: str) -> Response:
    """Take a session's place away."""
    return _edited(commands.unplace_session, conference, session)


@blueprint.route("/sessions/<session>/pin", methods=["PUT"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.PinShape)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def pin_session(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Fix a session where it is, or let it be moved again."""
    return _edited(commands.pin_session, conference, session, **asked)


@blueprint.route("/sessions/<session>/cast", methods=["PUT"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.CastShape)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def set_cast(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Say who is on its stage, in this order."""
    return _edited(commands.set_cast, conference, session, cast=tuple(asked["cast"]))


@blueprint.route("/sessions/<session>/swap", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN_ONCE)
@blueprint.arguments(schemas.SwapShape)
@blueprint.response(200, answers.SwapAnswer)
def swap_sessions(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Let two sessions change places, both or none."""
    session_of(conference, session)
    made = _once(
        commands.swap_sessions,
        answer=lambda kept: {"items": [session_json(each) for each in kept]},
        session=session,
        other=asked["other"],
        seen=seen(),
        other_seen=asked["other_version"],
        by=editor(),
    )
    return jsonify(made)


@blueprint.route("/sessions/<session>/cancel", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN_ONCE)
@blueprint.arguments(schemas.ReasonShape)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def cancel_session(asked: dict[str, Any], conference: str, session: str) -> Response:
    """Cancel a session in the draft; nobody is told before the next release."""
    return _edited_once(commands.cancel_session, conference, session, **asked)


@blueprint.route("/sessions/<session>/reinstate", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 412, 428, 503)
@blueprint.doc(**SEEN_ONCE)
@blueprint.response(200, answers.SessionAnswer, headers=_ETAG)
def reinstate_session(conference: str, session: str) -> Response:
    """Take a cancellation in the draft back."""
    return _edited_once(commands.reinstate_session, conference, session)


# speakers


@blueprint.route("/speakers")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.SpeakersAnswer)
def list_speakers(conference: str) -> Response:
    """Who speaks at a conference, or was introduced for it."""
    conference_of(database(), conference)
    found = store.speakers_of(database(), conference)
    items = [speaker_json(each, version=version, conference=conference) for each, version in found]
    return jsonify({"items": items})


@blueprint.route("/speakers", methods=["POST"])
@desk(Action.EDIT_PROGRAMME)
@documented(400, 401, 403, 404, 409, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.SpeakerShape)
@blueprint.response(201, answers.SpeakerAnswer)
def introduce_speaker(asked: Introduction, conference: str) -> Response:
    """Bring in a speaker; a name and address that we know is the person we know."""
    made = _once(
        commands.introduce_speaker,
        answer=lambda kept: speaker_json(kept[0], version=kept[1], conference=conference),
        conference=conference,
        speaker=asked,
    )
    response = make_response(jsonify(made), 201)
    response.headers["Location"] = url_for("programme.get_speaker", conference=conference, person=made["id"])
    return response


@blueprint.route("/speakers/<person>")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.SpeakerAnswer, headers=_ETAG)
def get_speaker(conference: str, person: str) -> Response:
    """One speaker."""
    conference_of(database(), conference)
    return _speaker(conference, store.speaker_with_version(database(), person))


@blueprint.route("/speakers/<person>", methods=["PUT"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.SpeakerWords)
@blueprint.response(200, answers.SpeakerAnswer, headers=_ETAG)
def describe_speaker(asked: dict[str, Any], conference: str, person: str) -> Response:
    """Correct a speaker's public name or words."""
    conference_of(database(), conference)
    return _speaker(
        conference, database().run(commands.describe_speaker, person=person, **asked, seen=seen(), by=editor())
    )


@blueprint.route("/speakers/<person>/availability", methods=["PUT"])
@desk(Action.EDIT_PROGRAMME)
@documented(401, 403, 404, 409, 412, 422, 428, 503)
@blueprint.doc(**SEEN)
@blueprint.arguments(schemas.AwayShape)
@blueprint.response(200, answers.SpeakerAnswer, headers=_ETAG)
def set_availability(asked: dict[str, Any], conference: str, person: str) -> Response:
    """Say when a speaker can't come to this conference."""
    made = database().run(
        commands.set_availability,
        conference=conference,
        person=person,
        away=tuple(asked["away"]),
        is_complimentary=asked["is_complimentary"],
        seen=seen(),
        by=editor(),
    )
    return _speaker(conference, made)


# conflicts


@blueprint.route("/conflicts")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, answers.ConflictsAnswer)
def list_conflicts(conference: str) -> Response:
    """Everything that is wrong with the draft as it stands."""
    draft = drafted(conference)
    return jsonify(conflicts_json(draft.conflicts()))


@blueprint.route("/sessions/<session>/conflicts")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.WhatIf, location="query")
@blueprint.response(200, answers.ConflictsAnswer)
def list_conflicts_at(asked: dict[str, Any], conference: str, session: str) -> Response:
    """What a session would be in conflict with in this room at this time; nothing is changed."""
    own = session_of(conference, session).session
    return jsonify(conflicts_json(drafted(conference).conflicts_at(own, **asked)))


@blueprint.route("/sessions/<session>/places")
@desk(Action.SEE_PROGRAMME)
@documented(401, 403, 404, 422, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.arguments(schemas.WhichDay, location="query")
@blueprint.response(200, answers.PlacesAnswer)
def list_places(asked: dict[str, Any], conference: str, session: str) -> Response:
    """What a session would be in conflict with in each room at each time of a day; what isn't named is free."""
    own = session_of(conference, session).session
    return jsonify(answers.places_json(board.places(drafted(conference), own, day=asked["day"])))


# what the routes share


def seen() -> int | None:
    """The version that the editor says to have seen; None for whatever is there; raises `NotSeen`."""
    if "If-Match" not in request.headers:
        raise NotSeen("An edit needs If-Match with the ETag of what you saw. Nothing was changed; read it first.")
    if request.if_match.star_tag:
        return None
    tags = [tag for tag in request.if_match.as_set() if tag.isascii() and tag.isdigit() and len(tag) < 10]
    return int(tags[0]) if len(tags) == 1 else -1


def _once(command: Callable[..., Any], *, answer: Callable[[Any], Any], **arguments: Any) -> Any:
    return idempotency.run_once(
        database(), command, key=idempotency_key(), scope=principal().scope, answer=answer, **arguments
    )


def _edited(command: Callable[..., Kept], conference: str, session: str, **asked: Any) -> Response:
    session_of(conference, session)
    return _session(database().run(command, session=session, **asked, seen=seen(), by=editor()))


def _edited_once(command: Callable[..., Kept], conference: str, session: str, **asked: Any) -> Response:
    session_of(conference, session)
    made = _once(command, answer=session_json, session=session, **asked, seen=seen(), by=editor())
    return _with_etag(jsonify(made), made["version"])


def _session(kept: Kept) -> Response:
    return _with_etag(jsonify(session_json(kept)), kept.version)


def _speaker(conference: str, kept: tuple[Speaker, int]) -> Response:
    return _with_etag(jsonify(speaker_json(kept[0], version=kept[1], conference=conference)), kept[1])


def _with_etag(response: Response, version: int) -> Response:
    response.set_etag(str(version))
    return response
