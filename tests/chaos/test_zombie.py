"""Claims about a worker that is stopped while it holds a batch, replaced, and then goes on as if no time had passed.

The reader is deliberately not idempotent: it counts how often it heard each event.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.chaos.zombie import STOP
from tests.integration.counting import Pair, say
from tests.namespaces import Namespace
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 90.0  # a database that was not set up for tests gives a dead transaction a minute
RUNS = [f"run_{number}" for number in range(6)]


@contextmanager
def reader(namespace: Namespace, *, stops: str, log: Path) -> Iterator[psutil.Process]:
    """One reader as a process; all of them have the same role."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.zombie", stops],
            cwd=ROOT,
            env=os.environ | namespace.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield psutil.Process(started.pid)
        finally:
            started.kill()
            started.wait(30)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", ["read", "deciding"])
def test_a_worker_that_was_stopped_and_replaced_handles_nothing_twice_when_it_goes_on(
    namespace: Namespace, tmp_path: Path, moment: str
) -> None:
    pair = Pair(namespace)
    zombie_log = tmp_path / "zombie.log"
    with reader(namespace, stops=moment, log=zombie_log) as zombie:
        _say_all(pair, digest=STOP)
        wait_until(
            lambda: zombie.status() == psutil.STATUS_STOPPED, DEADLINE_SECONDS, missing="the stop of the first reader"
        )
        assert pair.heard() == {}

        with reader(namespace, stops="never", log=tmp_path / "successor.log") as successor:
            _await_heard(pair, times=1)
            zombie.send_signal(signal.SIGCONT)
            wait_until(
                lambda: "Overtaken" in zombie_log.read_text(), DEADLINE_SECONDS, missing=lambda: zombie_log.read_text()
            )
            zombie.terminate()
            zombie.wait(DEADLINE_SECONDS)
            _say_all(pair, digest="after")
            _await_heard(pair, times=2)
            assert successor.is_running()

    assert {tally["_id"]: tally["digests"] for tally in pair.reader.mongo["tallies"].find()} == {
        run: [STOP, "after"] for run in RUNS
    }


def _say_all(pair: Pair, *, digest: str) -> None:
    for run in RUNS:
        pair.speaker.run(say, run=run, digest=digest)
    pair.publish()


def _await_heard(pair: Pair, *, times: int) -> None:
    everything = dict.fromkeys(RUNS, times)
    wait_until(
        lambda: pair.heard() == everything, DEADLINE_SECONDS, missing=lambda: f"{everything}, heard: {pair.heard()}"
    )
