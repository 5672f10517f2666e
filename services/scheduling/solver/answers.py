"""The four questions and the form of their answers, which is that of the files.

`repair` answers with what it changes of today's plan. A first plan, and one with fewer clashes, answer the same and the
whole plan and its clashes besides; what had no place today is in the plan alone. `why_not` answers `possible` or
`impossible`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.scheduling.solver.fewer_clashes import fewer_clashes
from services.scheduling.solver.first_plan import first_plan
from services.scheduling.solver.grid import whole_grid
from services.scheduling.solver.model import Congress, Incident, Plan, Task
from services.scheduling.solver.repair import Repair, repair
from services.scheduling.solver.timetable import Clock
from services.scheduling.solver.today import (
    clash_count,
    difference,
    people_told,
    refuse_conflicts,
    shared_stars,
    was_so_before,
)
from services.scheduling.solver.why_not import Contradiction, Impossible, contradiction

Answer = Mapping[str, Any]
Tell = Callable[[float, str], None]


def answer(
    task: Task, congress: Congress, incident: Incident, *, budget_seconds: float, seed: int, tell: Tell
) -> Answer:
    """The answer to one question, as it is written down; raises what the question's own file says."""
    clock = Clock(budget_seconds)
    match task:
        case Task.REPAIR:
            found = repair(congress, incident, budget_seconds=budget_seconds, seed=seed, tell=tell)
            return as_json(found)
        case Task.WHY_NOT:
            forgiving = replace(congress, forgives=True)
            contradicting = contradiction(forgiving, incident, clock=clock, seed=seed)
            if contradicting is None:
                return as_json(Repair(status="possible", seconds=clock.spent))
            return _impossible(congress, contradicting, clock=clock)
        case Task.FIRST_PLAN:
            return _first_plan(congress, incident, clock=clock, seed=seed)
        case Task.FEWER_CLASHES:
            refuse_conflicts(congress)
            plan = with_fewer_clashes(congress, clock=clock, seed=seed, tell=tell)
            return _whole(congress, plan, clock=clock)


def better_plan(congress: Congress, *, budget_seconds: float, seed: int, tell: Tell) -> Answer:
    """Fewer clashes than today; where there is no whole plan today, a first one, and then fewer clashes than that."""
    clock = Clock(budget_seconds)
    started = congress
    if len(congress.plan) < len(congress.sessions):
        tell(0.0, "Looking for a first valid plan")
        try:
            started = replace(congress, plan=first_plan(congress, Incident(), clock=clock, seed=seed))
        except Impossible as impossible:
            return _impossible(congress, impossible.contradiction, clock=clock)
    refuse_conflicts(started)
    return _whole(congress, with_fewer_clashes(started, clock=clock, seed=seed, tell=tell), clock=clock)


def with_fewer_clashes(congress: Congress, *, clock: Clock, seed: int, tell: Tell) -> Plan:
    """A plan with fewer clashes than today's."""
    grid = whole_grid(replace(congress, forgives=True), Incident())
    return grid.plan_of(fewer_clashes(grid, clock=clock, seed=seed, tell=tell))


def as_json(found: Repair) -> Answer:
    """A repair as it is written down."""
    return {
        "status": found.status,
        "cancelled": list(found.cancelled),
        "moved_time": {session: list(place) for session, place in found.moved_time.items()},
        "moved_room": {session: list(place) for session, place in found.moved_room.items()},
        "people_told": found.people_told,
        "reasons": list(found.reasons),
        "seconds": round(found.seconds, 3),
        **_was_so(found),
    }


def _was_so(found: Repair) -> Answer:
    """What breaks a rule still because it did before; a plan that breaks none says nothing of it."""
    told = {session: list(rules) for session, rules in found.was_so_before.items()}
    return {"was_so_before": told} if told else {}


def _first_plan(congress: Congress, incident: Incident, *, clock: Clock, seed: int) -> Answer:
    try:
        plan = first_plan(congress, incident, clock=clock, seed=seed)
    except Impossible as impossible:
        return _impossible(congress, impossible.contradiction, clock=clock)
    return _whole(congress, plan, clock=clock)


def _impossible(congress: Congress, found: Contradiction, *, clock: Clock) -> Answer:
    return as_json(Repair(status="impossible", reasons=found.reasons(congress), seconds=clock.spent))


def _whole(congress: Congress, plan: Plan, *, clock: Clock) -> Answer:
    """A whole plan, and how it differs from today's."""
    changed = difference(congress, plan)
    grid = whole_grid(congress, Incident())
    found = Repair(
        status="best_found",
        moved_time=changed.moved_time,
        moved_room=changed.moved_room,
        people_told=people_told(congress, changed.session_ids),
        was_so_before=was_so_before(congress, plan),
        seconds=clock.spent,
    )
    return {
        **as_json(found),
        "plan": {session: list(place) for session, place in plan.items()},
        "clashes": clash_count(grid.cells_of(plan), shared_stars(congress, grid.sessions)),
    }
