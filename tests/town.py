"""Runs services of the town in this process's threads, against the real engines, for tests."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from werkzeug.test import Client

from shared import process
from shared.settings import SERVICES, Settings

SECRET_KEY = "of the tests, and of nothing else"
COMMITTEE = ("committee", "a password of the tests")
FINANCE = ("finance", "another password of the tests")


def settings_for(
    service: str, *, mongo_url: str, kafka: str, prefix: str, port: int = 0, environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings of one service whose database and topics are this test's own."""
    given = {
        "MONGO_URL": mongo_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "DATABASE_PREFIX": prefix,
        "TOPIC_PREFIX": prefix,
        "SECRET_KEY": SECRET_KEY,
        "COMMITTEE_PASSWORD": COMMITTEE[1],
        "FINANCE_PASSWORD": FINANCE[1],
        "PORT": str(port),
        "CLOCK_MOVABLE": "yes",
        "LOG_LEVEL": "warning",
        **{f"{name.upper()}_URL": "http://localhost" for name in SERVICES},
        **(environment or {}),
    }
    return Settings.from_environment(service, given)


@dataclass
class Running:
    """One service that runs: its parts, a client for its web side, and whether one of its threads has died."""

    parts: process.Parts
    died: threading.Event

    def client(self) -> Client:
        """A fresh client, without cookies."""
        return self.parts.web.test_client()


@contextmanager
def running(
    create: Callable[[Settings], process.Parts], settings: Settings, *, roles: tuple[str, ...] = ("worker", "relay", "jobs")
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
