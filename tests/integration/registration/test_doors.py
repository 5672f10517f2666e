"""Claims about who gets in by registration's public doors, at which price, until when and how fast."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from services.registration.registering.schemas.pace import BY_EMAIL_MAX, BY_NETWORK_MAX
from shared.contracts.registration import RegistrationConfirmed, RegistrationSubmitted
from tests.integration.registration_house import FEES, GUEST_FEE_MINOR, House, application
from tests.town import COMMITTEE, FINANCE

HTML = {"Accept": "text/html"}
REGISTER = "/registration/conferences/74th/register"
GIVEN = {"key": "honour", "label": "Guest of honour", "amount_minor": 0, "guest_amount_minor": GUEST_FEE_MINOR}
WITH_GIVEN: dict[str, Any] = {**FEES, "categories": [FEES["categories"][0], GIVEN]}


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, with a price of nothing that the committee gives."""
    one_house.forget()
    one_house.open_conference()
    set_fees(one_house, WITH_GIVEN)
    return one_house


def set_fees(town: House, fees: dict[str, Any]) -> None:
    path = "/registration/conferences/74th/fees"
    assert town.client.put(path, json=fees, headers={"If-Match": "*"}, auth=COMMITTEE).status_code == 200


def entries(**changed: Any) -> dict[str, Any]:
    return {"name": "Dana Whitfield", "email": "dana@millbrook.example", "category": "delegate", "tender": "card"} | (
        changed
    )


def hidden(page: str, name: str) -> str:
    (value,) = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return str(value)


def invitation(town: House, category: str = "honour") -> str:
    path = "/registration/conferences/74th/invitations"
    made = town.client.post(path, json={"category": category}, auth=COMMITTEE)
    assert (made.status_code, made.is_json) == (201, True), made.text
    return str(made.json["link"]).removeprefix("http://localhost")  # type: ignore[index]


# what costs nothing


def test_a_price_of_nothing_is_on_no_public_form_and_taken_from_no_stranger(town: House) -> None:
    page = town.client.get(REGISTER, headers=HTML).text
    by_form = town.client.post(REGISTER, data=entries(category="honour"), headers=HTML)
    by_api = town.post(category="honour")

    assert ("Guest of honour" in page, "Delegate" in page) == (False, True)
    assert (by_form.status_code, by_api.status_code) == (409, 409)
    assert "is given by the host committee" in by_form.text
    assert by_api.json["type"] == "urn:reconvene:problem:CategoryIsGiven"
    assert town.said(RegistrationSubmitted) == []


def test_a_price_of_nothing_is_on_the_form_once_the_committee_says_so(town: House) -> None:
    set_fees(town, {**FEES, "categories": [FEES["categories"][0], GIVEN | {"public": True}]})

    sent = town.client.post(REGISTER, data=entries(category="honour"), headers=HTML)

    assert "Guest of honour" in town.client.get(REGISTER, headers=HTML).text
    assert sent.status_code == 303
    assert len(town.said(RegistrationConfirmed)) == 1


def test_a_price_that_the_committee_takes_off_the_form_is_given_too(town: House) -> None:
    set_fees(town, {**FEES, "categories": [{**FEES["categories"][0], "public": False}]})

    assert "Registration is by invitation" in town.client.get(REGISTER, headers=HTML).text
    assert town.post().status_code == 409
    assert town.said(RegistrationSubmitted) == []


def test_the_committee_registers_at_any_price_with_its_account_and_finance_does_not(town: House) -> None:
    headers = {"Idempotency-Key": "a"}

    def ask(auth: tuple[str, str]) -> int:
        body = application(category="honour")
        return town.client.post("/registration/registrations", json=body, headers=headers, auth=auth).status_code

    assert (ask(FINANCE), ask(COMMITTEE)) == (409, 201)


def test_an_invitation_registers_one_person_once(town: House) -> None:
    link = invitation(town)

    page = town.client.get(link, headers=HTML)
    sent = town.client.post(link, data=entries(category="honour", seen=hidden(page.text, "seen")), headers=HTML)
    again = town.client.post(link, data=entries(category="honour", name="Luis Ortega"), headers=HTML)

    assert ("Guest of honour" in page.text, "Delegate" in page.text) == (True, False)
    assert page.headers["Cache-Control"] == "no-store"
    assert sent.status_code == 303
    assert (again.status_code, "it is for one person" in again.text) == (409, True)
    assert len(town.said(RegistrationConfirmed)) == 1


def test_an_invitation_is_to_one_price_of_one_conference_and_can_not_be_made_up(town: House) -> None:
    town.open_conference("75th")
    link = invitation(town, "delegate")
    token = link.rpartition("/")[2]

    assert town.post(category="honour", invitation=token).status_code == 409
    assert town.post(category="speaker", conference="75th", invitation=token).status_code == 201  # it needs none
    assert town.post(category="honour", invitation=token + "x").status_code == 404
    assert town.client.get(link + "x", headers=HTML).status_code == 404
    assert town.post(category="honour", invitation=invitation(town).rpartition("/")[2]).status_code == 201


