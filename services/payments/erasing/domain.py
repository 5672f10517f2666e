"""Whose money is still open: who is owed, or owes, needs a name and an address until it is settled. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.payments.credits.domain import Credit
from services.payments.orders.domain.orders import Order
from services.payments.refunds.domain.refunds import Refund, RefundState
from shared.change import Change
from shared.contracts.payments import ErasureAnswered

OPEN_COUNT_MAX = 20  # of orders, and of credits, that are named; more helps nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What payments has said about an erasure that was asked for."""

    id: str
    open_orders: tuple[str, ...]
    open_credits: tuple[str, ...] = ()


def is_open(order: Order, refunds: Iterable[Refund]) -> bool:
    """Whether money of an order is still to come or to go, or somebody still has to choose about it."""
    is_ending = any(not ending.is_ended for ending in order.endings)
    is_returning = any(refund.state is not RefundState.SETTLED for refund in refunds)
    return order.owed_minor > 0 or order.underway is not None or is_ending or is_returning


def answer(id_: str, *, open_orders: Iterable[Order], open_credits: Iterable[Credit]) -> Change[Answer]:
    """Nothing is in the way, or these orders and credits are."""
    said = ErasureAnswered(
        erasure=id_,
        open_orders=tuple(sorted(order.number for order in open_orders))[:OPEN_COUNT_MAX],
        open_credits=tuple(sorted(credit.id for credit in open_credits if credit.left_minor))[:OPEN_COUNT_MAX],
    )
    return Change(Answer(id=id_, open_orders=said.open_orders, open_credits=said.open_credits), (said,))
