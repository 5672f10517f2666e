"""What is said after a restore, matched with what had been said before it."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from shared.contracts.envelope import Event
from shared.contracts.payments import RefundReversed, RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.recall import LEFT, PENDING, RECALLED, Behind, repeat

ADVANCED = RefundRunAdvanced(
    run="r",
    conference="c",
    worked_out_count=2,
    ended_count=1,
    refund_open_count=1,
    refund_settled_count=0,
    refunds_payable_minor=57500,
    currency="USD",
)
COMPLETED = RefundRunCompleted(
    run="r",
    conference="c",
    revision=1,
    count=2,
    digest="d",
    currency="USD",
    refunded_minor=57500,
    credited_minor=0,
    donated_minor=0,
    kept_minor=0,
    voided_minor=0,
    released_minor=0,
)
REOPENED = RefundRunReopened(run="r", conference="c", revision=2, reason="money came late")


def rows(*events: Event, mark: str = PENDING) -> list[dict[str, Any]]:
    return [
        {"_id": f"r:{number}", "sequence": number, "type": each.type, "data": msgspec.json.encode(each), RECALLED: mark}
        for number, each in enumerate(events, start=1)
    ]


def test_the_same_fact_is_not_said_a_second_time() -> None:
    assert repeat(COMPLETED, rows(COMPLETED, REOPENED)) == repeat(COMPLETED, rows(COMPLETED, REOPENED))
    assert not repeat(COMPLETED, rows(COMPLETED)).is_new
    assert repeat(COMPLETED, rows(COMPLETED, REOPENED)).found == ("r:1",)


def test_how_a_decision_came_about_may_differ() -> None:
    assert not repeat(replace(REOPENED, reason="a refund came back"), rows(REOPENED)).is_new


def test_what_a_refund_had_been_paid_with_was_not_said_at_first() -> None:
    said = RefundReversed(
        order="r",
        registration="reg",
        conference="c",
        person="p",
        run="run",
        refund="refund",
        rail="card",
        amount_minor=57500,
        currency="USD",
        reason="closed",
        attempt=1,
    )
    assert not repeat(replace(said, paid_by="debit"), rows(said)).is_new


@pytest.mark.parametrize("other", [replace(COMPLETED, refunded_minor=57400), REOPENED], ids=["a cent", "another fact"])
def test_another_fact_waits_for_what_had_been_said(other: Event) -> None:
    with pytest.raises(Behind) as refused:
        repeat(other, rows(COMPLETED))
    assert "refund run completed, r:1" in str(refused.value)


def test_figures_of_a_moment_need_not_come_again() -> None:
    assert repeat(COMPLETED, rows(ADVANCED, ADVANCED, COMPLETED)).found == ("r:3", "r:1", "r:2")
    assert repeat(REOPENED, rows(ADVANCED)).is_new
    assert repeat(replace(ADVANCED, ended_count=2), rows(ADVANCED)).is_new


def test_figures_of_an_earlier_moment_are_not_said_while_later_facts_are_known() -> None:
    repeated = repeat(ADVANCED, rows(ADVANCED, COMPLETED))
    assert (repeated.is_new, repeated.found) == (False, ())


def test_what_a_person_gave_up_holds_nothing_up() -> None:
    repeated = repeat(REOPENED, rows(COMPLETED, mark=LEFT))
    assert (repeated.is_new, repeated.found) == (True, ("r:1",))


def test_a_row_that_can_not_be_read_holds_its_aggregate_up() -> None:
    with pytest.raises(Behind):
        repeat(COMPLETED, [{"_id": "r:1", "sequence": 1, "type": COMPLETED.type, "data": b"{", RECALLED: PENDING}])
