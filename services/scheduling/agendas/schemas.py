"""The shapes of an agenda's requests and answers over HTTP, and how agendas and rosters are written as JSON."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.agendas.domain.agendas import STAR_COUNT_MAX, Agenda
from services.scheduling.agendas.domain.rosters import AtThatTime, Claimed, Hold, Roster
from services.scheduling.conferences.schemas import Request, Text
from shared.settings import Settings
from shared.web import links

ID_LENGTH_MAX = 80


class Stars(Request):
    """All stars of an agenda."""

    sessions = fields.List(
        Text(length_max=ID_LENGTH_MAX),
        required=True,
        validate=validate.Length(max=STAR_COUNT_MAX),
        metadata={"description": "Every session that is to be starred, and no other."},
    )


class AtThatTimeShape(Request):
    """What is wanted when there is another seat at that time."""

    at_that_time = fields.Enum(
        AtThatTime,
        by_value=True,
        load_default=AtThatTime.ASK,
        metadata={"description": "When another seat is held at that time: `ask` refuses and says which."},
    )


class SeatWanted(AtThatTimeShape):
    """A seat, or else a place on the waitlist."""

    or_wait = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=True,
        metadata={"description": "Join the waitlist when every seat is taken."},
    )


class SeatAnswered(AtThatTimeShape):
    """Whether a seat that is offered is taken."""

    accept = fields.Boolean(required=True, truthy={True}, falsy={False})


class Preferences(Request):
    """How somebody wants times shown, and whether calendar invitations are wanted."""

    zone = fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"description": "IANA time zone; empty: the venue's."},
    )
    wants_invitations = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class StandingAnswer(Schema):
    """How somebody stands with one session."""

    session = fields.String()
    is_starred = fields.Boolean()
    standing = fields.String(validate=validate.OneOf(["none", "waits", *(each.value for each in Hold)]))
    place = fields.Integer(allow_none=True, metadata={"description": "On the waitlist, from 1."})
    until = fields.String(allow_none=True, metadata={"format": "date-time", "description": "Of an offer."})
    is_paid = fields.Boolean(metadata={"description": "It is on the registration's order."})
    is_owed = fields.Boolean(metadata={"description": "It was added to that order later, and is not paid yet."})


class ClaimAnswer(StandingAnswer):
    """How somebody stands with a session after what they asked."""

    given_back = fields.List(fields.String(), metadata={"description": "Sessions whose seat was given back."})


class AgendaAnswer(Schema):
    """One person's agenda."""

    agenda = fields.String()
    conference = fields.String()
    is_delegate = fields.Boolean()
    stars = fields.List(fields.String())
    sessions = fields.List(fields.Nested(StandingAnswer))
    zone = fields.String()
    wants_invitations = fields.Boolean()
    feed = fields.String(
        allow_none=True, metadata={"description": "The address of the personal feed, if there is one."}
    )


class StarsAnswer(Schema):
    """All stars of an agenda."""

    stars = fields.List(fields.String())


class RosterAnswer(Schema):
    """How full a session is."""

    session = fields.String()
    star_count = fields.Integer()
    seats = fields.Integer(allow_none=True, metadata={"description": "None: no sign-up."})
    held_count = fields.Integer()
    paid_count = fields.Integer()
    offered_count = fields.Integer()
    waiting_count = fields.Integer()
    over_count = fields.Integer(metadata={"description": "More hold a paid seat than the room has."})
    unpaid_count = fields.Integer(metadata={"description": "Seats of a paid session that are not paid."})


class RostersAnswer(Schema):
    """How full each session is that somebody starred or may sign up for."""

    items = fields.List(fields.Nested(RosterAnswer))


def standing_json(agenda: Agenda, session: str, roster: Roster | None) -> dict[str, Any]:
    """How somebody stands with one session."""
    seat = roster.seat_of(agenda.person) if roster else None
    place = roster.place_of(agenda.person) if roster else None
    return {
        "session": session,
        "is_starred": session in agenda.stars,
        "standing": seat.hold.value if seat else "waits" if place else "none",
        "place": place,
        "until": seat.until.isoformat() if seat and seat.until else None,
        "is_paid": agenda.paid_place(session) is not None,
        "is_owed": seat is not None and seat.is_owed,
    }


def claim_json(claimed: Claimed) -> dict[str, Any]:
    """How somebody stands with a session after what they asked."""
    standing = standing_json(claimed.agenda, claimed.roster.session, claimed.roster)
    return {**standing, "given_back": list(claimed.given_back)}


def agenda_json(agenda: Agenda, rosters: Mapping[str, Roster], *, settings: Settings) -> dict[str, Any]:
    """One person's agenda, with every session that they starred, sit in or wait for."""
    sessions = dict.fromkeys([*agenda.stars, *agenda.claims])
    standings = [standing_json(agenda, each, rosters.get(each)) for each in sessions]
    return {
        "agenda": agenda.id,
        "conference": agenda.conference,
        "is_delegate": agenda.is_delegate,
        "stars": list(agenda.stars),
        "sessions": [each for each in standings if each["is_starred"] or each["standing"] != "none" or each["is_paid"]],
        "zone": agenda.zone,
        "wants_invitations": agenda.wants_invitations,
        "feed": links.my_feed(settings, agenda.feed_token) if agenda.feed_token else None,
    }


def roster_json(session: str, roster: Roster | None, *, star_count: int) -> dict[str, Any]:
    """How full one session is."""
    holds = [each.hold for each in roster.held] if roster else []
    owed_count = sum(each.is_owed for each in roster.held) if roster else 0
    is_paid_for = bool(roster and roster.sitting and roster.sitting.product)
    return {
        "session": session,
        "star_count": star_count,
        "seats": roster.seats_offered if roster and roster.sitting else None,
        "held_count": len(holds) - holds.count(Hold.OFFERED),
        "paid_count": holds.count(Hold.PAID) - owed_count,
        "offered_count": holds.count(Hold.OFFERED),
        "waiting_count": len(roster.waiting) if roster else 0,
        "over_count": roster.over_count if roster else 0,
        "unpaid_count": owed_count + (holds.count(Hold.SIGNED_UP) if is_paid_for else 0),
    }
