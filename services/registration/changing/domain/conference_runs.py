"""What a cancelled conference's run is about, from the gates to the last choice fixed."""

from dataclasses import dataclass
from datetime import date

from services.registration.changing.domain.runs import Run, told
from shared.contracts.registration import RegistrationRunClosed
from shared.contracts.scheduling import ConferenceCancelled

CANCELLED_CONFERENCE = "cancelled_conference"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledConference:
    """What the committee decided: by which day registrants choose, and what becomes of the money of who doesn't."""

    cancelled_on: date
    choose_by: date
    default_choice: str


def begin(event: ConferenceCancelled, *, correlation: str, actor: str = "") -> Run:
    """The run of a cancellation; sales have stopped, the gates are still to be closed."""
    decided = CancelledConference(
        cancelled_on=event.cancelled_on, choose_by=event.choose_by, default_choice=event.default_choice
    )
    return Run(
        id=event.run,
        kind=CANCELLED_CONFERENCE,
        cause=event.conference,
        conference=event.conference,
        correlation=correlation,
        actor=actor,
        until=event.choose_until,
        facts=told(decided),
    )


def closing(run: Run) -> RegistrationRunClosed:
    """The word that all registrations of the conference have ended: so many, and exactly these."""
    assert run.count is not None
    assert run.digest is not None
    return RegistrationRunClosed(run=run.id, conference=run.conference, count=run.count, digest=run.digest)
