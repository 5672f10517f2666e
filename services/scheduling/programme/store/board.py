"""A day of the draft as it is looked at: rooms side by side, times one below the other, and what is wrong beside it.

Pure. A row is a usual time of the programme, or a time at which something begins that day all the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.conflict_rules import Conflict
from services.scheduling.programme.domain.programme import IN_PROGRAMME, Level, Room, Session
from services.scheduling.programme.store.programme import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A session as it stands on the board."""

    session: Session
    version: int
    speakers: tuple[str, ...]  # their names
    track: str  # its title
    level: Level | None  # of the worst that is wrong with it
    stars: int
    signed_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A room at a time: what begins there, and what is still going on."""

    room: Room
    cards: tuple[Card, ...]
    going_on: tuple[Session, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A time of the day."""

    starts: datetime
    ends: datetime | None  # of the usual times; None when something just begins then
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that can be looked at, and how it is."""

    date: date
    session_count: int
    block_count: int
    warn_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One day of a draft, and all that has no place."""

    day: date
    days: tuple[Day, ...]
    rooms: tuple[Room, ...]
    rows: tuple[Row, ...]
    unplaced: tuple[Card, ...]
    aside: tuple[
        Session, ...
    ]  # not on the programme: proposed, withdrawn, rejected, or cancelled before it had a place
    lost: tuple[Session, ...]  # in a room that is gone
    conflicts: tuple[Conflict, ...]
    days_of: Mapping[str, date]  # of each session with a place

    def of_level(self, level: Level, *, here: bool) -> tuple[Conflict, ...]:
        """What weighs so much, on this day or on the others."""
        return tuple(each for each in self.conflicts if each.level is level and self.is_here(each) == here)

    def is_here(self, conflict: Conflict) -> bool:
        """Whether it is about this day."""
        return any(self.days_of.get(each) == self.day for each in conflict.sessions)

    @property
    def block_count(self) -> int:
        """How much blocks a release."""
        return sum(each.level is Level.BLOCK for each in self.conflicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A room and a time, and what would be wrong with it."""

    room: str
    starts: datetime
    conflicts: tuple[Conflict, ...]


def day_of(instant: datetime, *, zone: str) -> date:
    """The day at the venue."""
    return instant.astimezone(ZoneInfo(zone)).date()


def days_of(draft: Draft, *, first: date, last: date) -> list[date]:
    """The conference's days, and those before and after on which there is something already or still."""
    days = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    days |= {day_of(each.starts, zone=draft.zone) for each in draft.programme.times}
    days |= {day_of(each.slot.starts, zone=draft.zone) for each in draft.sessions if each.slot}
    return sorted(days)


def board(draft: Draft, *, day: date, first: date, last: date) -> Board:
    """One day of the draft."""
    conflicts = draft.conflicts()
    cards = {each.session.id: each for each in _cards(draft, conflicts)}
    rooms = draft.programme.rooms
    shown = [each.session for each in cards.values() if _is_on_board(each.session)]
    where = {each.id: day_of(each.slot.starts, zone=draft.zone) for each in shown if each.slot}
    here = [each for each in shown if where[each.id] == day]
    known = {each.id for each in rooms}
    return Board(
        day=day,
        days=tuple(_days(draft, where, conflicts, first=first, last=last)),
        rooms=rooms,
        rows=tuple(_rows(draft, here, cards, day=day)),
        unplaced=tuple(each for each in cards.values() if _is_unplaced(each.session)),
        aside=tuple(each for each in draft.sessions if not _is_on_board(each) and not _is_unplaced(each)),
        lost=tuple(each for each in here if each.slot and each.slot.room not in known),
        conflicts=conflicts,
        days_of=where,
    )


def places(draft: Draft, session: Session, *, day: date) -> Iterator[Place]:
    """The places of a day at which this session would be in conflict; everywhere else it may go."""
    there = [each for each in draft.sessions if each.slot and _is_on_board(each)]
    here = [each for each in there if each.slot and day_of(each.slot.starts, zone=draft.zone) == day]
    for starts, _ in _times(draft, here, day=day):
        for room in draft.programme.rooms:
            found = draft.conflicts_at(session, room=room.id, starts=starts)
            if found:
                yield Place(room=room.id, starts=starts, conflicts=found)


def _is_on_board(session: Session) -> bool:
    """Whether it is shown at its place; a cancelled one is, until it is moved away by being reinstated."""
    return session.editorial in IN_PROGRAMME and session.slot is not None


def _is_unplaced(session: Session) -> bool:
    return session.editorial in IN_PROGRAMME and session.slot is None and not session.is_cancelled


def _cards(draft: Draft, conflicts: Iterable[Conflict]) -> Iterator[Card]:
    levels: dict[str, Level] = {}
    for conflict in conflicts:  # what blocks comes first
        for each in conflict.sessions:
            levels.setdefault(each, conflict.level)
    tracks = {each.id: each.title for each in draft.programme.tracks}
    for session in draft.sessions:
        yield Card(
            session=session,
            version=draft.versions.get(session.id, 0),
            speakers=tuple(draft.speakers[each].name for each in session.speakers if each in draft.speakers),
            track=tracks.get(session.track, ""),
            level=levels.get(session.id),
            stars=draft.demand.stars.get(session.id, 0),
            signed_up=draft.demand.signed_up.get(session.id, 0),
        )


def _times(draft: Draft, sessions: Iterable[Session], *, day: date) -> list[tuple[datetime, datetime | None]]:
    """When rows begin, and when they end if that is usual."""
    found: dict[datetime, datetime | None] = {each.slot.starts: None for each in sessions if each.slot}
    found |= {each.starts: each.ends for each in draft.programme.times if day_of(each.starts, zone=draft.zone) == day}
    return sorted(found.items(), key=lambda each: each[0])


def _rows(draft: Draft, here: list[Session], cards: Mapping[str, Card], *, day: date) -> Iterator[Row]:
    for starts, ends in _times(draft, here, day=day):
        cells = tuple(_cell(room, starts, here, cards) for room in draft.programme.rooms)
        yield Row(starts=starts, ends=ends, cells=cells)


def _cell(room: Room, starts: datetime, here: list[Session], cards: Mapping[str, Card]) -> Cell:
    in_room = [(each, each.slot) for each in here if each.slot and each.slot.room == room.id]
    return Cell(
        room=room,
        cards=tuple(cards[each.id] for each, slot in in_room if slot.starts == starts),
        going_on=tuple(each for each, slot in in_room if slot.starts < starts < slot.ends and not each.is_cancelled),
    )


def _days(
    draft: Draft, where: Mapping[str, date], conflicts: Iterable[Conflict], *, first: date, last: date
) -> Iterator[Day]:
    counts: dict[tuple[date, Level], int] = {}
    for conflict in conflicts:
        for day in {where[each] for each in conflict.sessions if each in where}:
            counts[day, conflict.level] = counts.get((day, conflict.level), 0) + 1
    for day in days_of(draft, first=first, last=last):
        yield Day(
            date=day,
            session_count=sum(each == day for each in where.values()),
            block_count=counts.get((day, Level.BLOCK), 0),
            warn_count=counts.get((day, Level.WARN), 0),
        )
