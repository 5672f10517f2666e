"""Saves what an ending means for an order, with all that follows from it."""

from services.payments.books.commands import book
from services.payments.credits.commands import keep_credit, take_back
from services.payments.endings.domain.mechanism import Decision
from services.payments.endings.store import DONATIONS
from services.payments.orders.domain.payments import NotEnoughLeft
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.refunds.commands.outcomes import settle_by_disputes
from services.payments.refunds.commands.planning import plan
from shared.unit import Unit


def carry_out(unit: Unit, decision: Decision) -> None:
    """Save all that follows from one decision about an order. What leaves a payment is taken from what it has left:
    if that is not enough, nothing of the whole unit is kept."""
    unit.save(ORDERS, decision.change)
    book(unit, decision.transactions)
    plan(unit, decision.refunds)
    for taking in decision.takings:
        enough = {"_id": taking.payment, "refundable_minor": {"$gte": taking.amount_minor}}
        less = {"$inc": {"refundable_minor": -taking.amount_minor, "version": 1}}
        unit.require(PAYMENTS, enough, less, otherwise=NotEnoughLeft(taking.payment))
    if decision.credit is not None:
        keep_credit(unit, decision.credit)
    if decision.donation is not None:
        unit.add(DONATIONS, decision.donation)
    for returned in decision.returned:
        take_back(unit, returned)


def carry_out_with_disputes(unit: Unit, decision: Decision) -> None:
    """Save a decision about an order; what was lost in a dispute before it pays what it sends back, or is gone."""
    carry_out(unit, decision)
    order = decision.change.state
    if order.is_disputed:
        unit.flush()  # so that the refunds that it plans are found
        for share in order.shares:
            settle_by_disputes(unit, share.payment)
