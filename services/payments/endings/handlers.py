"""What ends, as the others say it: one function per event, named for its effect.

All that a handler loads is named in `needs`, so that a batch of hundreds of events costs one query per collection.
"""

from services.payments.endings.commands import carry_out_with_disputes
from services.payments.endings.domain import moving
from services.payments.endings.domain.leaving import leave
from services.payments.endings.domain.moving import Moved
from services.payments.endings.domain.options import cancel_option, move_option
from services.payments.endings.domain.settlement import Ended, fix, work_out
from services.payments.endings.store import LEAVERS, Leaver
from services.payments.orders.commands import about, order_invoiced
from services.payments.orders.store import ORDERS
from services.payments.receipts.commands.checkouts import close_page
from services.payments.receipts.store import CHECKOUTS
from services.payments.refunds.store import REFUNDS
from services.payments.runs.domain import Run
from services.payments.runs.store import RUNS
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    CreditIssued,
    DonationRecorded,
    GrantReleased,
    InvoiceReduced,
    InvoiceVoided,
    LeavingWorkedOut,
    MoveWorkedOut,
    PaymentAwaited,
    RefundFailed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import (
    OptionCancelled,
    OptionMoved,
    OrderEnded,
    OrderPostponed,
    RegistrationCancelled,
    RegistrationLeft,
    RegistrationPostponed,
    SettlementFixed,
)
from shared.unit import Unit


@consumes(OptionMoved, after=lambda event: [(ORDERS, event.order)])
def rename_option(event: OptionMoved, unit: Unit) -> None:
    """The order's line pays for another session now; no money moves."""
    change = move_option(order_invoiced(unit, event.order), event)
    if change is not None:
        unit.save(ORDERS, change)


@consumes(
    OptionCancelled,
    emits=[InvoiceReduced, RefundSettled, RefundFailed],
    after=lambda event: [(ORDERS, event.order)],
    starts=[CHECKOUTS, REFUNDS],
)
def take_option_off(event: OptionCancelled, unit: Unit) -> None:
    """An option is off the order: what was not paid of it is owed no more, and what was paid goes back."""
    order = order_invoiced(unit, event.order)
    decision = cancel_option(order, event, about=about(unit, order))
    if decision.change.events:
        carry_out_with_disputes(unit, decision)
        close_page(unit, order)  # it asks for more than is owed now


@consumes(
    RegistrationLeft,
    emits=[LeavingWorkedOut, RefundSettled, RefundFailed],
    after=lambda event: [(ORDERS, event.order)],
    starts=[CHECKOUTS, REFUNDS],
)
def take_leaver_off(event: RegistrationLeft, unit: Unit) -> None:
    """One registration is off the order: a fee is kept by its terms, and the rest of what was paid for it goes back."""
    order = order_invoiced(unit, event.order)
    decision = leave(order, event, about=about(unit, order))
    unit.add(LEAVERS, Leaver(id=event.registration, order=event.order))
    if event.run:
        unit.add(RUNS, Run(id=event.run, conference=event.conference))
    if decision.change.events:
        carry_out_with_disputes(unit, decision)
        close_page(unit, order)  # it asks for more than is owed now


@consumes(RegistrationPostponed, emits=[MoveWorkedOut], after=lambda event: [(ORDERS, event.order)])
def work_out_move(event: RegistrationPostponed, unit: Unit) -> None:
    """Says what would come back if somebody left a conference that is moved."""
    if not event.payer:  # of an order of several that is said once, for all
        _work_out_move(unit, event)


@consumes(
    OrderPostponed,
    emits=[MoveWorkedOut],
    after=lambda event: [(ORDERS, event.order)],
)
def work_out_move_of_several(event: OrderPostponed, unit: Unit) -> None:
    """Says what would come back if all of an order of several left a conference that is moved."""
    _work_out_move(unit, event)


def _work_out_move(unit: Unit, event: Moved) -> None:
    change = moving.work_out(order_invoiced(unit, event.order), event)
    if change is not None:
        unit.save(ORDERS, change)


@consumes(
    RegistrationCancelled,
    emits=[SettlementOffered, InvoiceVoided, PaymentAwaited, GrantReleased, RefundSettled, RefundFailed],
    after=lambda event: [(ORDERS, event.order)],
    starts=[CHECKOUTS, REFUNDS],
)
def work_out_order(event: RegistrationCancelled, unit: Unit) -> None:
    """Says what the cancellation means for one order: an offer, a void invoice, a released grant, a payment awaited."""
    if not event.payer:  # of an order of several the end is said once, for all
        _work_out(unit, event)


@consumes(
    OrderEnded,
    emits=[SettlementOffered, InvoiceVoided, PaymentAwaited, GrantReleased, RefundSettled, RefundFailed],
    after=lambda event: [(ORDERS, event.order), *((LEAVERS, each) for each in event.left)],
    starts=[CHECKOUTS, REFUNDS],
)
def work_out_order_of_several(event: OrderEnded, unit: Unit) -> None:
    """Says what the cancellation means for one order of several people, to who pays for all of them."""
    _work_out(unit, event)


def _work_out(unit: Unit, event: Ended) -> None:
    order = order_invoiced(unit, event.order)
    if order.settlement is not None:
        return
    unit.add(RUNS, Run(id=event.run, conference=event.conference))
    carry_out_with_disputes(unit, work_out(order, event, about=about(unit, order)))
    close_page(unit, order)


@consumes(
    SettlementFixed,
    emits=[CreditIssued, DonationRecorded, RefundSettled, RefundFailed],
    after=lambda event: [(ORDERS, event.order)],
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
