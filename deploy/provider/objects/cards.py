"""Owns the test payment methods: names that stand for a way a card, or a bank account, can behave. There are no numbers
of either anywhere."""

from dataclasses import dataclass

from deploy.provider.errors import Refusal

CARD, BANK_ACCOUNT = "card", "us_bank_account"


@dataclass(frozen=True, slots=True)
class CardBehaviour:
    """How a payment with this card goes, and a refund to it. A bank account answers days later."""

    type: str = CARD
    brand: str = "visa"
    decline_code: str | None = None
    refund_outcome: str | None = None  # None: it simply succeeds
    is_usable_at_once: bool = False
    is_disputed: bool = False
    is_delayed: bool = False  # paid or not is known days after the visitor has left
    failure_code: str | None = None  # what a delayed payment then fails with


BEHAVIOURS = {
    "pm_card_visa": CardBehaviour(),
    "pm_card_mastercard": CardBehaviour(brand="mastercard"),
    "pm_card_amex": CardBehaviour(brand="amex"),
    "pm_card_bypassPending": CardBehaviour(is_usable_at_once=True),
    "pm_card_refundFail": CardBehaviour(refund_outcome="failed"),
    "pm_card_pendingRefund": CardBehaviour(refund_outcome="pending"),
    "pm_card_createDispute": CardBehaviour(is_disputed=True),
    "pm_card_chargeDeclined": CardBehaviour(decline_code="generic_decline"),
    "pm_card_visa_chargeDeclined": CardBehaviour(decline_code="generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": CardBehaviour(decline_code="insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": CardBehaviour(decline_code="insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": CardBehaviour(decline_code="lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": CardBehaviour(decline_code="stolen_card"),
    "pm_usBankAccount_success": CardBehaviour(type=BANK_ACCOUNT, is_delayed=True),
    "pm_usBankAccount_insufficientFunds": CardBehaviour(
        type=BANK_ACCOUNT, is_delayed=True, failure_code="insufficient_funds"
    ),
}

# What the hosted page and its JSON twin call them.
CHECKOUT_CARDS = {
    "works": "pm_card_visa",
    "declined": "pm_card_chargeDeclined",
    "refund_fails_later": "pm_card_refundFail",
    "bank_pays_later": "pm_usBankAccount_success",
    "bank_fails_later": "pm_usBankAccount_insufficientFunds",
}


def require_card(name: str, *, param: str = "payment_method") -> CardBehaviour:
    """The behaviour behind the name."""
    if name not in BEHAVIOURS:
        raise Refusal(f"No such PaymentMethod: '{name}'", code="resource_missing", param=param)
    return BEHAVIOURS[name]
