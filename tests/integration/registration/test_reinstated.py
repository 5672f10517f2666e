"""A cancelled session that a later release reinstates: seats are seats again, on the real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registration.changing import jobs
from services.registration.changing.commands.cancelled_session import KIND
from services.registration.changing.store import RUNS
from shared.contracts.registration import OptionCancelled, OptionMoved
from shared.contracts.scheduling import SessionScheduled
from shared.jobs import Claim, LeaseLost
from tests.integration.registration_house import House
from tests.integration.registration_sessions import (
    UNTIL,
    cancel_session,
    choose,
    page,
    paid,
    session_cancelled,
    states,
    taken,
)

HELD = {"a-07": "held"}
ASKED = {"a-07": "cancelled_by_organiser"}
GIVEN_BACK = {"a-07": "given_back"}


def scheduled(release: int = 3, *, is_reinstated: bool = True) -> SessionScheduled:
    """A release puts A-07 on the programme, usually back on it."""
    return SessionScheduled(
        session="ses_07",
        conference="74th",
        release=release,
        uid="ses_07@reconvene.example",
        sequence=release - 1,
        code="A-07",
        title="Records in a crisis",
        room="Room 4",
        starts=datetime(2020, 5, 18, 14, tzinfo=UTC),
        ends=datetime(2020, 5, 18, 18, tzinfo=UTC),
        is_reinstated=is_reinstated,
    )


def reinstate_session(house: House, release: int = 3) -> None:
    """The session takes place after all, and everyone with a seat in it has it again."""
    house.hear(scheduled(release))
    house.look_again()


def let_the_deadline_pass(house: House, until: datetime = UNTIL) -> None:
    """The time for choosing is over, and all runs have looked."""
    house.database.clock.move(until)
    for _ in range(2):
        house.look_again()


def steps(house: House) -> dict[str, str]:
    """How far the runs of the session are; a run with a job is told by a star."""
    found = house.database.mongo[RUNS.name].find().sort("_id", 1)
    return {each["_id"]: each["step"] + ("*" if "job" in each else "") for each in found}


def claimed(house: House) -> Claim[Any]:
    """The one run that is due, in the hands of a process."""
    return house.claimed(KIND.name)


def test_a_session_reinstated_before_the_deadline_refunds_nobody_and_is_sold_again(registration: House) -> None:
    id_ = paid(registration, "a-07", "banquet")
    before = registration.registration(id_)
    cancel_session(registration)
    assert registration.post(options=["a-07"]).status_code == 409

    reinstate_session(registration)

    assert registration.registration(id_) == before
    assert "is cancelled" not in page(registration, id_)
    refused = choose(registration, id_, {"choice": "refund"})
    assert refused.status_code == 409
    assert "takes place as planned, so there is nothing to choose" in refused.json["detail"]
    registration.register(options=["a-07"])
    assert taken(registration) == {"a-07": 2, "banquet": 1}
    let_the_deadline_pass(registration)
    assert registration.said(OptionCancelled) == []
    assert steps(registration) == {"ses_07:2": "settled"}


def test_who_chose_before_the_session_was_reinstated_stays_as_they_chose(registration: House) -> None:
    moved, refunded, silent = (paid(registration, "a-07") for _ in range(3))
    cancel_session(registration)
    choose(registration, moved, {"choice": "move", "session": "ses_09"})
    choose(registration, refunded, {"choice": "refund"})

    reinstate_session(registration)
    let_the_deadline_pass(registration)

    assert [states(registration, each) for each in (moved, refunded, silent)] == [{"a-09": "held"}, GIVEN_BACK, HELD]
    assert taken(registration) == {"a-07": 1, "a-09": 1}
    assert [said.registration for said in registration.said(OptionCancelled)] == [refunded]
    assert len(registration.said(OptionMoved)) == 1


def test_after_the_deadline_what_was_given_back_stays_so_and_places_are_sold_again(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    let_the_deadline_pass(registration)
    assert steps(registration) == {"ses_07:2": "settled"}

    reinstate_session(registration)

    assert states(registration, id_) == GIVEN_BACK
    registration.register(options=["a-07"])
    assert taken(registration) == {"a-07": 1}
    assert steps(registration) == {"ses_07:2": "settled"}


def test_nobody_is_offered_a_seat_whose_price_they_had_back(registration: House) -> None:
    id_ = paid(registration, "a-07", "a-09")
    cancel_session(registration, alternatives=())
    reinstate_session(registration)

    cancel_session(registration, session="ses_09", code="A-09", alternatives=("ses_07",))

    assert {said.product for said in registration.said(OptionCancelled)} == {"a-07", "a-09"}
    assert states(registration, id_) == {"a-07": "given_back", "a-09": "given_back"}


def test_a_session_that_is_cancelled_again_asks_again_and_refunds_at_the_new_deadline(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)
    reinstate_session(registration)
    later = UNTIL + timedelta(days=7)
    bought = paid(registration, "a-07")

    cancel_session(registration, release=4, choose_until=later)

    assert [states(registration, each) for each in (id_, bought)] == [ASKED, ASKED]
    assert registration.post(options=["a-07"]).status_code == 409
    let_the_deadline_pass(registration)
    assert registration.said(OptionCancelled) == []
    let_the_deadline_pass(registration, later)
    assert sorted(said.registration for said in registration.said(OptionCancelled)) == sorted([id_, bought])
    assert taken(registration) == {}
    assert steps(registration) == {"ses_07:2": "settled", "ses_07:4": "settled"}


@pytest.mark.parametrize("is_reopened", [False, True])
def test_a_session_cancelled_again_while_seats_are_restored_asks_everyone_by_the_new_terms(
    registration: House, monkeypatch: pytest.MonkeyPatch, is_reopened: bool
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 2)
    ids = [paid(registration, "a-07") for _ in range(3)]
    cancel_session(registration)
    registration.hear(scheduled())
    claim = claimed(registration)
    if is_reopened:
        registration.take_steps(claim, 2)
    later = UNTIL + timedelta(days=7)

    registration.hear(session_cancelled(release=4, choose_until=later))

    with pytest.raises(LeaseLost):
        registration.take_steps(claim, 1)
    registration.look_again()
    assert {registration.registration(each).options[0].choose_until for each in ids} == {later}
    assert registration.post(options=["a-07"]).status_code == 409
    let_the_deadline_pass(registration)
    assert registration.said(OptionCancelled) == []
    assert steps(registration) == {"ses_07:2": "settled", "ses_07:4": "settling*"}


@pytest.mark.parametrize("done_count", [0, 1, 2])
def test_a_run_that_is_under_way_marks_nobody_once_the_session_is_reinstated(
    registration: House, monkeypatch: pytest.MonkeyPatch, done_count: int
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 3)
    ids = [paid(registration, "a-07") for _ in range(7)]
    registration.hear(session_cancelled())
    claim = claimed(registration)
    registration.take_steps(claim, done_count)

    registration.hear(scheduled())

    with pytest.raises(LeaseLost):
        registration.take_steps(claim, 1)
    registration.look_again()
    let_the_deadline_pass(registration)
    assert [states(registration, each) for each in ids] == [HELD] * 7
    assert registration.said(OptionCancelled) == []
    registration.register(options=["a-07"])
    assert steps(registration) == {"ses_07:2": "settled"}


def test_a_deadline_that_is_under_way_refunds_nobody_else_once_the_session_is_reinstated(
    registration: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 3)
    ids = [paid(registration, "a-07") for _ in range(7)]
    cancel_session(registration)
    registration.database.clock.move(UNTIL)
    registration.database.mongo[RUNS.name].update_many({}, {"$set": {"job.due_at": UNTIL}})
    claim = claimed(registration)
    registration.take_steps(claim, 1)

    registration.hear(scheduled())

    with pytest.raises(LeaseLost):
        registration.take_steps(claim, 1)
    for _ in range(2):
        registration.look_again()
    refunded = {said.registration for said in registration.said(OptionCancelled)}
    assert len(refunded) == 3
    assert all(states(registration, each) == (GIVEN_BACK if each in refunded else HELD) for each in ids)
    assert taken(registration) == {"a-07": 4}


def test_seats_are_restored_in_chunks_and_again_after_a_crash(
    registration: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK_SIZE", 3)
    ids = [paid(registration, "a-07") for _ in range(7)]
    cancel_session(registration)
    registration.hear(scheduled())
    claim = claimed(registration)
    registration.take_steps(claim, 2)  # and here its process is killed
    assert [states(registration, each) for each in ids].count(HELD) == 3

    registration.look_again()

    assert [states(registration, each) for each in ids] == [HELD] * 7
    assert steps(registration) == {"ses_07:2": "settled"}


def test_news_that_comes_twice_late_or_all_at_once_leaves_the_last_release_its_word(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancelled, again = session_cancelled(), session_cancelled(release=4)

    registration.hear(cancelled, scheduled(), scheduled(), cancelled)
    registration.look_again()
    registration.hear(cancelled)
    registration.look_again()
    assert (states(registration, id_), steps(registration)) == (HELD, {"ses_07:2": "settled"})

    registration.hear(again)
    registration.look_again()
    registration.hear(scheduled(), cancelled, again)
    registration.look_again()
    assert states(registration, id_) == ASKED
    assert steps(registration) == {"ses_07:2": "settled", "ses_07:4": "settling*"}


def test_a_reinstatement_that_comes_before_its_cancellation_is_not_undone_by_it(registration: House) -> None:
    id_ = paid(registration, "a-07")

    registration.hear(scheduled())
    cancel_session(registration)
    let_the_deadline_pass(registration)

    assert (states(registration, id_), steps(registration)) == (HELD, {})
    registration.register(options=["a-07"])


def test_a_session_that_is_scheduled_for_the_first_time_turns_nothing_back(registration: House) -> None:
    id_ = paid(registration, "a-07")
    cancel_session(registration)

    registration.hear(scheduled(is_reinstated=False))
    registration.look_again()

    assert states(registration, id_) == ASKED
