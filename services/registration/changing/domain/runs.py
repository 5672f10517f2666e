"""Runs: something that is carried out for many registrations, one after the other, to the last of them.

    closing --gate shut--> walking --nobody left--> counting --set equality--> settling --nothing open--> settled
                              ^------- late members: the next revision -------|
    any of them --turned back--> reopening --> restoring --> settled

Owns how far a run is and whether it goes on. What a run is about is its kind's; its steps are taken by the engine in
`jobs`, each in one transaction, so that it may be killed anywhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

import msgspec

from shared.ids import digest_of
from shared.problem import NotFound, Refusal

F = TypeVar("F")
_KEPT_AS_THEY_ARE = (datetime,)


class RunUnknown(NotFound):
    """There is no run of this id."""


class RunIsOver(Refusal):
    """The run has come to its end, so that there is nothing to hold up."""

    title = "This is over"


class RunIsStopped(Refusal):
    """The run was stopped, which is for good."""

    title = "This was stopped"


class RunMustEnd(Refusal):
    """What the run carries out was told to everyone already, so that it can't be stopped half-way."""

    title = "This can't be stopped"


class Step(StrEnum):
    """What a run does next."""

    CLOSING = "closing"  # the gate: nobody becomes a member any more
    WALKING = "walking"  # its members, chunk by chunk
    COUNTING = "counting"  # who was done, from what was saved; whoever was missed is walked to again
    SETTLING = "settling"  # until its deadline, what is still open is left to registrants
    REOPENING = "reopening"  # it is turned back: the gate first
    RESTORING = "restoring"  # ... then whoever is still open
    SETTLED = "settled"  # nothing is left to do


class Mode(StrEnum):
    """Whether a run goes on."""

    RUNNING = "running"
    PAUSED = "paused"  # by a person, until one lets it go on
    STOPPED = "stopped"  # by a person, for good: who was done stays done, the others are left as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: what it is about, where it is, and whom it has done."""

    id: str
    kind: str
    cause: str  # the id of what was cancelled or changed
    conference: str
    correlation: str  # of the decision behind it: whatever the run says belongs to it
    actor: str = ""  # the id of who decided it at a desk; nobody's of a run from before that was kept
    until: datetime | None = None  # from here on nothing is open to registrants any more; None: from the beginning
    facts: Mapping[str, Any] = field(default_factory=dict)  # what only its kind knows, by `told` and `facts_of`
    is_stoppable: bool = False
    step: Step = Step.CLOSING
    mode: Mode = Mode.RUNNING
    cursor: str = ""  # the last registration that was done in this revision
    done_count: int = 0  # so far; how many they were in the end is `count`
    count: int | None = None  # of all that it has done, once nobody is left
    digest: str | None = None
    revision: int = 0  # how often it was taken up again, for late members or for what came open late

    @property
    def goes_on(self) -> bool:
        """Whether there is, or will be, something to do."""
        return self.mode is Mode.RUNNING and self.step is not Step.SETTLED


def told(facts: Any) -> dict[str, Any]:
    """A kind's own facts, a dataclass, as a run keeps them."""
    return cast(dict[str, Any], msgspec.to_builtins(facts, builtin_types=_KEPT_AS_THEY_ARE))


def facts_of(run: Run, kind: type[F]) -> F:
    """The kind's own facts as its dataclass."""
    return msgspec.convert(run.facts, kind, builtin_types=_KEPT_AS_THEY_ARE)


def closed(run: Run) -> Run:
    """Nobody becomes a member any more: from now on the cursor sees every member there will ever be."""
    return replace(run, step=Step.WALKING)


def walked(run: Run, *, ids: Sequence[str], is_last: bool) -> Run:
    """These members are done, and the cursor stands at the last of them."""
    return replace(
        run,
        step=Step.COUNTING if is_last else Step.WALKING,
        cursor=ids[-1] if ids else run.cursor,
        done_count=run.done_count + len(ids),
    )


def walks_again(run: Run) -> Run:
    """Somebody is not done who should be: they are walked to as the next revision of the same run."""
    return replace(run, step=Step.WALKING, cursor="", revision=run.revision + 1)


def counted(run: Run, *, ids: Collection[str]) -> Run:
    """Nobody is left: these were done, counted from what was saved and not from what we remember."""
    return replace(run, step=Step.SETTLING, count=len(ids), digest=digest_of(ids))


def passed_over(run: Run) -> Run:
    """A larger run does all that this one would have done."""
    return replace(run, step=Step.SETTLING)


def reopened(run: Run) -> Run:
    """Something came open after all was settled; it is settled as well, as the next revision."""
    step = Step.SETTLING if run.step is Step.SETTLED else run.step
    return replace(run, step=step, revision=run.revision + 1)


def turned_back(run: Run) -> Run:
    """What the run carries out is called back, wherever it was: the gate opens, and who is open is as before."""
    return replace(run, step=Step.REOPENING)


def gate_opened(run: Run) -> Run:
    """Others may become what members were; whoever is still open is restored next."""
    return replace(run, step=Step.RESTORING)


def settled(run: Run) -> Run:
    """Nothing is left to do, or a newer run minds what is."""
    return replace(run, step=Step.SETTLED)


def paused(run: Run) -> Run:
    """A person holds the run up; asked again nothing changes."""
    _must_not_be_over(run, undone="Nothing was held up.")
    return replace(run, mode=Mode.PAUSED)


def resumed(run: Run) -> Run:
    """The run goes on from where it stands; one that is going on is left as it is."""
    _must_not_be_over(run, undone="Nothing was set going.")
    return replace(run, mode=Mode.RUNNING)


def stopped(run: Run) -> Run:
    """The run ends here, for good: who was done stays done, and the others are left as they are."""
    if run.mode is Mode.STOPPED:
        return run
    _must_not_be_over(run, undone="Nothing was stopped.")
    if not run.is_stoppable:
        raise RunMustEnd(
            "Everyone was told of this decision, so it has to be carried out to the end. Nothing was stopped; "
            "if something is wrong, pause it, and let it go on when that is mended."
        )
    return replace(run, mode=Mode.STOPPED)


def _must_not_be_over(run: Run, *, undone: str) -> None:
    if run.mode is Mode.STOPPED:
        raise RunIsStopped(f"This was stopped, and that is for good. {undone} To do the rest, ask for it anew.")
    if run.step is Step.SETTLED:
        raise RunIsOver(f"All of this has been carried out. {undone}")
