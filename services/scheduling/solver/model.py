"""A congress as its programme committee knows it, and an incident that hits it. Reading them is `reading.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Place(NamedTuple):
    """Where a session lies: a room at a time."""

    room: str
    time: str


Plan = Mapping[str, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room, how many it seats, and what it has."""

    id: str
    seats: int
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A time of the programme; the days and hours are those of the venue."""

    id: str
    starts: datetime
    minutes: int

    @property
    def day(self) -> date:
        """The day on which it begins."""
        return self.starts.date()

    @property
    def ends(self) -> datetime:
        """When it is over, perhaps after midnight."""
        return self.starts + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A speaker, and the times at which that person can't be there."""

    id: str
    away: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session: what it needs, who speaks, how many want to hear it, what has to come before it."""

    id: str
    title: str
    track: str | None = None
    needs: frozenset[str] = frozenset()
    speakers: tuple[str, ...] = ()
    stars: int
    after: tuple[str, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Congress:
    """Everything the programme of one congress depends on, and today's plan; its times are in order."""

    rooms: tuple[Room, ...] = ()
    times: tuple[Time, ...] = ()
    closed: frozenset[Place] = frozenset()
    speakers: tuple[Speaker, ...] = ()
    sessions: tuple[Session, ...] = ()
    same_track_at_once_max: int | None = None  # none: as many as there are rooms
    agendas: tuple[tuple[str, ...], ...] = ()  # the starred sessions of each person
    plan: Plan = field(default_factory=dict)
    forgives: bool = False  # a session that breaks a rule today may stay as it is; no file says so, a repair does

    def title_of(self, session_id: str) -> str:
        """How a sentence names a session: its id, for the files, and its title, for people."""
        title = next(session.title for session in self.sessions if session.id == session_id)
        return f"{session_id} ({title})" if title else session_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What happened to a congress: rooms and speakers lost for a day, times lost to everybody."""

    rooms_lost: frozenset[tuple[str, date]] = frozenset()
    speakers_away: frozenset[tuple[str, date]] = frozenset()
    times_lost: frozenset[str] = frozenset()
    may_cancel: bool = False


class Task(StrEnum):
    """What can be asked."""

    FIRST_PLAN = "first_plan"
    FEWER_CLASHES = "fewer_clashes"
    REPAIR = "repair"
    WHY_NOT = "why_not"


NOTHING_HAPPENED = Incident()


class FileRefused(Exception):
    """A congress or an incident that makes no sense: where, and why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


class OutOfTime(Exception):
    """The budget was too short to find any answer, or to show that there is none."""
