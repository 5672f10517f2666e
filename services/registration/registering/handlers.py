"""What registration does when it hears something: one function per event, named for its effect."""

from dataclasses import replace
from typing import Any

from services.registration.payers.store import ORDERS
from services.registration.prices.commands.places import return_places
from services.registration.prices.domain.conferences import opened
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain import endings, holding
from services.registration.registering.domain.gates import CONFIRMING_GATE, Gate, entered, gate_id, gate_ids
from services.registration.registering.domain.owed_seats import heard, owed_seat_id
from services.registration.registering.domain.registrations import (
    Registration,
    Tender,
    accept_purchase_order,
    invoiced,
    pay,
)
from services.registration.registering.store import GATES, OWED_SEATS, REGISTRATIONS, StoryBroken, known_registration
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    InvoiceIssued,
    InvoiceReduced,
    LeavingWorkedOut,
    OrderGivenUp,
    PaymentCaptured,
    PurchaseOrderAccepted,
)
from shared.contracts.registration import OptionCancelled, PlacesSetAside, RegistrationConfirmed
from shared.contracts.scheduling import (
    RegistrationOpened,
    SeatOwed,
)
from shared.mongo import Collection, Unit

_OfOrder = InvoiceIssued | InvoiceReduced | LeavingWorkedOut | OrderGivenUp | PaymentCaptured | PurchaseOrderAccepted


def of_order(event: _OfOrder) -> tuple[str, ...]:
    """The registrations that something was said about: all of the order's."""
    return event.registrations or (event.registration,)


def _confirming(event: _OfOrder) -> list[tuple[Collection[Any], str]]:
    """What confirming all of an order's registrations loads."""
    registrations: list[tuple[Collection[Any], str]] = [(REGISTRATIONS, each) for each in of_order(event)]
    order: list[tuple[Collection[Any], str]] = [(ORDERS, event.order)] if len(registrations) > 1 else []
    return [*registrations, *order, (GATES, gate_id(event.conference, CONFIRMING_GATE))]


@consumes(RegistrationOpened, needs=lambda e: [(CONFERENCES, e.conference)])
def open_gates(event: RegistrationOpened, unit: Unit) -> None:
    """Make the conference's gates, open; gates that are there stay as they are."""
    conference = unit.load(CONFERENCES, event.conference)
    if conference is None:
        raise StoryBroken(f"{event.conference} was opened and never announced")
    unit.save(CONFERENCES, Change(opened(conference)))
    for gate in gate_ids(event.conference):
        unit.add(GATES, Gate(id=gate, conference=event.conference))


@consumes(SeatOwed, needs=lambda e: [(OWED_SEATS, owed_seat_id(e))])
def note_owed_seat(event: SeatOwed, unit: Unit) -> None:
    """A seat was taken from a waitlist and is on no order, so that the desk and its owner are told; or no longer."""
    unit.save(OWED_SEATS, Change(heard(event)))


@consumes(InvoiceIssued, needs=lambda e: [(REGISTRATIONS, each) for each in of_order(e)])
def note_invoice(event: InvoiceIssued, unit: Unit) -> None:
    """Note the invoice's number, which a payer quotes on a cheque or transfer."""
    for each in of_order(event):
        change = invoiced(known_registration(unit, each), number=event.number)
        if change is not None:
            unit.save(REGISTRATIONS, change)


@consumes(
    OrderGivenUp,
    emits=[OptionCancelled, PlacesSetAside],
    needs=lambda e: [(REGISTRATIONS, each) for each in of_order(e)],
)
def free_unpaid_places(event: OrderGivenUp, unit: Unit) -> None:
    """Give the places that nobody has paid for to those who wait, or sell them again."""
    returned: list[str] = []
    for each in of_order(event):
        change, products = holding.give_back_unpaid(known_registration(unit, each))
        if products:
            unit.save(REGISTRATIONS, change)
            returned.extend(products)
    return_places(unit, event.conference, returned)


@consumes(
    PaymentCaptured,
    emits=[RegistrationConfirmed],
    needs=_confirming,
)
def confirm_paid(event: PaymentCaptured, unit: Unit) -> None:
    """Confirm who has paid in full; money that comes after the end leaves the registration as it is."""
    if not event.is_late:
        _note_balance(unit, event)


@consumes(
    PurchaseOrderAccepted,
    emits=[RegistrationConfirmed],
    needs=_confirming,
)
def confirm_on_purchase_order(event: PurchaseOrderAccepted, unit: Unit) -> None:
    """Confirm a town's delegate before the money comes."""
    for each in of_order(event):
        _confirm(unit, accept_purchase_order(known_registration(unit, each)))


@consumes(
    InvoiceReduced,
    emits=[RegistrationConfirmed],
    needs=_confirming,
)
def note_reduction(event: InvoiceReduced, unit: Unit) -> None:
    """Note that an option is off the invoice, and confirm whose payments cover what is left."""
    change = endings.note_reduction(known_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)
        _note_balance(unit, event)


@consumes(
    LeavingWorkedOut,
    emits=[RegistrationConfirmed],
    needs=_confirming,
)
def confirm_those_left(event: LeavingWorkedOut, unit: Unit) -> None:
    """Confirm those whose payments cover what is left on the order, now that somebody has left it."""
    _note_balance(unit, event)


def _note_balance(unit: Unit, event: PaymentCaptured | InvoiceReduced | LeavingWorkedOut) -> None:
    """So much is still owed on the order. Of several, nobody's own part is paid before everybody's is."""
    registrations = of_order(event)
    is_granted = isinstance(event, PaymentCaptured) and event.tender == Tender.GRANT
    if len(registrations) > 1:
        _note_order(unit, event, is_granted=is_granted)
    if len(registrations) == 1 or event.balance_minor == 0:
        for each in registrations:
            known = known_registration(unit, each)
            _confirm(unit, pay(known, balance_minor=event.balance_minor, is_granted=is_granted))


def _note_order(unit: Unit, event: PaymentCaptured | InvoiceReduced | LeavingWorkedOut, *, is_granted: bool) -> None:
    """What is owed on an order of several, for whoever wants to know what it means if one of them leaves."""
    order = unit.load(ORDERS, event.order)
    if order is None:
        raise StoryBroken(f"{event.order} was never placed here")
    is_news = order.owed_minor != event.balance_minor
    granted_minor = event.amount_minor if isinstance(event, PaymentCaptured) and is_granted and is_news else 0
    after = replace(order, owed_minor=event.balance_minor, granted_minor=order.granted_minor + granted_minor)
    unit.save(ORDERS, Change(after))


def _confirm(unit: Unit, change: Change[Registration] | None) -> None:
    """Save a confirmation through its gate; is that closed, the registration is left to its end, which is on its way.

    However many a batch confirms, it writes the gate once, at its end and under its version.
    """
    if change is None:
        return
    gate = unit.load(GATES, gate_id(change.state.conference, CONFIRMING_GATE))
    if gate is None or not gate.is_open:
        return
    unit.save(GATES, Change(entered(gate)))
    unit.save(REGISTRATIONS, change)
