"""Searches: what the committee asked of the solver, how far it is, what it proposes, and what became of that.

A search works on the draft as it was when it was asked; a proposal is taken only into that draft.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from services.scheduling.repair.domain.congress import Incident, Move
from shared.problem import Invalid, NotFound, Refusal

BUDGET_SECONDS_DEFAULT = 30
BUDGET_SECONDS_MAX = 300
START_COUNT_MAX = 2  # a search that was interrupted starts again, once


class Task(StrEnum):
    """What can be asked."""

    FIRST_PLAN = "first_plan"
    FEWER_CLASHES = "fewer_clashes"
    REPAIR = "repair"
    WHY_NOT = "why_not"  # whether anything can be done, and if not, the smallest set of rules that contradict


class State(StrEnum):
    """How far a search is."""

    WAITING = "waiting"
    RUNNING = "running"
    FOUND = "found"  # a proposal is there
    IMPOSSIBLE = "impossible"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TAKEN = "taken"  # its proposal is in the draft


OPEN = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class WasSo:
    """Something that was wrong with the draft before the incident and isn't touched by a repair, in a sentence."""

    sentence: str
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One question to the solver."""

    id: str
    conference: str
    task: Task
    incident: Incident
    budget_seconds: int
    seed: int
    draft_digest: str  # of the draft that it is asked about
    asked_by: str
    asked_at: datetime
    state: State = State.WAITING
    progress: float = 0.0
    note: str = ""
    start_count: int = 0
    is_proven: bool = False
    moves: tuple[Move, ...] = ()
    by_hand: tuple[str, ...] = ()  # sessions that can't stay, and that only people can place
    people_count: int = 0  # with a changed session in their agenda
    reasons: tuple[str, ...] = ()
    was_so: tuple[WasSo, ...] = ()
    seconds: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it is still to come to an end."""
        return self.state in OPEN


class SearchUnknown(NotFound):
    """There is no such search."""


class SearchOver(Refusal):
    """The search has come to its end."""

    title = "This search is over"


class NothingFound(Refusal):
    """A search without a proposal."""

    title = "There is no proposal to take"


class DraftMovedOn(Refusal):
    """The draft is another one than the proposal was made for."""

    status: ClassVar[int] = 412
    title = "The draft has changed meanwhile"


class IncidentMakesNoSense(Invalid):
    """Something in an incident isn't part of this conference."""


def cancelled(search: Search) -> Search:
    """Nobody wants the answer any more."""
    if not search.is_open:
        raise SearchOver(f"This search is {search.state} already. Nothing was changed.")
    return replace(search, state=State.CANCELLED, note="Cancelled by the committee")


def started(search: Search) -> Search:
    """The solver has been started for it, for the first time or once more."""
    if search.start_count >= START_COUNT_MAX:
        return failed(search, "It was interrupted twice. Nothing was changed; ask again, perhaps with fewer seconds.")
    return replace(search, state=State.RUNNING, start_count=search.start_count + 1, progress=0.0, note="Starting")


def told(search: Search, *, progress: float, note: str) -> Search:
    """How far the solver says it is."""
    return replace(search, progress=progress, note=note) if search.is_open else search


def answered(
    search: Search,
    answer: Mapping[str, Any],
    *,
    moves: tuple[Move, ...],
    by_hand: tuple[str, ...],
    was_so: Iterable[WasSo] = (),
) -> Search:
    """The solver has answered; who cancelled meanwhile stays cancelled. What was wrong before and is with sessions that
    stay is wrong still."""
    if not search.is_open:
        return search
    is_impossible = answer["status"] == "impossible"
    return replace(
        search,
        state=State.IMPOSSIBLE if is_impossible else State.FOUND,
        progress=1.0,
        note="",
        is_proven=answer["status"] == "proven",
        moves=() if is_impossible else moves,
        by_hand=by_hand,
        was_so=tuple(each for each in was_so if not {move.session for move in moves} & set(each.sessions)),
        people_count=answer["people_told"],
        reasons=tuple(answer["reasons"]),
        seconds=answer["seconds"],
        facts={name: answer[name] for name in ("clashes",) if name in answer},
    )


def failed(search: Search, *reasons: str, because: Iterable[WasSo] = ()) -> Search:
    """The search has come to nothing, and why; `because` of these in the draft."""
    if not search.is_open:
        return search
    return replace(search, state=State.FAILED, reasons=reasons, was_so=tuple(because), note="")


def taken(search: Search) -> Search:
    """Its proposal is in the draft now."""
    if search.state is not State.FOUND:
        raise NothingFound(f"This search is {search.state}; there is nothing to take into the draft.")
    return replace(search, state=State.TAKEN)
