"""Owns what finance has paid by hand: refunds by cheque or transfer, and held ones that were paid in another way.

A payment by hand is a fact; what is refused here is what can't have happened, or what would be paid a second time.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from services.payments.books.domain.postings import About
from services.payments.orders.domain.orders import Order
from services.payments.refunds.domain.refunds import (
    CHEQUE,
    DISPUTE,
    TRANSFER,
    Outcome,
    Payee,
    Refund,
    RefundNotAwaited,
    RefundState,
    settled,
)
from shared.money import in_words
from shared.problem import Refusal

BY_HAND = (CHEQUE, TRANSFER)


class RailDiffers(Refusal):
    """The refund goes another way."""

    status: ClassVar[int] = 422
    title = "Another way of paying"


class PaidOnImpossible(Refusal):
    """A date on which this refund can't have been paid."""

    status: ClassVar[int] = 422
    title = "Please check the date"


class ReferenceUsed(Refusal):
    """A cheque's or transfer's number that another refund has already."""

    title = "Number used before"


class PayeeChanged(Refusal):
    """It was changed to whom or where the cheque goes since somebody looked."""

    title = "The payee has changed"


class PayeeNotLookedAt(Refusal):
    """Who records a cheque must say which payee they saw."""

    status: ClassVar[int] = 422
    title = "Which payee?"


class MoreThanOwed(Refusal):
    """More money than this refund still owes."""

    status: ClassVar[int] = 422
    title = "More than is owed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidByHand:
    """How, when and under which number money was paid."""

    rail: str
    reference: str
    paid_on: date


def record(
    order: Order, refund: Refund, *, rail: str, reference: str, paid_on: date, days: tuple[date, date], about: About
) -> Outcome:
    """Finance has paid a refund by cheque or transfer. `days` are those on which it can have been paid."""
    check_can_be_recorded(refund, rail=rail, paid_on=paid_on, days=days)
    return settled(order, replace(refund, reference=reference, paid_on=paid_on), about=about)


def check_can_be_recorded(refund: Refund, *, rail: str, paid_on: date, days: tuple[date, date]) -> None:
    """Raises the refusal that says why this payment can't be recorded for this refund."""
    if refund.state is RefundState.AWAITING_PAYEE:
        raise RefundNotAwaited(
            "The payee has not said yet where the cheque may go, so it can't have been sent. Nothing was recorded. "
            "They were asked by mail or letter; when they answer, this refund appears among those to be paid."
        )
    if refund.state is RefundState.SETTLED and refund.rail == DISPUTE:
        raise RefundNotAwaited(
            "The cardholder's bank has paid this refund through a dispute. Nothing was recorded; please don't pay it. "
            "If a cheque had left before the dispute was opened, record it with its own date."
        )
    if refund.state is RefundState.SETTLED:
        raise RefundNotAwaited(
            f"This refund was paid before, under {refund.reference}. Nothing was recorded a second time."
        )
    if refund.state is RefundState.DISPUTED:
        raise RefundNotAwaited(
            "The cardholder has disputed the payment, and their bank has not decided yet. Nothing was recorded; "
            "please don't pay this refund. It goes on, or is closed, by itself."
        )
    if refund.state is not RefundState.AWAITING_RECORD:
        raise RefundNotAwaited(
            "This refund is on its way to the card by itself. Nothing was recorded; please don't pay it."
        )
    if rail != refund.rail:
        raise RailDiffers(f"This refund goes by {refund.rail}, not by {rail}. Nothing was recorded.", rail=refund.rail)
    check_day(paid_on, days=days)


def check_payee(refund: Refund, *, seen: int | None) -> None:
    """Raises the refusal that says what has changed since finance looked to whom and where the cheque goes."""
    if refund.payee is None or seen == refund.payee_version:
        return
    if seen is None:
        raise PayeeNotLookedAt(
            "A cheque goes to whom the payee has named. Nothing was recorded; please send the payee_version that "
            "the refund showed when the cheque was written.",
            payee_version=refund.payee_version,
        )
    versions = (*refund.earlier_payees, refund.payee)
    before = _in_words(versions[seen - 1]) if 0 < seen <= len(versions) else "nobody yet"
    raise PayeeChanged(
        f"The payee was changed since you looked. You saw: {before}. Now it is: {_in_words(refund.payee)}. "
        "Nothing was recorded. If the cheque has not left, write it to the new payee, or ask the registrant first; if "
        "it has, record it as it left.",
        payee_version=refund.payee_version,
    )


def _in_words(payee: Payee) -> str:
    return ", ".join((payee.name, *payee.postal_address))


def pay_elsewhere(
    order: Order,
    refund: Refund,
    *,
    paid: PaidByHand,
    amount_minor: int,
    days: tuple[date, date],
    about: About,
) -> tuple[Outcome, Refund | None]:
    """Finance has paid a held refund, or a part of it, in another way; beside that, what is still held of it."""
    check_can_be_paid_elsewhere(refund, paid=paid, amount_minor=amount_minor, days=days)
    by_hand = replace(refund, rail=paid.rail, reference=paid.reference, paid_on=paid.paid_on, amount_minor=amount_minor)
    if amount_minor == refund.amount_minor:
        return settled(order, by_hand, about=about), None
    part = replace(by_hand, id=f"{refund.id}:{paid.rail}:{refund.attempt}", part_of=refund.id, provider_refund=None)
    order = order.with_refund_split(refund.id, part=part.id, amount_minor=amount_minor)
    rest = replace(refund, amount_minor=refund.amount_minor - amount_minor, attempt=refund.attempt + 1)
    return settled(order, part, about=about), rest


def check_can_be_paid_elsewhere(
    refund: Refund, *, paid: PaidByHand, amount_minor: int, days: tuple[date, date]
) -> None:
    """Raises the refusal that says why this refund can't have been paid in another way."""
    if refund.state is not RefundState.HELD:
        raise RefundNotAwaited(
            "This refund does not wait for a person's decision, so it goes its own way. Nothing was recorded; "
            "please don't pay it in another way."
        )
    if amount_minor > refund.amount_minor:
        raise MoreThanOwed(
            f"This refund owes {in_words(refund.amount_minor, refund.currency)}. Nothing was recorded; "
            "please check the amount, and record at most that.",
            owed_minor=refund.amount_minor,
        )
    check_day(paid.paid_on, days=days)


def check_day(paid_on: date, *, days: tuple[date, date]) -> None:
    """Raises the refusal that this day is not one of those on which the refund can have been paid."""
    first, last = days
    if not first <= paid_on <= last:
        raise PaidOnImpossible(
            f"{paid_on:%d %B %Y} is {'still to come' if paid_on > last else 'before this refund was owed'}. "
            "Nothing was recorded; please check the date on the cheque or transfer."
        )
