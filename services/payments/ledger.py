"""Owns the rules of the books: accounts, transactions that sum to zero, the seal over each conference's chain.

A transaction is only ever added, under the name of its source, so that nothing can be booked twice. Leaves to
`postings` which accounts a fact moves. A mass run writes thousands of transactions at once; chaining them as they are
written would make all of them wait for one head. So they are sealed a little later: each gets a number and a hash over
itself and the hash before it, and from then on any change, gap or swap shows.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec


class Account(StrEnum):
    """The chart of accounts, as far as this service books on it."""

    BANK = "1000"
    CHEQUES = "1010"
    CARD_BALANCE = "1020"
    RECEIVABLES = "1100"
    DISPUTED = "1150"
    DEFERRED_FEES = "2000"
    DEFERRED_OPTIONS = "2001"
    CREDITS = "2010"
    REFUNDS_PAYABLE = "2020"
    GRANT_FUNDS = "2100"
    FEES_KEPT = "4020"
    DONATIONS = "4050"
    PROCESSING_FEES = "5020"
    LOST_DISPUTES = "5040"


TITLES: Mapping[Account, str] = {
    Account.BANK: "Bank",
    Account.CHEQUES: "Cheques not yet deposited",
    Account.CARD_BALANCE: "Card provider balance",
    Account.RECEIVABLES: "Receivables",
    Account.DISPUTED: "Disputed payments",
    Account.DEFERRED_FEES: "Deferred registration fees",
    Account.DEFERRED_OPTIONS: "Deferred guests and options",
    Account.CREDITS: "Customer credits",
    Account.REFUNDS_PAYABLE: "Refunds payable",
    Account.GRANT_FUNDS: "Restricted grant funds",
    Account.FEES_KEPT: "Cancellation fees kept",
    Account.DONATIONS: "Donations",
    Account.PROCESSING_FEES: "Processing fees",
    Account.LOST_DISPUTES: "Lost disputes",
}


class Unbalanced(ValueError):
    """The debits and credits of a transaction differ: it is a mistake in this program, and nothing may be booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One debit (positive) or credit (negative) on one account."""

    account: Account
    amount_minor: int
    payer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One fact about money; `id` is its source, `cause` the event that led to it. Only its seal is written later."""

    id: str
    conference: str
    order: str | None
    currency: str
    booked_at: datetime
    cause: str | None
    lines: tuple[Line, ...]
    is_sealed: bool = False
    number: int = 0
    prev_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The newest seal of one conference's books."""

    id: str
    number: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Money received or owed for something still to be delivered: the own fee, and beside it guests and options."""

    fee_minor: int
    optional_minor: int

    @property
    def total_minor(self) -> int:
        """Both parts."""
        return self.fee_minor + self.optional_minor

    def take(self, amount_minor: int) -> tuple["Deferred", "Deferred"]:
        """What is taken, from the fee first, and what is left; no cent appears or vanishes."""
        if not 0 <= amount_minor <= self.total_minor:
            raise ValueError(f"{amount_minor} can't be taken from {self.total_minor}")
        fee_minor = min(amount_minor, self.fee_minor)
        taken = Deferred(fee_minor=fee_minor, optional_minor=amount_minor - fee_minor)
        left = Deferred(
            fee_minor=self.fee_minor - taken.fee_minor, optional_minor=self.optional_minor - taken.optional_minor
        )
        return taken, left


def check_balanced(transaction: Transaction) -> Transaction:
    """The transaction itself, if its debits equal its credits; raises `Unbalanced`."""
    difference_minor = sum(line.amount_minor for line in transaction.lines)
    if difference_minor:
        raise Unbalanced(f"{transaction.id}: debits and credits differ by {difference_minor} {transaction.currency}")
    return transaction


def seal(head: ChainHead, transactions: Iterable[Transaction]) -> tuple[ChainHead, list[Transaction]]:
    """Put these transactions at the end of the chain, in this order."""
    sealed = []
    for each in transactions:
        linked = replace(each, is_sealed=True, number=head.number + 1, prev_hash=head.hash)
        sealed.append(replace(linked, hash=_hash(linked)))
        head = replace(head, number=linked.number, hash=sealed[-1].hash)
    return head, sealed


def first_fault(transactions: Iterable[Transaction]) -> str | None:
    """What is wrong with a chain, given by number from 1: a gap, a broken link, a change; None if nothing."""
    head = ChainHead(id="")
    for each in transactions:
        if each.number != head.number + 1:
            return f"number {head.number + 1} is missing"
        if each.prev_hash != head.hash:
            return f"number {each.number} ({each.id}) does not follow the one before it"
        if each.hash != _hash(each):
            return f"number {each.number} ({each.id}) is not what was sealed"
        if sum(line.amount_minor for line in each.lines):
            return f"number {each.number} ({each.id}) does not sum to zero"
        head = replace(head, number=each.number, hash=each.hash)
    return None


def _hash(transaction: Transaction) -> str:
    content = msgspec.json.encode(replace(transaction, hash=""), order="deterministic")
    return hashlib.sha256(content).hexdigest()
