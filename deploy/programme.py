"""`python -m deploy.programme PLAN [INCIDENT]`: repairs a programme after an incident, or makes a better one.

PLAN is the file of a congress, INCIDENT that of what happened to it. Without an incident it looks for fewer clashes
than in the congress's plan; if that has no whole plan, for a first valid plan, and then for fewer clashes.

What changes is told in words; the last line of the output is the answer in JSON, without an incident with the whole
`plan` and its `clashes` besides. It ends with 0 when there is an answer, with 3 when the rules contradict each other,
with 2 when a file makes no sense (nothing is written then but where and why, to standard error), and with 1 when time
ran out. `make` itself answers 2 for all that is not 0.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.scheduling.solver.form import told_of
from services.scheduling.solver.model import Congress, FileRefused, Incident, OutOfTime, Place, Session, Task
from services.scheduling.solver.reading import load_congress, load_incident

ANSWERED, OUT_OF_TIME, REFUSED, IMPOSSIBLE = range(4)
REPAIR_SECONDS, BETTER_SECONDS = 60.0, 10.0  # at most, and always: annealing has no end of its own
SECONDS_MAX = 3_600.0
SEED_MAX = 2**31 - 1


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Answer for one congress; answers the exit status."""
    options = _options(arguments, environment)
    try:
        congress = load_congress(options.plan)
        incident = None if options.incident is None else load_incident(options.incident, congress)
        with told_of(options.plan):
            found = _answer(congress, incident, seconds=options.seconds, seed=options.seed)
    except FileRefused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except OutOfTime as failure:
        print(failure, file=sys.stderr)
        return OUT_OF_TIME
    for line in _told(congress, found):
        print(line)
    print(json.dumps(found), flush=True)
    return IMPOSSIBLE if found["status"] == "impossible" else ANSWERED


def _options(arguments: Sequence[str], environment: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.programme", description="Repair or improve a programme.")
    parser.add_argument("plan", type=Path, metavar="PLAN", help="the file of a congress")
    parser.add_argument("incident", type=Path, nargs="?", metavar="INCIDENT", help="the file of what happened")
    seconds, seed = environment.get("SECONDS_MAX") or None, environment.get("SEED") or "0"
    parser.add_argument("--seconds", type=_seconds, default=seconds, help="at most so many; also SECONDS_MAX=")
    parser.add_argument("--seed", type=_seed, default=seed, help="of the search; also SEED=")
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not more than 0 and at most 3600 seconds; nothing was searched")
    return seconds


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= SEED_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on; nothing was searched")
    return int(text)


def _answer(congress: Congress, incident: Incident | None, *, seconds: float | None, seed: int) -> Mapping[str, Any]:
    from services.scheduling.solver.answers import answer, better_plan  # loads OR-Tools; a refusal comes before it

    if incident is None:
        return better_plan(congress, budget_seconds=seconds or BETTER_SECONDS, seed=seed, tell=_say)
    return answer(Task.REPAIR, congress, incident, budget_seconds=seconds or REPAIR_SECONDS, seed=seed, tell=_say)


_said: list[str] = []


def _say(_done: float, note: str) -> None:
    """Tell the person at a terminal what is searched; nobody else wants to know."""
    if sys.stderr.isatty() and note not in _said[-1:]:
        _said.append(note)
        print(note, file=sys.stderr, flush=True)


def _told(congress: Congress, found: Mapping[str, Any]) -> Iterator[str]:
    """The answer in words."""
    if found["status"] == "impossible":
        yield "No programme keeps all of these:"
        yield from (f"  {reason}" for reason in found["reasons"])
        return
    words = {"proven": "Proven: nothing less will do.", "best_found": "The best that was found; less may do."}
    yield words[found["status"]]
    for heading, key in (("Another time", "moved_time"), ("Another room", "moved_room")):
        yield f"{heading}: {len(found[key])}"
        yield from (f"  {_move(congress, _session(congress, name), Place(*to))}" for name, to in found[key].items())
    yield f"Cancelled: {len(found['cancelled'])}"
    yield from (f"  {_title(_session(congress, name))}" for name in found["cancelled"])
    if "clashes" in found:
        yield f"Clashes of starred sessions: {found['clashes']}"
    yield f"People to tell: {found['people_told']}"
    was_so = found.get("was_so_before", {})
    if was_so:
        yield f"Was so before, and stays: {len(was_so)}"
    for name, rules in was_so.items():
        yield from (f"  {_title(_session(congress, name))}: {rule}" for rule in rules)


def _session(congress: Congress, session_id: str) -> Session:
    return next(session for session in congress.sessions if session.id == session_id)


def _title(session: Session) -> str:
    return f"{session.id} ({session.title}, {session.stars} stars)"


def _move(congress: Congress, session: Session, to: Place) -> str:
    return f"{_title(session)}: {_where(congress, congress.plan[session.id])} > {_where(congress, to)}"


def _where(congress: Congress, place: Place) -> str:
    time = next(time for time in congress.times if time.id == place.time)
    return f"{place.room}, {time.starts:%a %Y-%m-%d %H:%M}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
