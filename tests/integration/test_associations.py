"""Each conference belongs to an association from its first draft on, and all that is done for it as well."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.payments.orders.store import CONFERENCES as PAID_FOR
from services.scheduling.conferences.store import CONFERENCES
from shared.associations import FIRST
from shared.clock import host_now
from shared.contracts.envelope import Envelope
from shared.places import PLACES, Blocked, Place
from shared.principals import Held, Role
from tests.integration import payments_house
from tests.integration.payments_house import CONFERENCE as PAID_CONFERENCE
from tests.integration.provider_fixtures import RunningProvider, shared_provider
from tests.integration.scheduling_town import CONFERENCE, Scheduling, scheduling
from tests.namespaces import Namespace
from tests.visitors import holding, signed_in

__all__ = ["shared_provider"]


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, where forms need no token of their page."""
    with scheduling(module_namespace) as running:
        running.service.parts.web.config["WTF_CSRF_METHODS"] = ()
        yield running


def drafted(browser: FlaskClient, key: str, **more: Any) -> Any:
    headers = {"Idempotency-Key": f"{key}-1", "Accept": "application/json"}
    return browser.post("/scheduling/conferences", json={**CONFERENCE, "key": key} | more, headers=headers).get_json()


def ids(browser: FlaskClient) -> set[str]:
    return {each["id"] for each in browser.get("/scheduling/conferences?limit=200").get_json()["items"]}


def test_a_conference_is_its_makers_associations_and_stays_it(town: Scheduling) -> None:
    clerks = signed_in(town.service.parts.web, "clerks")

    made = drafted(clerks, "c-1")
    changed = clerks.patch(
        f"/scheduling/conferences/{made['id']}", json={"association": "managers"}, headers={"If-Match": "*"}
    )

    assert (made["association"], changed.status_code) == ("clerks", 422)


def test_nobody_makes_a_conference_for_another_association_but_with_a_key_of_the_installation(
    town: Scheduling,
) -> None:
    refused = drafted(signed_in(town.service.parts.web, "clerks"), "c-2", association="managers")
    by_key = town.post("/conferences", {**CONFERENCE, "key": "c-2", "association": "managers"}).get_json()

    assert "Your conferences belong to clerks. Nothing was created" in str(refused["errors"])
    assert by_key["association"] == "managers"


def test_a_draft_is_there_for_its_own_association_alone(town: Scheduling) -> None:
    clerks, managers = (signed_in(town.service.parts.web, each) for each in ("clerks", "managers"))
    conference = drafted(clerks, "c-3")["id"]
    address = f"/scheduling/conferences/{conference}"

    assert conference in ids(clerks)
    assert conference not in ids(managers)
    assert [each.get(address).status_code for each in (clerks, managers)] == [200, 404]
    clerks.post(f"{address}/announce", headers={"Idempotency-Key": "c-3-2"})
    assert [each.get(address).status_code for each in (clerks, managers)] == [200, 200]  # the public sees it too
    assert [each.get(f"{address}/draft").status_code for each in (clerks, managers)] == [200, 404]


def test_a_draft_is_there_for_who_works_for_it_alone(town: Scheduling) -> None:
    clerks = signed_in(town.service.parts.web, "clerks")
    own, other = (drafted(clerks, key)["id"] for key in ("c-7", "c-8"))
    of_one = signed_in(town.service.parts.web, "clerks", Role.PROGRAMME, conference=own)
    of_none = signed_in(town.service.parts.web, "managers", Role.PROGRAMME, conference="another")

    listed = [{own, other} & ids(each) for each in (of_one, of_none)]
    shown = [of_one.get(f"/scheduling/conferences/{each}").status_code for each in (own, other)]
    found = of_one.get("/scheduling/desk/search?query=Annual&part=yes").text

    assert (listed, shown) == ([{own}, set()], [200, 404])
    assert (own in found, other in found) == (True, False)


def test_another_association_learns_of_a_key_that_is_taken_and_no_more(town: Scheduling) -> None:
    clerks, managers = (signed_in(town.service.parts.web, each) for each in ("clerks", "managers"))
    drafted(clerks, "c-9")

    refused = drafted(managers, "c-9")

    assert refused["detail"] == "The key c-9 is taken. Nothing was created; take another one."


def test_what_was_kept_before_there_were_associations_is_the_firsts(town: Scheduling) -> None:
    conference = town.opened()
    kept = town.service.parts.database.mongo[CONFERENCES.name]
    kept.update_one({"_id": conference}, {"$unset": {"association": ""}})
    first, clerks = (signed_in(town.service.parts.web, each) for each in (FIRST, "clerks"))
    address = f"/scheduling/desk/conferences/{conference}"

    assert [each.get(address).status_code for each in (first, clerks)] == [200, 404]


def test_a_speaker_of_another_association_is_not_renamed_by_way_of_ones_own_conference(town: Scheduling) -> None:
    clerks, managers = (signed_in(town.service.parts.web, each) for each in ("clerks", "managers"))
    theirs, own = drafted(clerks, "c-5")["id"], drafted(managers, "c-6")["id"]
    given = {"name": "Ada Vance", "email": "ada@vance.example"}
    base = "/scheduling/conferences"
    speaker = clerks.post(f"{base}/{theirs}/speakers", json=given, headers={"Idempotency-Key": "c-5-2"}).get_json()

    said = {"name": "Somebody else", "biography": ""}
    by_way_of_own = managers.put(f"{base}/{own}/speakers/{speaker['id']}", json=said, headers={"If-Match": "*"})
    by_their_own = clerks.put(f"{base}/{theirs}/speakers/{speaker['id']}", json=said, headers={"If-Match": "*"})

    assert [each.status_code for each in (by_way_of_own, by_their_own)] == [404, 200]


def test_an_event_about_no_conference_is_for_whoever_keeps_the_installation(town: Scheduling) -> None:
    event = Envelope(
        id="evt_person",
        type="reconvene.registration.person_registered.v1",
        source="/registration",
        key="per_1",
        sequence=1,
        time=host_now(),
        data=b'{"person": "per_1"}',
        correlation="a test",
    )
    blocked = Blocked(reason="It could not be read.", at=host_now())
    place = Place(id="reconvene.registration/per_1", waiting=(event,), blocked=blocked)
    town.service.parts.database.transact(lambda unit: unit.add(PLACES, place))
    first, keeper = (signed_in(town.service.parts.web, each) for each in (FIRST, ""))

    assert [place.id in each.get("/scheduling/parked").text for each in (first, keeper)] == [False, True]


def test_the_books_of_each_association_are_its_own(namespace: Namespace, shared_provider: RunningProvider) -> None:
    with payments_house.house(namespace, shared_provider) as house:
        house.paid("cheque")
        whose = house.parts.database.mongo[PAID_FOR.name]
        balances = {}
        for association in ("clerks", "managers"):
            whose.update_one({"_id": PAID_CONFERENCE}, {"$set": {"association": "clerks"}})
            browser = signed_in(house.parts.web, association)
            balances[association] = browser.get("/payments/ledger/trial-balance").get_json()

        held = Held(Role.BOARD), Held(Role.FINANCE, PAID_CONFERENCE)
        front = holding(house.parts.web, "clerks", *held).get("/payments/desk", headers={"Accept": "text/html"}).text
        board = holding(house.parts.web, "clerks", held[0]).get("/payments/desk", headers={"Accept": "text/html"}).text

        assert ("All your conferences together" in front, "Trial balance" in board) == (True, False)
        assert str(payments_house.FEE_MINOR) in str(balances["clerks"])
        assert balances["managers"]["balances"] == []
