"""What becomes of one registration's option when the organiser cancels its session: move to another, or money back.

Owns the registrant's choice. Both choices are final: a move changes which seat the order line pays for and moves no
money, and what is given back is said once and is what payments acts on. Silence gives the money back.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.registration.changing.domain.runs import Run, facts_of
from services.registration.changing.domain.session_runs import CancelledSession
from services.registration.changing.domain.settlement import (
    ChoiceIsFinal,
    ChoiceTooLate,
    ChoiceUnknown,
    NothingToChoose,
)
from services.registration.prices.domain.fees import FeeTable, Option
from services.registration.prices.domain.places import OptionPlaces, who_has
from services.registration.registering.domain.endings import (
    BY_DEADLINE,
    BY_REGISTRANT,
    give_back,
    standing,
    with_option,
)
from services.registration.registering.domain.options import OptionState, TakenOption
from services.registration.registering.domain.registrations import Registration
from shared.change import Change
from shared.contracts.registration import OptionMoved
from shared.problem import NotFound, Refusal
from shared.sentences import Listed, Phrase, Sum, marked, phrase

MOVE, REFUND = "move", "refund"


class OptionNotHeld(NotFound):
    """The registration has no such option."""


class AlternativeFull(Refusal):
    """Others were faster: there is no place left to move to."""

    title = marked("There is no place left")


def mark(registration: Registration, *, run: Run, fees: FeeTable | None) -> Change[Registration] | None:
    """The session is cancelled: its registrant may move or have the money back; None when it has no seat there.

    What is still marked by an earlier cancellation is offered what this one offers. Where nothing is left to choose,
    because nothing at the same price is offered instead, the money goes back at once.
    """
    option = _seat(registration, session=run.cause)
    if option is None or not registration.is_live:
        return None
    session = facts_of(run, CancelledSession)
    offered = _alternatives(registration, option, sessions=session.alternatives, fees=fees)
    marked = replace(
        option,
        state=OptionState.CANCELLED_BY_ORGANISER,
        code=session.code,
        alternatives=offered,
        choose_until=run.until,
    )
    if marked == option:
        return None
    after = with_option(registration, option, marked)
    if run.until is None or not offered:
        return give_back(after, product=option.product, by=BY_DEADLINE)
    return Change(after)


def reinstate(registration: Registration, *, session: str) -> Change[Registration]:
    """The session takes place after all, and nothing was chosen: the option is the seat that it was; no money moved."""
    option = _seat(registration, session=session)
    assert option is not None
    seat = replace(option, state=OptionState.HELD, code="", alternatives=(), choose_until=None)
    return Change(with_option(registration, option, seat))


def choose_refund(registration: Registration, *, product: str, now: datetime) -> Change[Registration] | None:
    """The registrant takes the money back; None when they have done so before."""
    if any(each.product == product and each.ended_by == BY_REGISTRANT for each in registration.options):
        return None
    _choosable(registration, product=product, now=now)
    return give_back(registration, product=product, by=BY_REGISTRANT)


def give_back_at_deadline(registration: Registration, *, session: str) -> Change[Registration]:
    """The time for choosing is over, and nothing was said: the money goes back."""
    option = _seat(registration, session=session)
    assert option is not None
    return give_back(registration, product=option.product, by=BY_DEADLINE)


def destination(
    registration: Registration, *, product: str, session: str, fees: FeeTable | None, now: datetime
) -> Option:
    """The option that the registrant may move to; raises the refusal that says why not."""
    option = _choosable(registration, product=product, now=now)
    other = fees.option_for(session) if fees and session else None
    if other is None or session not in _alternatives(registration, option, sessions=option.alternatives, fees=fees):
        raise ChoiceUnknown.saying(
            "%(label)s can't be exchanged for '%(session)s'. You were not moved, and nothing was changed; please "
            "choose "
            "one of those that your page shows, or the money.",
            label=option.label,
            session=session,
        )
    return other


def move(registration: Registration, *, product: str, to: Option) -> Change[Registration]:
    """The registrant moves: the same line pays for another seat, at the price that was paid."""
    option = standing(registration, product=product)
    assert option is not None
    moved = TakenOption(
        product=to.key,
        label=to.label,
        session=to.session,
        amount_minor=option.amount_minor,
        moved_from=option.label,
        is_limited=to.place_count is not None,
        number=option.number,
        is_awaited=option.is_awaited,
        is_unpaid=option.is_unpaid,
    )
    said = OptionMoved(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
        option=option.product,
        from_session=option.session,
        to_session=to.session,
        amount_minor=option.amount_minor,
        currency=registration.currency,
        to_option=to.key,
        from_label=option.label,
        to_label=to.label,
    )
    return Change(with_option(registration, option, moved), (said,))


def full(
    option: TakenOption, to: Option, *, places: OptionPlaces | None, others: Iterable[Phrase], currency: str
) -> AlternativeFull:
    """The refusal for whoever comes too late: nothing has happened, and the money can still be had."""
    amount, rest = Sum(option.amount_minor, currency), Listed(tuple(others))
    instead = (
        phrase("You may move to %(others)s, or get %(amount)s back.", others=rest, amount=amount)
        if rest.facts
        else phrase("You may get %(amount)s back.", amount=amount)
    )
    reason = (
        phrase("No place is left in %(label)s: %(who_has)s.", label=to.label, who_has=who_has(places))
        if places and places.set_aside_count
        else phrase("Somebody else took the last place in %(label)s.", label=to.label)
    )
    return AlternativeFull.saying(
        "%(reason)s You were not moved, and nothing was changed. %(instead)s",
        reason=reason,
        instead=instead,
        option=to.key,
    )


def held(registration: Registration, *, product: str) -> TakenOption:
    """The option that stands under this key; raises `OptionNotHeld`."""
    option = standing(registration, product=product)
    if option is None:
        raise OptionNotHeld.saying(
            "This registration has no option '%(option)s' (any more). Nothing was changed.", option=product
        )
    return option


def open_alternatives(registration: Registration, option: TakenOption, *, fees: FeeTable | None) -> tuple[str, ...]:
    """The sessions that the registrant may still move to, if there are places."""
    return _alternatives(registration, option, sessions=option.alternatives, fees=fees)


def _choosable(registration: Registration, *, product: str, now: datetime) -> TakenOption:
    if not registration.is_live:
        raise NothingToChoose(
            marked(
                "The whole conference has been cancelled, so that all you paid is settled as one. "
                "Nothing was changed; your page shows what happens with the money."
            )
        )
    if standing(registration, product=product) is None and any(
        each.product == product and each.state is OptionState.GIVEN_BACK for each in registration.options
    ):
        raise ChoiceIsFinal(
            marked("You get the money for this option back, and that can't be called back. Nothing was changed.")
        )
    option = held(registration, product=product)
    if option.state is not OptionState.CANCELLED_BY_ORGANISER:
        raise NothingToChoose.saying(
            "%(label)s takes place as planned, so there is nothing to choose. Nothing was changed.", label=option.label
        )
    if option.choose_until is not None and now >= option.choose_until:
        raise ChoiceTooLate(
            marked("The time for choosing is over. Nothing was changed; you get the money back by itself.")
        )
    return option


def _alternatives(
    registration: Registration, option: TakenOption, *, sessions: tuple[str, ...], fees: FeeTable | None
) -> tuple[str, ...]:
    """Of these sessions, those sold at the price that was paid in which the registrant has no seat yet.

    Nor one whose price they had back: an option that was given back is over, also when its session is reinstated.
    """
    mine = {each.session for each in registration.options}
    sold = {each.session: each.amount_minor for each in fees.options} if fees else {}
    return tuple(
        session for session in sessions if session and session not in mine and sold.get(session) == option.amount_minor
    )


def _seat(registration: Registration, *, session: str) -> TakenOption | None:
    return next((each for each in registration.options if each.is_standing and each.session == session), None)
