"""What registration's desk says on the pages of all four desks, to whom; and what those pages do when asked wrongly."""

from collections.abc import Iterator

import pytest

from services.registration.registering.domain.owed_seats import OwedSeat
from services.registration.registering.store import OWED_SEATS, REGISTRATIONS
from shared.contracts.scheduling import RegistrationOpened
from shared.web.front import FOUND_COUNT_MAX
from tests.integration.front_parts import HTML, ask, found, waiting
from tests.integration.registration_house import House, announced, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE

DESK = "/registration/desk"


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[House]:
    """A conference with more people of one town than a page shows, and two others; another that nobody can join."""
    with house(module_namespace) as registration:
        registration.open_conference("74th")
        registration.register(person={"name": "Zoë Peña", "email": "zp@millbrook.example"})
        registration.register(person={"name": "Lou Vance", "postal_address": ["1 Quay", "Quincy, IL 62301"]})
        for number in range(FOUND_COUNT_MAX + 1):
            person = {"name": f"Pat Number {number}", "email": f"pat{number}@springfield.example"}
            registration.register(person=person)
        registration.hear(announced("75th"), RegistrationOpened(conference="75th"))
        yield registration


def test_a_registration_is_found_by_name_mail_town_or_invoice_whatever_the_accents(town: House) -> None:
    zoe = town.database.mongo[REGISTRATIONS.name].find_one(sort=[("_id", 1)])
    assert zoe is not None
    invoice = "INV-2020-0000-0000-0042"
    town.database.mongo[REGISTRATIONS.name].update_one({"_id": zoe["_id"]}, {"$set": {"invoice": invoice}})

    for query in ("pena", "ZOE millbrook", "zp@millbrook.example", invoice.lower(), zoe["_id"]):
        (line,) = found(town.client, "registration", COMMITTEE, query)
        assert line.words.startswith("Zoë Peña Registration · 74th Annual Conference · not paid yet")
        assert line.address == f"{DESK}/conferences/74th?q={invoice}#list"
    (lou,) = found(town.client, "registration", FINANCE, "quincy")
    assert lou.words.endswith("not paid yet · Quincy, IL 62301")
    assert found(town.client, "registration", COMMITTEE, "zeppelin") == []


def test_where_more_is_found_than_is_shown_the_page_says_so(town: House) -> None:
    page = ask(town.client, f"{DESK}/search?query=springfield", COMMITTEE).text

    assert page.count("<li>") == FOUND_COUNT_MAX
    assert "There are more like these." in page


@pytest.mark.parametrize("query", ["", "z", "%20%20z%20"])
def test_a_search_for_less_than_two_letters_finds_nothing_and_says_what_can_be_typed(town: House, query: str) -> None:
    page = ask(town.client, f"{DESK}/search?query={query}", COMMITTEE)

    assert page.status_code == 200
    assert "Type at least two letters or digits" in page.text
    assert "<section" not in page.text


def test_signs_in_a_search_stand_for_themselves(town: House) -> None:
    for query in ("<script>", ".*", "[a-z]", "$where", "a" * 300):
        page = ask(town.client, f"{DESK}/search", COMMITTEE)
        assert page.status_code == 200
        assert found(town.client, "registration", COMMITTEE, query) == []
    page = town.client.get(f"{DESK}/search", query_string={"query": "<script>&x"}, auth=COMMITTEE, headers=HTML)
    assert "<script>&x" not in page.text
    assert 'data-from="/payments/desk/search?query=%3Cscript%3E%26x&part=yes"' in page.text.replace("&amp;", "&")


def test_prices_that_the_committee_has_to_set_wait_for_the_committee_alone(town: House) -> None:
    (line,) = waiting(town.client, "registration", COMMITTEE)

    assert line.words == ("Set the prices of 74th Annual Conference: registration is open, and nobody can register yet")
    assert line.address == f"{DESK}/conferences/75th"
    assert waiting(town.client, "registration", FINANCE) == []


def test_seats_on_no_order_are_counted_until_the_conference_is_cancelled(town: House) -> None:
    for number in (1, 2):
        seat = OwedSeat(
            id=f"seat_{number}",
            conference="74th",
            person=f"per_{number}",
            session="ses_1",
            code="A-07",
            title="Records",
            product="a-07",
            is_owed=True,
        )
        town.database.transact(lambda unit, seat=seat: unit.add(OWED_SEATS, seat))  # type: ignore[misc]

    (line,) = waiting(town.client, "registration", FINANCE)

    assert line.words == "2 seats on no order yet: 74th Annual Conference"
    assert line.address == f"{DESK}/conferences/74th"
    town.cancel("74th")
    assert waiting(town.client, "registration", FINANCE) == []


@pytest.mark.parametrize("page", ["waiting", "search?query=pena", "waiting?part=yes"])
def test_a_stranger_is_asked_to_sign_in_and_told_nothing(town: House, page: str) -> None:
    refused = ask(town.parts.web.test_client(), f"{DESK}/{page}", None)

    assert refused.status_code == 303
    assert refused.location.startswith("http://localhost/registration/accounts/sign-in?next=")
    assert "Zoë" not in refused.text


def test_what_these_pages_say_stays_nowhere(town: House) -> None:
    answers = [ask(town.client, f"{DESK}/{page}", COMMITTEE) for page in ("waiting", "search?query=pena")]

    assert [each.headers["Cache-Control"] for each in answers] == ["no-store"] * 2
