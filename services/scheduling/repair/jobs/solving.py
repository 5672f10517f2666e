"""The one door to the solver: it runs as a process of its own, is asked in one line, and ends with whoever asked."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]
OVERTIME_SECONDS = 30.0  # beyond its budget: loading, and writing the answer
ANSWERS = (0, 3)  # found, or impossible: the last line is the answer
GONE_SECONDS = 5.0
LOOK_SECONDS = 0.5  # between two looks whether the answer is still wanted

Tell = Callable[[float, str], None]  # how far it is, and in words


class SolverFailed(Exception):
    """The solver has refused the question, or has come to no answer; its sentence says why."""


class NotWanted(Exception):
    """Whoever asked doesn't want the answer any more."""


def solve(
    request: Mapping[str, Any], *, tell: Tell, is_wanted: Callable[[], bool], budget_seconds: float
) -> Mapping[str, Any]:
    """Ask the solver and wait for its answer; raises `SolverFailed` or `NotWanted`.

    A search in C++ may be silent until its budget is spent, so whether it is wanted is asked beside it.
    """
    command = [sys.executable, "-m", "services.scheduling.solver"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as solver:
        end = threading.Timer(budget_seconds + OVERTIME_SECONDS, solver.kill)
        end.daemon = True
        end.start()
        ended = threading.Event()
        threading.Thread(target=_end_unwanted, args=(solver, is_wanted, ended), name="solver", daemon=True).start()
        try:
            return _conversation(solver, request, tell=tell)
        except SolverFailed:
            if not is_wanted():
                raise NotWanted from None
            raise
        finally:
            ended.set()
            end.cancel()
            solver.kill()  # it may be searching still: nobody waits for it


def _end_unwanted(solver: "subprocess.Popen[str]", is_wanted: Callable[[], bool], ended: threading.Event) -> None:
    while is_wanted():
        if ended.wait(LOOK_SECONDS):
            return
    solver.kill()


def _conversation(solver: "subprocess.Popen[str]", request: Mapping[str, Any], *, tell: Tell) -> Mapping[str, Any]:
    assert solver.stdin is not None
    assert solver.stdout is not None
    assert solver.stderr is not None
    try:
        solver.stdin.write(json.dumps(request) + "\n")
        solver.stdin.flush()
    except BrokenPipeError:
        raise SolverFailed("The solver ended before it was asked.") from None
    last: Mapping[str, Any] = {}
    for line in solver.stdout:
        try:
            last = json.loads(line)
        except ValueError:
            raise SolverFailed("The solver ended in the middle of a line.") from None
        if "progress" in last:
            tell(last["progress"], last["note"])
    status = solver.wait(GONE_SECONDS)
    if status not in ANSWERS or "status" not in last:
        said = solver.stderr.read().strip().splitlines()
        raise SolverFailed(said[-1] if said else "The solver ended without an answer.")
    return last
