"""What credits hear: somebody who has some owes for an order."""

from dataclasses import replace

from services.payments.credits.commands import credits_for
from services.payments.credits.store import HOLDERS
from services.payments.orders.commands import order_invoiced
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import CreditOffered
from shared.contracts.registration import OrderPlaced
from shared.unit import Unit


@consumes(OrderPlaced, emits=[CreditOffered], needs=lambda event: [(HOLDERS, event.payer)])
def offer_credit(event: OrderPlaced, unit: Unit) -> None:
    """Says to who pays, and to nobody else, that they may pay with what they have kept; once for each order."""
    holder = unit.load(HOLDERS, event.payer)
    if holder is None or event.order in holder.offered:
        return
    order = order_invoiced(unit, event.order)
    available_minor = sum(each.balance_minor for each in credits_for(unit, order))
    if not available_minor or not order.owed_minor:
        return
    said = CreditOffered(
        person=holder.id,
        order=order.id,
        registration=order.registration,
        conference=order.conference,
        available_minor=available_minor,
        total_minor=order.total_minor,
        currency=order.currency,
    )
    unit.save(HOLDERS, Change(replace(holder, offered=(*holder.offered, order.id)), (said,)))
