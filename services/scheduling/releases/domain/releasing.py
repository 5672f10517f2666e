"""Releasing: from a draft and what was published last to the next release, and everything that is said of it.

Pure: who asks loads the draft and saves what comes out. What a session's change means for one person is in `news`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import Programme, Session, edited
from services.scheduling.releases.domain import differences
from services.scheduling.releases.domain.differences import Comparison, Draft
from services.scheduling.releases.domain.releases import Difference, DraftChanged, Entry, Release, What, release_id
from services.scheduling.releases.domain.resetting import restored
from shared.change import Change
from shared.clock import end_of_day
from shared.contracts.envelope import Event
from shared.contracts.scheduling import (
    ProgrammeReleased,
    SeatsPublished,
    SessionCancelled,
    SessionMoved,
    SessionScheduled,
    SpeakerReplaced,
)

MOVING = frozenset({What.ROOM, What.TIME, What.LENGTH, What.DELAYED, What.ONLINE})
NAMED_COUNT_MAX = 3  # of what was changed meanwhile; the preview shows all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody looked at before they release: after which release, when, and the draft's digest."""

    number: int
    at: datetime
    digest: str

    def __str__(self) -> str:
        return f"{self.number}.{round(self.at.timestamp() * 1000)}.{self.digest}"

    @classmethod
    def read(cls, text: str) -> "Seen | None":
        """The same from an If-Match header or a form; None when it is none of ours."""
        number, _, rest = text.strip().strip('"').partition(".")
        millis, _, digest = rest.partition(".")
        if not (number.isdecimal() and millis.isdecimal() and digest) or len(text) > 100:
            return None
        try:
            at = datetime.fromtimestamp(int(millis) / 1000, ZoneInfo("UTC"))
        except (OverflowError, ValueError, OSError):
            return None
        return cls(number=int(number), at=at, digest=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A release, and what is saved with it."""

    release: Release
    programme: Change[Programme]
    sessions: tuple[Change[Session], ...]


def must_be_the_draft_seen(draft: Draft, last: Release | None, seen: Seen) -> None:
    """Refuse to release what nobody has looked at, and say who changed what meanwhile."""
    if seen.digest == differences.digest(draft, last):
        return
    raise DraftChanged(f"Nothing was released. {_meanwhile(draft, last, seen)} Look at the preview as it is now.")


def _meanwhile(draft: Draft, last: Release | None, seen: Seen) -> str:
    if last and last.number > seen.number:
        return f"Meanwhile {last.released_by} released “{last.name}” (number {last.number})."
    edits = sorted(
        ((each.edit.at, each.code, each.edit) for each in draft.sessions if each.edit and each.edit.at > seen.at),
        key=lambda found: found[:2],
    )
    if not edits:
        return "The draft was changed meanwhile: its rooms, tracks, speakers or sessions."
    named = "; ".join(f"{edit.by} changed {code}: {edit.what}" for _, code, edit in edits[-NAMED_COUNT_MAX:])
    more = len(edits) - NAMED_COUNT_MAX
    return f"Meanwhile {named}{f'; and {more} more' if more > 0 else ''}."


def release(
    draft: Draft,
    comparison: Comparison,
    *,
    name: str,
    remark: str,
    by: str,
    now: datetime,
) -> Released:
    """The next release, what it says, and the draft's sessions with a word on it."""
    number = draft.programme.release_count + 1
    made = Release(
        id=release_id(draft.programme.conference, number),
        conference=draft.programme.conference,
        number=number,
        name=name,
        released_at=now,
        released_by=by,
        rooms=draft.programme.rooms,
        tracks=draft.programme.tracks,
        entries=comparison.entries,
        differences=comparison.differences,
        remark=remark,
    )
    said = ProgrammeReleased(
        programme=draft.programme.id,
        conference=made.conference,
        release=number,
        release_name=name,
        session_count=sum(not each.is_cancelled for each in made.entries),
        changed_count=len(made.differences),
    )
    known = {each.id: each for each in draft.sessions}
    return Released(
        release=made,
        programme=Change(counted(draft.programme, made), (said,)),
        sessions=tuple(_told(each, known.get(each.session), made) for each in made.differences),
    )


def counted(programme: Programme, made: Release) -> Programme:
    """The programme with one more release."""
    return replace(programme, release_count=made.number)


def close(programme: Programme, last: Release, *, reason: str, by: str, now: datetime) -> Release:
    """The last release of a cancelled conference: all of it is cancelled, and it alone tells nobody."""
    comparison = differences.closed(last, reason=reason, now=now)
    number = programme.release_count + 1
    return Release(
        id=release_id(last.conference, number),
        conference=last.conference,
        number=number,
        name="The conference is cancelled",
        released_at=now,
        released_by=by,
        rooms=last.rooms,
        tracks=last.tracks,
        entries=comparison.entries,
        differences=comparison.differences,
        remark=reason,
        is_closing=True,
    )


def with_alternatives(comparison: Comparison, *, taken: Mapping[str, int], zone: str, now: datetime) -> Comparison:
    """The comparison with what those who paid for a cancelled session may have instead, and until when they choose."""
    until = end_of_day(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1), zone)
    return replace(
        comparison,
        differences=tuple(
            replace(each, alternatives=_alternatives(each.shown, comparison.entries, taken, now), choose_until=until)
            if What.CANCELLED in each.what and each.shown.product
            else each
            for each in comparison.differences
        ),
    )


