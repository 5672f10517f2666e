"""What happens with a registration's money after the organiser has cancelled: ended, offered, chosen, fixed.

Owns the registrant's choice. A choice is an intent and moves nothing; what is fixed is final, is said once, and is what
payments acts on. Refund is final as soon as it is chosen; credit and donation may be changed until the deadline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.registration.changing.domain.conference_runs import CancelledConference
from services.registration.changing.domain.moving import void
from services.registration.changing.domain.runs import Run, facts_of
from services.registration.payers.domain import Order
from services.registration.registering.domain.endings import BY_DEADLINE, BY_REGISTRANT
from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import (
    Chosen,
    Fixed,
    Life,
    Offer,
    PaidByBank,
    RefundSent,
    Registration,
    Settling,
)
from shared.change import Change
from shared.contracts.payments import (
    GrantReleased,
    InvoiceVoided,
    PaymentAwaited,
    RefundReversed,
    RefundSettled,
    SettlementOffered,
)
from shared.contracts.registration import OrderEnded, RegistrationCancelled, SettlementChosen, SettlementFixed
from shared.problem import Invalid, Refusal
from shared.sentences import Listed, marked

REFUND = "refund"  # the one choice that is final at once: its money leaves


class NothingToChoose(Refusal):
    """There is no money of the registrant's that a choice could be about."""

    title = marked("There is nothing to choose")


class NotWorkedOutYet(Refusal):
    """The conference is cancelled, and the sums of this registration are still being worked out."""

    title = marked("We are still working it out")


class ChoiceUnknown(Invalid):
    """This was not among the choices offered."""

    title = marked("This choice is not offered")


class ChoiceIsFinal(Refusal):
    """The registrant chose the refund, and its money is on its way."""

    title = marked("Your choice is final")


class ChoiceTooLate(Refusal):
    """The last day for choosing is over."""

    title = marked("The time for choosing is over")


class OfferRefused(ValueError):
    """Payments offered something for a registration that has not ended; this can't be handled."""


def end(registration: Registration, *, run: Run) -> Change[Registration]:
    """The registration ends, because the organiser has cancelled; paid or not.

    Its options end with it, and a choice about one of them that is still open is void: all of it is settled as one.
    """
    assert run.until is not None
    ended = replace(
        void(registration),
        life=Life.CANCELLED,
        run=run.id,
        settling=Settling.NOTHING_TO_CHOOSE if registration.is_of_several else Settling.AWAITED,
        options=tuple(
            replace(each, state=OptionState.ENDED) if each.is_standing else each for each in registration.options
        ),
    )
    said = RegistrationCancelled(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        run=run.id,
        terms=registration.terms,
        choose_until=run.until,
        default_choice=facts_of(run, CancelledConference).default_choice,
        payer=registration.payer,
    )
    return Change(ended, (said,))


def end_order(
    order: Order, ended: Sequence[Registration], *, left: Sequence[Registration] = (), run: Run
) -> tuple[Change[Order], Change[Registration]]:
    """All of an order of several have ended; the payer's money is settled under the first of them, for all.

    `left` are those who had left before, and are settled already.
    """
    assert run.until is not None
    lead = ended[0]
    said = OrderEnded(
        order=order.id,
        conference=order.conference,
        payer=order.payer,
        run=run.id,
        registrations=tuple(each.id for each in ended),
        terms=lead.terms,
        choose_until=run.until,
        default_choice=facts_of(run, CancelledConference).default_choice,
        left=tuple(each.id for each in left),
    )
    settled_as_one = replace(order, run=run.id, lead=lead.id)
    return Change(settled_as_one, (said,)), Change(replace(lead, settling=Settling.AWAITED))


def offer(registration: Registration, event: SettlementOffered) -> Change[Registration] | None:
    """The sums and choices have arrived; None when they are known, or when it is final already."""
    _must_have_ended(registration)
    if registration.settling is Settling.FIXED:
        return None
    offered = Offer(
        paid_minor=event.paid_minor,
        fee_minor=event.fee_minor,
        refundable_minor=event.refundable_minor,
        voided_minor=event.voided_minor,
        awaited_minor=event.awaited_minor,
        released_minor=event.released_minor,
        choices=event.choices,
        credit_minor=event.credit_minor,
        default_choice=event.default_choice,
        choose_until=event.choose_until,
    )
    changed = replace(registration, settling=Settling.OFFERED, offer=offered)
    return Change(changed) if changed != registration else None


def offer_nothing(
    registration: Registration, event: InvoiceVoided | PaymentAwaited | GrantReleased
) -> Change[Registration] | None:
    """Nothing was paid by the registrant, so there is nothing to choose; None when that is known."""
    _must_have_ended(registration)
    if registration.settling is not Settling.AWAITED:
        return None
    known = Offer(
        voided_minor=0 if isinstance(event, PaymentAwaited) else event.voided_minor,
        released_minor=event.released_minor if isinstance(event, GrantReleased) else 0,
        awaited_minor=0 if isinstance(event, InvoiceVoided) else event.awaited_minor,
    )
    return Change(replace(registration, settling=Settling.NOTHING_TO_CHOOSE, offer=known))


