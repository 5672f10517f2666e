"""What is owed for: a conference is known, an order is invoiced, a seat that no order pays for is noted."""

from services.payments.books.commands import book
from services.payments.books.domain.postings import About
from services.payments.orders.commands import association_of
from services.payments.orders.domain.invoices import issue_invoice
from services.payments.orders.domain.owed_seats import heard, owed_seat_id
from services.payments.orders.store import CONFERENCES, ORDERS, OWED_SEATS, Conference
from shared.associations import UNDESCRIBED, learned
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import InvoiceIssued
from shared.contracts.registration import AssociationDescribed, OrderPlaced
from shared.contracts.scheduling import ConferenceAnnounced, SeatOwed
from shared.described import ASSOCIATIONS
from shared.mongo import Unit


@consumes(ConferenceAnnounced)
def note_conference(event: ConferenceAnnounced, unit: Unit) -> None:
    """A conference is known by its title, its time zone and its currency."""
    conference = Conference(
        id=event.conference,
        title=event.title,
        zone=event.zone,
        currency=event.currency,
        association=event.association,
    )
    unit.add(CONFERENCES, conference)


@consumes(AssociationDescribed, needs=lambda event: [(ASSOCIATIONS, event.association)])
def learn_association(event: AssociationDescribed, unit: Unit) -> None:
    """Learns what stands on what payers see, and before the numbers of invoices; those that are issued stay."""
    unit.save(ASSOCIATIONS, learned(event))


@consumes(OrderPlaced, emits=[InvoiceIssued], needs=lambda event: [(ORDERS, event.order)])
def invoice_order(event: OrderPlaced, unit: Unit) -> None:
    """An order is owed for, by whoever placed it: its invoice is issued."""
    if unit.load(ORDERS, event.order) is not None:
        return
    issued_about = About(
        conference=event.conference,
        order=event.order,
        payer=event.payer,
        currency=event.currency,
        at=unit.now,
        cause=unit.cause.archive_id if unit.cause else None,
    )
    association = unit.load(ASSOCIATIONS, association_of(unit, event.conference)) or UNDESCRIBED
    change, transactions = issue_invoice(event, about=issued_about, prefix=association.invoice_prefix)
    unit.save(ORDERS, change)
    book(unit, transactions)


@consumes(SeatOwed, needs=lambda e: [(OWED_SEATS, owed_seat_id(e))])
def note_owed_seat(event: SeatOwed, unit: Unit) -> None:
    """A seat was taken from a waitlist and is on no order, so that the desk and its owner are told; or no longer."""
    unit.save(OWED_SEATS, Change(heard(event)))
