"""The roster of a session: who has a seat in it, who waits, and what else its people do at that time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scheduling.agendas.domain.agendas import Agenda
from shared.problem import Refusal
from shared.sentences import marked


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
    claim: int = 0  # tells one claim of a person from another; seats of before have none
    is_owed: bool = False  # it is on their order, and not paid yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A session as the last release shows it, as far as its seats are concerned."""

    code: str
    title: str
    room: str  # its name
    starts: datetime
    ends: datetime
    zone: str  # of the conference: an offer ends with a day there
    product: str = ""  # what pays for a seat; empty: free
    is_cancelled: bool = False

    def overlaps(self, other: "Sitting") -> bool:
        """Whether nobody could be in both from beginning to end."""
        return self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The seats of one session: who holds one, and who waits, in order.

    It may be there before the session is: somebody may have paid for a seat of which no release has told yet.
    """

    id: str  # see `roster_id`
    session: str
    conference: str
    seats: int = 0  # of the room, or fewer where the committee says so
    place_count: int | None = None  # so many are sold at most, of a paid session, as registration says
    price_minor: int | None = None  # what a seat costs, as registration says; None: it has not said
    held: tuple[Seat, ...] = ()  # in the order in which they came
    waiting: tuple[str, ...] = ()  # persons
    offer_count: int = 0
    entry_count: int = 0  # how often somebody came in: a seat, or a place on the waitlist
    sitting: Sitting | None = None  # None: no release has told of the session yet, or it takes no sign-ups any more
    release: int = 0  # that it was last told of
    displaced: tuple[str, ...] = ()  # persons whose seat that release took, for a smaller room
    passed_over: tuple[str, ...] = ()  # persons whose offer ran out
    no_shows: tuple[str, ...] = ()  # persons whose seat was given away when they hadn't come
    are_no_shows_judged: bool = False
    next_at: datetime | None = None  # business time of the next thing that happens by itself
    product: str = ""  # the option of which places are wanted
    wanted_count: int = 0  # how many, as registration was told last
    wanted_revision: int = 0  # of what it was told
    set_aside_count: int = 0  # places that registration keeps for those who wait, are offered a seat, or took one
    absent: tuple[str, ...] = ()  # persons who paid and didn't come: others have their places
    owed: tuple[str, ...] = ()  # persons of whom it was said that the seat they have is not paid

    @property
    def seats_offered(self) -> int:
        """How many seats there are to be had: as many as the room has, or as are sold, whatever is less."""
        return self.seats if self.place_count is None else min(self.seats, self.place_count)

    @property
    def free_count(self) -> int:
        """How many seats nobody holds."""
        return max(self.seats_offered - len(self.held), 0)

    @property
    def over_count(self) -> int:
        """How many more hold a seat than there are: paid seats are kept, whatever the room has."""
        return max(len(self.held) - self.seats, 0) if self.sitting else 0

    @property
    def open_count(self) -> int:
        """How many seats somebody who comes now could have; where people wait for a place to pay, there is none."""
        if self.sitting and self.sitting.product and self.waiting:
            return 0
        return max(self.free_count - len(self.waiting), 0)

    @property
    def unordered_count(self) -> int:
        """How many seats are held, or offered, for which no order has paid."""
        return sum(1 for each in self.held if each.hold is not Hold.PAID)

    @property
    def offerable_count(self) -> int:
        """How many seats may be offered: those of a paid session only with a place that nobody can buy."""
        if self.sitting is None or not self.sitting.product:
            return self.free_count
        places = self.set_aside_count + len(self.absent) - self.unordered_count
        return max(min(self.free_count, places), 0)

    def seat_of(self, person: str) -> Seat | None:
        """The seat that this person holds, or is offered."""
        return next((each for each in self.held if each.person == person), None)

    def place_of(self, person: str) -> int | None:
        """Which place on the waitlist this person has, from 1."""
        return self.waiting.index(person) + 1 if person in self.waiting else None


class AtThatTime(StrEnum):
    """What somebody wants who holds another seat at that time; it is theirs to choose."""

    ASK = "ask"  # refuse, and say which
    KEEP_BOTH = "keep_both"
    SWAP = "swap"  # give the other one back


class SeatAtThatTime(Refusal):
    """This person holds a seat in another session at that time; a choice, not a lock."""

    title = marked("You hold a seat at that time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A session that somebody speaks in, as the last release has it."""

    session: str
    code: str
    title: str
    starts: datetime
    ends: datetime


class SpeaksThen(Refusal):
    """A speaker's own session goes before a seat in another one; no choice, unlike two seats."""

    title = marked("You speak at that time")


def must_not_speak(talks: Iterable[Talk], *, session: str, sitting: Sitting) -> None:
    """Refuse a speaker a seat in another session while their own goes on, naming both; raises `SpeaksThen`."""
    for each in talks:
        if each.session != session and each.starts < sitting.ends and sitting.starts < each.ends:
            raise SpeaksThen.saying(
                "%(session)s is while you speak in %(own)s. You took no seat, and nothing was changed.",
                session=f"{sitting.code} {sitting.title}",
                own=f"{each.code} {each.title}",
                sessions=[each.session],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """How somebody stands on a roster after what they asked."""

    roster: Roster
    agenda: Agenda
    given_back: tuple[str, ...] = ()  # sessions


def roster_id(session: str) -> str:
    """The id of a session's roster, which is another aggregate than the session."""
    return f"roster:{session}"