def choose(registration: Registration, *, choice: str, now: datetime) -> Change[Registration] | None:
    """The registrant says what should happen with the money; None when they said so before."""
    offered = _choosable(registration, choice=choice, now=now)
    if offered is None:
        return None
    revision = registration.chosen.revision + 1 if registration.chosen else 1
    chosen = replace(registration, chosen=Chosen(choice=choice, revision=revision))
    said = SettlementChosen(
        registration=registration.id,
        conference=registration.conference,
        person=registration.payer or registration.person,
        order=registration.order,
        run=registration.run,
        choice=choice,
        amount_minor=offered.refundable_minor,
        currency=registration.currency,
        revision=revision,
        is_of_several=registration.is_of_several,
    )
    if choice != REFUND:
        return Change(chosen, (said,))
    final = _fixed(chosen, choice=choice, by=BY_REGISTRANT, now=now)
    return Change(final.state, (said, *final.events))


def fix_at_deadline(registration: Registration, *, now: datetime) -> Change[Registration]:
    """The time for choosing is over: what was chosen last, or else the default, is final."""
    assert registration.offer is not None
    choice = registration.chosen.choice if registration.chosen else registration.offer.default_choice
    return _fixed(registration, choice=choice, by=BY_DEADLINE, now=now)


def _choosable(registration: Registration, *, choice: str, now: datetime) -> Offer | None:
    """The offer that may be answered with this choice now; None when that is the answer already; else a refusal."""
    offered = registration.offer
    if registration.settling in (Settling.NONE, Settling.NOTHING_TO_CHOOSE):
        raise NothingToChoose(_NOTHING[registration.settling])
    if offered is None or offered.choose_until is None:
        raise NotWorkedOutYet(
            marked(
                "We are still working out what the cancellation means for your money. Nothing was chosen yet; "
                "please look again in a minute."
            )
        )
    if not offered.choices:
        raise NothingToChoose(
            marked(
                "All of what you had paid was kept under the terms, so there is no money to choose about. "
                "Nothing was changed, and there is nothing for you to do."
            )
        )
    if choice not in offered.choices:
        raise ChoiceUnknown.saying(
            "'%(choice)s' is not offered here. Nothing was changed; please choose one of these: %(offered)s.",
            choice=choice,
            offered=Listed(offered.choices),
        )
    if registration.chosen and registration.chosen.choice == choice:
        return None
    if registration.fixed and registration.fixed.by == BY_REGISTRANT:
        raise ChoiceIsFinal(
            marked("You chose the refund, and it is on its way. Nothing was changed; the refund can't be called back.")
        )
    if registration.fixed or now >= offered.choose_until:
        raise ChoiceTooLate(
            marked(
                "The last day for choosing is over. Nothing was changed; your page shows what happens with the money."
            )
        )
    return offered


_NOTHING: Mapping[Settling, str] = {
    Settling.NONE: marked(
        "This registration has not been cancelled, so there is nothing to choose. Nothing was changed."
    ),
    Settling.NOTHING_TO_CHOOSE: marked(
        "You had not paid anything yourself, so there is no money to choose about. "
        "Nothing was changed, and you owe nothing."
    ),
}


def paid_by_bank(registration: Registration, event: RefundSettled) -> Change[Registration] | None:
    """The payer's bank has paid a refund through a dispute; None when that was known, or the refund was sent."""
    if event.rail != "dispute" or any(each.refund == event.refund for each in registration.paid_by_bank):
        return None
    paid = PaidByBank(refund=event.refund, run=event.run, amount_minor=event.amount_minor, tender=event.paid_by)
    return Change(replace(registration, paid_by_bank=(*registration.paid_by_bank, paid)))


def refund_sent(registration: Registration, event: RefundSettled, *, now: datetime) -> Change[Registration] | None:
    """A refund has left; None when that was known, or when the payer's bank had paid it and nothing was sent."""
    if event.rail == "dispute" or any(each.refund == event.refund for each in registration.refunds_sent):
        return None
    sent = RefundSent(
        refund=event.refund,
        run=event.run,
        rail=event.rail,
        amount_minor=event.amount_minor,
        reference=event.reference,
        sent_at=now,
        tender=event.paid_by,
    )
    return Change(replace(registration, refunds_sent=(*registration.refunds_sent, sent)))


def refund_came_back(registration: Registration, event: RefundReversed) -> Change[Registration] | None:
    """A refund that had left is here again; None when that was known."""
    left = tuple(each for each in registration.refunds_sent if each.refund != event.refund)
    return Change(replace(registration, refunds_sent=left)) if left != registration.refunds_sent else None


def _fixed(registration: Registration, *, choice: str, by: str, now: datetime) -> Change[Registration]:
    final = replace(registration, settling=Settling.FIXED, fixed=Fixed(choice=choice, by=by, at=now))
    said = SettlementFixed(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        run=registration.run,
        choice=choice,
        fixed_by=by,
    )
    return Change(final, (said,))


def _must_have_ended(registration: Registration) -> None:
    if registration.life is not Life.CANCELLED:
        raise OfferRefused(f"{registration.id} is {registration.life}, and was offered a settlement")
