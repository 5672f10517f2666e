"""The least repair after an incident, proven where time allows.

Least means, in this order: sessions cancelled (only if that is allowed), sessions at another time, people who starred
those, sessions in another room at the same time, and people with two starred sessions at one time. Each is made as
little as it can be while those before it stay so. Counting changed places in one sum would be wrong: a plan with five
changes, three of them in time, is worse than one with six changes of room.

A cancelled session binds nobody: what comes after it may lie anywhere. What broke a rule before the incident may stay
where it is, and is named with it; all that moves keeps every rule.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.scheduling.solver.grid import Grid, whole_grid
from services.scheduling.solver.model import Congress, Incident, OutOfTime, Place
from services.scheduling.solver.polish import fewest_clashes
from services.scheduling.solver.timetable import Clock, Cost, Ending, Found, Timetable, room_changes
from services.scheduling.solver.today import difference, people_told, refuse_unplaced, was_so_before
from services.scheduling.solver.why_not import Contradiction, contradiction_at_once, contradiction_in

BUDGET_SECONDS = 60.0
POLISH_SECONDS_MAX = 3.0  # the last objective is never proven, and hardly better after that
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The answer to an incident."""

    status: str
    cancelled: tuple[str, ...] = ()
    moved_time: Mapping[str, Place] = field(default_factory=dict)
    moved_room: Mapping[str, Place] = field(default_factory=dict)
    people_told: int = 0
    reasons: tuple[str, ...] = ()
    was_so_before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what stays broken, by session
    seconds: float = 0.0


def repair(
    congress: Congress,
    incident: Incident,
    *,
    budget_seconds: float = BUDGET_SECONDS,
    seed: int = 0,
    tell: Tell = lambda _done, _note: None,
) -> Repair:
    """What to change, or why nothing can be done; refuses a congress without a plan of today."""
    refuse_unplaced(congress)
    congress = replace(congress, forgives=True)
    clock = Clock(budget_seconds)
    grid = whole_grid(congress, incident)
    if all(grid.can_stay(session) for session in range(len(grid.sessions))):
        was_so = was_so_before(congress, congress.plan)
        return Repair(status="proven", was_so_before=was_so, seconds=round(clock.spent, 3))
    if not incident.may_cancel and (found_at_once := contradiction_at_once(congress, incident, clock=clock)):
        return _impossible(congress, found_at_once, clock=clock)
    found = _least(grid, incident, clock=clock, seed=seed, tell=tell)
    if found.ending is Ending.IMPOSSIBLE:
        return _impossible(congress, contradiction_in(grid, incident, clock=clock, seed=seed), clock=clock)
    after = grid.plan_of(found.cells)
    changed = difference(congress, after)
    return Repair(
        status="proven" if found.ending is Ending.PROVEN else "best_found",
        cancelled=changed.cancelled,
        moved_time=changed.moved_time,
        moved_room=changed.moved_room,
        people_told=people_told(congress, changed.session_ids),
        was_so_before=was_so_before(congress, after),
        seconds=round(clock.spent, 3),
    )


def _impossible(congress: Congress, found: Contradiction, *, clock: Clock) -> Repair:
    reasons = found.reasons(congress)
    return Repair(status="impossible", reasons=reasons, seconds=round(clock.spent, 3))


def _least(grid: Grid, incident: Incident, *, clock: Clock, seed: int, tell: Tell) -> Found:
    """One objective after the other; `PROVEN` when all but the clashes are."""
    timetable = Timetable(grid, may_cancel=incident.may_cancel, seed=seed)
    best = _nobody_moves(grid) if incident.may_cancel else Found(Ending.OUT_OF_TIME, grid.home)
    for done, note, cost in _objectives(grid, may_cancel=incident.may_cancel):
        tell(done, note)
        found = timetable.search(cost, clock=clock, hint=best.cells)
        if found.ending is Ending.IMPOSSIBLE:
            return found
        best = found if found.cells else best
        if found.ending is not Ending.PROVEN:
            break
        timetable.keep(cost, found.cost)
    else:
        tell(0.8, "Looking for fewer clashes among the best")
        polish = Clock(min(clock.left, POLISH_SECONDS_MAX))
        return fewest_clashes(timetable, best, clock=polish, seed=seed)
    if best.ending is Ending.OUT_OF_TIME:
        raise OutOfTime(
            f"No valid repair was found in {clock.spent:.0f} s, and none was ruled out. Allow more seconds."
        )
    return Found(Ending.FOUND, best.cells)


def _nobody_moves(grid: Grid) -> Found:
    """What is always possible where cancelling is: all that can stay stay, and the others are cancelled."""
    cells = (home if grid.can_stay(session) else None for session, home in enumerate(grid.home))
    return Found(Ending.FOUND, tuple(cells))


def _objectives(grid: Grid, *, may_cancel: bool) -> Iterator[tuple[float, str, Cost]]:
    """How far that is, what it is called, and the cost.

    Time changes and the stars on them are one sum, in which a change outweighs all stars there are.
    """
    if may_cancel:
        yield 0.1, "Looking for the fewest cancelled sessions", Cost(cancelled=1)
    change = 1 + sum(session.stars for session in grid.sessions)

    def moved(session: int, time: int) -> int:
        return 0 if time == grid.home_time(session) else change + grid.sessions[session].stars

    yield 0.3, "Looking for the fewest changes of time, and the fewest people hit by them", Cost(at_time=moved)
    yield 0.6, "Looking for the fewest changes of room", room_changes(grid)
