"""A postponed conference: everybody stays registered and is asked, and who would rather have the money leaves.

The run closes twice: whom it has asked, and, when the last day for choosing is over, who has left by it. A cancellation
that comes first takes those who are still there, and what they were asked is void.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.changing.commands.kind import Kind, Open
from services.registration.changing.domain import leaving, moving
from services.registration.changing.domain.runs import Run, facts_of, told
from services.registration.changing.store import RUNS
from services.registration.payers.store import ORDERS
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.gates import CONFIRMING_GATE, closed, gate_id, gate_ids, reopened
from services.registration.registering.domain.registrations import LIVE, Registration, heard
from services.registration.registering.store import GATES, REGISTRATIONS, StoryBroken
from shared.change import Change
from shared.contracts.flow import Some, job
from shared.contracts.registration import (
    OptionPaid,
    OrderPostponed,
    PlacesSetAside,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationPostponed,
    RunLeaversClosed,
    RunPopulationClosed,
)
from shared.contracts.scheduling import ConferencePostponed
from shared.ids import digest_of
from shared.unit import Unit

POSTPONED_CONFERENCE = "postponed_conference"
JOBS = Some(RUNS, POSTPONED_CONFERENCE)
REASON = "The conference was postponed, and the money was asked back."
BY_CHOICE = "the payer's choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponedConference:
    """What holds for who says nothing."""

    default_choice: str


def begin(event: ConferencePostponed, *, correlation: str, actor: str = "") -> Run:
    """The run of a postponement; its gates are closed but for the one through which payments come."""
    return Run(
        id=event.run,
        kind=POSTPONED_CONFERENCE,
        cause=event.conference,
        conference=event.conference,
        correlation=correlation,
        actor=actor,
        until=event.choose_until,
        facts=told(PostponedConference(default_choice=event.default_choice)),
    )


@job(of=JOBS)
def shut_entrance(unit: Unit, run: Run) -> None:
    """Nobody new comes in; who is there may pay, and is confirmed."""
    ids, paying = gate_ids(run.conference), gate_id(run.conference, CONFIRMING_GATE)
    unit.preload((GATES, id_) for id_ in ids)
    for id_ in ids:
        gate = unit.load(GATES, id_)
        if gate is not None:
            unit.save(GATES, Change(reopened(gate) if id_ == paying and not is_moot(unit, run) else closed(gate)))


@job(of=JOBS, emits=[RegistrationPostponed, OrderPostponed, RegistrationConfirmed, OptionPaid])
def ask(unit: Unit, run: Run, registration: Registration) -> Change[Registration]:
    """Ask the payer of one registration; what payments said while the decision could be undone is true first."""
    before = heard(registration) or Change(registration)
    default = facts_of(run, PostponedConference).default_choice
    change = moving.offer(before.state, run=run, default_choice=default)
    if registration.is_of_several:
        _ask_payer(unit, run, change.state, default_choice=default)
    return Change(change.state, (*before.events, *change.events))


def _ask_payer(unit: Unit, run: Run, registration: Registration, *, default_choice: str) -> None:
    """The last of an order of several is asked about: its payer is asked once, about all of them."""
    order = unit.load(ORDERS, registration.order)
    if order is None:
        raise StoryBroken(f"{registration.order} was never placed here")
    unit.preload((REGISTRATIONS, each) for each in order.registrations)
    found = [unit.load(REGISTRATIONS, each) for each in order.registrations]
    members = [registration if each.id == registration.id else each for each in found if each is not None]
    live = [each for each in members if each.is_live]
    if any(each.choosing != run.id for each in live):
        return
    assert run.until is not None
    said = OrderPostponed(
        order=order.id,
        conference=order.conference,
        payer=order.payer,
        run=run.id,
        registrations=tuple(each.id for each in live),
        choose_until=run.until,
        default_choice=default_choice,
    )
    unit.save(ORDERS, Change(order, (said,)))


@job(of=JOBS, emits=[RunPopulationClosed])
def close_population(_unit: Unit, run: Run) -> Sequence[RunPopulationClosed]:
    """Say how many were asked, and which."""
    assert run.count is not None
    assert run.digest is not None
    return (RunPopulationClosed(run=run.id, conference=run.conference, count=run.count, digest=run.digest),)


@job(of=JOBS, emits=[RegistrationLeft, PlacesSetAside])
def fix_choice(unit: Unit, run: Run, registration: Registration) -> Change[Registration]:
    """The last day is over: who asked for the money leaves, and the others stay."""
    final = moving.fix(registration, run=run)
    if moving.final_choice(final, run=run.id) != moving.REFUND:
        return Change(final)
    return leaving.leave(final, reason=REASON, by=BY_CHOICE, cause=moving.MOVED, run=run.id, now=unit.now)


@job(of=JOBS, emits=[RunLeaversClosed])
def close_leavers(unit: Unit, run: Run) -> Sequence[RunLeaversClosed]:
    """Say how many have left by it, and which: from what was saved."""
    where = {"conference": run.conference, "runs": run.id, "moves": {"$elemMatch": _left_by(run)}}
    left = [each["_id"] for each in unit.of(REGISTRATIONS).find(where, {"_id": 1}, hint="life", session=unit.session)]
    return (RunLeaversClosed(run=run.id, conference=run.conference, count=len(left), digest=digest_of(left)),)


def _left_by(run: Run) -> dict[str, Any]:
    return {"run": run.id, "state": "final", "choice": moving.REFUND}


def is_moot(unit: Unit, run: Run) -> bool:
    """Whether the conference is cancelled after all: that settles everybody who is there."""
    conference = unit.load(CONFERENCES, run.conference)
    return conference is None or conference.is_cancelled


def _choosing(run: Run) -> Mapping[str, Any]:
    return {"choosing": run.id}


KIND = Kind(
    name=POSTPONED_CONFERENCE,
    members=lambda run: {"conference": run.conference, "life": {"$in": list(LIVE)}},
    index="life",
    close=shut_entrance,
    each=ask,
    end=close_population,
    open=Open(where=_choosing, due=_choosing, index="choosing", close=fix_choice),
    finish=close_leavers,
    is_moot=is_moot,
)
