"""Owns disputes: a cardholder's bank takes a card payment back, holds the money, and decides who gets it.

A dispute that is lost has paid the cardholder: refunds of that payment are paid by it as far as its money goes, so that
nobody is paid twice. One that is won changes nothing; the refunds that waited for it go on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Account, Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.orders import Order
from services.payments.provider.domain.shown import Dispute, DisputeState
from services.payments.refunds.domain.refunds import (
    CARD,
    CHEQUE,
    DISPUTE,
    DISPUTE_REVERSED,
    Outcome,
    Refund,
    RefundNotAwaited,
    RefundState,
    settled_with,
    waits_for_dispute,
)
from services.payments.strays.domain import Misfit, Stray


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A refund paid by a dispute: the dispute, the refund's outcome, and the part that was paid if it was not all."""

    dispute: Dispute
    outcome: Outcome
    part: Refund | None = None


def learned(known: Dispute | None, told: Dispute) -> Dispute:
    """What is known after the provider was asked; an old answer never takes a decision back."""
    if known is None:
        return told
    return known if not known.is_open else replace(known, state=told.state, amount_minor=told.amount_minor)


def can_be_covered(refund: Refund) -> bool:
    """Whether it is certain that nothing of this refund has left, or will before we say so."""
    waits = (RefundState.PLANNED, RefundState.AWAITING_PAYEE, RefundState.AWAITING_RECORD)
    is_owed_again = refund.state is RefundState.HELD and refund.reason == DISPUTE_REVERSED
    return refund.state in waits or waits_for_dispute(refund) or is_owed_again


def cover(order: Order, refund: Refund, dispute: Dispute, *, about: About) -> Covered:
    """The lost dispute pays this refund, or as much of it as its money goes; the rest is a refund as before."""
    amount_minor = min(refund.amount_minor, dispute.payable_minor)
    paid = replace(refund, rail=DISPUTE, reference=dispute.id, amount_minor=amount_minor)
    is_part = amount_minor < refund.amount_minor
    if is_part:
        paid = replace(paid, id=f"{refund.id}:{dispute.id}", part_of=refund.id)
        order = order.with_refund_split(refund.id, part=paid.id, amount_minor=amount_minor)
    left_minor = min(amount_minor, dispute.left_minor)
    booked = postings.refund_covered(
        about,
        refund=paid.id,
        attempt=paid.attempt,
        disputed_minor=left_minor,
        loss_minor=amount_minor - left_minor,
    )
    after = replace(
        dispute,
        covered_minor=dispute.covered_minor + amount_minor,
        written_off_minor=dispute.written_off_minor - (amount_minor - left_minor),
    )
    outcome = settled_with(order, paid, booked=booked)
    if not is_part:
        return Covered(dispute=after, outcome=outcome)
    rest = replace(refund, amount_minor=refund.amount_minor - amount_minor)
    return Covered(dispute=after, outcome=replace(outcome, refund=rest), part=outcome.refund)


def write_off(dispute: Dispute, *, about: About) -> tuple[Dispute, Transaction]:
    """What a lost dispute took and no refund has used is gone, unless one that is owed later is paid out of it."""
    booked = postings.dispute_lost(about, dispute=_decision(dispute), amount_minor=dispute.left_minor)
    return replace(dispute, written_off_minor=dispute.written_off_minor + dispute.left_minor), booked


def left_before(refund: Refund, dispute: Dispute, *, paid_on: date) -> bool:
    """Whether a cheque of this day had left when the cardholder disputed, so that the payee has the money twice."""
    return refund.rail == DISPUTE and refund.reference == dispute.id and paid_on < dispute.opened_on


def uncover(refund: Refund, dispute: Dispute, *, about: About) -> tuple[Dispute, Refund, Transaction]:
    """A cheque had paid this refund before the bank did: what the bank took is a loss, and the cheque is recorded."""
    booked = postings.refund_uncovered(
        about, refund=refund.id, attempt=refund.attempt, against=Account.LOST_DISPUTES, amount_minor=refund.amount_minor
    )
    after = replace(
        dispute,
        covered_minor=dispute.covered_minor - refund.amount_minor,
        written_off_minor=dispute.written_off_minor + refund.amount_minor,
    )
    owed = replace(
        refund, rail=CHEQUE, state=RefundState.AWAITING_RECORD, attempt=refund.attempt + 1, reference="", reason=""
    )
    return after, owed, booked


def is_overturned(known: Dispute, told: Dispute) -> bool:
    """Whether the bank had decided, and has decided again."""
    return not known.is_open and not told.is_open and known.state is not told.state


def decided_again(known: Dispute, told: Dispute) -> Dispute:
    """The dispute as the bank's other decision leaves it: it has paid nothing yet."""
    count = known.decision_count + 1
    return replace(known, state=told.state, covered_minor=0, written_off_minor=0, decision_count=count)


def owed_again(order: Order, refund: Refund, *, about: About) -> tuple[Refund, Order, Transaction]:
    """The bank has taken from the cardholder what it had given them: a person decides how we pay it now."""
    booked = postings.refund_uncovered(
        about, refund=refund.id, attempt=refund.attempt, against=Account.DISPUTED, amount_minor=refund.amount_minor
    )
    owed = replace(
        refund,
        rail=CARD,
        state=RefundState.HELD,
        reason=DISPUTE_REVERSED,
        attempt=refund.attempt + 1,
        reference="",
        provider_refund=None,
        last_sent_at=None,
    )
    return owed, order.with_refund_noted(refund.id, is_settled=False), booked


def loss_undone(known: Dispute, *, about: About) -> Transaction:
    """What was a loss has come back."""
    return postings.dispute_loss_undone(about, dispute=_decision(known), amount_minor=known.written_off_minor)


def as_item(told: Dispute, *, order: str, known: Dispute, now: datetime) -> Stray:
    """What finance has to look at: a bank has decided again."""
    return Stray(
        id=f"{told.id}:{known.decision_count}",
        why=Misfit.DISPUTE_WON_AFTER_ALL if told.state is DisputeState.WON else Misfit.DISPUTE_LOST_AFTER_ALL,
        order=order,
        order_currency="",
        session="",
        charge=told.id,
        amount_minor=told.amount_minor,
        currency=told.currency,
        found_at=now,
    )


def _decision(dispute: Dispute) -> str:
    return dispute.id if dispute.decision_count == 1 else f"{dispute.id}:{dispute.decision_count}"


def check_may_be_paid(disputes: Iterable[Dispute], *, paid_on: date) -> None:
    """Nobody pays by hand what the cardholder's bank may be paying; what was paid before that is a fact."""
    if any(each.is_open and each.opened_on <= paid_on for each in disputes):
        raise RefundNotAwaited(
            "The cardholder has disputed the card payment, and their bank has not decided yet. Nothing was recorded; "
            "please don't pay this refund before that. If the dispute is lost, it is closed by itself, because the "
            "bank has paid the cardholder; if it is won, pay and record it then."
        )
