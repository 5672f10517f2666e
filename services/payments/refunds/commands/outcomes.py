"""Saves what a step of a refund means, and what the cardholder's disputes of its payment mean for it.

Everything that may send a refund on by another way, and everything that learns of a dispute, writes the payment first:
of two that happen at once, one starts again and sees the other.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.payments.books.commands import book
from services.payments.orders.commands import about
from services.payments.orders.domain.orders import Order
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.provider.domain.shown import Dispute, DisputeState, ProviderRefund
from services.payments.refunds.commands.planning import disputes_of
from services.payments.refunds.domain.disputes import (
    as_item,
    can_be_covered,
    cover,
    decided_again,
    is_overturned,
    learned,
    loss_undone,
    owed_again,
    write_off,
)
from services.payments.refunds.domain.refunds import (
    CARD,
    DISPUTE,
    DISPUTE_LOST,
    Outcome,
    Refund,
    RefundState,
    heard,
    refused,
    resumed,
    waits_for_dispute,
)
from services.payments.refunds.store import DISPUTES, REFUNDS
from services.payments.runs.commands import disturb
from services.payments.strays.store import STRAYS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.payments import RefundFailed, RefundReversed, RefundRunReopened, RefundSettled
from shared.jobs import due, retry_seconds
from shared.telemetry import log
from shared.unit import Unit

REFUND_WORDS = [RefundSettled, RefundFailed, RefundReversed, RefundRunReopened]


def both(unit: Unit, refund: str) -> tuple[Refund, Order]:
    """A refund and its order."""
    loaded = unit.load(REFUNDS, refund)
    order = unit.load(ORDERS, loaded.order) if loaded else None
    if loaded is None or order is None:
        raise LookupError(f"{refund} or its order is gone")
    return loaded, order


def paid_by_bank_minor(unit: Unit, refund: Refund) -> int:
    """What lost disputes would pay of this refund if it were owed again."""
    payment = unit.load(PAYMENTS, refund.payment)
    lost = disputes_of(unit, payment.provider_payment if payment else None)
    return sum(each.payable_minor for each in lost if each.currency == refund.currency)


def save_outcome(unit: Unit, outcome: Outcome) -> None:
    """Save a refund's step with all that follows from it."""
    if outcome.refund != unit.load(REFUNDS, outcome.refund.id):
        unit.save(REFUNDS, Change(outcome.refund))
    if outcome.change.events:
        unit.save(ORDERS, outcome.change)
    book(unit, outcome.transactions)
    if outcome.reopens:
        run = outcome.refund.run or outcome.change.state.run  # owed before the cancellation, and yet the run's to mind
        disturb(unit, run, reason=outcome.reopens)
    if outcome.refund.state is RefundState.AWAITING_PAYEE:
        settle_by_disputes(unit, outcome.refund.payment)


def hear(unit: Unit, refund: str, told: ProviderRefund) -> None:
    """Save what the provider says about a card refund.

    After a restore it may show only how a refund ended: that it had settled before it came back, our own word says.
    """
    loaded, _ = both(unit, refund)
    if loaded.state is not RefundState.SETTLED and _had_settled(unit, loaded):
        _hear(unit, refund, replace(told, status="succeeded", is_short=False))
    _hear(unit, refund, told)


def _hear(unit: Unit, refund: str, told: ProviderRefund) -> None:
    loaded, order = both(unit, refund)
    by_bank_minor = paid_by_bank_minor(unit, loaded)
    save_outcome(unit, heard(order, loaded, told, about=about(unit, order), paid_by_bank_minor=by_bank_minor))


def _had_settled(unit: Unit, refund: Refund) -> bool:
    return any(
        isinstance(said, RefundSettled) and said.refund == refund.id and said.rail == CARD
        for said in unit.had_said(refund.order)
    )


def keep_disputes(unit: Unit, told: Sequence[Dispute]) -> None:
    """What the provider says of disputes is known from now on, and visible to what follows in this unit."""
    for each in told:
        known = unit.load(DISPUTES, each.id)
        after = _placed(unit, learned(known, each))
        if known is not None and known.state is not each.state and after == known:
            log.error("a decided dispute was decided again", dispute=each.id, known=known.state, told=each.state)
        if after != known:
            unit.save(DISPUTES, Change(after))
    unit.flush()


def _placed(unit: Unit, dispute: Dispute) -> Dispute:
    """With the conference for which the disputed payment was."""
    if dispute.conference or not dispute.payment_intent:
        return dispute
    payments = unit.find(PAYMENTS, {"provider_payment": dispute.payment_intent}, limit=1)
    return replace(dispute, conference=payments[0].conference) if payments else dispute


