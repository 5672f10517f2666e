"""What an armed decision does by itself: all confirm it; when its time to undo is over it is carried out, once."""

from datetime import datetime
from functools import partial
from typing import cast

from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands.confirming import confirm
from services.scheduling.decisions.commands.deciding import kind_of, release
from services.scheduling.decisions.domain import decision as life
from services.scheduling.decisions.domain.decision import Decision, Doer
from services.scheduling.decisions.store.decisions import DECISIONS
from shared.acting import following
from shared.change import Change
from shared.contracts.flow import Declaration, acts, declaration, job
from shared.contracts.scheduling import DecisionWithdrawn
from shared.crash import point
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.problem import Refusal
from shared.telemetry import correlated, log
from shared.unit import Unit

CONFIRMING = cast(Declaration, declaration(confirm))
THE_CLOCK = Doer(id="", words="the end of the time to undo it")
CONFIRM_SECONDS = 1.0  # between two looks whether all have confirmed it
LEASE_SECONDS = 6.0  # short, so that it is carried out soon after its process was killed


def carrying_out(database: Database, *, look_seconds: float) -> JobKind[Decision]:
    """The job that waits for the end of the time to undo; `look_seconds` is how often it looks at the clock."""
    return JobKind(
        "decisions",
        DECISIONS,
        partial(mind_decision, database, look_seconds=look_seconds),
        concurrency=2,
        claim_count=2,
        lease_seconds=LEASE_SECONDS,
    )


@acts(of=DECISIONS)
def mind_decision(database: Database, claim: Claim[Decision], *, look_seconds: float) -> None:
    """Carries out a decision whose time to undo is over; whatever can't be done any more is given up, and undone."""
    armer = next((act.by.id for act in reversed(claim.state.history) if act.state is life.State.ARMED), "")
    kind = kind_of(claim.state.kind)
    with correlated(claim.state.correlation), following(armer):
        point("decision.minding")
        try:
            database.transact(
                lambda unit: take_step(unit, claim=claim, look_seconds=look_seconds),
                emits=kind.emits | CONFIRMING.emits,
                starts=kind.starts | CONFIRMING.may_start | {DECISIONS.name},
            )
        except Refusal as refusal:
            log.warning("decision given up", decision=claim.id, error=type(refusal).__name__)
            database.run(give_up, claim=claim, why=refusal.detail)
        point("decision.minded")


def take_step(unit: Unit, *, claim: Claim[Decision], look_seconds: float) -> None:
    """Carry it out if it is due; before that, look again later; if it was undone, nothing."""
    decision = _held(unit, claim)
    if decision.is_waiting:
        decision = confirm(unit, decision)
        if decision.state is life.State.ARMED:
            claim.again(unit, after_seconds=CONFIRM_SECONDS if decision.is_waiting else 0.0)
        else:
            claim.finish(unit)
        return
    if decision.can_be_undone(unit.now):
        assert decision.until is not None
        claim.again(unit, after_seconds=_pause_seconds(decision.until, now=unit.now, look_seconds=look_seconds))
        return
    if decision.is_due(unit.now):
        run = kind_of(decision.kind).carry_out(unit, decision)
        unit.save(DECISIONS, Change(life.carry_out(decision, run=run, by=THE_CLOCK, now=unit.now)))
    claim.finish(unit)


@job(of=DECISIONS, emits=[DecisionWithdrawn])
def give_up(unit: Unit, *, claim: Claim[Decision], why: str) -> None:
    """What can't be carried out any more is undone, and says why."""
    decision = _held(unit, claim)
    conference = unit.load(CONFERENCES, decision.conference)
    if (decision.is_waiting or decision.is_due(unit.now)) and conference is not None:
        given_up = life.give_up(decision, by=THE_CLOCK, now=unit.now, remark=why)
        release(unit, conference, before=decision, after=given_up)
    claim.finish(unit)


def _held(unit: Unit, claim: Claim[Decision]) -> Decision:
    """The decision as it stands; what this unit writes counts only if the claim is still ours."""
    claim.keep(unit)
    decision = unit.load(DECISIONS, claim.id)
    assert decision is not None
    return decision


def _pause_seconds(until: datetime, *, now: datetime, look_seconds: float) -> float:
    return min(look_seconds, (until - now).total_seconds())
