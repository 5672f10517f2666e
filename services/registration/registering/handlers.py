"""What registration does when it hears something: one function per event, named for its effect."""

from services.registration.changing.domain import option_choices, runs, session_runs, settlement
from services.registration.changing.domain.session_runs import SessionRun, SessionStep
from services.registration.people.domain import Contact, Person, identity_of
from services.registration.prices.commands.places import count_seats, return_places
from services.registration.prices.domain import waiting
from services.registration.prices.domain.conferences import (
    CONFIRMING_GATE,
    Gate,
    announced,
    cancelled,
    entered,
    gate_id,
    gate_ids,
    opened,
)
from services.registration.prices.domain.places import places_id
from services.registration.registering.domain import holding, seating
from services.registration.registering.domain.owed_seats import heard, owed_seat_id
from services.registration.registering.domain.registrations import (
    Registration,
    Settling,
    accept_purchase_order,
    invoiced,
    pay,
)
from services.registration.registering.store import (
    CONFERENCES,
    GATES,
    OPTION_PLACES,
    OWED_SEATS,
    PEOPLE,
    REGISTRATIONS,
    RUNS,
    SEATED,
    SESSION_RUNS,
    STANDINGS,
)
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    GrantReleased,
    InvoiceIssued,
    InvoiceReduced,
    InvoiceVoided,
    OrderGivenUp,
    PaymentAwaited,
    PaymentCaptured,
    PurchaseOrderAccepted,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import OptionCancelled, PlacesSetAside, RegistrationConfirmed
from shared.contracts.scheduling import (
    ConferenceAnnounced,
    ConferenceCancelled,
    RegistrationOpened,
    SeatOwed,
    SeatsPublished,
    SeatsWanted,
    SessionCancelled,
    SessionScheduled,
    SpeakerIntroduced,
)
from shared.jobs import due
from shared.mongo import Unit


class StoryBroken(LookupError):
    """An event about something that was never told of: it can't be handled, and is parked."""


@consumes(ConferenceAnnounced, needs=lambda e: [(CONFERENCES, e.conference)])
def know_conference(event: ConferenceAnnounced, unit: Unit) -> None:
    """Keep what is needed of a conference: its title, days, zone and currency."""
    known = unit.load(CONFERENCES, event.conference)
    unit.save(CONFERENCES, Change(announced(event, known=known)))


@consumes(RegistrationOpened, needs=lambda e: [(CONFERENCES, e.conference)])
def open_gates(event: RegistrationOpened, unit: Unit) -> None:
    """Make the conference's gates, open; gates that are there stay as they are."""
    conference = unit.load(CONFERENCES, event.conference)
    if conference is None:
        raise StoryBroken(f"{event.conference} was opened and never announced")
    unit.save(CONFERENCES, Change(opened(conference)))
    for gate in gate_ids(event.conference):
        unit.add(GATES, Gate(id=gate, conference=event.conference))


@consumes(ConferenceCancelled, needs=lambda e: [(CONFERENCES, e.conference), (RUNS, e.run)], starts=[RUNS])
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
        unit.add(RUNS, runs.begin(event, correlation=correlation), job=due())


@consumes(SpeakerIntroduced, needs=lambda e: [(PEOPLE, e.person)])
def know_speaker(event: SpeakerIntroduced, unit: Unit) -> None:
    """Keep who speaks under the id that scheduling gave them, so that they are the same person when they register.

    Who registered just before, and is somebody here already, stays who they are.
    """
    contact = Contact(name=event.name, email=event.email, postal_address=event.postal_address, language=event.language)
    identity = identity_of(contact)
    if identity and not unit.find(PEOPLE, {"identity": identity}):
        unit.add(PEOPLE, Person(id=event.person, identity=identity, contact=contact, is_introduced=True))


