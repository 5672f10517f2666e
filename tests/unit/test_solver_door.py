"""The solver as a child process: what it answers, what it refuses, and that it never outlives who asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.repair.jobs.solving import NotWanted, solve
from services.scheduling.solver.__main__ import ANSWERED, CANCELLED, IMPOSSIBLE, REFUSED, _answer
from services.scheduling.solver.model import FileRefused
from tests.bench.congress import congress as large_congress
from tests.programme_checker import faults
from tests.unit.solver_builders import given_congress

ROOT = Path(__file__).parent.parent.parent
SECONDS_MAX = 120  # far more than it takes, on a machine that does much else
SOLVER = [sys.executable, "-m", "services.scheduling.solver"]
LONG_SEARCH = {"task": "fewer_clashes", "congress": large_congress(1), "budget_seconds": 3_000}
INCIDENT = {"rooms_lost": [["r1", "2025-05-19"]]}


def opened() -> subprocess.Popen[str]:
    return subprocess.Popen(
        SOLVER, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def asked(request: object) -> tuple[int, list[dict[str, Any]], str]:
    """The exit status, the lines and the complaint."""
    with opened() as child:
        ask(child, request)
        assert child.stdout is not None
        assert child.stderr is not None
        lines = [json.loads(line) for line in child.stdout]
        return child.wait(SECONDS_MAX), lines, child.stderr.read()


def ask(child: subprocess.Popen[str], request: object) -> None:
    """Ask, and leave the question open."""
    assert child.stdin is not None
    child.stdin.write(json.dumps(request) + "\n")
    child.stdin.flush()


def first_line(child: subprocess.Popen[str]) -> dict[str, Any]:
    """What it says first."""
    assert child.stdout is not None
    return dict(json.loads(child.stdout.readline()))


def test_a_repair_is_answered_in_the_last_line_after_its_progress() -> None:
    congress = given_congress()

    status, lines, complaint = asked({"task": "repair", "congress": congress, "incident": INCIDENT})

    assert (status, complaint) == (ANSWERED, "")
    assert lines[-1]["moved_room"] == {"s1": ["r0", "d1t2"]}
    assert faults(congress, INCIDENT, lines[-1]) == []
    assert lines[:-1]
    assert all(line.keys() == {"progress", "note"} for line in lines[:-1])


@pytest.mark.parametrize("task", ["first_plan", "fewer_clashes"])
def test_a_whole_plan_is_answered_with_its_clashes(task: str) -> None:
    status, lines, _ = asked({"task": task, "congress": given_congress(), "budget_seconds": 5, "seed": 3})

    assert status == ANSWERED
    assert lines[-1]["plan"].keys() == {"s0", "s1", "s2"}
    assert isinstance(lines[-1]["clashes"], int)


@pytest.mark.parametrize("task", ["first_plan", "repair"])
def test_what_nobody_wants_any_more_is_ended_though_it_has_said_nothing(task: str) -> None:
    request = {"task": task, "congress": large_congress(1), "budget_seconds": 3_000}
    said: list[str] = []

    with pytest.raises(NotWanted):
        solve(request, tell=lambda _done, note: said.append(note), is_wanted=lambda: False, budget_seconds=3_000)

    assert said == []


def test_why_not_is_answered_with_reasons() -> None:
    away = {"speakers_away": [["p1", "2025-05-19"], ["p1", "2025-05-20"]]}

    status, lines, _ = asked({"task": "why_not", "congress": given_congress(), "incident": away})

    assert status == IMPOSSIBLE
    assert any("p1" in reason for reason in lines[-1]["reasons"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"task": "pray"}, "task: this is none of first_plan, fewer_clashes, repair, why_not."),
        ({"task": ["repair"]}, "task: this is none of"),
        ({"hurry": 1}, "hurry: this key is not known here"),
        ({"budget_seconds": 0}, "budget_seconds: this is not more than 0"),
        ({"budget_seconds": "9"}, "budget_seconds: this is not a number of seconds."),
        ({"seed": -1}, "seed: this is not a whole number from 0"),
        ({"congress": {}}, 'congress: the key "rooms" is missing.'),
        ({"incident": {"times_lost": ["never"]}}, 'incident.times_lost[0]: there is no time "never".'),
    ],
)
def test_a_senseless_question_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(FileRefused) as refused:
        _answer({"task": "repair", "congress": given_congress(), **change})

    assert str(refused.value).startswith(complaint)


def test_a_refusal_is_one_sentence_and_no_answer() -> None:
    assert asked({"task": "pray", "congress": {}}) == (
        REFUSED,
        [],
        "task: this is none of first_plan, fewer_clashes, repair, why_not.\n",
    )


def test_a_search_ends_when_its_question_is_taken_back() -> None:
    with opened() as child:
        ask(child, LONG_SEARCH)
        assert "progress" in first_line(child)

        assert child.stdin is not None
        child.stdin.close()

        assert child.wait(SECONDS_MAX) == CANCELLED


def test_a_search_ends_when_who_asked_is_killed() -> None:
    """A process between us and the solver stands for the service; the pipe to us ends with the last who holds it."""
    asker = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen({SOLVER!r}, stdin=subprocess.PIPE)\n"
        "child.stdin.write(sys.stdin.buffer.readline())\n"
        "child.stdin.flush()\n"
        "child.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", asker], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as service:
        ask(service, LONG_SEARCH)
        assert "progress" in first_line(service)

        service.kill()

        assert service.stdout is not None
        assert "status" not in service.stdout.read()  # this returns when the solver's end of the pipe is closed


def test_the_service_never_loads_the_solver() -> None:
    """What the service needs of it (files, rules, today's plan) knows nothing of OR-Tools."""
    program = (
        "import sys\n"
        "import services.scheduling.app\n"
        "from services.scheduling.solver import reading, today\n"
        "sys.exit('ortools' in sys.modules or 'numpy' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=SECONDS_MAX, check=False).returncode == 0
