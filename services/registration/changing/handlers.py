"""What is heard of cancellations and of the money that they free."""

from services.registration.changing.commands import (
    cancelled_conference,
    cancelled_session,
    held_conference,
    postponed_conference,
)
from services.registration.changing.commands.steering import hand_over
from services.registration.changing.domain import conference_runs, moving, runs, session_runs, settlement
from services.registration.changing.domain.runs import Step
from services.registration.changing.store import RUNS, STANDINGS
from services.registration.prices.domain.conferences import cancelled, held, let_go, postponed
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import (
    Settling,
)
from services.registration.registering.store import REGISTRATIONS, StoryBroken, known_registration
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    GrantReleased,
    InvoiceVoided,
    MoveWorkedOut,
    PaymentAwaited,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.scheduling import (
    ConferenceCancelled,
    ConferencePostponed,
    DecisionArmed,
    DecisionWithdrawn,
    SessionCancelled,
    SessionScheduled,
)
from shared.jobs import due
from shared.unit import Unit


@consumes(
    ConferenceCancelled,
    needs=lambda e: [(CONFERENCES, e.conference), (RUNS, e.run)],
    starts=[cancelled_conference.JOBS],
)
def stop_sales(event: ConferenceCancelled, unit: Unit) -> None:
    """Take no more registrations, and begin the run that closes the gates and then ends every registration.

    The gates themselves are closed by the run's first step and not here: while registrants are coming in, one of the
    gates is always being written, and a batch that must write them all would lose against them again and again. From
    this commit on nobody new reaches the gates, so that the step finds them quiet.
    """
    conference = unit.load(CONFERENCES, event.conference)
    if conference is not None and not conference.is_cancelled:
        unit.save(CONFERENCES, Change(cancelled(conference, event)))
    if unit.load(RUNS, event.run) is None:
        correlation = unit.cause.correlation if unit.cause else ""
        unit.add(RUNS, conference_runs.begin(event, correlation=correlation, actor=unit.actor), job=due())


@consumes(
    ConferencePostponed,
    needs=lambda e: [(CONFERENCES, e.conference), (RUNS, e.run)],
    starts=[postponed_conference.JOBS],
)
def ask_who_stays(event: ConferencePostponed, unit: Unit) -> None:
    """Nobody comes in any more, and the run begins that asks everybody who is there."""
    conference = unit.load(CONFERENCES, event.conference)
    if conference is None or conference.is_cancelled or unit.load(RUNS, event.run) is not None:
        return
    unit.save(CONFERENCES, Change(postponed(conference, event)))
    correlation = unit.cause.correlation if unit.cause else ""
    unit.add(RUNS, postponed_conference.begin(event, correlation=correlation, actor=unit.actor), job=due())


@consumes(MoveWorkedOut, needs=lambda e: [(REGISTRATIONS, each) for each in e.registrations or (e.registration,)])
def show_what_would_come_back(event: MoveWorkedOut, unit: Unit) -> None:
    """The payer reads beside the choice what leaving would mean for the money."""
    for each in event.registrations or (event.registration,):
        change = moving.work_out(known_registration(unit, each), event)
        if change is not None:
            unit.save(REGISTRATIONS, change)


@consumes(
    DecisionArmed,
    needs=lambda e: [(CONFERENCES, e.conference), (RUNS, e.decision)],
    starts=[held_conference.JOBS],
)
def hold_conference(event: DecisionArmed, unit: Unit) -> None:
    """Take no more registrations for as long as the decision can be undone, and begin the run that closes the gates."""
    conference = unit.load(CONFERENCES, event.conference)
    if conference is None or conference.is_cancelled or unit.load(RUNS, event.decision) is not None:
        return
    unit.save(CONFERENCES, Change(held(conference, decision=event.decision)))
    correlation = unit.cause.correlation if unit.cause else ""
    hand_over(unit, Change(held_conference.begin(event, correlation=correlation, actor=unit.actor)))


@consumes(
    DecisionWithdrawn,
    needs=lambda e: [(CONFERENCES, e.conference), (RUNS, e.decision)],
    starts=[held_conference.JOBS],
)
def let_conference_go(event: DecisionWithdrawn, unit: Unit) -> None:
    """The decision was undone: the gates open again, and who has paid meanwhile is confirmed."""
    conference, run = unit.load(CONFERENCES, event.conference), unit.load(RUNS, event.decision)
    if conference is None or run is None or conference.held_by != event.decision:
        return
    unit.save(CONFERENCES, Change(let_go(conference)))
    hand_over(unit, Change(runs.turned_back(run)))


