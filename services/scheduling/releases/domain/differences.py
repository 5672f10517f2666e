"""What a release makes of the draft: the new entries, and how each differs from what was published before.

Owns UID and SEQUENCE (RFC 5545): a UID is fixed at first publication; SEQUENCE begins at 0 and rises by one with each
release that changes a session's start, end, place or status, and with nothing else. Nothing that was published goes
away: what leaves the programme stays, cancelled.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from services.scheduling.programme.domain.programme import Approval, Programme, Session
from services.scheduling.releases.domain.releases import BUMPING, Difference, Entry, Part, Release, State, What, uid_of
from services.scheduling.releases.domain.wording import is_put_right

DELAY_MAX = timedelta(minutes=30)  # on the day itself; more than that is another time
OFF_THE_PROGRAMME = "It is not on the programme any more."
REVIEWED = frozenset({What.LENGTH, What.CONTENT, What.SPEAKERS})  # what an education board has approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The programme as the committee works on it, with the public names of those on its stages."""

    programme: Programme
    sessions: tuple[Session, ...]
    names: Mapping[str, str] = field(default_factory=dict)  # by person

    @property
    def shown(self) -> dict[str, Session]:
        """The sessions that a release would show; one that another stands in for gives way to it."""
        within = [each for each in self.sessions if each.is_in_programme]
        replaced = {each.replaces for each in within if each.replaces}
        return {each.id: each for each in within if each.id not in replaced}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What would be published, and how it differs from what is."""

    entries: tuple[Entry, ...]
    differences: tuple[Difference, ...]


def compare(draft: Draft, last: Release | None, *, zone: str, domain: str, now: datetime) -> Comparison:
    """The entries that a release of this draft would have, in the order of time and room, and all differences."""
    before = {each.session: each for each in last.entries} if last else {}
    shown, known = draft.shown, {each.id: each for each in draft.sessions}
    differences: list[Difference] = []
    entries: list[Entry] = []
    for id_ in [*before, *(each for each in shown if each not in before)]:
        difference = _difference(
            _published(shown[id_], draft=draft, domain=domain, now=now) if id_ in shown else None,
            before.get(id_),
            reason=_reason(known.get(id_), shown.values()),
            is_today=_is_day_of(before.get(id_), zone=zone, now=now),
            now=now,
        )
        assert difference.after is not None
        entries.append(difference.after)
        if difference.what:
            differences.append(difference)
    return Comparison(entries=in_order(entries), differences=tuple(differences))


def closed(last: Release, *, reason: str, now: datetime) -> Comparison:
    """Everything that is still to come on the programme cancelled, because the conference is; what was held was."""
    differences = [
        Difference(session=each.session, what=(What.CANCELLED,), before=each, after=_cancelled(each, reason, now))
        for each in last.entries
        if not each.is_cancelled and each.ends > now
    ]
    after = {each.session: each.after for each in differences}
    return Comparison(
        entries=tuple(after.get(each.session) or each for each in last.entries), differences=tuple(differences)
    )


def between(earlier: Release | None, later: Release) -> tuple[Difference, ...]:
    """How a session of a later release differs from an earlier one, whatever was published in between."""
    before = {each.session: each for each in earlier.entries} if earlier else {}
    found = (_since(before.get(each.session), each) for each in later.entries)
    return tuple(each for each in found if each.what)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries in the order of time, then room."""
    return tuple(sorted(entries, key=lambda each: (each.starts, each.ends, each.room_name, each.code, each.session)))


def digest(draft: Draft, last: Release | None) -> str:
    """By which it is seen whether what would be published is still what somebody has looked at."""
    shown = draft.shown
    held = {each.session for each in last.entries} if last else set()
    parts = [
        last.number if last else 0,
        draft.programme.rooms,
        draft.programme.tracks,
        sorted((each, draft.names.get(each, "")) for one in shown.values() for each in one.speakers),
        [_shown_of(each, draft) for each in draft.sessions if each.id in shown or each.id in held],
    ]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:32]


