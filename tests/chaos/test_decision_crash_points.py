"""Claims about power cuts when the time to undo a decision is over: the process that carries it out is killed right
before and right after, and the conference is cancelled once.
"""

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.scheduling.decisions.store.decisions import DECISIONS
from shared.clock import host_now
from shared.contracts.scheduling import ConferenceCancelled
from tests.chaos.test_award_crash_points import SECONDS_MAX, process
from tests.integration.decisions_town import Deciding
from tests.integration.scheduling_town import scheduling
from tests.namespaces import Namespace
from tests.waiting import wait_until

CARRYING_OUT = ("decision.minding", "decision.minded")


@pytest.fixture
def deciding(namespace: Namespace) -> Iterator[Deciding]:
    """Two people at the web side of scheduling, of which this process runs nothing else."""
    with scheduling(namespace) as town:
        town.keep_clock()
        yield Deciding(town)


@pytest.mark.timeout(SECONDS_MAX * 3)
@pytest.mark.parametrize("point", CARRYING_OUT)
def test_a_decision_whose_process_dies_as_it_is_carried_out_cancels_once(
    deciding: Deciding, tmp_path: Path, point: str
) -> None:
    conference = deciding.town.opened()
    decision = deciding.armed(conference, grace_minutes=0)
    with process(deciding.town, "jobs", point=point, log=tmp_path / "log") as dying:
        assert dying.wait(SECONDS_MAX) == -signal.SIGKILL
    cut_off = deciding.of(decision)["state"]

    deciding.database.mongo[DECISIONS.name].update_many(
        {"job": {"$exists": True}}, {"$set": {"job.due_at": host_now() - timedelta(hours=1)}}
    )
    with process(deciding.town, "jobs", point="", log=tmp_path / "log"):
        wait_until(lambda: _jobs(deciding) == 0, SECONDS_MAX, missing="the end of the job")

    assert cut_off == ("armed" if point == "decision.minding" else "running")
    assert deciding.of(decision)["state"] == "running"
    assert deciding.town.get(f"/conferences/{conference}").get_json()["disposition"] == "cancelled"
    said = list(deciding.database.mongo["events"].find({"type": ConferenceCancelled.type}))
    assert [each["key"] for each in said] == [conference]


def _jobs(deciding: Deciding) -> int:
    return deciding.database.mongo[DECISIONS.name].count_documents({"job": {"$exists": True}})
