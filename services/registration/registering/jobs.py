"""What the clock ends: the time for which unpaid places are held."""

from services.registration.registering.domain import holding
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.flow import job
from shared.contracts.registration import (
    PaymentTimeEnded,
)
from shared.jobs import Claim, JobKind, Recording
from shared.mongo import Database
from shared.unit import Unit

CHOICE_LOOK_SECONDS = 60.0  # between two looks whether a choice that is over has been carried out


def unpaid_places(database: Database) -> JobKind[Registration]:
    """The registrations whose limited options are held without being paid for."""

    return JobKind("unpaid_places", REGISTRATIONS, Recording(database, end_hold), concurrency=2)


@job(of=REGISTRATIONS, emits=[PaymentTimeEnded])
def end_hold(unit: Unit, *, claim: Claim[Registration]) -> None:
    """The time for which unpaid places are held is over: payments is asked whether somebody is paying."""
    registration = unit.load(REGISTRATIONS, claim.id)
    change = holding.end_time(registration) if registration else None
    if change is not None:
        unit.save(REGISTRATIONS, change)
    until = holding.choosing_until(change.state if change else registration) if registration else None
    if until is not None:
        claim.again(unit, after_seconds=max((until - unit.now).total_seconds(), CHOICE_LOOK_SECONDS))
    else:
        claim.finish(unit)
