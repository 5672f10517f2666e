"""Owns what a payer is told when a conference is moved: what would come back if they left it. Nothing changes by that.

Who leaves has all of it back by `leaving`; who stays owes and has paid what they did before.
"""

from dataclasses import replace
from typing import TypeAlias

from services.payments.endings.domain.mechanism import take_off
from services.payments.orders.domain.endings import CREDIT, MOVED, Ending
from services.payments.orders.domain.orders import Order, of_all
from shared.change import Change
from shared.contracts.payments import MoveWorkedOut
from shared.contracts.registration import OrderPostponed, RegistrationPostponed

Moved: TypeAlias = RegistrationPostponed | OrderPostponed


def work_out(order: Order, moved: Moved) -> Change[Order] | None:
    """The sums are said, once for each decision; None when they were."""
    if moved.run in order.moves:
        return None
    return Change(replace(order, moves=(*order.moves, moved.run)), (foresee(order, moved),))


def foresee(order: Order, moved: Moved) -> MoveWorkedOut:
    """The sums, as leaving would have them now, for all of them who are there."""
    registrations = moved.registrations if isinstance(moved, OrderPostponed) else (moved.registration,)
    lines = tuple(line for line in order.open_lines if line.registration in registrations)
    ending = Ending(id="", cause=MOVED, registrations=registrations, amount_minor=0)
    foreseen = take_off(order, lines, ending=ending).ending
    credited_minor = sum(each.amount_minor for each in foreseen.own if each.tender == CREDIT)
    return MoveWorkedOut(
        **of_all(order, registration=registrations[0]),
        run=moved.run,
        number=order.number,
        tender=next((each.tender for each in foreseen.own if each.tender != CREDIT), order.tender),
        back_minor=foreseen.free_minor - credited_minor,
        credited_minor=credited_minor,
        written_off_minor=foreseen.written_off_minor,
        released_minor=foreseen.released_minor,
        currency=order.currency,
        choose_until=moved.choose_until,
        default_choice=moved.default_choice,
        awaited_minor=order.underway.amount_minor if order.underway else 0,
    )
