"""Who gets a seat, who waits, and to whom a free seat is offered: decisions about one roster, all of them pure.

Seats are given in the order in which people come. A seat that becomes free is offered to the first who waits, who holds
it until a deadline; then it goes on. A paid seat is the order's: registration guards how many are sold, so it is always
seated, and if that is more than the room has, the committee sees it. Who waits for a paid session is offered a seat
only with a place that registration has set aside, see `places`. Every decision ends in `settled`, so that nobody waits
while a seat may be offered.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from services.scheduling.agendas.domain import places
from services.scheduling.agendas.domain.rosters import Hold, Roster, Seat, Sitting
from shared.change import Change
from shared.clock import end_of_day
from shared.contracts.envelope import Event
from shared.contracts.registration import PlacesOffered, PlacesSetAside
from shared.contracts.scheduling import SeatOffered
from shared.problem import NotFound, Refusal
from shared.sentences import marked, phrase

OFFER_ON_THE_DAY = timedelta(minutes=10)
NO_SHOW_AFTER = timedelta(minutes=15)  # after the start: then an empty chair is somebody else's


class NoSignUp(NotFound):
    """This session takes no sign-ups: everybody may come."""


class PaidWithTheOrder(Refusal):
    """Seats of this session come with the registration's order."""

    title = marked("This session is paid with your registration")


class SessionFull(Refusal):
    """Every seat is taken."""

    title = marked("Every seat is taken")


class SessionOff(Refusal):
    """The session is cancelled, or over."""

    title = marked("This session takes nobody any more")


class NoOffer(Refusal):
    """No seat is offered to this person."""

    title = marked("No seat is offered to you")


class OfferOver(NoOffer):
    """The offer has ended."""

    title = marked("The offer has ended")


class SeatsTooEarlyReleased(Refusal):
    """Nobody is late yet."""

    status: ClassVar[int] = 409
    title = "The session has not begun"


def sign_up(roster: Roster, person: str, *, or_wait: bool, now: datetime) -> Change[Roster]:
    """Take a free seat, or the last place on the waitlist; who has either keeps what they have."""
    sitting = must_be_open(roster, now=now)
    roster = _without_late_offers(roster, now=now)
    if roster.seat_of(person) or person in roster.waiting:
        return settled(roster, now=now)
    has_free_seat = roster.open_count > 0
    if sitting.product and (has_free_seat or not or_wait):
        raise PaidWithTheOrder.saying(
            "A seat in %(code)s comes with your registration's order. You were not signed up. %(advice)s",
            code=sitting.code,
            advice=phrase("There are seats left; you can add one on your registration's page.")
            if has_free_seat
            else phrase("None is left; you may join the waitlist."),
        )
    if has_free_seat:
        roster = _entered(roster, person)
        seat = Seat(person=person, hold=Hold.SIGNED_UP, since=now, claim=-roster.entry_count)
        return _seated(roster, seat, now=now)
    if not or_wait:
        raise SessionFull.saying(
            "The last seat in %(code)s has gone, and %(waiting_count)s wait. You were not signed up; you may join the "
            "waitlist.",
            code=sitting.code,
            waiting_count=len(roster.waiting),
        )
    roster = _entered(roster, person)
    return settled(replace(roster, waiting=(*roster.waiting, person), are_no_shows_judged=False), now=now)


def give_back(roster: Roster, person: str, *, now: datetime) -> Change[Roster]:
    """Give a seat back, or leave the waitlist, or decline an offer; a paid seat goes back with its option only."""
    seat = roster.seat_of(person)
    if seat and seat.hold is Hold.PAID and not seat.is_owed:
        raise PaidWithTheOrder(
            marked(
                "This seat came with your registration's order. It was not given back; please ask the host committee."
            )
        )
    return settled(_away(roster, person), now=now)


