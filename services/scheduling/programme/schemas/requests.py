"""The shapes of the draft's requests and answers over HTTP, and how its states are written as JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.scheduling.conferences.schemas import FILL_IN, YEAR_MAX, YEAR_MIN, Day, Page, Request, Text
from services.scheduling.programme.domain.conflicts import Rule
from services.scheduling.programme.domain.frame import Frame
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import (
    MINUTES_MAX,
    Approval,
    Casting,
    Editorial,
    Kind,
    Level,
    Room,
    Times,
    Track,
    Window,
)
from shared.mail_address import what_is_unreachable

SEATS_MAX = 100_000
PRICE_MINOR_MAX = 100_000_000
ROOM_COUNT_MAX, TRACK_COUNT_MAX, TIMES_COUNT_MAX, WINDOW_COUNT_MAX, WORD_COUNT_MAX = 80, 50, 200, 20, 20
CAST_MAX = 50
WHOLE_MINUTES = "A time in whole minutes and with its offset, such as 2025-05-19T10:00:00-05:00, please."


class Word(fields.String):
    """A short name for things to be told apart by: small letters, digits and hyphens."""

    def __init__(self, **kwargs: Any) -> None:
        shape = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,47}\Z", error="Up to 48 small letters, digits, hyphens, please.")
        super().__init__(validate=shape, **kwargs)


class Instant(fields.AwareDateTime):
    """A moment in whole minutes, told with its offset."""

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, str | list[Any] | dict[Any, Any]] = {
            "invalid": WHOLE_MINUTES,
            "invalid_awareness": WHOLE_MINUTES,
            "format": WHOLE_MINUTES,
        }
        super().__init__(format="iso", error_messages=told, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise ValidationError(WHOLE_MINUTES)
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not YEAR_MIN < moment.year < YEAR_MAX:
            raise ValidationError(f"A year between {YEAR_MIN} and {YEAR_MAX}, please.")
        if moment.second or moment.microsecond:
            raise ValidationError(WHOLE_MINUTES)
        return moment.astimezone(UTC)


def _some(kind: Any, count_max: int, **kwargs: Any) -> fields.List[Any]:
    return fields.List(kind, validate=validate.Length(max=count_max), **kwargs)


class WindowShape(Request):
    """A stretch of time."""

    starts = Instant(required=True)
    ends = Instant(required=True)

    @validates_schema
    def must_last(self, asked: dict[str, Any], **_: Any) -> None:
        """It ends after it has begun."""
        if "starts" in asked and "ends" in asked and asked["ends"] <= asked["starts"]:
            raise ValidationError("It ends before it begins.", "ends")

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Window:
        """The window."""
        return Window(**asked)


class RoomShape(Request):
    """A room."""

    id = Word(required=True)
    name = Text(required=True, length_max=80)
    seats = fields.Integer(required=True, strict=True, validate=validate.Range(0, SEATS_MAX))
    features = _some(Word(), WORD_COUNT_MAX, load_default=[], metadata={"description": "Such as stream or tables."})
    is_step_free = fields.Boolean(load_default=True)
    windows = _some(
        fields.Nested(WindowShape),
        WINDOW_COUNT_MAX,
        load_default=[],
        metadata={"description": "When it may be used; none means always."},
    )

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Room:
        """The room."""
        return Room(**{**asked, "features": tuple(asked["features"]), "windows": tuple(asked["windows"])})


class TrackShape(Request):
    """A track."""

    id = Word(required=True)
    title = Text(required=True, length_max=80)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Track:
        """The track."""
        return Track(**asked)


class TimesShape(WindowShape):
    """One of the usual times of sessions."""

    id = Word(required=True)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Times:
        """The times."""
        return Times(**asked)


class FrameShape(Request):
    """The frame of a programme, all of it."""

    rooms = _some(fields.Nested(RoomShape), ROOM_COUNT_MAX, load_default=[])
    tracks = _some(fields.Nested(TrackShape), TRACK_COUNT_MAX, load_default=[])
    times = _some(fields.Nested(TimesShape), TIMES_COUNT_MAX, load_default=[])
    levels = fields.Dict(
        keys=fields.String(validate=validate.OneOf([each.value for each in Rule])),
        values=fields.Enum(Level, by_value=True),
        load_default={},
        metadata={"description": "How much a conflict weighs, by its rule; a rule that is left out has its default."},
    )
    same_track_at_once_max = fields.Integer(load_default=2, strict=True, validate=validate.Range(1, 100))
    both_wanted_min = fields.Integer(load_default=10, strict=True, validate=validate.Range(1, SEATS_MAX))

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Frame:
        """The frame."""
        lists = {name: tuple(asked[name]) for name in ("rooms", "tracks", "times")}
        return Frame(**{**asked, **lists})


class ApprovalShape(Request):
    """What an education board approved."""

    scheme = Text(required=True, length_max=40)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, MINUTES_MAX))
    must_be_reviewed = fields.Boolean(load_default=False)
    is_approved = fields.Boolean(load_default=True)
    must_be_assessed = fields.Boolean(load_default=False)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Approval:
        """The approval."""
        return Approval(**asked)


class OptionalText(Text):
    """Text that may be empty."""

    def __init__(self, *, length_max: int, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(length_max=length_max, lines=lines, **kwargs)
        self.validators = [validate.Length(max=length_max, error=f"At most {length_max} characters, please.")]


def _refuse_unreachable(address: str) -> None:
    if why := what_is_unreachable(address):
        raise ValidationError(why)


class EmailLine(Text):
    """An e-mail address that a mail server can be given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(length_max=254, **kwargs)
        self.validators = [
            *self.validators,
            validate.Email(error="This is no e-mail address. Please write it like name@town.example."),
            _refuse_unreachable,
        ]


