"""Owns what the card provider tells us of: which of its events we follow, and what we keep of one."""

from collections.abc import Mapping
from dataclasses import dataclass

REFUND_MADE = "refund.created"  # also by somebody at the provider's desk
REFUND_EVENTS = (REFUND_MADE, "refund.updated", "refund.failed", "charge.refund.updated")
SESSION_EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
)
DECLINE_EVENTS = ("payment_intent.payment_failed",)
DISPUTE_EVENTS = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
CHARGE_EVENTS = ("charge.updated",)
PAYOUT_EVENTS = ("payout.created", "payout.paid", "payout.failed", "payout.canceled")
BALANCE_EVENTS = ("topup.succeeded", "topup.reversed", *PAYOUT_EVENTS)
FOLLOWED_EVENTS = (  # others are answered and dropped
    *REFUND_EVENTS,
    *SESSION_EVENTS,
    *DECLINE_EVENTS,
    *DISPUTE_EVENTS,
    *CHARGE_EVENTS,
    *BALANCE_EVENTS,
)
TYPES_PER_LIST = 20  # so many the provider lists at a time
LISTS: Mapping[str, tuple[str, ...]] = {  # how its list of events is read: each has its own place
    "events": (*REFUND_EVENTS, *SESSION_EVENTS, *DECLINE_EVENTS, *DISPUTE_EVENTS),
    "events:balance": (*CHARGE_EVENTS, *BALANCE_EVENTS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """Something the provider told us of: a hint to look at one of its objects, kept under its own id."""

    id: str
    type: str
    object: str
    refund: str = ""  # ours, when it is about one of ours
    amount_minor: int = 0  # of a refund that was made, in our units
    currency: str = ""
