"""What scheduling hears: what is at stake for a conference, and what comes back after a decision.

Events of different aggregates arrive in any order: a message may be accepted before registration has closed its run.
So every handler only adds what it knows; whether anything is missing is judged from all of it.
"""

from collections.abc import Callable
from typing import Any

from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.decisions.commands.following import follow
from services.scheduling.decisions.domain import decision as life
from services.scheduling.decisions.domain import disruption
from services.scheduling.decisions.domain import stakes as at_stake
from services.scheduling.decisions.domain.disruption import (
    CANCELLED,
    MESSAGE_PURPOSES,
    Disruption,
    Report,
    ended_id,
    told_id,
)
from services.scheduling.decisions.domain.stakes import Bill, Stakes
from services.scheduling.decisions.store.decisions import BILLS, DECISIONS, DISRUPTIONS, REPORTS, STAKES
from shared.change import Change
from shared.collection import Collection
from shared.contracts.flow import consumes
from shared.contracts.notifications import MessageAccepted, MessageBounced, RecipientTold
from shared.contracts.payments import PaymentCaptured, RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.contracts.registration import (
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationRunClosed,
    RegistrationsHeld,
    RunLeaversClosed,
    RunPopulationClosed,
    RunSteered,
)
from shared.ids import is_payer
from shared.jobs import due
from shared.unit import Unit

Wanted = list[tuple[Collection[Any], str]]


def _record(
    event: RunSteered
    | RegistrationRunClosed
    | RunPopulationClosed
    | RunLeaversClosed
    | RefundRunAdvanced
    | RefundRunCompleted
    | RefundRunReopened,
) -> Wanted:
    return [(DISRUPTIONS, event.run)]


def _stakes(event: RegistrationConfirmed | RegistrationLeft | PaymentCaptured) -> Wanted:
    return [(STAKES, event.conference), (BILLS, event.registration)]


def _ending(event: RegistrationCancelled) -> Wanted:
    return [(DISRUPTIONS, event.run), (REPORTS, ended_id(event.run, event.registration))]


def _message(event: MessageAccepted | MessageBounced | RecipientTold) -> Wanted:
    if not _is_about_registration(event):
        return []
    run = getattr(event, "run", None)
    return [(DISRUPTIONS, run), (REPORTS, told_id(run, event.subject))] if run else [(CONFERENCES, event.conference)]


def _is_about_registration(event: MessageAccepted | MessageBounced | RecipientTold) -> bool:
    """Whether it is a registrant who is told of a decision; speakers without a registration are told as well, and
    who pays for several, which is no word to any of them."""
    return event.purpose in MESSAGE_PURPOSES and event.subject != event.conference and not is_payer(event.recipient)


@consumes(RegistrationConfirmed, needs=_stakes)
def raise_stakes(event: RegistrationConfirmed, unit: Unit) -> None:
    """One more registration, its guests and its money would be touched by a decision."""
    stakes = at_stake.raised(unit.load(STAKES, event.conference) or Stakes(id=event.conference), event)
    if not event.is_paid:
        bill = unit.load(BILLS, event.registration) or Bill(id=event.registration)
        stakes, bill = at_stake.billed(stakes, bill, event)
        unit.save(BILLS, Change(bill))
    unit.save(STAKES, Change(stakes))


@consumes(RegistrationLeft, needs=_stakes)
def lower_stakes(event: RegistrationLeft, unit: Unit) -> None:
    """One registration fewer would be touched by a decision."""
    stakes = unit.load(STAKES, event.conference)
    after = at_stake.lowered(stakes, unit.load(BILLS, event.registration), event) if stakes else None
    if after is not None and after != stakes:
        unit.save(STAKES, Change(after))


@consumes(PaymentCaptured, needs=_stakes)
def note_payment(event: PaymentCaptured, unit: Unit) -> None:
    """What a purchase order promised has come: a decision would send it back instead of voiding the invoice."""
    if event.is_late:
        return
    before = unit.load(STAKES, event.conference) or Stakes(id=event.conference)
    bill = unit.load(BILLS, event.registration) or Bill(id=event.registration)
    after, bill = at_stake.paid_off(before, bill, amount_minor=event.amount_minor)
    unit.save(BILLS, Change(bill))
    if after != before:
        unit.save(STAKES, Change(after))


@consumes(RegistrationCancelled, needs=_ending, starts=[DISRUPTIONS])
def count_ended_registration(event: RegistrationCancelled, unit: Unit) -> None:
    """One more registration of a cancelled conference has ended."""
    id_ = ended_id(event.run, event.registration)
    if unit.load(REPORTS, id_) is not None:
        return
    unit.save(REPORTS, Change(Report(id=id_, how="ended")))
    _progress(unit, event.run, disruption.one_ended)


