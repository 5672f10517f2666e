"""Owns what it means for an order that money of its payments has gone back outside of Reconvene."""

from dataclasses import replace

from services.payments.books.domain.ledger import Deferred
from services.payments.orders.domain.endings import Ending
from services.payments.orders.domain.lines import deferred_of
from services.payments.orders.domain.orders import Order

NOTHING = Deferred(fee_minor=0, optional_minor=0)


def paid_for(order: Order, ending: Ending) -> Deferred:
    """What is left of the lines that ended after what was never paid, what a grant had paid, and what went back
    before it was chosen."""
    _, paid = deferred_of(line for line in order.lines if line.ending == ending.id).take(ending.written_off_minor)
    _, own = paid.take(ending.released_minor)
    return own.take(sum(portion.returned_minor for portion in ending.own))[1]


def give_back_of(order: Order, payment: str, amount_minor: int) -> tuple[Order, Deferred, int]:
    """Money of this payment went back outside of Reconvene while it may still be decided what becomes of it: the order
    after that, what it took of what was paid for once the order has ended, and how much of the money that is."""
    end = order.settlement
    if end is None:
        share = next((each for each in order.shares if each.payment == payment), None)
        taken_minor = min(share.paid_minor, amount_minor) if share else 0
        shares = (
            replace(each, paid_minor=each.paid_minor - taken_minor) if each is share else each for each in order.shares
        )
        return replace(order, shares=tuple(shares)), NOTHING, taken_minor  # it is owed again
    portion = next((each for each in end.own if each.payment == payment), None)
    if portion is None or end.is_fixed:
        return order, NOTHING, 0
    taken_minor = min(portion.left_minor, amount_minor)
    less = replace(portion, returned_minor=portion.returned_minor + taken_minor)
    after = replace(end, taken=tuple(less if each is portion else each for each in end.taken))
    return order.with_ending(after), paid_for(order, end).take(taken_minor)[0], taken_minor
