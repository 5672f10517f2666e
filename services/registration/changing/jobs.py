"""The engine that carries out runs of every kind, step by step.

Each step is one transaction that also moves the run on, so that a process may be killed anywhere: who claims the run
next carries on where it stands. A person who pauses or stops a run, and news that turns it back, give its job anew, so
that a step that is under way then is undone. Nothing here leaves the house; what is said travels as events.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymongo import ASCENDING

from services.registration.changing.commands.kind import Kind, OfOne
from services.registration.changing.domain import runs
from services.registration.changing.domain.runs import Mode, Run, Step
from services.registration.changing.store import RUNS
from services.registration.prices.commands.places import return_places
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.store import REGISTRATIONS
from shared.acting import following
from shared.change import Change
from shared.clock import boot_seconds
from shared.contracts.flow import acts, job
from shared.crash import point
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.telemetry import correlated
from shared.unit import Unit

CHUNK_SIZE = 500  # registrations to a transaction: far inside the database's time limit for one
LEASE_SECONDS = 6.0  # short, so that the run goes on soon after its process was killed
STEP_SECONDS_MAX = 3.0  # no step is begun with less of the lease left than this
AWAIT_SECONDS = 0.25  # between two looks for the last that is open after the deadline


@dataclass(frozen=True, slots=True)
class Engine:
    """Carries out the runs of one kind; `look_seconds` is how often it looks whether a deadline has come."""

    database: Database
    kind: Kind
    look_seconds: float

    @property
    def jobs(self) -> JobKind[Run]:
        """What its executor does; a run of another kind doesn't keep it waiting."""
        return JobKind(
            f"runs_{self.kind.name}",
            RUNS,
            self.advance,
            where={"kind": self.kind.name},
            concurrency=2,
            claim_count=2,
            lease_seconds=LEASE_SECONDS,
        )

    @acts(of=RUNS)
    def advance(self, claim: Claim[Run]) -> None:
        """Takes steps of a run while there are any and the lease lasts; the rest is claimed again."""
        run: Run | None = claim.state
        with correlated(claim.state.correlation), following(claim.state.actor):
            while run is not None and run.goes_on and boot_seconds() < claim.lease_ends - STEP_SECONDS_MAX:
                point("run.stepping")
                run = self.step(claim)
                point("run.stepped")
            self.database.run(rest, claim=claim, kind=self.kind, look_seconds=self.look_seconds)

    def step(self, claim: Claim[Run]) -> Run | None:
        """Take the next step of a run in one transaction; None when there is nothing to do now."""
        return self.database.transact(
            lambda unit: take_step(unit, claim=claim, kind=self.kind),
            emits=self.kind.emits,
            starts=frozenset({RUNS.name}),
        )


def engines(database: Database, kinds: Iterable[Kind], *, look_seconds: float) -> Sequence[Engine]:
    """One engine for each kind."""
    return [Engine(database, each, look_seconds) for each in kinds]


def take_step(unit: Unit, *, claim: Claim[Run], kind: Kind) -> Run | None:
    """Do what the run does next, and move it on; None when there is nothing to do now."""
    run = _held(unit, claim)
    if run.mode is not Mode.RUNNING or _waits(unit, run, kind=kind):
        return None
    match run.step:
        case Step.CLOSING:
            kind.close(unit, run)
            return unit.save(RUNS, Change(runs.closed(run)))
        case Step.WALKING:
            return _walk(unit, run, kind=kind)
        case Step.COUNTING:
            return _count(unit, run, kind=kind)
        case Step.SETTLING:
            return _settle(unit, run, kind=kind)
        case Step.REOPENING:
            assert kind.back is not None
            kind.back.open(unit, run)
            return unit.save(RUNS, Change(runs.gate_opened(run)))
        case Step.RESTORING:
            return _restore(unit, run, kind=kind)
        case Step.SETTLED:
            return None


@job(of=RUNS)
def rest(unit: Unit, *, claim: Claim[Run], kind: Kind, look_seconds: float) -> None:
    """Nothing more can be done now: the run is settled or held up, or goes on later."""
    run = _held(unit, claim)
    if run.goes_on and run.step is Step.SETTLING and not _is_any_open(unit, run, kind=kind):
        run = unit.save(RUNS, Change(runs.settled(run)))
    if not run.goes_on:
        claim.finish(unit)
        return
    is_waiting = _waits(unit, run, kind=kind)
    pause = look_seconds if is_waiting else _pause_seconds(run, now=unit.now, look_seconds=look_seconds)
    claim.again(unit, after_seconds=pause)


