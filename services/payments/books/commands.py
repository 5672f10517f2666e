"""What is written in the books: transactions, their seals, the checks of the seals, and what can't go on."""

from collections.abc import Iterable
from dataclasses import replace

from services.payments.books.domain.ledger import (
    ChainCheck,
    ChainHead,
    Transaction,
    begun_anew,
    check,
    check_balanced,
    count,
    is_check_due,
    is_check_old,
    seal,
)
from services.payments.books.store import CHAIN_CHECKS, CHAIN_HEADS, LEDGER, STUCK, Stuck
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.telemetry import log
from shared.unit import Unit

SEAL_COUNT = 500  # transactions sealed in one transaction of the database


def book(unit: Unit, transactions: Iterable[Transaction]) -> None:
    """Add transactions to the ledger, each once under its source; raises `Unbalanced`."""
    for each in transactions:
        unit.add(LEDGER, check_balanced(each))


@job()
def note_stuck(unit: Unit, *, id_: str, reason: str, conference: str = "") -> None:
    """Something can't go on, for this reason: a person is shown it until it does."""
    known = unit.load(STUCK, id_)
    if known is None or known.is_over:
        unit.save(STUCK, Change(Stuck(id=id_, reason=reason, since=unit.now, conference=conference)))
    elif known.reason != reason:
        unit.save(STUCK, Change(replace(known, reason=reason)))


@job()
def note_going(unit: Unit, *, id_: str) -> None:
    """What was stuck goes on."""
    known = unit.load(STUCK, id_)
    if known is not None and not known.is_over:
        unit.save(STUCK, Change(replace(known, is_over=True)))


@job()
def seal_books(unit: Unit, *, conference: str) -> int:
    """The newest transactions of one conference get their place in its chain, and are in its balances; how many."""
    head = unit.load(CHAIN_HEADS, conference) or ChainHead(id=conference)
    if head.counted_number < head.number:
        unit.save(CHAIN_HEADS, Change(count(head, _next_sealed(unit, head, behind=head.counted_number))))
        return SEAL_COUNT  # sealed before balances were kept: there is more to do
    where = {"conference": conference, "is_sealed": False}
    found = unit.of(LEDGER).find(where, session=unit.session).sort("_id", 1).limit(SEAL_COUNT)
    head, sealed = seal(head, [LEDGER.state(each) for each in found])
    for each in sealed:
        place = {"is_sealed": True, "number": each.number, "prev_hash": each.prev_hash, "hash": each.hash}
        unit.require(LEDGER, {"_id": each.id, "is_sealed": False}, {"$set": place})
    if sealed:
        unit.save(CHAIN_HEADS, Change(count(head, sealed)))
    return len(sealed)


@job()
def check_chain(unit: Unit, *, conference: str) -> bool:
    """One conference's chain is recomputed over its next transactions. True: there is more of it."""
    head, now = unit.load(CHAIN_HEADS, conference), host_now()
    known = unit.load(CHAIN_CHECKS, conference) or ChainCheck(id=conference)
    if head is None or not is_check_due(known, head=head, now=now):
        return False
    if (known.is_over and is_check_old(known, now=now)) or known.began_at is None:
        known = begun_anew(known, now=now)
    after = check(known, _next_sealed(unit, head, behind=known.number), head=head, now=now)
    unit.save(CHAIN_CHECKS, Change(after))
    if after.is_over and after.fault:
        log.error("sealed books have changed", conference=conference, fault=after.fault)
    return not after.is_over


def _next_sealed(unit: Unit, head: ChainHead, *, behind: int) -> list[Transaction]:
    """The next transactions of a chain in its order; none where the chain has a hole as long as one look."""
    places = {"$gt": behind, "$lte": head.number}
    where = {"conference": head.id, "is_sealed": True, "number": places}
    found = unit.of(LEDGER).find(where, session=unit.session).sort("number", 1).limit(SEAL_COUNT)
    return [LEDGER.state(each) for each in found]
