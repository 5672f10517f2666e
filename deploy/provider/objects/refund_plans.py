"""Owns what the tester has decided about refunds before they are made: that one will fail later, or wait for a person.

Leaves carrying it out to `refunds`.
"""

import json
from dataclasses import dataclass

from deploy.provider.objects.cards import BEHAVIOURS
from deploy.provider.store import Body
from deploy.provider.work import Work

FAILS, WAITS_FOR_BANK, NEEDS_PERSON = "failed", "pending", "requires_action"
LATER_DAYS = 3  # a card's bank takes days to send money back


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a refund will go once its money has left the balance."""

    status: str
    days: int = LATER_DAYS


def plan_outcome(
    work: Work, status: str, *, days: int, payment_intent: str | None, metadata: dict[str, str] | None, count: int
) -> None:
    """The next so many refunds of that payment, or with that metadata, will go like this."""
    work.records.execute(
        "INSERT INTO refund_plan (outcome, payment_intent, metadata, days, remaining_count) VALUES (?, ?, ?, ?, ?)",
        (status, payment_intent, json.dumps(metadata or {}), days, count),
    )


def take_outcome(work: Work, refund: Body, *, statuses: set[str]) -> Outcome | None:
    """What was decided for this refund, counted as used; its card may decide as well."""
    rows = work.records.execute(
        "SELECT sequence, outcome, payment_intent, metadata, days FROM refund_plan WHERE remaining_count > 0"
    )
    for sequence, status, payment_intent, metadata, days in rows.fetchall():
        is_meant = payment_intent in {None, refund["payment_intent"]}
        if status in statuses and is_meant and json.loads(metadata).items() <= refund["metadata"].items():
            work.records.execute(
                "UPDATE refund_plan SET remaining_count = remaining_count - 1 WHERE sequence = ?", (sequence,)
            )
            return Outcome(status, days)
    return None


def outcome_of_card(payment_method: str) -> Outcome | None:
    """Some test cards refuse refunds, or take their time."""
    status = BEHAVIOURS[payment_method].refund_outcome
    return Outcome(status) if status else None


def shown(work: Work) -> list[Body]:
    """The decisions that have not been used up."""
    rows = work.records.execute(
        "SELECT outcome, payment_intent, metadata, days, remaining_count FROM refund_plan WHERE remaining_count > 0"
    )
    return [
        {
            "outcome": outcome,
            "payment_intent": payment_intent,
            "metadata": json.loads(metadata),
            "days": days,
            "count": count,
        }
        for outcome, payment_intent, metadata, days, count in rows
    ]


def clear(work: Work) -> None:
    work.records.execute("DELETE FROM refund_plan")
