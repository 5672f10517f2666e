"""What the registrant reads: their own amounts, dates with weekday and zone, one link, nothing that breaks a page."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.notifications import domain
from services.notifications.domain import Message, Purpose
from services.notifications.known import Cancellation, Conference, Contact, Words
from services.notifications.wording import FOLDER, Wording
from shared.settings import SERVICES, Settings

NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)
CHOOSE_UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)
DANA = Contact(
    id="per_1",
    name="Dana Whitfield",
    email="dana@millbrook.example",
    postal_address=("1 Main Street", "Millbrook, MO 63000"),
)
CONFERENCE = Conference(
    id="conf_74",
    title="74th Annual Conference",
    city="St. Louis",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
    cancellation=Cancellation(
        run="run_74",
        reason="Travel is not safe this spring.",
        decision="Cancel the 74th; full refund.",
        cancelled_on=date(2020, 4, 9),
        choose_by=date(2020, 4, 30),
        default_choice="refund",
    ),
)
OFFER: dict[str, Any] = {
    "outcome": "offered",
    "tender": "card",
    "currency": "USD",
    "paid_minor": 57500,
    "fee_minor": 7500,
    "refundable_minor": 50000,
    "voided_minor": 0,
    "released_minor": 0,
    "choices": ["refund", "credit", "donate"],
    "default_choice": "refund",
    "choose_until": CHOOSE_UNTIL,
}
VOIDED = {"outcome": "voided", "number": "INV-2020-000412", "voided_minor": 65000, "currency": "USD"}
RELEASED = {"outcome": "released", "released_minor": 57500, "voided_minor": 0, "currency": "USD"}
PAYMENT = {"tender": "cheque", "amount_minor": 57500, "balance_minor": 0, "currency": "USD", "is_late": False}
PLACE = {"tender": "card", "total_minor": 82500, "guest_count": 1, "currency": "USD", "is_paid": True}
CHOICE = {"choice": "credit", "amount_minor": 50000, "currency": "USD"}
REFUND = {"refund": "ref_1", "rail": "card", "amount_minor": 50000, "currency": "USD", "reference": "re_8812"}
EVERY: list[tuple[Purpose, dict[str, Any]]] = [
    (Purpose.REGISTRATION_CONFIRMED, PLACE),
    (Purpose.REGISTRATION_CONFIRMED, PLACE | {"is_paid": False, "guest_count": 0}),
    (Purpose.PAYMENT_RECEIVED, PAYMENT),
    (Purpose.PAYMENT_RECEIVED, PAYMENT | {"balance_minor": 7500}),
    (Purpose.PAYMENT_RECEIVED, PAYMENT | {"is_late": True}),
    (Purpose.CONFERENCE_CANCELLED, OFFER),
    (Purpose.CONFERENCE_CANCELLED, OFFER | {"choices": [], "refundable_minor": 0}),
    (Purpose.CONFERENCE_CANCELLED, VOIDED),
    (Purpose.CONFERENCE_CANCELLED, RELEASED),
    *((Purpose.CHOICE_CONFIRMED, CHOICE | {"choice": choice}) for choice in ("refund", "credit", "donate")),
    *((Purpose.REFUND_SENT, REFUND | {"rail": rail}) for rail in ("card", "cheque", "transfer")),
    *((Purpose.REFUND_FAILED, REFUND | {"rail": rail}) for rail in ("card", "cheque", "transfer")),
]


@pytest.fixture(scope="module")
def wording() -> Wording:
    given = {"MONGO_URL": "unused", "KAFKA_BOOTSTRAP_SERVERS": "unused", "SECRET_KEY": "of the tests"}
    urls = {f"{service.upper()}_URL": "https://reconvene.example" for service in SERVICES}
    return Wording(Settings.from_environment("notifications", given | urls))


def message(purpose: Purpose, facts: dict[str, Any]) -> Message:
    return domain.plan(
        purpose,
        subject="reg_1",
        revision="1",
        recipient="per_1",
        conference="conf_74",
        run="run_74",
        facts=facts,
        now=NOW,
    )


def mail(wording: Wording, purpose: Purpose, facts: dict[str, Any], *, contact: Contact = DANA) -> Words:
    return wording.mail(message(purpose, facts), contact=contact, conference=CONFERENCE)


def letter(wording: Wording, purpose: Purpose, facts: dict[str, Any]) -> Words:
    return wording.letter(message(purpose, facts), contact=DANA, conference=CONFERENCE, written_on=NOW)


def test_every_purpose_has_its_words() -> None:
    parts = {(purpose, part) for purpose in Purpose for part in ("subject.txt", "body.txt", "body.html")}

    assert {(purpose, part) for purpose, part in parts if not (FOLDER / purpose / part).is_file()} == set()


@pytest.mark.parametrize(("purpose", "facts"), EVERY)
def test_every_message_names_its_reader_its_conference_and_one_link(
    wording: Wording, purpose: Purpose, facts: dict[str, Any]
) -> None:
    written = mail(wording, purpose, facts)

    assert "\n" not in written.subject
    assert "74th Annual Conference" in written.subject
    assert "Dear Dana Whitfield" in written.text
    assert "Dear Dana Whitfield" in written.html
    assert f"\n\n{written.link}\n\n" in written.text, "the link stands on a line of its own"
    assert {part for part in written.text.split() if part.startswith("https://")} == {written.link}
    assert written.link in written.html
    assert "\n\n\n" not in written.text


@pytest.mark.parametrize(("purpose", "facts"), EVERY)
def test_every_letter_has_an_address_a_date_and_a_code_to_type(
    wording: Wording, purpose: Purpose, facts: dict[str, Any]
) -> None:
    written = letter(wording, purpose, facts)

    code = domain.letter_code("of the tests", message=message(purpose, facts).id)
    for expected in ("Dana Whitfield<br>", "1 Main Street<br>", "Millbrook, MO 63000", "Thursday, April 9, 2020"):
        assert expected in written.html
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in written.html
    assert "https://reconvene.example/notifications/letter" in written.html
    assert written.link in written.html
    assert "answer this mail" not in written.html + written.text
    assert "Write to us, or call us" in written.text


def test_the_cancellation_tells_why_the_own_amounts_the_choices_and_the_deadline(wording: Wording) -> None:
    text = mail(wording, Purpose.CONFERENCE_CANCELLED, OFFER).text

    for expected in (
        "Travel is not safe this spring.",
        "You paid: $575.00",
        "Kept under the terms you registered with: $75.00",
        "Yours to decide about: $500.00",
        "* Refund. $500.00 goes back to the card you paid with.",
        "* Credit. We keep $500.00",
        "* Donation. $500.00",
        "by the end of Thursday, April 30, 2020 (Central Time). If we hear nothing from you by then, we refund it.",
        "released by the hotel",
        "Points: none were earned",
        "Sunday, May 17, 2020 to Wednesday, May 20, 2020",
    ):
        assert expected in text


def test_a_void_invoice_and_a_released_grant_ask_for_no_choice(wording: Wording) -> None:
    invoice = mail(wording, Purpose.CONFERENCE_CANCELLED, VOIDED).text
    grant = mail(wording, Purpose.CONFERENCE_CANCELLED, RELEASED).text

    assert "Your invoice INV-2020-000412 for $650.00 is void. You owe nothing" in invoice
    assert "$575.00 of your grant has gone back to its fund." in grant
    assert "choose" not in invoice + grant
    assert "CHOICES" not in invoice + grant


def test_late_money_goes_back_by_itself(wording: Wording) -> None:
    late = mail(wording, Purpose.PAYMENT_RECEIVED, PAYMENT | {"is_late": True})

    assert "goes back to you" in late.subject
    assert "It goes back to you by itself." in late.text
    assert "Still to pay" not in late.text


def test_a_failed_refund_asks_for_an_address_on_the_payee_s_own_page(wording: Wording) -> None:
    failed = mail(wording, Purpose.REFUND_FAILED, REFUND)

    assert failed.link.startswith("https://reconvene.example/payments/payee/")
    assert "We send it by cheque instead." in failed.text


def test_what_people_typed_is_escaped_in_html_and_can_not_break_a_header(wording: Wording) -> None:
    mallory = replace(DANA, name="<script>alert(1)</script>\r\nBcc: all@example.org")

    written = mail(wording, Purpose.CONFERENCE_CANCELLED, OFFER, contact=mallory)

    assert "<script>" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "\r" not in written.subject + written.text


def test_a_language_without_words_is_written_in_english(wording: Wording) -> None:
    dutch = mail(wording, Purpose.REFUND_SENT, REFUND, contact=replace(DANA, language="nl"))

    assert dutch.text == mail(wording, Purpose.REFUND_SENT, REFUND).text
