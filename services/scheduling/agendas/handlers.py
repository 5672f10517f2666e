"""What agendas learn from registration: who comes, which seats their orders have paid for, and what ends.

The events of one registration come in order, but a release may tell of a session before or after somebody has paid for
a seat in it: a paid seat is kept on a roster that no release has told of yet. The agenda says which places were taken
over, so that hearing an event twice seats nobody twice, and gives nobody a seat back that was given away since.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from services.scheduling.agendas.domain import agendas as domain
from services.scheduling.agendas.domain import waitlist
from services.scheduling.agendas.domain.agendas import Agenda, PaidPlace, agenda_id
from services.scheduling.agendas.domain.rosters import Roster, roster_id
from services.scheduling.agendas.store.agendas import AGENDAS, ROSTERS
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.programme.domain.programme import programme_id
from services.scheduling.programme.store.programme import PROGRAMMES
from shared.change import Change
from shared.collection import Collection
from shared.contracts.flow import consumes
from shared.contracts.registration import (
    OptionAdded,
    OptionCancelled,
    OptionMoved,
    OptionPaid,
    PlacesOffered,
    PlacesSetAside,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationSubmitted,
)
from shared.contracts.scheduling import SeatOffered, SeatOwed, SeatsWanted
from shared.unit import Unit

Wanted = list[tuple[Collection[Any], str]]
Registered = (
    RegistrationSubmitted
    | RegistrationConfirmed
    | RegistrationCancelled
    | RegistrationLeft
    | OptionMoved
    | OptionCancelled
    | OptionAdded
    | OptionPaid
)


def _needs(*sessions: Callable[[Any], Iterable[str]]) -> Callable[[Any], Wanted]:
    def needs(event: Any) -> Wanted:
        rosters = [(ROSTERS, roster_id(each)) for of in sessions for each in of(event) if each]
        of_person = [(AGENDAS, agenda_id(event.conference, event.person))]
        return [(PROGRAMMES, programme_id(event.conference)), *of_person, *rosters]

    return needs


@consumes(
    RegistrationSubmitted,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=_needs(lambda event: [each.session for each in event.lines]),
    starts=[ROSTERS],
)
def hold_paid_seats(event: RegistrationSubmitted, unit: Unit) -> None:
    """Somebody's agenda begins, with the seats that their order holds, paid already or not."""
    places = [
        PaidPlace(
            session=each.session, registration=event.registration, product=each.product, amount_minor=each.amount_minor
        )
        for each in event.lines
        if each.session
    ]
    _hold(unit, _registered(unit, event), places)


@consumes(
    RegistrationConfirmed,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=_needs(lambda event: [each.session for each in event.options]),
    starts=[ROSTERS],
)
def admit_delegate(event: RegistrationConfirmed, unit: Unit) -> None:
    """A delegate may take seats from now on, and holds those of the options."""
    places = [
        PaidPlace(
            session=each.session, registration=event.registration, product=each.product, amount_minor=each.amount_minor
        )
        for each in event.options
        if each.session
    ]
    registered = _registered(unit, event)
    _hold(unit, domain.admitted(registered, registration=event.registration), places)


@consumes(
    OptionAdded,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=_needs(lambda event: [event.session]),
    starts=[ROSTERS],
)
def hold_added_seat(event: OptionAdded, unit: Unit) -> None:
    """A seat is on somebody's order now: one that they chose, or the one that they took from the waitlist.

    If they have given that one up meanwhile, registration is about to hear of it.
    """
    agenda = _agenda(unit, event)
    if not event.session or agenda.is_ended or agenda.paid_place(event.session, registration=event.registration):
        return
    place = PaidPlace(
        session=event.session,
        registration=event.registration,
        product=event.product,
        amount_minor=event.amount_minor,
        is_added=True,
    )
    is_owed = event.amount_minor > 0
    if event.claim is None:
        _hold(unit, agenda, [place], is_owed=is_owed)
        return
    roster = unit.load(ROSTERS, roster_id(event.session))
    change = (
        waitlist.ordered(roster, agenda.person, claim=event.claim, is_owed=is_owed, now=unit.now) if roster else None
    )
    if change is not None:
        unit.save(ROSTERS, change)
        unit.save(AGENDAS, Change(domain.with_paid(agenda, place)))


@consumes(
    OptionPaid,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=_needs(lambda event: [event.session]),
    starts=[ROSTERS],
)
def note_paid_seat(event: OptionPaid, unit: Unit) -> None:
    """A seat that was added to an order later is paid, and is given back with its option only."""
    roster = unit.load(ROSTERS, roster_id(event.session)) if event.session else None
    agenda = _agenda(unit, event)
    if roster is not None and agenda.paid_place(event.session, registration=event.registration) is not None:
        unit.save(ROSTERS, waitlist.paid(roster, event.person, now=unit.now))


@consumes(
    OptionMoved,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=_needs(lambda event: [event.from_session, event.to_session]),
    starts=[ROSTERS],
)
def move_paid_seat(event: OptionMoved, unit: Unit) -> None:
    """The paid seat is in the other session now; the one before is free for the next."""
    before = unit.load(ROSTERS, roster_id(event.from_session))
    seat = before.seat_of(event.person) if before else None
    agenda = _without(unit, _agenda(unit, event), event.from_session, registration=event.registration)
    place = PaidPlace(
        session=event.to_session,
        registration=event.registration,
        product=event.to_option,
        amount_minor=event.amount_minor,
    )
    _hold(unit, agenda, [place], is_owed=seat is not None and seat.is_owed)


