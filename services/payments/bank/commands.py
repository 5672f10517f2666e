"""What payments writes about the provider's balance: its lines, the fees that come with them, payouts that arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.payments.bank import domain as balance
from services.payments.bank.domain import BalanceLine, Standing
from services.payments.bank.store import BALANCE_LINES
from services.payments.books.commands import book
from services.payments.books.domain.ledger import Account
from services.payments.books.domain.postings import (
    About,
    fee_moved,
    payout_arrived,
    payout_returned,
    processing_fee,
    provider_moved,
    taken_back,
)
from services.payments.books.store import LEDGER
from services.payments.orders.commands import about
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.provider.domain.events import ProviderEvent
from services.payments.provider.domain.shown import BalanceMove, Payout
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.store import OUTSIDE, REFUNDS
from services.payments.strays.domain import look_at, unexplained_move
from services.payments.strays.store import STRAYS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.jobs import Claim, due
from shared.telemetry import log
from shared.unit import Unit

FEE_LOOK_SECONDS = 600.0  # how often a fee that is not there yet is asked for, should no word of it arrive
ARRIVED, RETURNED = ("paid",), ("failed", "canceled")


@job(starts=[BALANCE_LINES])
def keep_lines(unit: Unit, *, moves: Sequence[BalanceMove]) -> None:
    """Lines that were read from the provider's balance, each once; what can't be booked yet waits for an hour."""
    known = _Known(unit, moves)
    for move in moves:
        standing = _book(unit, move, known)
        line = BalanceLine(id=move.id, move=move, standing=standing, found_at=unit.now)
        is_waiting = standing is Standing.WAITING
        unit.add(BALANCE_LINES, line, job=due(host_now() + balance.EXPLAIN_AFTER) if is_waiting else None)


@job(of=BALANCE_LINES)
def explain_line(unit: Unit, *, claim: Claim[BalanceLine]) -> None:
    """A line whose payment or refund was not known: it is by now, or a person is asked, and it is still looked for."""
    line = claim.state
    standing = _book(unit, line.move, _Known(unit, [line.move]))
    is_known = standing is Standing.BOOKED
    if is_known and line.standing is Standing.UNEXPLAINED:
        _take_back(unit, line.move)
    elif not is_known and line.standing is Standing.WAITING:
        _leave_to_people(unit, line.move)
    unit.save(BALANCE_LINES, Change(balance.booked(line) if is_known else balance.unexplained(line)))
    stray = unit.load(STRAYS, claim.id)
    if is_known or (stray is not None and stray.looked_at is not None):
        claim.finish(unit)
    else:
        claim.again(unit, after_seconds=balance.EXPLAIN_AFTER.total_seconds())


@job(of=PAYMENTS)
def note_fee(unit: Unit, *, claim: Claim[Payment], move: BalanceMove | None) -> None:
    """What the provider has charged for a payment, once it says so; until then it is asked now and then."""
    payment = unit.load(PAYMENTS, claim.id)
    if move is None and payment is not None and payment.is_fee_awaited:
        claim.again(unit, after_seconds=FEE_LOOK_SECONDS)
        return
    if move is not None and payment is not None:
        _book_fee(unit, payment, move)
    claim.finish(unit)


@job(of=PROVIDER_EVENTS, starts=[PAYMENTS])
def note_charge_updated(unit: Unit, *, claim: Claim[ProviderEvent]) -> None:
    """Something about a charge has changed: if its fee is awaited, it is asked for at once."""
    for payment in unit.find(PAYMENTS, {"reference": claim.state.object, "is_fee_awaited": True}):
        unit.schedule(PAYMENTS, payment.id, due())
    claim.finish(unit)


@job(of=PROVIDER_EVENTS)
def note_payout(unit: Unit, *, claim: Claim[ProviderEvent], told: Payout) -> None:
    """A payout as it is now: the bank has it, or had it and has sent it back."""
    house = _house(unit, told.currency, cause=told.id)
    arrived = payout_arrived(house, payout=told.id, amount_minor=told.amount_minor)
    if told.status in ARRIVED:
        book(unit, [arrived])
    elif told.status in RETURNED and unit.load(LEDGER, arrived.id) is not None:
        book(unit, [payout_returned(house, payout=told.id, amount_minor=told.amount_minor)])
    claim.finish(unit)


def explain_soon(unit: Unit, *, charge: str) -> None:
    """A payment, or a stray, has become known: the line that waited for it, or that nobody could explain, is next."""
    for line in unit.find(BALANCE_LINES, {"move.source": charge, "standing": {"$ne": Standing.BOOKED}}):
        unit.schedule(BALANCE_LINES, line.id, due())


class _Known:
    """What is known here of that these lines are about: one query per collection."""

    def __init__(self, unit: Unit, moves: Sequence[BalanceMove]) -> None:
        payments = [each.source for each in moves if balance.is_payment(each)]
        refunds = [each.source for each in moves if balance.is_refund(each)]
        found = unit.find(PAYMENTS, {"reference": {"$in": payments}, "provider_payment": {"$type": "string"}})
        self.payments: Mapping[str, Payment] = {each.reference: each for each in found}
        self.strays = _ids(unit, STRAYS.name, "charge", payments)
        self.refunds = _ids(unit, REFUNDS.name, "provider_refund", refunds) | _ids(unit, OUTSIDE.name, "_id", refunds)


def _book(unit: Unit, move: BalanceMove, known: _Known) -> Standing:
    """Book one line as far as it can be; what it is."""
    if balance.is_mirror(move):
        return Standing.BOOKED
    if balance.is_payment(move):
        payment = known.payments.get(move.source)
        if payment is not None and payment.currency == move.currency:
            _book_fee(unit, payment, move)
            return Standing.BOOKED
        if move.source in known.strays:
            return _book_against(unit, move, Account.UNALLOCATED)
        return Standing.WAITING
    if balance.is_refund(move):
        if move.source not in known.refunds:
            return Standing.WAITING
        moved = fee_moved(_house(unit, move.currency, cause=move.id), move=move.id, fee_minor=move.fee_minor)
        book(unit, [moved] if moved.lines else [])
        return Standing.BOOKED
    account = balance.account_against(move)
    if account is None:
        _leave_to_people(unit, move)
        return Standing.UNEXPLAINED
    return _book_against(unit, move, account)


def _book_against(unit: Unit, move: BalanceMove, account: Account) -> Standing:
    moved = provider_moved(
        _house(unit, move.currency, cause=move.id),
        balance_transaction=move.id,
        against=account,
        amount_minor=move.amount_minor,
        fee_minor=move.fee_minor,
    )
    book(unit, [moved] if moved.lines else [])
    return Standing.BOOKED


def _book_fee(unit: Unit, payment: Payment, move: BalanceMove) -> None:
    """The fee is in the books once, whoever has brought it."""
    order = unit.load(ORDERS, payment.order)
    if order is None or payment.currency != move.currency:  # the line itself is left to a person
        return
    if payment.is_fee_awaited or payment.fee_minor != move.fee_minor:
        unit.save(PAYMENTS, Change(replace(payment, fee_minor=move.fee_minor, is_fee_awaited=False)))
    fee = processing_fee(about(unit, order), payment=payment.id, fee_minor=move.fee_minor)
    book(unit, [fee] if fee.lines else [])


def _leave_to_people(unit: Unit, move: BalanceMove) -> None:
    log.error("a line of the provider's balance can't be explained", line=move.id, type=move.type)
    _book_against(unit, move, Account.UNALLOCATED)
    unit.add(STRAYS, unexplained_move(move, now=unit.now))


def _take_back(unit: Unit, move: BalanceMove) -> None:
    """It was on unallocated money, and belongs elsewhere: that booking is undone by another, and nobody need look."""
    wrong = provider_moved(
        _house(unit, move.currency, cause=move.id),
        balance_transaction=move.id,
        against=Account.UNALLOCATED,
        amount_minor=move.amount_minor,
        fee_minor=move.fee_minor,
    )
    book(unit, [taken_back(wrong)] if wrong.lines else [])
    stray = unit.load(STRAYS, move.id)
    if stray is not None and stray.looked_at is None:
        unit.save(STRAYS, Change(look_at(stray, note="It has found its payment or refund by itself.", now=unit.now)))


def _ids(unit: Unit, collection: str, field: str, wanted: Sequence[str]) -> frozenset[str]:
    found = unit.of(collection).find({field: {"$in": list(wanted)}}, {field: 1}, session=unit.session)
    return frozenset(each[field] for each in found)


def _house(unit: Unit, currency: str, *, cause: str) -> About:
    """A booking that is about no conference's order."""
    return About(conference="", order=None, payer=None, currency=currency, at=unit.now, cause=cause)
