"""What the committee may do to a session in the draft, and what is refused.

Every change leaves a word on who made it and what it was, for whoever had the session open meanwhile. Nothing here is
published: people learn of a change by a release.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import Casting, Session, Slot, edited, placed, unplaced
from services.scheduling.programme.domain.wording import listed, time_in_words
from shared.problem import Invalid, Refusal

MARGIN_DAYS = 2  # workshops before the conference, tours after it
WORDS: Mapping[str, str] = {
    "code": "code",
    "title": "title",
    "kind": "kind",
    "minutes": "length",
    "abstract": "abstract",
    "track": "track",
    "language": "language",
    "level": "level",
    "needs": "equipment",
    "after": "order",
    "editorial": "state",
    "seats_max": "seats",
    "product": "option",
    "price_minor": "price",
    "approval": "approval",
    "online_url": "online address",
    "replaces": "what it stands in for",
}  # what may be edited by hand, as an editor is told of it
Days = tuple[date, date]  # a conference's first and last
REVIEWED = frozenset({"title", "abstract", "level", "minutes", "cast"})  # what an education board has approved


class SessionPinned(Refusal):
    """Somebody has said that this session stays where it is."""

    title = "The session is pinned"


class SessionIsCancelled(Refusal):
    """A cancelled session is not moved about."""

    title = "The session is cancelled"


class SessionNotCancelled(Refusal):
    """Only what was cancelled can be brought back."""

    title = "The session is not cancelled"


class SlotOutside(Invalid):
    """Nobody is at the conference at that time."""


class OrderImpossible(Invalid):
    """A session can't come after itself, or after something of another conference."""


class CastTwice(Invalid):
    """One person has one part in a session."""


def revised(session: Session, *, changes: Mapping[str, Any], by: str, now: datetime) -> Session:
    """The session with what was edited by hand; a new length moves its end, and asks the education board again."""
    real = {name: value for name, value in changes.items() if getattr(session, name) != value}
    if not real:
        return session
    what = f"another {listed([WORDS[name] for name in WORDS if name in real])}"
    slot = session.slot
    if slot and "minutes" in real:
        real["slot"] = replace(slot, ends=slot.starts + timedelta(minutes=real["minutes"]))
    return edited(session, by=by, now=now, what=what, **reviewed(session, real))


def reviewed(session: Session, changes: dict[str, Any]) -> dict[str, Any]:
    """What was approved must be reviewed when it is something else now; a new approval is taken as it is."""
    if session.approval is None or "approval" in changes or not REVIEWED & changes.keys():
        return changes
    return changes | {"approval": replace(session.approval, must_be_reviewed=True)}


def recast(session: Session, *, cast: tuple[Casting, ...], names: Mapping[str, str], by: str, now: datetime) -> Session:
    """The session with these people on its stage; who stays has confirmed as before."""
    if len({each.person for each in cast}) < len(cast):
        raise CastTwice(f"Somebody is named twice. The speakers of {session.code} were not changed; name each once.")
    if cast == session.cast:
        return session
    changes: dict[str, Any] = {"cast": cast}
    if [each.person for each in cast] != list(session.speakers):
        changes = reviewed(session, changes)
    on_stage = listed([names[each.person] for each in cast])
    what = "it has no speaker" if not cast else f"its speaker{'s are' if len(cast) > 1 else ' is'} {on_stage}"
    return edited(session, by=by, now=now, what=what, **changes)


def moved(
    session: Session, *, room: str, room_name: str, starts: datetime, zone: str, by: str, now: datetime
) -> Session:
    """The session at this room and time; a pinned or cancelled one stays where it is."""
    starts = starts.astimezone(UTC)
    if session.slot and (session.slot.room, session.slot.starts) == (room, starts):
        return session
    must_be_movable(session)
    what = f"it is in {room_name} on {time_in_words(starts, zone=zone)}"
    return placed(session, room=room, starts=starts, by=by, now=now, what=what)


def taken_off(session: Session, *, by: str, now: datetime) -> Session:
    """The session without a place in the draft; a pinned or cancelled one keeps its place."""
    if session.slot is None:
        return session
    must_be_movable(session)
    return unplaced(session, by=by, now=now)


