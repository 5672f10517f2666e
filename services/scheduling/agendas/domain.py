"""People in sessions: stars, seats, waitlists; and who may have what.

Owns an agenda (one person at one conference) and a roster (the seats of one session).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidPlace:
    """A seat that came with somebody's order."""

    session: str
    registration: str
    product: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """One person at one conference: what they starred, and how they want to be told. Seats are on the rosters."""

    id: str  # see `agenda_id`
    conference: str
    person: str
    registration: str = ""
    is_delegate: bool = False  # a confirmed registration; only delegates take seats
    stars: tuple[str, ...] = ()  # sessions, in the order in which they were starred
    paid: tuple[PaidPlace, ...] = ()
    zone: str = ""
    wants_invitations: bool = False
    feed_token: str = ""  # in the address of the personal feed; made anew to revoke it
    seen_release: int = 0


class Hold(StrEnum):
    """How somebody holds a seat."""

    SIGNED_UP = "signed_up"
    PAID = "paid"
    OFFERED = "offered"  # from the waitlist, until a deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One seat that somebody holds."""

    person: str
    hold: Hold
    since: datetime
    until: datetime | None = None  # of an offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The seats of one session: who holds one, and who waits, in order."""

    id: str  # see `roster_id`
    session: str
    conference: str
    seats: int
    held: tuple[Seat, ...] = ()
    waiting: tuple[str, ...] = ()  # persons
    offer_count: int = 0

    @property
    def free_count(self) -> int:
        """How many seats nobody holds."""
        return max(self.seats - len(self.held), 0)


def agenda_id(conference: str, person: str) -> str:
    """The id of one person's agenda at one conference."""
    return f"{conference}:{person}"


def roster_id(session: str) -> str:
    """The id of a session's roster, which is another aggregate than the session."""
    return f"roster:{session}"
