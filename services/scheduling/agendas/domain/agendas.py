"""People in sessions: stars, paid places, and what a seat and a roster are; and who may have what.

Owns an agenda (one person at one conference) and a roster (the seats of one session). Who gets a seat, who waits and to
whom a free one is offered is decided in `waitlist`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.scheduling.conferences.domain.zones import known_zones, zone_advice
from shared.ids import digest_of
from shared.problem import Invalid, NotFound, Refusal

STAR_COUNT_MAX = 1_000  # as many as a conference has sessions


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
    claims: tuple[str, ...] = ()  # sessions on whose rosters this person may stand; the rosters say whether they do
    zone: str = ""
    wants_invitations: bool = False
    feed_token: str = ""  # in the address of the personal feed; made anew to revoke it
    seen_release: int = 0
    is_ended: bool = False  # the registration has ended with the conference

    def paid_place(self, session: str) -> PaidPlace | None:
        """The place in this session that came with the order, if there is one."""
        return next((each for each in self.paid if each.session == session), None)


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
    owed: tuple[str, ...] = ()  # persons of whom it was said that no order pays for the seat they took

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

    title = "You hold a seat at that time"


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

    title = "You speak at that time"


def must_not_speak(talks: Iterable[Talk], *, session: str, sitting: Sitting) -> None:
    """Refuse a speaker a seat in another session while their own goes on, naming both; raises `SpeaksThen`."""
    for each in talks:
        if each.session != session and each.starts < sitting.ends and sitting.starts < each.ends:
            raise SpeaksThen(
                f"{sitting.code} {sitting.title} is while you speak in {each.code} {each.title}. You took no seat, and "
                "nothing was changed.",
                sessions=[each.session],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """How somebody stands on a roster after what they asked."""

    roster: Roster
    agenda: Agenda
    given_back: tuple[str, ...] = ()  # sessions


class AgendaUnknown(NotFound):
    """No registration of this person at this conference has been heard of."""


class NoDelegate(Refusal):
    """Only delegates take seats."""

    title = "Your registration is not complete yet"


class AgendaEnded(Refusal):
    """The registration has ended with the conference."""

    title = "The conference does not take place"


class SessionsUnknown(Invalid):
    """Some of these are no sessions of this conference."""


class ZoneUnknown(Invalid):
    """No time zone has this name."""


class StarsChangedMeanwhile(Refusal):
    """The stars were changed since they were read, perhaps on another device."""

    status = 412
    title = "Your stars were changed meanwhile"


class StarsNotSeen(Refusal):
    """There are stars already, and whoever replaces them must say which they saw."""

    status = 428
    title = "There are stars already"


def agenda_id(conference: str, person: str) -> str:
    """The id of one person's agenda at one conference."""
    return f"{conference}:{person}"


def roster_id(session: str) -> str:
    """The id of a session's roster, which is another aggregate than the session."""
    return f"roster:{session}"


def registered(agenda: Agenda, *, registration: str, release: int = 0) -> Agenda:
    """The agenda of somebody who asked to attend; what changed before this release is no news to them."""
    if agenda.is_ended:
        return agenda
    seen_release = agenda.seen_release if agenda.registration else release
    return replace(agenda, registration=registration, seen_release=seen_release)


def admitted(agenda: Agenda) -> Agenda:
    """The agenda of a delegate; what has ended stays so."""
    return agenda if agenda.is_ended else replace(agenda, is_delegate=True)


def starred(agenda: Agenda, session: str) -> Agenda:
    """The agenda with this session starred; starring twice changes nothing."""
    return agenda if session in agenda.stars else with_stars(agenda, (*agenda.stars, session))


def unstarred(agenda: Agenda, session: str) -> Agenda:
    """The agenda without this star."""
    return replace(agenda, stars=tuple(each for each in agenda.stars if each != session))


def with_stars(agenda: Agenda, sessions: Iterable[str]) -> Agenda:
    """The agenda with exactly these stars, each once, in this order."""
    must_be_live(agenda)
    stars = tuple(dict.fromkeys(sessions))
    if len(stars) > STAR_COUNT_MAX:
        raise SessionsUnknown(f"{len(stars)} stars are more than {STAR_COUNT_MAX}. No star was changed.")
    return replace(agenda, stars=stars)


def claiming(agenda: Agenda, session: str) -> Agenda:
    """The agenda of somebody who may stand on this session's roster from now on."""
    return agenda if session in agenda.claims else replace(agenda, claims=(*agenda.claims, session))


def with_preferences(agenda: Agenda, *, zone: str, wants_invitations: bool) -> Agenda:
    """The agenda of somebody who wants times in this zone (none: the venue's), and calendar invitations or not."""
    if zone and zone not in known_zones():
        raise ZoneUnknown(f"{zone!r} is no time zone that we know. Nothing was changed; {zone_advice(zone)}")
    return replace(agenda, zone=zone, wants_invitations=wants_invitations)


def with_feed(agenda: Agenda, token: str) -> Agenda:
    """The agenda whose personal feed has this token in its address; none when it is empty."""
    return replace(agenda, feed_token=token)


def having_seen(agenda: Agenda, release: int) -> Agenda:
    """The agenda of somebody who has seen what changed up to this release."""
    return replace(agenda, seen_release=max(agenda.seen_release, release))


def with_paid(agenda: Agenda, place: PaidPlace) -> Agenda:
    """The agenda with a place that came with the order, once for each session."""
    if agenda.paid_place(place.session):
        return agenda
    return claiming(replace(agenda, paid=(*agenda.paid, place)), place.session)


def without_paid(agenda: Agenda, session: str) -> Agenda:
    """The agenda without the paid place in this session."""
    return replace(agenda, paid=tuple(each for each in agenda.paid if each.session != session))


def ended(agenda: Agenda) -> Agenda:
    """The agenda of somebody whose registration has ended: nothing is claimed any more, by stars or by seats."""
    return replace(agenda, is_delegate=False, is_ended=True, stars=(), paid=(), claims=())


def must_be_live(agenda: Agenda) -> None:
    """Refuse what somebody asks whose registration has ended."""
    if agenda.is_ended:
        raise AgendaEnded("Your registration has ended with the conference. Nothing was changed.")


def must_take_seats(agenda: Agenda) -> None:
    """Only delegates take seats or wait for one."""
    must_be_live(agenda)
    if not agenda.is_delegate:
        raise NoDelegate(
            "Seats are for delegates, and your registration is not confirmed yet. No seat was taken. "
            "As soon as it is paid, or your town's purchase order is accepted, you can sign up; stars you can set now."
        )


def stars_digest(agenda: Agenda) -> str:
    """By which two lists of stars are compared."""
    return digest_of(agenda.stars)[:32]
