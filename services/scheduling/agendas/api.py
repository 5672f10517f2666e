"""Agendas as JSON over HTTP. The signed token in the address is the right to see and change one person's agenda."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from services.scheduling.agendas import commands, schemas
from services.scheduling.agendas.domain.agendas import Agenda, AgendaUnknown, stars_digest
from services.scheduling.agendas.domain.turns import in_turn
from services.scheduling.agendas.store import agendas as store
from services.scheduling.conferences.pages.personal_links import AGENDA, opened_link
from shared import idempotency
from shared.auth import desk
from shared.principals import Action
from shared.web.current import database, settings
from shared.web.documented import KEY, SIGNED_IN, Blueprint, documented, idempotency_key

ETAG = {"ETag": {"schema": {"type": "string"}}}
ONCE: dict[str, Any] = {"parameters": [KEY]}
IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "required": False,
            "schema": {"type": "string"},
            "description": "The ETag of the stars that were seen; needed when there are any.",
        }
    ]
}

blueprint = Blueprint(
    "agendas_api", __name__, url_prefix="/scheduling", description="Stars, seats and waitlists of one person."
)


def _id(token: str) -> str:
    return opened_link(AGENDA, token)


def _agenda(token: str) -> Agenda:
    found = store.agenda(database(), _id(token))
    if found is None:
        raise AgendaUnknown("We don't know of this registration yet. It may be very new; try again in a minute.")
    return found


def _claim(command: Callable[..., Any], *, token: str, session: str, **asked: Any) -> Response:
    agenda = _id(token)
    with in_turn(session):
        answer = idempotency.run_once(
            database(),
            command,
            key=idempotency_key(),
            scope=f"agenda:{agenda}",
            answer=schemas.claim_json,
            agenda=agenda,
            session=session,
            **asked,
        )
    return jsonify(answer)


def _stars(agenda: Agenda) -> Response:
    response = jsonify({"stars": list(agenda.stars)})
    response.set_etag(stars_digest(agenda))
    return response


def _whole(agenda: Agenda) -> Response:
    rosters = store.rosters_of(database(), agenda.claims)
    return jsonify(schemas.agenda_json(agenda, rosters, settings=settings()))


@blueprint.route("/agendas/<token>")
@documented(404, 410, 503)
@blueprint.response(200, schemas.AgendaAnswer)
def get_agenda(token: str) -> Response:
    """One person's agenda: what they starred, which seats they hold, what they wait for."""
    return _whole(_agenda(token))


@blueprint.route("/agendas/<token>/stars")
@documented(404, 410, 503)
@blueprint.response(200, schemas.StarsAnswer, headers=ETAG)
def get_stars(token: str) -> Response:
    """All stars, in the order in which they were set."""
    return _stars(_agenda(token))


@blueprint.route("/agendas/<token>/stars", methods=["PUT"])
@documented(404, 409, 410, 412, 422, 428, 503)
@blueprint.doc(**IF_MATCH)
@blueprint.arguments(schemas.Stars)
@blueprint.response(200, schemas.StarsAnswer, headers=ETAG)
def put_stars(asked: dict[str, Any], token: str) -> Response:
    """Star exactly these sessions."""
    seen = request.headers.get("If-Match")
    replaced = database().run(
        commands.replace_stars,
        agenda=_id(token),
        sessions=asked["sessions"],
        seen=seen.strip().removeprefix("W/").strip('"') if seen is not None else None,
    )
    return _stars(replaced)


@blueprint.route("/agendas/<token>/stars/<session>", methods=["PUT"])
@documented(404, 409, 410, 422, 503)
@blueprint.response(200, schemas.StarsAnswer, headers=ETAG)
def put_star(token: str, session: str) -> Response:
    """Star a session; starring it again changes nothing."""
    return _stars(database().run(commands.star_session, agenda=_id(token), session=session))