def _walk(unit: Unit, run: Run, *, kind: Kind) -> Run:
    """Do the next members, and put the cursor behind them."""
    if kind.is_moot(unit, run):
        return unit.save(RUNS, Change(runs.passed_over(run)))
    members = _find(unit, {**kind.left(run), "_id": {"$gt": run.cursor}}, index=kind.index)
    _do(unit, run, members, each=kind.each, is_marking=kind.mark is None)
    is_last = len(members) < CHUNK_SIZE
    return unit.save(RUNS, Change(runs.walked(run, ids=[each.id for each in members], is_last=is_last)))


def _count(unit: Unit, run: Run, *, kind: Kind) -> Run:
    """When nobody is left, say how many were done, and which: from what was saved, after the last chunk."""
    if _is_any(unit, kind.left(run), index=kind.index):
        return unit.save(RUNS, Change(runs.walks_again(run)))
    done = unit.of(REGISTRATIONS).find(kind.done(run), {"_id": 1}, hint=kind.mark_index, session=unit.session)
    counted = runs.counted(run, ids=[each["_id"] for each in done])
    return unit.save(RUNS, Change(counted, tuple(kind.end(unit, counted))))


def _settle(unit: Unit, run: Run, *, kind: Kind) -> Run | None:
    """After the deadline, close what is open for the next members; None before it, and when all is closed.

    Where a larger run does all of it, what is open is that run's to close, before the deadline too. Who waits for the
    end of all that was open is told when nothing is any more.
    """
    is_moot = kind.finish is not None and kind.is_moot(unit, run)
    if kind.open is None or not (is_moot or run.until is None or unit.now >= run.until):
        return None
    due = [] if is_moot else _find(unit, kind.open.due(run), index=kind.open.index)
    _do(unit, run, due, each=kind.open.close)
    if due:
        return run
    if kind.finish is None or _is_any_open(unit, run, kind=kind):
        return None
    return unit.save(RUNS, Change(runs.settled(run), tuple(kind.finish(unit, run))))


def _restore(unit: Unit, run: Run, *, kind: Kind) -> Run:
    """The run was turned back: the next members for whom something is open are as they were before it."""
    assert kind.back is not None
    assert kind.open is not None
    members = _find(unit, kind.open.where(run), index=kind.open.index)
    for registration in members:
        change = kind.back.restore(unit, run, registration)
        if change is not None:
            unmarked = tuple(each for each in change.state.runs if each != run.id)
            unit.save(REGISTRATIONS, Change(replace(change.state, runs=unmarked), change.events))
    return run if len(members) == CHUNK_SIZE else unit.save(RUNS, Change(runs.settled(run)))


def _do(unit: Unit, run: Run, registrations: Iterable[Registration], *, each: OfOne, is_marking: bool = False) -> None:
    """Do it to each of them; the places of options that stand no more are free again."""
    returned: list[str] = []
    for registration in registrations:
        change = each(unit, run, registration) or Change(registration)
        after = change.state
        if is_marking:
            after = replace(after, runs=(*after.runs, run.id))
        unit.save(REGISTRATIONS, Change(after, change.events))
        returned += sorted(_standing(registration) - _standing(after))
    return_places(unit, run.conference, returned)


def _standing(registration: Registration) -> set[str]:
    return {each.product for each in registration.options if each.is_standing}


def _find(unit: Unit, where: Mapping[str, Any], *, index: str) -> list[Registration]:
    return unit.find(REGISTRATIONS, where, sort=[("_id", ASCENDING)], limit=CHUNK_SIZE, hint=index)


def _is_any(unit: Unit, where: Mapping[str, Any], *, index: str) -> bool:
    return unit.of(REGISTRATIONS).find_one(where, {"_id": 1}, hint=index, session=unit.session) is not None


def _is_any_open(unit: Unit, run: Run, *, kind: Kind) -> bool:
    """Whether something is still open for somebody."""
    return kind.open is not None and _is_any(unit, kind.open.where(run), index=kind.open.index)


def _waits(unit: Unit, run: Run, *, kind: Kind) -> bool:
    """Whether a decision about the conference can still be undone: until then nobody is told, and no money moves."""
    if kind.goes_on_while_held:
        return False
    conference = unit.load(CONFERENCES, run.conference)
    return conference is not None and conference.is_held


def _held(unit: Unit, claim: Claim[Run]) -> Run:
    """The run as it stands; what this unit writes counts only if the claim is still ours."""
    claim.keep(unit)
    run = unit.load(RUNS, claim.id)
    assert run is not None
    return run


def _pause_seconds(run: Run, *, now: datetime, look_seconds: float) -> float:
    if run.step is not Step.SETTLING:
        return 0.0
    if run.until is not None and now < run.until:
        return min(look_seconds, (run.until - now).total_seconds())
    return AWAIT_SECONDS
