"""Measures the solver as the service uses it: a child process, from the question to the last line of the answer.

Every answer goes before the judge, who shares no code with the solver. Beside the least repair stand the two that come
to mind first: moving one session after the other to where it fits, and making the programme anew.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.congress import congress, incident_a
from tests.bench.figures import Goal, Measurement
from tests.programme_checker import Given, Plan, broken, clashes, faults

SEEDS = (1, 2, 3)
FIRST_PLAN_SECONDS = Goal(figure=10, is_upper=True)
FEWER_CLASHES_PERCENT = Goal(figure=35)
REPAIR_SECONDS = Goal(figure=10, is_upper=True)
ANNEALING_SECONDS = 10
BUDGET_SECONDS = 120  # far more than the goals allow, so that a slow machine is seen to be slow


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An answer, and what it took."""

    answer: dict[str, Any]
    seconds: float
    cpu_seconds: float


def measure() -> Iterator[Measurement]:
    """First plans, fewer clashes and repairs of three congresses; the worst of the three is the figure."""
    congresses = {seed: congress(seed) for seed in SEEDS}
    firsts = {seed: ask("first_plan", given) for seed, given in congresses.items()}
    yield _first_plans(congresses, firsts)
    yield _fewer_clashes({seed: {**congresses[seed], "plan": firsts[seed].answer["plan"]} for seed in SEEDS})
    yield _repairs(congresses)


def ask(task: str, given: Given, incident: Given | None = None, *, budget_seconds: float = BUDGET_SECONDS) -> Asked:
    """Ask the solver, and read its answer."""
    question = {"task": task, "congress": given, "incident": incident or {}, "budget_seconds": budget_seconds}
    began, cpu_began = time.perf_counter(), _cpu_of_children()
    command = [sys.executable, "-m", "services.scheduling.solver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(question) + "\n")
        child.stdin.flush()
        lines = child.stdout.readlines()
    return Asked(
        answer=json.loads(lines[-1]),
        seconds=time.perf_counter() - began,
        cpu_seconds=_cpu_of_children() - cpu_began,
    )


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _first_plans(congresses: dict[int, Given], asked: dict[int, Asked]) -> Measurement:
    fault_count = sum(len(list(broken(congresses[seed], {}, asked[seed].answer["plan"]))) for seed in SEEDS)
    return Measurement(
        name="first valid plan",
        figure=max(one.seconds for one in asked.values()),
        unit="s",
        goal=FIRST_PLAN_SECONDS,
        more={**_took(list(asked.values())), "fault_count": fault_count},
    )


def _fewer_clashes(congresses: dict[int, Given]) -> Measurement:
    percents, fault_count = [], 0
    for given in congresses.values():
        plan = ask("fewer_clashes", given, budget_seconds=ANNEALING_SECONDS).answer["plan"]
        percents.append(100 * (1 - clashes(given, plan) / clashes(given, given["plan"])))
        fault_count += len(list(broken(given, {}, plan)))
    return Measurement(
        name="fewer clashes than in the first plan, after 10 s",
        figure=min(percents),
        unit="%",
        goal=FEWER_CLASHES_PERCENT,
        more={"each": [round(percent, 1) for percent in percents], "fault_count": fault_count},
    )


def _repairs(congresses: dict[int, Given]) -> Measurement:
    asked, greedy, anew, fault_count = [], [], [], 0
    for seed, given in congresses.items():
        incident = incident_a(given, seed)
        asked.append(ask("repair", given, incident))
        fault_count += len(faults(given, incident, asked[-1].answer))
        greedy.append(_greedy(given, incident))
        anew.append(len(ask("first_plan", given, incident).answer["moved_time"]))
    return Measurement(
        name="least repair: a room lost for a day, three speakers away",
        figure=max(one.seconds for one in asked),
        unit="s",
        goal=REPAIR_SECONDS,
        more={
            **_took(asked),
            "status": [one.answer["status"] for one in asked],
            "time_change_count": [len(one.answer["moved_time"]) for one in asked],
            "room_change_count": [len(one.answer["moved_room"]) for one in asked],
            "greedy_time_change_and_unplaced_count": greedy,
            "anew_time_change_count": anew,
            "fault_count": fault_count,
        },
    )


def _took(asked: Sequence[Asked]) -> dict[str, list[float]]:
    return {
        "seconds": [round(one.seconds, 1) for one in asked],
        "cpu_seconds": [round(one.cpu_seconds, 1) for one in asked],
    }


def _greedy(given: Given, incident: Given) -> tuple[int, int]:
    """One session after the other, the most starred first, to the first place that is free and breaks nothing."""
    plan: Plan = dict(given["plan"])
    hit = sorted(
        (session for session in given["sessions"] if _is_hit(session, given, incident)),
        key=lambda session: int(session["stars"]),
        reverse=True,
    )
    for session in hit:
        del plan[session["id"]]
    for session in hit:
        place = next(_places(session, given, incident, plan), None)
        if place is not None:
            plan[session["id"]] = place
    moved = [session for session, place in plan.items() if place[1] != given["plan"][session][1]]
    return len(moved), len(given["plan"]) - len(plan)


def _is_hit(session: Given, given: Given, incident: Given) -> bool:
    room, time_id = given["plan"][session["id"]]
    day = _day(given, time_id)
    away = [[speaker, day] for speaker in session["speakers"]]
    return [room, day] in incident["rooms_lost"] or any(one in incident["speakers_away"] for one in away)


def _day(given: Given, time_id: str) -> str:
    return str(next(one["day"] for one in given["times"] if one["id"] == time_id))


def _places(session: Given, given: Given, incident: Given, plan: Plan) -> Iterator[list[str]]:
    """The free places that fit, those at the session's own time first."""
    own = given["plan"][session["id"]][1]
    times = sorted((one["id"] for one in given["times"]), key=lambda time_id: time_id != own)
    rooms = [
        room["id"]
        for room in given["rooms"]
        if room["seats"] >= session["stars"] and set(session["needs"]) <= set(room["features"])
    ]
    taken = {tuple(place) for place in plan.values()}
    for time_id in times:
        for room in rooms:
            if (room, time_id) not in taken:
                place = [room, time_id]
                if next(broken(given, incident, {**plan, session["id"]: place}), None) is None:
                    yield place
