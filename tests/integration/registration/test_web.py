"""Claims about registration's API and pages: what is taken, what is refused and how, and who may do what."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from werkzeug.test import TestResponse

from services.registration.people.store import PEOPLE
from services.registration.registering.domain.registrations import Life
from services.registration.registering.store import REGISTRATIONS
from shared.auth import opened
from shared.contracts.registration import (
    PersonRegistered,
    RegistrationConfirmed,
    RegistrationSubmitted,
    SettlementChosen,
    SettlementFixed,
)
from shared.references import payment_reference
from tests.integration.registration_house import (
    CHOOSE_UNTIL,
    FEE_MINOR,
    FEES,
    GUEST_FEE_MINOR,
    KEPT_MINOR,
    House,
    announced,
    application,
    awaited,
    captured,
    house,
    invoice_issued,
    offered,
    purchase_order,
    refund_reversed,
    refund_settled,
    released,
    voided,
)
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE

HTML = {"Accept": "text/html"}
REGISTER = "/registration/conferences/74th/register"


@pytest.fixture(scope="module")
def one_house(module_namespace: Namespace) -> Iterator[House]:
    """The service with a database of its own, for all tests of this module."""
    with house(module_namespace) as made:
        yield made


@pytest.fixture
def town(one_house: House) -> House:
    """A conference that is open, and nothing else."""
    one_house.forget()
    one_house.open_conference()
    return one_house


def problem(response: TestResponse) -> tuple[int, str]:
    """A refusal's status and name; it must be a problem document."""
    assert response.content_type == "application/problem+json", response.text
    assert response.json is not None
    return response.status_code, response.json["type"].rpartition(":")[2]


def told(response: TestResponse) -> dict[str, Any]:
    """What a request was answered, as JSON."""
    assert response.json is not None, response.text
    return cast(dict[str, Any], response.json)


def mine(answer: dict[str, Any]) -> str:
    """The path of a registrant's own page."""
    return str(answer["mine"]).removeprefix("http://localhost")


def end_and_offer(town: House, **changed: Any) -> dict[str, Any]:
    """Somebody registered and paid, the conference was cancelled, and the offer has come."""
    answer = town.register(**changed)
    town.hear(captured(town.registration(answer["registration"])))
    town.cancel()
    town.run_jobs()
    town.hear(offered(town.registration(answer["registration"])))
    return answer


# registering


def test_registering_freezes_prices_and_terms_and_says_so_without_names(town: House) -> None:
    answer = town.register(guests=[{"name": "Ben Whitfield"}, {"name": "Ada Whitfield"}])

    (submitted,) = town.said(RegistrationSubmitted)
    assert answer == {
        "registration": submitted.registration,
        "order": submitted.order,
        "person": submitted.person,
        "total_minor": FEE_MINOR + 2 * GUEST_FEE_MINOR,
        "currency": "USD",
        "mine": answer["mine"],
        "pay": answer["pay"],
    }
    assert answer["pay"].startswith("http://localhost/payments/pay/")
    assert [(line.kind, line.amount_minor) for line in submitted.lines] == [
        ("fee", FEE_MINOR),
        ("guest", GUEST_FEE_MINOR),
        ("guest", GUEST_FEE_MINOR),
    ]
    assert (submitted.terms.organiser_cancels_fee_minor, submitted.guest_count) == (KEPT_MINOR, 2)
    stored = town.database.mongo["events"].find_one({"key": submitted.registration})
    assert stored is not None
    assert b"Whitfield" not in stored["data"]
    assert [guest.name for guest in town.registration(submitted.registration).guests] == [
        "Ben Whitfield",
        "Ada Whitfield",
    ]


def test_my_registration_leads_to_my_agenda_until_the_conference_is_cancelled(town: House) -> None:
    answer = town.register()
    registration = town.registration(answer["registration"])

    def page() -> str:
        return str(town.client.get(mine(answer), headers={"Accept": "text/html"}).text)

    (token,) = re.findall(r'/scheduling/agenda/([^"]+)"', page())
    agenda = opened(town.parts.settings, purpose="agenda", token=token)
    town.cancel()

    assert agenda == f"{registration.conference}:{registration.person}"
    assert "/scheduling/agenda/" not in page()


