"""What a kind of decision is: all that tells one from another. The life that all of them have is in `deciding`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TypeAlias

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.decisions.domain.decision import Decision, Facts
from shared.contracts.envelope import Event
from shared.contracts.flow import declaration
from shared.unit import Unit

Possible: TypeAlias = Callable[[Conference, Facts, datetime], object]
CarriedOut: TypeAlias = Callable[[Unit, Decision], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of decision.

    `must_be_possible` raises a refusal for what can't be decided about this conference now: it is asked when a decision
    is drafted, changed, proposed, approved and armed, and once more when it is carried out. `carry_out` does that, in
    one transaction with the decision's own step, and answers the run under which the board follows it; it is declared
    as a job of decisions.
    """

    name: str
    title: str  # what is done, as a page asks for it: `Cancel the conference`
    noun: str  # in a sentence: `the cancellation`
    has_choices: bool  # whether people choose, so that a last day for that has to be said
    must_be_possible: Possible
    carry_out: CarriedOut

    @property
    def emits(self) -> frozenset[type[Event]]:
        """The events that carrying it out may say."""
        declared = declaration(self.carry_out)
        return declared.emits if declared else frozenset()

    @property
    def starts(self) -> frozenset[str]:
        """The collections in which carrying it out may start a job."""
        declared = declaration(self.carry_out)
        return declared.may_start if declared else frozenset()


def kinds_in(modules: Iterable[ModuleType]) -> dict[str, Kind]:
    """The kinds that these modules make, by their names: to add one is to write one."""
    made = (value for module in modules for value in vars(module).values() if isinstance(value, Kind))
    return {each.name: each for each in dict.fromkeys(made)}
