"""Personal links end with their purpose, and whoever has an old one may have another sent to the address known."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from shared.auth import HELD_ANYWAY, sign
from shared.clock import host_now
from shared.contracts.registration import LinkAsked
from shared.contracts.scheduling import PersonalLinkAsked
from tests.integration import payments_house, registration_house, scheduling_town
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.namespaces import Namespace

HTML = {"Accept": "text/html"}
OLD = date(2026, 1, 1)
END = datetime(2020, 5, 21, 5, tzinfo=UTC)  # the last day is over in St. Louis
WHILE = timedelta(days=60)


@pytest.fixture
def town(namespace: Namespace) -> Iterator[registration_house.House]:
    with registration_house.house(namespace) as made:
        made.open_conference()
        yield made


def mine(town: registration_house.House, id_: str, *, made_on: date | None = OLD) -> str:
    return f"/registration/mine/{sign(town.parts.settings, purpose='registration', id_=id_, made_on=made_on)}"


def test_a_registrants_link_ends_a_while_after_the_conference_and_is_renewed_by_mail_to_the_address_known(
    town: registration_house.House,
) -> None:
    id_ = town.register()["registration"]
    path = mine(town, id_)

    town.database.clock.move(END + WHILE - timedelta(minutes=1))
    in_time = town.client.get(path, headers=HTML).status_code
    town.database.clock.move(END + WHILE + timedelta(minutes=1))
    expired = town.client.get(path, headers=HTML)
    asked = town.client.post(f"{path}/renew", headers=HTML)
    renewed = town.client.get(mine(town, id_, made_on=None), headers=HTML)

    assert (in_time, expired.status_code, renewed.status_code) == (200, 410, 200)
    assert "Send me a new link" in expired.text
    assert "Dana" not in expired.text
    assert (asked.status_code, "millbrook" in asked.text, "/mine/" in asked.text) == (200, False, False)
    (said,) = town.said(LinkAsked)
    assert (said.kind, said.about, said.person) == ("registration", id_, town.registration(id_).person)
    assert town.client.post(f"{path}/choice", json={"choice": "refund"}).status_code == 410


def test_a_link_is_good_for_a_week_from_when_it_was_made_and_no_longer(town: registration_house.House) -> None:
    id_ = town.register()["registration"]
    town.database.clock.move(END + WHILE + timedelta(days=1))
    today = host_now().date()

    answers = [
        town.client.get(mine(town, id_, made_on=made_on), headers=HTML).status_code
        for made_on in (today - HELD_ANYWAY, today - HELD_ANYWAY - timedelta(days=1))
    ]

    assert answers == [200, 410]


def test_a_link_holds_while_its_registrant_has_still_to_choose(town: registration_house.House) -> None:
    id_ = town.register()["registration"]
    town.hear(registration_house.captured(town.registration(id_)))
    town.cancel()
    town.run_jobs()
    town.hear(registration_house.offered(town.registration(id_)))

    town.database.clock.move(END + 2 * WHILE)

    assert town.client.get(mine(town, id_), headers=HTML).status_code == 200


def test_nobody_fills_a_mailbox_with_new_links(town: registration_house.House) -> None:
    path = mine(town, town.register()["registration"])

    answers = [town.client.post(f"{path}/renew", headers=HTML).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 429]
    assert len(town.said(LinkAsked)) == 3
    assert town.client.post("/registration/mine/made-up/renew", headers=HTML).status_code == 404


def test_links_to_pay_and_of_a_payee_end_when_that_is_done(namespace: Namespace, provider: RunningProvider) -> None:
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with payments_house.house(namespace, provider) as payments:
        payments.forget()
        order = payments.submit("cheque")

        def page(made_on: date | None = OLD) -> int:
            token = sign(payments.parts.settings, purpose="order", id_=order, made_on=made_on)
            return payments.client.get(f"/payments/pay/{token}", headers=HTML).status_code

        before = page()
        payments.record(order, "cheque")

        assert (before, page(), page(None)) == (200, 410, 200)

        payments.cancel(order)
        payments.fix(order)
        refund = payments.refund_of(order)
        token = sign(payments.parts.settings, purpose="payee", id_=refund.id, made_on=OLD)
        open_ = payments.client.get(f"/payments/payee/{token}", headers=HTML).status_code
        paid = {"rail": "cheque", "reference": "4711", "paid_on": CANCELLED.date().isoformat()}
        assert payments.post(f"/payments/refunds/{refund.id}/record", paid).status_code < 300
        closed = payments.client.get(f"/payments/payee/{token}", headers=HTML).status_code
        assert (open_, closed) == (200, 410)


def test_who_pays_by_an_old_link_comes_back_to_a_page_that_says_so(
    namespace: Namespace, provider: RunningProvider
) -> None:
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    with payments_house.house(namespace, provider) as payments:
        payments.forget()
        order = payments.submit("card")
        token = sign(payments.parts.settings, purpose="order", id_=order, made_on=OLD)
        session = payments.client.post(f"/payments/pay/{token}").get_json()["session"]
        back = payments.provider.client.v1.checkout.sessions.retrieve(session).success_url
        provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
        payments.hear_provider()

        page = payments.client.get(urlsplit(str(back)).path, headers=HTML)

        assert (page.status_code, "Thank you, your payment has arrived" in page.text) == (200, True)


@pytest.mark.parametrize(
    ("purpose", "path", "days"),
    [("agenda", "agenda", 60), ("speaking", "speaking", 60), ("monitor", "monitor", 7)],
)
def test_links_of_the_programme_end_a_while_after_the_conference(
    namespace: Namespace, purpose: str, path: str, days: int
) -> None:
    with scheduling_town.scheduling(namespace) as town:
        conference = town.opened()
        id_ = conference if purpose == "monitor" else f"{conference}:per_1"
        settings, database = town.service.parts.settings, town.service.parts.database
        visitor = town.visitor()
        known = visitor.client.get(f"/scheduling/conferences/{conference}").json
        last = datetime.fromisoformat(known["ends"]).replace(tzinfo=UTC)  # type: ignore[index]

        def status(made_on: date | None = OLD) -> int:
            token = sign(settings, purpose=purpose, id_=id_, made_on=made_on)
            return visitor.see(f"/{path}/{token}").status_code

        database.clock.move(last + timedelta(days=days))
        in_time = status()
        database.clock.move(last + timedelta(days=days + 2))

        assert (in_time, status(), status(None)) == (404 if purpose != "monitor" else in_time, 410, in_time)
        token = sign(settings, purpose=purpose, id_=id_, made_on=OLD)
        renewed = visitor.client.post(f"/scheduling/links/{purpose}/{token}", headers=HTML).status_code
        said = list(database.mongo["events"].find({"type": PersonalLinkAsked.type}))
        assert (renewed, len(said)) == ((404, 0) if purpose == "monitor" else (200, 1))
