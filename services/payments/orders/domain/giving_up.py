"""Owns giving an order up: nothing was paid in time, and nobody can pay it any more until its places are off it.

Registration says that the time is over. An order of which anything is paid, or promised by a purchase order, is not
given up. A page that is open is closed first, and a payment that is under way is waited for: only the provider's word
says that no money comes. Giving up is said once; what is left of the order afterwards can be paid again.
"""

from dataclasses import replace

from services.payments.orders.domain.orders import ASKED, SAID, Order, of_all
from shared.change import Change
from shared.contracts.payments import OrderGivenUp


def give_up(order: Order, *, is_page_open: bool) -> Change[Order] | None:
    """The time for paying is over; None when that changes nothing. While a page is open, or a bank decides,
    nothing is said yet."""
    if order.giving_up or not _is_unpaid(order):
        return None
    asked = replace(order, giving_up=ASKED)
    return Change(asked) if is_page_open or order.underway is not None else given_up(asked)


def given_up(order: Order) -> Change[Order]:
    """The provider says that its page is closed and was not paid: the order is given up, unless it was paid else."""
    if order.giving_up != ASKED:
        return Change(order)
    if not _is_unpaid(order):
        return Change(replace(order, giving_up=""))
    return Change(replace(order, giving_up=SAID), (OrderGivenUp(**of_all(order)),))


def _is_unpaid(order: Order) -> bool:
    is_promised = order.purchase_order is not None or order.settlement is not None
    return bool(order.owed_minor) and not order.paid_minor and not is_promised
