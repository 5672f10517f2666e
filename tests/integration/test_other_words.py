"""A conference that is said in other words is called so wherever its title is kept, and what was sent stays."""

from dataclasses import replace
from pathlib import Path

from services.notifications.messages.store.documents import CONFERENCES as NOTIFICATIONS_CONFERENCES
from services.payments.orders.store import CONFERENCES as PAYMENTS_CONFERENCES
from services.registration.prices.store import CONFERENCES as REGISTRATION_CONFERENCES
from shared.contracts.scheduling import ConferenceDescribed
from tests.integration import notifications_house, payments_house, registration_house
from tests.integration.provider_fixtures import RunningProvider
from tests.namespaces import Namespace

OTHERWISE = ConferenceDescribed(conference="74th", title="74th Congress", venue="Gateway Hall")


def test_registration_takes_registrations_for_it_under_its_new_title(namespace: Namespace) -> None:
    with registration_house.house(namespace) as house:
        house.open_conference("74th")
        before = REGISTRATION_CONFERENCES.state(house.database.mongo["conferences"].find_one({"_id": "74th"}) or {})

        house.hear(OTHERWISE)
        house.hear_all_again()

        after = REGISTRATION_CONFERENCES.state(house.database.mongo["conferences"].find_one({"_id": "74th"}) or {})
        assert after == replace(before, title="74th Congress")
        assert "74th Congress" in house.client.get("/registration/conferences/74th/register").text
        assert house.register()["registration"]


def test_payments_calls_it_so_at_the_desk(namespace: Namespace, shared_provider: RunningProvider) -> None:
    with payments_house.house(namespace, shared_provider) as house:
        order = house.order(house.submit())

        house.hear(replace(OTHERWISE, conference=payments_house.CONFERENCE))

        known = house.database.mongo["conferences"].find_one({"_id": payments_house.CONFERENCE}) or {}
        assert PAYMENTS_CONFERENCES.state(known).title == "74th Congress"
        assert house.order(order.id) == order


def test_what_is_written_from_now_on_has_the_new_title_and_what_was_sent_the_old_one(
    namespace: Namespace, tmp_path: Path
) -> None:
    with notifications_house.town(namespace, tmp_path) as town:
        first = notifications_house.announced()
        town.hear(first, notifications_house.person(1), notifications_house.person(2))
        town.hear(notifications_house.confirmed(1))
        town.run_jobs()

        town.hear(replace(OTHERWISE, conference=first.conference))
        town.hear(notifications_house.confirmed(2))
        town.run_jobs()

        known = town.database.mongo["conferences"].find_one({"_id": first.conference}) or {}
        assert NOTIFICATIONS_CONFERENCES.state(known).title == "74th Congress"
        assert [("74th Congress" in each.text, first.title in each.text) for each in town.mails()] == [
            (False, True),
            (True, False),
        ]
