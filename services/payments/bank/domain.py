"""Owns the provider's balance, line by line: what each kind of line means for the books, and what nobody can explain.

A payment and a refund are booked by what their own objects say, and their lines bring the fee. Every other kind that
the provider documents has an account, or is named as one for people. What is left goes to unallocated money, so that
the card balance is the provider's in any case, and a person finds it on the desk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.payments.books.domain.ledger import Account
from services.payments.provider.domain.shown import MAIN_BALANCE, BalanceMove

EXPLAIN_AFTER = timedelta(hours=1)  # a payment may show on the balance before we have heard of it


PAYMENTS_OWN = frozenset({"charge", "payment"})
REFUNDS_OWN = frozenset({"refund", "payment_refund", "refund_failure"})
ADJUSTMENT = "adjustment"
AGAINST: Mapping[str, Account] = {  # the other side of each kind of line
    "topup": Account.BANK,
    "topup_reversal": Account.BANK,
    "inbound_transfer": Account.BANK,
    "inbound_transfer_reversal": Account.BANK,
    "payout": Account.PAYOUTS,
    "payout_cancel": Account.PAYOUTS,
    "payout_failure": Account.PAYOUTS,
    "payout_minimum_balance_hold": Account.RESERVES,
    "payout_minimum_balance_release": Account.RESERVES,
    "payment_network_reserve_hold": Account.RESERVES,
    "payment_network_reserve_release": Account.RESERVES,
    "reserve_hold": Account.RESERVES,
    "reserve_release": Account.RESERVES,
    "reserve_transaction": Account.RESERVES,
    "reserved_funds": Account.RESERVES,
    "stripe_fee": Account.PROCESSING_FEES,
    "stripe_fx_fee": Account.PROCESSING_FEES,
    "stripe_balance_payment_debit": Account.PROCESSING_FEES,
    "stripe_balance_payment_debit_reversal": Account.PROCESSING_FEES,
    "network_cost": Account.PROCESSING_FEES,
    "fee_credit_funding": Account.PROCESSING_FEES,
    "tax_fee": Account.PROCESSING_FEES,
    "contribution": Account.PROGRAMME_EXPENSE,
    "climate_order_purchase": Account.PROGRAMME_EXPENSE,
    "climate_order_refund": Account.PROGRAMME_EXPENSE,
    "application_fee": Account.CO_HOSTS,
    "application_fee_refund": Account.CO_HOSTS,
    "connect_collection_transfer": Account.CO_HOSTS,
    "transfer": Account.CO_HOSTS,
    "transfer_cancel": Account.CO_HOSTS,
    "transfer_failure": Account.CO_HOSTS,
    "transfer_refund": Account.CO_HOSTS,
}
ADJUSTED: Mapping[str, Account] = {  # an adjustment may be anything: its reporting category says what
    "dispute": Account.DISPUTED,
    "dispute_reversal": Account.DISPUTED,
    "fee": Account.PROCESSING_FEES,
    "network_cost": Account.PROCESSING_FEES,
    "tax": Account.PROCESSING_FEES,
    "connect_reserved_funds": Account.RESERVES,
    "risk_reserved_funds": Account.RESERVES,
    "payout_reversal": Account.PAYOUTS,
    "topup_reversal": Account.BANK,
    "contribution": Account.PROGRAMME_EXPENSE,
    "connect_collection_transfer": Account.CO_HOSTS,
    "platform_earning": Account.CO_HOSTS,
    "platform_earning_refund": Account.CO_HOSTS,
    "transfer": Account.CO_HOSTS,
    "transfer_reversal": Account.CO_HOSTS,
}


# Documented, and nothing that an association's account should see: no account of ours says what they are, so that a
# person has to. They are named here so that a test can tell them from kinds that are new.
FOR_PEOPLE = frozenset(
    {
        "advance",
        "advance_funding",
        "anticipation_repayment",
        "issuing_authorization_hold",
        "issuing_authorization_release",
        "issuing_dispute",
        "issuing_dispute_provisional_credit",
        "issuing_dispute_provisional_credit_reversal",
        "issuing_transaction",
        "obligation_outbound",
        "obligation_reversal_inbound",
        "payment_failure_refund",
        "payment_reversal",
        "payment_unreconciled",
        "tax_fund",
    }
)


class Standing(StrEnum):
    """What has become of a line."""

    BOOKED = "booked"
    WAITING = "waiting"  # for the payment or refund that it is about to be known here
    UNEXPLAINED = "unexplained"  # on unallocated money; a person finds out


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    """A line of the provider's balance as we keep it: each is read once, and is somewhere in the books."""

    id: str
    move: BalanceMove
    standing: Standing
    found_at: datetime


def is_payment(move: BalanceMove) -> bool:
    """Whether it is about a payment, which is booked by what the payment says."""
    return move.balance == MAIN_BALANCE and move.type in PAYMENTS_OWN


def is_refund(move: BalanceMove) -> bool:
    """Whether it is about a refund, which is booked by what the refund says."""
    is_old_failure = move.type == ADJUSTMENT and move.category == "refund_failure"
    return move.balance == MAIN_BALANCE and (move.type in REFUNDS_OWN or is_old_failure)


def is_mirror(move: BalanceMove) -> bool:
    """Whether it is the other half of a line of the main balance: what was reserved there shows once more here."""
    return move.balance != MAIN_BALANCE and AGAINST.get(move.type) is Account.RESERVES


def account_against(move: BalanceMove) -> Account | None:
    """The other side of a line that is booked by itself; None when no rule of ours explains it."""
    if move.balance != MAIN_BALANCE:
        return None
    return ADJUSTED.get(move.category) if move.type == ADJUSTMENT else AGAINST.get(move.type)


def booked(line: BalanceLine) -> BalanceLine:
    """It is in the books where it belongs."""
    return replace(line, standing=Standing.BOOKED)


def unexplained(line: BalanceLine) -> BalanceLine:
    """Nobody here knows what it is."""
    return replace(line, standing=Standing.UNEXPLAINED)