def _shown_of(session: Session, draft: Draft) -> object:
    """A session without what isn't published: who edited it, what it needs, what it comes after."""
    kept = replace(session, needs=(), after=(), is_pinned=False, cast=())
    document = msgspec.to_builtins(kept)
    for name in ("edit", "edits"):
        document.pop(name, None)
    return [session.id in draft.shown, document, [(each.person, each.role) for each in session.cast]]


def _published(session: Session, *, draft: Draft, domain: str, now: datetime) -> Entry:
    """The session as a first release would show it."""
    slot = session.slot
    assert slot is not None, "only what has a place is shown"
    room = draft.programme.room(slot.room)
    seats = session.seats_max
    if seats is not None and room is not None:
        seats = min(seats, room.seats)
    return Entry(
        session=session.id,
        code=session.code,
        uid=uid_of(session.id, domain=domain),
        sequence=0,
        state=State.PUBLISHED,
        title=session.title,
        kind=session.kind,
        room=slot.room,
        room_name=room.name if room else slot.room,
        starts=slot.starts,
        ends=slot.ends,
        revised_at=now,
        abstract=session.abstract,
        track=session.track,
        track_title=next((each.title for each in draft.programme.tracks if each.id == session.track), ""),
        language=session.language,
        level=session.level,
        parts=tuple(
            Part(person=each.person, name=draft.names.get(each.person, ""), role=each.role) for each in session.cast
        ),
        seats=seats,
        product=session.product,
        price_minor=session.price_minor,
        approval=session.approval,
        online_url=session.online_url,
        replaces=session.replaces,
        first_starts=slot.starts,
    )


def _difference(fresh: Entry | None, before: Entry | None, *, reason: str, is_today: bool, now: datetime) -> Difference:
    """One session: what the draft makes of it, against what was published."""
    if before is None:
        assert fresh is not None
        return Difference(session=fresh.session, what=(What.ADDED,), before=None, after=fresh)
    if fresh is None:
        if before.is_cancelled:
            return Difference(session=before.session, what=(), before=before, after=before)
        after = _cancelled(before, reason, now)
        return Difference(session=before.session, what=(What.CANCELLED,), before=before, after=after)
    return _revised(fresh, before, is_today=is_today)


def _cancelled(before: Entry, reason: str, now: datetime) -> Entry:
    return replace(
        before,
        state=State.CANCELLED,
        sequence=before.sequence + 1,
        reason=reason,
        cancelled_at=now,
        revised_at=now,
        delayed_from=None,
    )


def _revised(fresh: Entry, before: Entry, *, is_today: bool) -> Difference:
    """A session that was published before and is to be shown: as it was, changed, or back."""
    due = before.delayed_from or before.starts
    is_delayed = _is_delay(fresh, before, due=due, is_today=is_today)
    what = _what(fresh, before, is_delayed=is_delayed)
    state, delayed_from = _standing(fresh, before, what=what, due=due)
    after = replace(
        fresh,
        uid=before.uid,
        first_starts=before.first_starts,
        replaces=fresh.replaces or before.replaces,
        state=state,
        delayed_from=delayed_from,
        approval=_reviewed(fresh.approval, before, what=what),
        sequence=before.sequence + (1 if BUMPING & set(what) else 0),
    )
    if not what and replace(after, revised_at=before.revised_at) == before:
        return Difference(session=before.session, what=(), before=before, after=before)
    return Difference(session=before.session, what=what or (What.WORDING,), before=before, after=after)


def _what(fresh: Entry, before: Entry, *, is_delayed: bool) -> tuple[What, ...]:
    """What is different, in the order of What; nothing when it is wording alone."""
    is_other_length = fresh.ends - fresh.starts != before.ends - before.starts
    holds = {
        What.ROOM: _is_elsewhere(fresh, before) or bool(before.online_url and not fresh.online_url),
        What.TIME: fresh.starts != before.starts and not is_delayed,
        What.LENGTH: is_other_length,
        What.DELAYED: is_delayed and fresh.starts != before.starts,
        What.SPEAKERS: set(fresh.speakers) != set(before.speakers),
        What.CONTENT: _says_something_else(fresh, before),
        What.ONLINE: bool(fresh.online_url) and fresh.online_url != before.online_url,
        What.REINSTATED: before.is_cancelled,
    }
    return tuple(each for each in What if holds.get(each))


