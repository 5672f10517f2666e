"""What attendance hears: whose badge is good, and whose order is still on file."""

from dataclasses import replace

from services.scheduling.attendance.domain.attendance import Attendee, attendee_id
from services.scheduling.attendance.store.attendance import ATTENDEES
from shared.change import Change
from shared.collection import Collection
from shared.contracts.flow import consumes
from shared.contracts.payments import PaymentCaptured
from shared.contracts.registration import RegistrationCancelled, RegistrationConfirmed, RegistrationLeft
from shared.unit import Unit

Wanted = list[tuple[Collection[Attendee], str]]


def _attendee(event: RegistrationConfirmed | RegistrationCancelled | RegistrationLeft | PaymentCaptured) -> Wanted:
    return [(ATTENDEES, attendee_id(event.conference, event.person))]


@consumes(RegistrationConfirmed, needs=_attendee)
def give_badge(event: RegistrationConfirmed, unit: Unit) -> None:
    """A delegate's badge is good from now on, also where the order is only on file."""
    id_ = attendee_id(event.conference, event.person)
    known = unit.load(ATTENDEES, id_)
    if known is not None and known.registration == event.registration:
        return
    attendee = Attendee(
        id=id_,
        conference=event.conference,
        person=event.person,
        registration=event.registration,
        order=event.order,
        is_order_open=not event.is_paid,
        guest_count=event.guest_count,
        proof=known.proof if known else "",
    )
    unit.save(ATTENDEES, Change(attendee))


@consumes(PaymentCaptured, needs=_attendee)
def close_order_on_file(event: PaymentCaptured, unit: Unit) -> None:
    """The money for an order on file has come: the door need not mention it any more."""
    known = unit.load(ATTENDEES, attendee_id(event.conference, event.person))
    if known is None or known.order != event.order or not known.is_order_open or event.balance_minor > 0:
        return
    unit.save(ATTENDEES, Change(replace(known, is_order_open=False)))


@consumes(RegistrationCancelled, needs=_attendee)
def take_badge_back(event: RegistrationCancelled, unit: Unit) -> None:
    """The badge of a registration that has ended opens no door; points that were earned stay."""
    _take_back(event, unit)


@consumes(RegistrationLeft, needs=_attendee)
def take_leavers_badge_back(event: RegistrationLeft, unit: Unit) -> None:
    """The same for one that has ended alone; who registers again gets another."""
    _take_back(event, unit)


def _take_back(event: RegistrationCancelled | RegistrationLeft, unit: Unit) -> None:
    known = unit.load(ATTENDEES, attendee_id(event.conference, event.person))
    if known is not None and known.registration == event.registration and known.is_live:
        unit.save(ATTENDEES, Change(replace(known, is_live=False)))
