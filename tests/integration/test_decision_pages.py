"""Claims about a decision at the desks: two people who are led from page to page, and what each refusal leaves."""

import re
from collections.abc import Iterator

import pytest

from services.scheduling.decisions.store.decisions import DECISIONS
from tests.integration.decisions_town import Deciding
from tests.integration.scheduling_town import DECISION, MORNING, Scheduling, Visitor, scheduling
from tests.namespaces import Namespace

FORM = {**DECISION, "grace_minutes": "30"}
VOTE = {"on": "2020-04-08", "present": "20", "votes_for": "18", "votes_against": "1", "seats": ""}


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


@pytest.fixture
def deciding(town: Scheduling) -> Deciding:
    """That morning, with no decision under way."""
    town.service.parts.database.clock.move(MORNING)
    town.service.parts.database.mongo[DECISIONS.name].delete_many({})
    return Deciding(town)


@pytest.fixture
def helen(town: Scheduling) -> Visitor:
    """Of the committee."""
    return town.visitor().signed_in("committee")


@pytest.fixture
def tom(town: Scheduling) -> Visitor:
    """Of finance."""
    return town.visitor().signed_in("finance")


def written(deciding: Deciding, visitor: Visitor, conference: str, **fields: str) -> str:
    """Write a decision down, of which all then say what it would do; the path of its page."""
    response = visitor.submit(f"/desk/conferences/{conference}/decisions/new", FORM | fields)
    assert response.status_code == 303, response.text
    deciding.answer()
    return str(response.headers["Location"]).removeprefix("/scheduling")


def pressed(visitor: Visitor, page: str, step: str, **fields: str) -> str:
    """Send one of the page's forms; the page that follows."""
    response = visitor.submit(page, fields, to=f"{page}/{step}")
    assert response.status_code == 303, response.text
    return text_of(visitor.see(page).text)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_two_people_are_led_from_the_draft_to_where_it_can_be_undone(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor
) -> None:
    conference = town.opened()
    assert "Prepare a cancellation for a second person" in helen.see(f"/desk/conferences/{conference}").text
    page = written(deciding, helen, conference, **VOTE)

    draft = text_of(helen.see(page).text)
    proposed = pressed(helen, page, "propose", confirmed="yes")
    asked = text_of(tom.see(page).text)
    approved = pressed(tom, page, "approve", confirmed="yes")
    checked = pressed(helen, page, "arm")
    deciding.confirm(page.rpartition("/")[2])
    begun = text_of(helen.see(page).text)

    assert "20 of 26 present, 18 for, 1 against" in draft
    assert "Propose it to a second person" in draft
    assert "It waits for a second person." in proposed
    assert "Approve exactly this" not in proposed
    assert "You are the second person: what you approve is revision 1" in asked
    assert "It would not be safe to meet." in asked
    assert "It is approved. The committee begins it." in approved
    assert "It is begun, and being checked Registration is closing." in checked
    assert "Nobody has been told, and no money has moved." in checked
    assert "It can be undone for 30 minutes more" in begun
    assert "Undo it" in text_of(tom.see(page).text)
    assert deciding.of(page.rpartition("/")[2])["state"] == "armed"


def test_the_second_person_finds_it_among_what_waits_for_them(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor
) -> None:
    page = written(deciding, helen, town.opened())
    assert "asks you to approve that it is cancelled" not in tom.see("/desk/waiting").text
    pressed(helen, page, "propose", confirmed="yes")

    assert "asks you to approve that it is cancelled" in tom.see("/desk/waiting").text
    assert "asks you to approve" not in helen.see("/desk/waiting").text
    assert deciding.of(page.rpartition("/")[2])["state"] == "proposed"


