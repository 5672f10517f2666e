"""Claims about decisions on the real database: two people, one decision at a time, undone without a trace or carried
out exactly once, and each refusal in words."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from services.scheduling.decisions.commands.cancelling import KIND
from services.scheduling.decisions.jobs.carrying_out import take_step
from services.scheduling.decisions.store.decisions import DECISIONS
from shared.jobs import LeaseLost
from tests.integration.decisions_town import FACTS, RESOLUTION, Deciding
from tests.integration.scheduling_town import DECISION, MORNING, Scheduling, scheduling
from tests.namespaces import Namespace
from tests.town import COMMITTEE


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


@pytest.fixture
def deciding(town: Scheduling) -> Iterator[Deciding]:
    """Two people, on that morning, with no decision under way."""
    town.service.parts.database.clock.move(MORNING)
    town.service.parts.database.mongo[DECISIONS.name].delete_many({})
    yield Deciding(town)
    town.service.parts.database.clock.move(MORNING)


def said(town: Scheduling, conference: str) -> list[str]:
    """What was said of a conference; that somebody wanted to know something changes nothing."""
    found = town.service.parts.database.mongo["events"].find({"key": conference}).sort("sequence", 1)
    names = [each["type"].removeprefix("reconvene.scheduling.").removesuffix(".v1") for each in found]
    return [each for each in names if each != "preview_asked"]


def refusal(response: Any) -> str:
    assert response.status_code in (409, 412, 422), response.text
    return str(response.get_json()["detail"])


def test_a_conference_is_cancelled_by_two_people_when_the_time_to_undo_it_is_over(
    town: Scheduling, deciding: Deciding
) -> None:
    conference = town.opened()
    decision = deciding.armed(conference, resolution=RESOLUTION)
    deciding.do_jobs()

    assert deciding.of(decision)["state"] == "armed"
    assert deciding.of(decision)["until"].startswith("2020-04-09T14:3")
    assert town.get(f"/conferences/{conference}").get_json()["disposition"] == "as_planned"
    deciding.pass_time(30)
    deciding.do_jobs()

    answer = deciding.of(decision)
    assert (answer["state"], answer["history"][-1]["by"]) == ("running", "the end of the time to undo it")
    cancelled = town.get(f"/conferences/{conference}").get_json()
    assert (cancelled["disposition"], cancelled["cancellation"]["run"]) == ("cancelled", answer["run"])
    assert town.board(answer["run"])["state"] == "running"
    assert said(town, conference)[-2:] == ["decision_armed", "conference_cancelled"]


def test_undone_in_time_everything_is_as_before_and_nothing_runs_later(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    before = town.get(f"/conferences/{conference}").get_json()
    decision = deciding.armed(conference)
    deciding.pass_time(29)
    deciding.do_jobs()

    assert deciding.done(decision, "withdraw", desk="finance")["state"] == "withdrawn"

    deciding.pass_time(60)
    deciding.do_jobs()
    assert deciding.of(decision)["state"] == "withdrawn"
    assert town.get(f"/conferences/{conference}").get_json() == before
    assert said(town, conference)[-2:] == ["decision_armed", "decision_withdrawn"]


def test_after_the_time_to_undo_it_is_too_late_even_if_nothing_has_run_yet(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = deciding.armed(town.opened())
    deciding.pass_time(30)

    assert "could be undone until" in refusal(deciding.step(decision, "withdraw"))


def test_the_committee_can_not_approve_and_finance_can_not_propose(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = str(deciding.drafted(conference)["id"])

    statuses = [
        town.post(f"/conferences/{conference}/decisions", FACTS, desk="finance").status_code,
        deciding.step(decision, "propose", desk="finance").status_code,
        deciding.step(decision, "arm", desk="finance").status_code,
        deciding.step(decision, "approve").status_code,
        deciding.step(decision, "return", remark="No.").status_code,
    ]

    assert statuses == [403] * 5


def test_a_step_that_is_not_its_turn_says_so(town: Scheduling, deciding: Deciding) -> None:
    decision = str(deciding.drafted(town.opened())["id"])

    assert "Nobody has looked at what this decision would do" in refusal(deciding.step(decision, "propose"))
    assert "not waiting for a second person" in refusal(deciding.step(decision, "approve", desk="finance"))
    assert "No second person has approved" in refusal(deciding.step(decision, "arm"))


def test_the_approver_approves_what_they_saw_and_nothing_else(town: Scheduling, deciding: Deciding) -> None:
    decision = str(deciding.drafted(town.opened())["id"])
    deciding.done(decision, "preview")
    edited = {name: value for name, value in FACTS.items() if name != "kind"} | {"reason": "Other.", "revision": 1}
    headers = {"Idempotency-Key": "edit-1"}
    address = f"/scheduling/decisions/{decision}"
    response = town.service.client().put(address, json=edited, auth=COMMITTEE, headers=headers)
    assert response.status_code == 200, response.text
    deciding.previewed(decision, revision=2)
    deciding.done(decision, "propose", revision=2)

    refused = deciding.step(decision, "approve", desk="finance", revision=1)

    assert refused.status_code == 412
    assert "You read revision 1 of this decision, and it is at revision 2 now" in refusal(refused)
    assert deciding.done(decision, "approve", desk="finance", revision=2)["state"] == "approved"


@pytest.mark.parametrize(
    ("vote", "sentence"),  # of a board of 26
    [
        ({"present": 13}, "With 13 of 26 seats present the board has no quorum: it takes 14."),
        ({"present": 14, "votes_for": 14, "votes_against": 1}, "are more than the 14 members present"),
        ({"votes_for": 9, "votes_against": 9}, "the motion was not carried"),
        ({"present": 30}, "A board with 26 seats can't have 30 members present."),
        ({"on": "2020-04-10"}, "that day is still to come"),
    ],
)
def test_what_no_board_can_have_resolved_is_not_recorded(
    deciding: Deciding, vote: dict[str, Any], sentence: str
) -> None:
    town = deciding.town
    conference = town.opened()
    body = FACTS | {"resolution": RESOLUTION | vote}

    assert sentence in refusal(town.post(f"/conferences/{conference}/decisions", body))
    assert town.get(f"/conferences/{conference}/decisions").get_json() == {"items": []}


def test_another_decision_waits_while_one_is_armed_and_runs_once_it_is_undone(
    town: Scheduling, deciding: Deciding
) -> None:
    conference = town.opened()
    second = deciding.approved(conference)
    first = deciding.armed(conference)

    assert "has been set going and is not finished" in refusal(deciding.step(second, "arm"))
    deciding.done(first, "withdraw")
    assert deciding.done(second, "arm")["state"] == "armed"


def test_of_two_decisions_armed_at_once_one_is_refused(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decisions = [deciding.approved(conference) for _ in range(2)]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda each=each: answers.append(deciding.step(each, "arm").status_code))
        for each in decisions
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(answers) == [200, 409]
    assert said(town, conference).count("decision_armed") == 1


def test_a_button_pressed_twice_arms_once(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = deciding.approved(conference)

    answers = [town.post(f"/decisions/{decision}/arm", {"revision": 1}, key=f"twice-{decision}") for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    assert said(town, conference).count("decision_armed") == 1


@pytest.mark.parametrize("step", ["cancel", "open"])
def test_nothing_else_is_decided_while_a_decision_can_be_undone(
    town: Scheduling, deciding: Deciding, step: str
) -> None:
    conference = town.drafted()
    assert town.post(f"/conferences/{conference}/announce").status_code == 200
    deciding.armed(conference)

    response = town.post(f"/conferences/{conference}/{step}", DECISION if step == "cancel" else None)

    assert "Undo it first, or wait until it is carried out." in refusal(response)


def test_a_draft_or_what_is_over_can_not_be_cancelled(town: Scheduling, deciding: Deciding) -> None:
    draft, over = town.drafted(), town.opened()
    decision = deciding.approved(over)

    assert "is only a draft" in refusal(town.post(f"/conferences/{draft}/decisions", FACTS))
    deciding.pass_time(60 * 24 * 60)
    for response in (town.post(f"/conferences/{over}/decisions", FACTS), deciding.step(decision, "arm")):
        assert "ended on 2020-05-20" in refusal(response)


def test_what_can_not_be_carried_out_any_more_is_undone_and_says_why(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = deciding.armed(conference, choose_by="2020-04-09", grace_minutes=24 * 60)
    deciding.pass_time(24 * 60)

    deciding.do_jobs()

    answer = deciding.of(decision)
    assert answer["state"] == "withdrawn"
    assert "Nobody can choose until 2020-04-09" in answer["history"][-1]["remark"]
    assert said(town, conference)[-1] == "decision_withdrawn"


def test_whoever_lost_the_lease_carries_nothing_out_and_the_next_one_does_once(
    town: Scheduling, deciding: Deciding
) -> None:
    conference = town.opened()
    deciding.armed(conference, grace_minutes=0)
    (dying,), (living,) = deciding.claimed(), deciding.claimed()

    with pytest.raises(LeaseLost):
        deciding.database.transact(lambda unit: take_step(unit, claim=dying, look_seconds=1.0), emits=KIND.emits)
    assert said(town, conference)[-1] == "decision_armed"
    deciding.executor.kind.act(living)
    deciding.do_jobs()

    assert said(town, conference).count("conference_cancelled") == 1


def test_undone_and_carried_out_at_once_one_of_them_holds(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = deciding.armed(conference)
    (claim,) = deciding.claimed()
    deciding.done(decision, "withdraw")
    deciding.pass_time(30)

    deciding.executor.kind.act(claim)

    assert said(town, conference)[-2:] == ["decision_armed", "decision_withdrawn"]
    assert town.get(f"/conferences/{conference}").get_json()["disposition"] == "as_planned"


def test_what_a_conference_says_stays_while_a_decision_holds_it(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = deciding.armed(conference)

    held = town.patch(f"/conferences/{conference}", {"title": "Another title"})
    deciding.done(decision, "withdraw", desk="finance")
    freed = town.patch(f"/conferences/{conference}", {"title": "Another title"})

    assert "Nothing was changed." in refusal(held)
    assert (held.status_code, freed.status_code) == (409, 200)
