"""What the draft leaves for later: the cast of a cancelled conference is told of, a chunk to a transaction.

A process may be killed anywhere: who claims the run next carries on behind the cursor.
"""

from functools import partial

from services.scheduling.programme.domain import cast_run
from services.scheduling.programme.domain.cast_list import cast_list
from services.scheduling.programme.domain.cast_run import CastRun
from services.scheduling.programme.store.programme import CAST_RUNS, FAREWELLS, SESSIONS
from shared.acting import following
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.contracts.scheduling import SpeakingCancelled, SpeakingRunClosed
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.telemetry import correlated
from shared.unit import Unit

FAREWELL_COUNT = 500  # persons to a transaction: a short event for each


def cast_runs(database: Database) -> JobKind[CastRun]:
    """The job that takes a chunk of a cancelled conference's cast at a time."""
    return JobKind("cast_runs", CAST_RUNS, partial(bid_farewell, database), claim_count=1)


@acts(of=CAST_RUNS)
def bid_farewell(database: Database, claim: Claim[CastRun]) -> None:
    """Goes through the cast of a cancelled conference, a chunk at a time."""
    with correlated(claim.state.correlation), following(claim.state.actor):
        database.run(say_farewells, claim=claim)


@job(of=CAST_RUNS, emits=[SpeakingCancelled, SpeakingRunClosed])
def say_farewells(unit: Unit, *, claim: Claim[CastRun]) -> None:
    """Tell of the next people who were to speak, each in an event of their own; close the run when nobody is left."""
    run = unit.load(CAST_RUNS, claim.id)
    assert run is not None
    cast = cast_list(unit.find(SESSIONS, {"conference": run.conference}, sort=[("code", 1)]))
    chunk = [each for each in cast if each.person > run.cursor][:FAREWELL_COUNT]
    for speaking in chunk:
        unit.create(FAREWELLS, cast_run.farewell(run, speaking))
    if chunk:
        unit.save(CAST_RUNS, Change(cast_run.chunk_said(run, chunk)))
        claim.again(unit, after_seconds=0)
    else:
        found = unit.of(FAREWELLS).find({"run": run.id}, {"_id": 1}, session=unit.session)
        unit.save(CAST_RUNS, cast_run.close(run, ids=[each["_id"] for each in found]))
        claim.finish(unit)