def test_undone_it_says_that_nobody_was_told_and_the_conference_is_open(
    town: Scheduling, deciding: Deciding, tom: Visitor
) -> None:
    conference = town.opened()
    page = f"/desk/decisions/{deciding.armed(conference)}"

    held = text_of(town.visitor().see(f"/conferences/{conference}/page").text)
    assert "Registration closed for now" in held
    assert "The host committee is deciding about this conference, and until that is done nobody can register." in held
    undone = pressed(tom, page, "withdraw")

    assert "It was withdrawn: nobody was told, and no money has moved." in undone
    assert "Register" in text_of(town.visitor().see(f"/conferences/{conference}/page").text)


def test_when_the_time_to_undo_is_over_the_page_leads_to_the_board(
    town: Scheduling, deciding: Deciding, helen: Visitor
) -> None:
    decision = deciding.armed(town.opened())
    deciding.pass_time(30)
    assert "The time to undo it is over" in helen.see(f"/desk/decisions/{decision}").text
    deciding.do_jobs()

    assert f"/scheduling/desk/runs/{deciding.of(decision)['run']}" in helen.see(f"/desk/decisions/{decision}").text


def test_what_was_returned_says_why_and_can_be_changed_and_proposed_again(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor
) -> None:
    page = written(deciding, helen, town.opened())
    pressed(helen, page, "propose", confirmed="yes")

    returned = pressed(tom, page, "return", remark="Give them four weeks.")
    assert "Returned by the finance office Give them four weeks." in returned
    changed = helen.submit(f"{page}/edit", FORM | {"choose_by": "2020-05-07", "reason": "The city is closed."})

    assert changed.status_code == 303
    deciding.answer()
    assert "The city is closed." in helen.see(page).text
    assert deciding.of(page.rpartition("/")[2])["revision"] == 2
    pressed(helen, page, "propose", confirmed="yes")
    assert "what you approve is revision 2" in text_of(tom.see(page).text)


def test_who_approves_a_page_that_was_changed_meanwhile_is_told_to_read_it_again(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor
) -> None:
    page = written(deciding, helen, town.opened())
    pressed(helen, page, "propose", confirmed="yes")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', tom.see(page).text))
    helen.submit(f"{page}/edit", FORM | {"reason": "The city is closed."})
    deciding.answer()
    pressed(helen, page, "propose", confirmed="yes")

    refused = tom.send(f"{page}/approve", {**hidden, "revision": "1", "confirmed": "yes"})

    assert refused.status_code == 412
    assert "You read revision 1 of this decision, and it is at revision 2 now" in text_of(refused.text)
    assert deciding.of(page.rpartition("/")[2])["state"] == "proposed"


@pytest.mark.parametrize("step", ["propose", "approve"])
def test_without_the_tick_nothing_is_done(
    town: Scheduling, deciding: Deciding, helen: Visitor, tom: Visitor, step: str
) -> None:
    page = written(deciding, helen, town.opened())
    if step == "approve":
        pressed(helen, page, "propose", confirmed="yes")
    visitor = tom if step == "approve" else helen

    refused = visitor.submit(page, {}, to=f"{page}/{step}")

    assert refused.status_code == 422
    assert "Please tick that you have read" in refused.text
    assert deciding.of(page.rpartition("/")[2])["state"] == ("proposed" if step == "approve" else "drafted")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " "}, "Please fill this in."),
        ({"choose_by": "2020-04-01"}, "Nobody can choose until 2020-04-01"),
        ({"present": "20"}, "Please fill this in too, or leave the whole vote empty."),
        ({**VOTE, "present": "13", "votes_for": "12"}, "the board has no quorum: it takes 14"),
        ({**VOTE, "votes_for": "many"}, "A number from 0 to 10,000, please."),
    ],
)
def test_what_makes_no_sense_comes_back_beside_its_field_with_all_that_was_typed(
    town: Scheduling, deciding: Deciding, helen: Visitor, fields: dict[str, str], sentence: str
) -> None:
    conference = town.opened()

    refused = helen.submit(f"/desk/conferences/{conference}/decisions/new", FORM | fields)

    assert refused.status_code == 422
    assert sentence in text_of(refused.text)
    assert "The board cancels the conference." in refused.text
    assert deciding.town.get(f"/conferences/{conference}/decisions").get_json() == {"items": []}
