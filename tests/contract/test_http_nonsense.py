"""Claims about nonsense: it is refused in words, wherever it is sent.

What stands in an address is tried where no document describes the route (pages, forms, signed links); what is sent as
a body is tried everywhere.
"""

import json
import re
from collections.abc import Iterator, Mapping

import pytest
from werkzeug.test import TestResponse

from shared.settings import SERVICES
from tests.contract.doors import ROLES, Door, as_role
from tests.contract.nonsense import BODIES, CREDENTIALS, QUERIES, WORDS, Body, routes_of

PROGRAM, PERSON, PROBLEM = "application/json", "text/html", "application/problem+json"
ACCEPTED = {"nobody": PROGRAM, "committee": PERSON, "finance": PROGRAM}
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def routes(door: Door) -> list[tuple[str, str]]:
    """The methods and routes of a service that its document doesn't have: pages, forms, signed links."""
    paths = json.loads(door.app.test_client().get(f"/{door.service}/openapi.json").data)["paths"]
    documented = {(method.upper(), path) for path, found in paths.items() for method in found}
    return sorted(set(routes_of(door.app)) - documented)


def addresses(door: Door, route: str) -> Iterator[str]:
    """A route with every word in place of what varies, and with what exists."""
    names = re.findall(r"\{(\w+)\}", route)
    if not names:
        yield route
        return
    for word in WORDS:
        yield word.join(re.split(r"\{\w+\}", route))
    yield real_address(door, route)


def real_address(door: Door, route: str) -> str:
    """A route about something that exists, as far as there is any."""
    place = re.sub(r"\{\w+\}", "{}", route).removeprefix(f"/{door.service}")
    opening = [token for start, token in door.tokens.items() if place.startswith(start)]

    def real(name: re.Match[str]) -> str:
        known = list(door.known.get(name[1], ["nonsense"]))
        return (opening or known)[0] if name[1] == "token" else known[0]

    return re.sub(r"\{(\w+)\}", real, route)


def fault(response: TestResponse, *, route: str, accepted: str) -> str:
    """What is wrong with an answer to nonsense; empty when it is refused as it should be, or does no harm.

    A refusal is a problem document, or the page with what is wrong with it. Whoever is given a signed link may be a
    program, which is never answered with a page.
    """
    if response.status_code >= 500:
        return f"answered with {response.status_code}: {_shown(response)}"
    if response.status_code < 400:
        return ""
    allowed = {PERSON} if accepted == PERSON else {PROBLEM} if "{token}" in route else {PROBLEM, PERSON}
    if response.mimetype not in allowed:
        return f"answered with {response.status_code} as {response.mimetype}: {_shown(response)}"
    return ""


def _shown(response: TestResponse) -> str:
    return re.sub(r"<style.*?</style>|<[^>]*>|\s+", " ", response.get_data(as_text=True), flags=re.DOTALL)[-300:]


def ask(door: Door, method: str, address: str, *, role: str, body: Body | None = None) -> TestResponse:
    """One request, by a program or by a person with a browser."""
    headers = as_role(role) | {"Accept": ACCEPTED[role], "Idempotency-Key": "nonsense"}
    if body is None:
        return door.app.test_client().open(address, method=method, headers=headers)
    return door.app.test_client().open(
        address, method=method, headers=headers, data=body.data, content_type=body.content_type or None
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_nonsense_in_an_address_is_never_a_fault_of_ours(doors: Mapping[str, Door], service: str, role: str) -> None:
    door = doors[service]
    faults = []
    for method, route in routes(door):
        asked = [*addresses(door, route), *(f"{real_address(door, route)}?{query}" for query in QUERIES)]
        for address in asked:
            response = ask(door, method, address, role=role)
            if found := fault(response, route=route, accepted=ACCEPTED[role]):
                faults.append(f"{method} {address[:200]}: {found}")
            response.close()  # some go on for ever

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_nonsense_in_a_body_is_never_a_fault_of_ours(doors: Mapping[str, Door], service: str, role: str) -> None:
    door = doors[service]
    faults = [
        f"{method} {route}, {body.name}: {found}"
        for method, route in routes_of(door.app)
        if method in CHANGING
        for body in BODIES
        if (
            found := fault(
                ask(door, method, real_address(door, route), role=role, body=body), route=route, accepted=ACCEPTED[role]
            )
        )
    ]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("service", SERVICES)
def test_nonsense_as_a_sign_in_is_refused_everywhere(doors: Mapping[str, Door], service: str) -> None:
    door = doors[service]
    faults = []
    for credentials in CREDENTIALS:
        headers = {"Accept": PROGRAM, "Authorization": credentials}
        response = door.app.test_client().get(f"/{service}/desk", headers=headers)
        if response.status_code != 401 or response.mimetype != PROBLEM:
            faults.append(f"{credentials!r}: {response.status_code} {response.mimetype}")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("word", WORDS)
def test_a_link_that_was_not_signed_by_us_opens_nothing(doors: Mapping[str, Door], word: str) -> None:
    faults = []
    for door in doors.values():
        for method, route in routes(door):
            if "{token}" in route:
                response = ask(door, method, route.replace("{token}", word), role="nobody")
                if response.status_code != 404 or response.mimetype != PROBLEM:
                    faults.append(f"{method} {route}: {response.status_code}")

    assert not faults, "\n".join(faults)


def test_a_link_that_was_signed_for_one_thing_opens_no_other(doors: Mapping[str, Door]) -> None:
    tokens = {token for door in doors.values() for token in door.tokens.values()}
    faults = [
        f"{method} {address}"
        for door in doors.values()
        for method, route in routes(door)
        if "{token}" in route
        for address in (route.replace("{token}", token) for token in tokens if token not in real_address(door, route))
        if ask(door, method, address, role="nobody").status_code != 404
    ]

    assert not faults, "\n".join(faults)
