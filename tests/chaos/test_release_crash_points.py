"""Claims about power cuts while a programme is released: the real process is killed right before and right after each
boundary, and no session is lost, no page shows a state that never was, and each person is told once.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from deploy.town import ports
from services.scheduling.releases.domain.fanout import Step
from services.scheduling.releases.store.releases import FANOUTS
from shared.clock import host_now
from shared.contracts.scheduling import SessionCancelled, SessionMoved
from shared.crash import VARIABLE
from shared.ids import digest_of
from tests.integration.releases_house import House, releases
from tests.integration.scheduling_town import MORNING
from tests.namespaces import Namespace
from tests.town import COMMITTEE
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SECONDS_MAX = (
    90.0  # for what one process does; a test's own limit is above that of all it starts, which says what is missing
)
RELEASING = ("unit.saving", "unit.saved")
TELLING = ("fanout.stepping", "fanout.stepped", "unit.saving", "unit.saved")
SESSION_COUNT, PERSON_COUNT = 40, 230


@pytest.fixture
def at(namespace: Namespace) -> Iterator[House]:
    """A published programme with people in it, of which this process shows the public side and runs nothing."""
    with releases(namespace) as house:
        # Kept in the database, where the other processes find it.
        assert house.town.post("/clock", {"now": MORNING.isoformat()}).status_code == 200
        for number in range(SESSION_COUNT):
            house.session(f"C-{number:02}", hour=number, cast=())
        house.published("Before")
        yield house


@contextmanager
def process(at: House, role: str, *, point: str, log: Path, port: int = 0) -> Iterator["subprocess.Popen[bytes]"]:
    """One part of scheduling as a process of its own, which dies at this point."""
    environment = dict(at.town.service.parts.settings.environment)
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "services.scheduling", role],
            cwd=ROOT,
            env=os.environ | environment | {"PORT": str(port), VARIABLE: point},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield started
        finally:
            started.kill()
            started.wait(30)


class Watching(threading.Thread):
    """Somebody who reads the public programme again and again."""

    def __init__(self, at: House) -> None:
        super().__init__(daemon=True)
        self._at = at
        self._is_over = threading.Event()
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        """Read until told to stop."""
        while not self._is_over.is_set():
            answer = self._at.town.get(f"/conferences/{self._at.conference}/programme/schedule.json?v=2", desk=None)
            self.seen[answer.text] += 1

    def end(self) -> set[str]:
        """Stop reading; answers everything that was seen, after one more look."""
        self._is_over.set()
        self.join(30)
        return set(self.seen)


def shown(at: House) -> str:
    return at.town.get(f"/conferences/{at.conference}/programme/schedule.json?v=2", desk=None).text


def change(at: House) -> list[str]:
    """Move every other session and cancel one; answers the changed ones."""
    sessions = [each.session for each in sorted(at.latest().entries, key=lambda each: each.code)]
    for number, each in enumerate(sessions[::2]):
        at.edit(each, **({"is_cancelled": True} if number == 0 else {"room": "r2"}))
    return sessions[::2]


@pytest.mark.timeout(SECONDS_MAX * 4)
@pytest.mark.parametrize("point", RELEASING)
def test_a_release_that_was_cut_off_is_there_as_a_whole_or_not_at_all_and_can_be_repeated(
    at: House, tmp_path: Path, point: str
) -> None:
    changed, before = change(at), shown(at)
    port, body = ports.free_port(), {"name": "After"}
    headers = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": str(at.preview().seen)}
    watching = Watching(at)
    with process(at, "web", point=point, log=tmp_path / "log", port=port) as dying:
        address = f"http://127.0.0.1:{port}/scheduling"
        wait_until(lambda: _answers(f"{address}/health"), SECONDS_MAX, missing="the web side of scheduling")
        watching.start()
        with pytest.raises(requests.RequestException):
            requests.post(
                f"{address}/conferences/{at.conference}/releases",
                json=body,
                headers=headers,
                auth=COMMITTEE,
                timeout=SECONDS_MAX,
            )
        assert dying.wait(SECONDS_MAX) == -signal.SIGKILL
    cut_off = at.latest().number

    again = at.town.service.client().post(
        f"/scheduling/conferences/{at.conference}/releases", json=body, headers=headers, auth=COMMITTEE
    )

    assert cut_off == (2 if point == "unit.saved" else 1)
    assert (again.status_code, again.get_json()["number"]) == (201, 2)
    after = shown(at)
    assert before != after
    assert watching.end() <= {before, after}
    assert len(json.loads(after)["schedule"]["events"]) == SESSION_COUNT
    said = at.said(*changed)
    assert Counter(type(each) for each in said if isinstance(each, SessionMoved | SessionCancelled)) == {
        SessionMoved: len(changed) - 1,
        SessionCancelled: 1,
    }
    assert list(at.fanouts()) == [1, 2]


@pytest.mark.timeout(SECONDS_MAX * (2 * len(TELLING) + 2))
def test_each_person_is_told_once_by_a_fan_out_that_dies_at_every_boundary(at: House, tmp_path: Path) -> None:
    changed = change(at)
    persons = [f"per_{number:03}" for number in range(PERSON_COUNT)]
    for number, person in enumerate(persons):
        at.delegate(person, changed[number % len(changed)], changed[0])
    at.release("After")

    for point in (*TELLING, *TELLING):
        with process(at, "jobs", point=point, log=tmp_path / "log") as dying:
            assert dying.wait(SECONDS_MAX) == -signal.SIGKILL, point
        assert at.fanouts()[2].step is not Step.COMPLETE or point in ("unit.saved", "fanout.stepped")
        held = {"job.token": {"$type": "string"}}
        at.database.mongo[FANOUTS.name].update_many(held, {"$set": {"job.due_at": host_now()}})
    with process(at, "jobs", point="", log=tmp_path / "log"):
        wait_until(lambda: at.fanouts()[2].is_over, SECONDS_MAX, missing="the news of the release")

    done = at.fanouts()[2]
    assert (done.step, done.gathered_count, done.told_count) == (Step.COMPLETE, PERSON_COUNT, PERSON_COUNT)
    assert done.gathered_digest == done.told_digest == digest_of(persons)
    assert [len(at.told(each)) for each in persons] == [1] * PERSON_COUNT
    assert all({item.code for item in at.told(each)[0].items} >= {"C-00"} for each in persons)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).status_code == 200
    except requests.RequestException:
        return False
