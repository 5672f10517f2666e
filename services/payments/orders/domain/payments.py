"""Owns what is kept of money that arrived for an order: what of it may still leave, and never more."""

from dataclasses import dataclass
from datetime import date

from shared.problem import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that arrived. `refundable_minor` is what may still leave; it is only ever taken from under a condition."""

    id: str
    order: str
    registration: str
    conference: str
    person: str
    tender: str
    currency: str
    captured_minor: int
    refundable_minor: int
    received_on: date
    reference: str  # the cheque's, transfer's or grant's; the provider's charge
    provider_payment: str | None = None  # the provider's payment intent
    fee_minor: int = 0  # the provider's, as reported
    is_fee_awaited: bool = False  # the provider has not reported it yet
    is_late: bool = False
    deposit: str | None = None  # the slip with which a cheque went to the bank


class NotEnoughLeft(Refusal):
    """More was to leave a payment than it has left: nothing of that decision is kept, and trying again won't help."""

    title = "The payment has less left"

    def __init__(self, payment: str) -> None:
        super().__init__(f"Payment {payment} has less left than would go back from it. Nothing was changed.")
