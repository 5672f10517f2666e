"""The shape of a programme's frame: its rooms, tracks and times."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.scheduling.conferences.schemas import Request, Text
from services.scheduling.programme.domain.conflict_rules import Rule
from services.scheduling.programme.domain.frame import Frame
from services.scheduling.programme.domain.programme import (
    Level,
    Room,
    Times,
    Track,
    Window,
)
from services.scheduling.programme.schemas.kinds import Instant, Word, several

SEATS_MAX = 100_000
ROOM_COUNT_MAX = 80
TRACK_COUNT_MAX = 50
TIMES_COUNT_MAX = 200
WINDOW_COUNT_MAX = 20
WORD_COUNT_MAX = 20


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
    features = several(Word(), WORD_COUNT_MAX, load_default=[], metadata={"description": "Such as stream or tables."})
    is_step_free = fields.Boolean(load_default=True)
    windows = several(
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

    rooms = several(fields.Nested(RoomShape), ROOM_COUNT_MAX, load_default=[])
    tracks = several(fields.Nested(TrackShape), TRACK_COUNT_MAX, load_default=[])
    times = several(fields.Nested(TimesShape), TIMES_COUNT_MAX, load_default=[])
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
