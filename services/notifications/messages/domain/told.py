"""What one person was told of at one conference: which sessions, as calendars know them, and that they speak.

Owns what a release and a cancellation change about it. Kept so that whoever has a session in their calendar from us can
have it taken out again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.contracts.scheduling import AgendaItem


class Stand(StrEnum):
    """What somebody was last told of a session."""

    TAKES_PLACE = "takes_place"
    CANCELLED = "cancelled"
    WITHOUT_THEM = "without_them"  # they lost their seat, or speak there no more


_TAKEN_FROM_THEM = frozenset({"seat_lost", "stage_left"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSession:
    """One session as somebody was last told of it."""

    uid: str
    sequence: int
    code: str
    title: str
    room: str
    starts: datetime | None
    ends: datetime | None
    stand: Stand
    is_invited: bool = False  # by a calendar invitation, which only another one takes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one person was told of at one conference."""

    id: str  # see `told_id`
    conference: str
    person: str
    sessions: tuple[ToldSession, ...] = ()
    is_speaker: bool = False  # known when the conference is cancelled
    speaks: tuple[str, ...] = ()  # titles of what they were to give, the first of them
    speaks_count: int = 0  # of all of these

    @property
    def standing(self) -> tuple[ToldSession, ...]:
        """The sessions that they believe to take place, and may have in a calendar."""
        return tuple(each for each in self.sessions if each.stand is Stand.TAKES_PLACE and each.starts and each.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRegistration:
    """A registration that a cancellation has ended: its person is told about their money, and of all else with it.

    Under a run of the cast's own it is somebody's part in the programme.
    """

    id: str
    run: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How far a cancellation is known here: complete when exactly those registrations were heard of that it ended; or,
    under `cast_run_id`, exactly those who were to speak."""

    id: str
    closed_count: int | None = None
    closed_digest: str = ""
    is_complete: bool = False
    is_awaited: bool = False  # messages wait for it


def cast_run_id(run: str) -> str:
    """Where it is kept how many of a cancelled conference's cast were heard of."""
    return f"speakers:{run}"


def told_id(conference: str, person: str) -> str:
    """Where it is kept what a person was told of at a conference."""
    return f"{conference}:{person}"


def nothing_told(conference: str, person: str) -> Told:
    """Somebody who was told of nothing yet."""
    return Told(id=told_id(conference, person), conference=conference, person=person)


def stand_of(item: AgendaItem) -> Stand:
    """What a person learns of a session by this item."""
    if "cancelled" in item.changes:
        return Stand.CANCELLED
    return Stand.TAKES_PLACE if _TAKEN_FROM_THEM.isdisjoint(item.changes) else Stand.WITHOUT_THEM
