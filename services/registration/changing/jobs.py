"""Runs, step by step.

Of a cancelled conference: close the gates, end the registrations, fix the choices at the deadline. Of a cancelled
session: close its places, mark the options that are seats in it, give back at the deadline what is left; or, when it
takes place after all, sell its places again and leave the seats to those who have not chosen.

Each step is one transaction that also moves the run on, so that a process may be killed anywhere: who claims the run
next carries on where it stands. Nothing here leaves the house; what is said travels as events.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from pymongo import ASCENDING

from services.registration.changing.domain import option_choices, runs, session_runs, settlement
from services.registration.changing.domain.runs import Run, Step
from services.registration.changing.domain.session_runs import SessionRun, SessionStep
from services.registration.changing.store import RUNS, SESSION_RUNS
from services.registration.prices.commands.places import return_places
from services.registration.prices.domain import places, waiting
from services.registration.prices.store import CONFERENCES, OPTION_PLACES
from services.registration.registering.domain import holding
from services.registration.registering.domain.gates import closed, gate_ids
from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import LIVE, Registration, Settling
from services.registration.registering.store import GATES, REGISTRATIONS
from shared.change import Change
from shared.clock import boot_seconds
from shared.contracts.flow import acts, job
from shared.contracts.registration import (
    OptionCancelled,
    PaymentTimeEnded,
    PlacesSetAside,
    RegistrationCancelled,
    RegistrationRunClosed,
    SettlementFixed,
)
from shared.crash import point
from shared.jobs import Claim, JobKind
from shared.mongo import Database, Unit
from shared.telemetry import correlated

CHUNK_SIZE = 500  # registrations to a transaction: far inside the database's time limit for one
LEASE_SECONDS = 6.0  # short, so that the run goes on soon after its process was killed
STEP_SECONDS_MAX = 3.0  # no step is begun with less of the lease left than this
AWAIT_SECONDS = 0.25  # between two looks for the last offers after the deadline


def cancellation_runs(database: Database, *, look_seconds: float) -> JobKind[Run]:
    """The runs of cancelled conferences; `look_seconds` is how often they look whether the deadline has come."""
    return JobKind(
        "cancellation_runs",
        RUNS,
        partial(advance_run, database, steps=STEPS, pause=rest, look_seconds=look_seconds),
        concurrency=2,
        claim_count=2,
        lease_seconds=LEASE_SECONDS,
    )


def cancelled_sessions(database: Database, *, look_seconds: float) -> JobKind[SessionRun]:
    """The runs of cancelled sessions; `look_seconds` is how often they look whether the deadline has come."""
    return JobKind(
        "cancelled_sessions",
        SESSION_RUNS,
        partial(advance_session_run, database, steps=SESSION_STEPS, pause=rest_session, look_seconds=look_seconds),
        concurrency=2,
        claim_count=2,
        lease_seconds=LEASE_SECONDS,
    )


# a cancelled conference


@job(of=RUNS)
def close_gates(unit: Unit, *, claim: Claim[Run]) -> Run:
    """Close all gates of the conference; what was committed before this is what the cursor will find."""
    run = _held(unit, claim)
    ids = gate_ids(run.conference)
    unit.preload((GATES, id_) for id_ in ids)
    for id_ in ids:
        gate = unit.load(GATES, id_)
        if gate is not None:  # there are none when registration was never opened
            unit.save(GATES, Change(closed(gate)))
    return unit.save(RUNS, Change(runs.gates_closed(run)))


@job(of=RUNS, emits=[RegistrationCancelled])
def end_chunk(unit: Unit, *, claim: Claim[Run]) -> Run:
    """End the next registrations, paid or not, and put the cursor behind them."""
    run = _held(unit, claim)
    where = {"conference": run.conference, "life": {"$in": list(LIVE)}, "_id": {"$gt": run.cursor}}
    live = unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint="life")
    for registration in live:
        unit.save(REGISTRATIONS, settlement.end(registration, run=run))
    return_places(unit, run.conference, _standing_products(live))
    ids = [each.id for each in live]
    return unit.save(RUNS, Change(runs.chunk_ended(run, ids=ids, is_last=len(live) < CHUNK_SIZE)))


@job(of=RUNS, emits=[RegistrationRunClosed])
def close_run(unit: Unit, *, claim: Claim[Run]) -> Run:
    """Say how many registrations have ended, and which: from what was saved, after the last chunk."""
    run = _held(unit, claim)
    ended = unit.of(REGISTRATIONS).find({"run": run.id}, {"_id": 1}, hint="settling", session=unit.session)
    return unit.save(RUNS, runs.close(run, ids=[each["_id"] for each in ended]))


@job(of=RUNS, emits=[SettlementFixed])
def fix_chunk(unit: Unit, *, claim: Claim[Run]) -> Run | None:
    """After the deadline, make the next choices final, the default where there is none; None when all are."""
    run = _held(unit, claim)
    if unit.now < run.choose_until:
        return None
    where = {"run": run.id, "settling": Settling.OFFERED}
    offered = unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint="settling")
    for registration in offered:
        unit.save(REGISTRATIONS, settlement.fix_at_deadline(registration, now=unit.now))
    return run if offered else None


@job(of=RUNS)
def rest(unit: Unit, *, claim: Claim[Run], look_seconds: float) -> None:
    """Nothing more can be done now: the run is settled, or goes on later."""
    run = _held(unit, claim)
    if run.step is Step.SETTLING and not _is_any_open(unit, run):
        unit.save(RUNS, Change(runs.settled(run)))
        claim.finish(unit)
        return
    claim.again(unit, after_seconds=_pause_seconds(run, now=unit.now, look_seconds=look_seconds))


STEPS: Mapping[Step, Callable[..., Run | None]] = {
    Step.CLOSING: close_gates,
    Step.ENDING: end_chunk,
    Step.COUNTING: close_run,
    Step.SETTLING: fix_chunk,
}


# a cancelled session


@job(of=SESSION_RUNS)
def close_places(unit: Unit, *, claim: Claim[SessionRun]) -> SessionRun:
    """Take nobody into the session any more; whoever had a place before this is what the cursor will find."""
    run = _held_session(unit, claim)
    where = {"conference": run.conference, "session": run.session}
    for counter in unit.find(OPTION_PLACES, where):
        unit.save(OPTION_PLACES, Change(places.closed(counter)))
    return unit.save(SESSION_RUNS, Change(session_runs.places_closed(run)))


@job(of=SESSION_RUNS, emits=[OptionCancelled, PaymentTimeEnded, PlacesSetAside])
def mark_chunk(unit: Unit, *, claim: Claim[SessionRun]) -> SessionRun:
    """Offer the next registrants another session or the money back, and put the cursor behind them."""
    run = _held_session(unit, claim)
    conference = unit.load(CONFERENCES, run.conference)
    if conference is None or conference.is_cancelled:  # then everything on a registration is settled as one
        return unit.save(SESSION_RUNS, Change(session_runs.chunk_marked(run, ids=(), is_last=True)))
    where = {"options.session": run.session, "_id": {"$gt": run.cursor}}
    found = unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint="option_session")
    returned = []
    for registration in found:
        change = option_choices.mark(registration, run=run, fees=conference.fees)
        if change is not None:
            unit.save(REGISTRATIONS, holding.still_ended(change))
            returned += _returned(change)
    return_places(unit, run.conference, returned)
    is_last = len(found) < CHUNK_SIZE
    return unit.save(
        SESSION_RUNS, Change(session_runs.chunk_marked(run, ids=[each.id for each in found], is_last=is_last))
    )


@job(of=SESSION_RUNS, emits=[OptionCancelled, PaymentTimeEnded, PlacesSetAside])
def give_back_chunk(unit: Unit, *, claim: Claim[SessionRun]) -> SessionRun | None:
    """After the deadline, give the money back to the next who have said nothing; None when nobody is left."""
    run = _held_session(unit, claim)
    if run.choose_until is not None and unit.now < run.choose_until:
        return None
    where = _waiting(run)
    found = unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint="option_session")
    returned = []
    for registration in found:
        change = option_choices.give_back_at_deadline(registration, session=run.session)
        unit.save(REGISTRATIONS, holding.still_ended(change))
        returned += _returned(change)
    return_places(unit, run.conference, returned)
    return run if found else None


@job(of=SESSION_RUNS, emits=[PlacesSetAside])
def reopen_places(unit: Unit, *, claim: Claim[SessionRun]) -> SessionRun:
    """Sell places in the session again, as many as are left when those who wait for one have theirs."""
    run = _held_session(unit, claim)
    for counter in unit.find(OPTION_PLACES, {"conference": run.conference, "session": run.session}):
        unit.save(OPTION_PLACES, waiting.served(places.reopened(counter)))
    return unit.save(SESSION_RUNS, Change(session_runs.places_reopened(run)))


@job(of=SESSION_RUNS)
def restore_chunk(unit: Unit, *, claim: Claim[SessionRun]) -> SessionRun:
    """Leave their seats to the next who have said nothing; who has chosen stays as they chose."""
    run = _held_session(unit, claim)
    where = _waiting(run)
    found = unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint="option_session")
    for registration in found:
        unit.save(REGISTRATIONS, option_choices.reinstate(registration, session=run.session))
    return run if len(found) == CHUNK_SIZE else unit.save(SESSION_RUNS, Change(session_runs.done(run)))


@job(of=SESSION_RUNS)
def rest_session(unit: Unit, *, claim: Claim[SessionRun], look_seconds: float) -> None:
    """Nothing more can be done now: nobody has anything to choose any more, or the deadline is still to come."""
    run = _held_session(unit, claim)
    is_any_waiting = unit.of(REGISTRATIONS).find_one(
        _waiting(run), {"_id": 1}, hint="option_session", session=unit.session
    )
    is_over = run.step is SessionStep.WAITING and is_any_waiting is None
    if is_over or run.step is SessionStep.DONE:  # done by itself, or because a newer run has taken over
        unit.save(SESSION_RUNS, Change(session_runs.done(run)))
        claim.finish(unit)
        return
    is_waiting = run.step is SessionStep.WAITING and run.choose_until is not None and unit.now < run.choose_until
    left_seconds = (run.choose_until - unit.now).total_seconds() if run.choose_until else 0.0
    claim.again(unit, after_seconds=min(look_seconds, left_seconds) if is_waiting else 0.0)


SESSION_STEPS: Mapping[SessionStep, Callable[..., SessionRun | None]] = {
    SessionStep.CLOSING: close_places,
    SessionStep.MARKING: mark_chunk,
    SessionStep.WAITING: give_back_chunk,
    SessionStep.REOPENING: reopen_places,
    SessionStep.RESTORING: restore_chunk,
}


def _held_session(unit: Unit, claim: Claim[SessionRun]) -> SessionRun:
    claim.keep(unit)
    run = unit.load(SESSION_RUNS, claim.id)
    assert run is not None
    return run


def _waiting(run: SessionRun) -> dict[str, Any]:
    """Whose option still waits for a choice: nobody's whose registration has ended with its conference."""
    seat = {"session": run.session, "state": OptionState.CANCELLED_BY_ORGANISER}
    return {"options.session": run.session, "options": {"$elemMatch": seat}, "life": {"$in": list(LIVE)}}