@consumes(SessionCancelled, needs=lambda e: [(STANDINGS, e.session)], starts=[SESSION_RUNS])
def end_session(event: SessionCancelled, unit: Unit) -> None:
    """Begin the run that offers everyone with a paid seat in the session another one, or the money back."""
    known = unit.load(STANDINGS, event.session)
    if not session_runs.is_news(event, known):
        return
    before = unit.load(SESSION_RUNS, known.run) if known and known.run else None
    if before is not None and before.step is not SessionStep.DONE:
        _hand_over(unit, session_runs.done(before))
    run = session_runs.begin(event, correlation=unit.cause.correlation if unit.cause else "")
    unit.save(STANDINGS, Change(session_runs.stands(event, run=run.id)))
    _hand_over(unit, run)


@consumes(SessionScheduled, needs=lambda e: [(STANDINGS, e.session)] if e.is_reinstated else [], starts=[SESSION_RUNS])
def reinstate_session(event: SessionScheduled, unit: Unit) -> None:
    """Turn the cancelled session's run back: who has not chosen keeps their seat, and places are sold again."""
    if not event.is_reinstated:
        return
    known = unit.load(STANDINGS, event.session)
    if not session_runs.is_news(event, known):
        return
    run = unit.load(SESSION_RUNS, known.run) if known and known.run else None
    unit.save(STANDINGS, Change(session_runs.stands(event, run=run.id if run else "")))
    if run is not None:
        _hand_over(unit, session_runs.turned_back(run))


@consumes(
    SeatsPublished,
    emits=[PlacesSetAside],
    needs=lambda e: [(SEATED, e.session), (CONFERENCES, e.conference)],
)
def know_seats(event: SeatsPublished, unit: Unit) -> None:
    """Keep when a session takes place and how many seats it has, and sell no more places of it than that.

    The conference is written, not only read: whoever sells the session anew writes it too, and one sees the other.
    """
    session = seating.published(event, known=unit.load(SEATED, event.session))
    if session is None:
        return
    unit.save(SEATED, Change(session))
    if unit.load(CONFERENCES, event.conference) is not None:
        unit.require(CONFERENCES, {"_id": event.conference}, {"$inc": {"seats_heard_count": 1}})
        count_seats(unit, session)


@consumes(
    SeatsWanted,
    emits=[PlacesSetAside],
    needs=lambda e: [(OPTION_PLACES, places_id(e.conference, e.product))],
)
def set_places_aside(event: SeatsWanted, unit: Unit) -> None:
    """Keep places for the waitlist of a paid session, as many as it wants and are free, and sell the others."""
    change = waiting.wanted(event, unit.load(OPTION_PLACES, places_id(event.conference, event.product)))
    if change is not None:
        unit.save(OPTION_PLACES, change)


@consumes(SeatOwed, needs=lambda e: [(OWED_SEATS, owed_seat_id(e))])
def note_owed_seat(event: SeatOwed, unit: Unit) -> None:
    """A seat was taken from a waitlist and is on no order, so that the desk and its owner are told; or no longer."""
    unit.save(OWED_SEATS, Change(heard(event)))


@consumes(InvoiceIssued, needs=lambda e: [(REGISTRATIONS, e.registration)])
def note_invoice(event: InvoiceIssued, unit: Unit) -> None:
    """Note the invoice's number, which a payer quotes on a cheque or transfer."""
    change = invoiced(_registration(unit, event.registration), number=event.number)
    if change is not None:
        unit.save(REGISTRATIONS, change)


@consumes(
    OrderGivenUp,
    emits=[OptionCancelled, PlacesSetAside],
    needs=lambda e: [(REGISTRATIONS, e.registration)],
)
def free_unpaid_places(event: OrderGivenUp, unit: Unit) -> None:
    """Give the places that nobody has paid for to those who wait, or sell them again."""
    change, products = holding.give_back_unpaid(_registration(unit, event.registration))
    if products:
        return_places(unit, event.conference, products)
        unit.save(REGISTRATIONS, change)


