"""Why nothing can be done: a smallest set of rules that contradict each other.

Smallest means that none can be left out: without any one of them the rest can be kept. Sessions that can't all be
placed are found first, by counting or from the solver's core; then what binds those is taken away, piece by piece, as
long as the rest still contradicts: first as long as counting shows it, which is quick, then as long as it is so.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from services.scheduling.solver.counting import crowds
from services.scheduling.solver.grid import Grid, grid_of, whole_grid
from services.scheduling.solver.model import Congress, Incident, OutOfTime
from services.scheduling.solver.rules import Kind, Rule, all_rules
from services.scheduling.solver.sentences import sentences
from services.scheduling.solver.timetable import Clock, Cost, Ending, Timetable

SECONDS_MIN = 10.0  # to say why, however little of the budget is left
NO_TIME_TO_CHOOSE = "There was no time to look which of these could be left out."
Contradicts = Callable[[Sequence[Rule]], bool]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Rules that no programme keeps all; smallest, unless there was no time to try each of them."""

    rules: tuple[Rule, ...]
    is_smallest: bool

    def reasons(self, congress: Congress) -> tuple[str, ...]:
        """The rules in words."""
        return (*sentences(congress, self.rules), *(() if self.is_smallest else (NO_TIME_TO_CHOOSE,)))


class Impossible(Exception):
    """No programme keeps all the rules."""

    def __init__(self, contradiction: Contradiction) -> None:
        super().__init__(f"{len(contradiction.rules)} rules contradict each other")
        self.contradiction = contradiction


def contradiction(congress: Congress, incident: Incident, *, clock: Clock, seed: int = 0) -> Contradiction | None:
    """A smallest set of rules that contradict each other; none when a programme can keep all.

    Raises `OutOfTime` where neither was found.
    """
    if found := contradiction_at_once(congress, incident, clock=clock):
        return found
    grid = whole_grid(congress, incident)
    ending = Timetable(grid, seed=seed).search(Cost(), clock=clock).ending
    if ending is Ending.OUT_OF_TIME:
        raise OutOfTime(f"In {clock.spent:.0f} s neither a plan was found nor a contradiction. Allow more seconds.")
    if ending is not Ending.IMPOSSIBLE:
        return None
    return contradiction_in(grid, incident, clock=clock, seed=seed)


def contradiction_at_once(congress: Congress, incident: Incident, *, clock: Clock) -> Contradiction | None:
    """The same where counting shows it, which needs no search; none where it does not."""
    grid = whole_grid(congress, incident)
    for sessions in crowds(grid):
        return _smallest_of(sessions, grid, incident, clock=clock)
    return None


def contradiction_in(grid: Grid, incident: Incident, *, clock: Clock, seed: int) -> Contradiction:
    """The same where it is known that no programme keeps all rules."""
    patience = Clock(max(clock.left, SECONDS_MIN))
    sessions = list(range(len(grid.sessions)))
    while True:
        core = Timetable(grid.of(sessions), may_cancel=True, seed=seed).unplaceable(clock=patience)
        if core is None or len(core) == len(sessions):
            return _smallest_of(sessions, grid, incident, clock=patience)
        sessions = [sessions[number] for number in core]


def _smallest_of(sessions: Sequence[int], grid: Grid, incident: Incident, *, clock: Clock) -> Contradiction:
    """The rules that bind these sessions, and of those only what it takes.

    Sessions are tried first: the fewer are left, the fewer others bind.
    """
    congress = grid.congress
    ids = {grid.sessions[session].id for session in sessions}
    rules = [rule for rule in all_rules(congress, incident) if _binds(rule, ids, congress)]
    rules.sort(key=lambda rule: rule.kind.value)
    if contradicts_by_counting(congress, rules):
        rules = smallest(rules, lambda some: contradicts_by_counting(congress, some))
    rules = smallest(rules, lambda some: contradicts(congress, some, clock=clock))
    return Contradiction(tuple(rules), is_smallest=clock.left > 0)


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


def contradicts_by_counting(congress: Congress, rules: Sequence[Rule]) -> bool:
    """Whether counting shows that no programme keeps all of these rules."""
    return next(crowds(grid_of(congress, rules)), None) is not None


def contradicts(congress: Congress, rules: Sequence[Rule], *, clock: Clock) -> bool:
    """Whether no programme keeps all of these rules.

    When time has run out the answer is no, so that what could not be looked at stays among the reasons.
    """
    grid = grid_of(congress, rules)
    if next(crowds(grid), None) is not None:
        return True
    if not (grid.together or grid.tracks or grid.after) or not clock.left:
        return False
    return Timetable(grid).search(Cost(), clock=clock, worker_count=1).ending is Ending.IMPOSSIBLE
