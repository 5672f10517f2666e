"""What counting alone shows to be impossible, at once: too few cells, rooms, free times, or times for what follows.

What passes here may still be impossible, but what fails here is. Where today's plan breaks a rule already, nothing is
counted of that: who is too many may stay so.
"""

from collections.abc import Iterator, Sequence

from services.scheduling.solver.grid import Grid
from services.scheduling.solver.rooms import strugglers


def crowds(grid: Grid) -> Iterator[list[int]]:
    """Sessions that can't all be placed, in the order in which it is easiest to see."""
    for session in range(len(grid.sessions)):
        if not grid.times_of(session):
            yield [session]
    for group in grid.together:
        if not _is_crowded_today(group, grid, at_once_max=1):
            yield from _too_many_at_once(group, grid, at_once_max=1)
    for track in grid.tracks:
        if not _is_crowded_today(track, grid, at_once_max=grid.track_max):
            yield from _too_many_at_once(track, grid, at_once_max=grid.track_max)
    yield from _too_late(grid)
    alone = _alone_in_their_rooms(grid)
    if crowd := strugglers([_cells(grid)[session] for session in alone]):
        yield [alone[number] for number in crowd]


def _is_crowded_today(group: Sequence[int], grid: Grid, *, at_once_max: int) -> bool:
    return any(len(grid.together_today(group, time)) > at_once_max for time in range(grid.time_count))


def _alone_in_their_rooms(grid: Grid) -> list[int]:
    """All but those who lie in somebody else's room already."""
    behind = {session for sharing in grid.sharing_today().values() for session in sharing[1:]}
    return [session for session in range(len(grid.sessions)) if session not in behind]


def _too_many_at_once(group: Sequence[int], grid: Grid, *, at_once_max: int) -> Iterator[list[int]]:
    """More sessions of a speaker or a track than their times take, each so many at once."""
    once = (1 << at_once_max) - 1
    seats = [sum(once << (time * at_once_max) for time in grid.times_of(session)) for session in group]
    if crowd := strugglers(seats):
        yield [group[number] for number in crowd]


def _too_late(grid: Grid) -> Iterator[list[int]]:
    """A session and all before it, where even the earliest times leave none that is late enough."""
    before: dict[int, list[int]] = {}
    for earlier, later in grid.after:
        if not grid.is_too_early_today(earlier, later):
            before.setdefault(later, []).append(earlier)
    earliest: dict[int, int] = {}
    waiting = sorted(before)
    while waiting:
        session = waiting.pop()
        unknown = [earlier for earlier in before.get(session, ()) if earlier not in earliest]
        if unknown:
            waiting += [session, *unknown]
            continue
        last = max((earliest[earlier] for earlier in before.get(session, ())), default=-1)
        time = next((time for time in grid.times_of(session) if time > last), None)
        if time is None:
            yield sorted(_with_all_before(session, before))
            return
        earliest[session] = time


def _with_all_before(session: int, before: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [session]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += before.get(current, ())
    return found


def _cells(grid: Grid) -> list[int]:
    """For each session all its cells, over all times, as bits of one number."""
    width = len(grid.congress.rooms)
    return [sum(rooms << (time * width) for time, rooms in enumerate(usable)) for usable in grid.usable]
