"""Session runs: what is done about all options that were seats in one cancelled session, until the deadline is over.

Owns how far a run is, and which release had the last word on a session. A run's steps are taken by the job in `jobs`,
each in one transaction, so that it may be killed anywhere. When a later release reinstates the session, the run turns
back; when one cancels it again, a new run takes over. Both give the run's job anew, so that a step that is under way
then is undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.contracts.scheduling import SessionCancelled, SessionScheduled


class SessionStep(StrEnum):
    """What a session run does next."""

    CLOSING = "closing"  # the places: nobody can take one any more
    MARKING = "marking"  # the options, chunk by chunk: their registrants may choose
    WAITING = "waiting"  # choices come in; at the deadline what is left is given back
    REOPENING = "reopening"  # the places: the session takes place after all
    RESTORING = "restoring"  # the options that wait for a choice, chunk by chunk: they are seats again
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRun:
    """One cancelled session: what it was called, what is offered instead, and how far its options are."""

    id: str
    session: str
    conference: str
    code: str
    alternatives: tuple[str, ...]
    choose_until: datetime | None
    correlation: str
    step: SessionStep = SessionStep.CLOSING
    cursor: str = ""  # the last registration that was marked
    marked_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a session takes place, by the last release that cancelled or reinstated it; its id is the session's.

    It is what tells news that comes again, or late, from news.
    """

    id: str
    release: int
    run: str = ""  # of the last cancellation, if there was one


def is_news(event: SessionCancelled | SessionScheduled, known: Standing | None) -> bool:
    """Whether no release from this one on has had its say on the session yet."""
    return known is None or event.release > known.release


def stands(event: SessionCancelled | SessionScheduled, *, run: str) -> Standing:
    """From here on this release has the last word on the session."""
    return Standing(id=event.session, release=event.release, run=run)


def session_run_id(event: SessionCancelled) -> str:
    """A session is cancelled once by a release; reinstated, it may be cancelled again by a later one."""
    return f"{event.session}:{event.release}"


def begin(event: SessionCancelled, *, correlation: str) -> SessionRun:
    """The run of a cancelled session; its places are still to be closed."""
    return SessionRun(
        id=session_run_id(event),
        session=event.session,
        conference=event.conference,
        code=event.code or event.title,
        alternatives=event.alternatives,
        choose_until=event.choose_until,
        correlation=correlation,
    )


def places_closed(run: SessionRun) -> SessionRun:
    """Nobody can take a place any more: from now on the cursor sees every registration that ever will have one."""
    return replace(run, step=SessionStep.MARKING)


def chunk_marked(run: SessionRun, *, ids: Sequence[str], is_last: bool) -> SessionRun:
    """These registrations know that the session is cancelled, and the cursor stands at the last of them."""
    return replace(
        run,
        step=SessionStep.WAITING if is_last else SessionStep.MARKING,
        cursor=ids[-1] if ids else run.cursor,
        marked_count=run.marked_count + len(ids),
    )


def turned_back(run: SessionRun) -> SessionRun:
    """The session takes place after all, wherever the run was: its places are sold again, its options are seats."""
    return replace(run, step=SessionStep.REOPENING)


def places_reopened(run: SessionRun) -> SessionRun:
    """Places are sold again; whoever still waits for a choice is to have their seat back."""
    return replace(run, step=SessionStep.RESTORING)


def done(run: SessionRun) -> SessionRun:
    """No option waits for a choice any more, or a newer run minds those that do."""
    return replace(run, step=SessionStep.DONE)
