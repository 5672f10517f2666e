"""What is owed for: a conference is known, and an order is invoiced."""

from dataclasses import replace

from services.payments.books.commands import book
from services.payments.books.domain.postings import About
from services.payments.orders.commands import association_of
from services.payments.orders.domain.invoices import issue_invoice
from services.payments.orders.store import CONFERENCES, ORDERS, Conference
from shared.associations import UNDESCRIBED, learned
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import InvoiceIssued
from shared.contracts.registration import AssociationDescribed, OrderPlaced
from shared.contracts.scheduling import ConferenceAnnounced, ConferenceDescribed
from shared.described import ASSOCIATIONS
from shared.unit import Unit


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


@consumes(ConferenceDescribed, needs=lambda event: [(CONFERENCES, event.conference)])
def note_other_words(event: ConferenceDescribed, unit: Unit) -> None:
    """A conference is called otherwise from now on."""
    known = unit.load(CONFERENCES, event.conference)
    if known is not None:
        unit.save(CONFERENCES, Change(replace(known, title=event.title)))


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
