"""Every route of every service stands in one table, with what it lets somebody do; every role is tried at each.

`who_may.tsv` beside this file is the table: a route that isn't in it fails, and so does one that lets others in.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.principals import ALLOWED, Action, Role
from shared.settings import SERVICES
from tests.contract.doors import Door

TABLE = Path(__file__).parent / "who_may.tsv"
PUBLIC = "anybody"
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
        if not _is_right(status := _status(_client(door.app, role), route), _expected(route, role))
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


def _client(app: Flask, role: Role | None) -> FlaskClient:
    client = app.test_client()
    if role is not None:
        with client.session_transaction() as session:
            session["role"] = role.value
    return client


def _status(client: FlaskClient, route: Route) -> int:
    return client.open(route.address, method=route.method, headers=_JSON).status_code
