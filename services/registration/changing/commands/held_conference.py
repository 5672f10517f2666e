"""A decision about a conference is set going and can be undone: its gates are closed, and open again if it is.

Nobody is ended and nobody is told. The run has no members to walk to: it closes the gates, counts who is there, and if
it is turned back opens them and makes true what payments said meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.changing.commands.cancelled_conference import close_gates
from services.registration.changing.commands.kind import Back, Kind, Open
from services.registration.changing.domain.runs import Run
from services.registration.changing.store import RUNS
from services.registration.prices.store import CONFERENCES
from services.registration.registering.commands import put_on_order
from services.registration.registering.domain.gates import CONFIRMING_GATE, entered, gate_id, gate_ids, reopened
from services.registration.registering.domain.owed_seats import on_order
from services.registration.registering.domain.registrations import LIVE, Registration, heard
from services.registration.registering.store import GATES, ON_NO_ORDER, OWED_SEATS
from shared.change import Change
from shared.contracts.flow import Some, job
from shared.contracts.registration import OptionAdded, OptionPaid, RegistrationConfirmed, RegistrationsHeld
from shared.contracts.scheduling import DecisionArmed
from shared.unit import Unit

HELD_CONFERENCE = "held_conference"
JOBS = Some(RUNS, HELD_CONFERENCE)


def begin(event: DecisionArmed, *, correlation: str, actor: str = "") -> Run:
    """The run of a decision, under the decision's own id; the gates are still to be closed."""
    return Run(
        id=event.decision,
        kind=HELD_CONFERENCE,
        cause=event.decision,
        conference=event.conference,
        correlation=correlation,
        actor=actor,
        until=event.until,
    )


@job(of=JOBS, emits=[RegistrationsHeld])
def count_live(_unit: Unit, run: Run) -> Sequence[RegistrationsHeld]:
    """Say how many registrations are there behind closed gates, and which."""
    assert run.count is not None
    assert run.digest is not None
    return (RegistrationsHeld(decision=run.id, conference=run.conference, count=run.count, digest=run.digest),)


@job(of=JOBS, emits=[OptionAdded])
def open_gates(unit: Unit, run: Run) -> None:
    """Open the gates again, unless another decision holds the conference by now, or it was cancelled.

    Seats that were taken from waitlists meanwhile become lines of their owners' orders.
    """
    conference = unit.load(CONFERENCES, run.conference)
    if conference is None or conference.is_cancelled or conference.is_held:
        return
    is_entrance_shut = conference.is_postponed  # who is there pays and is confirmed; nobody comes in
    ids = (gate_id(run.conference, CONFIRMING_GATE),) if is_entrance_shut else gate_ids(run.conference)
    unit.preload((GATES, id_) for id_ in ids)
    for id_ in ids:
        gate = unit.load(GATES, id_)
        if gate is not None:
            unit.save(GATES, Change(reopened(gate)))
    for seat in unit.find(OWED_SEATS, {"conference": run.conference, **ON_NO_ORDER, "claim": {"$ne": 0}}):
        if put_on_order(unit, seat):  # taken meanwhile; those of before claims were told are the desk's
            unit.save(OWED_SEATS, Change(on_order(seat)))


@job(of=JOBS, emits=[RegistrationConfirmed, OptionPaid])
def make_true(unit: Unit, _run: Run, registration: Registration) -> Change[Registration] | None:
    """What payments said while the gates were closed is true; is the gate closed again, it goes on being kept."""
    gate = unit.load(GATES, gate_id(registration.conference, CONFIRMING_GATE))
    if gate is None or not gate.is_open:
        return None
    unit.save(GATES, Change(entered(gate)))
    return heard(registration)


def leave_as_it_is(_unit: Unit, _run: Run, _registration: Registration) -> None:
    """Nothing happens to anybody while a decision can be undone."""


def _nobody(_run: Run) -> Mapping[str, Any]:
    return {"conference": "", "life": ""}


def _live(run: Run) -> Mapping[str, Any]:
    return {"conference": run.conference, "life": {"$in": list(LIVE)}}


def _waiting(run: Run) -> Mapping[str, Any]:
    return {**_live(run), "held.0": {"$exists": True}}


KIND = Kind(
    name=HELD_CONFERENCE,
    members=_nobody,
    index="life",
    close=close_gates,
    each=leave_as_it_is,
    mark=_live,
    end=count_live,
    open=Open(where=_waiting, due=_nobody, index="life", close=leave_as_it_is),
    back=Back(open=open_gates, restore=make_true),
    goes_on_while_held=True,
)