def overturn(unit: Unit, told: Dispute) -> None:
    """A bank has taken its decision back: what followed from it is undone, and finance has something to look at."""
    known = unit.load(DISPUTES, told.id)
    if known is None or not is_overturned(known, told):
        return
    log.error("a decided dispute was decided again", dispute=told.id, known=known.state, told=told.state)
    payments = unit.find(PAYMENTS, {"provider_payment": known.payment_intent})
    for payment in payments:
        unit.require(PAYMENTS, {"_id": payment.id}, {"$inc": {"version": 1}})
        _undo(unit, payment.order, known)
    unit.save(DISPUTES, Change(decided_again(known, told)))
    unit.add(STRAYS, as_item(told, order=payments[0].order if payments else "", known=known, now=unit.now))
    unit.flush()


def _undo(unit: Unit, order_id: str, known: Dispute) -> None:
    """What the bank had paid is owed again, and what was a loss is none; a person decides how it goes back."""
    where = {"order": order_id, "reference": known.id, "rail": DISPUTE, "state": RefundState.SETTLED}
    for found in unit.find(REFUNDS, where):
        refund, order = both(unit, found.id)
        after, order, booked = owed_again(order, refund, about=about(unit, order))
        unit.save(REFUNDS, Change(after))
        unit.save(ORDERS, Change(order))
        book(unit, [booked])
        disturb(unit, refund.run or order.run, reason="a bank took back its decision about a dispute")
    its_order = unit.load(ORDERS, order_id)
    if its_order is not None and known.written_off_minor:
        book(unit, [loss_undone(known, about=about(unit, its_order))])


def settle_by_disputes(unit: Unit, payment: str) -> None:
    """Refunds of this payment are paid by its lost disputes, or go on when nothing is in their way any more."""
    paid = unit.load(PAYMENTS, payment)
    if paid is None or not paid.provider_payment:
        return
    unit.require(PAYMENTS, {"_id": payment}, {"$inc": {"version": 1}})
    disputes = disputes_of(unit, paid.provider_payment)
    if not disputes:
        return
    order = unit.load(ORDERS, paid.order)
    if order is not None and not order.is_disputed:
        unit.save(ORDERS, Change(replace(order, is_disputed=True)))
    found = unit.find(REFUNDS, {"order": paid.order, "payment": payment})
    for refund in found:
        is_comparable = all(each.currency == refund.currency for each in disputes)  # no conversion is ever made
        if is_comparable and can_be_covered(refund):
            _cover(unit, refund, disputes=[each.id for each in disputes])
            _go_on(unit, refund, disputes=disputes)
    _write_off(unit, order_id=paid.order, disputes=[each.id for each in disputes])


def _cover(unit: Unit, refund: Refund, *, disputes: Sequence[str]) -> None:
    for each in disputes:
        refund, order = both(unit, refund.id)
        dispute = unit.load(DISPUTES, each)
        if dispute is None or not dispute.payable_minor or refund.state is RefundState.SETTLED:
            continue
        covered = cover(order, refund, dispute, about=about(unit, order))
        unit.save(DISPUTES, Change(covered.dispute))
        if covered.part is not None:
            unit.insert(REFUNDS, covered.part)
        unit.save(REFUNDS, Change(covered.outcome.refund))
        unit.save(ORDERS, covered.outcome.change)
        book(unit, covered.outcome.transactions)
        if refund.rail == CARD:  # it waited for its turn, or for this; on other rails there is no job
            unit.require(REFUNDS, {"_id": refund.id}, {"$unset": {"job": ""}})


def _go_on(unit: Unit, before: Refund, *, disputes: Sequence[Dispute]) -> None:
    """What no dispute has paid: by cheque when the card is out of reach, by card when the dispute was won."""
    refund, order = both(unit, before.id)
    is_reduced = refund.state is RefundState.PLANNED and refund.amount_minor < before.amount_minor
    is_stopped = waits_for_dispute(refund) and not any(each.is_open for each in disputes)
    if is_reduced or (is_stopped and any(each.state is DisputeState.LOST for each in disputes)):
        by_dispute = replace(refund, rail=DISPUTE)  # so that nobody says that the card had refused it
        after = refused(order, by_dispute, reason=DISPUTE_LOST, about=about(unit, order))
        unit.save(REFUNDS, Change(after.refund))
        unit.save(ORDERS, after.change)
        unit.require(REFUNDS, {"_id": refund.id}, {"$unset": {"job": ""}})
    elif is_stopped:
        unit.save(REFUNDS, Change(resumed(refund)))
        pause_seconds = retry_seconds(refund.attempt) if refund.attempt > 1 else 0.0  # it was stopped after that before
        unit.schedule(REFUNDS, refund.id, due(host_now() + timedelta(seconds=pause_seconds)))


def _write_off(unit: Unit, *, order_id: str, disputes: Sequence[str]) -> None:
    """What a lost dispute took and no refund has used is a loss; a refund that it pays later takes that back."""
    order = unit.load(ORDERS, order_id)
    for each in disputes:
        dispute = unit.load(DISPUTES, each)
        if order is None or dispute is None or dispute.currency != order.currency:  # no conversion is ever made
            continue
        if dispute.left_minor:
            after, booked = write_off(dispute, about=about(unit, order))
            unit.save(DISPUTES, Change(after))
            book(unit, [booked])
