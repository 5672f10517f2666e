"""Owns which purchase orders cover an order."""

from dataclasses import replace
from datetime import date, timedelta

from services.payments.orders.domain.orders import Order, OrderEnded, PurchaseOrder, PurchaseOrderUnfit, of_order
from shared.change import Change
from shared.contracts.payments import PurchaseOrderAccepted
from shared.money import in_words

DATED_BEFORE_INVOICE_MAX = timedelta(days=5 * 366)  # a standing order may run for some years, not for centuries


def accept_purchase_order(order: Order, *, purchase_order: PurchaseOrder, today: date) -> Change[Order]:
    """A purchase order that covers what is owed and can be of that date confirms before the money comes."""
    if order.settlement is not None:
        raise OrderEnded(
            "The order has ended with its conference. The purchase order was not recorded; none is needed."
        )
    if order.purchase_order == purchase_order:
        return Change(order)
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
    if purchase_order.limit_minor < order.owed_minor:
        raise PurchaseOrderUnfit(
            f"The purchase order covers {in_words(purchase_order.limit_minor, order.currency)}, and "
            f"{in_words(order.owed_minor, order.currency)} is owed. "
            "It was not recorded; please ask for a higher limit.",
            owed_minor=order.owed_minor,
        )
    accepted = PurchaseOrderAccepted(
        **of_order(order),
        number=purchase_order.number,
    )
    return Change(replace(order, purchase_order=purchase_order), (accepted,))
