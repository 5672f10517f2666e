"""What is heard of erasures."""

from services.payments.credits.store import CREDITS
from services.payments.erasing.domain import answer, is_open
from services.payments.erasing.store import ANSWERS, refunds_of
from services.payments.orders.store import ORDERS
from shared.contracts.flow import consumes
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import ErasureAsked
from shared.unit import Unit


@consumes(
    ErasureAsked,
    emits=[ErasureAnswered],
    needs=lambda event: [(ORDERS, each) for each in event.orders],
    after=lambda event: [(ORDERS, each) for each in event.orders],
)
def look_for_open_money(event: ErasureAsked, unit: Unit) -> None:
    """Says which orders still have money open, once all of them are known, and which credits are not used up."""
    orders = [order for each in event.orders if (order := unit.load(ORDERS, each)) is not None]
    found = [order for order in orders if is_open(order, refunds_of(unit, order.id))]
    if unit.load(ANSWERS, event.erasure) is None:
        held = unit.find(CREDITS, {"person": {"$in": list(event.persons)}})
        unit.save(ANSWERS, answer(event.erasure, open_orders=found, open_credits=held))
