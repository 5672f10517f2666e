"""The committee asks what a cancellation would do; the answers of all services stand together on one page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.scheduling.previews.jobs import previewing
from services.scheduling.previews.store import PREVIEWS
from shared.clock import host_now
from shared.contracts.consequences import Anomaly, Consequence, Drift
from shared.contracts.notifications import MessagesPreviewed
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.registration import RegistrationsPreviewed
from shared.contracts.scheduling import PreviewAsked
from shared.ids import digest_of
from tests.house import House
from tests.integration.decisions_town import Deciding
from tests.integration.scheduling_town import DECISION, Scheduling, scheduling
from tests.namespaces import Namespace

POPULATION = digest_of(f"reg_{number}" for number in range(1_000))


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


@pytest.fixture
def house(town: Scheduling) -> House:
    """Its handlers and jobs, called by the test."""
    return House(town.service.parts)


def asked(town: Scheduling, conference: str, **body: Any) -> dict[str, Any]:
    """Ask for a preview; what was answered."""
    response = town.post(f"/conferences/{conference}/previews", body)
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.get_json()
    return found


def work(house: House) -> None:
    """Let scheduling answer for its own part, whatever was asked."""
    while house.do_jobs(previewing(house.database)):
        pass


def preview(town: Scheduling, id_: str) -> dict[str, Any]:
    """A preview as it is now."""
    found: dict[str, Any] = town.get(f"/previews/{id_}").get_json()
    return found


def line(what: str, by: str = "", count: int = 0, amount_minor: int = 0, **more: Any) -> Consequence:
    """One line of an answer."""
    return Consequence(what=what, by=by, count=count, amount_minor=amount_minor, **more)


def answers(found: dict[str, Any], *, population: str = POPULATION, drift: Drift | None = None) -> list[Any]:
    """What the other services say of the 74th, in the figures of its cancellation."""
    of = {name: found[name] for name in ("preview", "conference", "decision", "revision")}
    whole: dict[str, Any] = {"count": 1_000, "currency": "USD", "drift": drift or Drift()}
    registrations = (
        line("registration", "card", 600, 37_000_000),
        line("registration", "cheque", 400, 23_360_000),
        line("guest", "card", 100),
        line("state", "confirmed", 952),
        line("state", "confirmed_unpaid", 48),
    )
    money = (
        line("deferred", "fees", 0, 57_860_000),
        line("deferred", "guests_and_options", 0, 2_500_000),
        line("paid", "card", 600, 37_000_000),
        line("paid", "cheque", 300, 17_250_000),
        line("paid", "transfer", 40, 2_300_000),
        line("leaves", "card", 600, 37_000_000),
        line("leaves", "cheque", 300, 17_250_000),
        line("leaves", "transfer", 40, 2_300_000),
        line("choice", "", 940, 56_550_000),
        line("voided", "purchase_order", 48, 3_120_000),
        line("released", "", 12, 690_000),
        line("order", "card", 1_000, 60_360_000),
        line("provider_fee", "", 600, 1_000_000, is_binding=False),
        line("provider_balance", "", 0, 9_600_000, is_binding=False),
        line("provider_pending", "", 0, 400_000, is_binding=False),
        line("card_refund_seconds", "", 900, is_binding=False),
    )
    odd = (Anomaly(what="dispute_open", count=52, ids=tuple(f"ord_{n}" for n in range(50)), amount_minor=2_990_000),)
    messages = (
        line("message_registrant", "mail", 990, language="en"),
        line("message_registrant", "letter", 10, language="fr"),
    )
    return [
        RegistrationsPreviewed(**of, **whole, population=POPULATION, lines=registrations, anomalies=(), digest="r"),
        MoneyPreviewed(**of, **whole, population=population, lines=money, anomalies=odd, digest="p"),
        MessagesPreviewed(**of, **whole, population=POPULATION, lines=messages, anomalies=(), digest="n"),
    ]


def answered(town: Scheduling, house: House, conference: str, **more: Any) -> dict[str, Any]:
    """A preview that all have answered, each heard twice."""
    found = asked(town, conference)
    work(house)
    house.hear(*answers(found, **more))
    house.hear_all_again()
    return preview(town, found["preview"])


def test_a_preview_is_asked_of_everybody_and_changes_nothing(town: Scheduling, house: House) -> None:
    conference = town.opened()
    before = town.get(f"/conferences/{conference}").get_json()

    found = asked(town, conference, choose_by="2020-04-30", reason="It is not safe.", decision_text="We cancel.")

    (said,) = (each for each in house.said(PreviewAsked) if each.conference == conference)
    assert said.preview == found["preview"]
    assert (said.key, said.kind, said.reason, said.decision_text) == (
        conference,
        "cancel",
        "It is not safe.",
        "We cancel.",
    )
    assert str(said.choose_until) == "2020-05-01 05:00:00+00:00"
    assert found["missing"] == ["registration", "payments", "notifications", "scheduling"]
    assert town.get(f"/conferences/{conference}").get_json() == before


def test_it_is_complete_once_all_four_have_answered_and_has_one_digest(town: Scheduling, house: House) -> None:
    conference = town.opened()
    found = asked(town, conference)
    work(house)
    registrations, money, messages = answers(found)

    house.hear(messages, registrations)
    assert preview(town, found["preview"])["missing"] == ["payments"]
    assert preview(town, found["preview"])["digest"] == ""
    house.hear(money)

    whole = preview(town, found["preview"])
    own = whole["answers"]["scheduling"]["digest"]
    assert whole["is_complete"]
    assert whole["is_of_one_moment"]
    assert whole["digest"] == digest_of(["registration r", "payments p", "notifications n", f"scheduling {own}"])


def test_a_preview_in_which_services_know_of_other_people_says_so(town: Scheduling, house: House) -> None:
    conference = town.opened()

    found = answered(town, house, conference, population=digest_of(["reg_1"]))

    assert not found["is_of_one_moment"]
    assert "Somebody registered, or left, in this very moment" in _cancel_page(town, conference)


def test_who_presses_twice_has_one_preview_and_another_question_makes_another(town: Scheduling, house: House) -> None:
    conference = town.opened()
    first = asked(town, conference)

    assert asked(town, conference)["preview"] == first["preview"]
    other = asked(town, conference, reason="Other words.")
    assert other["preview"] != first["preview"]
    assert len([each for each in house.said(PreviewAsked) if each.conference == conference]) == 2


def test_the_next_preview_is_compared_with_the_last_that_was_answered(town: Scheduling, house: House) -> None:
    conference = town.opened()
    first = answered(town, house, conference)
    asked(town, conference, reason="Never answered.")

    second = asked(town, conference)

    assert (first["compared_with"], second["compared_with"]) == ("", first["preview"])


@pytest.mark.parametrize("step", ["draft", "cancelled"])
def test_there_is_nothing_to_preview_of_a_draft_or_of_what_is_cancelled(town: Scheduling, step: str) -> None:
    conference = town.drafted() if step == "draft" else town.opened()
    if step == "cancelled":
        town.cancelled(conference)

    response = town.post(f"/conferences/{conference}/previews", {})

    assert response.status_code == 409
    assert ("nothing to preview" if step == "draft" else "Nothing was previewed") in response.get_json()["detail"]


def test_what_is_asked_wrongly_is_refused(town: Scheduling) -> None:
    conference = town.opened()

    assert town.post(f"/conferences/{conference}/previews", {"kind": "eclipse"}).status_code == 422
    assert town.post(f"/conferences/{conference}/previews", {"choose_by": "soon"}).status_code == 422
    assert town.post("/conferences/conf_nowhere/previews", {}).status_code == 404
    assert town.post(f"/conferences/{conference}/previews", {}, key=None).status_code == 400
    assert town.post(f"/conferences/{conference}/previews", {}, desk=None).status_code == 401
    assert town.get("/previews/prv_nowhere").status_code == 404


def _cancel_page(town: Scheduling, conference: str) -> str:
    visitor = town.visitor().signed_in("committee")
    return visitor.see(f"/desk/conferences/{conference}/cancel").text


def test_the_page_before_the_button_says_it_all_in_the_figures_of_the_74th(town: Scheduling, house: House) -> None:
    conference = town.opened()
    assert "Work out what will happen" in _cancel_page(town, conference)
    found = answered(town, house, conference)

    page = _cancel_page(town, conference)

    for words in (
        "$603,600.00 is booked for the conference today",
        "$565,500.00 that people have paid, $31,200.00 not paid yet, $6,900.00 from grants",
        "940 payers choose",
        "48 invoices are void: $31,200.00",
        "$6,900.00 from 12 grants goes back",
        "$10,000.00 of card fees are lost",
        "The card provider can send back $96,000.00 today, and up to $370,000.00 may go back to cards.",
        "It would be short by $274,000.00; $4,000.00 more is there in a few days.",
        "1,000 messages go out, one to each person: 990 in English and 10 in French",
        "10 of them are letters",
        "about 15 minutes if all leave together",
        "up to 340 refunds by cheque or transfer",
        "52 payments are disputed at their payers’ banks ($29,900.00)",
        "and 2 more",
        f"/notifications/desk/previews/{found['preview']}",
        "What can’t be undone",
    ):
        assert words in page


def test_what_changed_since_is_said_in_words(town: Scheduling, house: House) -> None:
    conference = town.opened()
    answered(town, house, conference)
    drift = Drift(is_compared=True, joined_count=3, joined_minor=172_500, left_count=1, left_minor=57_500)

    answered(town, house, conference, drift=drift)

    page = _cancel_page(town, conference)
    assert "Since it was last worked out" in page
    assert "3 more registrations, $1,725.00 more; 1 left, $575.00 less" in page


def test_while_a_service_is_silent_the_page_names_it_and_shows_the_rest(town: Scheduling, house: House) -> None:
    conference = town.opened()
    found = asked(town, conference)
    work(house)
    house.hear(*(each for each in answers(found) if not isinstance(each, MoneyPreviewed)))

    assert "Finance is still working it out." in _cancel_page(town, conference)
    an_hour_ago = {"$set": {"asked_at": host_now() - timedelta(hours=1)}}
    house.database.mongo[PREVIEWS.name].update_one({"_id": found["preview"]}, an_hour_ago)
    assert "That takes longer than it should." in _cancel_page(town, conference)


def test_the_form_keeps_the_words_that_were_previewed(town: Scheduling, house: House) -> None:
    conference = town.opened()
    path = f"/desk/conferences/{conference}/cancel"
    visitor = town.visitor().signed_in("committee")
    words = {"reason": "It is not safe.", "decision": "We cancel.\nNo fee.", "choose_by": "2020-05-07"}

    sent = visitor.submit(path, words, to=f"/desk/conferences/{conference}/previews")

    assert (sent.status_code, sent.location) == (303, f"/scheduling{path}")
    page = visitor.see(path).text
    assert "It is not safe.</textarea>" in page
    assert "We cancel.\nNo fee.</textarea>" in page
    assert 'value="2020-05-07"' in page
    (said,) = (each for each in house.said(PreviewAsked) if each.conference == conference)
    assert said.decision_text == "We cancel.\nNo fee."


def test_a_day_that_makes_no_sense_is_refused_on_the_page(town: Scheduling) -> None:
    conference = town.opened()
    path = f"/desk/conferences/{conference}/cancel"
    visitor = town.visitor().signed_in("committee")

    sent = visitor.submit(path, {"choose_by": "someday"}, to=f"/desk/conferences/{conference}/previews")

    assert sent.status_code == 303
    assert "Work out what will happen" in visitor.see(path).text


def test_who_looks_at_a_drafted_decision_has_it_previewed_in_its_words_and_revision(
    town: Scheduling, house: House
) -> None:
    deciding = Deciding(town)
    conference = town.opened()
    decision = str(deciding.drafted(conference)["id"])

    deciding.done(decision, "preview")

    (said,) = (each for each in house.said(PreviewAsked) if each.conference == conference)
    assert (said.decision, said.revision, said.kind) == (decision, 1, "cancel")
    assert (said.reason, said.decision_text) == (DECISION["reason"], DECISION["decision"])
    assert str(said.choose_by) == DECISION["choose_by"]


def test_who_may_foresee_and_not_cancel_has_a_page_of_its_own(town: Scheduling, house: House) -> None:
    conference = town.opened()
    path = f"/desk/conferences/{conference}/previews"
    finance = town.visitor().signed_in("finance")

    sent = finance.submit(path, {})

    assert (sent.status_code, sent.location) == (303, f"/scheduling{path}")
    assert "Cancel the conference for good" not in finance.see(path).text
    answered(town, house, conference)
    assert "$603,600.00 is booked" in finance.see(path).text
