"""Owns reading the books: balances, how much is sealed, and whether what was sealed is unchanged.

Balances are kept beside each chain's newest seal, by the same write, so that nobody who books waits for them and nobody
who reads them reads the ledger: what is not sealed yet is little, and is added while reading, at one moment for both.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING
from pymongo.client_session import ClientSession

from services.payments.books.domain.ledger import (
    Account,
    Balance,
    ChainCheck,
    ChainHead,
    Transaction,
    first_fault,
    merged,
)
from shared.collection import Collection
from shared.mongo import Database
from shared.states import index, read

UNSEALED_COUNT_MAX = 10_001  # more than are ever waiting; a page needs no larger number
BROKEN_COUNT_MAX = 100  # more than so many at once have one cause
CHECKED_AT_ONCE = 2_000  # transactions that a page recomputes while somebody waits for it
STUCK_COUNT_MAX = 100  # more than so many at once have one cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A run, or the sealing of a conference's books, that can't go on: why, and since when."""

    id: str
    reason: str
    since: datetime
    is_over: bool = False
    conference: str = ""


LEDGER = Collection(
    "ledger",
    Transaction,
    (
        index("conference", "order", name="conference_order"),
        index("conference", "number", name="chain", where={"is_sealed": True}),
        index("is_sealed", "conference", "_id", name="unsealed_of", where={"is_sealed": False}),
    ),
)
CHAIN_HEADS = Collection("chain_heads", ChainHead, conference="_id")
CHAIN_CHECKS = Collection("chain_checks", ChainCheck, conference="_id")
STUCK = Collection("stuck", Stuck)


@contextmanager
def one_moment(database: Database) -> Iterator[ClientSession]:
    """All that is read with this session is read as it was at one moment, outside of any transaction."""
    with database.client.start_session(snapshot=True) as session:
        yield session


def trial_balance(database: Database, *, conference: str | None = None) -> list[Balance]:
    """The balance of every account in every currency, of one conference or of everything; they sum to zero."""
    with one_moment(database) as session:
        return balances_at(database, session, conference=conference)


def balances_at(database: Database, session: ClientSession, *, conference: str | None = None) -> list[Balance]:
    """The trial balance at the session's moment: what is kept of the sealed, and what came after."""
    of_one = {"_id": conference} if conference is not None else {}
    heads = [CHAIN_HEADS.state(each) for each in database.mongo[CHAIN_HEADS.name].find(of_one, session=session)]
    later = _summed(database, session, _not_counted(heads, conference=conference))
    return list(merged(*(head.balances for head in heads), later))


def owed_back_minor(database: Database, session: ClientSession, *, conference: str) -> int:
    """Refunds payable of one conference; zero when nothing is owed back any more."""
    found = balances_at(database, session, conference=conference)
    return -sum(each.balance_minor for each in found if each.account is Account.REFUNDS_PAYABLE)


def _not_counted(heads: Sequence[ChainHead], *, conference: str | None) -> dict[str, Any]:
    """What no kept balance holds: what is not sealed, and what was sealed before balances were kept."""
    unsealed = {"is_sealed": False} | ({"conference": conference} if conference is not None else {})
    behind = [head for head in heads if head.counted_number < head.number]
    before = [
        {"conference": head.id, "is_sealed": True, "number": {"$gt": head.counted_number, "$lte": head.number}}
        for head in behind
    ]
    return {"$or": [unsealed, *before]} if before else unsealed


def _summed(database: Database, session: ClientSession, where: Mapping[str, Any]) -> tuple[Balance, ...]:
    amount = "$lines.amount_minor"
    sums = {
        "_id": {"currency": "$currency", "account": "$lines.account"},
        "debit_minor": {"$sum": {"$max": [amount, 0]}},
        "credit_minor": {"$sum": {"$max": [{"$multiply": [amount, -1]}, 0]}},
    }
    stages: list[Mapping[str, Any]] = [{"$match": where}, {"$unwind": "$lines"}, {"$group": sums}]
    return tuple(
        Balance(
            account=Account(each["_id"]["account"]),
            currency=each["_id"]["currency"],
            debit_minor=each["debit_minor"],
            credit_minor=each["credit_minor"],
        )
        for each in database.mongo[LEDGER.name].aggregate(stages, session=session)
    )


def sealed_counts(database: Database, conference: str) -> tuple[int, int]:
    """How many transactions of a conference are sealed, and how many not yet."""
    head = read(database, CHAIN_HEADS, conference)
    where = {"conference": conference, "is_sealed": False}
    unsealed_count = database.mongo[LEDGER.name].count_documents(where, limit=UNSEALED_COUNT_MAX)
    return head.number if head else 0, unsealed_count


def chain_fault(database: Database, conference: str) -> str | None:
    """Recompute the whole chain of one conference's books; what is wrong with it, or None."""
    head = read(database, CHAIN_HEADS, conference) or ChainHead(id=conference)
    where = {"conference": conference, "is_sealed": True, "number": {"$lte": head.number}}
    count = 0

    def counted() -> Iterator[Transaction]:
        nonlocal count
        for each in database.mongo[LEDGER.name].find(where).sort("number", ASCENDING):
            count += 1
            yield LEDGER.state(each)

    fault = first_fault(counted())
    is_short = fault is None and count < head.number
    return f"number {count + 1} and what follows is missing" if is_short else fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """Whether a chain is as it was sealed, as far as somebody who waits for a page can be told."""

    fault: str | None
    check: ChainCheck | None = None  # of a chain too long to be recomputed meanwhile


def soundness(database: Database, conference: str) -> Soundness:
    """A short chain is recomputed on the spot, of a long one it is said what its last check has found."""
    head = read(database, CHAIN_HEADS, conference)
    if head is None or head.number <= CHECKED_AT_ONCE:
        return Soundness(fault=chain_fault(database, conference))
    check = read(database, CHAIN_CHECKS, conference) or ChainCheck(id=conference)
    return Soundness(fault=check.fault or None, check=check)


def broken(database: Database) -> list[ChainCheck]:
    """The chains that are not as they were sealed, as their last check has found."""
    found = database.mongo[CHAIN_CHECKS.name].find({"fault": {"$gt": ""}}).limit(BROKEN_COUNT_MAX)
    return [CHAIN_CHECKS.state(each) for each in found]


def stuck_books(conference: str) -> str:
    """Under which id the books of a conference are noted that can't be sealed."""
    return f"books:{conference}"


def stuck_check(conference: str) -> str:
    """Under which id the books of a conference are noted that can't be recomputed."""
    return f"check:{conference}"


def stuck(database: Database, id_: str) -> Stuck | None:
    """Why this can't go on by itself; None while it goes on."""
    found = read(database, STUCK, id_)
    return found if found and not found.is_over else None


def stuck_now(database: Database) -> list[Stuck]:
    """What can't go on by itself, the longest first."""
    found = database.mongo[STUCK.name].find({"is_over": False}).sort("since", ASCENDING)
    return [STUCK.state(each) for each in found.limit(STUCK_COUNT_MAX)]


COLLECTIONS = (
    LEDGER,
    CHAIN_HEADS,
    CHAIN_CHECKS,
    STUCK,
)