def test_only_who_pays_by_card_gets_a_link_to_pay(town: House) -> None:
    links = {
        tender: town.register(tender=tender)["pay"] for tender in ("cheque", "transfer", "grant", "purchase_order")
    }

    assert links == {"cheque": None, "transfer": None, "grant": None, "purchase_order": None}


def test_what_costs_nothing_is_confirmed_at_once(town: House) -> None:
    answer = town.register(category="speaker")

    (confirmed,) = town.said(RegistrationConfirmed)
    assert (confirmed.registration, confirmed.is_paid, answer["pay"]) == (answer["registration"], True, None)


def test_the_same_key_and_body_give_the_same_registration(town: House) -> None:
    body = application()
    first = town.post(key="once", **body)
    again = town.post(key="once", **body)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert town.database.mongo[REGISTRATIONS.name].count_documents({}) == 1


def test_without_an_address_everyone_is_new_but_the_same_key_is_the_same_request(town: House) -> None:
    person = {"name": "Peg Sullivan", "email": None, "postal_address": ["4 Elm Street", "Millbrook"]}

    first, again, other = (town.post(key=key, person=person).json for key in ("k1", "k1", "k2"))

    assert first == again
    assert other["person"] != first["person"]
    assert town.database.mongo[PEOPLE.name].count_documents({}) == 2


def test_the_same_key_with_another_body_is_refused(town: House) -> None:
    town.post(key="once")

    assert problem(town.post(key="once")) == (422, "IdempotencyKeyReused")


@pytest.mark.parametrize("key", ["", " ", "a key", "k" * 201, "schlüssel"])
def test_registering_needs_a_key_that_can_be_kept(town: House, key: str) -> None:
    headers = {"Idempotency-Key": key} if key else {}

    refused = town.client.post("/registration/registrations", json=application(), headers=headers)

    assert problem(refused) == (400, "IdempotencyKeyMissing")
    assert town.database.mongo[REGISTRATIONS.name].count_documents({}) == 0


def test_the_same_person_registers_once_however_they_type_their_name(town: House) -> None:
    town.register(person={"name": "Dana Whitfield", "email": "dana@millbrook.example"})

    refused = town.post(person={"name": " dana  WHITFIELD", "email": "Dana@Millbrook.example"})

    assert problem(refused) == (409, "RegisteredAlready")
    assert "not registered again, and nothing was charged" in told(refused)["detail"]
    assert len(town.said(RegistrationSubmitted)) == 1


def test_an_office_address_shared_by_two_clerks_is_two_persons(town: House) -> None:
    dana, luis = (
        town.register(person={"name": name, "email": "town.clerk@millbrook.example"})
        for name in ("Dana Whitfield", "Luis Ortega")
    )

    assert dana["person"] != luis["person"]


def test_a_person_is_known_again_at_the_next_conference_and_told_of_once(town: House) -> None:
    town.open_conference("75th")
    person = {"name": "Dana Whitfield", "email": "dana@millbrook.example"}
    first = town.register(person=person)
    second = town.register(person=person | {"postal_address": ["Somewhere else"]}, conference="75th")

    assert second["person"] == first["person"]
    (known,) = town.said(PersonRegistered)
    assert known.postal_address == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"tender": "gold"},
        {"tender": None},
        {"category": None},
        {"person": {"name": "", "email": "a@b.example"}},
        {"person": {"name": "\u200b\u202e", "email": "a@b.example"}},
        {"person": {"name": "Dana\x00", "email": "a@b.example"}},
        {"person": {"name": "Dana \ud800", "email": "a@b.example"}},
        {"person": {"name": "Dana \u202eW", "email": "a@b.example"}},
        {"person": {"name": "Dana", "postal_address": ["1 Main\u2066 Street"]}},
        {"guests": [{"name": "Ben\u2069"}]},
        {"person": {"name": "D" * 201, "email": "a@b.example"}},
        {"person": {"name": "Dana", "email": "no address"}},
        {"person": {"name": "Dana", "email": None}},
        {"person": {"name": "Dana", "email": "a@b.example", "language": "x"}},
        {"person": {"name": "Dana", "email": "a@b.example", "postal_address": "1 Main Street"}},
        {"person": {"name": "Dana", "email": "a@b.example", "postal_address": ["line"] * 9}},
        {"person": []},
        {"guests": [{"name": ""}]},
        {"guests": [{"name": "Ben"}] * 21},
        {"guests": {"name": "Ben"}},
        {"price_minor": 1},
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(town: House, changed: dict[str, Any]) -> None:
    refused = town.post(**changed)

    assert refused.status_code == 422, refused.text
    assert told(refused)["detail"] == "Some fields make no sense. Nothing was changed."
    assert set(told(refused)["errors"]["json"]) == set(changed)
    assert town.database.mongo[REGISTRATIONS.name].count_documents({}) == 0


