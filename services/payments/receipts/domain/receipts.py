"""Owns money as it arrives: what it pays, what nobody asked for and goes back, and what may be recorded by hand."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from services.payments.books.domain import postings
from services.payments.books.domain.ledger import Transaction
from services.payments.books.domain.postings import About
from services.payments.orders.domain.endings import CREDIT, GRANT
from services.payments.orders.domain.orders import NothingToPay, Order, OrderEnded, Share, of_all, of_order
from services.payments.orders.domain.payments import Payment
from shared.change import Change
from shared.contracts.payments import PaymentCaptured
from shared.money import in_words
from shared.problem import NotFound, Refusal
from shared.sentences import marked

TENDERS_BY_HAND = ("cheque", "transfer", GRANT)  # what finance records; cards come from the provider


class PaymentUnknown(NotFound):
    """There is no such payment."""


class CurrencyDiffers(Refusal):
    """The money is in another currency than the order; no conversion is ever made."""

    status: ClassVar[int] = 422
    title = marked("Another currency")


class PaymentTooLarge(Refusal):
    """More money than the order still owes."""

    status: ClassVar[int] = 422
    title = marked("More than is owed")


class PaymentRecordedBefore(Refusal):
    """This cheque, transfer or grant is on this order already."""

    title = "Recorded before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money as it comes in, before anybody has said what it pays."""

    payment: str
    tender: str
    amount_minor: int
    currency: str
    reference: str
    received_on: date
    provider_payment: str | None = None
    fee_minor: int | None = 0  # None: not reported yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a receipt means: the order after it, the payment, the bookings, and what goes back unasked for."""

    change: Change[Order]
    payment: Payment
    transactions: tuple[Transaction, ...]
    excess_minor: int


def receive(order: Order, receipt: Receipt, *, about: About) -> Received:
    """Money has arrived: it pays what is owed; what nobody asked for (late, or paid twice) is owed back."""
    if receipt.currency != order.currency:
        raise CurrencyDiffers(
            f"The order is in {order.currency} and this money in {receipt.currency}. Nothing was recorded."
        )
    if any(share.payment == receipt.payment for share in order.shares):
        raise PaymentRecordedBefore("This payment is on this order already. Nothing was recorded a second time.")
    paid_minor = min(receipt.amount_minor, order.owed_minor)
    excess_minor = receipt.amount_minor - paid_minor
    is_late = order.is_over
    share = Share(payment=receipt.payment, tender=receipt.tender, paid_minor=paid_minor)
    after = replace(order, shares=(*order.shares, share)) if paid_minor else order
    payment = _payment(order, receipt, refundable_minor=receipt.amount_minor - excess_minor, is_late=is_late)
    captured = PaymentCaptured(
        **of_all(order),
        payment=payment.id,
        tender=receipt.tender,
        amount_minor=receipt.amount_minor,
        balance_minor=after.owed_minor,
        currency=order.currency,
        is_late=is_late,
        credit=receipt.reference if receipt.tender == CREDIT else "",
    )
    transactions = _bookings(receipt, about=about, excess_minor=excess_minor)
    return Received(
        change=Change(after, (captured,)), payment=payment, transactions=transactions, excess_minor=excess_minor
    )


def check_can_be_recorded(order: Order, *, tender: str, amount_minor: int) -> None:
    """By hand at most what is owed is recorded, except late money, which goes back; never a late grant."""
    if order.is_over and tender == GRANT:
        raise OrderEnded("This order has ended, so the grant stays in its fund. Nothing was recorded.")
    if not order.is_over and order.owed_minor == 0:
        raise NothingToPay(
            "The order is paid in full. Nothing was recorded; please send the money back, or look for its order."
        )
    if not order.is_over and amount_minor > order.owed_minor:
        raise PaymentTooLarge(
            f"Only {in_words(order.owed_minor, order.currency)} is still owed. Nothing was recorded; "
            "please check the amount, and record at most that.",
            owed_minor=order.owed_minor,
        )


def recorded_payment_id(order: str, *, tender: str, reference: str) -> str:
    """The id of a payment recorded by hand: the same cheque on the same order is the same payment."""
    digest = hashlib.sha256(f"{order}\n{tender}\n{' '.join(reference.split()).casefold()}".encode()).hexdigest()
    return f"pay_{digest[:32]}"


def deposited(payment: Payment, *, slip: str) -> Payment:
    """The cheque was taken to the bank with this slip."""
    return replace(payment, deposit=slip)


def _payment(order: Order, receipt: Receipt, *, refundable_minor: int, is_late: bool) -> Payment:
    return Payment(
        id=receipt.payment,
        **of_order(order),
        tender=receipt.tender,
        currency=order.currency,
        captured_minor=receipt.amount_minor,
        refundable_minor=refundable_minor,
        received_on=receipt.received_on,
        reference=receipt.reference,
        provider_payment=receipt.provider_payment,
        fee_minor=receipt.fee_minor or 0,
        is_fee_awaited=receipt.fee_minor is None,
        is_late=is_late,
    )


def _bookings(receipt: Receipt, *, about: About, excess_minor: int) -> tuple[Transaction, ...]:
    payment, amount_minor = receipt.payment, receipt.amount_minor
    grant = (
        [postings.grant_received(about, payment=payment, amount_minor=amount_minor)] if receipt.tender == GRANT else []
    )
    booked = (
        *grant,
        postings.captured(about, payment=payment, tender=receipt.tender, amount_minor=amount_minor),
        postings.processing_fee(about, payment=payment, fee_minor=receipt.fee_minor or 0),
        postings.excess_owed(about, payment=payment, amount_minor=excess_minor),
    )
    return tuple(each for each in booked if each.lines)
