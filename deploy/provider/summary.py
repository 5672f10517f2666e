"""Owns the counts by which a run can be judged from the provider's side alone; leaves the objects to lists."""

from typing import Any

from deploy.provider.clock import in_words
from deploy.provider.store import Body
from deploy.provider.work import Work

_COUNTED = ("customer", "payment_intent", "charge", "refund", "checkout.session", "payout", "dispute", "event")


def summarise(work: Work) -> Body:
    """How many there are of everything, and what they come to."""
    return {
        "now": in_words(work.now),
        "objects": {kind: work.records.count(kind) for kind in _COUNTED},
        "refunds": _by_currency_and_status(work, "refund"),
        "charges": _by_currency_and_status(work, "charge"),
        "balance": {
            currency: {"available_minor": available, "pending_minor": pending}
            for currency, available, pending in work.records.execute(
                "SELECT currency, available_minor, pending_minor FROM balance ORDER BY currency"
            )
        },
        "webhooks": dict(work.records.execute("SELECT state, COUNT(*) FROM delivery GROUP BY state").fetchall()),
    }


def _by_currency_and_status(work: Work, table: str) -> Body:
    """`{"usd": {"succeeded": {"count": 2, "amount_minor": 115000}}}`"""
    rows = work.records.execute(  # `table` is one of two words above
        f"SELECT currency, status, COUNT(*), SUM(amount) FROM {table} GROUP BY currency, status ORDER BY 1, 2"  # noqa: S608
    )
    found: dict[str, Any] = {}
    for currency, status, count, amount_minor in rows:
        found.setdefault(currency, {})[status] = {"count": count, "amount_minor": amount_minor}
    return found