def _returned(change: Change[Registration]) -> list[str]:
    """The options whose places are free again."""
    return [said.product for said in change.events if isinstance(said, OptionCancelled)]


def _standing_products(registrations: Iterable[Registration]) -> Iterator[str]:
    return (each.product for registration in registrations for each in registration.options if each.is_standing)


# both


@acts(of=RUNS)
def advance_run(
    database: Database,
    claim: Claim[Run],
    *,
    steps: Mapping[Any, Callable[..., Any]],
    pause: Callable[..., None],
    look_seconds: float,
) -> None:
    """Takes the steps of a cancelled conference's run while the lease lasts; the rest is claimed again."""
    _advance(database, claim, steps=steps, pause=pause, look_seconds=look_seconds)


@acts(of=SESSION_RUNS)
def advance_session_run(
    database: Database,
    claim: Claim[SessionRun],
    *,
    steps: Mapping[Any, Callable[..., Any]],
    pause: Callable[..., None],
    look_seconds: float,
) -> None:
    """Takes the steps of a cancelled session's run while the lease lasts; the rest is claimed again."""
    _advance(database, claim, steps=steps, pause=pause, look_seconds=look_seconds)


def _advance(
    database: Database,
    claim: Claim[Any],
    *,
    steps: Mapping[Any, Callable[..., Any]],
    pause: Callable[..., None],
    look_seconds: float,
) -> None:
    """Take steps while there are any and the lease lasts; what is left is claimed again from where it stands."""
    run = claim.state
    with correlated(claim.state.correlation):
        while run is not None and run.step in steps and boot_seconds() < claim.lease_ends - STEP_SECONDS_MAX:
            point("run.stepping")
            run = database.run(steps[run.step], claim=claim)
            point("run.stepped")
        database.run(pause, claim=claim, look_seconds=look_seconds)


def _held(unit: Unit, claim: Claim[Run]) -> Run:
    """The run as it stands; what this unit writes counts only if the claim is still ours."""
    claim.keep(unit)
    run = unit.load(RUNS, claim.id)
    assert run is not None
    return run


def _is_any_open(unit: Unit, run: Run) -> bool:
    """Whether some registration still waits for its offer or for its choice to be fixed."""
    where = {"run": run.id, "settling": {"$in": [Settling.AWAITED, Settling.OFFERED]}}
    return unit.of(REGISTRATIONS).find_one(where, {"_id": 1}, hint="settling", session=unit.session) is not None


def _pause_seconds(run: Run, *, now: datetime, look_seconds: float) -> float:
    if run.step is not Step.SETTLING:
        return 0.0
    if now < run.choose_until:
        return min(look_seconds, (run.choose_until - now).total_seconds())
    return AWAIT_SECONDS
