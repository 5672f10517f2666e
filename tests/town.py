"""Runs services of the town in this process's threads, against the real engines, for tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask.testing import FlaskClient

from shared import process
from shared.settings import SERVICES, Settings
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
