"""Unpaid places of limited options: held for a time that the committee sets, and then free for others.

    held --paid, or on a purchase order--> nobody's business any more
    held --time over--> asked of payments --nothing paid, and no page open--> given back, told, free
                                          --paid after all--> kept

The clock alone never ends a hold: money may be on its way on the provider's page. So registration says that the time is
over (`PaymentTimeEnded`), payments closes the page, hears that it is closed and says so (`OrderGivenUp`), and only then
the places go back to those who wait, else on sale. The rest of the registration stays as it is.
"""

from dataclasses import replace
from datetime import datetime

from services.registration.registering.domain.endings import BY_DEADLINE, give_back
from services.registration.registering.domain.options import OptionState, TakenOption
from services.registration.registering.domain.registrations import Life, Registration
from shared.change import Change
from shared.contracts.registration import PaymentTimeEnded

BY_CLOCK = "unpaid"


def held_options(registration: Registration) -> tuple[TakenOption, ...]:
    """The options whose places are held for an order of which nothing is paid; none once it is, or is promised."""
    return tuple(each for each in _unpaid(registration) if each.is_limited and each.state is OptionState.HELD)


def choosing_until(registration: Registration) -> datetime | None:
    """Until when a registrant may still move who has not paid and whose session is cancelled; None: there is none.

    What was offered until then stays offered. A place that is moved to is held like the one before it.
    """
    if registration.is_time_over:
        return None
    times = [each.choose_until for each in _unpaid(registration) if each.choose_until is not None]
    return max(times, default=None)


def end_time(registration: Registration) -> Change[Registration] | None:
    """The time for paying is over, which payments is told once; None when there is nothing to end."""
    if registration.is_time_over or not held_options(registration):
        return None
    return Change(replace(registration, is_time_over=True), (_time_ended(registration),))


def still_ended(change: Change[Registration]) -> Change[Registration]:
    """An option has ended: what is held beside it, its time being over, payments is asked for once more.

    It gives up an order as it stood, and one that has changed meanwhile is not given up by itself.
    """
    registration = change.state
    if not registration.is_time_over or not held_options(registration):
        return change
    return Change(registration, (*change.events, _time_ended(registration)))


def give_back_unpaid(registration: Registration) -> tuple[Change[Registration], tuple[str, ...]]:
    """Nothing was paid, and nobody can pay any more: the options end; also whose places are free again.

    Payments lets nobody pay the rest until it hears of an end. So options end as well whose session was cancelled
    meanwhile, and those that were moved to.
    """
    change: Change[Registration] = Change(registration)
    ending = [each for each in _unpaid(registration) if each.is_limited or each.moved_from]
    for each in ending:
        by = BY_CLOCK if each.state is OptionState.HELD else BY_DEADLINE
        ended = give_back(change.state, product=each.product, by=by)
        change = Change(ended.state, (*change.events, *ended.events))
    return change, tuple(each.product for each in ending)


def _unpaid(registration: Registration) -> tuple[TakenOption, ...]:
    """The options that stand while nothing is paid or promised."""
    if registration.life is not Life.SUBMITTED or registration.paid_minor or registration.held_until is None:
        return ()
    return tuple(each for each in registration.options if each.is_standing)


def _time_ended(registration: Registration) -> PaymentTimeEnded:
    return PaymentTimeEnded(
        registration=registration.id,
        conference=registration.conference,
        person=registration.person,
        order=registration.order,
    )
