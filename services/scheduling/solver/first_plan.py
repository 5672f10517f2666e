"""A first valid plan: every session in a place that keeps all rules, with no care for what people would like."""

from services.scheduling.solver.grid import whole_grid
from services.scheduling.solver.model import Congress, Incident, OutOfTime, Plan
from services.scheduling.solver.timetable import Clock, Cost, Ending, Timetable
from services.scheduling.solver.why_not import Impossible, contradiction_at_once, contradiction_in


def first_plan(congress: Congress, incident: Incident, *, clock: Clock, seed: int = 0) -> Plan:
    """A valid plan; raises `Impossible` with the rules that contradict. Pinned sessions keep their place of today."""
    if found_at_once := contradiction_at_once(congress, incident, clock=clock):
        raise Impossible(found_at_once)
    grid = whole_grid(congress, incident)
    found = Timetable(grid, seed=seed).search(Cost(), clock=clock)
    if found.ending is Ending.IMPOSSIBLE:
        raise Impossible(contradiction_in(grid, incident, clock=clock, seed=seed))
    if found.ending is Ending.OUT_OF_TIME:
        raise OutOfTime(f"No valid plan was found in {clock.spent:.0f} s, and none was ruled out. Allow more seconds.")
    return grid.plan_of(found.cells)