@blueprint.route("/agendas/<token>/stars/<session>", methods=["DELETE"])
@documented(404, 410, 503)
@blueprint.response(200, schemas.StarsAnswer, headers=ETAG)
def delete_star(token: str, session: str) -> Response:
    """Take a star away; there may be none."""
    return _stars(database().run(commands.unstar_session, agenda=_id(token), session=session))


@blueprint.route("/agendas/<token>/sessions/<session>/seat", methods=["POST"])
@documented(400, 404, 409, 410, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.SeatWanted)
@blueprint.response(200, schemas.ClaimAnswer)
def take_seat(asked: dict[str, Any], token: str, session: str) -> Response:
    """Sign up for a session: a seat, or else the last place on its waitlist."""
    return _claim(commands.sign_up, token=token, session=session, **asked)


@blueprint.route("/agendas/<token>/sessions/<session>/seat", methods=["DELETE"])
@documented(404, 409, 410, 503)
@blueprint.response(200, schemas.ClaimAnswer)
def give_back(token: str, session: str) -> Response:
    """Give a seat back, or leave the waitlist; doing it again changes nothing."""
    with in_turn(session):
        claimed = database().run(commands.give_back_seat, agenda=_id(token), session=session)
    return jsonify(schemas.claim_json(claimed))


@blueprint.route("/agendas/<token>/sessions/<session>/offer", methods=["POST"])
@documented(400, 404, 409, 410, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.arguments(schemas.SeatAnswered)
@blueprint.response(200, schemas.ClaimAnswer)
def answer_offer(asked: dict[str, Any], token: str, session: str) -> Response:
    """Take the seat that is offered, or let it go to the next."""
    if asked["accept"]:
        return _claim(commands.accept_seat, token=token, session=session, at_that_time=asked["at_that_time"])
    return _claim(commands.give_back_seat, token=token, session=session)


@blueprint.route("/agendas/<token>/preferences", methods=["PUT"])
@documented(404, 410, 422, 503)
@blueprint.arguments(schemas.Preferences)
@blueprint.response(200, schemas.AgendaAnswer)
def put_preferences(asked: dict[str, Any], token: str) -> Response:
    """Times in an own zone, and calendar invitations or not."""
    return _whole(database().run(commands.set_preferences, agenda=_id(token), **asked))


@blueprint.route("/agendas/<token>/feed", methods=["POST"])
@documented(400, 404, 410, 422, 503)
@blueprint.doc(**ONCE)
@blueprint.response(200, schemas.AgendaAnswer)
def renew_feed(token: str) -> Response:
    """Give the personal feed an address of its own; the one before ends."""
    agenda = _id(token)
    answer = idempotency.run_once(
        database(),
        commands.renew_feed,
        key=idempotency_key(),
        scope=f"agenda:{agenda}",
        answer=lambda found: schemas.agenda_json(
            found, store.rosters_of(database(), found.claims), settings=settings()
        ),
        agenda=agenda,
    )
    return jsonify(answer)


@blueprint.route("/agendas/<token>/feed", methods=["DELETE"])
@documented(404, 410, 503)
@blueprint.response(200, schemas.AgendaAnswer)
def revoke_feed(token: str) -> Response:
    """End the personal feed's address."""
    return _whole(database().run(commands.revoke_feed, agenda=_id(token)))


@blueprint.route("/conferences/<conference>/rosters")
@desk(Action.SEE_ATTENDANCE)
@documented(401, 403, 404, 503)
@blueprint.doc(**SIGNED_IN)
@blueprint.response(200, schemas.RostersAnswer)
def list_rosters(conference: str) -> Response:
    """How full each session is: stars, seats, who waits, and where more have paid than the room has."""
    rosters, stars = store.rosters(database(), conference), store.star_counts(database(), conference)
    sessions = sorted({*rosters, *stars})
    items = [schemas.roster_json(each, rosters.get(each), star_count=stars.get(each, 0)) for each in sessions]
    return jsonify({"items": items})
