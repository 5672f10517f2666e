"""A conference is postponed: what that is, whom it is refused, and when nothing of it is missing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.scheduling.conferences.domain import conference as domain
from services.scheduling.conferences.domain.conference import (
    Conference,
    ConferenceHasBegun,
    ConferenceIsCancelled,
    ConferenceIsDraft,
    ConferenceIsPostponed,
    Disposition,
    FieldRefused,
    Life,
)
from services.scheduling.decisions.commands.postponing import KIND
from services.scheduling.decisions.domain import disruption
from services.scheduling.decisions.domain.board import figures, headline, steps
from services.scheduling.decisions.domain.decision import Facts
from services.scheduling.decisions.domain.disruption import Disruption, Report, State, told_id
from services.scheduling.decisions.domain.stakes import Stakes
from shared.change import Change
from shared.contracts.payments import RefundRunCompleted
from shared.contracts.registration import RunLeaversClosed, RunPopulationClosed
from shared.contracts.scheduling import ConferencePostponed
from shared.ids import digest_of
from shared.problem import Refusal

NOW = datetime(2020, 4, 9, 14, 0, tzinfo=UTC)  # nine in the morning in St. Louis
LONG_AFTER = datetime(2020, 9, 1, 14, 0, tzinfo=UTC)
OPEN = Conference(
    id="conf_74",
    key="74th",
    title="74th Annual Conference",
    city="St. Louis, Missouri",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    life=Life.OPEN,
)
IDS = ["reg_a", "reg_b", "reg_c"]


def postponed(
    conference: Conference = OPEN, *, choose_by: date = date(2020, 4, 30), now: datetime = NOW
) -> Change[Conference]:
    return domain.postpone(
        conference, run="run_p", reason="No hall.", decision="The board postpones.", choose_by=choose_by, now=now
    )


def cancelled(conference: Conference, *, now: datetime = NOW) -> Change[Conference]:
    return domain.cancel(
        conference, run="run_c", reason="No.", decision="It ends.", choose_by=date(2020, 9, 20), now=now
    )


def test_it_says_that_its_days_hold_no_longer_and_until_when_people_choose() -> None:
    change = postponed()

    assert change.events == (
        ConferencePostponed(
            conference="conf_74",
            run="run_p",
            reason="No hall.",
            decision="The board postpones.",
            postponed_on=date(2020, 4, 9),
            choose_by=date(2020, 4, 30),
            choose_until=datetime(2020, 5, 1, 5, 0, tzinfo=UTC),
        ),
    )
    assert (change.state.disposition, change.state.event_status) == (Disposition.POSTPONED, "EventPostponed")


def test_nobody_registers_and_its_old_days_pass_without_it() -> None:
    known = postponed().state

    assert not known.takes_registrations_at(NOW)
    assert known.life_at(datetime(2020, 5, 18, 14, tzinfo=UTC)) is Life.OPEN
    assert known.life_at(LONG_AFTER) is Life.OPEN


def test_it_may_be_cancelled_after_all_though_its_old_days_are_over() -> None:
    known = postponed().state

    after = cancelled(known, now=LONG_AFTER).state

    assert (after.is_cancelled, after.is_postponed, after.postponement) == (True, False, known.postponement)


@pytest.mark.parametrize(
    ("conference", "now", "refusal", "sentence"),
    [
        (replace(OPEN, life=Life.DRAFT), NOW, ConferenceIsDraft, "is only a draft. Nothing was postponed."),
        (postponed().state, NOW, ConferenceIsPostponed, "was postponed on"),
        (cancelled(OPEN, now=NOW.replace(month=4)).state, NOW, ConferenceIsCancelled, "stays cancelled."),
        (OPEN, datetime(2020, 5, 17, 14, tzinfo=UTC), ConferenceHasBegun, "what has begun isn't postponed"),
    ],
)
def test_what_cannot_be_postponed_is_refused_with_the_reason(
    conference: Conference, now: datetime, refusal: type[Refusal], sentence: str
) -> None:
    with pytest.raises(refusal) as refused:
        postponed(conference, now=now, choose_by=date(2020, 5, 30))

    assert sentence in refused.value.detail
    assert "Nothing was postponed" in refused.value.detail


@pytest.mark.parametrize("choose_by", [date(2020, 4, 8), date(2020, 12, 24)])
def test_a_last_day_that_makes_no_sense_is_refused_at_its_field(choose_by: date) -> None:
    with pytest.raises(FieldRefused, match="Nothing was postponed; give a day"):
        postponed(choose_by=choose_by)


def test_the_kind_of_decision_refuses_as_the_conference_does_and_wants_a_last_day() -> None:
    with pytest.raises(FieldRefused, match="until which day people may choose"):
        KIND.must_be_possible(OPEN, Facts(reason="No hall.", text="Postponed."), NOW)
    with pytest.raises(ConferenceIsPostponed):
        KIND.must_be_possible(postponed().state, Facts(reason="x", text="y", choose_by=date(2020, 4, 30)), NOW)


def begun() -> Disruption:
    return disruption.begin(postponed().state, stakes=Stakes(id="conf_74"), now=NOW)


def asked(record: Disruption) -> Disruption:
    said = RunPopulationClosed(run="run_p", conference="conf_74", count=len(IDS), digest=digest_of(IDS))
    return disruption.closed(record, said)


def told(record: Disruption) -> Disruption:
    for each in IDS:
        record = disruption.heard(record, before=None, after=Report(id=told_id("run_p", each), how="mail"))
    return disruption.compared(record, told_count=len(IDS), told_digest=digest_of(IDS))


def left(record: Disruption, ids: Sequence[str]) -> Disruption:
    said = RunLeaversClosed(run="run_p", conference="conf_74", count=len(ids), digest=digest_of(ids))
    return disruption.left(record, said)


def settled(record: Disruption, ids: Sequence[str]) -> Disruption:
    said = RefundRunCompleted(
        run="run_p",
        conference="conf_74",
        revision=1,
        count=len(ids),
        digest=digest_of(ids),
        currency="USD",
        refunded_minor=57500,
        credited_minor=0,
        donated_minor=0,
        kept_minor=0,
        voided_minor=0,
        released_minor=0,
    )
    return disruption.settled(record, said)


def test_it_runs_until_everybody_was_asked_and_settles_when_those_who_left_are_settled() -> None:
    states = [begun().state, asked(begun()).state]
    states.append(told(asked(begun())).state)
    states.append(left(told(asked(begun())), IDS[:1]).state)
    states.append(settled(left(told(asked(begun())), IDS[:1]), IDS[:1]).state)

    assert states == [State.RUNNING, State.SETTLING, State.SETTLING, State.SETTLING, State.SETTLED]


def test_where_nobody_leaves_there_is_no_money_to_wait_for() -> None:
    assert left(told(asked(begun())), []).state is State.SETTLED


def test_money_of_others_than_those_who_left_does_not_settle_it() -> None:
    record = settled(left(told(asked(begun())), IDS[:1]), IDS[1:2])

    assert record.state is State.SETTLING
    assert "finance must look into it" in steps(record)[2].words


def test_the_board_says_who_was_asked_and_what_is_still_missing() -> None:
    record = left(asked(begun()), IDS[:1])

    assert headline(record) == "Everybody is asked whether they wait. Messages, choices and money are under way."
    assert [each.title for each in steps(record)] == [
        "Payers asked",
        "Everyone told",
        "Choices final and settled",
        "Refunds",
    ]
    assert figures(record)["missing"] == {"told": 3, "worked_out": 1, "settled": 1}
