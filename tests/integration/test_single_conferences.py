"""Who is trusted with one conference works at the desks for that one: lists, pages and buttons are of it alone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.registration.accounts.store import account_by_mail
from shared.associations import FIRST
from shared.principals import Held, Role
from tests.integration.registration_house import House, application, house
from tests.namespaces import Namespace
from tests.visitors import holding, signed_in

OWN, OTHERS = "74th", "75th"
ACCOUNTS = "/registration/accounts"
DESK = "/registration/desk/conferences"
HTML = {"Accept": "text/html"}


@dataclass(frozen=True)
class Browser:
    """What somebody at the desks reads, and the forms of accounts that they send."""

    client: FlaskClient

    def get(self, address: str, **options: Any) -> TestResponse:
        """One page or list."""
        return self.client.get(address, **options)

    def open(self, path: str) -> str:
        """The text of a page of accounts, each run of blanks as one."""
        return " ".join(self.get(f"{ACCOUNTS}{path}", headers=HTML).text.split())

    def send(self, path: str, *, conferences: Mapping[str, str], **form: Any) -> TestResponse:
        """Send a form that stood on the page of accounts."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', self.open(""))
        assert token
        chosen = {f"conference.{line}": each for line, each in conferences.items()}
        return self.client.post(f"{ACCOUNTS}{path}", data={**form, **chosen, "csrf_token": token[1]}, headers=HTML)


@dataclass(frozen=True)
class Town:
    """A house that knows two conferences, with somebody who has registered for each."""

    house: House
    registrations: dict[str, str]
    names: dict[str, str]

    def desk(self, role: Role, conference: str = OWN) -> "Browser":
        """The browser of somebody who works for one conference."""
        return Browser(signed_in(self.house.parts.web, FIRST, role, conference=conference))

    def held(self, mail: str) -> tuple[str, set[Held]]:
        """An account's id, and its roles."""
        account = account_by_mail(self.house.parts.database, mail)
        assert account
        return account.id, set(account.roles)


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Town]:
    names = {OWN: "Grace Own", OTHERS: "Otto Elsewhere"}
    with house(module_namespace) as known:
        ids = {}
        for conference, name in names.items():
            known.open_conference(conference)
            person = application()["person"] | {"name": name}
            ids[conference] = known.register(conference=conference, person=person)["registration"]
        yield Town(known, ids, names)


def test_lists_and_pages_show_the_conference_that_somebody_works_for(town: Town) -> None:
    tom = town.desk(Role.REGISTRAR)

    shown = {each: tom.get(f"{DESK}/{each}", headers=HTML) for each in (OWN, OTHERS)}
    listed = {each: tom.get(f"/registration/registrations?conference={each}").text for each in (OWN, OTHERS)}
    front = tom.get("/registration/desk", headers=HTML)

    assert (shown[OWN].status_code, town.names[OWN] in shown[OWN].text) == (200, True)
    assert shown[OTHERS].status_code == 404
    assert "that belongs to the conferences that you work for" in shown[OTHERS].text
    assert [town.registrations[each] in listed[each] for each in (OWN, OTHERS)] == [True, False]
    assert (front.status_code, f"{DESK}/{OWN}" in front.text, f"{DESK}/{OTHERS}" in front.text) == (200, True, False)


def test_a_search_finds_what_is_of_that_conference(town: Town) -> None:
    searched = {
        each: town.desk(Role.REGISTRAR).get(f"/registration/desk/search?query={name}&part=yes", headers=HTML).text
        for each, name in town.names.items()
    }

    assert [f">{name}<" in searched[each] for each, name in town.names.items()] == [True, False]


def test_a_registration_for_another_conference_is_not_found(town: Town) -> None:
    tom = town.desk(Role.REGISTRAR)

    found = {
        each: tom.get(f"/registration/registrations/{id_}").status_code for each, id_ in town.registrations.items()
    }

    assert found == {OWN: 200, OTHERS: 404}


def test_what_somebody_may_do_for_their_conference_is_offered_to_them_there(town: Town) -> None:
    button = 'action="/registration/desk/conferences/74th/holds"'

    offered = {
        role: button in town.desk(role).get(f"{DESK}/{OWN}", headers=HTML).text
        for role in (Role.COMMITTEE, Role.REGISTRAR)
    }

    assert offered == {Role.COMMITTEE: True, Role.REGISTRAR: False}