def test_a_category_that_is_not_in_the_fee_table_is_refused_by_name(town: House) -> None:
    assert problem(town.post(category="nobleman")) == (422, "CategoryUnknown")


def test_a_conference_that_was_never_announced_is_not_found(town: House) -> None:
    assert problem(town.post(conference="99th")) == (404, "ConferenceUnknown")


def test_before_it_is_opened_nobody_registers(town: House) -> None:
    town.hear(announced("75th"))

    assert problem(town.post(conference="75th")) == (409, "RegistrationClosed")
    assert told(town.client.get("/registration/conferences/75th"))["open"] is False


# fees


def test_fees_are_edited_by_who_has_seen_them(town: House) -> None:
    dearer = FEES | {"terms": {"organiser_cancels_fee_minor": 0}}
    etag = town.client.get("/registration/conferences/74th").headers["ETag"]

    blind = town.client.put("/registration/conferences/74th/fees", json=dearer, auth=COMMITTEE)
    seen = town.client.put(
        "/registration/conferences/74th/fees", json=dearer, auth=COMMITTEE, headers={"If-Match": etag}
    )
    late = town.client.put("/registration/conferences/74th/fees", json=FEES, auth=COMMITTEE, headers={"If-Match": etag})

    assert problem(blind) == (428, "FeesKnownAlready")
    assert (seen.status_code, told(seen)["terms"]) == (200, {"organiser_cancels_fee_minor": 0, "leave_fee_minor": 0})
    assert problem(late) == (412, "FeesChangedMeanwhile")


def test_editing_the_fees_changes_nothing_that_was_sold(town: House) -> None:
    id_ = town.register()["registration"]
    before = town.registration(id_)

    dearer = {"categories": [FEES["categories"][0] | {"amount_minor": 99_900}]}
    changed = town.client.put(
        "/registration/conferences/74th/fees", json=dearer, auth=COMMITTEE, headers={"If-Match": "*"}
    )

    assert told(changed)["categories"][0]["amount_minor"] == 99_900
    assert town.registration(id_) == before


@pytest.mark.parametrize(
    ("fees", "name"),
    [
        ({"categories": FEES["categories"][:1] * 2}, "CategoryTwice"),
        ({"categories": FEES["categories"], "terms": {"organiser_cancels_fee_minor": FEE_MINOR + 1}}, "FeeAbovePrice"),
        ({"categories": FEES["categories"], "terms": {"leave_fee_minor": FEE_MINOR + 1}}, "FeeAbovePrice"),
        ({"categories": FEES["categories"], "terms": {"leave_fee_minor": -1}}, "about:blank"),
        ({"categories": []}, "about:blank"),
        ({"categories": [FEES["categories"][0] | {"amount_minor": -1}]}, "about:blank"),
        ({"categories": [FEES["categories"][0] | {"amount_minor": 2**63}]}, "about:blank"),
        ({"categories": [FEES["categories"][0] | {"amount_minor": 1.5}]}, "about:blank"),
        ({"categories": [FEES["categories"][0] | {"key": "A b"}]}, "about:blank"),
        ([], "about:blank"),
    ],
)
def test_a_fee_table_that_makes_no_sense_is_refused(town: House, fees: Any, name: str) -> None:
    refused = town.client.put("/registration/conferences/74th/fees", json=fees, auth=COMMITTEE)

    assert refused.status_code == 422
    assert told(refused)["type"].endswith(name)


