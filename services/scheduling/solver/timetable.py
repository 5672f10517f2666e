"""Owns OR-Tools: which session lies at which time, so that every time has rooms enough for those that lie there.

One boolean says that a session lies at a time, one more that it keeps its room as well. That the rooms are enough is
said without naming one: the sessions at a time that may have no rooms but these are no more than these rooms (theorem
of Hall; those that keep their room count for it). Such sentences are many, so the most telling are there from the start
and the others follow when an answer breaks them. A model with a boolean per room is six times as large and no stricter.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from ortools.sat.python import cp_model

from services.scheduling.solver.grid import Cell, Grid
from services.scheduling.solver.rooms import numbers_in, shared_out, too_few

WORKER_COUNT = 2
ROOM_SETS_MAX = 40  # at each time from the start; a congress of ten rooms has no more that matter
LINEAR = cp_model.LinearExpr


class Ending(Enum):
    """How a search ended."""

    PROVEN = auto()
    FOUND = auto()
    IMPOSSIBLE = auto()
    OUT_OF_TIME = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: a cell for each session, none for a cancelled one; and what it costs."""

    ending: Ending
    cells: tuple[Cell | None, ...] = ()
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What is to be as little as possible: the cost of each session at each time, of staying there, of cancelling."""

    at_time: Callable[[int, int], int] = lambda _session, _time: 0
    in_place: Callable[[int], int] = lambda _session: 0
    cancelled: int = 0
    pairs: Mapping[tuple[int, int], int] = field(default_factory=dict)  # of two sessions at one time


def room_changes(grid: Grid) -> Cost:
    """The sessions that keep their time and not their room."""
    return Cost(
        at_time=lambda session, time: int(time == grid.home_time(session)),
        in_place=lambda _session: -1,
    )


class Clock:
    """The seconds of a budget."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the budget is used up."""
        return max(0.0, self._seconds - self.spent)


