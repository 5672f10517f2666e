"""Owns what waits for finance, and since when: read for the desk, a bounded number of documents at each look.

Leaves to the pages what is to be done about each. Nothing of it holds up a run from settling the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pymongo import ASCENDING

from services.payments.books.domain.ledger import Account, Balance
from services.payments.credits.store import CREDITS
from services.payments.orders.store import IN_HAND, PAYMENTS
from services.payments.provider.domain.shown import DisputeState
from services.payments.refunds.domain.refunds import CHEQUE, RAILS, TRANSFER, RefundState
from services.payments.refunds.store import DISPUTES, OPEN_STATES, OUTSIDE, REFUNDS
from services.payments.strays.store import STRAYS
from shared.collection import Collection
from shared.mongo import Database

PILE_COUNT_MAX = 1_000  # from here on a page says "more than"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """How much of one kind waits, and since when the oldest does."""

    count: int
    oldest: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Money of one kind in one currency."""

    amount_minor: int
    currency: str


def refund_ages(database: Database) -> dict[str, date]:
    """Since when the oldest refund waits, by what it waits for; as the desk names that."""
    asked: dict[str, dict[str, Any]] = {
        state.value: {"state": state, "rail": {"$in": list(RAILS)}}
        for state in OPEN_STATES
        if state is not RefundState.AWAITING_RECORD
    }
    for rail in (CHEQUE, TRANSFER):
        asked[f"{rail}_to_pay"] = {"state": RefundState.AWAITING_RECORD, "rail": rail}
    found = {name: _oldest(database, REFUNDS, where, field="planned_at") for name, where in asked.items()}
    return {name: oldest for name, oldest in found.items() if oldest is not None}


def short_since(database: Database) -> date | None:
    """Since when the oldest refund waits for money on the card provider's balance."""
    where = {"state": RefundState.PROVIDER_PENDING, "rail": {"$in": list(RAILS)}, "is_short": True}
    return _oldest(database, REFUNDS, where, field="planned_at")


def open_disputes(database: Database) -> Pile | None:
    """Disputes that the banks have not decided, whether or not a refund waits for them."""
    return _pile(database, DISPUTES, {"state": DisputeState.OPEN}, field="opened_on")


def cheques_in_hand(database: Database) -> Pile | None:
    """Cheques that have not gone to the bank."""
    return _pile(database, PAYMENTS, IN_HAND, field="received_on")


def open_strays(database: Database) -> Pile | None:
    """Money at the card provider that fits nothing of ours, and nobody has looked at it."""
    return _pile(database, STRAYS, {"looked_at": None}, field="found_at")


def open_outside(database: Database) -> Pile | None:
    """Refunds that somebody made at the card provider and not here, and nobody has looked at them."""
    return _pile(database, OUTSIDE, {"looked_at": None}, field="found_at")


def credits_asked_for(database: Database) -> Pile | None:
    """Credits whose holders want the money."""
    return _pile(database, CREDITS, {"payout": {"$type": "object"}}, field="payout.asked_at")


def sums_on(balances: Iterable[Balance], account: Account) -> list[Sum]:
    """What is on an account, in each currency in which there is anything."""
    return [
        Sum(amount_minor=each.balance_minor, currency=each.currency)
        for each in balances
        if each.account is account and each.balance_minor
    ]


def _pile(database: Database, collection: Collection[Any], where: Mapping[str, Any], *, field: str) -> Pile | None:
    oldest = _oldest(database, collection, where, field=field)
    if oldest is None:
        return None
    return Pile(count=database.mongo[collection.name].count_documents(where, limit=PILE_COUNT_MAX + 1), oldest=oldest)


def _oldest(database: Database, collection: Collection[Any], where: Mapping[str, Any], *, field: str) -> date | None:
    found = database.mongo[collection.name].find_one(where, {field: 1}, sort=[(field, ASCENDING)])
    if found is None:
        return None
    since: Any = found
    for name in field.split("."):
        since = since[name]
    return date.fromisoformat(since) if isinstance(since, str) else since.date()