# who may do what


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("PUT", "/registration/conferences/74th/fees", {"committee"}),
        ("GET", "/registration/registrations?conference=74th", {"committee", "finance"}),
        ("GET", "/registration/registrations/nothing", {"committee", "finance"}),
        ("GET", "/registration/runs/nothing", {"committee", "finance"}),
        ("GET", "/registration/desk", {"committee", "finance"}),
        ("GET", "/registration/desk/conferences/74th", {"committee", "finance"}),
    ],
)
def test_a_desks_routes_are_for_that_desk_alone(town: House, method: str, path: str, roles: set[str]) -> None:
    def status(auth: tuple[str, str] | None) -> int:
        return town.client.open(path, method=method, auth=auth, json=FEES if method == "PUT" else None).status_code

    assert status(None) == 401
    assert status(("committee", "wrong")) == 401
    for account in (COMMITTEE, FINANCE):
        assert (status(account) != 403) is (account[0] in roles)
        assert status(account) in ((200, 404) if account[0] in roles else (403,))


def test_the_list_of_registrations_is_read_in_parts(town: House) -> None:
    ids = [town.register()["registration"] for _ in range(3)]
    town.hear(captured(town.registration(ids[0])))

    first = town.client.get("/registration/registrations?conference=74th&limit=2", auth=FINANCE)
    rest = town.client.get(first.headers["Link"].partition(">")[0][1:], auth=FINANCE)
    confirmed = town.client.get("/registration/registrations?conference=74th&state=confirmed", auth=FINANCE)

    assert [each["registration"] for each in told(first)["items"]] == ids[:2]
    assert told(first)["next"] == ids[1]
    assert [each["registration"] for each in told(rest)["items"]] == ids[2:]
    assert (told(rest)["next"], rest.headers.get("Link")) == (None, None)
    assert [each["registration"] for each in told(confirmed)["items"]] == ids[:1]


@pytest.mark.parametrize("query", ["", "conference=74th&limit=0", "conference=74th&limit=x", "conference=a&state=x"])
def test_a_list_that_can_not_be_read_is_refused(town: House, query: str) -> None:
    assert town.client.get(f"/registration/registrations?{query}", auth=FINANCE).status_code == 422


def test_one_registration_shows_its_state_and_nobodys_name(town: House) -> None:
    answer = town.register()

    shown = town.client.get(f"/registration/registrations/{answer['registration']}", auth=FINANCE)

    assert told(shown)["state"] == "submitted"
    assert "Whitfield" not in shown.text


# being confirmed


def test_paying_in_full_confirms_and_hearing_it_twice_confirms_once(town: House) -> None:
    registration = town.registration(town.register()["registration"])
    town.hear(captured(registration, balance_minor=10_000))
    half_paid = town.registration(registration.id)

    town.hear(captured(registration), captured(registration))
    town.hear(captured(registration))

    assert (half_paid.life, half_paid.paid_minor) == (Life.SUBMITTED, FEE_MINOR - 10_000)
    assert (town.registration(registration.id).life, town.registration(registration.id).paid_minor) == (
        Life.CONFIRMED,
        FEE_MINOR,
    )
    assert [said.is_paid for said in town.said(RegistrationConfirmed)] == [True]


def test_a_purchase_order_confirms_before_the_money_comes_and_the_money_is_no_news(town: House) -> None:
    registration = town.registration(town.register(tender="purchase_order")["registration"])

    town.hear(purchase_order(registration), purchase_order(registration))
    on_order = town.registration(registration.id).life
    town.hear(captured(registration))

    assert (on_order, town.registration(registration.id).life) == (Life.CONFIRMED_UNPAID, Life.CONFIRMED)
    assert [said.is_paid for said in town.said(RegistrationConfirmed)] == [False]


# choosing


