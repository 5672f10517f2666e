"""Every route of every service stands in one table, with what it lets somebody do; every role is tried at each.

`who_may.tsv` beside this file is the table: a route that isn't in it fails, and so does one that lets others in.
Then two who have every role walk all of them with ids of things that exist: one of another association, one for another
conference alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.associations import FIRST
from shared.parts import assembly_of
from shared.principals import ALLOWED, OF_ASSOCIATION, Action, Role
from shared.reach import Whereabouts, where_kept
from shared.settings import SERVICES
from tests.contract.doors import Door
from tests.visitors import signed_in

TABLE = Path(__file__).parent / "who_may.tsv"
PUBLIC = "anybody"
ELSEWHERE = "elsewhere"
NOT_THEIRS = "NotWithinReach"
OWN_ACCOUNTS = re.compile(r"/registration/accounts\b")  # by the association of whoever looks; tried with the accounts
NOBODY_ELSES = {
    "POST /scheduling/conferences": "makes a conference of one's own association",
    "POST /scheduling/desk/conferences/new": "makes a conference of one's own association",
    "POST /scheduling/series": "begins a series of one's own association",
    "POST /scheduling/desk/series/new": "begins a series of one's own association",
    **{f"POST /{service}/clock": "the demo's clock is one for all" for service in SERVICES},
}
PEOPLE_AND_HOUSEKEEPING = {
    "accounts address_changes asked_links associations requests ended_statements sessions people payers",
    "agreed bills budgets contacts corrections digest_parts ended farewells identities names provider_events",
    "balance_lines purchase_orders references renderings reports rounds runs session_standings speakers standings",
    "sweeps tellings tokens wakes leavers colleague_mails asked_providers erasures erasure_answers",
    "credit_holders series",
}
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Route:
    """One method of one address, and the action that lets somebody call it; None when anybody may."""

    method: str
    rule: str
    action: Action | None

    @property
    def address(self) -> str:
        """An address of that form, about something that doesn't exist: who may not come in is told so first."""
        return re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda found: "1" if found[1] == "int" else "nothing", self.rule)

    @property
    def line(self) -> str:
        """As it stands in the table."""
        return f"{self.method}\t{self.rule}\t{self.action.name if self.action else PUBLIC}"


