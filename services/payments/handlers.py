"""What payments does about what the others say: one function per event, named for its effect.

All that a handler loads is named in `needs`, so that a batch of hundreds of events costs one query per collection.
"""

from services.payments.checkouts import OPEN, open_id
from services.payments.giving_up import give_up
from services.payments.options import cancel_option, move_option
from services.payments.orders import Order, issue_invoice
from services.payments.outcomes import carry_out_with_disputes
from services.payments.owed_seats import heard, owed_seat_id
from services.payments.postings import About
from services.payments.runs import Run, expect
from services.payments.settlement import fix, work_out
from services.payments.store import (
    CHECKOUTS,
    CONFERENCES,
    ORDERS,
    OWED_SEATS,
    REFUNDS,
    RUNS,
    Conference,
    about,
    book,
    close_page,
)
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    CreditIssued,
    DonationRecorded,
    GrantReleased,
    InvoiceIssued,
    InvoiceReduced,
    InvoiceVoided,
    OrderGivenUp,
    PaymentAwaited,
    RefundFailed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    PaymentTimeEnded,
    RegistrationCancelled,
    RegistrationRunClosed,
    RegistrationSubmitted,
    SettlementFixed,
)
from shared.contracts.scheduling import ConferenceAnnounced, SeatOwed
from shared.mongo import Unit


@consumes(ConferenceAnnounced)
def note_conference(event: ConferenceAnnounced, unit: Unit) -> None:
    """A conference is known by its title, its time zone and its currency."""
    conference = Conference(id=event.conference, title=event.title, zone=event.zone, currency=event.currency)
    unit.add(CONFERENCES, conference)


@consumes(RegistrationSubmitted, emits=[InvoiceIssued], needs=lambda event: [(ORDERS, event.order)])
def invoice_registration(event: RegistrationSubmitted, unit: Unit) -> None:
    """A registration is owed for: its order is made and its invoice issued."""
    if unit.load(ORDERS, event.order) is not None:
        return
    issued_about = About(
        conference=event.conference,
        order=event.order,
        payer=event.person,
        currency=event.currency,
        at=unit.now,
        cause=unit.cause.archive_id if unit.cause else None,
    )
    change, transactions = issue_invoice(event, about=issued_about)
    unit.save(ORDERS, change)
    book(unit, transactions)


@consumes(OptionMoved, needs=lambda event: [(ORDERS, event.order)])
def rename_option(event: OptionMoved, unit: Unit) -> None:
    """The order's line pays for another session now; no money moves."""
    change = move_option(_order(unit, event.order), event)
    if change is not None:
        unit.save(ORDERS, change)


@consumes(
    OptionCancelled,
    emits=[InvoiceReduced, RefundSettled, RefundFailed],
    needs=lambda event: [(ORDERS, event.order)],
    starts=[CHECKOUTS, REFUNDS],
)
def take_option_off(event: OptionCancelled, unit: Unit) -> None:
    """An option is off the order: what was not paid of it is owed no more, and what was paid goes back."""
    order = _order(unit, event.order)
    decision = cancel_option(order, event, about=about(unit, order))
    if decision.change.events:
        carry_out_with_disputes(unit, decision)
        close_page(unit, order)  # it asks for more than is owed now


@consumes(PaymentTimeEnded, emits=[OrderGivenUp], needs=lambda event: [(ORDERS, event.order)], starts=[CHECKOUTS])
def give_up_order(event: PaymentTimeEnded, unit: Unit) -> None:
    """Nothing was paid in time: the order is given up at once, or as soon as the provider has closed its page."""
    order = _order(unit, event.order)
    attempt = open_id(order)
    page = unit.load(CHECKOUTS, attempt) if attempt else None
    change = give_up(order, is_page_open=page is not None and page.state == OPEN)
    if change is not None:
        unit.save(ORDERS, change)
        if page is not None and page.state == OPEN:
            close_page(unit, order)


@consumes(
    RegistrationCancelled,
    emits=[SettlementOffered, InvoiceVoided, PaymentAwaited, GrantReleased, RefundSettled, RefundFailed],
    needs=lambda event: [(ORDERS, event.order)],
    starts=[CHECKOUTS, REFUNDS],
)
def work_out_order(event: RegistrationCancelled, unit: Unit) -> None:
    """Says what the cancellation means for one order: an offer, a void invoice, a released grant, a payment awaited."""
    order = _order(unit, event.order)
    if order.settlement is not None:
        return
    unit.add(RUNS, Run(id=event.run, conference=event.conference))
    carry_out_with_disputes(unit, work_out(order, event, about=about(unit, order)))
    close_page(unit, order)


@consumes(
    SettlementFixed,
    emits=[CreditIssued, DonationRecorded, RefundSettled, RefundFailed],
    needs=lambda event: [(ORDERS, event.order)],
    starts=[REFUNDS],
)
def settle_order(event: SettlementFixed, unit: Unit) -> None:
    """The fee is kept, and the rest is owed back, carried as credit or donated; what is owed back becomes refunds."""
    order = unit.load(ORDERS, event.order)
    if order is None or order.settlement is None:
        raise LookupError(f"{event.order} was never worked out")
    if order.settlement.is_fixed:
        return
    carry_out_with_disputes(unit, fix(order, event, about=about(unit, order)))


@consumes(
    RegistrationRunClosed, needs=lambda event: [(RUNS, event.run), (CONFERENCES, event.conference)], starts=[RUNS]
)
def expect_registrations(event: RegistrationRunClosed, unit: Unit) -> None:
    """From now on it is known which registrations must be settled before the run is."""
    conference = unit.load(CONFERENCES, event.conference)
    run = unit.load(RUNS, event.run)
    if run is None:
        run = Run(id=event.run, conference=event.conference, currency=conference.currency if conference else "")
    unit.save(RUNS, Change(expect(run, event)))


@consumes(SeatOwed, needs=lambda e: [(OWED_SEATS, owed_seat_id(e))])
def note_owed_seat(event: SeatOwed, unit: Unit) -> None:
    """A seat was taken from a waitlist and is on no order, so that the desk and its owner are told; or no longer."""
    unit.save(OWED_SEATS, Change(heard(event)))


def _order(unit: Unit, id_: str) -> Order:
    order = unit.load(ORDERS, id_)
    if order is None:
        raise LookupError(f"{id_} was never invoiced")
    return order
