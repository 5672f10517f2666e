"""Claims about a rush: five hundred people want a hundred seats over HTTP, and the service is killed again and again.

Each of them sends one request with one Idempotency-Key, and sends it again under the same key until it is answered, as
a program would. The process is killed when a part of them has been answered, wherever it may be, and started anew.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.town import ports
from services.scheduling.agendas.domain.rosters import Hold
from shared.auth import sign
from tests.integration.agendas_house import House, agendas
from tests.namespaces import Namespace
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
PEOPLE_COUNT = 500
SEAT_COUNT = 100
CLIENT_COUNT = 24
KILLED_AFTER = (60, 140, 230, 320, 410)  # so many were answered
SECONDS_MAX = 240.0
BUSY_SECONDS, AWAY_SECONDS = (0.05, 0.3), (0.3, 1.2)  # who finds nobody leaves the machine to the service that starts


@dataclass
class Service:
    """The real process of scheduling's web side, killed and started again on the same port."""

    environment: dict[str, str]
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    kill_count: int = 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.scheduling", "web"],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(30) == -signal.SIGKILL
        self.kill_count += 1

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)


@dataclass
class Rush:
    """Everybody at once: what each was answered, and how often it was sent again."""

    url: str
    session: str
    deadline: float
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    retries: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sign_up(self, person: str, token: str) -> None:
        address = f"{self.url}/scheduling/agendas/{token}/sessions/{self.session}/seat"
        headers = {"Idempotency-Key": f"rush-{person}", "Accept": "application/json"}
        pause = threading.Event()
        while time.monotonic() < self.deadline:
            try:
                response = requests.post(address, json={}, headers=headers, timeout=20)
            except requests.RequestException:
                response = None
            if response is not None and response.status_code == 200:
                with self.lock:
                    self.answers[person] = response.json()
                return
            if response is not None and response.status_code != 503:
                self.refused.append(response.text)
                return
            with self.lock:
                self.retries["no answer" if response is None else "busy"] += 1
            pause.wait(random.uniform(*(AWAY_SECONDS if response is None else BUSY_SECONDS)))


@pytest.fixture
def house(namespace: Namespace) -> Iterator[House]:
    """A conference with one session of a hundred seats."""
    with agendas(namespace) as found:
        yield found


@pytest.mark.timeout(SECONDS_MAX + 120)
def test_five_hundred_people_for_a_hundred_seats_end_with_exactly_a_hundred_and_an_ordered_waitlist(
    house: House, tmp_path: Path
) -> None:
    session = house.session("C-31", seats=SEAT_COUNT)
    people = [f"per_{number:03}" for number in range(PEOPLE_COUNT)]
    _register(house, people)
    house.town.keep_clock()
    service = _service(house, log=tmp_path / "scheduling.log")
    service.start()
    try:
        rush = Rush(f"http://127.0.0.1:{service.port}", session, time.monotonic() + SECONDS_MAX)
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENT_COUNT) as crowd:
            settings = house.town.service.parts.settings
            for each in random.sample(people, len(people)):
                crowd.submit(rush.sign_up, each, sign(settings, purpose="agenda", id_=f"{house.conference}:{each}"))
            for count in KILLED_AFTER:
                wait_until(
                    lambda count=count: len(rush.answers) >= count or rush.refused,  # type: ignore[misc]
                    rush.deadline - time.monotonic(),
                    missing=lambda: f"{len(rush.answers)} answers; {rush.retries}; {service.log.read_text()[-2000:]}",
                )
                service.kill()
                service.start()
        print(
            f"{len(rush.answers)} answered in {time.monotonic() - began:.1f} s, with {service.kill_count} kills "
            f"and {rush.retries.total()} requests sent again"
        )
    finally:
        service.stop()

    assert rush.refused == []
    assert service.kill_count == len(KILLED_AFTER)
    assert rush.retries.total() > 0
    _is_as_it_should_be(house, session, people, rush.answers)


def _is_as_it_should_be(house: House, session: str, people: list[str], answers: dict[str, dict[str, Any]]) -> None:
    """Exactly the seats there are, everybody once, the order that of the commits, and everybody was told the truth."""
    roster = house.roster(session)
    holders = [each.person for each in roster.held]

    assert len(answers) == PEOPLE_COUNT
    assert len(holders) == SEAT_COUNT
    assert {each.hold for each in roster.held} == {Hold.SIGNED_UP}
    assert sorted([*holders, *roster.waiting]) == people
    assert {each: answers[each]["standing"] for each in people} == {
        each: "signed_up" if each in holders else "waits" for each in people
    }
    assert [answers[each]["place"] for each in roster.waiting] == list(range(1, PEOPLE_COUNT - SEAT_COUNT + 1))
    assert [*holders, *roster.waiting] == _order_of_commits(house, session)
    assert house.offers(session) == []


def _order_of_commits(house: House, session: str) -> list[str]:
    """In which order people came in, read from the database's own log of what it committed."""
    log = house.database.client["local"]["oplog.rs"].find({"o.applyOps.ns": f"{house.database.mongo.name}.rosters"})
    order: list[str] = []
    for entry in log.sort("$natural", 1):
        of_agendas = [
            each["o2"]["_id"] for each in entry["o"]["applyOps"] if each["ns"].endswith(".agendas") and "o2" in each
        ]
        of_rosters = [each for each in entry["o"]["applyOps"] if each["ns"].endswith(".rosters")]
        if of_agendas and any(str(each.get("o2", {}).get("_id", "")).endswith(session) for each in of_rosters):
            order += [each.partition(":")[2] for each in of_agendas]
    return order


def _register(house: House, people: list[str]) -> None:
    """Let them be delegates, a hundred to a transaction."""
    for first in range(0, len(people), 100):
        part = people[first : first + 100]
        house.hear_together(*(event for each in part for event in (house.submitted(each), house.confirmed(each))))


def _service(house: House, *, log: Path) -> Service:
    settings = house.town.service.parts.settings
    port = ports.free_port()  # outside of what clients are given: one that asks a dead service would take its port
    environment = {
        name: value for name, value in settings.environment.items() if name.isupper() and isinstance(value, str)
    }
    return Service({**environment, "PORT": str(port), "LOG_LEVEL": "warning"}, port, log)