def accept(roster: Roster, person: str, *, now: datetime) -> Change[Roster]:
    """Take the seat that is offered; taking it twice changes nothing."""
    seat = roster.seat_of(person)
    if seat and seat.hold is not Hold.OFFERED:
        return Change(roster)
    sitting = must_be_open(roster, now=now)
    if (seat is None and person in roster.passed_over) or (seat and _is_over(seat, now)):
        raise OfferOver.saying(
            "The seat in %(code)s was yours to take until the deadline, which is over; it goes to the next. You "
            "have no "
            "seat. You may join the waitlist again.",
            code=sitting.code,
        )
    if seat is None:
        raise NoOffer.saying("No seat in %(code)s is offered to you. Nothing was changed.", code=sitting.code)
    taken = replace(seat, hold=Hold.SIGNED_UP, until=None)
    return settled(replace(roster, held=tuple(taken if each is seat else each for each in roster.held)), now=now)


def hold_paid(roster: Roster, person: str, *, now: datetime, is_owed: bool = False) -> Change[Roster]:
    """Seat somebody whose order has a place, whatever the room has; who waited or had signed up has it now. `is_owed`:
    it was added to the order later, and is not paid yet."""
    seat = roster.seat_of(person)
    if seat and seat.hold is Hold.PAID:
        return Change(roster)
    since = seat.since if seat else now
    roster = replace(_present(_away(roster, person), person), entry_count=roster.entry_count + 1)
    held = Seat(person=person, hold=Hold.PAID, since=since, claim=-roster.entry_count, is_owed=is_owed)
    return _seated(roster, held, now=now)


def ordered(roster: Roster, person: str, *, claim: int, is_owed: bool, now: datetime) -> Change[Roster] | None:
    """The seat that somebody took is on their order now, with the place that was kept for it; None when they have given
    up that one, whatever they have since."""
    seat = roster.seat_of(person)
    if seat is None or seat.hold is not Hold.SIGNED_UP or seat.claim != claim:
        return None
    held = replace(seat, hold=Hold.PAID, is_owed=is_owed)
    kept = replace(
        roster,
        held=tuple(held if each is seat else each for each in roster.held),
        set_aside_count=max(roster.set_aside_count - 1, 0),
    )
    return settled(kept, now=now)


def paid(roster: Roster, person: str, *, now: datetime) -> Change[Roster]:
    """A seat that was added to an order later is paid."""
    seat = roster.seat_of(person)
    if seat is None or not seat.is_owed:
        return Change(roster)
    held = tuple(replace(each, is_owed=False) if each is seat else each for each in roster.held)
    return settled(replace(roster, held=held), now=now)


def release_paid(roster: Roster, person: str, *, now: datetime) -> Change[Roster]:
    """The order pays for this seat no longer: it is free for the next."""
    seat = roster.seat_of(person)
    if seat and seat.hold is Hold.PAID:
        return settled(_away(roster, person), now=now)
    return settled(_present(roster, person), now=now) if person in roster.absent else Change(roster)


def have_places(roster: Roster, event: PlacesSetAside, *, now: datetime) -> Change[Roster]:
    """Registration keeps places for those who wait: they are offered the seats that are free."""
    after = places.given(roster, event)
    return Change(roster) if after == roster else settled(after, now=now)


def are_sold(roster: Roster, event: PlacesOffered, *, now: datetime) -> Change[Roster]:
    """Registration sells so many seats at most: what the room has beyond that is nobody's."""
    after = places.offered(roster, event)
    return Change(roster) if after == roster else settled(after, now=now)


def left(roster: Roster, person: str, *, now: datetime) -> Change[Roster]:
    """The roster without somebody whose registration has ended: what they had, or waited for, is for the next."""
    return settled(_present(_away(roster, person), person), now=now)


def vacated(roster: Roster, person: str) -> Change[Roster]:
    """The roster without somebody whose registration ended with the conference: nothing is offered to anybody."""
    return places.owing(at_rest(_away(roster, person)))


def at_rest(roster: Roster) -> Roster:
    """The roster of a conference that doesn't take place: nothing happens by itself any more."""
    return replace(roster, next_at=None)


