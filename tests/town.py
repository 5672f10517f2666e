"""Runs services of the town in this process's threads, against the real engines, for tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask.testing import FlaskClient

from shared import process, statements
from shared.clock import host_now
from shared.ids import new_id
from shared.principals import Held, Principal, Role
from shared.settings import SERVICES, Settings
from shared.statements import COOKIE, Statement
from tests.namespaces import Namespace

SECRET_KEY = "of the tests, and of nothing else"
COMMITTEE = ("committee", "a password of the tests")
FINANCE = ("finance", "another password of the tests")


def settings_for(service: str, namespace: Namespace, *, port: int = 0, **environment: str) -> Settings:
    """Settings of one service whose databases and topics are this test's own; `environment` adds to them."""
    given = {
        **namespace.environment,
        "SECRET_KEY": SECRET_KEY,
        "COMMITTEE_PASSWORD": COMMITTEE[1],
        "FINANCE_PASSWORD": FINANCE[1],
        "PORT": str(port),
        "CLOCK_MOVABLE": "yes",
        "LOG_LEVEL": "warning",
        **{f"{name.upper()}_URL": "http://localhost" for name in SERVICES},
        **environment,
    }
    return Settings.from_environment(service, given)


def statement_of(settings: Settings, *roles: Role, name: str = "", association: str = "") -> str:
    """What the browser of somebody with these roles brings, as registration says it at a sign-in."""
    held = frozenset(Held(role) for role in roles)
    person = f"acc_{'_'.join(sorted(roles))}"
    who = Principal(person=person, name=name, association=association, roles=held)
    return statements.write(settings, Statement(session=new_id("ses"), principal=who, made_at=host_now()))


def signed_in(client: FlaskClient, settings: Settings, *roles: Role) -> FlaskClient:
    """The browser of somebody who has signed in."""
    client.set_cookie(COOKIE, statement_of(settings, *roles), path="/")
    return client


@dataclass
class Running:
    """One service that runs: its parts, a client for its web side, and whether one of its threads has died."""

    parts: process.Parts
    died: threading.Event

    def client(self) -> FlaskClient:
        """A fresh client, without cookies."""
        return self.parts.web.test_client()


@contextmanager
def running(
    create: Callable[[Settings], process.Parts],
    settings: Settings,
    *,
    roles: tuple[str, ...] = ("worker", "relay", "jobs"),
) -> Iterator[Running]:
    """Run a service's parts in threads until the block ends; the web side is called through `client()`."""
    parts = create(settings)
    parts.prepare(topics=process.topics_of(settings))
    stop, died = threading.Event(), threading.Event()
    threads = process.start(parts, roles=roles, stop=stop, on_death=died.set)
    try:
        yield Running(parts, died)
    finally:
        stop.set()
        process.finish(parts, threads)
    assert not died.is_set(), f"a part of {settings.service} died"