class SessionChanges(Request):
    """What is said of a session; what is left out stays."""

    code = fields.String(
        validate=validate.Regexp(
            r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}\Z", error="Such as C-31, up to 16 characters, please."
        ),
        metadata={"example": "C-31"},
    )
    title = Text(length_max=200)
    kind = fields.Enum(Kind, by_value=True)
    minutes = fields.Integer(strict=True, validate=validate.Range(1, MINUTES_MAX))
    abstract = OptionalText(length_max=5_000, lines=True)
    track = OptionalText(length_max=48)
    language = fields.String(validate=validate.Regexp(r"[a-z]{2,3}(-[A-Z]{2})?\Z", error="Such as en, please."))
    level = OptionalText(length_max=40)
    needs = _some(Word(), WORD_COUNT_MAX)
    after = _some(Text(length_max=64), WORD_COUNT_MAX)
    editorial = fields.Enum(Editorial, by_value=True)
    seats_max = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, SEATS_MAX))
    product = OptionalText(length_max=48)
    price_minor = fields.Integer(strict=True, validate=validate.Range(0, PRICE_MINOR_MAX))
    approval = fields.Nested(ApprovalShape, allow_none=True)
    online_url = fields.String(
        validate=[
            validate.Length(max=500),
            validate.Regexp(r"\Z|https://[!-~]+\Z", error="An https address, or nothing, please."),
        ]
    )
    replaces = OptionalText(length_max=64)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The fields as a session has them."""
        return {name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()}


class NewSession(SessionChanges):
    """A session to be written into the draft."""

    code = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}\Z", error="Such as C-31, up to 16 characters, please."
        ),
        error_messages={"required": FILL_IN, "null": FILL_IN},
        metadata={"example": "C-31"},
    )
    title = Text(required=True, length_max=200)
    kind = fields.Enum(Kind, by_value=True, required=True)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, MINUTES_MAX))


class PlaceShape(Request):
    """Where a session is to be: a room and a start; it ends after its own length."""

    room = Text(required=True, length_max=64)
    starts = Instant(required=True)


class SwapShape(Request):
    """With which session another one changes places."""

    other = Text(required=True, length_max=64)
    other_version = fields.Integer(
        required=True, strict=True, validate=validate.Range(1), metadata={"description": "The version seen of it."}
    )


class PinShape(Request):
    """Whether a session stays where it is."""

    is_pinned = fields.Boolean(required=True)


class ReasonShape(Request):
    """Why a session is cancelled."""

    reason = Text(required=True, length_max=500, metadata={"description": "Shown to everyone once it is released."})


class CastingShape(Request):
    """One person's part."""

    person = Text(required=True, length_max=64)
    role = fields.String(load_default="speaker", validate=validate.OneOf(["speaker", "moderator", "panelist"]))
    is_confirmed = fields.Boolean(load_default=False)

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Casting:
        """The part."""
        return Casting(**asked)


class CastShape(Request):
    """Who is on a session's stage, in order."""

    cast = _some(fields.Nested(CastingShape), CAST_MAX, required=True)


class SpeakerShape(Request):
    """Who is to speak. A name and an address that we know is the person we know."""

    name = Text(required=True, length_max=200)
    email = EmailLine(allow_none=True, load_default=None)
    postal_address = _some(Text(length_max=200), 8, load_default=[])
    language = fields.String(load_default="en", validate=validate.Regexp(r"[a-z]{2,3}\Z"))
    biography = OptionalText(length_max=3_000, lines=True, load_default="")
    is_complimentary = fields.Boolean(load_default=False)

    @validates_schema
    def must_be_reachable(self, asked: dict[str, Any], **_: Any) -> None:
        """Somebody on a stage is told of every change."""
        if not asked.get("email") and not asked.get("postal_address"):
            raise ValidationError("An e-mail or a postal address, please: they are told of every change.", "email")

    @post_load
    def make(self, asked: dict[str, Any], **_: Any) -> Introduction:
        """The introduction."""
        return Introduction(**{**asked, "postal_address": tuple(asked["postal_address"])})


class SpeakerWords(Request):
    """A speaker's public name and words."""

    name = Text(required=True, length_max=200)
    biography = OptionalText(length_max=3_000, lines=True, load_default="")


class AwayShape(Request):
    """When a speaker can't come."""

    away = _some(fields.Nested(WindowShape), WINDOW_COUNT_MAX, required=True)
    is_complimentary = fields.Boolean(load_default=None, allow_none=True)


class SessionsPage(Page):
    """Which part of the sessions."""

    limit = fields.Integer(load_default=200, strict=False, validate=validate.Range(min=1, max=1000))


class WhatIf(Request):
    """A place that a session might go to."""

    room = Text(required=True, length_max=64)
    starts = Instant(required=True)


class WhichDay(Request):
    """A day at the venue."""

    day = Day(required=True)