@consumes(RegistrationsHeld, needs=lambda e: [(DECISIONS, e.decision)])
def note_held_registrations(event: RegistrationsHeld, unit: Unit) -> None:
    """Nobody joins any more: it is known exactly whom an armed decision is about."""
    known = unit.load(DECISIONS, event.decision)
    if known is not None:
        unit.save(DECISIONS, Change(life.gates_closed(known, count=event.count, digest=event.digest)))


@consumes(RegistrationRunClosed, needs=_record, starts=[DISRUPTIONS])
def close_registrations(event: RegistrationRunClosed, unit: Unit) -> None:
    """From here on it is known exactly which registrations must be told and settled."""
    _progress(unit, event.run, lambda record: disruption.closed(record, event))


@consumes(RunPopulationClosed, needs=_record, starts=[DISRUPTIONS])
def close_population(event: RunPopulationClosed, unit: Unit) -> None:
    """From here on it is known exactly who was asked, and must be told."""
    _progress(unit, event.run, lambda record: disruption.closed(record, event))


@consumes(RunLeaversClosed, needs=_record, starts=[DISRUPTIONS])
def close_leavers(event: RunLeaversClosed, unit: Unit) -> None:
    """From here on it is known exactly who has left by a decision, and must be settled."""
    _progress(unit, event.run, lambda record: disruption.left(record, event))


@consumes(RunSteered, needs=_record, starts=[DISRUPTIONS])
def show_steering(event: RunSteered, unit: Unit) -> None:
    """The board says that somebody holds up the end of registrations, or that it goes on."""
    _progress(unit, event.run, lambda record: disruption.steered(record, mode=event.mode, by=unit.actor, at=event.at))


@consumes(MessageAccepted, needs=_message, starts=[DISRUPTIONS])
def count_told_registrant(event: MessageAccepted, unit: Unit) -> None:
    """One more registrant was told that the conference is cancelled, by mail or by letter."""
    if _is_about_registration(event):
        how = "letter" if event.channel == "letter" else "mail"
        _hear(unit, event.run or _run_of(unit, event), registration=event.subject, how=how)


@consumes(RecipientTold, needs=_message, starts=[DISRUPTIONS])
def count_registrant_told_otherwise(event: RecipientTold, unit: Unit) -> None:
    """One more registrant was told that the conference is cancelled, by a person."""
    if _is_about_registration(event):
        run = event.run or _run_of(unit, event)
        _hear(unit, run, registration=event.subject, how="otherwise")


@consumes(MessageBounced, needs=_message, starts=[DISRUPTIONS])
def count_bounced_message(event: MessageBounced, unit: Unit) -> None:
    """One registrant could not be told by mail; the board says so until another way was found."""
    if _is_about_registration(event):
        _hear(unit, _run_of(unit, event), registration=event.subject, how="bounced")


@consumes(RefundRunAdvanced, needs=_record, starts=[DISRUPTIONS])
def show_money_progress(event: RefundRunAdvanced, unit: Unit) -> None:
    """The board shows how far the money has come."""
    _progress(unit, event.run, lambda record: disruption.advanced(record, event))


@consumes(RefundRunCompleted, needs=_record, starts=[DISRUPTIONS])
def settle_money(event: RefundRunCompleted, unit: Unit) -> None:
    """Every cent is settled for the registrations that payments names; the decision may be settled with it."""
    _progress(unit, event.run, lambda record: disruption.settled(record, event))


@consumes(RefundRunReopened, needs=_record, starts=[DISRUPTIONS])
def take_back_to_settling(event: RefundRunReopened, unit: Unit) -> None:
    """What had settled is settling again: a refund came back, or money came late."""
    _progress(unit, event.run, lambda record: disruption.reopened(record, event))


def _run_of(unit: Unit, event: MessageAccepted | MessageBounced | RecipientTold) -> str | None:
    known = unit.load(CONFERENCES, event.conference)
    if known is None:
        return None
    decided = known.cancellation if event.purpose == CANCELLED else known.postponement
    return decided.run if decided else None


def _hear(unit: Unit, run: str | None, *, registration: str, how: str) -> None:
    if run is None:
        return
    before, after = unit.load(REPORTS, told_id(run, registration)), Report(id=told_id(run, registration), how=how)
    if before is not None and before.is_told:
        return
    unit.save(REPORTS, Change(after))
    _progress(unit, run, lambda record: disruption.heard(record, before=before, after=after))


def _progress(unit: Unit, run: str, step: Callable[[Disruption], Disruption]) -> None:
    """Take one step in the record of a decision; one that we never took has no record, and nothing to do."""
    record = unit.load(DISRUPTIONS, run)
    if record is None:
        return
    stepped = step(record)
    if stepped == record:
        return
    unit.save(DISRUPTIONS, Change(stepped))
    if stepped.state is not record.state and stepped.decision:
        follow(unit, stepped)
    if stepped.must_compare:
        unit.schedule(DISRUPTIONS, run, due())
