"""Claims about power cuts while a year is awarded: the real process is killed right before and right after the
transaction, and while it is said; the award is said once, its edition is there once.
"""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.town import ports
from shared import statements
from shared.clock import host_now
from shared.contracts.scheduling import ConferenceAwarded
from shared.crash import VARIABLE
from shared.principals import Held, Principal, Role
from shared.statements import Statement
from tests.integration.scheduling_town import Scheduling, scheduling
from tests.namespaces import Namespace
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 90.0  # for what one process does
AWARD: Mapping[str, Any] = {
    "city": "St. Louis, Missouri",
    "year": 2025,
    "text": "Resolved, that 2025 is held in St. Louis.",
    "on": "2020-04-08",
    "present": 20,
    "votes_for": 17,
    "votes_against": 2,
}
AWARDS = "/series/congress/awards"


@pytest.fixture
def town(namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling with a series whose edition of 2020 is here, of which this process runs nothing but the web side."""
    with scheduling(namespace) as running:
        running.keep_clock()
        begun = running.post("/series", {"key": "congress", "title": "Annual Conference", "first_year": 1947})
        assert begun.status_code == 201
        taken = running.post("/series/congress/conferences", {"conference": running.opened()})
        assert taken.status_code == 200
        yield running


@contextmanager
def process(
    town: Scheduling, role: str, *, point: str, log: Path, port: int = 0
) -> Iterator["subprocess.Popen[bytes]"]:
    """One part of scheduling as a process of its own, which dies at this point."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "services.scheduling", role],
            cwd=ROOT,
            env=os.environ | town.service.parts.settings.environment | {"PORT": str(port), VARIABLE: point},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield started
        finally:
            started.kill()
            started.wait(30)


def headers(town: Scheduling, key: str) -> dict[str, str]:
    """A member of the board asks by a script of their own."""
    who = Principal(person="acc_gloria", name="Gloria", roles=frozenset({Held(Role.BOARD)}), is_script=True)
    said = Statement(session="tok_gloria", principal=who, made_at=host_now())
    return {"Idempotency-Key": key, "Authorization": f"Bearer {statements.write(town.service.parts.settings, said)}"}


@pytest.mark.timeout(SECONDS_MAX * 3)
@pytest.mark.parametrize("point", ["unit.saving", "unit.saved"])
def test_an_award_that_was_cut_off_is_there_as_a_whole_or_not_at_all_and_can_be_repeated(
    town: Scheduling, tmp_path: Path, point: str
) -> None:
    port, key = ports.free_port(), str(uuid.uuid4())
    with process(town, "web", point=point, log=tmp_path / "log", port=port) as dying:
        address = f"http://127.0.0.1:{port}/scheduling"
        wait_until(lambda: _answers(f"{address}/health"), SECONDS_MAX, missing="the web side of scheduling")
        with pytest.raises(requests.RequestException):
            requests.post(f"{address}{AWARDS}", json=AWARD, headers=headers(town, key), timeout=SECONDS_MAX)
        assert dying.wait(SECONDS_MAX) == -signal.SIGKILL
    cut_off = (len(_said(town)), len(_editions(town)), len(_drafts(town)))

    again = town.service.client().post(f"/scheduling{AWARDS}", json=AWARD, headers=headers(town, key))

    assert cut_off == ((1, 2, 1) if point == "unit.saved" else (0, 1, 0))
    assert again.status_code == 201
    edition = again.get_json()["conference"]
    assert [each["key"] for each in _said(town)] == [edition]
    assert [each["conference"] for each in _editions(town) if each["year"] == 2025] == [edition]
    assert [each["id"] for each in _drafts(town)] == [edition]


@pytest.mark.timeout(SECONDS_MAX * 2)
def test_an_award_whose_teller_dies_is_told_under_the_same_number(town: Scheduling, tmp_path: Path) -> None:
    made = town.service.client().post(f"/scheduling{AWARDS}", json=AWARD, headers=headers(town, str(uuid.uuid4())))
    assert made.status_code == 201
    before = _said(town)
    with process(town, "relay", point="relay.published", log=tmp_path / "log") as dying:
        assert dying.wait(SECONDS_MAX) == -signal.SIGKILL

    with process(town, "relay", point="", log=tmp_path / "log"):
        wait_until(lambda: all(each.get("published_at") for each in _said(town)), SECONDS_MAX, missing="the relay")

    assert [(each["_id"], each["key"]) for each in _said(town)] == [(each["_id"], each["key"]) for each in before]


def _said(town: Scheduling) -> list[dict[str, Any]]:
    return list(town.service.parts.database.mongo["events"].find({"type": ConferenceAwarded.type}))


def _editions(town: Scheduling) -> list[dict[str, Any]]:
    return list(town.get("/series/congress").get_json()["editions"])


def _drafts(town: Scheduling) -> list[dict[str, Any]]:
    return [each for each in town.get("/conferences").get_json()["items"] if each["life"] == "draft"]


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False
