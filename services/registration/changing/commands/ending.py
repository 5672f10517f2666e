"""Ending registrations because a conference is cancelled; of an order of several, said once for all of them."""

from dataclasses import replace

from services.registration.changing.domain import settlement
from services.registration.changing.domain.runs import Run
from services.registration.payers.store import ORDERS
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.store import REGISTRATIONS, StoryBroken
from shared.change import Change
from shared.unit import Unit


def end_with_order(unit: Unit, registration: Registration, *, run: Run) -> Change[Registration]:
    """The registration ends; if it was the last of an order of several, the order has ended with it.

    So an order may be spread over two steps of a run, and is told of once, with all whom it has ended.
    """
    change = settlement.end(registration, run=run)
    if not registration.is_of_several:
        return change
    order = unit.load(ORDERS, registration.order)
    if order is None:
        raise StoryBroken(f"{registration.order} was never placed here")
    unit.preload((REGISTRATIONS, each) for each in order.registrations)
    found = [unit.load(REGISTRATIONS, each) for each in order.registrations]
    members = [change.state if each.id == registration.id else each for each in found if each is not None]
    if any(each.is_live for each in members):
        return change
    ended = [each for each in members if each.run == run.id]
    left = [each for each in members if each.left is not None]
    order_change, lead = settlement.end_order(order, ended, left=left, run=run)
    unit.save(ORDERS, order_change)
    if lead.state.id == registration.id:
        return Change(replace(change.state, settling=lead.state.settling), change.events)
    unit.save(REGISTRATIONS, lead)
    return change
