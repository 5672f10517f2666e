"""What is added to a registration after its order was placed: an option, or a seat taken from a waitlist.

    added --on the invoice--> owed --the whole order paid--> paid
    added, owed or paid --taken off--> given back

It is one more line of the order, at the price of that day, and paid with whatever else is owed there. Nothing ends it
by itself but what ends any option: its session, its registration, its conference, and for an order of which nothing is
paid the time for which limited places are held. Leaves to payments what is owed and paid.
"""

from dataclasses import replace
from datetime import datetime

from services.registration.prices.domain.conferences import Conference
from services.registration.prices.domain.fees import FeeTable, Option
from services.registration.registering.domain.endings import give_back, standing
from services.registration.registering.domain.options import OptionState, TakenOption, taken
from services.registration.registering.domain.registrations import Life, Registration, Tender
from shared.change import Change
from shared.contracts.payments import InvoiceExtended
from shared.contracts.registration import OptionAdded
from shared.problem import Refusal
from shared.sentences import marked

ADDITION_COUNT_MAX = 50  # to one registration, those included that were taken off again


class RegistrationEnded(Refusal):
    """Nothing is added to a registration that has ended."""

    title = marked("This registration has ended")


class HasItAlready(Refusal):
    """A registrant takes an option once."""

    title = marked("You have this already")


class TooManyAdditions(Refusal):
    """So often nobody changes their mind."""

    title = marked("Nothing more can be added here")


class PaymentTimeIsOver(Refusal):
    """Unpaid places of this order are about to be given to others."""

    title = marked("The time for paying is over")


class IsPaid(Refusal):
    """What is paid is not taken off by the registrant."""

    title = marked("This is paid")


def must_be_addable(registration: Registration, option: Option) -> None:
    """Whether this may be added now, as far as the registration is concerned; raises the refusal that says why not."""
    if not registration.is_live:
        raise RegistrationEnded(marked("This registration has ended. Nothing was added, and nothing was charged."))
    if has(registration, option):
        raise HasItAlready.saying(
            "%(label)s is part of this registration. It was not added a second time.", label=option.label
        )
    if count_added(registration) >= ADDITION_COUNT_MAX:
        raise TooManyAdditions(
            marked("Nothing was added: this was changed too often. Please ask the host committee to see to it.")
        )
    if registration.life is Life.SUBMITTED and registration.is_time_over:
        raise PaymentTimeIsOver(
            marked(
                "The time for paying this registration is over, so that nothing can be added to it until it is paid. "
                "Nothing was added, and nothing was charged."
            )
        )


def add(
    registration: Registration,
    option: Option,
    *,
    conference: Conference,
    fees: FeeTable,
    now: datetime,
    claim: int | None = None,
) -> Change[Registration]:
    """One more option, at the price that it has now; where nothing of the order is paid, its place is held for so long
    as those are that were ordered with it."""
    added = replace(
        taken(option),
        number=count_added(registration) + 1,
        is_awaited=True,
        is_unpaid=option.amount_minor > 0,
        claim=claim,
    )
    after = replace(registration, options=(*registration.options, added))
    is_unpaid = registration.life is Life.SUBMITTED and not registration.paid_minor
    if is_unpaid and added.is_limited and registration.held_until is None and after.total_minor:
        is_by_card = registration.tender is Tender.CARD
        after = replace(after, held_until=fees.holds.until(now, is_by_card=is_by_card, zone=conference.zone))
    said = OptionAdded(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        number=added.number,
        product=option.key,
        session=option.session,
        amount_minor=option.amount_minor,
        currency=registration.currency,
        label=option.label,
        payer=registration.payer,
        claim=claim,
    )
    return Change(after, (said,))


def count_added(registration: Registration) -> int:
    """How often something was added to it, taken off since or not."""
    return max((each.number for each in registration.options), default=0)


def note_extension(registration: Registration, event: InvoiceExtended) -> Change[Registration] | None:
    """Payments has put it on the invoice; None when that is known."""
    for each in registration.options:
        if each.is_awaited and each.number == event.addition:
            on_it = replace(each, is_awaited=False)
            options = tuple(on_it if other is each else other for other in registration.options)
            return Change(replace(registration, options=options))
    return None


def take_off(registration: Registration, *, product: str, by: str) -> Change[Registration] | None:
    """It is not wanted after all, and not paid; None when there is none (any more)."""
    option = standing(registration, product=product)
    if option is None or not registration.is_live:
        return None
    if not option.is_unpaid or option.state is not OptionState.HELD:
        raise IsPaid.saying(
            "%(label)s can't be taken off here any more. Nothing was changed; please ask the host committee.",
            label=option.label,
        )
    return give_back(registration, product=product, by=by)


def claimed(registration: Registration, *, session: str, claim: int) -> TakenOption | None:
    """The option that pays for a seat which its owner has given up by this claim."""
    return next(
        (
            each
            for each in registration.options
            if each.session == session
            and each.state is OptionState.HELD
            and each.is_added
            and (each.claim == claim or (each.claim is None and each.is_unpaid))
        ),
        None,
    )


def has(registration: Registration, option: Option) -> bool:
    """Whether it stands on the registration, or another seat in the same session does."""
    return any(
        each.is_standing and (each.product == option.key or (bool(option.session) and each.session == option.session))
        for each in registration.options
    )