@consumes(
    OptionCancelled,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=_needs(lambda event: [event.session]),
    starts=[ROSTERS],
)
def release_paid_seat(event: OptionCancelled, unit: Unit) -> None:
    """The order pays for this seat no longer; it is free for the next."""
    if event.session:
        agenda = _without(unit, _agenda(unit, event), event.session, registration=event.registration)
        unit.save(AGENDAS, Change(agenda))


@consumes(
    PlacesSetAside,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=lambda event: [(CONFERENCES, event.conference), (ROSTERS, roster_id(event.session))],
    starts=[ROSTERS],
)
def offer_places_set_aside(event: PlacesSetAside, unit: Unit) -> None:
    """Those who wait for a paid session are offered the seats whose places are kept for them."""
    roster = unit.load(ROSTERS, roster_id(event.session))
    conference = unit.load(CONFERENCES, event.conference)
    if roster is not None and not (conference and conference.is_cancelled):
        unit.save(ROSTERS, waitlist.have_places(roster, event, now=unit.now))


@consumes(
    PlacesOffered,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=lambda event: [(CONFERENCES, event.conference), (ROSTERS, roster_id(event.session))],
    starts=[ROSTERS],
)
def limit_seats(event: PlacesOffered, unit: Unit) -> None:
    """No more seats are to be had than are sold, where that is fewer than the room has."""
    roster = unit.load(ROSTERS, roster_id(event.session)) or Roster(
        id=roster_id(event.session), session=event.session, conference=event.conference
    )
    conference = unit.load(CONFERENCES, event.conference)
    if conference and conference.is_cancelled:
        return
    unit.save(ROSTERS, waitlist.are_sold(roster, event, now=unit.now))


@consumes(RegistrationCancelled, emits=[SeatOwed], needs=_needs(), starts=[ROSTERS])
def end_agenda(event: RegistrationCancelled, unit: Unit) -> None:
    """The registration ended with the conference: every star and seat is given up, and offered to nobody."""
    agenda = _agenda(unit, event)
    sessions = {*agenda.claims, *(each.session for each in agenda.paid)}
    unit.preload((ROSTERS, roster_id(each)) for each in sessions)
    for session in sorted(sessions):
        roster = unit.load(ROSTERS, roster_id(session))
        if roster is not None:
            unit.save(ROSTERS, waitlist.vacated(roster, agenda.person))
    unit.save(AGENDAS, Change(domain.ended(agenda)))


@consumes(
    RegistrationLeft,
    emits=[SeatOffered, SeatOwed, SeatsWanted],
    needs=lambda event: [(CONFERENCES, event.conference), *_needs()(event)],
    starts=[ROSTERS],
)
def free_seats(event: RegistrationLeft, unit: Unit) -> None:
    """The registration ended, and the conference goes on: every star and seat is given up, and offered to who waits.

    Who has registered again by now keeps all but what had come with the order before, and that order alone.
    """
    agenda = _agenda(unit, event)
    conference = unit.load(CONFERENCES, event.conference)
    sessions = domain.sessions_of(agenda, registration=event.registration)
    unit.preload((ROSTERS, roster_id(each)) for each in sessions)
    for session in sorted(sessions):
        roster = unit.load(ROSTERS, roster_id(session))
        if roster is not None:
            is_over = conference is not None and conference.is_cancelled
            given_up = waitlist.vacated if is_over else partial(waitlist.left, now=unit.now)
            unit.save(ROSTERS, given_up(roster, agenda.person))
    unit.save(AGENDAS, Change(domain.left(agenda, registration=event.registration)))


def _registered(unit: Unit, event: RegistrationSubmitted | RegistrationConfirmed) -> Agenda:
    programme = unit.load(PROGRAMMES, programme_id(event.conference))
    release = programme.release_count if programme else 0
    return domain.registered(_agenda(unit, event), registration=event.registration, release=release)


def _agenda(unit: Unit, event: Registered) -> Agenda:
    id_ = agenda_id(event.conference, event.person)
    return unit.load(AGENDAS, id_) or Agenda(id=id_, conference=event.conference, person=event.person)


def _hold(unit: Unit, agenda: Agenda, places: Iterable[PaidPlace], *, is_owed: bool = False) -> None:
    """Seat somebody in each of these that the agenda doesn't have yet."""
    for place in places:
        if agenda.is_ended or agenda.paid_place(place.session, registration=place.registration):
            continue
        roster = unit.load(ROSTERS, roster_id(place.session)) or Roster(
            id=roster_id(place.session), session=place.session, conference=agenda.conference
        )
        unit.save(ROSTERS, waitlist.hold_paid(roster, agenda.person, now=unit.now, is_owed=is_owed))
        agenda = domain.with_paid(agenda, place)
    unit.save(AGENDAS, Change(agenda))


def _without(unit: Unit, agenda: Agenda, session: str, *, registration: str) -> Agenda:
    """The agenda without the place that this registration has paid for, and the seat given up if none has any more."""
    if agenda.paid_place(session, registration=registration) is None:
        return agenda
    after = domain.without_paid(agenda, session, registration=registration)
    roster = unit.load(ROSTERS, roster_id(session))
    if roster is not None and after.paid_place(session) is None:
        unit.save(ROSTERS, waitlist.release_paid(roster, agenda.person, now=unit.now))
    return after
