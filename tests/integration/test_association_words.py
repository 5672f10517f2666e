"""What an association says of itself: said at its desk, and read on what is sent for its conferences."""

import html
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.associations import FIRST
from shared.contracts.registration import AssociationDescribed
from shared.principals import Role
from tests.integration import notifications_house, registration_house
from tests.integration.registration_house import House
from tests.namespaces import Namespace
from tests.visitors import signed_in

CLERKS = {
    "name": "Clerks of the Lakes",
    "postal_address": "12 Foothill Lane\n\nAlder Falls, CA 91701",
    "tax_number": "95-0000001",
    "sender_name": "",
    "sender_address": "office@clerks.example",
    "cheques_to": "Clerks of the Lakes\n12 Foothill Lane",
    "transfers_to": "",
    "purchase_orders_to": "",
    "seen": "0",
}
PAGE = "/registration/desk/associations"


@pytest.fixture(scope="module")
def house(module_namespace: Namespace) -> Iterator[House]:
    """Registration's web side, where forms need no token of their page."""
    with registration_house.house(module_namespace) as running:
        running.parts.web.config["WTF_CSRF_METHODS"] = ()
        yield running


def test_an_association_says_at_its_desk_what_it_is(house: House) -> None:
    browser = signed_in(house.parts.web, "lakes", Role.FINANCE)

    saved = browser.post(f"{PAGE}/lakes", data=CLERKS)
    page = html.unescape(browser.get(f"{PAGE}/lakes").text)

    assert saved.status_code == 303
    assert "12 Foothill Lane\nAlder Falls, CA 91701" in page
    (said,) = [each for each in house.said(AssociationDescribed) if each.association == "lakes"]
    assert (said.name, said.postal_address) == ("Clerks of the Lakes", ("12 Foothill Lane", "Alder Falls, CA 91701"))


def test_only_who_keeps_it_may_and_only_for_their_own(house: House) -> None:
    sent = {
        "committee": signed_in(house.parts.web, "rivers", Role.COMMITTEE).post(f"{PAGE}/rivers", data=CLERKS),
        "another's": signed_in(house.parts.web, "rivers", Role.FINANCE).post(f"{PAGE}/{FIRST}", data=CLERKS),
    }

    assert {who: answer.status_code for who, answer in sent.items()} == {"committee": 403, "another's": 404}
    assert [each for each in house.said(AssociationDescribed) if each.association in ("rivers", FIRST)] == []


def test_who_was_second_is_told_and_said_again_it_changes_nothing(house: House) -> None:
    browser = signed_in(house.parts.web, "hills", Role.ADMINISTRATOR)
    browser.post(f"{PAGE}/hills", data=CLERKS)

    again = browser.post(f"{PAGE}/hills", data=CLERKS)
    second = browser.post(f"{PAGE}/hills", data=CLERKS | {"name": "Clerks of the Hills"})
    empty = browser.post(f"{PAGE}/hills", data=CLERKS | {"name": " ", "seen": "1"})

    assert [each.status_code for each in (again, second, empty)] == [303, 412, 422]
    assert "Nothing of yours was saved" in html.unescape(second.text)
    assert "Please fill this in." in empty.text
    assert len([each for each in house.said(AssociationDescribed) if each.association == "hills"]) == 1


def test_a_mail_is_from_the_association_whose_conference_it_is(namespace: Namespace, tmp_path: Path) -> None:
    lakes = AssociationDescribed(
        association="lakes",
        name="Clerks of the Lakes",
        postal_address=("12 Foothill Lane", "Alder Falls, CA 91701"),
        sender_address="office@clerks.example",
    )
    other = replace(lakes, association="rivers", name="Clerks of the Rivers")
    with notifications_house.town(namespace, tmp_path) as town:
        announced = replace(notifications_house.announced(), association="lakes")
        town.hear(lakes, other, announced, notifications_house.person(), notifications_house.confirmed(1))
        town.run_jobs()
        (mail,) = town.mails()

    said = str(mail)
    assert "Clerks of the Lakes" in said
    assert "office@clerks.example" in said
    assert "Rivers" not in said
