"""Owns what it means for an order that money of its payments has gone back outside of Reconvene."""

from dataclasses import replace

from services.payments.books.domain.ledger import Deferred
from services.payments.orders.domain.orders import Order, Settlement, Share


def paid_for(order: Order, settlement: Settlement) -> Deferred:
    """What is left of the invoice after what was never paid, what a grant had paid, and what went back before."""
    _, paid = order.deferred.take(settlement.voided_minor)
    _, own = paid.take(settlement.released_minor)
    return own.take(sum(share.returned_minor for share in order.shares))[1]


def give_back_of(order: Order, payment: str, amount_minor: int) -> tuple[Order, Deferred, int]:
    """Money of this payment went back outside of Reconvene while it may still be decided what becomes of it: the order
    after that, what it took of what was paid for once the order has ended, and how much of the money that is."""
    settlement = order.settlement
    nothing = Deferred(fee_minor=0, optional_minor=0)
    share = next((each for each in order.shares if each.payment == payment), None)
    if share is None or (settlement is not None and settlement.is_fixed):
        return order, nothing, 0
    taken_minor = min(share.left_minor, amount_minor)
    if settlement is None:
        less = replace(share, paid_minor=share.paid_minor - taken_minor)  # it is owed again
        return _with_share(order, share, less), nothing, taken_minor
    less = replace(share, returned_minor=share.returned_minor + taken_minor)
    return _with_share(order, share, less), paid_for(order, settlement).take(taken_minor)[0], taken_minor


def _with_share(order: Order, share: Share, changed: Share) -> Order:
    return replace(order, shares=tuple(changed if each is share else each for each in order.shares))
