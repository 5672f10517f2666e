"""What people record about an order itself, and what every command about an order begins with."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.payments.books.domain.postings import About
from services.payments.orders.domain.orders import Order, OrderUnknown, PurchaseOrder
from services.payments.orders.domain.purchase_orders import accept_purchase_order, name_promise, promise_id
from services.payments.orders.store import CONFERENCES, ORDERS, PROMISES, orders_named
from shared.associations import FIRST
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.payments import PurchaseOrderAccepted
from shared.sentences import marked
from shared.telemetry import correlation
from shared.unit import Unit


@command(emits=[PurchaseOrderAccepted])
def record_purchase_order(unit: Unit, *, order: str, number: str, dated: date, limit_minor: int) -> Order:
    """A town's purchase order covers this order, beside its others at the same association that name it."""
    loaded = order_named(unit, order)
    purchase_order = PurchaseOrder(number=number, dated=dated, limit_minor=limit_minor)
    change = accept_purchase_order(loaded, purchase_order=purchase_order, today=today(unit, loaded.conference)[1])
    if change.events:
        _name_promise(unit, loaded, purchase_order)
    return unit.save(ORDERS, change)


def _name_promise(unit: Unit, order: Order, purchase_order: PurchaseOrder) -> None:
    """The promise is written each time an order names it: of two at once, one starts again and sees the other.

    Those named before promises were told apart by association are in one of all of them: each is its own one's.
    """
    association = association_of(unit, order.conference)
    id_ = promise_id(order.person, purchase_order.number, association=association)
    known, of_all = unit.load(PROMISES, id_), unit.load(PROMISES, promise_id(order.person, purchase_order.number))
    named = dict.fromkeys(each for promise in (of_all, known) if promise for each in promise.orders)
    unit.preload((ORDERS, each) for each in named)
    others = [
        other
        for each in named
        if each != order.id
        and (other := unit.load(ORDERS, each)) is not None
        and association_of(unit, other.conference) == association
    ]
    promise = name_promise(known, order, id_=id_, purchase_order=purchase_order, others=others)
    unit.save(PROMISES, Change(promise))


def about(unit: Unit, order: Order) -> About:
    """What all postings of this unit about an order have in common; the cause is the event, or the person's action."""
    return About(
        conference=order.conference,
        order=order.id,
        payer=order.person,
        currency=order.currency,
        at=unit.now,
        cause=unit.cause.archive_id if unit.cause else correlation(),
    )


def order_named(unit: Unit, named: str) -> Order:
    """The order under its own number, or under its invoice's."""
    order = unit.load(ORDERS, named)
    found = [order] if order else unit.find(ORDERS, orders_named(named), limit=2)
    if len(found) != 1:
        raise OrderUnknown(marked("There is no order under this number. Nothing was changed."))
    return found[0]


def association_of(unit: Unit, conference: str) -> str:
    """Whose a conference is."""
    known = unit.load(CONFERENCES, conference)
    return known.association if known else FIRST


def today(unit: Unit, conference: str) -> tuple[date, date]:
    """The earliest and the latest date that it may be now, for the conference and for a bank that counts in UTC."""
    return dates_at(unit, conference, unit.now)


def dates_at(unit: Unit, conference: str, at: datetime) -> tuple[date, date]:
    """The earliest and the latest date that this moment was, for the conference and in UTC."""
    known = unit.load(CONFERENCES, conference)
    there = at.astimezone(ZoneInfo(known.zone) if known else UTC).date()
    return min(there, at.astimezone(UTC).date()), max(there, at.astimezone(UTC).date())


def order_invoiced(unit: Unit, id_: str) -> Order:
    """The order; raises LookupError, because nothing can follow for an order that was never invoiced."""
    order = unit.load(ORDERS, id_)
    if order is None:
        raise LookupError(f"{id_} was never invoiced")
    return order
