"""The rules of the books: every transaction sums to zero, a deferral loses no cent, a sealed chain shows any change."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.books.domain.ledger import (
    TITLES,
    Account,
    ChainHead,
    Deferred,
    Line,
    Transaction,
    Unbalanced,
    check_balanced,
    first_fault,
    seal,
)
from services.payments.books.domain.postings import captured, provider_moved
from tests.unit.payments_builders import about


def transactions(count: int) -> list[Transaction]:
    return [captured(about(), payment=f"pay_{each}", tender="card", amount_minor=100 + each) for each in range(count)]


def test_a_transaction_that_does_not_sum_to_zero_is_refused() -> None:
    (good,) = transactions(1)

    with pytest.raises(Unbalanced):
        check_balanced(replace(good, lines=(*good.lines, Line(account=Account.BANK, amount_minor=1))))


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.data())
def test_taking_from_a_deferral_loses_no_cent(fee_minor: int, optional_minor: int, data: st.DataObject) -> None:
    deferred = Deferred(fee_minor=fee_minor, optional_minor=optional_minor)
    amount_minor = data.draw(st.integers(0, deferred.total_minor))

    taken, left = deferred.take(amount_minor)

    assert taken.total_minor == amount_minor
    assert taken.fee_minor + left.fee_minor == fee_minor
    assert taken.optional_minor + left.optional_minor == optional_minor
    assert min(taken.fee_minor, taken.optional_minor, left.fee_minor, left.optional_minor) >= 0


def test_no_more_is_taken_than_was_deferred() -> None:
    with pytest.raises(ValueError, match="can't be taken"):
        Deferred(fee_minor=1, optional_minor=1).take(3)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_a_chain_is_the_same_however_it_is_sealed_in_parts(sizes: list[int]) -> None:
    whole = transactions(sum(sizes))
    at_once = seal(ChainHead(id="74th"), whole)
    head, rest = ChainHead(id="74th"), whole
    parts: list[Transaction] = []
    for size in sizes:
        head, sealed = seal(head, rest[:size])
        parts, rest = [*parts, *sealed], rest[size:]

    assert (head, parts) == at_once
    assert first_fault(parts) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda each: replace(each, lines=()),
        lambda each: replace(each, cause="another"),
        lambda each: replace(each, number=9),
        lambda each: replace(each, prev_hash="0"),
        lambda each: replace(each, hash="0"),
    ],
)
def test_any_change_of_a_sealed_transaction_is_found(change: Callable[[Transaction], Transaction]) -> None:
    _, sealed = seal(ChainHead(id="74th"), transactions(4))
    sealed[1] = change(sealed[1])

    assert first_fault(sealed) is not None


def test_a_gap_and_a_swap_are_found() -> None:
    _, sealed = seal(ChainHead(id="74th"), transactions(4))

    assert first_fault([sealed[0], *sealed[2:]]) == "number 2 is missing"
    assert first_fault([sealed[1], sealed[0]]) == "number 1 is missing"


def test_a_top_up_comes_from_the_bank_and_a_fee_is_an_expense() -> None:
    moved = provider_moved(about(), balance_transaction="txn_1", against=Account.BANK, amount_minor=1000, fee_minor=10)
    fee = provider_moved(
        about(), balance_transaction="txn_2", against=Account.PROCESSING_FEES, amount_minor=-200, fee_minor=0
    )

    assert {str(line.account): line.amount_minor for line in moved.lines} == {"1020": 990, "5020": 10, "1000": -1000}
    assert {str(line.account): line.amount_minor for line in fee.lines} == {"1020": -200, "5020": 200}


def test_every_account_has_a_title() -> None:
    assert set(TITLES) == set(Account)
