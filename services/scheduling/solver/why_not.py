"""Why nothing can be done: a smallest set of rules that contradict each other, in words.

Smallest means that none can be left out: without any one of them the rest can be kept. Sessions that can't all be
placed are found first (by counting, else from the solver's core); then what binds those is taken away, piece by piece,
as long as the rest still contradicts.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from services.scheduling.solver.grid import Grid, grid_of, whole_grid
from services.scheduling.solver.model import Congress, Incident, OutOfTime
from services.scheduling.solver.rooms import shared_out, strugglers
from services.scheduling.solver.rules import Kind, Rule, all_rules
from services.scheduling.solver.sentences import sentences
from services.scheduling.solver.timetable import Clock, Cost, Ending, Timetable

Contradicts = Callable[[Sequence[Rule]], bool]
_BINDING_TOGETHER = frozenset({Kind.AFTER, Kind.TRACK, Kind.ONE_PLACE})


def reasons_at_once(congress: Congress, incident: Incident, *, clock: Clock) -> tuple[str, ...]:
    """The rules that contradict where counting shows it; none where it does not."""
    rules = contradiction_at_once(congress, incident, clock=clock)
    return tuple(sentences(congress, rules))


def reasons_why_not(congress: Congress, incident: Incident, *, clock: Clock, seed: int) -> tuple[str, ...]:
    """The rules that contradict, where it takes a search to see it; none where nothing does."""
    rules = contradiction(congress, incident, clock=clock, seed=seed)
    return tuple(sentences(congress, rules))


def contradiction(congress: Congress, incident: Incident, *, clock: Clock, seed: int = 0) -> tuple[Rule, ...]:
    """A smallest set of rules that contradict each other; empty when a programme can keep all."""
    if rules := contradiction_at_once(congress, incident, clock=clock):
        return rules
    grid = whole_grid(congress, incident)
    sessions = Timetable(grid, may_cancel=True, seed=seed).unplaceable(clock=clock)
    if sessions is None:
        return ()
    return _smallest_of(sessions, grid, incident, clock=clock)


def contradiction_at_once(congress: Congress, incident: Incident, *, clock: Clock) -> tuple[Rule, ...]:
    """The same where counting cells, seats, equipment and free times shows it, which needs no search."""
    grid = whole_grid(congress, incident)
    for sessions, idle in _counted(grid):
        return _smallest_of(sessions, grid, incident, idle=idle, clock=clock)
    return ()


def _counted(grid: Grid) -> Iterator[tuple[list[int], frozenset[Kind]]]:
    """Sessions that are too many for the cells or for the times they may have, and the rules that it does not take."""
    for session in range(len(grid.sessions)):
        if not grid.times_of(session):
            yield [session], _BINDING_TOGETHER
    for group in grid.together:
        times = [sum(1 << time for time in grid.times_of(session)) for session in group]
        if crowd := strugglers(times):
            yield [group[number] for number in crowd], _BINDING_TOGETHER - {Kind.ONE_PLACE}
    if crowd := strugglers(_cells(grid)):
        yield crowd, _BINDING_TOGETHER


def _cells(grid: Grid) -> list[int]:
    """For each session all its cells, over all times, as bits of one number."""
    width = len(grid.congress.rooms)
    return [sum(rooms << (time * width) for time, rooms in enumerate(usable)) for usable in grid.usable]


def _smallest_of(
    sessions: Sequence[int], grid: Grid, incident: Incident, *, idle: Collection[Kind] = (), clock: Clock
) -> tuple[Rule, ...]:
    """The rules of these sessions alone, but for the idle ones, and of those only what it takes.

    Sessions are tried first: the fewer are left, the fewer others bind.
    """
    congress = grid.congress
    ids = {grid.sessions[session].id for session in sessions}
    rules = [rule for rule in all_rules(congress, incident) if rule.kind not in idle and _binds(rule, ids, congress)]
    rules.sort(key=lambda rule: rule.kind.value)
    return tuple(smallest(rules, lambda some: contradicts(congress, some, clock=clock)))


def _binds(rule: Rule, session_ids: Collection[str], congress: Congress) -> bool:
    """Whether a rule says anything about these sessions."""
    if rule.kind in (Kind.PLACED, Kind.SEATS, Kind.NEEDS, Kind.PINNED):
        return rule.bound in session_ids
    if rule.kind is Kind.AFTER:
        return rule.bound in session_ids and rule.other in session_ids
    some = [session for session in congress.sessions if session.id in session_ids]
    if rule.kind is Kind.TRACK:
        return any(session.track == rule.bound for session in some)
    if rule.kind in (Kind.ONE_PLACE, Kind.AWAY, Kind.SPEAKER_AWAY):
        return any(rule.bound in session.speakers for session in some)
    return True


def smallest(rules: Sequence[Rule], contradicts: Contradicts) -> list[Rule]:
    """Rules of which none can be left out, by leaving out as many at once as the rest can do without.

    The incident's rules stand last and are tried last, so that what happened stays in the answer where it matters.
    """
    kept: list[Rule] = []
    waiting = [list(rules)]
    while waiting:
        piece = waiting.pop()
        rest = [*kept, *(rule for other in reversed(waiting) for rule in other)]
        if contradicts(rest):
            continue
        if len(piece) == 1:
            kept += piece
            continue
        half = len(piece) // 2
        waiting += [piece[half:], piece[:half]]
    return kept


def contradicts(congress: Congress, rules: Sequence[Rule], *, clock: Clock) -> bool:
    """Whether no programme keeps all of these rules."""
    grid = grid_of(congress, rules)
    if shared_out(_cells(grid)) is None:
        return True
    if not (grid.together or grid.tracks or grid.after):
        return False
    ending = Timetable(grid).search(Cost(), clock=clock).ending
    if ending is Ending.OUT_OF_TIME:
        raise OutOfTime(f"The programme is impossible, and {clock.spent:.0f} s were too few to say why.")
    return ending is Ending.IMPOSSIBLE


class Impossible(Exception):
    """No programme keeps all the rules; these contradict each other."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        super().__init__(f"{len(rules)} rules contradict each other")
        self.rules = tuple(rules)