def test_each_role_is_given_for_a_conference_of_its_own(town: Town) -> None:
    helen = town.desk(Role.ADMINISTRATOR, "")
    mail = {"mail": "mia@iimc.example", "name": "Mia Two"}

    helen.send("", **mail, roles=["registrar", "board", "finance"], conferences={"registrar": OWN, "board": ""})
    mia = town.held("mia@iimc.example")
    page = helen.open("")
    helen.send(
        f"/{mia[0]}/roles",
        roles=["registrar", "registrar.more"],
        conferences={"registrar": OWN, "registrar.more": OTHERS, "board": OTHERS},
    )

    assert mia[1] == {Held(Role.REGISTRAR, OWN), Held(Role.BOARD), Held(Role.FINANCE)}
    assert "Mia Two · board, finance, registrar for 74th Annual Conference" in page
    assert town.held("mia@iimc.example")[1] == {Held(Role.REGISTRAR, OWN), Held(Role.REGISTRAR, OTHERS)}


def test_a_role_for_a_conference_that_is_not_known_is_refused(town: Town) -> None:
    helen = town.desk(Role.ADMINISTRATOR, "")
    mail = {"mail": "ned@iimc.example", "name": "Ned None"}

    refused = helen.send("", **mail, roles=["registrar"], conferences={"registrar": "76th"})

    assert (refused.status_code, "There is no such conference. Nothing was changed" in refused.text) == (422, True)
    assert account_by_mail(town.house.parts.database, "ned@iimc.example") is None


def test_a_role_for_one_conference_adds_to_what_another_role_for_all_lets_one_see(town: Town) -> None:
    sam = Browser(holding(town.house.parts.web, FIRST, Held(Role.PROGRAMME), Held(Role.REGISTRAR, OWN)))
    gloria = Browser(holding(town.house.parts.web, FIRST, Held(Role.BOARD), Held(Role.REGISTRAR, OWN)))
    people = {each: town.house.registration(id_).person for each, id_ in town.registrations.items()}

    searched = {
        each: sam.get(f"/registration/desk/search?query={name}&part=yes", headers=HTML).text
        for each, name in town.names.items()
    }
    shown = {each: gloria.get(f"/registration/desk/people/{id_}", headers=HTML) for each, id_ in people.items()}

    assert [f">{name}<" in searched[each] for each, name in town.names.items()] == [True, False]
    assert [shown[each].status_code for each in (OWN, OTHERS)] == [200, 200]
    assert ["Save the correction" in shown[each].text for each in (OWN, OTHERS)] == [True, False]


def test_the_committee_of_one_conference_is_offered_to_end_a_registration_there(town: Town) -> None:
    leave = f"{DESK}/{OWN}/registrations/{town.registrations[OWN]}/leave"

    offered = {
        role: town.desk(role).get(leave.removesuffix("/leave"), headers=HTML).text.count(leave)
        for role in (Role.COMMITTEE, Role.FINANCE)
    }

    assert offered == {Role.COMMITTEE: 1, Role.FINANCE: 0}


def test_a_conference_that_was_chosen_beside_a_role_without_a_tick_is_said(town: Town) -> None:
    helen = town.desk(Role.ADMINISTRATOR, "")
    mail = {"mail": "pia@iimc.example", "name": "Pia Three"}

    invited = helen.send("", **mail, roles=["board"], conferences={"board": "", "registrar": OWN})
    pia = town.held("pia@iimc.example")
    helen.send(f"/{pia[0]}/roles", roles=["board"], conferences={"board": OWN, "finance": OTHERS})
    said = helen.open("")
    helen.send(f"/{pia[0]}/roles", roles=["finance"], conferences={"board": OWN, "finance": ""})
    taken_away = helen.open("")

    told = "{} was not given, because its box is not ticked."
    assert told.format("Registrar for 74th Annual Conference") in invited.text
    assert told.format("Finance for 74th Annual Conference") in said  # both are called so here
    assert ("Their roles are changed" in taken_away, "was not given" in taken_away) == (True, False)
    assert town.held("pia@iimc.example")[1] == {Held(Role.FINANCE)}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.COMMITTEE])
def test_who_is_trusted_with_one_conference_gives_nobody_a_role_and_erases_nobody(town: Town, role: Role) -> None:
    person = town.house.registration(town.registrations[OWN]).person
    closed = ("/registration/accounts", f"/registration/desk/people/{person}/erase")

    assert [town.desk(role).get(each, headers=HTML).status_code for each in closed] == [403, 403]
