"""What a cancelled session's run is about, and which release had the last word on a session.

When a later release reinstates the session, its run is turned back; when one cancels it again, a new run takes over.
"""

from dataclasses import dataclass

from services.registration.changing.domain.runs import Run, told
from shared.contracts.scheduling import SessionCancelled, SessionScheduled

CANCELLED_SESSION = "cancelled_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledSession:
    """What the session was called on the programme, and which others are offered instead."""

    code: str
    alternatives: tuple[str, ...]


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


def begin(event: SessionCancelled, *, correlation: str, actor: str = "") -> Run:
    """The run of a cancelled session; its places are still to be closed."""
    return Run(
        id=session_run_id(event),
        kind=CANCELLED_SESSION,
        cause=event.session,
        conference=event.conference,
        correlation=correlation,
        actor=actor,
        until=event.choose_until,
        facts=told(CancelledSession(code=event.code or event.title, alternatives=event.alternatives)),
    )
