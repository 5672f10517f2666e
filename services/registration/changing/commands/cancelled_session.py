"""A cancelled session: close its places, offer the options that are seats in it another one, and give back at the
deadline what is left; or, when it takes place after all, sell its places again and leave the seats to those who have
not chosen.
"""

from collections.abc import Mapping
from typing import Any

from services.registration.changing.commands.kind import Back, Kind, Open
from services.registration.changing.domain import option_choices
from services.registration.changing.domain.runs import Run
from services.registration.changing.domain.session_runs import CANCELLED_SESSION
from services.registration.changing.store import RUNS
from services.registration.prices.domain import places, waiting
from services.registration.prices.store import CONFERENCES, OPTION_PLACES
from services.registration.registering.domain import holding
from services.registration.registering.domain.options import STANDING, OptionState
from services.registration.registering.domain.registrations import LIVE, Registration
from shared.change import Change
from shared.contracts.flow import Some, job
from shared.contracts.registration import OptionCancelled, PaymentTimeEnded, PlacesSetAside
from shared.unit import Unit

JOBS = Some(RUNS, CANCELLED_SESSION)


@job(of=JOBS)
def close_places(unit: Unit, run: Run) -> None:
    """Take nobody into the session any more; whoever had a place before this is what the run will find."""
    for counter in unit.find(OPTION_PLACES, _counters(run)):
        unit.save(OPTION_PLACES, Change(places.closed(counter)))


@job(of=JOBS, emits=[OptionCancelled, PaymentTimeEnded, PlacesSetAside])
def offer_another(unit: Unit, run: Run, registration: Registration) -> Change[Registration] | None:
    """Offer a registrant another session or the money back."""
    conference = unit.load(CONFERENCES, run.conference)
    change = option_choices.mark(registration, run=run, fees=conference.fees if conference else None)
    return holding.still_ended(change) if change else None


@job(of=JOBS, emits=[OptionCancelled, PaymentTimeEnded, PlacesSetAside])
def give_back(_unit: Unit, run: Run, registration: Registration) -> Change[Registration]:
    """After the deadline, give the money back to a registrant who has said nothing."""
    return holding.still_ended(option_choices.give_back_at_deadline(registration, session=run.cause))


@job(of=JOBS, emits=[PlacesSetAside])
def reopen_places(unit: Unit, run: Run) -> None:
    """Sell places in the session again, as many as are left when those who wait for one have theirs."""
    for counter in unit.find(OPTION_PLACES, _counters(run)):
        unit.save(OPTION_PLACES, waiting.served(places.reopened(counter)))


@job(of=JOBS)
def restore_seat(_unit: Unit, run: Run, registration: Registration) -> Change[Registration]:
    """Leave their seat to a registrant who has said nothing; who has chosen stays as they chose."""
    return option_choices.reinstate(registration, session=run.cause)


def is_moot(unit: Unit, run: Run) -> bool:
    """With its conference cancelled, everything on a registration is settled as one."""
    conference = unit.load(CONFERENCES, run.conference)
    return conference is None or conference.is_cancelled


def _counters(run: Run) -> Mapping[str, Any]:
    return {"conference": run.conference, "session": run.cause}


def _seats(run: Run, *states: OptionState) -> Mapping[str, Any]:
    """Live registrations with a seat in the session: an ended one is settled with its conference."""
    seat = {"session": run.cause, "state": {"$in": list(states)}}
    return {"options.session": run.cause, "options": {"$elemMatch": seat}, "life": {"$in": list(LIVE)}}


def _waiting(run: Run) -> Mapping[str, Any]:
    """Whose option still waits for a choice."""
    return _seats(run, OptionState.CANCELLED_BY_ORGANISER)


KIND = Kind(
    name=CANCELLED_SESSION,
    members=lambda run: _seats(run, *STANDING),
    index="option_session",
    close=close_places,
    each=offer_another,
    open=Open(where=_waiting, due=_waiting, index="option_session", close=give_back),
    back=Back(open=reopen_places, restore=restore_seat),
    is_moot=is_moot,
)
