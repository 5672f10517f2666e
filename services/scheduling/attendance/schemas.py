"""The shapes of what a room monitor's phone sends, and of what it is answered."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields, validate, validates_schema

from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import Fate, Sent, Way
from services.scheduling.conferences.schemas import YEAR_MAX, YEAR_MIN, Request, Text
from services.scheduling.programme.domain.wording import hour_in_words
from services.scheduling.releases.domain.releases import Entry
from shared.web.words import day_in_words

SCAN_COUNT_MAX = 1_000  # of one batch; a phone with more sends several
WORD_LENGTH_MAX = 64


class Word(fields.String):
    """An id that a device made: letters, digits and signs, no blanks."""

    def __init__(self, **kwargs: Any) -> None:
        pattern = validate.Regexp(r"^[!-~]{1,64}\Z", error="Up to 64 letters, digits and signs, without blanks.")
        super().__init__(validate=pattern, **kwargs)


class Instant(fields.AwareDateTime):
    """An instant with its zone, of a year that a clock may show."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        instant: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not YEAR_MIN <= instant.year <= YEAR_MAX:
            raise ValidationError(f"A year between {YEAR_MIN} and {YEAR_MAX}, please.")
        return instant


class ScanShape(Request):
    """One badge that was held before a device."""

    id = Word(required=True, metadata={"description": "Made on the device; the same scan sent again is stored once."})
    code = fields.String(
        required=True,
        validate=validate.Length(max=WORD_LENGTH_MAX),
        metadata={"description": "What the badge says, as it was scanned or typed."},
    )
    session = Word(required=True)
    way = fields.Enum(Way, by_value=True, required=True)
    at = Instant(required=True, metadata={"description": "By the device's clock."})


class ScansRequest(Request):
    """A batch of scans from one device."""

    device = Word(required=True, metadata={"description": "Which device this is; it makes its own name once."})
    device_now = Instant(
        required=True, metadata={"description": "The device's clock as the batch leaves: how wrong it is now, it was."}
    )
    scans = fields.List(fields.Nested(ScanShape), required=True, validate=validate.Length(min=1, max=SCAN_COUNT_MAX))


class ConnectionShape(Request):
    """One connection to a session's stream, from joining to leaving."""

    code = fields.String(
        required=True,
        validate=validate.Length(max=WORD_LENGTH_MAX),
        metadata={"description": "The code of the badge with which somebody joined."},
    )
    session = Word(required=True)
    joined = Instant(required=True)
    left = Instant(required=True)

    @validates_schema
    def must_last(self, connection: Mapping[str, Any], **_: Any) -> None:
        """Nobody leaves before they join."""
        if connection["left"] <= connection["joined"]:
            raise ValidationError({"left": ["Nobody leaves before they join."]})


class ConnectionsRequest(Request):
    """The connections that a streaming platform has seen, by our clock."""

    source = Word(required=True, metadata={"description": "Which platform; the same connection is stored once."})
    connections = fields.List(
        fields.Nested(ConnectionShape), required=True, validate=validate.Length(min=1, max=SCAN_COUNT_MAX // 2)
    )


class FateAnswer(Request):
    """What became of one scan."""

    id = fields.String(required=True)
    fate = fields.Enum(Fate, by_value=True, required=True)


class ScansAnswer(Request):
    """When the batch came in, and what became of each scan; what is answered here may be forgotten by the device."""

    received_at = fields.AwareDateTime(required=True)
    skew_ms = fields.Integer(required=True)
    release = fields.Integer(required=True)
    scans = fields.List(fields.Nested(FateAnswer), required=True)


class ListedSession(Request):
    """A session as a phone shows it."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    room = fields.String(required=True)
    day = fields.String(required=True)
    day_words = fields.String(required=True)
    time = fields.String(required=True)
    starts = fields.AwareDateTime(required=True)
    ends = fields.AwareDateTime(required=True)
    is_cancelled = fields.Boolean(required=True)
    is_booked = fields.Boolean(required=True, metadata={"description": "Whether a seat in it comes with an order."})
    holders = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "Hashes of the badges that have a seat; null where everybody may come in."},
    )


class ListAnswer(Request):
    """What a phone keeps to work without network: no names, and no code that could be read off it."""

    conference = fields.String(required=True)
    zone = fields.String(required=True)
    release = fields.Integer(required=True)
    server_now = fields.AwareDateTime(required=True)
    badges = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "By the hash of a badge's code: 1 when an order is on file, else 0."},
    )
    digest = fields.String(required=True, metadata={"description": "Of the sorted hashes, to tell a torn list."})
    signature = fields.String(required=True, metadata={"description": "Ours, over conference, release and digest."})
    sessions = fields.List(fields.Nested(ListedSession), required=True)


class LearnedForm(Request):
    """What an attendee says they learned."""

    words = Text(required=True, length_max=2_000, lines=True)
    score = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=5))


class ReviewForm(Request):
    """What the committee decides on a session's points."""

    decision = fields.String(required=True, validate=validate.OneOf(["approve", "reject", "none"]))
    scheme = fields.String(required=True, validate=validate.Length(max=WORD_LENGTH_MAX))
    minutes = fields.Integer(
        load_default=0, validate=validate.Range(min=0, max=1440, error="From 0 to 1440 minutes, please.")
    )
    must_be_assessed = fields.Boolean(load_default=False)
    seen = fields.Integer(required=True)


def sent_scan(scan: Mapping[str, Any]) -> Sent:
    """A scan of a request, with its code in its one form."""
    return Sent(
        id=scan["id"], code=badges.read_code(scan["code"]), session=scan["session"], way=scan["way"], at=scan["at"]
    )


def sent_connection(source: str, connection: Mapping[str, Any]) -> tuple[Sent, Sent]:
    """A connection as joining and leaving; the same connection always has the same ids."""
    code, session = badges.read_code(connection["code"]), connection["session"]
    told = f"{source}\n{code}\n{session}\n{connection['joined'].isoformat()}\n{connection['left'].isoformat()}"
    name = hashlib.sha256(told.encode()).hexdigest()[:32]
    joined = Sent(id=f"{name}-in", code=code, session=session, way=Way.IN, at=connection["joined"], device=name)
    left = Sent(id=f"{name}-out", code=code, session=session, way=Way.OUT, at=connection["left"], device=name)
    return joined, left


def listed(entry: Entry, zone: str) -> dict[str, Any]:
    """A session as a phone shows it, in the venue's time."""
    starts = entry.starts.astimezone(ZoneInfo(zone))
    return {
        "id": entry.session,
        "code": entry.code,
        "title": entry.title,
        "room": entry.room_name,
        "day": starts.date().isoformat(),
        "day_words": day_in_words(starts.date()),
        "time": f"{hour_in_words(entry.starts, zone=zone)} to {hour_in_words(entry.ends, zone=zone)}",
        "starts": entry.starts.isoformat(),
        "ends": entry.ends.isoformat(),
        "is_cancelled": entry.is_cancelled,
    }