@pytest.mark.parametrize("choice", ["refund", "credit", "donate"])
def test_each_choice_is_said_with_its_amount_and_only_the_refund_is_final_at_once(town: House, choice: str) -> None:
    answer = end_and_offer(town)

    chosen = town.client.post(f"{mine(answer)}/choice", json={"choice": choice})
    again = town.client.post(f"{mine(answer)}/choice", data={"choice": choice})

    assert (chosen.status_code, again.status_code) == (200, 200)
    assert told(chosen)["settlement"]["choice"] == choice
    assert [(said.choice, said.amount_minor) for said in town.said(SettlementChosen)] == [
        (choice, FEE_MINOR - KEPT_MINOR)
    ]
    fixed = [(said.choice, said.fixed_by) for said in town.said(SettlementFixed)]
    assert fixed == ([("refund", "registrant")] if choice == "refund" else [])


def test_a_credit_may_become_a_donation_and_then_a_refund_and_the_refund_stays(town: House) -> None:
    path = f"{mine(end_and_offer(town))}/choice"
    for choice in ("credit", "donate", "refund"):
        assert town.client.post(path, json={"choice": choice}).status_code == 200

    refused = town.client.post(path, json={"choice": "credit"})

    assert problem(refused) == (409, "ChoiceIsFinal")
    assert [said.revision for said in town.said(SettlementChosen)] == [1, 2, 3]
    assert [said.choice for said in town.said(SettlementFixed)] == ["refund"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"choice": "cake"}, 422), ({}, 422), ([], 422), ({"choice": ["refund"]}, 422), ({"choice": "a\x00"}, 422)],
)
def test_an_unknown_choice_is_refused(town: House, body: Any, status: int) -> None:
    answer = end_and_offer(town)

    refused = town.client.post(f"{mine(answer)}/choice", json=body)

    assert problem(refused)[0] == status
    assert town.said(SettlementChosen) == []


def test_after_the_deadline_the_choice_is_refused_even_before_it_is_fixed(town: House) -> None:
    answer = end_and_offer(town)
    town.database.clock.move(CHOOSE_UNTIL)

    before = town.client.post(f"{mine(answer)}/choice", json={"choice": "credit"})
    town.look_again()
    after = town.client.post(f"{mine(answer)}/choice", json={"choice": "credit"})

    assert problem(before) == problem(after) == (409, "ChoiceTooLate")
    assert [said.choice for said in town.said(SettlementFixed)] == ["refund"]


def test_where_nothing_is_to_be_chosen_choosing_is_refused(town: House) -> None:
    live, owing, granted, waiting = (town.register() for _ in range(4))
    refused_live = town.client.post(f"{mine(live)}/choice", json={"choice": "refund"})
    town.cancel()
    town.run_jobs()
    town.hear(voided(town.registration(owing["registration"])), released(town.registration(granted["registration"])))

    refused = [
        town.client.post(f"{mine(each)}/choice", json={"choice": "refund"}) for each in (owing, granted, waiting)
    ]

    assert problem(refused_live) == (409, "NothingToChoose")
    assert [problem(each) for each in refused] == [
        (409, "NothingToChoose"),
        (409, "NothingToChoose"),
        (409, "NotWorkedOutYet"),
    ]


def test_a_payment_under_way_at_the_cancellation_is_shown_as_coming_and_going_back(town: House) -> None:
    registered = town.register()
    town.cancel()
    town.run_jobs()

    for _ in range(2):
        town.hear(awaited(town.registration(registered["registration"])))
    page = town.client.get(mine(registered), headers={"Accept": "text/html"}).text

    assert "is on its way from your bank" in page
    assert "is void" not in page
    assert "had not paid anything" not in page
    told: Any = town.client.get(mine(registered)).json
    assert told["settlement"]["awaited_minor"] > 0


