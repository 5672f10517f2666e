"""The judge of programmes sees every kind of fault; else nothing that it lets pass would mean anything."""

from typing import Any

import pytest

from tests.programme_checker import Given, broken, clashes, faults, objectives, plan_after
from tests.unit.solver_builders import given_congress, given_session

UNCHANGED: Given = {
    "status": "proven",
    "cancelled": [],
    "moved_time": {},
    "moved_room": {},
    "people_told": 0,
    "reasons": [],
    "seconds": 0.0,
}


@pytest.mark.parametrize(
    ("change", "incident", "plan", "fault"),
    [
        ({}, {}, {"s1": ["r0", "d1t1"]}, "2 sessions lie in ('r0', 'd1t1')"),
        ({}, {}, {"s1": ["r1", "d1t1"]}, "p0 is in s0 and s1 at d1t1"),
        ({}, {}, {"s0": ["r1", "d1t1"]}, "s0 in r1 at d1t1: too few seats"),
        ({}, {}, {"s2": ["r1", "d1t1"]}, "s2 in r1 at d1t1: not after s0"),
        ({"closed": [["r1", "d1t2"]]}, {}, {}, "s1 in r1 at d1t2: closed"),
        ({}, {"rooms_lost": [["r1", "2025-05-19"]]}, {}, "s1 in r1 at d1t2: lost"),
        ({}, {"times_lost": ["d1t2"]}, {}, "s1 in r1 at d1t2: lost"),
        ({}, {"speakers_away": [["p1", "2025-05-19"]]}, {}, "s1: p1 is away at d1t2"),
        ({"speakers": [{"id": "p0", "away": ["d1t1"]}]}, {}, {}, "s0: p0 is away at d1t1"),
        ({"sessions": [given_session(1, needs=["stream"])]}, {}, {}, "s1 in r1 at d1t2: equipment missing"),
        (
            {"sessions": [given_session(1, pinned=True)]},
            {},
            {"s1": ["r0", "d1t2"]},
            "s1 in r0 at d1t2: pinned elsewhere",
        ),
        (
            {"sessions": [given_session(n, track="law") for n in (1, 2)], "same_track_at_once_max": 1},
            {},
            {"s2": ["r0", "d1t2"]},
            "2 of law at d1t2",
        ),
    ],
)
def test_the_judge_sees_a_broken_rule(change: Given, incident: Given, plan: dict[str, Any], fault: str) -> None:
    congress = given_congress(**change)
    ids = {session["id"] for session in congress["sessions"]}
    whole = {key: place for key, place in {**congress["plan"], **plan}.items() if key in ids}

    assert fault in list(broken(congress, incident, whole))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"status": "sure"}, "status sure"),
        ({"cancelled": ["s1"]}, "cancelled without leave"),
        ({"reasons": ["because"]}, "reasons, and it is not impossible"),
        ({"moved_time": {"s1": ["r0", "d1t2"]}}, "s1 keeps its time"),
        ({"moved_room": {"s1": ["r0", "d2t2"]}}, "s1 does not just change its room"),
        ({"moved_room": {"s1": ["r1", "d1t2"]}}, "s1 does not just change its room"),
        ({"cancelled": ["s9"]}, "s9 is not in today's plan"),
        ({"people_told": 3}, "3 people told, and 0 are hit"),
        ({"moved_room": {"s1": ["r0", "d1t2"]}}, "0 people told, and 2 are hit"),
        ({"status": "impossible"}, "impossible without a reason"),
        ({"status": "impossible", "reasons": ["x"], "people_told": 1}, "impossible, and something changes"),
    ],
)
def test_the_judge_sees_an_answer_that_is_not_one(change: Given, fault: str) -> None:
    assert fault in faults(given_congress(), {}, {**UNCHANGED, **change})


def test_the_judge_counts_objectives_anew() -> None:
    congress = given_congress()
    answer = {**UNCHANGED, "cancelled": ["s0"], "moved_time": {"s1": ["r0", "d2t1"]}, "moved_room": {}}

    after = plan_after(congress, answer)

    assert objectives(congress, after) == (1, 1, 50, 0, 1)
    assert clashes(congress, congress["plan"]) == 0


def test_the_judge_lets_a_good_answer_pass() -> None:
    assert faults(given_congress(), {}, UNCHANGED) == []
