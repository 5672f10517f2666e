"""How the draft is written as JSON, and the shapes that are documented for it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from services.scheduling.programme.domain.conflict_rules import Conflict, Rule
from services.scheduling.programme.domain.conflict_sentences import SHORT
from services.scheduling.programme.domain.programme import Edit, Level, Programme, Speaker, Window
from services.scheduling.programme.domain.wording import listed
from services.scheduling.programme.store.board import Place
from services.scheduling.programme.store.draft import Kept

_INSTANT = {"format": "date-time"}
_PLAIN = (
    "id", "conference", "code", "title", "minutes", "abstract", "track", "language", "level", "seats_max", "product",
    "price_minor", "is_pinned", "online_url", "is_cancelled", "cancel_reason", "replaces",
)  # fmt: skip


class EditAnswer(Schema):
    """Who changed it last, when, and what."""

    by = fields.String()
    at = fields.String(metadata=_INSTANT)
    what = fields.String()


class WindowAnswer(Schema):
    """A stretch of time."""

    starts = fields.String(metadata=_INSTANT)
    ends = fields.String(metadata=_INSTANT)


class RoomAnswer(Schema):
    """A room."""

    id = fields.String()
    name = fields.String()
    seats = fields.Integer()
    features = fields.List(fields.String())
    is_step_free = fields.Boolean()
    windows = fields.List(fields.Nested(WindowAnswer))


class TrackAnswer(Schema):
    """A track."""

    id = fields.String()
    title = fields.String()


class TimesAnswer(WindowAnswer):
    """One of the usual times."""

    id = fields.String()


class FrameAnswer(Schema):
    """The frame of a programme."""

    conference = fields.String()
    revision = fields.Integer()
    release_count = fields.Integer()
    rooms = fields.List(fields.Nested(RoomAnswer))
    tracks = fields.List(fields.Nested(TrackAnswer))
    times = fields.List(fields.Nested(TimesAnswer))
    levels = fields.Dict(keys=fields.String(), values=fields.String())
    same_track_at_once_max = fields.Integer()
    both_wanted_min = fields.Integer()
    edit = fields.Nested(EditAnswer, allow_none=True)


class SlotAnswer(WindowAnswer):
    """A session's place."""

    room = fields.String()


class CastingAnswer(Schema):
    """One person's part."""

    person = fields.String()
    role = fields.String()
    is_confirmed = fields.Boolean()


class ApprovalAnswer(Schema):
    """What an education board approved."""

    scheme = fields.String()
    minutes = fields.Integer()
    must_be_reviewed = fields.Boolean()
    is_approved = fields.Boolean()
    must_be_assessed = fields.Boolean()


class SessionAnswer(Schema):
    """A session in the draft; `version` is what If-Match says of it."""

    id = fields.String()
    version = fields.Integer()
    conference = fields.String()
    code = fields.String()
    title = fields.String()
    kind = fields.String()
    minutes = fields.Integer()
    abstract = fields.String()
    track = fields.String()
    language = fields.String()
    level = fields.String()
    needs = fields.List(fields.String())
    after = fields.List(fields.String())
    editorial = fields.String()
    cast = fields.List(fields.Nested(CastingAnswer))
    seats_max = fields.Integer(allow_none=True)
    product = fields.String()
    price_minor = fields.Integer()
    approval = fields.Nested(ApprovalAnswer, allow_none=True)
    is_pinned = fields.Boolean()
    slot = fields.Nested(SlotAnswer, allow_none=True)
    online_url = fields.String()
    is_cancelled = fields.Boolean()
    cancel_reason = fields.String()
    replaces = fields.String()
    edit = fields.Nested(EditAnswer, allow_none=True)


class SessionsAnswer(Schema):
    """A part of a conference's sessions, in the order of their codes."""

    items = fields.List(fields.Nested(SessionAnswer))
    next = fields.String(allow_none=True)


class SwapAnswer(Schema):
    """Two sessions that have changed places."""

    items = fields.List(fields.Nested(SessionAnswer))


class SpeakerAnswer(Schema):
    """A speaker at one conference; how they are reached is not kept here."""

    id = fields.String()
    version = fields.Integer()
    name = fields.String()
    biography = fields.String()
    away = fields.List(fields.Nested(WindowAnswer))
    is_complimentary = fields.Boolean()
    edit = fields.Nested(EditAnswer, allow_none=True)


class SpeakersAnswer(Schema):
    """The speakers of a conference."""

    items = fields.List(fields.Nested(SpeakerAnswer))


