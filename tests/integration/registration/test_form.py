"""Claims about the form on which somebody registers: what it takes, what it asks for, and what it keeps."""

import re

import pytest

from services.registration.registering.store import REGISTRATIONS
from shared.contracts.registration import (
    PersonRegistered,
    RegistrationSubmitted,
)
from shared.references import payment_reference
from tests.integration.registration.answers import HTML, mine, problem, told
from tests.integration.registration_house import (
    FEES,
    House,
    invoice_issued,
)
from tests.town import COMMITTEE

REGISTER = "/registration/conferences/74th/register"


# pages


def test_the_form_takes_a_registration_and_leads_to_the_registrants_page(town: House) -> None:
    form = town.client.get(REGISTER, headers=HTML)
    key = form.text.partition('name="idempotency_key" value="')[2].partition('"')[0]
    entries = {
        "idempotency_key": key,
        "name": "Dana Whitfield",
        "email": "dana@millbrook.example",
        "category": "delegate",
        "guests": "Ben Whitfield\n\nAda Whitfield\n",
        "tender": "card",
    }

    sent, again = (town.client.post(REGISTER, data=entries, headers=HTML) for _ in range(2))
    page = town.client.get(mine({"mine": sent.headers["Location"]}), headers=HTML)

    assert (sent.status_code, again.status_code) == (303, 303)
    assert again.headers["Location"] == sent.headers["Location"]
    assert len(town.said(RegistrationSubmitted)) == 1
    assert "One step is left: the payment" in page.text
    assert "$1,075.00" in page.text
    assert "/payments/pay/" in page.text


@pytest.mark.parametrize("tender", ["cheque", "transfer", "purchase_order"])
def test_who_pays_later_is_told_the_invoice_number_to_quote(town: House, tender: str) -> None:
    answer = town.register(tender=tender)
    registered = town.registration(answer["registration"])
    before = town.client.get(mine(answer), headers=HTML).text

    for _ in range(2):
        town.hear(invoice_issued(registered))
    page = town.client.get(mine(answer), headers=HTML).text

    assert f"payment reference {payment_reference(registered.order)}" in before
    assert registered.order not in before
    assert "invoice number INV-2020-1234-5678-9012" in page
    assert registered.order not in page
    assert '"invoice":"INV-2020-1234-5678-9012"' in town.client.get(mine(answer)).text.replace(" ", "")


def test_a_price_that_no_card_can_be_charged_with_is_refused_where_it_is_set(town: House) -> None:
    before = town.client.get("/registration/conferences/74th")
    for category, sentence in (
        ({"amount_minor": 30}, "at $0.30 can't be paid by card: the card provider takes $0.50 to $999,999.99."),
        ({"guest_amount_minor": 49}, "A guest of "),
        ({"amount_minor": 100_000_000}, "can't be paid by card"),
    ):
        fees = FEES | {"categories": [FEES["categories"][0] | category]}
        headers = {"If-Match": before.headers["ETag"]}
        refused = town.client.put("/registration/conferences/74th/fees", json=fees, auth=COMMITTEE, headers=headers)
        assert refused.status_code == 422
        assert sentence in told(refused)["detail"]
        assert "Nothing was changed" in told(refused)["detail"]
    assert town.client.get("/registration/conferences/74th").json == before.json


def test_a_sum_that_no_card_can_be_charged_with_registers_nobody_and_names_another_way(town: House) -> None:
    seen = town.client.get("/registration/conferences/74th").headers["ETag"]
    large = {"amount_minor": 90_000_000, "guest_amount_minor": 4_999_999}
    gala = {"key": "gala", "label": "Gala", "amount_minor": 5_000_001, "place_count": 9}
    fees = FEES | {"categories": [FEES["categories"][0] | large], "options": [gala]}
    town.client.put("/registration/conferences/74th/fees", json=fees, auth=COMMITTEE, headers={"If-Match": seen})
    entries = {"category": "delegate", "name": "Dana", "email": "d@millbrook.example", "options": "gala"}

    refused = town.post(guests=[{"name": "Ben"}], options=["gala"])
    form = town.client.post(REGISTER, data=entries | {"guests": "Ben", "tender": "card"}, headers=HTML)
    count = town.database.mongo[REGISTRATIONS.name].count_documents({})
    largest = town.post(guests=[{"name": "Ben"}, {"name": "Ann"}])
    by_transfer = town.post(guests=[{"name": "Ben"}], options=["gala"], tender="transfer")

    sentence = "All of it together is $1,000,000.00, and the card provider takes $999,999.99 at most in one payment. "
    assert problem(refused) == (422, "SumNotChargeable")
    assert told(refused)["detail"] == (
        sentence + "Nobody was registered, and nothing was charged; please choose another way to pay."
    )
    assert (form.status_code, sentence in form.text, "another way to pay" in form.text) == (422, True, True)
    assert ">Ben</textarea>" in form.text
    assert count == 0
    assert (largest.status_code, by_transfer.status_code) == (201, 201)


