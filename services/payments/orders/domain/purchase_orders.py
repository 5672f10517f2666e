"""Owns purchase orders: a town's promise to pay an association so much, once, for all orders of its own that name it.

A purchase order is known by the association that it was given to, its payer and its number. What it covers of an order
is what that still owed when it was accepted, and less once lines of the order have ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.payments.orders.domain.orders import Order, OrderEnded, PurchaseOrder, PurchaseOrderUnfit, of_all
from shared.associations import FIRST
from shared.change import Change
from shared.contracts.payments import PurchaseOrderAccepted
from shared.money import in_words

DATED_BEFORE_INVOICE_MAX = timedelta(days=5 * 366)  # a standing order may run for some years, not for centuries


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One purchase order of one payer, and the orders that name it."""

    id: str  # see `promise_id`
    dated: date
    limit_minor: int
    currency: str
    orders: tuple[str, ...] = ()


def promise_id(payer: str, number: str, *, association: str = FIRST) -> str:
    """One payer's purchase order to one association, however its number is typed."""
    whose = "" if association == FIRST else f"{association}/"  # the first's are named as before there were several
    return f"{whose}{payer}:{' '.join(number.split()).casefold()}"


def name_promise(
    known: Promise | None, order: Order, *, id_: str, purchase_order: PurchaseOrder, others: Sequence[Order]
) -> Promise:
    """The promise after this order has named it; `others` are those that have. Raises `PurchaseOrderUnfit`."""
    promise = known or Promise(
        id=id_,
        dated=purchase_order.dated,
        limit_minor=purchase_order.limit_minor,
        currency=order.currency,
    )
    if (promise.dated, promise.limit_minor, promise.currency) != (
        purchase_order.dated,
        purchase_order.limit_minor,
        order.currency,
    ):
        raise PurchaseOrderUnfit(
            f"Purchase order {purchase_order.number} of this payer is on file, dated {promise.dated:%d %B %Y} and up "
            f"to {in_words(promise.limit_minor, promise.currency)}. This one says otherwise. It was not recorded; "
            "please compare it with the paper."
        )
    used_minor = sum(covered_minor(each) for each in others)
    wanted_minor = order.owed_minor if order.purchase_order is None else covered_minor(order) + uncovered_minor(order)
    if used_minor + wanted_minor > promise.limit_minor:
        raise PurchaseOrderUnfit(
            f"The purchase order covers {in_words(promise.limit_minor, promise.currency)}. "
            f"{in_words(used_minor, promise.currency)} of it is used by other orders that name it, and "
            f"{in_words(wanted_minor, order.currency)} is owed here. It was not recorded; "
            "please ask for another one.",
            owed_minor=order.owed_minor,
            used_minor=used_minor,
        )
    return replace(promise, orders=(*(each.id for each in others), order.id))


def covered_minor(order: Order) -> int:
    """What its purchase order covers of this order; nothing of what has ended, unless it was kept."""
    if order.purchase_order is None:
        return 0
    standing_minor = sum(line.amount_minor for line in order.lines if line.is_standing)
    return min(order.purchase_order.covered_minor, standing_minor)


def uncovered_minor(order: Order) -> int:
    """What is owed on the order and was added after its purchase order was accepted."""
    if order.purchase_order is None or order.is_over:
        return 0
    standing_minor = sum(line.amount_minor for line in order.lines if line.is_standing)
    since_minor = standing_minor - order.purchase_order.covered_minor - order.purchase_order.paid_before_minor
    return max(min(order.owed_minor, since_minor), 0)


def accept_purchase_order(order: Order, *, purchase_order: PurchaseOrder, today: date) -> Change[Order]:
    """A purchase order that covers what is owed and can be of that date confirms before the money comes."""
    if order.is_over:
        raise OrderEnded("This order has ended. The purchase order was not recorded; none is needed.")
    if is_covered_by(order, purchase_order):
        return _covering_more(order, purchase_order)
    if order.purchase_order is not None:
        raise PurchaseOrderUnfit(
            f"Purchase order {order.purchase_order.number} covers this order already. The new one was not recorded."
        )
    if purchase_order.dated > today:
        raise PurchaseOrderUnfit(
            f"The purchase order is dated {purchase_order.dated:%d %B %Y}, which is still to come. "
            "It was not recorded; please check its date."
        )
    if purchase_order.dated < order.issued_at.date() - DATED_BEFORE_INVOICE_MAX:
        raise PurchaseOrderUnfit(
            f"The purchase order is dated {purchase_order.dated:%d %B %Y}, more than five years before the invoice. "
            "It was not recorded; please check its date."
        )
    _must_cover(order, purchase_order, wanted_minor=order.owed_minor)
    accepted = PurchaseOrderAccepted(
        **of_all(order),
        number=purchase_order.number,
    )
    standing_minor = sum(line.amount_minor for line in order.lines if line.is_standing)
    covering = replace(
        purchase_order, covered_minor=order.owed_minor, paid_before_minor=standing_minor - order.owed_minor
    )
    return Change(replace(order, purchase_order=covering), (accepted,))


def _covering_more(order: Order, purchase_order: PurchaseOrder) -> Change[Order]:
    """The same purchase order, entered again: it covers what was added to the order since, if its limit does."""
    known, more_minor = order.purchase_order, uncovered_minor(order)
    if known is None or not more_minor:
        return Change(order)
    wanted_minor = known.covered_minor + more_minor
    _must_cover(order, purchase_order, wanted_minor=wanted_minor)
    accepted = PurchaseOrderAccepted(**of_all(order), number=purchase_order.number)
    return Change(replace(order, purchase_order=replace(known, covered_minor=wanted_minor)), (accepted,))


def _must_cover(order: Order, purchase_order: PurchaseOrder, *, wanted_minor: int) -> None:
    if purchase_order.limit_minor < wanted_minor:
        raise PurchaseOrderUnfit(
            f"The purchase order covers {in_words(purchase_order.limit_minor, order.currency)}, and "
            f"{in_words(wanted_minor, order.currency)} is owed. "
            "It was not recorded; please ask for a higher limit.",
            owed_minor=order.owed_minor,
        )


def is_covered_by(order: Order, purchase_order: PurchaseOrder) -> bool:
    """Whether this very purchase order was recorded for it before."""
    known = order.purchase_order
    if known is None:
        return False
    return (known.number, known.dated, known.limit_minor) == (
        purchase_order.number,
        purchase_order.dated,
        purchase_order.limit_minor,
    )
