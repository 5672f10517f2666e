"""What every decision returns: the new state, and the events that say so."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.contracts.envelope import Event

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Change(Generic[S]):
    """The state after a decision and what is said about it; both are saved in one transaction or not at all."""

    state: S
    events: tuple[Event, ...] = ()
