"""Claims about what an armed decision waits for: what was approved is what happens, or nothing does and it says why."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from services.scheduling.decisions.store.decisions import DECISIONS
from services.scheduling.previews.store import PREVIEWS
from shared.contracts.consequences import Drift
from shared.previewing import INQUIRIES
from tests.integration.decisions_town import AS_APPROVED, FACTS, Answers, Deciding
from tests.integration.scheduling_town import MORNING, Scheduling, Visitor, scheduling
from tests.namespaces import Namespace

MORE = Answers(
    digests=("r2", "p2", "n"),
    registrations=("reg_1", "reg_2", "reg_4", "reg_5", "reg_6"),
    drift=Drift(is_compared=True, joined_count=3, joined_minor=172_500, left_count=1, left_minor=57_500),
)
CHANGES = "3 more registrations, $1,725.00 more; 1 left, $575.00 less"


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


@pytest.fixture
def deciding(town: Scheduling) -> Iterator[Deciding]:
    """Two people, on that morning, with no decision under way."""
    database = town.service.parts.database
    database.clock.move(MORNING)
    for each in (DECISIONS, PREVIEWS, INQUIRIES):
        database.mongo[each.name].delete_many({})
    yield Deciding(town)
    database.clock.move(MORNING)


@pytest.fixture
def helen(town: Scheduling) -> Visitor:
    """Of the committee."""
    return town.visitor().signed_in("committee")


@pytest.fixture
def tom(town: Scheduling) -> Visitor:
    """Of finance."""
    return town.visitor().signed_in("finance")


def said(town: Scheduling, conference: str) -> list[str]:
    found = town.service.parts.database.mongo["events"].find({"key": conference}).sort("sequence", 1)
    return [each["type"].removeprefix("reconvene.scheduling.").removesuffix(".v1") for each in found]


def refusal(response: Any, status: int = 409) -> str:
    assert response.status_code == status, response.text
    return str(response.get_json()["detail"])


def drifted(deciding: Deciding, conference: str, **facts: Any) -> str:
    """A decision that was begun, about which something has changed since it was approved."""
    decision = deciding.begun(conference, **facts)
    deciding.confirm(decision, MORE)
    return decision


# proposing and approving


@pytest.mark.parametrize(
    ("silent", "names"),
    [
        (("payments",), "there is no answer from finance."),
        (("registration", "notifications"), "there is no answer from registration and messages."),
    ],
)
def test_nobody_proposes_what_is_not_all_worked_out(
    town: Scheduling, deciding: Deciding, silent: tuple[str, ...], names: str
) -> None:
    decision = str(deciding.drafted(town.opened())["id"])
    deciding.previewed(decision, Answers(silent=silent))

    assert names in refusal(deciding.step(decision, "propose"))
    deciding.answer()
    assert deciding.done(decision, "propose")["state"] == "proposed"


def test_a_preview_of_another_revision_is_none(town: Scheduling, deciding: Deciding) -> None:
    decision = str(deciding.drafted(town.opened())["id"])
    deciding.previewed(decision)
    deciding.edit(decision, reason="The city is closed.")

    deciding.done(decision, "preview", revision=2)

    assert "there is no answer from" in refusal(deciding.step(decision, "propose", revision=2))
    deciding.answer()
    assert deciding.done(decision, "propose", revision=2)["state"] == "proposed"


def test_who_approves_is_told_what_has_changed_since_it_was_proposed_and_it_is_proposed_anew(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = deciding.proposed(town.opened())
    deciding.previewed(decision, MORE)

    refused = deciding.step(decision, "approve", desk="finance")

    assert CHANGES in refusal(refused)
    assert "Nothing was approved" in refusal(refused)
    before = deciding.of(decision)["preview"]
    deciding.done(decision, "propose")
    approved = deciding.done(decision, "approve", desk="finance")
    assert (approved["state"], approved["preview"] != before) == ("approved", True)


def test_another_preview_that_says_the_same_changes_nothing_and_one_under_way_is_waited_for(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = deciding.proposed(town.opened())
    deciding.done(decision, "preview")

    assert "there is no answer from" in refusal(deciding.step(decision, "approve", desk="finance"))
    deciding.answer()
    assert deciding.done(decision, "approve", desk="finance")["state"] == "approved"


# confirmed behind closed gates


def test_the_time_to_undo_begins_when_all_have_confirmed_it_and_not_before(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = deciding.begun(town.opened())
    deciding.do_jobs()
    assert (deciding.of(decision)["state"], deciding.of(decision)["until"]) == ("armed", None)
    deciding.hold(decision)
    deciding.do_jobs()
    deciding.answer(Answers(silent=("notifications",)))
    deciding.pass_time(9)
    deciding.do_jobs()
    assert deciding.of(decision)["until"] is None

    deciding.answer()
    deciding.do_jobs()

    assert deciding.of(decision)["until"] >= "2020-04-09T14:39"
    deciding.pass_time(29)
    deciding.do_jobs()
    assert deciding.of(decision)["state"] == "armed"


def test_a_preview_from_before_the_gates_closed_confirms_nothing(town: Scheduling, deciding: Deciding) -> None:
    decision = deciding.approved(town.opened())
    deciding.done(decision, "preview")
    deciding.done(decision, "arm")
    deciding.hold(decision)
    deciding.do_jobs()

    asked = deciding.database.mongo[PREVIEWS.name].count_documents({"decision": decision})

    assert asked == 3  # to propose it, the one that is under way, and the one behind closed gates


def test_whoever_has_not_heard_of_all_registrations_is_asked_again_until_they_have(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = deciding.begun(town.opened())
    lagging = Answers(behind=("payments",))
    deciding.confirm(decision, lagging)
    deciding.answer(lagging)
    deciding.do_jobs()
    assert deciding.of(decision)["until"] is None

    deciding.answer()
    deciding.do_jobs()

    assert deciding.of(decision)["until"] is not None


def test_money_that_arrives_meanwhile_is_no_drift(town: Scheduling, deciding: Deciding) -> None:
    decision = deciding.begun(town.opened())

    deciding.confirm(decision, Answers(digests=("r", "another", "n")))

    assert deciding.of(decision)["until"] is not None
    assert deciding.of(decision)["changes"] == []


@pytest.mark.parametrize(
    ("is_held", "answers", "who"),
    [
        (False, AS_APPROVED, "registration did not answer"),
        (True, Answers(silent=("payments", "notifications")), "finance and messages did not answer"),
        (True, Answers(behind=("notifications",)), "messages did not answer"),
    ],
)
def test_without_an_answer_within_ten_minutes_it_is_undone_and_says_who_did_not_answer(
    town: Scheduling, deciding: Deciding, is_held: bool, answers: Answers, who: str
) -> None:
    conference = town.opened()
    decision = deciding.begun(conference)
    if is_held:
        deciding.hold(decision)
    deciding.do_jobs()
    deciding.answer(answers)
    deciding.pass_time(10)

    deciding.do_jobs()
    deciding.do_jobs()

    answer = deciding.of(decision)
    assert (answer["state"], answer["run"]) == ("withdrawn", "")
    assert answer["history"][-1]["remark"] == f"It was not confirmed within 10 minutes: {who}."
    assert said(town, conference)[-1] == "decision_withdrawn"
    assert town.get(f"/conferences/{conference}").get_json()["disposition"] == "as_planned"


def test_it_can_be_undone_while_it_is_checked_even_if_it_has_no_time_to_undo(
    town: Scheduling, deciding: Deciding
) -> None:
    conference = town.opened()
    decision = deciding.begun(conference, grace_minutes=0)

    assert deciding.done(decision, "withdraw", desk="finance")["state"] == "withdrawn"
    deciding.confirm(decision)
    assert deciding.of(decision)["state"] == "withdrawn"
    assert said(town, conference)[-2:] == ["decision_armed", "decision_withdrawn"]


# drift


def test_what_has_changed_is_said_in_words_and_nothing_runs(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = drifted(deciding, conference, grace_minutes=0)
    deciding.pass_time(29)
    deciding.do_jobs()

    answer = deciding.of(decision)

    assert (answer["state"], answer["until"], answer["changes"]) == ("armed", None, [CHANGES])
    assert said(town, conference).count("decision_armed") == 1
    assert "conference_cancelled" not in said(town, conference)


def test_other_words_than_those_approved_are_drift(town: Scheduling, deciding: Deciding) -> None:
    decision = deciding.begun(town.opened())

    deciding.confirm(decision, Answers(digests=("r", "p", "n2"), texts_changed=True))

    assert deciding.of(decision)["changes"] == ["the words have changed"]


def test_somebody_else_approves_what_has_changed_and_only_what_they_have_read(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = drifted(deciding, town.opened())
    stands = deciding.of(decision)["preview"]

    unread = deciding.step(decision, "approve", desk="finance")
    stale = deciding.step(decision, "approve", desk="finance", preview="prv_of_before")
    assert CHANGES in refusal(unread, 412)
    assert "read it as it is now" in refusal(stale, 412)
    assert deciding.of(decision)["until"] is None
    approved = deciding.done(decision, "approve", desk="finance", preview=stands)

    assert (approved["state"], approved["preview"]) == ("armed", stands)
    assert approved["history"][-1]["remark"] == CHANGES
    deciding.pass_time(30)
    deciding.do_jobs()
    assert deciding.of(decision)["state"] == "running"


def test_what_nobody_approves_in_half_an_hour_is_undone(town: Scheduling, deciding: Deciding) -> None:
    conference = town.opened()
    decision = drifted(deciding, conference)
    stands = deciding.of(decision)["preview"]
    deciding.pass_time(30)
    deciding.do_jobs()

    answer = deciding.of(decision)

    assert answer["state"] == "withdrawn"
    assert answer["history"][-1]["remark"] == (
        f"Something had changed since it was approved ({CHANGES}), and nobody approved that."
    )
    assert said(town, conference)[-1] == "decision_withdrawn"
    assert "withdrawn" in refusal(deciding.step(decision, "approve", desk="finance", preview=stands))


def test_of_two_who_approve_what_has_changed_at_once_the_time_to_undo_begins_once(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = drifted(deciding, town.opened())
    stands = deciding.of(decision)["preview"]
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(
                deciding.step(decision, "approve", desk="finance", preview=stands).status_code
            )
        )
        for _ in range(2)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(answers) == [200, 409]
    assert [act["state"] for act in deciding.of(decision)["history"]].count("approved") == 2


def test_killed_before_and_after_it_is_asked_for_or_compared_it_is_confirmed_once(
    town: Scheduling, deciding: Deciding
) -> None:
    decision = deciding.begun(town.opened())
    deciding.hold(decision)
    for answers in (Answers(silent=("registration", "payments", "notifications")), AS_APPROVED):
        deciding.die_at_work()
        deciding.do_jobs()
        deciding.do_jobs()
        deciding.answer(answers)
    deciding.die_at_work()
    assert deciding.of(decision)["until"] is None
    deciding.do_jobs()
    until = deciding.of(decision)["until"]
    deciding.do_jobs()

    assert until is not None
    assert deciding.of(decision)["until"] == until
    assert deciding.database.mongo[PREVIEWS.name].count_documents({"decision": decision}) == 2


# at the desks


def test_the_second_person_reads_what_has_changed_and_approves_it_on_the_page(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor
) -> None:
    conference = town.opened()
    decision = drifted(deciding, conference)
    page = f"/desk/decisions/{decision}"

    committee, finance = helen.see(page).text, tom.see(page).text
    assert "asks you to approve" in tom.see("/desk/waiting").text
    unticked = tom.submit(page, {}, to=f"{page}/approve")
    approved = tom.submit(page, {"confirmed": "yes"}, to=f"{page}/approve")

    for each in (committee, finance):
        assert "Something has changed since it was approved" in each
        assert "3 more registrations, $1,725.00 more; 1 left, $575.00 less" in each
        assert "within 30 minutes" in each
        assert "Begun, waits for a second person" in each
    assert "Approve it as it is now" in finance
    assert "Approve it as it is now" not in committee
    assert (unticked.status_code, approved.status_code) == (422, 303)
    assert "It can be undone for 30 minutes more" in tom.see(page).text
    assert deciding.of(decision)["state"] == "armed"


def test_a_page_that_was_proposed_and_is_not_the_same_any_more_leads_to_proposing_it_anew(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor
) -> None:
    decision = deciding.proposed(town.opened())
    deciding.previewed(decision, MORE)
    page = f"/desk/decisions/{decision}"

    finance = tom.see(page).text
    assert "It is not any more what was proposed" in finance
    assert "Approve exactly this" not in finance
    assert helen.submit(page, {"confirmed": "yes"}, to=f"{page}/propose").status_code == 303
    assert "Approve exactly this" in tom.see(page).text


def test_undone_for_want_of_an_answer_the_page_says_who_did_not_answer(
    town: Scheduling, deciding: Deciding, helen: Visitor
) -> None:
    decision = deciding.begun(town.opened())
    deciding.pass_time(10)
    deciding.do_jobs()

    page = helen.see(f"/desk/decisions/{decision}").text

    assert "It was not confirmed within 10 minutes: registration did not answer." in page
    assert str(FACTS["reason"]) in page
