"""What notifications does about what the others say: it learns what to say, and plans messages.

A handler only adds documents. Writing, and waiting for what isn't known yet, is left to jobs.
"""

from dataclasses import replace
from typing import Any

from services.notifications.contacts.commands import wake
from services.notifications.contacts.store import CONTACTS, WAKES
from services.notifications.messages.commands import plan, plan_with
from services.notifications.messages.domain.known import PATIENCE, Agreed, Cancellation, Conference, Unpaid
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import EndedRegistration, Run, cast_run_id, nothing_told, told_id
from services.notifications.messages.store.documents import (
    AGREED,
    CONFERENCES,
    ENDED,
    MESSAGES,
    RUNS,
    TOLD,
    UNPAID,
)
from shared.associations import learned
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import consumes
from shared.contracts.payments import (
    CreditIssued,
    CreditOffered,
    CreditPaidOut,
    CreditsStated,
    GrantReleased,
    InvoiceExtended,
    InvoiceIssued,
    InvoiceVoided,
    LeavingWorkedOut,
    PayeeNamed,
    PaymentAwaited,
    PaymentCaptured,
    PaymentFailed,
    PaymentUnderway,
    RefundFailed,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import (
    AddressChangeAsked,
    AssociationDescribed,
    LinkAsked,
    OrderPlaced,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationRunClosed,
    RegistrationSubmitted,
    SettlementChosen,
)
from shared.contracts.scheduling import (
    ConferenceAnnounced,
    ConferenceCancelled,
    ConferenceDescribed,
    DecisionArmed,
    DecisionWithdrawn,
    PersonalLinkAsked,
    SpeakingCancelled,
    SpeakingRunClosed,
)
from shared.described import ASSOCIATIONS
from shared.ids import is_payer
from shared.jobs import due
from shared.unit import Unit

_AboutRegistration = (
    InvoiceIssued
    | RegistrationConfirmed
    | PaymentCaptured
    | PaymentFailed
    | SettlementOffered
    | InvoiceVoided
    | PaymentAwaited
    | GrantReleased
    | SettlementChosen
    | RefundSettled
    | RefundFailed
    | RefundReversed
    | PayeeNamed
    | RegistrationCancelled
    | RegistrationLeft
)


@consumes(ConferenceAnnounced, needs=lambda event: [(CONFERENCES, event.conference)], starts=[WAKES])
def learn_conference(event: ConferenceAnnounced, unit: Unit) -> None:
    """Learns what messages say about a conference; those that waited for it are written."""
    known = unit.load(CONFERENCES, event.conference)
    conference = Conference(
        id=event.conference,
        title=event.title,
        city=event.city,
        zone=event.zone,
        currency=event.currency,
        starts=event.starts,
        ends=event.ends,
        association=event.association,
        cancellation=known.cancellation if known else None,
        learned_at=(known.learned_at if known else None) or unit.now,
        held_by=known.held_by if known else "",
    )
    unit.save(CONFERENCES, Change(conference))
    if known and known.is_awaited:
        wake(unit, f"conference:{event.conference}")


@consumes(ConferenceDescribed, needs=lambda event: [(CONFERENCES, event.conference)])
def learn_other_words(event: ConferenceDescribed, unit: Unit) -> None:
    """Learns what messages call a conference from now on; what is written already stays as it is."""
    known = unit.load(CONFERENCES, event.conference)
    if known is not None:
        unit.save(CONFERENCES, Change(replace(known, title=event.title)))


@consumes(AssociationDescribed, needs=lambda event: [(ASSOCIATIONS, event.association)])
def learn_association(event: AssociationDescribed, unit: Unit) -> None:
    """Learns what stands on what is sent for an association; what is written already stays as it is."""
    unit.save(ASSOCIATIONS, learned(event))


@consumes(
    ConferenceCancelled,
    needs=lambda event: [
        (CONFERENCES, event.conference),
        *((TOLD, told_id(event.conference, each.person)) for each in event.speakers),
    ],
    starts=[MESSAGES, WAKES],
)
def learn_cancellation(event: ConferenceCancelled, unit: Unit) -> None:
    """Learns why a conference will not take place; messages that waited for the reason are written."""
    known = unit.load(CONFERENCES, event.conference) or Conference(id=event.conference, association="", is_known=False)
    cancellation = Cancellation(
        run=event.run,
        reason=event.reason,
        decision=event.decision,
        cancelled_on=event.cancelled_on,
        choose_by=event.choose_by,
        default_choice=event.default_choice,
        learned_at=(known.cancellation.learned_at if known.cancellation else None) or unit.now,
        speakers_follow=event.speakers_follow,
    )
    unit.save(CONFERENCES, Change(replace(known, cancellation=cancellation, is_awaited=False)))
    for each in event.speakers:
        _tell_speaker(event, unit, person=each.person, titles=each.titles, title_count=len(each.titles))
    if known.is_awaited:
        wake(unit, f"conference:{event.conference}")


@consumes(DecisionArmed, needs=lambda event: [(CONFERENCES, event.conference)])
def hold_reminders(event: DecisionArmed, unit: Unit) -> None:
    """Nobody is reminded of anything about a conference while a decision about it can be undone."""
    known = unit.load(CONFERENCES, event.conference) or Conference(id=event.conference, association="", is_known=False)
    unit.save(CONFERENCES, Change(replace(known, held_by=event.decision)))


@consumes(DecisionWithdrawn, needs=lambda event: [(CONFERENCES, event.conference)])
def let_reminders_go_on(event: DecisionWithdrawn, unit: Unit) -> None:
    """The decision was undone: reminders go on as if it had never been."""
    known = unit.load(CONFERENCES, event.conference)
    if known is not None and known.held_by == event.decision:
        unit.save(CONFERENCES, Change(replace(known, held_by="")))


@consumes(LinkAsked, starts=[MESSAGES])
def send_link(event: LinkAsked, unit: Unit) -> None:
    """Plans "here is your link", which goes to the address known and to nobody else."""
    _plan_link(event, unit)


@consumes(PersonalLinkAsked, starts=[MESSAGES])
def send_personal_link(event: PersonalLinkAsked, unit: Unit) -> None:
    """Plans the same for an agenda, or a speaker's page."""
    _plan_link(event, unit)


def _plan_link(event: LinkAsked | PersonalLinkAsked, unit: Unit) -> None:
    plan(
        Purpose.LINK_ASKED,
        event,
        unit,
        subject=event.asked,
        revision="1",
        recipient=event.person,
        conference=event.conference,
    )


@consumes(AddressChangeAsked, needs=lambda event: [(CONTACTS, event.person)], starts=[MESSAGES])
def prove_address(event: AddressChangeAsked, unit: Unit) -> None:
    """Plans a link to the new address, and a word about it to the old one; whoever has no mailbox gets a letter."""
    identity = {
        "subject": event.registration,
        "revision": event.change,
        "recipient": event.person,
        "conference": event.conference,
    }
    known = unit.load(CONTACTS, event.person)
    plan_with(Purpose.ADDRESS_PROOF, {"change": event.change}, unit, address=event.email, **identity)
    plan_with(
        Purpose.ADDRESS_CHANGE_ASKED,
        {"change": event.change},
        unit,
        address=(known.email if known else None) or "",
        **identity,
    )


@consumes(RegistrationSubmitted, starts=[UNPAID])
def await_payment(event: RegistrationSubmitted, unit: Unit) -> None:
    """Gives whoever pays by card some time to do so, before they are reminded; no other way is as quick.

    Those for whom somebody else pays are not asked for anything.
    """
    if event.payer:
        return
    total_minor = sum(line.amount_minor for line in event.lines)
    if total_minor and event.tender == "card" and not unit.is_history:
        facts = {"tender": event.tender, "total_minor": total_minor, "currency": event.currency}
        unpaid = Unpaid(id=event.registration, person=event.person, conference=event.conference, facts=facts)
        unit.add(UNPAID, unpaid, job=due(host_now() + PATIENCE))


@consumes(OrderPlaced, starts=[UNPAID])
def await_payment_of_several(event: OrderPlaced, unit: Unit) -> None:
    """Gives whoever pays for several by card the same time for all of it, under the first of the registrations."""
    total_minor = sum(line.amount_minor for line in event.lines)
    if is_payer(event.payer) and total_minor and event.tender == "card" and not unit.is_history:
        facts = {
            "tender": event.tender,
            "total_minor": total_minor,
            "currency": event.currency,
            "order": event.order,
            "registrations": event.registrations,
        }
        unpaid = Unpaid(id=event.registrations[0], person=event.payer, conference=event.conference, facts=facts)
        unit.add(UNPAID, unpaid, job=due(host_now() + PATIENCE))


@consumes(PaymentUnderway)
def note_agreed_payment(event: PaymentUnderway, unit: Unit) -> None:
    """Notes that the payer waits for a bank's answer, which is told in any case: nobody reminds them meanwhile."""
    unit.add(AGREED, Agreed(id=event.registration))


@consumes(InvoiceIssued, starts=[MESSAGES])
def say_what_is_to_be_paid(event: InvoiceIssued, unit: Unit) -> None:
    """Plans "we have your registration", with the sum, the number to quote, and how and where to pay."""
    if event.total_minor:
        _plan(Purpose.REGISTRATION_RECEIVED, event, unit, revision="1")


@consumes(InvoiceExtended, starts=[MESSAGES])
def ask_to_pay_addition(event: InvoiceExtended, unit: Unit) -> None:
    """Plans "something was added to your order", with what is owed in all and a link to pay; nothing where it is free.

    Who pays for several is told whose it is.
    """
    if not event.added_minor:
        return
    is_several = bool(event.registrations)
    plan(
        Purpose.LINE_ADDED,
        event,
        unit,
        subject=event.registration,
        revision=event.line,
        recipient=event.person,
        conference=event.conference,
        names=[event.attendee] if is_several else (),
    )


@consumes(RegistrationConfirmed, starts=[MESSAGES])
def confirm_registration(event: RegistrationConfirmed, unit: Unit) -> None:
    """Plans "you are registered"."""
    _plan(Purpose.REGISTRATION_CONFIRMED, event, unit, revision="1")


@consumes(PaymentCaptured, starts=[MESSAGES])
def acknowledge_payment(event: PaymentCaptured, unit: Unit) -> None:
    """Plans "your payment has arrived", or that late money goes back by itself."""
    _plan(Purpose.PAYMENT_RECEIVED, event, unit, revision=event.payment)


@consumes(PaymentFailed, starts=[MESSAGES])
def tell_of_failed_payment(event: PaymentFailed, unit: Unit) -> None:
    """Plans "your bank did not pay", for a payment that was agreed to days before; who is declined at once knows."""
    if event.is_delayed:
        _plan(Purpose.PAYMENT_FAILED, event, unit, revision=event.payment)


@consumes(SettlementOffered, starts=[MESSAGES])
def tell_of_choices(event: SettlementOffered, unit: Unit) -> None:
    """Plans "the conference is cancelled", with the registrant's own amounts and choices."""
    _plan(Purpose.CONFERENCE_CANCELLED, event, unit, revision="1", outcome="offered")


@consumes(InvoiceVoided, starts=[MESSAGES])
def tell_of_void_invoice(event: InvoiceVoided, unit: Unit) -> None:
    """Plans "the conference is cancelled", with the invoice that need not be paid."""
    _plan(Purpose.CONFERENCE_CANCELLED, event, unit, revision="1", outcome="voided")


@consumes(PaymentAwaited, starts=[MESSAGES])
def tell_of_awaited_payment(event: PaymentAwaited, unit: Unit) -> None:
    """Plans "the conference is cancelled", with the payment that is under way and goes back when it arrives."""
    _plan(Purpose.CONFERENCE_CANCELLED, event, unit, revision="1", outcome="awaited")


@consumes(GrantReleased, starts=[MESSAGES])
def tell_of_released_grant(event: GrantReleased, unit: Unit) -> None:
    """Plans "the conference is cancelled", with the award that is back in its fund."""
    _plan(Purpose.CONFERENCE_CANCELLED, event, unit, revision="1", outcome="released")


@consumes(SettlementChosen, starts=[MESSAGES])
def confirm_choice(event: SettlementChosen, unit: Unit) -> None:
    """Plans "this is what you chose", once for each change of mind."""
    _plan(Purpose.CHOICE_CONFIRMED, event, unit, revision=str(event.revision))


@consumes(CreditIssued, starts=[MESSAGES])
def tell_of_credit(event: CreditIssued, unit: Unit) -> None:
    """Plans "your credit", with what it is good for and the link to use it."""
    _plan_credit(event, unit, subject=event.credit, outcome="issued")


@consumes(CreditOffered, starts=[MESSAGES])
def offer_to_pay_with_credit(event: CreditOffered, unit: Unit) -> None:
    """Plans "you can pay with your credit", for one order."""
    _plan_credit(event, unit, subject=event.order, outcome="offered")


@consumes(CreditsStated, starts=[MESSAGES])
def state_credits_of_year(event: CreditsStated, unit: Unit) -> None:
    """Plans the letter of a year about what is left."""
    _plan_credit(event, unit, subject=event.conference, revision=str(event.year), outcome="stated")


@consumes(CreditPaidOut, starts=[MESSAGES])
def tell_of_payout(event: CreditPaidOut, unit: Unit) -> None:
    """Plans "your credit is paid out", since whoever has the link may have asked for it."""
    _plan_credit(event, unit, subject=event.credit, revision=f"out:{event.number}", outcome="paid_out")


def _plan_credit(
    event: CreditIssued | CreditOffered | CreditsStated | CreditPaidOut,
    unit: Unit,
    *,
    subject: str,
    outcome: str,
    revision: str = "1",
) -> None:
    plan(
        Purpose.CREDIT,
        event,
        unit,
        subject=subject,
        revision=revision,
        recipient=event.person,
        conference=event.conference,
        outcome=outcome,
    )


@consumes(RefundSettled, starts=[MESSAGES])
def tell_of_refund(event: RefundSettled, unit: Unit) -> None:
    """Plans "your refund is on its way", unless nothing was sent because the payee's bank had paid it back before."""
    if event.rail == "dispute":
        return
    _plan(Purpose.REFUND_SENT, event, unit, revision=f"{event.refund}:{event.attempt}")


@consumes(RefundFailed, starts=[MESSAGES])
def ask_for_address(event: RefundFailed, unit: Unit) -> None:
    """Plans "your refund was refused", which asks the payee where a cheque should go."""
    _ask_for_address(event, unit)


@consumes(RefundReversed, starts=[MESSAGES])
def ask_for_address_after_reversal(event: RefundReversed, unit: Unit) -> None:
    """Plans "your refund came back", which asks the payee where a cheque should go."""
    _ask_for_address(event, unit)


@consumes(PayeeNamed, starts=[MESSAGES])
def confirm_payee(event: PayeeNamed, unit: Unit) -> None:
    """Plans "it was said where your refund cheque goes", to the registrant as they are known.

    Whoever has the link may have said it.
    """
    _plan(Purpose.PAYEE_NAMED, event, unit, revision=f"{event.refund}:{event.payee_version}")


@consumes(RegistrationCancelled, starts=[MESSAGES])
def note_ended_registration(event: RegistrationCancelled, unit: Unit) -> None:
    """Notes whose registrations a cancellation has ended: a speaker among them is told once, with their money.

    Those for whom somebody else pays are told that it has ended, and nothing of sums.
    """
    unit.add(ENDED, EndedRegistration(id=event.registration, run=event.run, person=event.person))
    if event.payer:
        _plan(Purpose.CONFERENCE_CANCELLED, event, unit, revision="1", outcome="told")


@consumes(RegistrationLeft, starts=[MESSAGES])
def tell_of_ended_registration(event: RegistrationLeft, unit: Unit) -> None:
    """Plans "your registration has ended" for whom somebody else pays: nothing of sums. The others are told with them.

    Whoever ended it is nobody's business outside of the desk.
    """
    if event.payer:
        _plan(Purpose.REGISTRATION_ENDED, event, unit, revision="1", outcome="told")


@consumes(LeavingWorkedOut, starts=[MESSAGES])
def tell_of_leaving(event: LeavingWorkedOut, unit: Unit) -> None:
    """Plans "your registration has ended" with its sums; who pays for several is told whose registration it was."""
    is_several = bool(event.registrations)
    plan(
        Purpose.REGISTRATION_ENDED,
        event,
        unit,
        subject=event.registration,
        revision="1",
        recipient=event.person,
        conference=event.conference,
        names=[event.attendee] if is_several and event.attendee else (),
        outcome="order" if is_several else "own",
    )


@consumes(RegistrationRunClosed, needs=lambda event: [(RUNS, event.run)], starts=[RUNS])
def await_ended_registrations(event: RegistrationRunClosed, unit: Unit) -> None:
    """Learns how many registrations a cancellation has ended; once all are known here, speakers are told."""
    _close(unit, event.run, event)


@consumes(SpeakingCancelled, needs=lambda event: [(TOLD, told_id(event.conference, event.person))], starts=[MESSAGES])
def tell_speaker_of_cancellation(event: SpeakingCancelled, unit: Unit) -> None:
    """Plans a message for somebody who was to speak, which those don't get who are told about their registration."""
    unit.add(ENDED, EndedRegistration(id=event.speaking, run=cast_run_id(event.run), person=event.person))
    _tell_speaker(event, unit, person=event.person, titles=event.titles, title_count=event.title_count)


@consumes(SpeakingRunClosed, needs=lambda event: [(RUNS, cast_run_id(event.run))], starts=[RUNS])
def await_cast(event: SpeakingRunClosed, unit: Unit) -> None:
    """Learns how many were to speak; once all are known here, registrants are told, with what they were to give."""
    _close(unit, cast_run_id(event.run), event)


def _close(unit: Unit, id_: str, event: RegistrationRunClosed | SpeakingRunClosed) -> None:
    known = unit.load(RUNS, id_) or Run(id=id_)
    if known.closed_count is None:
        unit.save(RUNS, Change(replace(known, closed_count=event.count, closed_digest=event.digest)))
        unit.schedule(RUNS, id_, due())


def _tell_speaker(
    event: ConferenceCancelled | SpeakingCancelled,
    unit: Unit,
    *,
    person: str,
    titles: tuple[str, ...],
    title_count: int,
) -> None:
    known = unit.load(TOLD, told_id(event.conference, person))
    told = known or nothing_told(event.conference, person)
    unit.save(TOLD, Change(replace(told, is_speaker=True, speaks=titles, speaks_count=title_count)))
    plan_with(
        Purpose.CONFERENCE_CANCELLED,
        {"outcome": "speaker"},
        unit,
        subject=event.conference,
        revision="1",
        recipient=person,
        conference=event.conference,
        run=event.run,
    )


def _ask_for_address(event: RefundFailed | RefundReversed, unit: Unit) -> None:
    """Only for what goes by cheque: the bank may have paid a part of it through a dispute, or all."""
    owed_minor = event.amount_minor if event.owed_minor is None else event.owed_minor
    if owed_minor:
        revision = f"{event.refund}:{event.attempt}"
        _plan(Purpose.REFUND_FAILED, event, unit, revision=revision, amount_minor=owed_minor)


def _plan(purpose: Purpose, event: _AboutRegistration, unit: Unit, *, revision: str, **more: Any) -> None:
    plan(
        purpose,
        event,
        unit,
        subject=event.registration,
        revision=revision,
        recipient=event.person,
        conference=event.conference,
        run=getattr(event, "run", None),
        **more,
    )
