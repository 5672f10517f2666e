"""Owns disputes: a cardholder's bank takes a card payment back, holds the money, and decides who gets it.

A dispute that is lost has paid the cardholder: refunds of that payment are paid by it as far as its money goes, so that
nobody is paid twice. One that is won changes nothing; the refunds that waited for it go on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from services.payments import postings
from services.payments.ledger import Transaction
from services.payments.orders import Order
from services.payments.postings import About
from services.payments.refunds import (
    DISPUTE,
    Outcome,
    Refund,
    RefundNotAwaited,
    RefundState,
    settled_with,
    waits_for_dispute,
)


class DisputeState(StrEnum):
    """Who has the money of a disputed payment."""

    OPEN = "disputed"
    WON = "won"  # we; also when it was withdrawn, or never became more than a question
    LOST = "lost"  # the cardholder, for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One dispute under the provider's id; once lost, what it took is `covered`, `written_off` or left."""

    id: str
    payment_intent: str
    amount_minor: int
    currency: str
    state: DisputeState
    opened_on: date
    covered_minor: int = 0  # has paid refunds
    written_off_minor: int = 0  # the cardholder got it though it was not owed to them

    @property
    def is_open(self) -> bool:
        """Whether the banks have not decided."""
        return self.state is DisputeState.OPEN

    @property
    def payable_minor(self) -> int:
        """What it can still pay of refunds: the cardholder has it already."""
        return self.amount_minor - self.covered_minor if self.state is DisputeState.LOST else 0

    @property
    def left_minor(self) -> int:
        """What it took and nothing has used up."""
        return self.payable_minor - self.written_off_minor


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
    return refund.state in waits or waits_for_dispute(refund)


def cover(order: Order, refund: Refund, dispute: Dispute, *, about: About) -> Covered:
    """The lost dispute pays this refund, or as much of it as its money goes; the rest is a refund as before."""
    amount_minor = min(refund.amount_minor, dispute.payable_minor)
    paid = replace(refund, rail=DISPUTE, reference=dispute.id, amount_minor=amount_minor)
    is_part = amount_minor < refund.amount_minor
    if is_part:
        paid = replace(paid, id=f"{refund.id}:{dispute.id}")
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
    booked = postings.dispute_lost(about, dispute=dispute.id, amount_minor=dispute.left_minor)
    return replace(dispute, written_off_minor=dispute.written_off_minor + dispute.left_minor), booked


def check_may_be_paid(disputes: Iterable[Dispute], *, paid_on: date) -> None:
    """Nobody pays by hand what the cardholder's bank may be paying; what was paid before that is a fact."""
    if any(each.is_open and each.opened_on <= paid_on for each in disputes):
        raise RefundNotAwaited(
            "The cardholder has disputed the card payment, and their bank has not decided yet. Nothing was recorded; "
            "please don't pay this refund before that. If the dispute is lost, it is closed by itself, because the "
            "bank has paid the cardholder; if it is won, pay and record it then."
        )
