"""Owns what the card provider tells us of: which of its events we follow, and what we keep of one."""

from dataclasses import dataclass

REFUND_EVENTS = ("refund.updated", "refund.failed", "charge.refund.updated")
SESSION_EVENTS = ("checkout.session.completed", "checkout.session.expired")
DECLINE_EVENTS = ("payment_intent.payment_failed",)
BALANCE_EVENTS = ("topup.succeeded", "payout.created", "payout.failed", "charge.dispute.funds_withdrawn")
FOLLOWED_EVENTS = (*REFUND_EVENTS, *SESSION_EVENTS, *DECLINE_EVENTS, *BALANCE_EVENTS)  # others are answered and dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """Something the provider told us of: a hint to look at one of its objects, kept under its own id."""

    id: str
    type: str
    object: str
    refund: str = ""  # ours, when it is about one of ours