@pytest.mark.parametrize("end", ["another letter", "", ".", "\x00"])
def test_a_link_that_was_changed_opens_nothing(town: House, end: str) -> None:
    whole = mine(end_and_offer(town))
    # Not the last letter is another one: two bits of it are no part of the signature.
    other = whole[:-6] + ("y" if whole[-6] == "x" else "x") + whole[-5:]
    path = other if end == "another letter" else whole[:-1] + end

    assert town.client.get(path).status_code == 404
    assert town.client.post(f"{path}/choice", json={"choice": "refund"}).status_code == 404
    assert town.said(SettlementChosen) == []


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


def test_while_the_offer_is_worked_out_the_page_is_calm_and_looks_again(town: House) -> None:
    answer = town.register()
    town.cancel()
    before_the_end = town.client.get(mine(answer), headers=HTML).text
    town.run_jobs()
    after_the_end = town.client.get(mine(answer), headers=HTML).text

    for page in (before_the_end, after_the_end):
        assert "We are working it out" in page
        assert 'http-equiv="refresh"' in page
        assert "Travel is not safe this spring." in page


def test_the_page_shows_the_sums_the_choices_and_the_deadline_in_words(town: House) -> None:
    page = town.client.get(mine(end_and_offer(town)), headers=HTML).text

    for words in ("$575.00", "$75.00", "$500.00", "Refund", "Credit", "Donation"):
        assert words in page
    assert "Thursday, April 30, 2020, 11:59" in page
    assert "Central Daylight Time" in page
    assert "If we don&#39;t hear from you, it will be a refund" in page or "it will be a refund" in page
    assert 'http-equiv="refresh"' not in page


@pytest.mark.parametrize(("amount_minor", "rest"), [(50000, False), (30000, True)])
def test_what_the_card_s_bank_has_paid_back_is_not_promised_a_second_time(
    town: House, amount_minor: int, rest: bool
) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)
    registration = town.registration(answer["registration"])
    before = town.client.get(mine(answer), headers=HTML).text

    for _ in range(2):
        town.hear(refund_settled(registration, rail="dispute", amount_minor=amount_minor))
    page = town.client.get(mine(answer), headers=HTML).text

    assert "goes back the way you paid. We write to you when it has been sent." in before
    assert f"bank has paid ${amount_minor // 100}.00 back to you, because the payment was disputed there" in page
    assert "We write to you when it has been sent" not in page
    assert ("What is left of $500.00 goes back separately" in page) == rest


def test_a_refund_that_was_sent_is_on_the_page_until_it_comes_back(town: House) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)
    registration = town.registration(answer["registration"])

    for _ in range(2):
        town.hear(refund_settled(registration, rail="card", amount_minor=50000))
    sent = town.client.get(mine(answer), headers=HTML).text
    for _ in range(2):
        town.hear(refund_reversed(registration, rail="card", amount_minor=50000))
    returned = town.client.get(mine(answer), headers=HTML).text

    assert "$500.00 was sent on Thursday, April 9, 2020 to the card you paid with." in sent
    assert "We write to you" not in sent
    assert "was sent on" not in returned
    assert "We write to you when it has been sent." in returned


@pytest.mark.parametrize("rail", ["card", "dispute"])
def test_the_page_says_of_a_bank_payment_that_it_went_back_to_the_account_and_never_to_a_card(
    town: House, rail: str
) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)

    town.hear(refund_settled(town.registration(answer["registration"]), rail=rail, amount_minor=50000, paid_by="debit"))
    page = town.client.get(mine(answer), headers=HTML).text

    told = {
        "card": "$500.00 was sent on Thursday, April 9, 2020 to the bank account you paid from.",
        "dispute": "Your bank has paid $500.00 back to you",
    }
    assert told[rail] in page
    assert "card you paid with" not in page
    assert "Your card" not in page


def test_a_refund_sent_in_part_says_what_is_still_to_come(town: House) -> None:
    answer = end_and_offer(town)
    town.client.post(f"{mine(answer)}/choice", data={"choice": "refund"}, headers=HTML)
    registration = town.registration(answer["registration"])

    town.hear(refund_settled(registration, rail="cheque", amount_minor=20000))
    page = town.client.get(mine(answer), headers=HTML).text

    assert "$200.00 was sent on Thursday, April 9, 2020 by cheque dp_1." in page
    assert "$300.00 is still to be sent; we write to you then." in page


