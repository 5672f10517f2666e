"""The congresses of the benchmark are as large as it says, and can be: so a solver that finds nothing is wrong."""

import pytest

from tests.bench.congress import LOST_ROOM, PERSON_COUNT, SESSION_COUNT, congress, incident_a
from tests.programme_checker import broken


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_drawn_congress_has_a_valid_plan_and_the_size_it_says(seed: int) -> None:
    given = congress(seed)

    assert list(broken(given, {}, given["plan"])) == []
    assert len(given["sessions"]) == SESSION_COUNT
    assert len(given["agendas"]) == PERSON_COUNT
    assert sum(session["stars"] for session in given["sessions"]) == sum(len(agenda) for agenda in given["agendas"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_incident_hits_sessions_and_no_pinned_ones(seed: int) -> None:
    given = congress(seed)

    faults = list(broken(given, incident_a(given, seed), given["plan"]))

    hit = {fault.partition(" ")[0].rstrip(":") for fault in faults}
    pinned = {session["id"] for session in given["sessions"] if session["pinned"]}
    assert any(f"in r{LOST_ROOM} at" in fault for fault in faults)
    assert any("is away" in fault for fault in faults)
    assert hit.isdisjoint(pinned)


def test_the_same_seed_draws_the_same_congress() -> None:
    assert congress(1) == congress(1)
    assert congress(1) != congress(2)