@consumes(
    PaymentCaptured,
    emits=[RegistrationConfirmed],
    needs=lambda e: [(REGISTRATIONS, e.registration), (GATES, gate_id(e.conference, CONFIRMING_GATE))],
)
def confirm_paid(event: PaymentCaptured, unit: Unit) -> None:
    """Confirm who has paid in full; money that comes after the end leaves the registration as it is."""
    if not event.is_late:
        _confirm(unit, pay(_registration(unit, event.registration), balance_minor=event.balance_minor))


@consumes(
    PurchaseOrderAccepted,
    emits=[RegistrationConfirmed],
    needs=lambda e: [(REGISTRATIONS, e.registration), (GATES, gate_id(e.conference, CONFIRMING_GATE))],
)
def confirm_on_purchase_order(event: PurchaseOrderAccepted, unit: Unit) -> None:
    """Confirm a town's delegate before the money comes."""
    _confirm(unit, accept_purchase_order(_registration(unit, event.registration)))


@consumes(
    InvoiceReduced,
    emits=[RegistrationConfirmed],
    needs=lambda e: [(REGISTRATIONS, e.registration), (GATES, gate_id(e.conference, CONFIRMING_GATE))],
)
def note_reduction(event: InvoiceReduced, unit: Unit) -> None:
    """Note that an option is off the invoice, and confirm whose payments cover what is left."""
    change = option_choices.note_reduction(_registration(unit, event.registration), event)
    if change is not None:
        _confirm(unit, pay(unit.save(REGISTRATIONS, change), balance_minor=event.balance_minor))


@consumes(SettlementOffered, needs=lambda e: [(REGISTRATIONS, e.registration), (RUNS, e.run)], starts=[RUNS])
def offer_choice(event: SettlementOffered, unit: Unit) -> None:
    """Show the registrant the sums and the choices."""
    registration = _registration(unit, event.registration)
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
    registration = _registration(unit, event.registration)
    change = settlement.paid_by_bank(registration, event) or settlement.refund_sent(registration, event, now=unit.now)
    if change is not None:
        unit.save(REGISTRATIONS, change)


@consumes(RefundReversed, needs=lambda e: [(REGISTRATIONS, e.registration)])
def note_returned_refund(event: RefundReversed, unit: Unit) -> None:
    """Note that a refund which had left came back: the registrant's page says no longer that it was sent."""
    change = settlement.refund_came_back(_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)


def _hand_over(unit: Unit, run: SessionRun) -> None:
    """Save the run and give its job anew: who was taking a step of it has lost it, and nothing of that step is kept."""
    unit.save(SESSION_RUNS, Change(run))
    unit.schedule(SESSION_RUNS, run.id, due())


def _registration(unit: Unit, id_: str) -> Registration:
    registration = unit.load(REGISTRATIONS, id_)
    if registration is None:
        raise StoryBroken(f"{id_} was never submitted here")
    return registration


def _confirm(unit: Unit, change: Change[Registration] | None) -> None:
    """Save a confirmation through its gate; is that closed, the registration is left to its end, which is on its way.

    However many a batch confirms, it writes the gate once, at its end and under its version.
    """
    if change is None:
        return
    gate = unit.load(GATES, gate_id(change.state.conference, CONFIRMING_GATE))
    if gate is None or not gate.is_open:
        return
    unit.save(GATES, Change(entered(gate)))
    unit.save(REGISTRATIONS, change)


def _offer_nothing(unit: Unit, event: InvoiceVoided | PaymentAwaited | GrantReleased) -> None:
    change = settlement.offer_nothing(_registration(unit, event.registration), event)
    if change is not None:
        unit.save(REGISTRATIONS, change)


def _reopen(unit: Unit, run: str) -> None:
    """An offer where there was nothing to choose: written to the run in any case, so that it can't settle meanwhile."""
    known = unit.load(RUNS, run)
    if known is None:
        raise StoryBroken(f"{run} was never begun here")
    unit.save(RUNS, Change(runs.reopened(known)))
    if known.step is runs.Step.SETTLED:
        unit.schedule(RUNS, run, due())
