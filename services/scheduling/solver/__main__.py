"""`python -m services.scheduling.solver`: one question on standard input, a line of JSON; the answer is the last line.

`{"task": "repair", "congress": {...}, "incident": {...}, "budget_seconds": 60, "seed": 0}`; before the answer come
lines of progress, `{"progress": 0.4, "note": "..."}`. Standard input stays open while the answer is wanted: when it is
closed, on purpose or because the asker has died, the search ends at once and answers nothing. What can be asked is in
`answers.py`.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, TextIO

from services.scheduling.solver.form import Value, parsed
from services.scheduling.solver.model import Congress, FileRefused, Incident, OutOfTime, Task
from services.scheduling.solver.reading import read_congress, read_incident

ANSWERED, OUT_OF_TIME, REFUSED, IMPOSSIBLE, CANCELLED = range(5)
BUDGET_SECONDS, BUDGET_SECONDS_MAX = 60.0, 3_600.0
SEED_MAX = 2**31 - 1  # as OR-Tools takes it
PROGRESS_EVERY_SECONDS = 0.25


def main(asked: TextIO) -> int:
    """Answer the question in the first line; the exit status says what kind of answer it was."""
    line = asked.readline()
    _end_with(asked)
    try:
        found = _answer(parsed(line, place="the request"))
    except FileRefused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except OutOfTime as failure:
        print(failure, file=sys.stderr)
        return OUT_OF_TIME
    print(json.dumps(found), flush=True)
    return IMPOSSIBLE if found["status"] == "impossible" else ANSWERED


def _answer(given: Any) -> Mapping[str, Any]:
    request = Value(given, "").table(required=("task", "congress"), optional=("incident", "budget_seconds", "seed"))
    task = request["task"]
    if task.given not in tuple(Task):
        task.refuse(f"this is none of {', '.join(Task)}.")
    congress: Congress = read_congress(given["congress"], place="congress")
    incident: Incident = read_incident(given.get("incident", {}), congress, place="incident")
    budget_seconds = request.read("budget_seconds", _budget, otherwise=BUDGET_SECONDS)
    seed = request.read("seed", _seed, otherwise=0)
    from services.scheduling.solver.answers import answer  # loads OR-Tools, which no refusal should have to wait for

    return answer(Task(task.given), congress, incident, budget_seconds=budget_seconds, seed=seed, tell=_Teller().tell)


def _budget(value: Value) -> float:
    if isinstance(value.given, bool) or not isinstance(value.given, int | float):
        value.refuse("this is not a number of seconds.")
    if not 0 < value.given <= BUDGET_SECONDS_MAX:
        value.refuse(f"this is not more than 0 and at most {BUDGET_SECONDS_MAX} seconds.")
    return float(value.given)


def _seed(value: Value) -> int:
    if type(value.given) is not int or not 0 <= value.given <= SEED_MAX:
        value.refuse(f"this is not a whole number from 0 to {SEED_MAX}.")
    return int(value.given)


class _Teller:
    """Writes progress, but not more often than somebody would look at it."""

    def __init__(self) -> None:
        self._told_at = 0.0
        self._note = ""

    def tell(self, done: float, note: str) -> None:
        """A line of progress."""
        now = time.monotonic()
        if now - self._told_at >= PROGRESS_EVERY_SECONDS:
            self._told_at = now
            print(json.dumps({"progress": round(done, 3), "note": note}), flush=True)


def _end_with(asked: TextIO) -> None:
    """End the process when nobody is there to hear the answer; a search in C++ can't be asked politely."""

    def wait() -> None:
        while asked.readline():
            pass
        os._exit(CANCELLED)

    threading.Thread(target=wait, name="asker", daemon=True).start()


if __name__ == "__main__":
    status = main(sys.stdin)
    sys.stdout.flush()
    os._exit(status)  # the thread that watches standard input holds a lock on it that would stop an orderly end
