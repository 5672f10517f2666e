"""The shapes of what is asked of the solver over HTTP, and of what it answers."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.scheduling.conferences.schemas import Day, Request, Text
from services.scheduling.releases.domain.forecast import Preview
from services.scheduling.repair.domain.congress import Incident
from services.scheduling.repair.domain.repair import BUDGET_SECONDS_DEFAULT, BUDGET_SECONDS_MAX, Search, State, Task

LOST_COUNT_MAX = 200
SEED_MAX = 2**31 - 1


class RoomLost(Request):
    """A room that can't be used on one day."""

    room = Text(required=True, length_max=100)
    day = Day(required=True)


class SpeakerAway(Request):
    """A speaker who can't come on one day."""

    person = Text(required=True, length_max=100)
    day = Day(required=True)


class IncidentShape(Request):
    """What has happened; nothing has, if nothing is said."""

    rooms_lost = fields.List(fields.Nested(RoomLost), load_default=list, validate=validate.Length(max=LOST_COUNT_MAX))
    speakers_away = fields.List(
        fields.Nested(SpeakerAway), load_default=list, validate=validate.Length(max=LOST_COUNT_MAX)
    )
    times_lost = fields.List(Text(length_max=100), load_default=list, validate=validate.Length(max=LOST_COUNT_MAX))
    may_cancel = fields.Boolean(load_default=False, truthy={True}, falsy={False})

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> Incident:
        """The incident as the domain knows it."""
        return Incident(
            rooms_lost=tuple((each["room"], each["day"]) for each in given["rooms_lost"]),
            speakers_away=tuple((each["person"], each["day"]) for each in given["speakers_away"]),
            times_lost=tuple(given["times_lost"]),
            may_cancel=given["may_cancel"],
        )


class SearchRequest(Request):
    """A question to the solver about the draft as it is now."""

    task = fields.Enum(Task, by_value=True, required=True)
    incident = fields.Nested(IncidentShape, load_default=Incident)
    budget_seconds = fields.Integer(
        strict=True, load_default=BUDGET_SECONDS_DEFAULT, validate=validate.Range(min=1, max=BUDGET_SECONDS_MAX)
    )
    seed = fields.Integer(strict=True, load_default=1, validate=validate.Range(min=0, max=SEED_MAX))


class TakeRequest(Request):
    """Why sessions are cancelled, if the proposal cancels any; everyone reads it."""

    reason = Text(load_default="", length_max=500)


class MoveAnswer(Schema):
    """What a proposal does with one session; without a start it is cancelled."""

    session = fields.String()
    room = fields.String()
    starts = fields.String(allow_none=True, metadata={"format": "date-time"})


class WasSoAnswer(Schema):
    """Something that was wrong with the draft before, and is still: the repair works around it."""

    sentence = fields.String()
    sessions = fields.List(fields.String())


class SearchAnswer(Schema):
    """One question to the solver, how far it is, and what it proposes."""

    id = fields.String()
    conference = fields.String()
    task = fields.String(validate=validate.OneOf([each.value for each in Task]))
    state = fields.String(validate=validate.OneOf([each.value for each in State]))
    progress = fields.Float()
    note = fields.String()
    is_proven = fields.Boolean()
    moves = fields.List(fields.Nested(MoveAnswer))
    by_hand = fields.List(fields.String())
    people_count = fields.Integer()
    reasons = fields.List(fields.String())
    was_so_before = fields.List(fields.Nested(WasSoAnswer))
    seconds = fields.Float()
    start_count = fields.Integer()


class SearchesAnswer(Schema):
    """The latest questions of a conference."""

    items = fields.List(fields.Nested(SearchAnswer))


class ConsequenceAnswer(Schema):
    """What a release with the proposal in it would change about one session, and for how many people."""

    session = fields.String()
    sentence = fields.String()
    person_count = fields.Integer()
    clash_count = fields.Integer()
    seats_lost_count = fields.Integer()
    points = fields.String()


class ForeseenAnswer(Schema):
    """What a release with the proposal in it would do; nothing of it has happened."""

    conflicts = fields.List(fields.String())
    message_count = fields.Integer()
    clash_count = fields.Integer()
    seats_lost_count = fields.Integer()
    paid_count = fields.Integer()
    sessions = fields.List(fields.Nested(ConsequenceAnswer))


def search_json(search: Search) -> dict[str, Any]:
    """A search as the API answers it."""
    return {
        "id": search.id,
        "conference": search.conference,
        "task": search.task.value,
        "state": search.state.value,
        "progress": search.progress,
        "note": search.note,
        "is_proven": search.is_proven,
        "moves": [
            {
                "session": each.session,
                "room": each.room,
                "starts": each.starts.isoformat() if each.starts else None,
            }
            for each in search.moves
        ],
        "by_hand": list(search.by_hand),
        "people_count": search.people_count,
        "reasons": list(search.reasons),
        "was_so_before": [{"sentence": each.sentence, "sessions": list(each.sessions)} for each in search.was_so],
        "seconds": search.seconds,
        "start_count": search.start_count,
    }


def foreseen_json(preview: Preview) -> dict[str, Any]:
    """A preview of a proposal as the API answers it."""
    return {
        "conflicts": list(preview.conflicts),
        "message_count": preview.message_count,
        "clash_count": preview.clash_count,
        "seats_lost_count": preview.seats_lost_count,
        "paid_count": preview.paid_count,
        "sessions": [
            {
                "session": each.difference.session,
                "sentence": each.sentence,
                "person_count": each.person_count,
                "clash_count": each.clash_count,
                "seats_lost_count": each.seats_lost_count,
                "points": each.points,
            }
            for each in preview.hits
        ],
    }