def _is_elsewhere(fresh: Entry, before: Entry) -> bool:
    """Whether people go somewhere else: to another room, or to one that now has the name of another."""
    return fresh.room != before.room or not is_put_right(before.room_name, fresh.room_name)


def _says_something_else(fresh: Entry, before: Entry) -> bool:
    if (fresh.kind, fresh.level, fresh.language) != (before.kind, before.level, before.language):
        return True
    return not (is_put_right(before.title, fresh.title) and is_put_right(before.abstract, fresh.abstract))


def _is_delay(fresh: Entry, before: Entry, *, due: datetime, is_today: bool) -> bool:
    """Whether it only begins a little later on its day, and lasts as long."""
    if not is_today or before.is_cancelled or fresh.starts <= before.starts:
        return False
    return fresh.starts - due <= DELAY_MAX and fresh.ends - fresh.starts == before.ends - before.starts


def _standing(fresh: Entry, before: Entry, *, what: tuple[What, ...], due: datetime) -> tuple[State, datetime | None]:
    """The state that a session has after this, and since when it waits if it is delayed."""
    delayed_from = None if {What.TIME, What.LENGTH} & set(what) else before.delayed_from
    if What.DELAYED in what:
        delayed_from = due
    if What.ONLINE in what or (before.state is State.MOVED_ONLINE and fresh.online_url):
        return State.MOVED_ONLINE, delayed_from
    return State.DELAYED if delayed_from else State.PUBLISHED, delayed_from


def _reviewed(approval: Approval | None, before: Entry, *, what: tuple[What, ...]) -> Approval | None:
    """What was approved must be reviewed when length, level, content or speakers are different now.

    An approval that is new with this release was given for what is published now.
    """
    if approval is None or not REVIEWED & set(what):
        return approval
    known = before.approval
    is_new = known is None or (approval.scheme, approval.minutes) != (known.scheme, known.minutes)
    return approval if is_new else replace(approval, must_be_reviewed=True)


def to_be_reviewed(session: Session, entry: Entry | None) -> Session | None:
    """The draft's session with the flag that a release has put on its approval; None when there is nothing new in it.

    The flag stands in the draft as well, because there the committee clears it.
    """
    given = entry.approval if entry else None
    if given is None or session.approval is None or given.must_be_reviewed <= session.approval.must_be_reviewed:
        return None
    return replace(session, approval=replace(session.approval, must_be_reviewed=True))


def _since(before: Entry | None, after: Entry) -> Difference:
    """One session in two releases, which need not follow each other."""
    if before is None:
        return Difference(session=after.session, what=(What.ADDED,), before=None, after=after)
    if after.is_cancelled or before == after:
        is_news = after.is_cancelled and not before.is_cancelled
        return Difference(session=after.session, what=(What.CANCELLED,) if is_news else (), before=before, after=after)
    is_delayed = after.delayed_from is not None and after.delayed_from == (before.delayed_from or before.starts)
    what = _what(after, before, is_delayed=is_delayed)
    return Difference(session=after.session, what=what or (What.WORDING,), before=before, after=after)


def _reason(session: Session | None, shown: Iterable[Session]) -> str:
    """Why a session is not on the programme any more, as everybody may read it."""
    if session is None:
        return OFF_THE_PROGRAMME
    if session.cancel_reason:
        return session.cancel_reason
    stand_in = next((each for each in shown if each.replaces == session.id), None)
    return f"{stand_in.code} {stand_in.title} takes its place." if stand_in else OFF_THE_PROGRAMME


def _is_day_of(entry: Entry | None, *, zone: str, now: datetime) -> bool:
    if entry is None:
        return False
    here = ZoneInfo(zone)
    return now.astimezone(here).date() == entry.starts.astimezone(here).date()
