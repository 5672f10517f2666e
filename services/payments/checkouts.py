"""Owns an attempt to pay by card: one visit to the provider's page, for exactly what was owed when it began."""

from dataclasses import dataclass, replace

from services.payments.orders import NothingToPay, Order, OrderEnded
from shared.change import Change
from shared.contracts.payments import PaymentFailed

OPEN, PAID, EXPIRED = "open", "paid", "expired"


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
    version: int = 0

    @property
    def key(self) -> str:
        """The provider's idempotency key."""
        return f"checkout:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidSession:
    """A session that was paid, as the provider shows it, in our units."""

    order: str
    payment: str
    payment_intent: str
    charge: str
    amount_minor: int
    currency: str
    fee_minor: int


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


def begin(order: Order, current: Checkout | None) -> tuple[Order, Checkout]:
    """The attempt with which the order is paid now: the one that is open for this sum, or a new one."""
    if order.settlement is not None:
        raise OrderEnded("This conference was cancelled, so there is nothing to pay. Your card was not charged.")
    if order.owed_minor == 0:
        raise NothingToPay("This order is paid in full. Your card was not charged again.")
    if current is not None and current.state == OPEN and current.amount_minor == order.owed_minor:
        return order, current
    after = replace(order, checkout_count=order.checkout_count + 1)
    checkout = Checkout(
        id=current_id(after),
        order=order.id,
        conference=order.conference,
        number=order.number,
        amount_minor=order.owed_minor,
        currency=order.currency,
    )
    return after, checkout


def with_session(checkout: Checkout, *, session: str, url: str) -> Checkout:
    """The provider has made the page for this attempt."""
    return replace(checkout, session=session, url=url)


def ended(checkout: Checkout, *, state: str) -> Checkout:
    """The attempt was paid, or its page is closed."""
    return checkout if checkout.state == PAID else replace(checkout, state=state)


def fail(order: Order, *, payment: str, reason: str) -> Change[Order]:
    """The card was declined: nothing was charged. If the order was paid or ended meanwhile, it is no news."""
    if order.settlement is not None or order.owed_minor == 0:
        return Change(order)
    failed = PaymentFailed(
        order=order.id,
        registration=order.registration,
        conference=order.conference,
        person=order.person,
        payment=payment,
        reason=reason,
    )
    return Change(order, (failed,))