def released(
    roster: Roster, sitting: Sitting | None, *, seats: int, release: int, first: Collection[str] = (), now: datetime
) -> Change[Roster]:
    """A release tells of the session: its place, time and seats. An older one, or the same again, changes nothing.

    In a smaller room the last sign-ups go to the head of the waitlist, in their order, and never a paid seat. `first`
    are those who are asked first: the holders of seats in a session that this one replaces. Without a sitting nobody
    needs a seat any more; who held one or waited is still known, should sign-up come back.
    """
    if release <= roster.release:
        return Change(roster)
    known = {each.person for each in roster.held} | set(roster.waiting)
    asked_first = tuple(dict.fromkeys(each for each in first if each not in known))
    roster = replace(
        roster,
        sitting=sitting,
        seats=seats,
        release=release,
        waiting=(*asked_first, *roster.waiting),
        displaced=(),
        are_no_shows_judged=False,
    )
    return settled(_fitted(roster) if sitting and not sitting.is_cancelled else roster, now=now)


def release_no_shows(roster: Roster, *, present: Collection[str] | None, now: datetime) -> Change[Roster]:
    """Offer the seats of those who haven't come to those who wait: no more seats than people wait, the latest first.

    `present` None: nobody has looked who came, so nobody is taken to be absent.
    """
    sitting = must_be_open(roster, now=now)
    if now < sitting.starts:
        raise SeatsTooEarlyReleased(f"{sitting.code} has not begun, so nobody is late. No seat was released.")
    roster = replace(roster, are_no_shows_judged=now >= sitting.starts + NO_SHOW_AFTER)
    if present is None:
        return settled(roster, now=now)
    absent = [each for each in reversed(roster.held) if each.person not in present]
    going = [each.person for hold in (Hold.SIGNED_UP, Hold.PAID) for each in absent if each.hold is hold]
    wanted = len(roster.waiting) + roster.over_count - roster.offerable_count if roster.waiting else 0
    gone = going[: max(wanted, 0)]
    held = tuple(each for each in roster.held if each.person not in gone)
    paid = tuple(each.person for each in absent if each.person in gone and each.hold is Hold.PAID)
    emptied = replace(roster, held=held, no_shows=(*roster.no_shows, *gone), absent=(*roster.absent, *paid))
    return settled(emptied, now=now)


def settled(roster: Roster, *, now: datetime) -> Change[Roster]:
    """Take back the offers that ran out, offer what is free to the first who wait, and note what comes next.

    While no release says what pays for a seat, places that are set aside are kept: sign-up may come back.
    """
    sitting = roster.sitting
    if sitting is None:
        return Change(replace(roster, next_at=None))
    paid = places.paid_by(roster, sitting.product)
    offered = _all_offered(paid.state, sitting, now=now)
    wanting = places.wanting(offered.state)
    owing = places.owing(wanting.state)
    return Change(owing.state, (*paid.events, *offered.events, *wanting.events, *owing.events))


def must_judge_no_shows(roster: Roster, *, now: datetime) -> bool:
    """Whether it is time to give the seats of those who haven't come to those who wait."""
    sitting = roster.sitting
    if sitting is None or sitting.is_cancelled or roster.are_no_shows_judged or not roster.waiting:
        return False
    return sitting.starts + NO_SHOW_AFTER <= now < sitting.ends


def offered_until(sitting: Sitting, *, now: datetime) -> datetime:
    """How long an offer made now stands: until the end of the next day there or the start; on the day, ten minutes."""
    zone = ZoneInfo(sitting.zone)
    today = now.astimezone(zone).date()
    if today >= sitting.starts.astimezone(zone).date():
        return now + OFFER_ON_THE_DAY
    return min(end_of_day(today + timedelta(days=1), sitting.zone), sitting.starts)


def must_be_open(roster: Roster, *, now: datetime) -> Sitting:
    """The session as it is released; refused when it takes no sign-ups, is cancelled, or over."""
    sitting = roster.sitting
    if sitting is None:
        raise NoSignUp(marked("This session takes no sign-ups, or is not on the programme yet. Nothing was changed."))
    if sitting.is_cancelled:
        raise SessionOff.saying("%(code)s is cancelled. Nothing was changed.", code=sitting.code)
    if now >= sitting.ends:
        raise SessionOff.saying("%(code)s is over. Nothing was changed.", code=sitting.code)
    return sitting


