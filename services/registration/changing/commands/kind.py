"""What a kind of run is: all that tells one from another. How a run is carried out is the engine's, in `jobs`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

from services.registration.changing.domain.runs import Run
from services.registration.registering.domain.registrations import Registration
from shared.change import Change
from shared.contracts.envelope import Event
from shared.contracts.flow import declaration
from shared.unit import Unit

Where: TypeAlias = Callable[[Run], Mapping[str, Any]]  # registrations, as the database finds them
OfAll: TypeAlias = Callable[[Unit, Run], Any]
OfOne: TypeAlias = Callable[[Unit, Run, Registration], Change[Registration] | None]


def nothing_to_shut(_unit: Unit, _run: Run) -> None:
    """No gate stands before the members of this kind."""


def nothing_to_say(_unit: Unit, _run: Run) -> Sequence[Event]:
    """Nobody else waits for the end of this kind."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What members are left with until a run's deadline: where it is, and what becomes of it then."""

    where: Where  # the members for whom something is still open: the run isn't settled before there are none
    due: Where  # those of them for whom it can be closed
    index: str
    close: OfOne


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """How a run is turned back: the gate first, then the members for whom something is still open."""

    open: OfAll
    restore: OfOne


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of run.

    `members` are those who are still to be done, as they are found at any moment: once the gate is shut nobody
    joins them, so that the run has done all when there are none. Whom it has done is told by their `runs`, which the
    engine writes, or else by the `mark` that `each` leaves.
    """

    name: str
    members: Where
    index: str
    each: OfOne
    close: OfAll = nothing_to_shut
    mark: Where | None = None
    mark_index: str = "life"
    end: Callable[[Unit, Run], Sequence[Event]] = nothing_to_say  # what the others are told when all are done
    open: Open | None = None
    finish: Callable[[Unit, Run], Sequence[Event]] | None = None  # what the others are told when nothing is open
    back: Back | None = None
    goes_on_while_held: bool = False  # the others wait while a decision about the conference can be undone
    is_moot: Callable[[Unit, Run], bool] = lambda _unit, _run: False  # a larger run does all of it

    @property
    def emits(self) -> frozenset[type[Event]]:
        """The events that any step of such a run may say, as its functions declare them."""
        back = (self.back.open, self.back.restore) if self.back else ()
        steps = (self.close, self.each, self.end, self.open and self.open.close, self.finish, *back)
        declared = (declaration(each) for each in steps if each)
        return frozenset(event for each in declared if each for event in each.emits)

    def left(self, run: Run) -> dict[str, Any]:
        """Where the members are that this run has still to do."""
        return {**self.members(run), **({} if self.mark else {"runs": {"$ne": run.id}})}

    def done(self, run: Run) -> dict[str, Any]:
        """Where the registrations are that this run has done."""
        return dict(self.mark(run)) if self.mark else {"conference": run.conference, "runs": run.id}


def kinds_in(modules: Iterable[ModuleType]) -> dict[str, Kind]:
    """The kinds that these modules make, by their names: to add one is to write one."""
    made = (value for module in modules for value in vars(module).values() if isinstance(value, Kind))
    return {each.name: each for each in dict.fromkeys(made)}
