"""How one option of a registration ends before the registration does: by its registrant, or by the clock.

An end is said once and is what payments acts on; an option that has ended is off the invoice when payments says so.
"""

from dataclasses import replace

from services.registration.registering.domain.options import OptionState, TakenOption
from services.registration.registering.domain.registrations import Registration
from shared.change import Change
from shared.contracts.payments import InvoiceReduced
from shared.contracts.registration import OptionCancelled

BY_REGISTRANT, BY_DEADLINE = "registrant", "deadline"
BY_DESK, BY_SEAT = "desk", "seat"  # of what was added later: the desk took it off; its seat was given up


def give_back(registration: Registration, *, product: str, by: str) -> Change[Registration]:
    """The option ends, and its price is owed no more or owed back."""
    option = standing(registration, product=product)
    assert option is not None
    after = with_option(registration, option, replace(option, state=OptionState.GIVEN_BACK, ended_by=by))
    said = OptionCancelled(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        product=option.product,
        session=option.session,
        amount_minor=option.amount_minor,
        currency=registration.currency,
        by=by,
        label=option.label,
    )
    return Change(after, (said,))


def note_reduction(registration: Registration, event: InvoiceReduced) -> Change[Registration] | None:
    """Payments has taken an option that was given back off the invoice; None when that is known."""
    for each in registration.options:
        if each.product == event.product and each.state is OptionState.GIVEN_BACK and not each.is_off_invoice:
            off = replace(each, is_off_invoice=True, back_minor=event.owed_back_minor)
            return Change(with_option(registration, each, off))
    return None


def standing(registration: Registration, *, product: str) -> TakenOption | None:
    return next((each for each in registration.options if each.is_standing and each.product == product), None)


def with_option(registration: Registration, option: TakenOption, changed: TakenOption) -> Registration:
    options = tuple(changed if each is option else each for each in registration.options)
    return replace(registration, options=options)
