"""Owns the rules of the books: accounts, transactions that sum to zero, the seal over each conference's chain.

A transaction is only ever added, under the name of its source, so that nothing can be booked twice. Leaves to
`postings` which accounts a fact moves. A mass run writes thousands of transactions at once; chaining them as they are
written would make all of them wait for one head. So they are sealed a little later: each gets a number and a hash over
itself and the hash before it, and from then on any change, gap or swap shows.
"""

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

CHECK_EVERY = timedelta(days=1)  # how often a whole chain is recomputed
BALANCES_DIFFER = "sums: the kept balances are not those of the sealed transactions"


class Account(StrEnum):
    """The chart of accounts, as far as this service books on it."""

    BANK = "1000"
    CHEQUES = "1010"
    CARD_BALANCE = "1020"
    RESERVES = "1025"
    PAYOUTS = "1030"
    RECEIVABLES = "1100"
    DISPUTED = "1150"
    DEFERRED_FEES = "2000"
    DEFERRED_OPTIONS = "2001"
    CREDITS = "2010"
    REFUNDS_PAYABLE = "2020"
    CO_HOSTS = "2040"
    UNALLOCATED = "2050"
    GRANT_FUNDS = "2100"
    FEES_KEPT = "4020"
    DONATIONS = "4050"
    PROGRAMME_EXPENSE = "5010"
    PROCESSING_FEES = "5020"
    LOST_DISPUTES = "5040"


TITLES: Mapping[Account, str] = {
    Account.BANK: "Bank",
    Account.CHEQUES: "Cheques not yet deposited",
    Account.CARD_BALANCE: "Card provider balance",
    Account.RESERVES: "Reserved by the card provider",
    Account.PAYOUTS: "Payouts on their way to the bank",
    Account.RECEIVABLES: "Receivables",
    Account.DISPUTED: "Disputed payments",
    Account.DEFERRED_FEES: "Deferred registration fees",
    Account.DEFERRED_OPTIONS: "Deferred guests and options",
    Account.CREDITS: "Customer credits",
    Account.REFUNDS_PAYABLE: "Refunds payable",
    Account.CO_HOSTS: "Due to co-hosts",
    Account.UNALLOCATED: "Money that fits no order",
    Account.GRANT_FUNDS: "Restricted grant funds",
    Account.FEES_KEPT: "Cancellation fees kept",
    Account.DONATIONS: "Donations",
    Account.PROGRAMME_EXPENSE: "Programme expense",
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
class Balance:
    """What was booked on one account in one currency, debits and credits apart."""

    account: Account
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """The newest seal of one conference's books, and the balances of what was sealed up to `counted_number`."""

    id: str
    number: int = 0
    hash: str = ""
    counted_number: int = 0  # behind `number` only where the seal is older than the balances
    balances: tuple[Balance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """How far one conference's chain was recomputed in this pass, and what was found; times are the host's."""

    id: str
    began_at: datetime | None = None
    number: int = 0
    hash: str = ""
    balances: tuple[Balance, ...] = ()
    is_over: bool = False  # it has found a fault, or come to the end; what is sealed later is added to it
    ended_at: datetime | None = None
    fault: str = ""


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


def merged(*parts: Iterable[Balance]) -> tuple[Balance, ...]:
    """Balances added up, in the order of currency and account."""
    sums: dict[tuple[str, Account], Balance] = {}
    for each in itertools.chain(*parts):
        key = (each.currency, each.account)
        known = sums.get(key)
        sums[key] = (
            replace(
                known,
                debit_minor=known.debit_minor + each.debit_minor,
                credit_minor=known.credit_minor + each.credit_minor,
            )
            if known
            else each
        )
    return tuple(sums[key] for key in sorted(sums))


def balances_of(transactions: Iterable[Transaction]) -> tuple[Balance, ...]:
    """What these transactions have moved on each account."""
    return merged(
        Balance(
            account=line.account,
            currency=each.currency,
            debit_minor=max(line.amount_minor, 0),
            credit_minor=max(-line.amount_minor, 0),
        )
        for each in transactions
        for line in each.lines
    )


def count(head: ChainHead, sealed: Sequence[Transaction]) -> ChainHead:
    """The balances with what was sealed next."""
    balances = merged(head.balances, balances_of(sealed))
    return replace(head, balances=balances, counted_number=head.counted_number + len(sealed))


def is_check_due(known: ChainCheck, *, head: ChainHead, now: datetime) -> bool:
    """Whether there is something to recompute: a pass that goes on, transactions sealed since, or a new pass."""
    if not known.is_over or is_check_old(known, now=now):
        return True
    return not known.fault and known.number < head.number


def is_check_old(known: ChainCheck, *, now: datetime) -> bool:
    """Whether it is time to recompute the whole chain anew."""
    return known.began_at is None or now - known.began_at > CHECK_EVERY


def begun_anew(known: ChainCheck, *, now: datetime) -> ChainCheck:
    """The chain is to be recomputed from its first transaction; what was found last stands until that is done."""
    return replace(known, began_at=now, number=0, hash="", balances=(), is_over=False)


def check(known: ChainCheck, transactions: Sequence[Transaction], *, head: ChainHead, now: datetime) -> ChainCheck:
    """The chain recomputed on over its next transactions; at its end the balances must be those that are kept."""
    fault = first_fault(transactions, after=ChainHead(id=known.id, number=known.number, hash=known.hash))
    if fault is None and not transactions and known.number < head.number:
        fault = f"number {known.number + 1} and what follows is missing"
    if fault is not None:
        return replace(known, fault=fault, is_over=True, ended_at=now)
    last = transactions[-1] if transactions else None
    after = replace(
        known,
        number=last.number if last else known.number,
        hash=last.hash if last else known.hash,
        balances=merged(known.balances, balances_of(transactions)),
    )
    if after.number < head.number:
        return after
    is_kept = head.counted_number < head.number or after.balances == head.balances
    return replace(after, fault="" if is_kept else BALANCES_DIFFER, is_over=True, ended_at=now)


def first_fault(transactions: Iterable[Transaction], *, after: ChainHead | None = None) -> str | None:
    """What is wrong with a chain from behind `after` on, given by number: a gap, a broken link, a change; or None."""
    head = after or ChainHead(id="")
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
