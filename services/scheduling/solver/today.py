"""Whether a plan keeps the rules; what differs between two plans; whom that touches, and whose stars clash."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from services.scheduling.solver.grid import Cell, Grid, whole_grid
from services.scheduling.solver.model import NOTHING_HAPPENED, Congress, FileRefused, Place, Plan, Session

Stars = Sequence[Sequence[int]]  # how many people starred both of two sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What another plan changes: sessions cancelled, at another time, or in another room at the same time."""

    cancelled: tuple[str, ...]
    moved_time: Mapping[str, Place]
    moved_room: Mapping[str, Place]

    @property
    def session_ids(self) -> frozenset[str]:
        """The sessions that are not where they were."""
        return frozenset((*self.cancelled, *self.moved_time, *self.moved_room))


def difference(congress: Congress, after: Plan) -> Difference:
    """What differs between today's plan and another one."""
    before = congress.plan
    ids = [session.id for session in congress.sessions if session.id in before]
    kept = [session_id for session_id in ids if session_id in after]
    return Difference(
        cancelled=tuple(session_id for session_id in ids if session_id not in after),
        moved_time={key: after[key] for key in kept if after[key].time != before[key].time},
        moved_room={
            key: after[key] for key in kept if after[key].time == before[key].time and after[key] != before[key]
        },
    )


def people_told(congress: Congress, changed: Collection[str]) -> int:
    """How many people have a changed or cancelled session in their agenda."""
    return sum(not set(agenda).isdisjoint(changed) for agenda in congress.agendas)


def shared_stars(congress: Congress, sessions: Sequence[Session]) -> Stars:
    """How many people starred both of two sessions, for all pairs."""
    numbers = {session.id: number for number, session in enumerate(sessions)}
    stars = [[0] * len(sessions) for _ in sessions]
    pairs = Counter(
        pair
        for agenda in congress.agendas
        for pair in combinations(sorted(numbers[i] for i in agenda if i in numbers), 2)
    )
    for (one, other), count in pairs.items():
        stars[one][other] = stars[other][one] = count
    return stars


def clash_count(cells: Sequence[Cell | None], stars: Stars) -> int:
    """For all pairs of sessions at one time, the people who starred both."""
    at_time: dict[int, list[int]] = {}
    for session, cell in enumerate(cells):
        if cell is not None:
            at_time.setdefault(cell[1], []).append(session)
    return sum(stars[one][other] for here in at_time.values() for one, other in combinations(here, 2))


def refuse_unplaced(congress: Congress) -> None:
    """A plan to start from has a place for every session."""
    for session in congress.sessions:
        if session.id not in congress.plan:
            raise FileRefused("plan", f"{congress.title_of(session.id)} has no place in it. Make a first plan.")


def refuse_conflicts(congress: Congress) -> None:
    """Sessions are only moved about in a plan whose sessions are in nobody's way; else it says in whose."""
    refuse_unplaced(congress)
    grid = whole_grid(congress, NOTHING_HAPPENED)
    for session_id, sentence in _rules_between(grid, grid.home):
        raise FileRefused(f"plan.{session_id}", sentence)


def was_so_before(congress: Congress, after: Plan) -> Mapping[str, tuple[str, ...]]:
    """What a plan leaves broken because it was so before: for each session the rules, in sentences."""
    grid = whole_grid(replace(congress, forgives=False), NOTHING_HAPPENED)
    found: dict[str, tuple[str, ...]] = {}
    for session_id, sentence in broken_rules(grid, grid.cells_of(after)):
        found[session_id] = (*found.get(session_id, ()), sentence)
    return found


def broken_rules(grid: Grid, cells: Sequence[Cell | None]) -> Iterator[tuple[str, str]]:
    """The sessions of a plan that break a rule, and the rule."""
    for session, cell in enumerate(cells):
        if cell is not None and not grid.usable[session][cell[1]] >> cell[0] & 1:
            yield grid.sessions[session].id, _why_not_there(grid, session, cell)
    yield from _rules_between(grid, cells)


def _rules_between(grid: Grid, cells: Sequence[Cell | None]) -> Iterator[tuple[str, str]]:
    yield from _shared_cells(grid, cells)
    yield from _two_places(grid, cells)
    yield from _crowded_tracks(grid, cells)
    for earlier, later in grid.after:
        before, behind = cells[earlier], cells[later]
        if before is not None and behind is not None and before[1] >= behind[1]:
            name = grid.congress.title_of(grid.sessions[earlier].id)
            yield grid.sessions[later].id, f"it comes after {name}, which is not at an earlier time."


def _shared_cells(grid: Grid, cells: Sequence[Cell | None]) -> Iterator[tuple[str, str]]:
    taken: dict[Cell, int] = {}
    for session, cell in enumerate(cells):
        if cell is None:
            continue
        if cell in taken:
            room, time = grid.congress.rooms[cell[0]], grid.congress.times[cell[1]]
            other = grid.congress.title_of(grid.sessions[taken[cell]].id)
            yield grid.sessions[session].id, f"room {room.id} at {time.id} is taken by {other}."
        taken.setdefault(cell, session)


def _why_not_there(grid: Grid, number: int, cell: Cell) -> str:
    session = grid.sessions[number]
    room, time = grid.congress.rooms[cell[0]], grid.congress.times[cell[1]]
    away = [speaker.id for speaker in grid.congress.speakers if time.id in speaker.away]
    if room.seats < session.stars:
        return f"room {room.id} has {room.seats} seats, and {session.stars} people starred it."
    if missing := sorted(session.needs - room.features):
        return f"room {room.id} does not have {', '.join(missing)}, which it needs."
    if (room.id, time.id) in grid.congress.closed:
        return f"room {room.id} is closed at {time.id}."
    speakers = [speaker for speaker in session.speakers if speaker in away]
    return f"its speaker {', '.join(speakers)} is away at {time.id}."


def _two_places(grid: Grid, cells: Sequence[Cell | None]) -> Iterator[tuple[str, str]]:
    for group in grid.together:
        for one, other in combinations(group, 2):
            here, there = cells[one], cells[other]
            if here is not None and there is not None and here[1] == there[1]:
                first, second = grid.sessions[one], grid.sessions[other]
                speaker = next(speaker for speaker in first.speakers if speaker in second.speakers)
                name, time = grid.congress.title_of(first.id), grid.congress.times[here[1]].id
                yield second.id, f"its speaker {speaker} is in {name} at {time} as well."


def _crowded_tracks(grid: Grid, cells: Sequence[Cell | None]) -> Iterator[tuple[str, str]]:
    for track in grid.tracks:
        counts = Counter(cell[1] for cell in (cells[session] for session in track) if cell is not None)
        for time, count in counts.items():
            if count > grid.track_max:
                last = next(s for s in reversed(track) if (cell := cells[s]) is not None and cell[1] == time)
                session = grid.sessions[last]
                name = grid.congress.times[time].id
                yield session.id, f"{count} sessions of the track {session.track} lie at {name}, {grid.track_max} may."
