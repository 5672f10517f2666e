"""The shapes of requests and answers about releases, and how they are written as JSON."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.conferences.schemas import Request, Text
from services.scheduling.releases.domain import sentences
from services.scheduling.releases.domain.fanout import Fanout
from services.scheduling.releases.domain.forecast import Hit, Preview
from services.scheduling.releases.domain.releases import Difference, Entry, Release

NAME_LENGTH_MAX = 80
REMARK_LENGTH_MAX = 1_000
NUMBER_MAX = 99_999  # as many as the ids of releases have digits for


class NewRelease(Request):
    """What a release is called, and a word on it."""

    name = Text(required=True, length_max=NAME_LENGTH_MAX, metadata={"example": "First programme"})
    remark = Text(
        length_max=REMARK_LENGTH_MAX,
        lines=True,
        load_default="",
        metadata={"description": "For everybody, on the page of changes."},
    )


class ReleaseForm(Request):
    """The same by a form, where a remark may be left empty, with what was looked at."""

    name = Text(required=True, length_max=NAME_LENGTH_MAX)
    remark = fields.String(load_default="", validate=validate.Length(max=REMARK_LENGTH_MAX))
    seen = fields.String(required=True)


class ReleasesPage(Schema):
    """Which part of the list."""

    before = fields.Integer(
        load_default=None,
        validate=validate.Range(min=1, max=NUMBER_MAX),
        metadata={"description": "Only releases with a lower number."},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class Since(Schema):
    """Compared with which release."""

    since = fields.Integer(
        load_default=None,
        validate=validate.Range(min=0, max=NUMBER_MAX),
        metadata={"description": "An earlier release, or 0 for none; without it the one right before."},
    )


class NewsAnswer(Schema):
    """How far the news of a release has come."""

    step = fields.String()
    gathered_count = fields.Integer(allow_none=True, metadata={"description": "People whom it touches."})
    told_count = fields.Integer(metadata={"description": "Of them, those seen to."})
    said_count = fields.Integer(metadata={"description": "Of them, those for whom it meant something."})
    is_over = fields.Boolean()


class ReleaseAnswer(Schema):
    """A release, without its sessions."""

    number = fields.Integer()
    name = fields.String()
    remark = fields.String()
    released_at = fields.String(metadata={"format": "date-time"})
    released_by = fields.String()
    changed_count = fields.Integer()
    is_closing = fields.Boolean()
    news = fields.Nested(NewsAnswer, allow_none=True)


class ReleasesAnswer(Schema):
    """A part of the list, the newest first."""

    items = fields.List(fields.Nested(ReleaseAnswer))
    next = fields.Integer(allow_none=True)


class EntryAnswer(Schema):
    """A session as a release shows it."""

    session = fields.String()
    code = fields.String()
    uid = fields.String()
    sequence = fields.Integer()
    state = fields.String()
    title = fields.String()
    kind = fields.String()
    room = fields.String()
    room_name = fields.String()
    starts = fields.String(metadata={"format": "date-time"})
    ends = fields.String(metadata={"format": "date-time"})
    speakers = fields.List(fields.String())
    reason = fields.String()


class DifferenceAnswer(Schema):
    """What was changed about one session."""

    session = fields.String()
    what = fields.List(fields.String())
    sentence = fields.String()
    before = fields.Nested(EntryAnswer, allow_none=True)
    after = fields.Nested(EntryAnswer, allow_none=True)


class WholeReleaseAnswer(ReleaseAnswer):
    """A release with its sessions."""

    entries = fields.List(fields.Nested(EntryAnswer))


class ChangesAnswer(Schema):
    """What was changed from one release to another."""

    number = fields.Integer()
    since = fields.Integer()
    differences = fields.List(fields.Nested(DifferenceAnswer))


class HitAnswer(DifferenceAnswer):
    """A change, and whom it touches."""

    person_count = fields.Integer()
    role_counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    clash_count = fields.Integer()
    seats_lost_count = fields.Integer()
    points = fields.String()


class ReleasePreviewAnswer(Schema):
    """What a release of the draft would do."""

    seen = fields.String(metadata={"description": "To be sent as If-Match with the release."})
    number = fields.Integer()
    may_be_released = fields.Boolean()
    conflicts = fields.List(fields.String())
    warnings = fields.List(fields.String())
    hits = fields.List(fields.Nested(HitAnswer))
    message_count = fields.Integer()
    paid_count = fields.Integer()
    clash_count = fields.Integer()
    seats_lost_count = fields.Integer()


def release_json(release: Release, *, news: Fanout | None = None) -> dict[str, Any]:
    """A release without its sessions."""
    return {
        "number": release.number,
        "name": release.name,
        "remark": release.remark,
        "released_at": release.released_at.isoformat(),
        "released_by": release.released_by,
        "changed_count": len(release.differences),
        "is_closing": release.is_closing,
        "news": news_json(news) if news else None,
    }


def news_json(news: Fanout) -> dict[str, Any]:
    """How far the news of a release has come."""
    return {
        "step": news.step.value,
        "gathered_count": news.gathered_count,
        "told_count": news.told_count,
        "said_count": news.said_count,
        "is_over": news.is_over,
    }


def entry_json(entry: Entry | None) -> dict[str, Any] | None:
    """A session as a release shows it."""
    if entry is None:
        return None
    return {
        "session": entry.session,
        "code": entry.code,
        "uid": entry.uid,
        "sequence": entry.sequence,
        "state": entry.state.value,
        "title": entry.title,
        "kind": entry.kind.value,
        "room": entry.room,
        "room_name": entry.room_name,
        "starts": entry.starts.isoformat(),
        "ends": entry.ends.isoformat(),
        "speakers": list(entry.speakers),
        "reason": entry.reason,
    }


def difference_json(difference: Difference, *, zone: str) -> dict[str, Any]:
    """What was changed about one session."""
    return {
        "session": difference.session,
        "what": [each.value for each in difference.what],
        "sentence": sentences.sentence(difference, zone=zone),
        "before": entry_json(difference.before),
        "after": entry_json(difference.after),
    }


def preview_json(preview: Preview, *, zone: str) -> dict[str, Any]:
    """What a release of the draft would do."""
    return {
        "seen": str(preview.seen),
        "number": preview.number,
        "may_be_released": preview.may_be_released,
        "conflicts": list(preview.conflicts),
        "warnings": list(preview.warnings),
        "hits": [_hit_json(each, zone=zone) for each in preview.hits],
        "message_count": preview.message_count,
        "paid_count": preview.paid_count,
        "clash_count": preview.clash_count,
        "seats_lost_count": preview.seats_lost_count,
    }


def _hit_json(hit: Hit, *, zone: str) -> dict[str, Any]:
    return {
        **difference_json(hit.difference, zone=zone),
        "person_count": hit.person_count,
        "role_counts": hit.role_counts,
        "clash_count": hit.clash_count,
        "seats_lost_count": hit.seats_lost_count,
        "points": hit.points,
    }
