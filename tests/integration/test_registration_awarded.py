"""What registration does about an award: the newest edition's prices, the committee that is asked to serve again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.registration.accounts.commands import invite_account
from services.registration.prices.domain.fees import FeeTable
from services.registration.prices.store import CONFERENCES
from shared.associations import FIRST
from shared.contracts.registration import CommitteeAsked
from shared.contracts.scheduling import ConferenceAnnounced, ConferenceAwarded, RegistrationOpened
from shared.principals import Held, Role
from tests.integration.registration_house import FEES, House, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE

BANQUET = {"key": "banquet", "label": "Banquet", "amount_minor": 9500, "place_count": 40}
ACADEMY = {"key": "academy", "label": "Academy", "amount_minor": 9500, "session": "ses_1", "place_count": 20}
AWARDED = ConferenceAwarded(
    conference="79th",
    award="award_1",
    series="congress",
    series_title="Annual Conference",
    year=2025,
    city="St. Louis, Missouri",
    title="79th Annual Conference",
    resolution="Resolved.",
    resolved_on=date(2020, 6, 11),
    model="74th",
    cancelled="74th",
    cancelled_title="74th Annual Conference",
)


@pytest.fixture
def running(namespace: Namespace) -> Iterator[House]:
    """Registration with the 74th, its prices and two options."""
    with house(namespace) as found:
        found.open_conference("74th", options=[BANQUET, ACADEMY])
        yield found


def announced(**changed: Any) -> ConferenceAnnounced:
    """The committee has entered its days and announced it."""
    said: dict[str, Any] = {
        "conference": "79th",
        "title": "79th Annual Conference",
        "city": "St. Louis, Missouri",
        "zone": "America/Chicago",
        "currency": "USD",
        "starts": date(2025, 5, 18),
        "ends": date(2025, 5, 21),
    }
    return ConferenceAnnounced(**said | changed)


def fees(running: House, conference: str) -> FeeTable | None:
    """The prices of a conference; None where it isn't known, or has none."""
    document = running.database.mongo[CONFERENCES.name].find_one({"_id": conference})
    return CONFERENCES.state(document).fees if document else None


def invite(running: House, mail: str, *roles: Held, association: str = FIRST) -> None:
    """Somebody is invited to the desks."""
    name = mail.partition("@")[0]
    running.database.run(
        invite_account,
        mail=mail,
        name=name,
        association=association,
        roles=roles,
        invitation=f"inv_{name}",
        by="",
        is_mailed=False,
    )


def test_an_awarded_edition_begins_with_the_newest_ones_prices_and_terms_once_it_is_announced(running: House) -> None:
    running.hear(AWARDED)
    before = fees(running, "79th")

    running.hear(announced(), RegistrationOpened(conference="79th"))

    assert before is None
    model, taken = fees(running, "74th"), fees(running, "79th")
    assert model is not None
    banquet, _ = model.options  # the academy is a session of the 74th
    assert taken == replace(model, options=(banquet,))
    assert running.post(conference="79th", options=["banquet"]).status_code == 201


def test_prices_that_the_committee_has_set_are_not_taken_back_by_hearing_it_again(running: House) -> None:
    running.hear(AWARDED, announced())
    edited = running.client.put(
        "/registration/conferences/79th/fees", json=FEES, auth=COMMITTEE, headers={"If-Match": "*"}
    )
    assert edited.status_code == 200, edited.text
    own = fees(running, "79th")

    running.hear_all_again()

    assert fees(running, "79th") == own
    assert own is not None
    assert own.options == ()


def test_an_edition_in_another_currency_begins_without_prices(running: House) -> None:
    running.hear(AWARDED, announced(currency="CAD"))

    assert fees(running, "79th") is None


def test_the_cancelled_editions_committee_is_asked_and_nobody_else(running: House) -> None:
    invite(running, "tom@first.example", Held(Role.COMMITTEE, "74th"))
    invite(running, "helen@first.example", Held(Role.COMMITTEE), Held(Role.ADMINISTRATOR))
    invite(running, "other@first.example", Held(Role.COMMITTEE, "75th"))
    invite(running, "ana@first.example", Held(Role.FINANCE, "74th"))
    invite(running, "marie@amcto.example", Held(Role.COMMITTEE), association="amcto")

    running.hear(AWARDED)

    asked = running.said(CommitteeAsked)
    assert sorted(each.mail for each in asked) == ["helen@first.example", "tom@first.example"]
    assert {(each.award, each.year, each.city, each.title, each.cancelled_title) for each in asked} == {
        ("award_1", 2025, "St. Louis, Missouri", "79th Annual Conference", "74th Annual Conference")
    }


def test_nobody_is_asked_where_no_edition_in_that_city_was_cancelled(running: House) -> None:
    invite(running, "tom@first.example", Held(Role.COMMITTEE))

    running.hear(replace(AWARDED, cancelled="", cancelled_title=""))

    assert not running.said(CommitteeAsked)