def _alternatives(
    cancelled: Entry, entries: Iterable[Entry], taken: Mapping[str, int], now: datetime
) -> tuple[str, ...]:
    """Sessions to come of the same kind, price and approved time that have places left."""
    return tuple(
        each.session
        for each in entries
        if not each.is_cancelled
        and each.starts > now
        and each.product
        and _worth(each) == _worth(cancelled)
        and (each.seats is None or each.seats > taken.get(each.session, 0))
    )


def _worth(entry: Entry) -> object:
    """What somebody gets for a seat, and for how much."""
    given = entry.approval
    points = (given.scheme, given.minutes) if given and given.is_approved else None
    return entry.kind, entry.price_minor, points


def _told(difference: Difference, known: Session | None, made: Release) -> Change[Session]:
    """The draft's session with a word on its release, and what is said of it."""
    session = known or restored(difference.shown, None, conference=made.conference)
    flagged = differences.to_be_reviewed(session, difference.after) or _given_way(session, difference)
    what = f"it was released in “{made.name}”"
    noted = edited(flagged or session, by=made.released_by, now=made.released_at, what=what)
    return Change(noted, tuple(_events(difference, made)))


def _given_way(session: Session, difference: Difference) -> Session | None:
    """The draft's session as cancelled where another stands in for it: it is not back when that is cancelled."""
    if What.CANCELLED not in difference.what or not session.is_in_programme:
        return None
    return replace(session, is_cancelled=True, cancel_reason=difference.shown.reason)


def _seating(entry: Entry) -> object:
    return entry.starts, entry.ends, entry.seats, entry.speakers, entry.is_cancelled


def _is_seated_anew(entry: Entry, before: Entry | None) -> bool:
    if before is None:
        return entry.seats is not None or bool(entry.speakers)
    return _seating(before) != _seating(entry)


def _seats_published(entry: Entry, made: Release) -> SeatsPublished:
    return SeatsPublished(
        session=entry.session,
        conference=made.conference,
        release=made.number,
        code=entry.code,
        title=entry.title,
        starts=entry.starts,
        ends=entry.ends,
        seats=entry.seats,
        speakers=entry.speakers,
        is_cancelled=entry.is_cancelled,
    )


def _events(difference: Difference, made: Release) -> Iterable[Event]:
    before, entry, what = difference.before, difference.shown, set(difference.what)
    if _is_seated_anew(entry, before):
        yield _seats_published(entry, made)
    common: dict[str, Any] = {"session": entry.session, "conference": made.conference, "release": made.number}
    named = {**common, "uid": entry.uid, "sequence": entry.sequence, "code": entry.code, "title": entry.title}
    place = {**named, "room": entry.room_name, "starts": entry.starts, "ends": entry.ends}
    if What.ADDED in what or What.REINSTATED in what:
        yield SessionScheduled(**place, is_reinstated=What.REINSTATED in what)
    elif What.CANCELLED in what:
        yield SessionCancelled(
            **named,
            starts=entry.starts,
            ends=entry.ends,
            reason=entry.reason,
            alternatives=difference.alternatives,
            choose_until=difference.choose_until,
        )
    elif before and MOVING & what:
        yield SessionMoved(**place, room_before=before.room_name, starts_before=before.starts, ends_before=before.ends)
    if before and What.SPEAKERS in what:
        yield SpeakerReplaced(
            **common,
            code=entry.code,
            title=entry.title,
            speakers=entry.speakers,
            speakers_before=before.speakers,
        )