def swapped(one: Session, other: Session, *, by: str, now: datetime) -> tuple[Session, Session]:
    """Two sessions in each other's places, each with its own length; one of them may have none."""
    if one.id == other.id:
        raise OrderImpossible(f"{one.code} can't change places with itself. Nothing was changed; take another one.")
    for each in (one, other):
        must_be_movable(each)
    return _in_place_of(one, other, by=by, now=now), _in_place_of(other, one, by=by, now=now)


def _in_place_of(session: Session, other: Session, *, by: str, now: datetime) -> Session:
    slot, ends = other.slot, timedelta(minutes=session.minutes)
    given = Slot(room=slot.room, starts=slot.starts, ends=slot.starts + ends) if slot else None
    return edited(session, by=by, now=now, what=f"it has changed places with {other.code}", slot=given)


def must_be_movable(session: Session) -> None:
    """Refuse to move what is pinned or cancelled."""
    if session.is_pinned:
        raise SessionPinned(f"{session.code} is pinned. It was not moved; unpin it first if it may move.")
    if session.is_cancelled:
        raise SessionIsCancelled(f"{session.code} is cancelled. It was not moved; reinstate it first.")


def pinned(session: Session, *, is_pinned: bool, by: str, now: datetime) -> Session:
    """The session fixed where it is, or free to be moved again."""
    if session.is_pinned == is_pinned:
        return session
    return edited(session, by=by, now=now, what="it is pinned" if is_pinned else "it is unpinned", is_pinned=is_pinned)


def called_off(session: Session, *, reason: str, by: str, now: datetime) -> Session:
    """The session cancelled in the draft: the next release takes it off the programme and says why."""
    if session.is_cancelled and session.cancel_reason == reason:
        return session
    return edited(session, by=by, now=now, what="it is cancelled", is_cancelled=True, cancel_reason=reason)


def reinstated(session: Session, *, by: str, now: datetime) -> Session:
    """The session back in the draft, where it was."""
    if not session.is_cancelled:
        raise SessionNotCancelled(f"{session.code} is not cancelled. Nothing was changed.")
    return edited(session, by=by, now=now, what="it takes place after all", is_cancelled=False, cancel_reason="")


def is_inside(starts: datetime, ends: datetime, *, days: Days, zone: str) -> bool:
    """Whether something is on the conference's days, the first and the last, or near them."""
    begins, done = (each.astimezone(ZoneInfo(zone)).date() for each in (starts, ends - timedelta(seconds=1)))
    first, last = days
    return begins >= first - timedelta(days=MARGIN_DAYS) and done <= last + timedelta(days=MARGIN_DAYS)


def must_be_inside(starts: datetime, *, minutes: int, first: date, last: date, zone: str) -> None:
    """Refuse a time that is not near the conference's days."""
    if not is_inside(starts, starts + timedelta(minutes=minutes), days=(first, last), zone=zone):
        detail = (
            f"{time_in_words(starts, zone=zone)}, {starts.astimezone(ZoneInfo(zone)).year} is not within {MARGIN_DAYS} "
            f"days of the conference, {first} to {last}. Nothing was changed; take another time."
        )
        raise SlotOutside(detail, errors={"json": {"starts": [detail]}})


def must_be_in_order(session: str, *, code: str, after: Collection[str], others: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse an order that nobody can keep: after itself, by whatever way round, or after what isn't there.

    `others` are the conference's sessions, each with those that it comes after.
    """
    wanted, reached = list(after), set[str]()
    while wanted:
        earlier = wanted.pop()
        if earlier == session:
            detail = f"{code} would have to come after itself. Nothing was changed; leave out one of the sessions."
            raise OrderImpossible(detail, errors={"json": {"after": [detail]}})
        if earlier not in others:
            detail = f"This conference has no session {earlier}. Nothing was changed; name one of its sessions."
            raise OrderImpossible(detail, errors={"json": {"after": [detail]}})
        if earlier not in reached:
            reached.add(earlier)
            wanted.extend(others[earlier])


def must_not_replace_itself(session: str, *, code: str, replaces: str, others: Mapping[str, str]) -> None:
    """Refuse a session that stands in for itself, by whatever way round: none of them would be on the programme.

    `others` are the conference's sessions, each with the one that it stands in for.
    """
    replaced, reached = replaces, set[str]()
    while replaced and replaced not in reached:
        if replaced == session:
            detail = f"{code} would have to stand in for itself. Nothing was changed; name another session, or none."
            raise OrderImpossible(detail, errors={"json": {"replaces": [detail]}})
        reached.add(replaced)
        replaced = others.get(replaced, "")
