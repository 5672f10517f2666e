"""Attempts to pay at the card provider: begun, led to a page, closed."""

from services.payments.orders.commands import order_named
from services.payments.orders.domain.giving_up import given_up
from services.payments.orders.domain.orders import Order, OrderUnknown
from services.payments.orders.store import ORDERS
from services.payments.receipts.domain.checkouts import (
    EXPIRED,
    Checkout,
    begin,
    current_id,
    ended,
    open_id,
    with_session,
)
from services.payments.receipts.store import CHECKOUTS
from shared.change import Change
from shared.contracts.flow import command, job
from shared.contracts.payments import OrderGivenUp
from shared.jobs import Claim, due
from shared.sentences import marked
from shared.unit import Unit


@command(starts=[CHECKOUTS])
def begin_checkout(unit: Unit, *, order: str, paid_url: str, back_url: str) -> Checkout:
    """The attempt with which this order is paid by card now; its session is made, or found again, afterwards."""
    loaded = order_named(unit, order)
    current = unit.load(CHECKOUTS, current_id(loaded)) if loaded.checkout_count else None
    after, checkout = begin(loaded, current, paid_url=paid_url, back_url=back_url)
    if after is not loaded:
        close_page(unit, loaded)
        unit.save(ORDERS, Change(after))
        unit.save(CHECKOUTS, Change(checkout))
    return checkout


@command(starts=[CHECKOUTS])
def keep_session(unit: Unit, *, checkout: str, session: str, url: str) -> bool:
    """The provider has made a page for this attempt. False: the order ended meanwhile, and the page is closed again."""
    attempt = unit.load(CHECKOUTS, checkout)
    order = order_named(unit, attempt.order if attempt else "")
    if attempt is None:
        raise OrderUnknown(marked("There is no such attempt to pay. Your card was not charged."))
    is_payable = not order.is_over and not order.giving_up and order.owed_minor == attempt.amount_minor
    unit.save(CHECKOUTS, Change(with_session(attempt, session=session, url=url)))
    if not is_payable:
        unit.schedule(CHECKOUTS, checkout, due())
    return is_payable


@command()
def give_up_checkout(unit: Unit, *, checkout: str) -> None:
    """The page of this attempt has expired, or can't be made: the next attempt gets a new one."""
    attempt = unit.load(CHECKOUTS, checkout)
    if attempt is not None:
        unit.save(CHECKOUTS, Change(ended(attempt, state=EXPIRED)))


def close_page(unit: Unit, order: Order) -> None:
    """Nobody should pay on the provider's page for this order any more; if one is open, a job closes it."""
    attempt = open_id(order)
    if attempt is not None:
        unit.schedule(CHECKOUTS, attempt, due())


@job(of=CHECKOUTS, emits=[OrderGivenUp])
def note_closed_page(unit: Unit, *, claim: Claim[Checkout], is_unpaid: bool) -> None:
    """The payment page is closed; unless somebody had paid on it before that, of which the provider tells by itself."""
    checkout = unit.load(CHECKOUTS, claim.id)
    if checkout is not None and is_unpaid:
        unit.save(CHECKOUTS, Change(ended(checkout, state=EXPIRED)))
        order = unit.load(ORDERS, checkout.order)
        change = given_up(order) if order is not None else None
        if change is not None and change.state != order:
            unit.save(ORDERS, change)
    claim.finish(unit)
