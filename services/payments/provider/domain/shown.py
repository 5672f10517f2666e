"""The card provider's objects as it shows them, in our units: pages, refunds, disputes, balance lines, payouts."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MAIN_BALANCE = "payments"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidSession:
    """A session that was paid, as the provider shows it, in our units."""

    order: str
    payment: str
    payment_intent: str
    charge: str
    amount_minor: int
    currency: str
    fee_minor: int | None  # None: the provider has not booked it yet
    method: str = "card"

    @property
    def tender(self) -> str:
        """What it was paid with, in our words."""
        return "card" if self.method == "card" else "debit"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidSession:
    """A session on which nothing was paid (yet), as the provider shows it, in our units."""

    order: str
    payment: str
    amount_minor: int
    currency: str
    state: str  # open, underway, failed, expired
    reason: str = ""  # why it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """A refund as the provider shows it, in our units."""

    id: str
    status: str  # succeeded | pending | requires_action | failed | canceled
    amount_minor: int
    currency: str
    payment_intent: str = ""
    is_short: bool = False
    reason: str = ""
    refund: str = ""  # our id, from its metadata: a label, which anybody can write there

    @property
    def stands(self) -> bool:
        """Whether the money has left, or is about to."""
        return self.status not in ("failed", "canceled")


class DisputeState(StrEnum):
    """Who has the money of a disputed payment."""

    OPEN = "disputed"
    WON = "won"  # we; also when it was withdrawn, or never became more than a question
    LOST = "lost"  # the cardholder, for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One dispute under the provider's id; once lost, what it took is `covered`, `written_off` or left."""

    id: str
    payment_intent: str
    amount_minor: int
    currency: str
    state: DisputeState
    opened_on: date
    covered_minor: int = 0  # has paid refunds
    written_off_minor: int = 0  # the cardholder got it though it was not owed to them
    decision_count: int = 1  # a bank may take its decision back
    conference: str = ""  # for which its payment was; empty while that isn't known

    @property
    def is_open(self) -> bool:
        """Whether the banks have not decided."""
        return self.state is DisputeState.OPEN

    @property
    def payable_minor(self) -> int:
        """What it can still pay of refunds: the cardholder has it already."""
        return self.amount_minor - self.covered_minor if self.state is DisputeState.LOST else 0

    @property
    def left_minor(self) -> int:
        """What it took and nothing has used up."""
        return self.payable_minor - self.written_off_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMove:
    """One line of the provider's balance, in our units."""

    id: str
    type: str
    category: str = ""
    source: str = ""  # the provider's id of what the line is about
    balance: str = MAIN_BALANCE
    description: str = ""
    amount_minor: int
    fee_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A payout as the provider shows it, in our units."""

    id: str
    status: str
    amount_minor: int
    currency: str
