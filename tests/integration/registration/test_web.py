"""Claims about registration's API and pages: what is taken, what is refused and how, and who may do what."""

import re
from typing import Any

import pytest

from services.registration.people.store import PEOPLE
from services.registration.registering.domain.registrations import Life
from services.registration.registering.store import REGISTRATIONS
from shared.auth import opened
from shared.contracts.registration import (
    PersonRegistered,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from tests.integration.registration.answers import HTML, mine, problem, told
from tests.integration.registration_house import (
    FEE_MINOR,
    FEES,
    GUEST_FEE_MINOR,
    KEPT_MINOR,
    House,
    announced,
    application,
    captured,
    purchase_order,
)
from tests.town import COMMITTEE, FINANCE

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