class ConflictAnswer(Schema):
    """One thing that is wrong with the draft."""

    rule = fields.String(metadata={"enum": [each.value for each in Rule]})
    level = fields.String(metadata={"enum": [Level.BLOCK.value, Level.WARN.value]})
    sessions = fields.List(fields.String())
    sentence = fields.String()


class ConflictsAnswer(Schema):
    """What is wrong, what blocks a release first."""

    items = fields.List(fields.Nested(ConflictAnswer))


class PlaceAnswer(Schema):
    """A room and a time, and what would be wrong with it."""

    room = fields.String()
    starts = fields.String(metadata=_INSTANT)
    level = fields.String(metadata={"enum": [Level.BLOCK.value, Level.WARN.value]})
    words = fields.String(metadata={"description": "In a few words, such as `speaker twice`."})
    conflicts = fields.List(fields.Nested(ConflictAnswer))


class PlacesAnswer(Schema):
    """The places of a day that would make a conflict."""

    items = fields.List(fields.Nested(PlaceAnswer))


def conflicts_json(found: Iterable[Conflict]) -> dict[str, Any]:
    """Conflicts as the API answers them."""
    items = [
        {
            "rule": each.rule.value,
            "level": each.level.value,
            "sessions": list(each.sessions),
            "sentence": each.sentence,
        }
        for each in found
    ]
    return {"items": items}


def places_json(found: Iterable[Place]) -> dict[str, Any]:
    """The places of a day that would make a conflict, as the API answers them."""
    items = [
        {
            "room": each.room,
            "starts": each.starts.isoformat(),
            "level": each.conflicts[0].level.value,
            "words": listed(list(dict.fromkeys(SHORT[conflict.rule] for conflict in each.conflicts))),
            "conflicts": conflicts_json(each.conflicts)["items"],
        }
        for each in found
    ]
    return {"items": items}


def edit_json(edit: Edit | None) -> dict[str, Any] | None:
    """Who changed it last."""
    return {"by": edit.by, "at": edit.at.isoformat(), "what": edit.what} if edit else None


def _stretch_json(starts: datetime, ends: datetime) -> dict[str, str]:
    return {"starts": starts.isoformat(), "ends": ends.isoformat()}


def _windows_json(windows: tuple[Window, ...]) -> list[dict[str, str]]:
    return [_stretch_json(each.starts, each.ends) for each in windows]


def frame_json(programme: Programme) -> dict[str, Any]:
    """The frame of a programme as the API answers it."""
    return {
        "conference": programme.conference,
        "revision": programme.revision,
        "release_count": programme.release_count,
        "rooms": [
            {
                "id": each.id,
                "name": each.name,
                "seats": each.seats,
                "features": list(each.features),
                "is_step_free": each.is_step_free,
                "windows": _windows_json(each.windows),
            }
            for each in programme.rooms
        ],
        "tracks": [{"id": each.id, "title": each.title} for each in programme.tracks],
        "times": [{"id": each.id, **_stretch_json(each.starts, each.ends)} for each in programme.times],
        "levels": {rule: level.value for rule, level in programme.levels.items()},
        "same_track_at_once_max": programme.same_track_at_once_max,
        "both_wanted_min": programme.both_wanted_min,
        "edit": edit_json(programme.edit),
    }


def session_json(kept: Kept) -> dict[str, Any]:
    """A session as the API answers it."""
    session, slot, approval = kept.session, kept.session.slot, kept.session.approval
    return {name: getattr(session, name) for name in _PLAIN} | {
        "version": kept.version,
        "kind": session.kind.value,
        "editorial": session.editorial.value,
        "needs": list(session.needs),
        "after": list(session.after),
        "cast": [
            {"person": each.person, "role": each.role, "is_confirmed": each.is_confirmed} for each in session.cast
        ],
        "approval": None
        if approval is None
        else {
            "scheme": approval.scheme,
            "minutes": approval.minutes,
            "must_be_reviewed": approval.must_be_reviewed,
            "is_approved": approval.is_approved,
            "must_be_assessed": approval.must_be_assessed,
        },
        "slot": {"room": slot.room, **_stretch_json(slot.starts, slot.ends)} if slot else None,
        "edit": edit_json(session.edit),
    }


def speaker_json(speaker: Speaker, *, version: int, conference: str) -> dict[str, Any]:
    """A speaker at one conference as the API answers it."""
    appearance: Mapping[str, Any] = speaker.appearances
    return {
        "id": speaker.id,
        "version": version,
        "name": speaker.name,
        "biography": speaker.biography,
        "away": _windows_json(speaker.away_at(conference)),
        "is_complimentary": conference in appearance and appearance[conference].is_complimentary,
        "edit": edit_json(speaker.edit),
    }