@pytest.mark.parametrize("tender", ["cheque", "transfer", "purchase_order", "card"])
def test_after_a_part_payment_the_page_asks_for_the_rest_and_for_nothing_else(town: House, tender: str) -> None:
    """A town that has paid 475.00 of 575.00 owes 100.00; no second purchase order or cheque has to come."""
    answer = town.register(tender=tender)
    registration = town.registration(answer["registration"])

    town.hear(captured(registration, amount_minor=47500, balance_minor=10000))
    page = town.client.get(mine(answer), headers=HTML).text

    assert "$475.00 has arrived so far. $100.00 is still to be paid, under " in page
    assert "purchase order for $100.00" not in page
    assert "cheque for $100.00" not in page


def test_choosing_on_the_page_is_noted_may_be_changed_and_is_final_in_the_end(town: House) -> None:
    path = mine(end_and_offer(town))
    chosen = town.client.post(f"{path}/choice", data={"choice": "credit"}, headers=HTML)
    noted = town.client.get(path, headers=HTML).text
    nothing = town.client.post(f"{path}/choice", data={}, headers=HTML)
    town.client.post(f"{path}/choice", data={"choice": "refund"}, headers=HTML)
    final = town.client.get(path, headers=HTML).text
    late = town.client.post(f"{path}/choice", data={"choice": "donate"}, headers=HTML)

    assert (chosen.status_code, chosen.headers["Location"]) == (303, path)
    assert "You chose a credit" in noted
    assert "Change my choice" in noted
    assert (nothing.status_code, "Nothing was changed" in nothing.text) == (422, True)
    assert "Final: Refund" in final
    assert "<form class" not in final
    assert (late.status_code, "Your choice is final" in late.text) == (409, True)


def test_the_page_of_who_had_paid_nothing_says_that_nothing_is_owed(town: House) -> None:
    owing, granted = town.register(), town.register(tender="grant")
    town.cancel()
    town.run_jobs()
    town.hear(voided(town.registration(owing["registration"])), released(town.registration(granted["registration"])))

    pages = [town.client.get(mine(each), headers=HTML).text for each in (owing, granted)]

    assert "The invoice for $575.00 is void" in pages[0]
    assert "grant of $575.00 that paid for you is back in its fund" in pages[1]


def test_the_page_of_whose_fee_took_everything_offers_and_promises_nothing(town: House) -> None:
    made = town.register()
    town.hear(captured(town.registration(made["registration"])))
    town.cancel()
    town.run_jobs()
    ended = town.registration(made["registration"])
    town.hear(replace(offered(ended), fee_minor=ended.total_minor, refundable_minor=0, choices=()))

    asked = town.client.get(mine(made), headers=HTML).text
    refused = town.client.post(f"{mine(made)}/choice", data={"choice": "refund"}, headers=HTML)
    town.database.clock.move(CHOOSE_UNTIL)
    town.run_jobs()
    final = town.client.get(mine(made), headers=HTML).text

    assert (refused.status_code, "please choose ." in refused.text) == (409, False)
    for page in (asked, final):
        assert "All of it was kept under the terms; there is nothing to choose." in page
        assert "<form class" not in page
        assert "goes back the way you paid" not in page
        assert "It will be a refund" not in page


def test_the_desk_sees_who_has_registered(town: House) -> None:
    town.register()

    listing = town.client.get("/registration/desk", headers=HTML, auth=FINANCE).text
    page = town.client.get("/registration/desk/conferences/74th", headers=HTML, auth=FINANCE).text

    assert "74th Annual Conference" in listing
    assert "Dana Whitfield" in page


@pytest.mark.parametrize(
    "path",
    [
        "/registration/conferences/nothing",
        "/registration/conferences/nothing/register",
        "/registration/mine/nothing",
        "/registration/nothing",
    ],
)
def test_what_is_not_there_is_not_found(town: House, path: str) -> None:
    assert town.client.get(path).status_code == 404
    assert town.client.get(path, headers=HTML).status_code == 404
