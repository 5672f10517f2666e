"""A cancelled conference: close its gates, end every registration, and fix the choices at the deadline."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.changing.commands.ending import end_with_order
from services.registration.changing.commands.kind import Kind, Open
from services.registration.changing.domain import settlement
from services.registration.changing.domain.conference_runs import CANCELLED_CONFERENCE, closing
from services.registration.changing.domain.runs import Run
from services.registration.changing.store import RUNS
from services.registration.registering.domain.gates import closed, gate_ids
from services.registration.registering.domain.registrations import LIVE, Registration, Settling
from services.registration.registering.store import GATES
from shared.change import Change
from shared.contracts.flow import Some, job
from shared.contracts.registration import OrderEnded, RegistrationCancelled, RegistrationRunClosed, SettlementFixed
from shared.unit import Unit

JOBS = Some(RUNS, CANCELLED_CONFERENCE)


@job(of=JOBS)
def close_gates(unit: Unit, run: Run) -> None:
    """Close all gates of the conference; what was committed before this is what the run will find."""
    ids = gate_ids(run.conference)
    unit.preload((GATES, id_) for id_ in ids)
    for id_ in ids:
        gate = unit.load(GATES, id_)
        if gate is not None:  # there are none when registration was never opened
            unit.save(GATES, Change(closed(gate)))


@job(of=JOBS, emits=[RegistrationCancelled, OrderEnded])
def end_registration(unit: Unit, run: Run, registration: Registration) -> Change[Registration]:
    """End a registration, paid or not; the last of an order of several ends the order."""
    return end_with_order(unit, registration, run=run)


@job(of=JOBS, emits=[RegistrationRunClosed])
def close_run(_unit: Unit, run: Run) -> Sequence[RegistrationRunClosed]:
    """Say how many registrations have ended, and which."""
    return (closing(run),)


@job(of=JOBS, emits=[SettlementFixed])
def fix_choice(unit: Unit, _run: Run, registration: Registration) -> Change[Registration]:
    """After the deadline, make a choice final, or the default where there is none."""
    return settlement.fix_at_deadline(registration, now=unit.now)


def _settling(run: Run, *states: Settling) -> Mapping[str, Any]:
    return {"run": run.id, "settling": {"$in": list(states)}}


KIND = Kind(
    name=CANCELLED_CONFERENCE,
    members=lambda run: {"conference": run.conference, "life": {"$in": list(LIVE)}},
    index="life",
    close=close_gates,
    each=end_registration,
    mark=lambda run: {"run": run.id},
    mark_index="settling",
    end=close_run,
    open=Open(
        where=lambda run: _settling(run, Settling.AWAITED, Settling.OFFERED),
        due=lambda run: _settling(run, Settling.OFFERED),
        index="settling",
        close=fix_choice,
    ),
    goes_on_while_held=True,
)