@pytest.mark.parametrize(("auth", "status"), [(None, 401), (FINANCE, 403)])
def test_only_the_committee_invites(town: House, auth: Any, status: int) -> None:
    path = "/registration/conferences/74th/invitations"

    assert town.client.post(path, json={"category": "honour"}, auth=auth).status_code == status
    assert town.client.post("/registration/desk/conferences/74th/invitations", auth=auth).status_code == status


def test_the_desk_shows_the_invitation_that_it_makes(town: House) -> None:
    page = town.client.post(
        "/registration/desk/conferences/74th/invitations", data={"category": "honour"}, auth=COMMITTEE, headers=HTML
    )
    (link,) = re.findall(r"http://localhost(/registration/invitations/[^<]+)<", page.text)

    assert "Guest of honour" in town.client.get(link, headers=HTML).text


# until when, and at which prices


def test_after_the_last_day_registration_itself_refuses_and_says_when_it_ended(town: House) -> None:
    town.database.clock.move(datetime(2020, 5, 21, 4, 59, tzinfo=UTC))  # a minute before midnight in St. Louis
    assert town.post().status_code == 201
    town.database.clock.move(datetime(2020, 5, 21, 5, tzinfo=UTC))

    refused = town.post()
    form = town.client.get(REGISTER, headers=HTML).text
    by_form = town.client.post(REGISTER, data=entries(), headers=HTML)

    assert (refused.status_code, by_form.status_code) == (409, 409)
    assert "it ended on Wednesday, May 20, 2020" in refused.json["detail"]
    assert "it ended on Wednesday, May 20, 2020" in form
    assert "<textarea" not in form
    assert town.client.get("/registration/conferences/74th").json["open"] is False  # type: ignore[index]
    assert len(town.said(RegistrationSubmitted)) == 1


@pytest.mark.parametrize("what", ["a price", "the terms", "an option"])
def test_a_form_that_was_open_while_prices_or_terms_changed_registers_nobody_until_they_agree(
    town: House, what: str
) -> None:
    seen = hidden(town.client.get(REGISTER, headers=HTML).text, "seen")
    banquet = {"key": "banquet", "label": "Banquet", "amount_minor": 9900}
    delegate = FEES["categories"][0]
    set_fees(
        town,
        {
            "a price": {**FEES, "categories": [{**delegate, "amount_minor": 61900}]},
            "the terms": {**FEES, "terms": {"organiser_cancels_fee_minor": 12300}},
            "an option": {**FEES, "options": [banquet]},
        }[what],
    )

    refused = town.client.post(REGISTER, data=entries(seen=seen), headers=HTML)
    by_api = town.post(seen=seen)
    agreed = town.client.post(REGISTER, data=entries(seen=hidden(refused.text, "seen")), headers=HTML)

    assert (refused.status_code, by_api.status_code, agreed.status_code) == (409, 409, 303)
    assert "the prices or terms of this conference were changed" in refused.text
    assert {"a price": "$619.00", "the terms": "$123.00", "an option": "Banquet"}[what] in refused.text
    assert 'value="Dana Whitfield"' in refused.text
    assert len(town.said(RegistrationSubmitted)) == 1


def test_a_form_that_was_open_while_places_were_added_is_taken(town: House) -> None:
    banquet = {"key": "banquet", "label": "Banquet", "amount_minor": 9900, "place_count": 10}
    set_fees(town, {**FEES, "options": [banquet]})
    seen = hidden(town.client.get(REGISTER, headers=HTML).text, "seen")
    set_fees(town, {**FEES, "options": [banquet | {"place_count": 20}]})

    assert town.client.post(REGISTER, data=entries(seen=seen), headers=HTML).status_code == 303


# how fast


def test_one_source_registers_so_many_an_hour_and_others_never_wait_for_it(town: House) -> None:
    def ask(address: str) -> Any:
        body = application()
        headers = {"Idempotency-Key": body["person"]["name"].replace(" ", "-")}
        path = "/registration/registrations"
        return town.client.post(path, json=body, headers=headers, environ_base={"REMOTE_ADDR": address})

    taken = [ask("192.0.2.7").status_code for _ in range(BY_NETWORK_MAX)]
    refused = ask("192.0.2.7")

    assert set(taken) == {201}
    assert (refused.status_code, ask("192.0.2.8").status_code) == (429, 201)
    assert "You were not registered, and nothing was charged" in refused.json["detail"]
    assert len(town.said(RegistrationSubmitted)) == BY_NETWORK_MAX + 1


def test_one_e_mail_address_registers_so_many_an_hour_wherever_it_sits(town: House) -> None:
    def ask(number: int) -> int:
        person = {"name": f"Clerk {number}", "email": "office@millbrook.example"}
        return int(town.post(person=person).status_code)

    assert [ask(number) for number in range(BY_EMAIL_MAX + 1)] == [201] * BY_EMAIL_MAX + [429]
