"""What a person can ask of their agenda, and what a release does to the seats: load, decide, hand over the change.

A claim on a seat saves the agenda too, whatever changes in it, so that two claims of one person at the same time, or a
claim and the end of the registration, can't both go through unseen.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.scheduling.agendas.domain import agendas as domain
from services.scheduling.agendas.domain import rosters, waitlist
from services.scheduling.agendas.domain.agendas import (
    Agenda,
    AgendaUnknown,
    SessionsUnknown,
    StarsChangedMeanwhile,
    StarsNotSeen,
)
from services.scheduling.agendas.domain.rosters import (
    AtThatTime,
    Claimed,
    Hold,
    Roster,
    SeatAtThatTime,
    Sitting,
    roster_id,
)
from services.scheduling.agendas.store.agendas import AGENDAS, ROSTERS, talks
from services.scheduling.conferences.domain.conference import ConferenceIsCancelled
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.programme.store.programme import SESSIONS, SPEAKERS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import SeatOffered, SeatOwed, SeatsWanted
from shared.sentences import Listed, marked
from shared.unit import Unit

# stars and preferences


@command()
def star_session(unit: Unit, *, agenda: str, session: str) -> Agenda:
    """Star a session; starring twice changes nothing."""
    _must_exist(unit, agenda, [session])
    return unit.save(AGENDAS, Change(domain.starred(_agenda(unit, agenda), session)))


@command()
def unstar_session(unit: Unit, *, agenda: str, session: str) -> Agenda:
    """Take a star away; there may be none."""
    return unit.save(AGENDAS, Change(domain.unstarred(_agenda(unit, agenda), session)))


@command()
def replace_stars(unit: Unit, *, agenda: str, sessions: Sequence[str], seen: str | None) -> Agenda:
    """Star exactly these sessions; `seen` is the digest of the stars that this is meant to replace."""
    found = _agenda(unit, agenda)
    if found.stars and seen is None:
        raise StarsNotSeen(
            f"There are {len(found.stars)} stars already, and no If-Match says which ones were seen. "
            "No star was changed; read them first, and send their ETag."
        )
    if seen not in (None, "*", domain.stars_digest(found)):
        raise StarsChangedMeanwhile(
            "Your stars were changed since they were read, perhaps on another device. No star was changed now; "
            "read them again, then change them."
        )
    _must_exist(unit, agenda, sessions)
    return unit.save(AGENDAS, Change(domain.with_stars(found, sessions)))


@command()
def set_preferences(unit: Unit, *, agenda: str, zone: str, wants_invitations: bool) -> Agenda:
    """Times in this zone, and calendar invitations or not."""
    preferred = domain.with_preferences(_agenda(unit, agenda), zone=zone, wants_invitations=wants_invitations)
    return unit.save(AGENDAS, Change(preferred))


@command()
def renew_feed(unit: Unit, *, agenda: str) -> Agenda:
    """Give the personal feed a new address; the one before ends."""
    return unit.save(AGENDAS, Change(domain.with_feed(_agenda(unit, agenda), secrets.token_urlsafe(24))))


@command()
def revoke_feed(unit: Unit, *, agenda: str) -> Agenda:
    """End the personal feed's address."""
    return unit.save(AGENDAS, Change(domain.with_feed(_agenda(unit, agenda), "")))


@command()
def mark_release_seen(unit: Unit, *, agenda: str, release: int) -> Agenda:
    """The changes up to this release were seen."""
    return unit.save(AGENDAS, Change(domain.having_seen(_agenda(unit, agenda), release)))


# seats


