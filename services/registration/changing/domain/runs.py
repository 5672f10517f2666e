"""Runs: the end of all registrations of one cancelled conference, from closing the gates to the last choice fixed.

Owns how far a run is. Its steps are taken by the job in `jobs`, each in one transaction, so that it may be killed
anywhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from shared.change import Change
from shared.contracts.registration import RegistrationRunClosed
from shared.contracts.scheduling import ConferenceCancelled
from shared.ids import digest_of
from shared.problem import NotFound


class RunUnknown(NotFound):
    """There is no run of this id."""


class Step(StrEnum):
    """What a run does next."""

    CLOSING = "closing"  # the gates: nobody can come in any more
    ENDING = "ending"  # the registrations, chunk by chunk
    COUNTING = "counting"  # what has ended, from what was saved
    SETTLING = "settling"  # choices come in; at the deadline they are fixed
    SETTLED = "settled"  # nothing is left to fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One cancellation: where it is, and what it has ended."""

    id: str
    conference: str
    cancelled_on: date
    choose_by: date
    choose_until: datetime
    default_choice: str
    correlation: str  # of the committee's decision: whatever the run says belongs to it
    step: Step = Step.CLOSING
    cursor: str = ""  # the last registration that has ended
    ended_count: int = 0
    count: int | None = None  # of all its registrations, once they have ended
    digest: str | None = None
    reopened_count: int = 0


def begin(event: ConferenceCancelled, *, correlation: str) -> Run:
    """The run of a cancellation; sales have stopped, the gates are still to be closed."""
    return Run(
        id=event.run,
        conference=event.conference,
        cancelled_on=event.cancelled_on,
        choose_by=event.choose_by,
        choose_until=event.choose_until,
        default_choice=event.default_choice,
        correlation=correlation,
    )


def gates_closed(run: Run) -> Run:
    """Nobody can come in any more: from now on the cursor sees every registration there will ever be."""
    return replace(run, step=Step.ENDING)


def chunk_ended(run: Run, *, ids: Sequence[str], is_last: bool) -> Run:
    """These registrations have ended, and the cursor stands at the last of them."""
    return replace(
        run,
        step=Step.COUNTING if is_last else Step.ENDING,
        cursor=ids[-1] if ids else run.cursor,
        ended_count=run.ended_count + len(ids),
    )


def close(run: Run, *, ids: Collection[str]) -> Change[Run]:
    """All registrations have ended: these, counted from what was saved and not from what we remember."""
    digest = digest_of(ids)
    said = RegistrationRunClosed(run=run.id, conference=run.conference, count=len(ids), digest=digest)
    return Change(replace(run, step=Step.SETTLING, count=len(ids), digest=digest), (said,))


def settled(run: Run) -> Run:
    """Nothing is left to fix."""
    return replace(run, step=Step.SETTLED)


def reopened(run: Run) -> Run:
    """An offer came after all was fixed, for money that came late; it is fixed as well."""
    step = Step.SETTLING if run.step is Step.SETTLED else run.step
    return replace(run, step=step, reopened_count=run.reopened_count + 1)
