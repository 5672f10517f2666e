"""What registration does when it hears something: one function per event, named for its effect."""

from dataclasses import replace
from typing import Any

from services.registration.payers.store import ORDERS
from services.registration.prices.commands.places import return_places
from services.registration.prices.domain.conferences import opened
from services.registration.prices.domain.places import places_id
from services.registration.prices.store import CONFERENCES, OPTION_PLACES
from services.registration.registering.commands import put_on_order, registration_of
from services.registration.registering.domain import adding, endings, holding
from services.registration.registering.domain.gates import CONFIRMING_GATE, Gate, entered, gate_id, gate_ids
from services.registration.registering.domain.owed_seats import OwedSeat, heard, on_order, owed_seat_id
from services.registration.registering.domain.registrations import (
    Registration,
    Tender,
    Word,
    hold_back,
    invoiced,
    left_worked_out,
)
from services.registration.registering.domain.registrations import (
    heard as heard_words,
)
from services.registration.registering.store import GATES, OWED_SEATS, REGISTRATIONS, StoryBroken, known_registration
from shared.change import Change
from shared.collection import Collection
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    InvoiceExtended,
    InvoiceIssued,
    InvoiceReduced,
    LeavingWorkedOut,
    OrderGivenUp,
    PaymentCaptured,
    PurchaseOrderAccepted,
)
from shared.contracts.registration import (
    OptionAdded,
    OptionCancelled,
    OptionPaid,
    PlacesSetAside,
    RegistrationConfirmed,
)
from shared.contracts.scheduling import (
    RegistrationOpened,
    SeatOwed,
)
from shared.unit import Unit

_OfOrder = (
    InvoiceIssued
    | InvoiceExtended
    | InvoiceReduced
    | LeavingWorkedOut
    | OrderGivenUp
    | PaymentCaptured
    | PurchaseOrderAccepted
)

_OfBalance = PaymentCaptured | InvoiceExtended | InvoiceReduced | LeavingWorkedOut


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


@consumes(
    SeatOwed,
    emits=[OptionAdded, OptionCancelled, PlacesSetAside],
    needs=lambda e: [
        (OWED_SEATS, owed_seat_id(e)),
        (CONFERENCES, e.conference),
        (GATES, gate_id(e.conference, CONFIRMING_GATE)),
        *([(OPTION_PLACES, places_id(e.conference, e.product))] if e.product else []),
    ],
)
def order_owed_seat(event: SeatOwed, unit: Unit) -> None:
    """A seat that was taken from a waitlist becomes a line of its owner's order; given up, it is off that again."""
    known = unit.load(OWED_SEATS, owed_seat_id(event))
    seat = heard(event)
    if not event.is_owed:
        unit.save(OWED_SEATS, Change(seat))
        if event.ended == "given_up" and known is not None:
            _take_seat_off(unit, known)
        return
    unit.save(OWED_SEATS, Change(on_order(seat) if put_on_order(unit, seat) else seat))


def _take_seat_off(unit: Unit, seat: OwedSeat) -> None:
    """Who has given a seat up owes nothing for it; after a cancellation all is settled as one."""
    conference = unit.load(CONFERENCES, seat.conference)
    registration = registration_of(unit, seat)
    if registration is None or conference is None or conference.is_cancelled:
        return
    option = adding.claimed(registration, session=seat.session, claim=seat.claim)
    if option is not None:
        return_places(unit, seat.conference, [option.product])
        unit.save(REGISTRATIONS, endings.give_back(registration, product=option.product, by=endings.BY_SEAT))


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
    emits=[RegistrationConfirmed, OptionPaid],
    needs=_confirming,
)
def confirm_paid(event: PaymentCaptured, unit: Unit) -> None:
    """Confirm who has paid in full; money that comes after the end leaves the registration as it is."""
    if not event.is_late:
        _note_balance(unit, event)


@consumes(
    PurchaseOrderAccepted,
    emits=[RegistrationConfirmed, OptionPaid],
    needs=_confirming,
)
def confirm_on_purchase_order(event: PurchaseOrderAccepted, unit: Unit) -> None:
    """Confirm a town's delegate before the money comes."""
    for each in of_order(event):
        _confirm(unit, known_registration(unit, each), Word(balance_minor=None))


@consumes(
    InvoiceExtended,
    emits=[RegistrationConfirmed, OptionPaid],
    needs=_confirming,
)
def note_extension(event: InvoiceExtended, unit: Unit) -> None:
    """Note that what was added later is on the invoice, and what is owed with it."""
    change = adding.note_extension(known_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)
        _note_balance(unit, event)


@consumes(
    InvoiceReduced,
    emits=[RegistrationConfirmed, OptionPaid],
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
    emits=[RegistrationConfirmed, OptionPaid],
    needs=_confirming,
)
def confirm_those_left(event: LeavingWorkedOut, unit: Unit) -> None:
    """Confirm those whose payments cover what is left on the order, now that somebody has left it.

    Who has left sees what it means for their money.
    """
    change = left_worked_out(known_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)
    _note_balance(unit, event)


def _note_balance(unit: Unit, event: _OfBalance) -> None:
    """So much is still owed on the order. Of several, nobody's own part is paid before everybody's is."""
    registrations = of_order(event)
    is_granted = isinstance(event, PaymentCaptured) and event.tender == Tender.GRANT
    if len(registrations) > 1:
        _note_order(unit, event, is_granted=is_granted)
    if len(registrations) == 1 or event.balance_minor == 0:
        for each in registrations:
            word = Word(balance_minor=event.balance_minor, is_granted=is_granted)
            _confirm(unit, known_registration(unit, each), word)


def _note_order(unit: Unit, event: _OfBalance, *, is_granted: bool) -> None:
    """What is owed on an order of several, for whoever wants to know what it means if one of them leaves."""
    order = unit.load(ORDERS, event.order)
    if order is None:
        raise StoryBroken(f"{event.order} was never placed here")
    is_news = order.owed_minor != event.balance_minor
    granted_minor = event.amount_minor if isinstance(event, PaymentCaptured) and is_granted and is_news else 0
    after = replace(order, owed_minor=event.balance_minor, granted_minor=order.granted_minor + granted_minor)
    unit.save(ORDERS, Change(after))


def _confirm(unit: Unit, registration: Registration, word: Word) -> None:
    """Save what a word of payments makes of a registration, through its gate.

    Is that closed by a decision that can be undone, the word is kept: undoing makes it true, carrying it out ends it.
    The gate is written then too, so that whoever opens it sees what was kept before. Is the conference cancelled, the
    registration is left to its end, which is on its way. However many a batch confirms, it writes the gate once.
    """
    change = heard_words(registration, word)
    if change is None:
        return
    gate = unit.load(GATES, gate_id(registration.conference, CONFIRMING_GATE))
    if gate is None:
        return
    if not gate.is_open:
        conference = unit.load(CONFERENCES, registration.conference)
        if conference is None or conference.is_cancelled:
            return
        change = hold_back(registration, word)
    unit.save(GATES, Change(entered(gate)))
    unit.save(REGISTRATIONS, change)