@command(emits=[SeatOffered, SeatOwed, SeatsWanted], starts=[ROSTERS])
def sign_up(unit: Unit, *, agenda: str, session: str, or_wait: bool, at_that_time: AtThatTime) -> Claimed:
    """Take a free seat in a session, or the last place on its waitlist."""
    found = _agenda(unit, agenda)
    domain.must_take_seats(found)
    _must_take_place(unit, found.conference)
    roster = _roster(unit, session, found.conference)
    change = waitlist.sign_up(roster, found.person, or_wait=or_wait, now=unit.now)
    if roster.seat_of(found.person) is None and roster.place_of(found.person) is None:
        _must_not_speak(unit, found, roster)
    seat = change.state.seat_of(found.person)
    takes_seat = seat is not None and seat.hold is Hold.SIGNED_UP and roster.seat_of(found.person) is None
    given_back = _clear(unit, found, roster, at_that_time=at_that_time) if takes_seat else ()
    return _claimed(unit, found, change, given_back=given_back)


@command(emits=[SeatOffered, SeatOwed, SeatsWanted], starts=[ROSTERS])
def accept_seat(unit: Unit, *, agenda: str, session: str, at_that_time: AtThatTime) -> Claimed:
    """Take the seat that is offered."""
    found = _agenda(unit, agenda)
    domain.must_take_seats(found)
    _must_take_place(unit, found.conference)
    roster = _roster(unit, session, found.conference)
    change = waitlist.accept(roster, found.person, now=unit.now)
    if change.state != roster:
        _must_not_speak(unit, found, roster)
    given_back = _clear(unit, found, roster, at_that_time=at_that_time) if change.state != roster else ()
    return _claimed(unit, found, change, given_back=given_back)


@command(emits=[SeatOffered, SeatOwed, SeatsWanted], starts=[ROSTERS])
def give_back_seat(unit: Unit, *, agenda: str, session: str) -> Claimed:
    """Give a seat back, leave the waitlist, or decline an offer; who has nothing there changes nothing."""
    found = _agenda(unit, agenda)
    roster = _roster(unit, session, found.conference)
    if roster.seat_of(found.person) is None and roster.place_of(found.person) is None:
        return Claimed(roster=roster, agenda=found)
    return _claimed(unit, found, waitlist.give_back(roster, found.person, now=unit.now))


@command(emits=[SeatOffered, SeatOwed, SeatsWanted], starts=[ROSTERS])
def release_no_shows(unit: Unit, *, session: str, present: Collection[str]) -> Roster:
    """Offer the seats of those who haven't come to those who wait; for the room monitor, from the start on."""
    roster = unit.load(ROSTERS, roster_id(session))
    if roster is None:
        raise waitlist.NoSignUp("This session takes no sign-ups. Nothing was changed.")
    return unit.save(ROSTERS, waitlist.release_no_shows(roster, present=present, now=unit.now))


# what a release does


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """What a release says of one session's seats."""

    session: str
    sitting: Sitting | None  # None: nobody needs a seat any more
    seats: int
    first: tuple[str, ...] = ()  # persons who are asked first: holders of seats in a session that this one replaces


@command(emits=[SeatOffered, SeatOwed, SeatsWanted], starts=[ROSTERS])
def seat_release(unit: Unit, *, conference: str, release: int, seatings: Sequence[Seating]) -> None:
    """Bring the rosters up to a release: sizes, times, cancellations; the same release twice changes nothing."""
    unit.preload((ROSTERS, roster_id(each.session)) for each in seatings)
    for each in seatings:
        roster = _roster(unit, each.session, conference)
        if roster.release < release:
            first = _delegates(unit, conference, each.first, session=each.session)
            change = waitlist.released(
                roster, each.sitting, seats=each.seats, release=release, first=first, now=unit.now
            )
            unit.save(ROSTERS, change)


def _agenda(unit: Unit, id_: str) -> Agenda:
    found = unit.load(AGENDAS, id_)
    if found is None:
        raise AgendaUnknown(
            marked(
                "We don't know of this registration yet. Nothing was changed. It may be very new; try again in a "
                "minute."
            )
        )
    return found


def _must_take_place(unit: Unit, conference: str) -> None:
    """Refuse seats of a conference that was cancelled, also before every registration has heard of it."""
    found = unit.load(CONFERENCES, conference)
    if found and found.is_cancelled:
        raise ConferenceIsCancelled.saying("%(named)s is cancelled. No seat was taken.", named=found.title)