class Timetable:
    """The model of one grid, to be asked for one objective after the other, each kept while the next is searched."""

    def __init__(self, grid: Grid, *, may_cancel: bool = False, seed: int = 0) -> None:
        self.grid = grid
        self.may_cancel = may_cancel
        self._seed = seed
        self._model = cp_model.CpModel()
        self._at = self._place_sessions()
        self._stays = self._keep_rooms()
        self._shared = self._share_cells()
        self._cancelled = [self._model.new_bool_var("") for _ in grid.sessions] if may_cancel else []
        self._said: set[tuple[int, int]] = set()
        self._place_once()
        self._part_speakers()
        self._spread_tracks()
        self._keep_order()
        for number in range(grid.time_count):
            for rooms in _telling_room_sets(grid, number):
                self._say_enough(rooms, number)

    def search(
        self, cost: Cost, *, clock: Clock, hint: Sequence[Cell | None] = (), worker_count: int = WORKER_COUNT
    ) -> Found:
        """The cheapest timetable, and rooms for it; `PROVEN` when there is no cheaper one."""
        objective = self._expression(cost)
        self._model.minimize(objective)
        while True:
            self._suggest(hint)
            solver = self._solver(clock, worker_count=worker_count)
            status = solver.solve(self._model)
            if status == cp_model.INFEASIBLE:
                return Found(Ending.IMPOSSIBLE)
            if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return Found(Ending.OUT_OF_TIME)
            cells = self._cells(solver)
            if cells is not None:
                ending = Ending.PROVEN if status == cp_model.OPTIMAL else Ending.FOUND
                return Found(ending, cells, round(solver.objective_value))
            hint = ()

    def keep(self, cost: Cost, value: int) -> None:
        """From now on this cost is no more than that."""
        self._model.add(self._expression(cost) <= value)

    def unplaceable(self, *, clock: Clock) -> list[int] | None:
        """Sessions that can't all be placed, as the solver's core names them; none when it could not tell.

        To be asked before any search: with an objective the solver names them all.
        """
        self._model.clear_assumptions()
        self._model.add_assumptions([~cancelled for cancelled in self._cancelled])
        while True:
            solver = self._solver(clock, worker_count=1)  # more workers give no core
            solver.parameters.cp_model_presolve = False  # it takes longer than the search
            status = solver.solve(self._model)
            if status == cp_model.INFEASIBLE:
                core = set(solver.sufficient_assumptions_for_infeasibility())
                return [number for number, cancelled in enumerate(self._cancelled) if (~cancelled).index in core]
            if status == cp_model.UNKNOWN or self._cells(solver) is not None:
                return None

    def _solver(self, clock: Clock, *, worker_count: int) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = worker_count
        solver.parameters.random_seed = self._seed
        solver.parameters.max_time_in_seconds = max(clock.left, 0.01)
        return solver

    def _place_sessions(self) -> list[dict[int, cp_model.IntVar]]:
        model, grid = self._model, self.grid
        return [
            {time: model.new_bool_var("") for time in grid.times_of(number)} for number in range(len(grid.sessions))
        ]

    def _keep_rooms(self) -> dict[int, cp_model.IntVar]:
        stays = {}
        for number in range(len(self.grid.sessions)):
            home = self.grid.home_time(number)
            if home is not None and self.grid.can_stay(number):
                stays[number] = self._model.new_bool_var("")
                self._model.add_implication(stays[number], self._at[number][home])
        return stays

    def _share_cells(self) -> dict[Cell, cp_model.IntVar]:
        """The cells that several sessions share today: whoever of them stays there takes the room once."""
        shared = {}
        for cell, sessions in self.grid.sharing_today().items():
            shared[cell] = self._model.new_bool_var("")
            for session in sessions:
                self._model.add_implication(self._stays[session], shared[cell])
        return shared

    def _place_once(self) -> None:
        for number, at in enumerate(self._at):
            self._model.add_exactly_one([*at.values(), *self._cancelled[number : number + 1]])

    def _part_speakers(self) -> None:
        for group in self.grid.together:
            for number in range(self.grid.time_count):
                self._at_most(1, [session for session in group if number in self._at[session]], number)

    def _spread_tracks(self) -> None:
        for track in self.grid.tracks:
            for number in range(self.grid.time_count):
                sessions = [session for session in track if number in self._at[session]]
                self._at_most(self.grid.track_max, sessions, number)

    def _at_most(self, count_max: int, sessions: Sequence[int], number: int) -> None:
        """So many of the sessions lie at a time; more only if they all do so today."""
        at_once = LINEAR.sum([self._at[session][number] for session in sessions])
        today = self.grid.together_today(sessions, number)
        over = max(len(today) - count_max, 0)
        if len(sessions) > count_max and not over:
            self._model.add(at_once <= count_max)
        elif over:
            for newcomer in (each for each in sessions if each not in today):
                self._model.add(at_once <= count_max + over * (1 - self._at[newcomer][number]))

    def _keep_order(self) -> None:
        """If the later one lies at a time or before, the earlier one lies before that time, or is cancelled; or both
        keep their times."""
        for earlier, later in self.grid.after:
            as_today = self._as_today(earlier, later)
            for number in self._at[later]:
                until = [at for time, at in self._at[later].items() if time <= number]
                before = [at for time, at in self._at[earlier].items() if time < number]
                before += [*self._cancelled[earlier : earlier + 1], *as_today]
                self._model.add(LINEAR.sum(until) <= LINEAR.sum(before))

    def _as_today(self, earlier: int, later: int) -> list[cp_model.IntVar]:
        """That two sessions whose order is wrong today both keep their times, if they can."""
        if not self.grid.is_too_early_today(earlier, later):
            return []
        kept = [self._at[each].get(self.grid.home_time(each) or 0) for each in (earlier, later)]
        if any(each is None for each in kept):
            return []
        both = self._model.new_bool_var("")
        for each in kept:
            assert each is not None
            self._model.add_implication(both, each)
        return [both]

    def _say_enough(self, rooms: int, number: int) -> None:
        """No more sessions have to share these rooms at a time than there are rooms."""
        self._said.add((rooms, number))
        cells = {(room, number) for room in numbers_in(rooms)}
        sharing: list[cp_model.LinearExprT] = [taken for cell, taken in self._shared.items() if cell in cells]
        for session, at in enumerate(self._at):
            home = self.grid.home[session]
            is_counted = home in self._shared and home in cells  # where it stays, with those who share its room
            if number in at and not self.grid.usable[session][number] & ~rooms:
                sharing.append(
                    at[number] - self._stays[session] if is_counted and session in self._stays else at[number]
                )
            elif session in self._stays and home in cells and not is_counted:
                sharing.append(self._stays[session])
        if len(sharing) > rooms.bit_count():
            self._model.add(LINEAR.sum(sharing) <= rooms.bit_count())

    def _expression(self, cost: Cost) -> cp_model.LinearExprT:
        terms = [
            (variable, cost.at_time(session, number))
            for session, at in enumerate(self._at)
            for number, variable in at.items()
        ]
        terms += [(variable, cost.in_place(session)) for session, variable in self._stays.items()]
        terms += [(variable, cost.cancelled) for variable in self._cancelled]
        terms += self._pair_terms(cost.pairs)
        terms = [term for term in terms if term[1]]
        return LINEAR.weighted_sum([variable for variable, _ in terms], [weight for _, weight in terms])

    def _pair_terms(self, pairs: Mapping[tuple[int, int], int]) -> Iterator[tuple[cp_model.IntVar, int]]:
        for (one, other), weight in pairs.items():
            for number in self._at[one].keys() & self._at[other].keys():
                both = self._model.new_bool_var("")
                self._model.add_bool_or([~self._at[one][number], ~self._at[other][number], both])
                yield both, weight

    def _suggest(self, hint: Sequence[Cell | None]) -> None:
        if not hint:
            return
        self._model.clear_hints()  # type: ignore[no-untyped-call]  # its type was left out
        for session, cell in enumerate(hint):
            for number, variable in self._at[session].items():
                self._model.add_hint(variable, cell is not None and cell[1] == number)
            if session in self._stays:
                self._model.add_hint(self._stays[session], cell == self.grid.home[session])

    def _cells(self, solver: cp_model.CpSolver) -> tuple[Cell | None, ...] | None:
        """The rooms for an answer; if at some time they are too few, say so to the model, at all times."""
        cells: list[Cell | None] = [None] * len(self._at)
        is_complete = True
        for number in range(self.grid.time_count):
            here = [s for s, at in enumerate(self._at) if number in at and solver.boolean_value(at[number])]
            behind = self._behind_others(here, solver)
            for session in behind:
                cells[session] = self.grid.home[session]
            here = [session for session in here if session not in behind]
            wanted = [self._wanted(session, number, solver) for session in here]
            rooms = shared_out(wanted)
            if rooms is None:
                is_complete = False
                self._say_everywhere(too_few(wanted))
                continue
            for session, room in zip(here, rooms, strict=True):
                cells[session] = (room, number)
        return tuple(cells) if is_complete else None

    def _behind_others(self, here: Sequence[int], solver: cp_model.CpSolver) -> set[int]:
        """Those who stay in a room that another one shares with them, all but the first of each room."""
        staying = [s for s in here if self.grid.home[s] in self._shared and s in self._stays]
        first: dict[Cell | None, int] = {}
        kept = [s for s in staying if solver.boolean_value(self._stays[s])]
        return {s for s in kept if first.setdefault(self.grid.home[s], s) != s}

    def _wanted(self, session: int, number: int, solver: cp_model.CpSolver) -> int:
        stays = self._stays.get(session)
        home = self.grid.home[session]
        if stays is not None and home is not None and solver.boolean_value(stays):
            return 1 << home[0]
        return self.grid.usable[session][number]

    def _say_everywhere(self, rooms: int) -> None:
        for number in range(self.grid.time_count):
            if (rooms, number) not in self._said:
                self._say_enough(rooms, number)


def _telling_room_sets(grid: Grid, number: int) -> list[int]:
    """The room sets that sessions have at a time, and their unions, the smallest first, up to a number."""
    single = sorted({usable[number] for usable in grid.usable if usable[number]}, key=int.bit_count)
    sets = dict.fromkeys(single)
    for rooms in single:
        for other in tuple(sets):
            if len(sets) < ROOM_SETS_MAX:
                sets[rooms | other] = None
    everything = 0
    for rooms in single:
        everything |= rooms
    return list(dict.fromkeys([*sets, everything])) if everything else []
