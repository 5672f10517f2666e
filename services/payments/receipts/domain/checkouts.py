"""Owns an attempt to pay at the card provider: one visit to its page, for exactly what was owed when it began.

By card it ends there. Other ways of paying end days later, when a bank has said whether it pays: until then the payment
is under way, and nobody says of it that it is paid, or that nothing is owed.
"""

from dataclasses import dataclass, replace

from services.payments.orders.domain.orders import NothingToPay, Order, OrderEnded, Underway, of_all, of_order
from services.payments.provider.domain.shown import UnpaidSession
from shared.change import Change
from shared.contracts.payments import PaymentFailed, PaymentUnderway
from shared.problem import Refusal
from shared.sentences import Sum, marked

OPEN, PAID, EXPIRED = "open", "paid", "expired"
UNDERWAY, FAILED = "underway", "failed"  # the payer has agreed and the bank decides, for days; it has said no


class PaymentIsUnderway(Refusal):
    """Another payment can't begin while the bank decides on one."""

    title = marked("A payment is under way")


class TimeForPayingOver(Refusal):
    """Nothing was paid in time: unpaid places are about to be taken off the order."""

    title = marked("The time for paying is over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """One attempt; its id becomes the payment's, and keys the provider's session, so that asking twice makes one."""

    id: str
    order: str
    conference: str
    number: str  # the invoice's, which the payer sees on the provider's page
    amount_minor: int
    currency: str
    state: str = OPEN
    session: str | None = None
    url: str | None = None
    paid_url: str = ""  # where the provider leads to afterwards, as it was when the attempt began
    back_url: str = ""
    version: int = 0

    @property
    def can_be_asked_for(self) -> bool:
        """Whether asking the provider again would be asking for the same: attempts of before kept no addresses."""
        return self.session is not None or bool(self.paid_url)

    @property
    def key(self) -> str:
        """The provider's idempotency key."""
        return f"checkout:{self.id}"


def current_id(order: Order) -> str:
    """The id of the newest attempt."""
    return checkout_id(order.id, order.checkout_count)


def checkout_id(order: str, attempt: int) -> str:
    """The id of an attempt, and of the payment it may become."""
    return f"{order}.{attempt}"


def open_id(order: Order) -> str | None:
    """The attempt whose page may still be open: the newest, unless it has become a payment."""
    newest = current_id(order)
    is_paid = any(share.payment == newest for share in order.shares)
    return newest if order.checkout_count and not is_paid else None


def begin(order: Order, current: Checkout | None, *, paid_url: str, back_url: str) -> tuple[Order, Checkout]:
    """The attempt with which the order is paid now: the one that is open for this sum, or a new one.

    An attempt keeps the addresses that it began with: links carry the day on which they were made, and the provider
    refuses a key that comes again with anything else.
    """
    if order.settlement is not None:
        raise OrderEnded(
            marked("This conference was cancelled, so there is nothing to pay. Your card was not charged.")
        )
    if order.is_over:
        raise OrderEnded(marked("This registration has ended, so there is nothing to pay. Your card was not charged."))
    if order.owed_minor == 0:
        raise NothingToPay(marked("This order is paid in full. Your card was not charged again."))
    if order.giving_up:
        raise TimeForPayingOver(
            marked(
                "The time for which your places were held is over, and they are being given to others. Your card "
                "was not "
                "charged. In a minute this page shows what is left to pay."
            )
        )
    is_open = current is not None and current.state in (OPEN, UNDERWAY) and current.can_be_asked_for
    if current is not None and is_open and current.amount_minor == order.owed_minor:
        return order, current
    if order.underway is not None:
        raise PaymentIsUnderway.saying(
            "A payment of %(amount)s is under way: your bank has been asked and has not answered yet. Nothing more was "
            "charged; please come back when it has arrived.",
            amount=Sum(order.underway.amount_minor, order.currency),
        )
    after = replace(order, checkout_count=order.checkout_count + 1)
    checkout = Checkout(
        id=current_id(after),
        order=order.id,
        conference=order.conference,
        number=order.number,
        amount_minor=order.owed_minor,
        currency=order.currency,
        paid_url=paid_url,
        back_url=back_url,
    )
    return after, checkout


def with_session(checkout: Checkout, *, session: str, url: str) -> Checkout:
    """The provider has made the page for this attempt."""
    return replace(checkout, session=session, url=url)


def ended(checkout: Checkout, *, state: str) -> Checkout:
    """The attempt was paid, or its page is closed; neither is undone by what is heard late."""
    is_known = checkout.state == PAID or (checkout.state in (UNDERWAY, FAILED) and state == EXPIRED)
    return checkout if is_known else replace(checkout, state=state)


def begin_waiting(order: Order, seen: UnpaidSession) -> Change[Order]:
    """The payer has agreed to pay and the bank decides: known once. An order that has ended meanwhile waits for it."""
    if order.underway is not None and order.underway.payment == seen.payment:
        return Change(order)
    after = replace(order, underway=Underway(payment=seen.payment, amount_minor=seen.amount_minor))
    if order.settlement is not None:
        awaiting = replace(order.settlement, awaited_minor=seen.amount_minor)
        after = after.with_ending(awaiting.counted())
    said = PaymentUnderway(
        **of_order(order), payment=seen.payment, amount_minor=seen.amount_minor, currency=order.currency
    )
    return Change(after, (said,))


def end_waiting(order: Order, *, payment: str) -> Order:
    """The bank has said whether it pays: nothing waits for that any more."""
    if order.underway is None or order.underway.payment != payment:
        return order
    after = replace(order, underway=None)
    if order.settlement is None:
        return after
    known = replace(order.settlement, awaited_minor=0)
    return after.with_ending(known.counted())


def fail_later(order: Order, seen: UnpaidSession) -> Change[Order]:
    """The bank does not pay, days after the payer had agreed: nothing was taken, and the payer can't know it yet."""
    failed = PaymentFailed(
        **of_all(order),
        payment=seen.payment,
        reason=seen.reason,
        is_delayed=True,
        amount_minor=seen.amount_minor,
        balance_minor=0 if order.is_over else order.owed_minor,
        currency=order.currency,
        is_ended=order.is_over,
    )
    return Change(end_waiting(order, payment=seen.payment), (failed,))


def fail(order: Order, *, payment: str, reason: str) -> Change[Order]:
    """The card was declined: nothing was charged. If the order was paid or ended meanwhile, it is no news."""
    if order.is_over or order.owed_minor == 0:
        return Change(order)
    failed = PaymentFailed(**of_all(order), payment=payment, reason=reason)
    return Change(order, (failed,))
