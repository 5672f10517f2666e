"""Fewer clashes: annealing of our own over the times of sessions, since a solver proves nothing here and finds less.

A step takes a session to another time, or swaps the times of two. It is looked at in the order of what it costs to
look: the clashes (a sum kept for each session and time), speakers, tracks and order, and last whether every session at
the times touched still gets a room, exactly. What it finds is the best found, never the best there is.
"""

import math
import random
from collections.abc import Callable, Sequence

from services.scheduling.solver.grid import Cell, Grid
from services.scheduling.solver.rooms import numbers_in, shared_out
from services.scheduling.solver.timetable import Clock
from services.scheduling.solver.today import shared_stars

STEPS_PER_LOOK = 256  # at the clock
START_SHARE, END_SHARE = 0.5, 0.01  # temperatures, as shares of the clashes that a session has on average
SWAP_SHARE = 0.6  # of the steps; most times are nearly full
Tell = Callable[[float, str], None]


def fewer_clashes(
    grid: Grid, *, clock: Clock, seed: int, tell: Tell = lambda _done, _note: None
) -> tuple[Cell | None, ...]:
    """A plan with fewer clashes than today's, which has to be whole and valid."""
    annealing = _Annealing(grid, seed=seed)
    annealing.run(clock, tell)
    return annealing.best_cells()


class _Annealing:
    """Where every session lies, and what the clashes would be elsewhere."""

    def __init__(self, grid: Grid, *, seed: int) -> None:
        self._grid = grid
        self._chance = random.Random(seed)  # noqa: S311 - a search, no secret
        self._stars = shared_stars(grid.congress, grid.sessions)
        self._time = [cell[1] for cell in grid.home if cell is not None]
        self._at = [0] * grid.time_count  # the sessions at each time, as bits
        self._met = [[0] * len(self._time) for _ in range(grid.time_count)]
        for session, time in enumerate(self._time):
            self._enter(session, time)
        self._apart = _apart(grid)
        self._track = {session: track for track in map(_bits_of, grid.tracks) for session in numbers_in(track)}
        self._before, self._behind = _order(grid)
        self._movable = [session for session in range(len(self._time)) if len(grid.times_of(session)) > 1]
        self._times = [grid.times_of(session) for session in range(len(self._time))]
        self.cost = sum(self._met[time][session] for session, time in enumerate(self._time)) // 2
        self._best, self._best_cost = list(self._time), self.cost

    def run(self, clock: Clock, tell: Tell) -> None:
        """Cool down until the clock has run out."""
        began, budget = self.cost, clock.left
        mean = 2 * self.cost / max(1, len(self._time))
        if not self._movable or not self.cost:
            return
        while clock.left and self._best_cost:
            done = 1 - clock.left / budget
            heat = mean * START_SHARE * (END_SHARE / START_SHARE) ** done
            for _ in range(STEPS_PER_LOOK):
                self._step(heat)
            tell(done, f"{began} clashes before, {self._best_cost} now")

    def best_cells(self) -> tuple[Cell | None, ...]:
        """The best that was found, with rooms: who keeps the time keeps the room too, where the others allow it."""
        cells: list[Cell | None] = [None] * len(self._best)
        for time in range(self._grid.time_count):
            here = [session for session, at in enumerate(self._best) if at == time]
            for session, room in zip(here, self._rooms(here, time), strict=True):
                cells[session] = (room, time)
        return tuple(cells)

    def _rooms(self, here: list[int], time: int) -> list[int]:
        wanted = [self._grid.usable[session][time] for session in here]
        for number, session in enumerate(here):
            home = self._grid.home[session]
            if home is not None and home[1] == time:
                staying = [*wanted[:number], 1 << home[0], *wanted[number + 1 :]]
                wanted = wanted if shared_out(staying) is None else staying
        rooms = shared_out(wanted)
        assert rooms is not None, "every step left rooms for all"
        return rooms

    def _step(self, heat: float) -> None:
        session = self._chance.choice(self._movable)
        if self._chance.random() < SWAP_SHARE:
            self._swap(session, self._chance.choice(self._movable), heat)
        else:
            self._move(session, self._chance.choice(self._times[session]), heat)

    def _move(self, session: int, to: int, heat: float) -> None:
        time = self._time[session]
        more = self._met[to][session] - self._met[time][session]
        if to == time or not self._is_worth(more, heat) or not self._may(session, to, self._at[to]):
            return
        if self._has_rooms(self._at[to] | 1 << session, to):
            self._leave(session, time)
            self._enter(session, to)
            self._note(more)

    def _swap(self, one: int, other: int, heat: float) -> None:
        here, there = self._time[one], self._time[other]
        if here == there or not self._grid.usable[one][there] or not self._grid.usable[other][here]:
            return
        met = self._met
        more = met[there][one] + met[here][other] - met[here][one] - met[there][other] - 2 * self._stars[one][other]
        if not self._is_worth(more, heat) or not self._may_swap(one, other):
            return
        if self._has_rooms(self._at[there] & ~(1 << other) | 1 << one, there) and self._has_rooms(
            self._at[here] & ~(1 << one) | 1 << other, here
        ):
            self._leave(one, here)
            self._leave(other, there)
            self._enter(one, there)
            self._enter(other, here)
            self._note(more)

    def _note(self, more: int) -> None:
        self.cost += more
        if self.cost < self._best_cost:
            self._best, self._best_cost = list(self._time), self.cost

    def _is_worth(self, more: int, heat: float) -> bool:
        return more <= 0 or self._chance.random() < math.exp(-more / heat)

    def _may_swap(self, one: int, other: int) -> bool:
        """Two that follow each other never swap, and otherwise each is looked at as if the other were gone."""
        here, there = self._time[one], self._time[other]
        if other in self._before[one] or other in self._behind[one]:
            return False
        return self._may(one, there, self._at[there] & ~(1 << other)) and self._may(
            other, here, self._at[here] & ~(1 << one)
        )

    def _may(self, session: int, to: int, others: int) -> bool:
        if self._apart[session] & others:
            return False
        track = self._track.get(session)
        if track is not None and (track & others & ~(1 << session)).bit_count() >= self._grid.track_max:
            return False
        time = self._time
        return all(time[earlier] < to for earlier in self._before[session]) and all(
            time[later] > to for later in self._behind[session]
        )

    def _has_rooms(self, sessions: int, time: int) -> bool:
        usable = self._grid.usable
        return shared_out([usable[session][time] for session in numbers_in(sessions)]) is not None

    def _enter(self, session: int, time: int) -> None:
        self._time[session] = time
        self._at[time] |= 1 << session
        self._met[time] = [met + stars for met, stars in zip(self._met[time], self._stars[session], strict=True)]

    def _leave(self, session: int, time: int) -> None:
        self._at[time] &= ~(1 << session)
        self._met[time] = [met - stars for met, stars in zip(self._met[time], self._stars[session], strict=True)]


def _bits_of(sessions: Sequence[int]) -> int:
    return sum(1 << session for session in sessions)


def _apart(grid: Grid) -> list[int]:
    """For each session those that share a speaker with it."""
    apart = [0] * len(grid.sessions)
    for group in grid.together:
        for session in group:
            apart[session] |= _bits_of(group) & ~(1 << session)
    return apart


def _order(grid: Grid) -> tuple[list[list[int]], list[list[int]]]:
    """For each session those that lie before it, and those that lie after it."""
    before: list[list[int]] = [[] for _ in grid.sessions]
    behind: list[list[int]] = [[] for _ in grid.sessions]
    for earlier, later in grid.after:
        before[later].append(earlier)
        behind[earlier].append(later)
    return before, behind