def routes(app: Flask) -> Iterator[Route]:
    """Every method of every route of a service."""
    for rule in app.url_map.iter_rules():
        action = getattr(app.view_functions[rule.endpoint], "action", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(method, rule.rule, action)


def test_every_route_stands_in_the_table(doors: Mapping[str, Door]) -> None:
    found = sorted({route.line for door in doors.values() for route in routes(door.app)})

    assert found == sorted(set(TABLE.read_text().splitlines()))


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("service", SERVICES)
def test_a_role_comes_in_where_the_table_says_and_nowhere_else(
    doors: Mapping[str, Door], service: str, role: Role | None
) -> None:
    door = doors[service]
    kept = [route for route in routes(door.app) if route.action is not None]

    wrong = {
        route.line: status
        for route in kept
        if not _is_right(status := _status(_client(door, role), route), _expected(route, role))
    }

    assert kept
    assert not wrong


def _expected(route: Route, role: Role | None) -> int:
    """401 for a stranger, 403 for somebody of another role, 0 for whoever may."""
    assert route.action is not None
    if role is None:
        return 401
    return 0 if role in ALLOWED[route.action] else 403


def _is_right(status: int, expected: int) -> bool:
    """Who may is told whatever is true of what doesn't exist, and never that it belongs to somebody else."""
    return status == expected if expected else status not in (401, 403) and status < 500


def _client(door: Door, role: Role | None) -> FlaskClient:
    return signed_in(door.app, "", role) if role else door.app.test_client()


def _status(client: FlaskClient, route: Route) -> int:
    return client.open(route.address, method=route.method, headers=_JSON).status_code


# another association, or another conference


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in at one service with every role, and what they read there."""

    door: Door
    client: FlaskClient

    def open(self, address: str, *, method: str = "GET", **sent: Any) -> tuple[int, str]:
        """The status of an answer and its text; for a page, without what its own address says."""
        answer = self.client.open(address, method=method, headers=_JSON | sent.pop("headers", {}), **sent)
        return answer.status_code, answer.get_data(as_text=True) if method == "GET" else str(answer.json)


def visitor(door: Door, association: str, conference: str = "") -> Visitor:
    """Signed in with every role there is, for all of one association or for one conference of it."""
    return Visitor(door, signed_in(door.app, association, conference=conference))


STRANGERS = pytest.mark.parametrize(
    "whose", [(ELSEWHERE,), (FIRST, "another")], ids=["of another association", "for another conference"]
)


@pytest.fixture
def without_tokens(doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are sent without the token of a page: whoever forges one must not come in here either."""
    for door in doors.values():
        monkeypatch.setitem(door.app.config, "WTF_CSRF_METHODS", ())


def real_addresses(door: Door, rule: str) -> Iterator[str]:
    """The rule with each of the things that exist."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
    known = [door.known.get(name, ["nothing"]) for name in names]
    for at in range(max(map(len, known), default=1)):
        found = iter([each[at % len(each)] for each in known])
        yield re.sub(r"<[^>]*>", lambda _, found=found: next(found), rule)  # type: ignore[misc]


def about_something(door: Door) -> list[Route]:
    """The kept routes whose addresses name something of a conference."""
    names = assembly_of(door.app)[Whereabouts].names
    return [each for each in kept(door) if set(re.findall(r"<(?:\w+:)?(\w+)>", each.rule)) & names]


def kept(door: Door) -> list[Route]:
    return [route for route in routes(door.app) if route.action is not None]


@pytest.mark.usefixtures("without_tokens")
@STRANGERS
@pytest.mark.parametrize("service", SERVICES)
def test_nothing_of_an_association_is_found_by_an_account_of_another(
    doors: dict[str, Door], service: str, whose: Sequence[str]
) -> None:
    door = doors[service]
    stranger = visitor(door, *whose)

    found = {
        f"{route.method} {address}": answer
        for route in about_something(door)
        if len(whose) == 1 or route.action not in OF_ASSOCIATION  # those are refused to them as such
        for address in real_addresses(door, route.rule)
        if not _is_not_theirs(answer := stranger.open(address, method=route.method))
    }

    assert not found


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_addresses_are_found_by_their_own(doors: dict[str, Door], service: str) -> None:
    door = doors[service]
    own = visitor(door, FIRST)

    missing = {
        route.rule
        for route in about_something(door)
        if route.method == "GET"
        and all(_is_not_theirs(own.open(address)) for address in real_addresses(door, route.rule))
    }

    assert not missing


@STRANGERS
@pytest.mark.parametrize("service", SERVICES)
def test_what_exists_and_what_does_not_are_refused_in_the_same_words(
    doors: dict[str, Door], service: str, whose: Sequence[str]
) -> None:
    door = doors[service]
    stranger = visitor(door, *whose)

    for route in about_something(door):
        if route.method == "GET":
            real = next(real_addresses(door, route.rule))
            answers = [re.sub(r'"correlation":"[^"]*"', "", stranger.open(each)[1]) for each in (real, route.address)]
            assert answers[0] == answers[1], route.rule


@STRANGERS
@pytest.mark.parametrize("service", SERVICES)
def test_lists_files_counts_and_searches_say_nothing_of_another_association(
    doors: dict[str, Door], service: str, whose: Sequence[str]
) -> None:
    door = doors[service]
    stranger, own = visitor(door, *whose), visitor(door, FIRST)
    lists = [each for each in kept(door) if each.method == "GET" and "<" not in each.rule]

    told = {
        (address, marker)
        for each in lists
        for address, asked in _asked(door, each.rule)
        for marker in _told(door, stranger.open(address)[1].replace(asked, ""))
    }
    told_to_their_own = {
        each.rule
        for each in lists
        for address, asked in _asked(door, each.rule)
        if _told(door, own.open(address)[1].replace(asked, ""))
    }

    assert not told
    assert len(told_to_their_own) > 1  # so that what is not told could be


@pytest.mark.usefixtures("without_tokens")
@pytest.mark.parametrize("service", SERVICES)
def test_what_is_for_a_whole_association_is_refused_to_who_is_trusted_with_one_conference(
    doors: dict[str, Door], service: str
) -> None:
    door = doors[service]
    closed = [each for each in kept(door) if each.action in OF_ASSOCIATION]
    one = visitor(door, FIRST, door.known["conference"][0] if "conference" in door.known else "74th")

    let_in = {each.line for each in closed if one.open(each.address, method=each.method)[0] != 403}

    assert closed
    assert not let_in
    assert {each.action for each in kept(door) if f"{each.method} {each.rule}" in NOBODY_ELSES} <= OF_ASSOCIATION


@pytest.mark.usefixtures("without_tokens")
@STRANGERS
def test_what_a_form_or_a_body_names_is_not_found_either(doors: dict[str, Door], whose: Sequence[str]) -> None:
    for rule, body in BODIES.items():
        door = doors[rule.split("/")[1]]
        method, address = rule.split()

        said = visitor(door, *whose).open(address, method=method, headers={"Idempotency-Key": "1"}, **body(door))

        assert said[0] == 404, (rule, said)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_that_changes_something_is_tried_by_another_association(
    doors: dict[str, Door], service: str
) -> None:
    door = doors[service]
    tried = {(each.method, each.rule) for each in about_something(door)}

    left = {
        f"{each.method} {each.rule}"
        for each in kept(door)
        if each.method != "GET" and (each.method, each.rule) not in tried and not OWN_ACCOUNTS.match(each.rule)
    }

    assert left - set(NOBODY_ELSES) <= set(BODIES)


@pytest.mark.parametrize("service", SERVICES)
def test_every_collection_says_whose_it_is_or_is_of_nobody(doors: dict[str, Door], service: str) -> None:
    collections = assembly_of(doors[service].app)[Whereabouts].collections
    nobodys = {name for names in PEOPLE_AND_HOUSEKEEPING for name in names.split()}

    assert {each.name for each in collections if not where_kept(each)} <= nobodys


def _is_not_theirs(answer: tuple[int, str]) -> bool:
    return answer[0] == 404 and NOT_THEIRS in answer[1]


def _asked(door: Door, rule: str) -> Iterator[tuple[str, str]]:
    """A list as it is, as files, about things that exist, and searched for them; and what of it the asker knows."""
    yield rule, "-"
    for name in ("as=csv", "state=open", "posted=yes"):
        yield f"{rule}?{name}", "-"
    asked = {name: door.known.get(name, ())[:1] for name in ("conference", "run", "registration", "order", "place")}
    for name, values in {**asked, "q": door.words, "query": door.words}.items():
        for value in values:
            yield f"{rule}?{name}={value}", value


def _told(door: Door, text: str) -> Sequence[str]:
    ids = [each for ids in door.known.values() for each in ids if len(each) > len(FIRST) and each in text]
    return ids + [each for each in door.sums if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text)]


BODIES: Mapping[str, Any] = {
    "POST /payments/deposits": lambda door: {
        "json": {"slip": "S-1", "deposited_on": "2020-05-04", "payments": [door.known["payment"][0]]}
    },
    "POST /notifications/posted": lambda door: {"json": {"letters": [door.known["letter"][0]]}},
    "POST /notifications/letters/print": lambda door: {"data": {"letters": door.known["letter"][0]}},
    **{
        f"POST /{service}/parked/one": lambda door: {"data": {"place": door.known["place"][0], "action": "discard"}}
        for service in SERVICES
    },
}
