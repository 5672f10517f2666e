"""Notifications say whom a cancellation would be told and how, and show three messages; nothing is sent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.notifications.previews.jobs import previewing
from shared.contracts.consequences import Anomaly, Drift, Example
from shared.contracts.notifications import MessagesPreviewed
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.registration import PayerIntroduced
from shared.contracts.scheduling import PreviewAsked
from shared.ids import digest_of
from tests.integration.notifications_house import (
    CHOOSE_UNTIL,
    Town,
    announced,
    contact_changed,
    person,
    registration_left,
    submitted,
    town,
)
from tests.namespaces import Namespace
from tests.town import COMMITTEE

ASKED = PreviewAsked(
    preview="prv_1",
    conference="conf_74",
    decision="cancel:conf_74",
    revision=1,
    kind="cancel",
    choose_by=date(2020, 4, 30),
    choose_until=CHOOSE_UNTIL,
    reason="Travel is not safe.",
)
PAYER = PayerIntroduced(
    payer="pyr_1", name="City of Riverton", email="payable@riverton.example", postal_address=(), language="fr"
)


@pytest.fixture(scope="module")
def only_town(module_namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of all tests here."""
    with town(module_namespace, tmp_path_factory.mktemp("mailbox")) as made:
        yield made


@pytest.fixture
def known_town(only_town: Town) -> Town:
    """Five are registered: three for themselves, of whom one reads Dutch and one has no e-mail; two by their town."""
    only_town.forget()
    only_town.hear(announced(), person(1), person(2, language="nl"), person(3, email=None), person(4), person(5), PAYER)
    only_town.hear(*(submitted(number, tender="transfer") for number in (1, 2, 3)))
    only_town.hear(*(submitted(number, tender="transfer", payer="pyr_1", order="ord_town") for number in (4, 5)))
    return only_town


def previewed(town: Town, asked: PreviewAsked = ASKED) -> MessagesPreviewed:
    """What is answered; the question is heard twice."""
    town.hear(asked)
    town.hear(asked)
    town.do_jobs(previewing(town.database))
    (said,) = (each for each in town.said(MessagesPreviewed) if each.preview == asked.preview)
    return said


def lines(said: MessagesPreviewed) -> dict[tuple[str, str, str], int]:
    """How many messages, by kind, channel and language."""
    return {(each.what, each.by, each.language): each.count for each in said.lines}


def test_messages_are_counted_by_kind_channel_and_language_and_none_is_planned(known_town: Town) -> None:
    said = previewed(known_town)

    assert lines(said) == {
        ("message_registrant", "mail", "en"): 1,
        ("message_registrant", "mail", "nl"): 1,
        ("message_registrant", "letter", "en"): 1,
        ("message_attendee", "mail", "en"): 2,
        ("message_payer", "mail", "fr"): 1,
    }
    assert (said.count, said.population) == (5, digest_of(f"reg_{number}" for number in range(1, 6)))
    assert said.anomalies == ()
    assert known_town.messages() == []


def test_who_has_left_is_told_nothing_and_a_payer_of_whom_all_have_left_neither(known_town: Town) -> None:
    before = previewed(known_town)
    known_town.hear(registration_left(1), *(replace(registration_left(number), order="ord_town") for number in (4, 5)))

    after = previewed(known_town, replace(ASKED, preview="prv_2", compared_with="prv_1"))

    assert lines(after) == {
        ("message_registrant", "mail", "nl"): 1,
        ("message_registrant", "letter", "en"): 1,
    }
    assert after.drift == Drift(is_compared=True, left_count=4)
    assert after.digest != before.digest


def test_who_cannot_be_reached_is_an_anomaly_by_id(known_town: Town) -> None:
    known_town.hear(contact_changed(1, email=None, postal_address=()))

    said = previewed(known_town)

    assert said.anomalies == (Anomaly(what="no_address", count=1, ids=("reg_1",)),)
    assert lines(said)["message_registrant", "nothing", "en"] == 1


def test_other_words_are_a_drift_of_texts_and_an_address_is_one_of_a_message(known_town: Town) -> None:
    before = previewed(known_town)
    again = previewed(known_town, replace(ASKED, preview="prv_2", compared_with="prv_1"))
    assert (again.digest, again.drift) == (before.digest, Drift(is_compared=True))
    known_town.hear(contact_changed(2, language="fr"))

    other = replace(ASKED, preview="prv_3", compared_with="prv_2", reason="The hall has burnt down.")
    after = previewed(known_town, other)

    assert after.drift == Drift(is_compared=True, changed_count=1, are_texts_changed=True)


def example(number: int, **changed: Any) -> Example:
    """What an order would be told."""
    given: dict[str, Any] = {
        "outcome": "offered",
        "order": f"ord_{number}",
        "registration": f"reg_{number}",
        "person": f"per_{number}",
        "number": "INV-2020-0004-1200-0000",
        "tender": "transfer",
        "paid_minor": 57500,
        "fee_minor": 7500,
        "refundable_minor": 50000,
        "choices": ("refund", "credit", "donate"),
        "default_choice": "refund",
    }
    return Example(**(given | changed))


def money(*examples: Example) -> MoneyPreviewed:
    """Payments has worked it out."""
    return MoneyPreviewed(
        preview="prv_1",
        conference="conf_74",
        decision="cancel:conf_74",
        revision=1,
        count=5,
        population="p",
        currency="USD",
        lines=(),
        anomalies=(),
        digest="d",
        examples=examples,
    )


def page(town: Town, path: str = "") -> Any:
    """A page of the desk."""
    return town.client().get(
        f"/notifications/desk/previews/prv_1{path}", auth=COMMITTEE, headers={"Accept": "text/html"}
    )


def test_three_people_are_shown_what_they_would_read_in_their_language_with_their_own_sums(known_town: Town) -> None:
    previewed(known_town)
    town_pays = example(4, person="pyr_1", order="ord_town", is_of_several=True, registration_count=2)
    voided = example(3, outcome="voided", voided_minor=57500, paid_minor=0, choices=())
    known_town.hear(money(example(2), town_pays, voided))

    shown = page(known_town)

    assert shown.status_code == 200
    assert "Dana Whitfield 2" in shown.text
    assert "mail, in Nederlands" in shown.text
    assert "City of Riverton, who pays for 2 people" in shown.text
    assert "mail, in Français" in shown.text
    assert "letter, in English" in shown.text
    assert "Travel is not safe." in shown.text
    assert "$575.00" in shown.text
    assert page(known_town, "/1/html").headers["Content-Security-Policy"].startswith("sandbox")
    assert "500,00" in page(known_town, "/1/html").text
    assert page(known_town, "/4/html").status_code == 404
    assert known_town.messages() == []
    assert known_town.mails() == []


def test_without_sums_yet_the_page_says_so_and_without_a_preview_there_is_none(known_town: Town) -> None:
    assert page(known_town).status_code == 404

    previewed(known_town, replace(ASKED, reason=""))

    assert "still being worked out" in page(known_town).text
    known_town.hear(money(example(1)))
    assert "The reason that you give stands here." in page(known_town).text


def test_money_may_be_heard_of_before_the_question(known_town: Town) -> None:
    """Two topics: the answer of payments may be read first."""
    known_town.hear(money(example(1)))

    previewed(known_town)

    assert "Dana Whitfield 1" in page(known_town).text