def _seated(roster: Roster, seat: Seat, *, now: datetime) -> Change[Roster]:
    return settled(replace(roster, held=(*roster.held, seat)), now=now)


def _away(roster: Roster, person: str) -> Roster:
    """The roster without this person, on a seat or waiting."""
    return replace(
        roster,
        held=tuple(each for each in roster.held if each.person != person),
        waiting=_without(roster.waiting, person),
        passed_over=_without(roster.passed_over, person),
        no_shows=_without(roster.no_shows, person),
    )


def _present(roster: Roster, person: str) -> Roster:
    """The roster on which nobody has the place of this person, who had paid and hadn't come."""
    return replace(roster, absent=_without(roster.absent, person))


def _without(persons: tuple[str, ...], person: str) -> tuple[str, ...]:
    return tuple(each for each in persons if each != person) if person in persons else persons


def _entered(roster: Roster, person: str) -> Roster:
    """The roster that somebody comes to anew: what they missed before is forgotten."""
    return replace(
        roster,
        entry_count=roster.entry_count + 1,
        passed_over=_without(roster.passed_over, person),
        no_shows=_without(roster.no_shows, person),
    )


def _without_late_offers(roster: Roster, *, now: datetime) -> Roster:
    late = tuple(each.person for each in roster.held if _is_over(each, now))
    if not late:
        return roster
    held = tuple(each for each in roster.held if not _is_over(each, now))
    return replace(roster, held=held, passed_over=(*roster.passed_over, *late))


def _is_over(seat: Seat, now: datetime) -> bool:
    return seat.until is not None and now >= seat.until


def _fitted(roster: Roster) -> Roster:
    """The roster in a room that may be smaller: who came last waits first, and never who has paid."""
    movable = [each for hold in (Hold.SIGNED_UP, Hold.OFFERED) for each in roster.held if each.hold is hold]
    moved = movable[max(len(movable) - roster.over_count, 0) :]
    persons = tuple(each.person for each in moved)
    return replace(
        roster,
        held=tuple(each for each in roster.held if each.person not in persons),
        waiting=(*persons, *roster.waiting),
        displaced=tuple(each.person for each in moved if each.hold is Hold.SIGNED_UP),
    )


def _all_offered(roster: Roster, sitting: Sitting, *, now: datetime) -> Change[Roster]:
    if sitting.is_cancelled or now >= sitting.ends:
        return Change(replace(roster, next_at=None))
    roster = _without_late_offers(roster, now=now)
    said: list[Event] = []
    while roster.offerable_count and roster.waiting:
        roster, offer = _offered(roster, sitting, now=now)
        said.append(offer)
    return Change(replace(roster, next_at=_next_at(roster, sitting)), tuple(said))


def _offered(roster: Roster, sitting: Sitting, *, now: datetime) -> tuple[Roster, SeatOffered]:
    person, turn = roster.waiting[0], roster.offer_count + 1
    until = offered_until(sitting, now=now)
    seat = Seat(person=person, hold=Hold.OFFERED, since=now, until=until, claim=turn)
    offer = SeatOffered(
        roster=roster.id,
        session=roster.session,
        conference=roster.conference,
        person=person,
        code=sitting.code,
        title=sitting.title,
        room=sitting.room,
        starts=sitting.starts,
        ends=sitting.ends,
        until=until,
        turn=turn,
    )
    return replace(roster, held=(*roster.held, seat), waiting=roster.waiting[1:], offer_count=turn), offer


def _next_at(roster: Roster, sitting: Sitting) -> datetime | None:
    """When something happens by itself: an offer ends, or the seats of those who haven't come are given away."""
    times = [each.until for each in roster.held if each.until is not None]
    if roster.waiting and not roster.are_no_shows_judged:
        times.append(sitting.starts + NO_SHOW_AFTER)
    return min(times, default=None)
