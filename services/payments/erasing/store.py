"""Where it is kept what was answered about whom."""

from services.payments.erasing.domain import Answer
from services.payments.refunds.domain.refunds import Refund
from services.payments.refunds.store import REFUNDS
from shared.collection import Collection
from shared.unit import Unit

ANSWERS = Collection("erasure_answers", Answer)
COLLECTIONS = (ANSWERS,)


def refunds_of(unit: Unit, order: str) -> list[Refund]:
    """All refunds of an order."""
    return unit.find(REFUNDS, {"order": order})