def _roster(unit: Unit, session: str, conference: str) -> Roster:
    found = unit.load(ROSTERS, roster_id(session))
    if found is not None and found.conference != conference:
        raise waitlist.NoSignUp(marked("There is no such session at this conference. Nothing was changed."))
    return found or Roster(id=roster_id(session), session=session, conference=conference)


def _delegates(unit: Unit, conference: str, persons: Sequence[str], *, session: str) -> tuple[str, ...]:
    """Those of these who may take seats; their agendas know of this session from now on."""
    ids = {each: domain.agenda_id(conference, each) for each in persons}
    unit.preload((AGENDAS, each) for each in ids.values())
    found = [agenda for each in ids.values() if (agenda := unit.load(AGENDAS, each)) and agenda.is_delegate]
    for agenda in found:
        unit.save(AGENDAS, Change(domain.claiming(agenda, session)))
    return tuple(each.person for each in found)


def _must_exist(unit: Unit, agenda: str, sessions: Sequence[str]) -> None:
    conference = _agenda(unit, agenda).conference
    wanted = set(sessions)
    where = {"_id": {"$in": list(wanted)}, "conference": conference}
    known = {each["_id"] for each in unit.of(SESSIONS).find(where, {"_id": 1}, session=unit.session)}
    if wanted - known:
        raise SessionsUnknown(
            f"{len(wanted - known)} of these are no sessions of this conference. No star was changed.",
            unknown=sorted(wanted - known)[:20],
        )


def _must_not_speak(unit: Unit, agenda: Agenda, roster: Roster) -> None:
    """Refuse a speaker a seat, or a place on the waitlist, while they speak themselves."""
    if roster.sitting is not None and unit.load(SPEAKERS, agenda.person) is not None:
        found = talks(unit, agenda.conference, agenda.person)
        rosters.must_not_speak(found, session=roster.session, sitting=roster.sitting)


def _clear(unit: Unit, agenda: Agenda, roster: Roster, *, at_that_time: AtThatTime) -> tuple[str, ...]:
    """See to other seats at that time, as was asked; answers the sessions whose seat was given back."""
    if at_that_time is AtThatTime.KEEP_BOTH:
        return ()
    others = _at_that_time(unit, agenda, roster)
    if not others:
        return ()
    if at_that_time is AtThatTime.ASK:
        codes = Listed(tuple(each.sitting.code for each in others if each.sitting), mark=" and ")
        raise SeatAtThatTime.saying(
            "You hold a seat in %(codes)s at that time. Nothing was changed; keep both, or swap.",
            codes=codes,
            sessions=[each.session for each in others],
        )
    for each in others:
        unit.save(ROSTERS, waitlist.give_back(each, agenda.person, now=unit.now))
    return tuple(each.session for each in others)


def _at_that_time(unit: Unit, agenda: Agenda, roster: Roster) -> list[Roster]:
    """The other rosters on which this person holds a seat while the session goes on."""
    unit.preload((ROSTERS, roster_id(each)) for each in agenda.claims)
    others = [unit.load(ROSTERS, roster_id(each)) for each in agenda.claims if each != roster.session]
    return [each for each in others if each and holds_meanwhile(each, agenda.person, roster)]


def holds_meanwhile(other: Roster, person: str, roster: Roster) -> bool:
    """Whether this person holds a seat on the other roster while the session of this one goes on."""
    if roster.sitting is None or other.sitting is None or other.sitting.is_cancelled:
        return False
    seat = other.seat_of(person)
    return seat is not None and seat.hold is not Hold.OFFERED and other.sitting.overlaps(roster.sitting)


def _claimed(unit: Unit, agenda: Agenda, change: Change[Roster], *, given_back: tuple[str, ...] = ()) -> Claimed:
    roster = unit.save(ROSTERS, change)
    claiming = unit.save(AGENDAS, Change(domain.claiming(agenda, roster.session)))
    return Claimed(roster=roster, agenda=claiming, given_back=given_back)
