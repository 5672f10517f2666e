"""First plans and fewer clashes: always valid in the eyes of the judge, and never worse than before."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.scheduling.solver.answers import better_plan
from services.scheduling.solver.fewer_clashes import fewer_clashes
from services.scheduling.solver.first_plan import first_plan
from services.scheduling.solver.grid import whole_grid
from services.scheduling.solver.model import NOTHING_HAPPENED, Plan
from services.scheduling.solver.timetable import Clock
from services.scheduling.solver.why_not import Impossible
from tests.programme_checker import Given, broken, clashes
from tests.programme_checker import Plan as GivenPlan
from tests.unit.solver_builders import congresses, given_congress, given_rooms, given_session, given_times, read

ANNEALING_SECONDS = 0.05


def as_given(plan: Plan) -> GivenPlan:
    return {session: list(place) for session, place in plan.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_first_plan_is_valid_and_there_is_one_wherever_it_can_be(data: st.DataObject) -> None:
    congress = data.draw(congresses())
    known, _ = read(congress)

    try:
        plan = as_given(first_plan(known, NOTHING_HAPPENED, clock=Clock(60)))
    except Impossible:
        assert congress["plan"] == {}
    else:
        assert plan.keys() == {session["id"] for session in congress["sessions"]}
        assert list(broken(congress, {}, plan)) == []


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_fewer_clashes_keep_every_rule_and_are_never_more(data: st.DataObject) -> None:
    congress = data.draw(congresses().filter(lambda given: bool(given["plan"])))
    grid = whole_grid(read(congress)[0], NOTHING_HAPPENED)

    plan = as_given(grid.plan_of(fewer_clashes(grid, clock=Clock(ANNEALING_SECONDS), seed=1)))

    assert plan.keys() == congress["plan"].keys()
    assert list(broken(congress, {}, plan)) == []
    assert clashes(congress, plan) <= clashes(congress, congress["plan"])


def two_at_once() -> Given:
    return {
        "rooms": given_rooms(60, 60),
        "times": given_times(day_count=1),
        "sessions": [given_session(0), given_session(1)],
        "agendas": [["s0", "s1"]],
        "plan": {"s0": ["r0", "d1t1"], "s1": ["r1", "d1t1"]},
    }


def test_two_sessions_that_one_person_wants_are_parted() -> None:
    answer = better_plan(read(two_at_once())[0], budget_seconds=5, seed=0, tell=lambda _done, _note: None)

    assert answer["status"] == "best_found"
    assert answer["clashes"] == 0
    assert answer["seconds"] < 5
    assert len(answer["moved_time"]) == 1
    assert answer["moved_room"] == {}
    assert answer["people_told"] == 1


def test_without_a_plan_a_better_one_begins_with_a_first_one() -> None:
    known = replace(read(two_at_once())[0], plan={})

    answer = better_plan(known, budget_seconds=5, seed=0, tell=lambda _done, _note: None)

    assert answer["clashes"] == 0
    assert answer["plan"].keys() == {"s0", "s1"}
    assert answer["moved_time"] == {}
    assert answer["people_told"] == 0


def test_a_congress_without_clashes_is_left_as_it_is() -> None:
    answer = better_plan(read(given_congress())[0], budget_seconds=5, seed=0, tell=lambda _done, _note: None)

    assert answer["plan"] == given_congress()["plan"]


def test_no_plan_is_made_where_the_rules_contradict() -> None:
    congress = two_at_once()
    congress["sessions"][0]["needs"] = ["stream"]

    with pytest.raises(Impossible):
        first_plan(read(congress)[0], NOTHING_HAPPENED, clock=Clock(60))
