"""What is at stake before a decision, and when a decision is settled, in whatever order the news arrives."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.conferences.domain.conference import Cancellation, Conference, Disposition, Life
from services.scheduling.decisions.domain import board, disruption
from services.scheduling.decisions.domain.disruption import Disruption, Report, State
from services.scheduling.decisions.domain.stakes import Bill, Part, Stakes, billed, paid_off, raised
from shared.contracts.payments import RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.contracts.registration import RegistrationConfirmed, RegistrationRunClosed
from shared.ids import digest_of

NOW = datetime(2020, 4, 9, 14, 0, tzinfo=UTC)
CANCELLED = Conference(
    id="conf_74",
    key="74th",
    title="74th Annual Conference",
    city="St. Louis, Missouri",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    life=Life.OPEN,
    disposition=Disposition.CANCELLED,
    cancellation=Cancellation(
        run="run_1",
        reason="It would not be safe.",
        decision="The board cancels.",
        cancelled_on=date(2020, 4, 9),
        choose_by=date(2020, 4, 30),
        choose_until=datetime(2020, 5, 1, 5, 0, tzinfo=UTC),
    ),
)
IDS = ["reg_a", "reg_b", "reg_c"]
BEGUN = disruption.begin(CANCELLED, stakes=Stakes(id="conf_74"), now=NOW)


def confirmed(
    tender: str, *, total_minor: int = 57500, guest_count: int = 0, is_paid: bool = True
) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        registration="reg_a",
        conference="conf_74",
        person="per_a",
        order="ord_a",
        tender=tender,
        currency="USD",
        total_minor=total_minor,
        guest_count=guest_count,
        is_paid=is_paid,
    )


def closed(ids: list[str]) -> RegistrationRunClosed:
    return RegistrationRunClosed(run="run_1", conference="conf_74", count=len(ids), digest=digest_of(ids))


def completed(ids: list[str], *, revision: int = 1) -> RefundRunCompleted:
    return RefundRunCompleted(
        run="run_1",
        conference="conf_74",
        revision=revision,
        count=len(ids),
        digest=digest_of(ids),
        currency="USD",
        refunded_minor=57500,
        credited_minor=57500,
        donated_minor=0,
        kept_minor=0,
        voided_minor=65000,
        released_minor=0,
    )


def advanced(**figures: int) -> RefundRunAdvanced:
    counts = {"worked_out_count": 0, "ended_count": 0, "refund_open_count": 0, "refund_settled_count": 0}
    return RefundRunAdvanced(
        run="run_1", conference="conf_74", currency="USD", **{"refunds_payable_minor": 0, **counts, **figures}
    )


def told(record: Disruption, ids: list[str], *, how: str = "mail") -> Disruption:
    for each in ids:
        record = disruption.heard(record, before=None, after=Report(id=disruption.told_id("run_1", each), how=how))
    return record


def compared(record: Disruption, ids: list[str]) -> Disruption:
    return disruption.compared(record, told_count=len(ids), told_digest=digest_of(ids))


def everything() -> Disruption:
    record = compared(told(disruption.closed(BEGUN, closed(IDS)), IDS), IDS)
    return disruption.settled(record, completed(IDS))


def test_stakes_keep_money_held_apart_from_grants_and_from_open_purchase_orders() -> None:
    stakes = Stakes(id="conf_74")
    for each in (
        confirmed("card", total_minor=82500, guest_count=1),
        confirmed("card"),
        confirmed("cheque"),
        confirmed("grant"),
        confirmed("purchase_order", total_minor=65000, is_paid=False),
    ):
        stakes = raised(stakes, each)

    assert stakes == Stakes(
        id="conf_74",
        parts={
            "card": Part(registration_count=2, guest_count=1, paid_minor=140000),
            "cheque": Part(registration_count=1, paid_minor=57500),
            "grant": Part(registration_count=1, paid_minor=57500),
            "purchase_order": Part(registration_count=1, open_minor=65000),
        },
    )
    assert (stakes.held_minor, stakes.granted_minor, stakes.open_minor) == (197500, 57500, 65000)
    assert stakes.whole == Part(registration_count=5, guest_count=1, paid_minor=255000, open_minor=65000)


def test_a_decision_is_settled_when_the_sets_told_and_settled_equal_the_set_that_ended() -> None:
    assert everything().state is State.SETTLED


def test_a_decision_runs_until_registration_has_ended_all_then_settles() -> None:
    assert BEGUN.state is State.RUNNING
    assert disruption.closed(BEGUN, closed(IDS)).state is State.SETTLING


def test_as_many_told_but_others_is_not_settled() -> None:
    others = ["reg_a", "reg_b", "reg_x"]

    record = disruption.settled(compared(told(disruption.closed(BEGUN, closed(IDS)), others), others), completed(IDS))

    assert record.state is State.SETTLING
    assert not record.is_everyone_told


def test_as_many_settled_but_others_is_not_settled_and_the_board_says_so() -> None:
    record = compared(told(disruption.closed(BEGUN, closed(IDS)), IDS), IDS)

    record = disruption.settled(record, completed(["reg_a", "reg_b", "reg_x"]))

    assert record.state is State.SETTLING
    assert "other registrations" in board.steps(record)[3].words


def test_a_comparison_that_others_have_overtaken_counts_for_nothing() -> None:
    record = told(disruption.closed(BEGUN, closed(IDS)), IDS)

    assert disruption.compared(record, told_count=2, told_digest=digest_of(IDS[:2])) == record


def test_a_comparison_is_due_only_when_enough_were_told() -> None:
    record = disruption.closed(told(BEGUN, IDS[:2]), closed(IDS))

    assert not told(BEGUN, IDS).must_compare
    assert not record.must_compare
    assert told(record, IDS[2:]).must_compare
    assert not everything().must_compare


def test_a_conference_without_registrations_settles_without_a_word_of_payments() -> None:
    record = disruption.closed(BEGUN, closed([]))

    assert record.must_compare
    assert compared(record, []).state is State.SETTLED
    assert disruption.settled(compared(record, []), completed([])).state is State.SETTLED


def test_a_refund_that_came_back_takes_a_settled_decision_back_to_settling() -> None:
    reopened = RefundRunReopened(run="run_1", conference="conf_74", revision=2, reason="a card refund came back")

    record = disruption.reopened(everything(), reopened)

    assert record.state is State.SETTLING
    assert "open again: a card refund came back." in board.steps(record)[3].words
    assert disruption.settled(record, completed(IDS, revision=2)).state is State.SETTLED


def test_a_bounced_message_is_not_told_until_a_letter_is() -> None:
    mail, letter = Report(id="run_1:told:reg_a", how="bounced"), Report(id="run_1:told:reg_a", how="letter")

    bounced = disruption.heard(BEGUN, before=None, after=mail)
    by_letter = disruption.heard(bounced, before=mail, after=letter)

    assert (bounced.told_count, bounced.letter_count, bounced.bounced_count) == (0, 0, 1)
    assert (by_letter.told_count, by_letter.letter_count, by_letter.bounced_count) == (1, 1, 0)


def test_who_was_told_stays_told_and_is_counted_once() -> None:
    mail, bounced = Report(id="run_1:told:reg_a", how="mail"), Report(id="run_1:told:reg_a", how="bounced")
    record = disruption.heard(BEGUN, before=None, after=mail)

    assert disruption.heard(record, before=mail, after=mail) == record
    assert disruption.heard(record, before=mail, after=bounced) == record


def test_the_last_word_of_payments_leaves_nothing_open_on_the_board() -> None:
    record = disruption.advanced(
        disruption.closed(BEGUN, closed(IDS)),
        advanced(
            worked_out_count=3,
            ended_count=1,
            refund_open_count=1,
            refund_settled_count=1,
            refunds_payable_minor=57500,
            balance_short_minor=100,
        ),
    )

    figures = board.figures(disruption.settled(record, completed(IDS)))

    expected = {"settled_count": 3, "refund_open_count": 0, "refund_settled_count": 2, "refunds_payable_minor": 0}
    assert {name: figures[name] for name in expected} == expected
    assert figures["balance_short_minor"] == 0
    assert figures["missing"] == {"told": 3, "worked_out": 0, "settled": 0}


def test_the_board_says_what_waits_for_choices_beside_what_is_owed() -> None:
    record = disruption.advanced(
        disruption.closed(BEGUN, closed(IDS)), advanced(worked_out_count=3, ended_count=0, choice_open_minor=56550000)
    )

    (choices,) = [each for each in board.steps(record) if each.title == "Choices made and settled"]
    assert "$565,500.00 waits for registrants' choices." in choices.words
    assert board.figures(record)["choice_open_minor"] == 56550000
    after = disruption.settled(record, completed(IDS))
    assert board.figures(after)["choice_open_minor"] == 0
    assert not any("waits for registrants" in each.words for each in board.steps(after))


def test_what_is_missing_is_unknown_before_registration_has_closed_the_run() -> None:
    assert board.figures(told(BEGUN, IDS[:1]))["missing"] is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_board_has_words_for_none_one_and_several(count: int) -> None:
    record = disruption.closed(BEGUN, closed(IDS[:count]))

    words = board.steps(record)[0].words

    assert words == f"{['0 of 0', '1 of 1', 'All 2'][count]} registrations have ended. Nobody can register any more."


NEWS: dict[str, Callable[[Disruption], Disruption]] = {
    "closed": lambda record: disruption.closed(record, closed(IDS)),
    "told a": lambda record: told(record, IDS[:1]),
    "told b by letter": lambda record: told(record, IDS[1:2], how="letter"),
    "told c": lambda record: told(record, IDS[2:]),
    "advanced": lambda record: disruption.advanced(record, advanced(worked_out_count=2, ended_count=1)),
    "completed": lambda record: disruption.settled(record, completed(IDS)),
    "ended": disruption.one_ended,
}


@given(order=st.permutations(sorted(NEWS)))
def test_the_news_may_arrive_in_any_order(order: list[str]) -> None:
    record, heard = BEGUN, set[str]()
    for each in order:
        record = NEWS[each](record)
        if record.must_compare:
            record = compared(record, IDS)
        heard.add(each)
        is_complete = {"closed", "completed", "told a", "told b by letter", "told c"} <= heard
        assert (record.state is State.SETTLED) == is_complete


def on_purchase_order(total_minor: int = 65000) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        registration="reg_1",
        conference="conf_74",
        person="per_1",
        order="ord_1",
        tender="purchase_order",
        currency="USD",
        total_minor=total_minor,
        guest_count=0,
        is_paid=False,
    )


def at_stake(*steps: int | RegistrationConfirmed) -> Part:
    """A purchase order's part after a confirmation, and money in so many parts, in this order."""
    stakes, bill = Stakes(id="conf_74"), Bill(id="reg_1")
    for step in steps:
        if isinstance(step, int):
            stakes, bill = paid_off(stakes, bill, amount_minor=step)
        else:
            stakes, bill = billed(raised(stakes, step), bill, step)
    return stakes.parts["purchase_order"]


@pytest.mark.parametrize("steps", list(permutations([20000, 45000, on_purchase_order()])))
def test_a_purchase_order_that_is_paid_is_not_open_any_more_whatever_is_heard_first(
    steps: tuple[int | RegistrationConfirmed, ...],
) -> None:
    assert at_stake(*steps) == Part(registration_count=1, paid_minor=65000)


def test_a_purchase_order_that_is_paid_in_part_is_open_for_the_rest_and_never_paid_beyond_its_sum() -> None:
    assert at_stake(on_purchase_order(), 20000) == Part(registration_count=1, paid_minor=20000, open_minor=45000)
    assert at_stake(on_purchase_order(), 65000, 65000) == Part(registration_count=1, paid_minor=65000)
