"""Keeps new refunds, so that those by card leave by themselves, and finds the disputes of a payment."""

from collections.abc import Iterable

from services.payments.provider.domain.shown import Dispute
from services.payments.refunds.domain.refunds import Refund, RefundState
from services.payments.refunds.store import DISPUTES, REFUNDS
from shared.jobs import due
from shared.unit import Unit


def plan(unit: Unit, refunds: Iterable[Refund]) -> None:
    """Keep new refunds; those by card are due at once."""
    for each in refunds:
        unit.add(REFUNDS, each, job=due() if each.state is RefundState.PLANNED else None)


def disputes_of(unit: Unit, payment_intent: str | None) -> list[Dispute]:
    """The disputes of one card payment; none of what was paid in another way."""
    return unit.find(DISPUTES, {"payment_intent": payment_intent}) if payment_intent else []