@consumes(
    SessionCancelled,
    needs=lambda e: [(STANDINGS, e.session)],
    starts=[cancelled_session.JOBS],
)
def end_session(event: SessionCancelled, unit: Unit) -> None:
    """Begin the run that offers everyone with a paid seat in the session another one, or the money back."""
    known = unit.load(STANDINGS, event.session)
    if not session_runs.is_news(event, known):
        return
    before = unit.load(RUNS, known.run) if known and known.run else None
    if before is not None and before.step is not Step.SETTLED:
        hand_over(unit, Change(runs.settled(before)))
    run = session_runs.begin(event, correlation=unit.cause.correlation if unit.cause else "", actor=unit.actor)
    unit.save(STANDINGS, Change(session_runs.stands(event, run=run.id)))
    hand_over(unit, Change(run))


@consumes(
    SessionScheduled,
    needs=lambda e: [(STANDINGS, e.session)] if e.is_reinstated else [],
    starts=[cancelled_session.JOBS],
)
def reinstate_session(event: SessionScheduled, unit: Unit) -> None:
    """Turn the cancelled session's run back: who has not chosen keeps their seat, and places are sold again."""
    if not event.is_reinstated:
        return
    known = unit.load(STANDINGS, event.session)
    if not session_runs.is_news(event, known):
        return
    run = unit.load(RUNS, known.run) if known and known.run else None
    unit.save(STANDINGS, Change(session_runs.stands(event, run=run.id if run else "")))
    if run is not None:
        hand_over(unit, Change(runs.turned_back(run)))


@consumes(
    SettlementOffered,
    needs=lambda e: [(REGISTRATIONS, e.registration), (RUNS, e.run)],
    starts=[cancelled_conference.JOBS],
)
def offer_choice(event: SettlementOffered, unit: Unit) -> None:
    """Show the registrant the sums and the choices."""
    registration = known_registration(unit, event.registration)
    change = settlement.offer(registration, event)
    if change is None:
        return
    unit.save(REGISTRATIONS, change)
    if registration.settling is not Settling.AWAITED:
        _reopen(unit, event.run)


@consumes(InvoiceVoided, needs=lambda e: [(REGISTRATIONS, e.registration)])
def say_invoice_is_void(event: InvoiceVoided, unit: Unit) -> None:
    """Mark that nothing is owed any more and there is nothing to choose."""
    _offer_nothing(unit, event)


@consumes(PaymentAwaited, needs=lambda e: [(REGISTRATIONS, e.registration)])
def say_payment_is_awaited(event: PaymentAwaited, unit: Unit) -> None:
    """Mark that there is nothing to choose, and that a payment is under way which goes back when it arrives."""
    _offer_nothing(unit, event)


@consumes(GrantReleased, needs=lambda e: [(REGISTRATIONS, e.registration)])
def say_grant_is_released(event: GrantReleased, unit: Unit) -> None:
    """Mark that the award is back in its fund and there is nothing to choose."""
    _offer_nothing(unit, event)


@consumes(RefundSettled, needs=lambda e: [(REGISTRATIONS, e.registration)])
def note_refund(event: RefundSettled, unit: Unit) -> None:
    """Note that a refund has left, or that nothing was sent because the payer's bank had paid it through a dispute."""
    registration = known_registration(unit, event.registration)
    change = settlement.paid_by_bank(registration, event) or settlement.refund_sent(registration, event, now=unit.now)
    if change is not None:
        unit.save(REGISTRATIONS, change)


@consumes(RefundReversed, needs=lambda e: [(REGISTRATIONS, e.registration)])
def note_returned_refund(event: RefundReversed, unit: Unit) -> None:
    """Note that a refund which had left came back: the registrant's page says no longer that it was sent."""
    change = settlement.refund_came_back(known_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)


def _offer_nothing(unit: Unit, event: InvoiceVoided | PaymentAwaited | GrantReleased) -> None:
    change = settlement.offer_nothing(known_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)


def _reopen(unit: Unit, run: str) -> None:
    """An offer where there was nothing to choose: written to the run in any case, so that it can't settle meanwhile."""
    known = unit.load(RUNS, run)
    if known is None:
        raise StoryBroken(f"{run} was never begun here")
    unit.save(RUNS, Change(runs.reopened(known)))
    if known.step is Step.SETTLED:
        unit.schedule(RUNS, run, due())
