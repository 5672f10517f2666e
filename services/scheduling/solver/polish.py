"""The last objective of a repair: of all repairs that are equal in everything else, one with few clashes.

Clashes bind every session to every other. Where all those pairs are too many, the sessions that move are taken as
given, and only where they go is searched: all others lie still, so what each of them costs at a time is known.
"""

from collections.abc import Mapping
from itertools import combinations

from services.scheduling.solver.grid import Grid
from services.scheduling.solver.timetable import Clock, Cost, Found, Timetable, room_changes
from services.scheduling.solver.today import Stars, clash_count, shared_stars

PAIRS_MAX = 20_000  # of two sessions at one time; with more the solver is still reading when the seconds are over


def fewest_clashes(timetable: Timetable, found: Found, *, clock: Clock, seed: int) -> Found:
    """An equal repair with fewer clashes, or the same one; how it ended stays what it was."""
    grid = timetable.grid
    stars = shared_stars(grid.congress, grid.sessions)
    pairs = _pairs(range(len(grid.sessions)), stars)
    moved = [s for s, cell in enumerate(found.cells) if cell is not None and cell[1] != grid.home_time(s)]
    if len(pairs) * grid.time_count <= PAIRS_MAX:
        better = timetable.search(Cost(pairs=pairs), clock=clock, hint=found.cells)
    elif moved:
        better = _only_where(moved, timetable, found, stars, clock=clock, seed=seed)
    else:
        return found
    if better.cells and clash_count(better.cells, stars) < clash_count(found.cells, stars):
        return Found(found.ending, better.cells, found.cost)
    return found


def _pairs(sessions: range | list[int], stars: Stars) -> Mapping[tuple[int, int], int]:
    return {(one, other): stars[one][other] for one, other in combinations(sessions, 2) if stars[one][other]}


def _only_where(
    moved: list[int], timetable: Timetable, found: Found, stars: Stars, *, clock: Clock, seed: int
) -> Found:
    grid = timetable.grid
    still: dict[int, list[int]] = {}
    for session, cell in enumerate(found.cells):
        if cell is not None and session not in moved:
            still.setdefault(cell[1], []).append(session)

    def met(session: int, time: int) -> int:
        return sum(stars[session][other] for other in still.get(time, ())) if session in moved else 0

    narrow = Timetable(_narrowed(grid, moved, found), may_cancel=timetable.may_cancel, seed=seed)
    narrow.keep(Cost(cancelled=1), found.cells.count(None))
    narrow.keep(
        room_changes(grid), sum(cell != grid.home[s] and s not in moved for s, cell in enumerate(found.cells) if cell)
    )
    return narrow.search(Cost(at_time=met, pairs=_pairs(moved, stars)), clock=clock, hint=found.cells)


def _narrowed(grid: Grid, moved: list[int], found: Found) -> Grid:
    """Those that move go to any other time, all others keep theirs, and the cancelled ones lie nowhere."""
    usable = []
    for session, rooms_at in enumerate(grid.usable):
        cell, home = found.cells[session], grid.home_time(session)
        is_moved = session in moved
        usable.append(
            tuple(rooms if cell and (time == home) is not is_moved else 0 for time, rooms in enumerate(rooms_at))
        )
    return grid.only(usable)