def test_the_form_keeps_what_was_entered_and_says_what_is_missing_beside_the_field(town: House) -> None:
    entries = {"name": "Dana <Whitfield>", "email": "dana", "guests": "Ben", "tender": "card"}

    page = town.client.post(REGISTER, data=entries, headers=HTML)

    assert page.status_code == 422
    assert "You are not registered yet, and nothing was charged" in page.text
    assert 'id="email-refused">This is no e-mail address' in page.text
    assert 'id="category-refused">Please choose one.' in page.text
    assert 'value="Dana &lt;Whitfield&gt;"' in page.text
    assert ">Ben</textarea>" in page.text
    assert 'name-refused"' not in page.text


def test_an_address_that_mail_servers_may_not_take_is_said_at_the_form(town: House) -> None:
    entries = {"name": "Zoë", "email": "zoë.büro@millbrook.example", "category": "delegate", "tender": "cheque"}

    page = town.client.post(REGISTER, data=entries, headers=HTML)
    with_such_a_domain = town.client.post(REGISTER, data=entries | {"email": "zoe@büro.example"}, headers=HTML)

    assert page.status_code == 422
    assert 'id="email-refused">There is “ë” and “ü” before the @' in page.text
    assert "Please give another address, with plain letters before the @." in page.text
    assert with_such_a_domain.status_code == 303


def test_errors_lead_to_their_fields_in_the_order_of_the_page_and_the_first_has_the_focus(town: House) -> None:
    page = town.client.post(REGISTER, data={"name": "", "email": "dana", "guests": "Ben"}, headers=HTML).text

    assert re.findall(r'<li><a href="#(\w+)">', page) == ["name", "email", "category", "tender"]
    ids = set(re.findall(r' id="([\w-]+)"', page))
    described = re.findall(r'aria-invalid="true"[^>]*aria-describedby="([^"]+)"', page)
    assert {"name", "email", "category", "tender"} <= ids
    assert [each.split()[-1] for each in described] == [
        "name-refused",
        "email-refused",
        "category-refused",
        "tender-refused",
    ]
    assert {part for each in described for part in each.split()} <= ids
    (focused,) = re.findall(r"<input[^>]*autofocus", page)
    assert 'id="name"' in focused


def test_whoever_types_no_more_than_the_address_finds_the_front_page_or_the_desk(town: House) -> None:
    front, desk = (town.client.get(address, headers=HTML) for address in ("/", "/registration/"))

    assert (front.status_code, front.location) == (302, "http://localhost/scheduling/")
    assert (desk.status_code, desk.location) == (302, "/registration/desk")


def test_without_an_e_mail_address_the_form_asks_for_a_postal_one(town: House) -> None:
    entries = {"name": "Peg", "has_no_email": "yes", "email": "ignored", "category": "delegate", "tender": "cheque"}

    missing = town.client.post(REGISTER, data=entries, headers=HTML)
    sent = town.client.post(REGISTER, data=entries | {"postal_address": "4 Elm Street\nMillbrook"}, headers=HTML)

    assert "Without an e-mail address we write letters" in missing.text
    assert sent.status_code == 303
    (known,) = town.said(PersonRegistered)
    assert (known.email, known.postal_address) == (None, ("4 Elm Street", "Millbrook"))


def test_the_form_says_who_is_registered_already_and_what_a_used_form_is(town: House) -> None:
    entries = {"name": "Dana", "email": "d@m.example", "category": "delegate", "tender": "cheque"}
    town.client.post(REGISTER, data=entries | {"idempotency_key": "k"}, headers=HTML)

    twice = town.client.post(REGISTER, data=entries | {"idempotency_key": "other"}, headers=HTML)
    used = town.client.post(REGISTER, data=entries | {"name": "Luis", "idempotency_key": "k"}, headers=HTML)

    assert (twice.status_code, used.status_code) == (409, 409)
    assert "Already registered" in twice.text
    assert "These entries were not registered" in used.text


@pytest.mark.parametrize("key", ["k" * 201, "k" * 100_000, "k\x00"])
def test_a_form_with_a_key_that_no_page_gave_it_registers_nobody(town: House, key: str) -> None:
    entries = {"name": "Dana", "email": "d@m.example", "category": "delegate", "tender": "cheque"}

    refused = town.client.post(REGISTER, data=entries | {"idempotency_key": key}, headers=HTML)

    assert refused.status_code == 400
    assert "Nothing was changed; please open the page anew" in refused.text
    assert town.said(RegistrationSubmitted) == []


def test_two_forms_whose_long_keys_begin_alike_are_two(town: House) -> None:
    for name in ("Dana", "Luis"):
        entries = {"name": name, "email": f"{name}@m.example", "category": "delegate", "tender": "cheque"}
        sent = town.client.post(REGISTER, data=entries | {"idempotency_key": "k" * 190 + name}, headers=HTML)
        assert sent.status_code == 303

    assert len(town.said(RegistrationSubmitted)) == 2


def test_a_closed_conference_shows_no_form(town: House) -> None:
    town.cancel()

    page = town.client.get(REGISTER, headers=HTML)

    assert "has been cancelled" in page.text
    assert "<textarea" not in page.text
