"""What an association says of how it does things: the numbers of its invoices, its currency, languages and points."""

import html
from collections.abc import Iterator
from typing import Any

import pytest

from services.registration.associations.schemas import HOURS
from shared.contracts.registration import AssociationDescribed, PointsRule
from shared.described import association_called
from shared.principals import Role
from tests.integration import payments_house, registration_house, scheduling_town
from tests.integration.payments_house import CONFERENCE
from tests.integration.provider_fixtures import RunningProvider, shared_provider
from tests.integration.registration_house import House
from tests.integration.scheduling_town import Scheduling
from tests.namespaces import Namespace
from tests.visitors import signed_in
from tests.waiting import wait_until

__all__ = ["shared_provider"]

PAGE, API = "/registration/desk/associations", "/registration/associations"
RULES = {
    "name": "Clerks of the Lakes",
    "invoice_prefix": "lakes",
    "currency": "CAD",
    "first_language": "fr",
    "language.en": "yes",
    "points.0.scheme": "CMC",
    "points.0.hours": "2.5",
    "points.0.from_year": "2027",
    "points.2.scheme": "academy",
    "points.2.hours": "6",
    "points.2.from_year": "2026",
    "seen": "0",
}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def house(module_namespace: Namespace) -> Iterator[House]:
    """Registration's web side, where forms need no token of their page."""
    with registration_house.house(module_namespace) as running:
        running.parts.web.config["WTF_CSRF_METHODS"] = ()
        yield running


def test_the_page_keeps_what_an_association_says_and_shows_it_again(house: House) -> None:
    browser = signed_in(house.parts.web, "lakes", Role.FINANCE)

    saved = browser.post(f"{PAGE}/lakes", data=RULES, headers=HTML)
    page = browser.get(f"{PAGE}/lakes", headers=HTML).text
    answered: Any = browser.get(f"{API}/lakes").json
    (said,) = [each for each in house.said(AssociationDescribed) if each.association == "lakes"]

    assert saved.status_code == 303
    assert (said.invoice_prefix, said.currency, said.languages) == ("LAKES", "CAD", ("fr", "en"))
    assert said.points == (
        PointsRule(scheme="CMC", from_year=2027, minutes_per_point=150),
        PointsRule(scheme="academy", from_year=2026, minutes_per_point=360),
    )
    assert answered["points"][0] == {"scheme": "CMC", "from_year": 2027, "minutes_per_point": 150}
    assert ['value="2.5"' in page, 'value="LAKES"' in page, 'value="fr" selected' in page] == [True] * 3
    assert ['name="language.nl" value="yes" checked' in page, 'name="language.en" value="yes" checked' in page] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"invoice_prefix": "RFX"}, "begin with RF: payment references do"),
        ({"invoice_prefix": "1ST"}, "2 to 6 letters"),
        ({"currency": "XXX"}, "such as USD or CAD"),
        ({"points.0.hours": "two"}, HOURS),
        ({"points.0.hours": ""}, HOURS),
        ({"points.0.hours": "1.01"}, HOURS),
        ({"points.0.from_year": "next"}, HOURS),
        ({"points.2.scheme": "CMC", "points.2.from_year": "2027"}, "each scheme once for a year"),
        ({"first_language": "de"}, "Please choose among English"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field_and_kept(
    house: House, changed: dict[str, str], told: str
) -> None:
    browser = signed_in(house.parts.web, "ponds", Role.FINANCE)

    refused = browser.post(f"{PAGE}/ponds", data=RULES | changed, headers=HTML)

    assert (refused.status_code, told in html.unescape(refused.text)) == (422, True)
    assert 'value="Clerks of the Lakes"' in refused.text
    assert all(f'value="{text}"' in refused.text for text in changed.values() if text not in ("", "de"))
    assert [each for each in house.said(AssociationDescribed) if each.association == "ponds"] == []


def test_what_a_program_leaves_out_is_as_for_everybody(house: House) -> None:
    browser = signed_in(house.parts.web, "brooks", Role.ADMINISTRATOR)

    browser.put(f"{API}/brooks", json={"name": "Clerks of the Brooks", "languages": ["nl"]})
    known = association_called(house.database, "brooks")
    again = browser.put(f"{API}/brooks", json={"name": "Clerks of the Brooks", "languages": ["nl", "nl"]})
    browser.put(f"{API}/brooks", json={"name": "Clerks of the Brooks"})

    assert (known.languages, known.points, known.invoice_prefix) == (("nl",), (), "")
    assert again.status_code == 422
    assert association_called(house.database, "brooks").languages == ()


# payments


def test_invoices_are_numbered_as_their_association_says_and_found_however_they_are_typed(
    namespace: Namespace, shared_provider: RunningProvider
) -> None:
    with payments_house.house(namespace, shared_provider) as payments:
        before = payments.order(payments.submit("cheque"))
        payments.database.mongo["conferences"].update_one({"_id": CONFERENCE}, {"$set": {"association": "lakes"}})
        payments.hear(AssociationDescribed(association="lakes", name="Lakes", invoice_prefix="LAKES"))
        after = payments.order(payments.submit("cheque"))
        digits = after.number.removeprefix("LAKES-2020-").replace("-", "")
        desk = signed_in(payments.parts.web, "lakes", Role.FINANCE)

        typed = (after.number, after.number.lower().replace("-", " "), f"2020 {digits}", f"INV-2020-{digits}")
        found = {
            each: after.id in desk.get(f"/payments/desk/search?query={each}&part=yes", headers=HTML).text
            for each in typed
        }

        assert before.number.startswith("INV-2020-")
        assert after.number.startswith("LAKES-2020-")
        assert payments.order(before.id).number == before.number
        assert found == {**dict.fromkeys(typed[:3], True), typed[3]: False}
        shown: Any = desk.get(f"/payments/orders/{after.number}").json
        assert shown["order"] == after.id


# scheduling


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    with scheduling_town.scheduling(module_namespace, roles=("worker",)) as running:
        running.service.parts.web.config["WTF_CSRF_METHODS"] = ()
        yield running


def test_a_new_conference_begins_with_its_associations_currency(town: Scheduling) -> None:
    browser = signed_in(town.service.parts.web, "lakes")
    body = {name: value for name, value in scheduling_town.CONFERENCE.items() if name != "currency"}

    def drafted(key: str, **more: Any) -> Any:
        headers = {"Idempotency-Key": key, "Accept": "application/json"}
        return browser.post("/scheduling/conferences", json={**body, "key": key} | more, headers=headers)

    refused = drafted("l-1")
    town.neighbours.say(AssociationDescribed(association="lakes", name="Lakes", currency="CAD"))
    wait_until(
        lambda: bool(association_called(town.service.parts.database, "lakes").currency), 30, missing="what it said"
    )
    form = browser.get("/scheduling/desk/conferences/new", headers=HTML).text

    assert (refused.status_code, "has said no currency. Nothing was created" in refused.text) == (422, True)
    assert [drafted("l-2").json["currency"], drafted("l-3", currency="JPY").json["currency"]] == ["CAD", "JPY"]
    assert 'name="currency" value="CAD"' in form
