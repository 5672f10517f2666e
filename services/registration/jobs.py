"""The run of a cancellation, step by step: close the gates, end the registrations, fix the choices at the deadline.

Each step is one transaction that also moves the run on, so that a process may be killed anywhere: who claims the run
next carries on where it stands. Nothing here leaves the house; what is said travels as events.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from pymongo import ASCENDING

from services.registration import runs, settlement
from services.registration.conferences import closed, gate_ids
from services.registration.domain import LIVE, Settling
from services.registration.runs import Run, Step
from services.registration.store import GATES, REGISTRATIONS, RUNS
from shared.change import Change
from shared.clock import boot_seconds
from shared.contracts.flow import job
from shared.contracts.registration import RegistrationCancelled, RegistrationRunClosed, SettlementFixed
from shared.crash import point
from shared.jobs import Claim, JobKind
from shared.mongo import Database, Unit
from shared.telemetry import correlated

CHUNK_SIZE = 500  # registrations to a transaction: far inside the database's time limit for one
LEASE_SECONDS = 6.0  # short, so that the run goes on soon after its process was killed
STEP_SECONDS_MAX = 3.0  # no step is begun with less of the lease left than this
AWAIT_SECONDS = 0.25  # between two looks for the last offers after the deadline


def cancellation_runs(database: Database, *, look_seconds: float) -> JobKind[Run]:
    """The one kind of job here; `look_seconds` is how often it looks whether the deadline has come."""
    return JobKind(
        "cancellation_runs",
        RUNS,
        partial(_advance, database, look_seconds=look_seconds),
        concurrency=2,
        claim_count=2,
        lease_seconds=LEASE_SECONDS,
    )


@job()
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


@job(emits=[RegistrationCancelled])
def end_chunk(unit: Unit, *, claim: Claim[Run]) -> Run:
    """End the next registrations, paid or not, and put the cursor behind them."""
    run = _held(unit, claim)
    where = {"conference": run.conference, "life": {"$in": list(LIVE)}, "_id": {"$gt": run.cursor}}
    live = unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint="life")
    for registration in live:
        unit.save(REGISTRATIONS, settlement.end(registration, run=run))
    ids = [each.id for each in live]
    return unit.save(RUNS, Change(runs.chunk_ended(run, ids=ids, is_last=len(live) < CHUNK_SIZE)))


@job(emits=[RegistrationRunClosed])
def close_run(unit: Unit, *, claim: Claim[Run]) -> Run:
    """Say how many registrations have ended, and which: from what was saved, after the last chunk."""
    run = _held(unit, claim)
    ended = unit.of(REGISTRATIONS).find({"run": run.id}, {"_id": 1}, hint="settling", session=unit.session)
    return unit.save(RUNS, runs.close(run, ids=[each["_id"] for each in ended]))


@job(emits=[SettlementFixed])
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


@job()
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


def _advance(database: Database, claim: Claim[Run], *, look_seconds: float) -> None:
    """Take steps while there are any and the lease lasts; what is left is claimed again from where it stands."""
    run: Run | None = claim.state
    with correlated(claim.state.correlation):
        while run is not None and run.step in STEPS and boot_seconds() < claim.lease_ends - STEP_SECONDS_MAX:
            point("run.stepping")
            run = database.run(STEPS[run.step], claim=claim)
            point("run.stepped")
        database.run(rest, claim=claim, look_seconds=look_seconds)


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
