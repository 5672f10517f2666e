"""Reads the card provider's objects: its words and units become ours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.payments.provider.domain.amounts import our_amount
from services.payments.provider.domain.events import REFUND_MADE, ProviderEvent
from services.payments.provider.domain.shown import (
    MAIN_BALANCE,
    BalanceMove,
    Dispute,
    DisputeState,
    ProviderRefund,
    UnpaidSession,
)

_DISPUTE_ENDS = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,  # it was a question only, and nothing was taken
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}


Document = dict[str, Any]  # an object as the provider shows it


def unpaid_session_of(found: Document) -> UnpaidSession:
    """A visit that has paid nothing: still open, over, or over with a bank that has yet to say whether it pays."""
    metadata, intent = found.get("metadata") or {}, found.get("payment_intent") or {}
    is_underway = found["status"] == "complete" and intent.get("status") == "processing"
    error = intent.get("last_payment_error") or {}
    currency = found["currency"].upper()
    return UnpaidSession(
        order=metadata.get("order", ""),
        payment=metadata.get("payment", ""),
        amount_minor=our_amount(found["amount_total"], currency),
        currency=currency,
        state="underway" if is_underway else "failed" if found["status"] == "complete" else found["status"],
        reason=error.get("decline_code") or error.get("code") or "",
    )


def provider_refund_of(found: Document) -> ProviderRefund:
    """The provider's refund in our words."""
    currency = found["currency"].upper()
    return ProviderRefund(
        id=found["id"],
        status=found["status"] or "pending",
        amount_minor=our_amount(found["amount"], currency),
        currency=currency,
        payment_intent=found.get("payment_intent") or "",
        is_short=found.get("pending_reason") == "insufficient_funds",
        reason=found.get("failure_reason") or "",
        refund=(found.get("metadata") or {}).get("refund", ""),
    )


def dispute_of(found: Document) -> Dispute:
    """The provider's dispute in our words: what it has not decided is open."""
    currency = found["currency"].upper()
    return Dispute(
        id=found["id"],
        payment_intent=found.get("payment_intent") or "",
        amount_minor=our_amount(found["amount"], currency),
        currency=currency,
        state=_DISPUTE_ENDS.get(found["status"], DisputeState.OPEN),
        opened_on=datetime.fromtimestamp(found["created"], UTC).date(),
    )


def balance_move_of(found: Document) -> BalanceMove:
    """A line of the provider's balance in our words."""
    currency = found["currency"].upper()
    return BalanceMove(
        id=found["id"],
        type=found["type"],
        category=found.get("reporting_category") or "",
        source=found.get("source") or "",
        balance=found.get("balance_type") or MAIN_BALANCE,
        description=found.get("description") or "",
        amount_minor=our_amount(found["amount"], currency),
        fee_minor=our_amount(found["fee"], currency),
        currency=currency,
    )


def event_of(body: Mapping[str, Any]) -> ProviderEvent:
    """The provider's event as a hint: what happened to which object."""
    about = body["data"]["object"]
    told = {"id": body["id"], "type": body["type"], "object": about["id"]}
    if body["type"] == REFUND_MADE:
        currency = about["currency"].upper()
        told |= {"currency": currency, "amount_minor": our_amount(about["amount"], currency)}
    return msgspec.convert({**told, "refund": (about.get("metadata") or {}).get("refund", "")}, ProviderEvent)
