"""Where orders are kept, the payments towards them, and conferences as known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING

from services.payments.books.domain.ledger import Transaction
from services.payments.books.store import LEDGER
from services.payments.orders.domain.invoices import digits_typed, invoice_numbers_as_typed
from services.payments.orders.domain.older import with_lines
from services.payments.orders.domain.orders import Order
from services.payments.orders.domain.payments import Payment
from services.payments.orders.domain.purchase_orders import Promise
from shared.associations import FIRST
from shared.collection import Collection, Older
from shared.described import ASSOCIATIONS
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.states import index

IN_HAND: Mapping[str, Any] = {
    "tender": "cheque",
    "deposit": {"$type": "null"},
}  # a cheque that has not gone to the bank


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """What payments knows of a conference."""

    id: str
    title: str
    zone: str
    currency: str
    association: str = FIRST


CONFERENCES = Collection("conferences", Conference, conference="_id")
ORDERS = Collection(
    "orders",
    Order,
    (
        index("conference", "_id", name="conference"),
        index("number", "_id", name="number"),
        index("digits", name="digits", where={"digits": {"$gt": ""}}),
        index("person", "_id", name="person"),
        index("endings.run", name="ending_run", where={"endings.run": {"$gt": ""}}),
        index("purchase_order.number", name="purchase_order", where={"purchase_order.number": {"$type": "string"}}),
    ),
    older=Older(lacks="lines", now=with_lines),
)
PAYMENTS = Collection(
    "payments",
    Payment,
    (
        DUE_INDEX,
        index("order", name="order"),
        index("received_on", name="in_hand", where=IN_HAND),
        index("reference", name="reference"),
        index("provider_payment", name="provider_payment", where={"provider_payment": {"$type": "string"}}),
    ),
)


def orders_named(named: str) -> dict[str, Any]:
    """The order under its own number, its invoice's as a payer quotes it, or its payment reference."""
    numbered = invoices_typed(named)
    return {"$or": numbered} if numbered else {"_id": named}


def invoices_typed(text: str) -> list[dict[str, Any]]:
    """The conditions of which an order meets one whose invoice somebody names so; none if it names no invoice."""
    numbers, digits = invoice_numbers_as_typed(text), digits_typed(text)
    return [*([{"number": {"$in": numbers}}] if numbers else []), *([{"digits": digits}] if digits else [])]


def read_order(database: Database, named: str) -> Order | None:
    """The order that somebody names, outside of any transaction; none when a number stands for two."""
    found = list(database.mongo[ORDERS.name].find(orders_named(named)).limit(2))
    return ORDERS.state(found[0]) if len(found) == 1 else None


def is_order_there(database: Database, named: str) -> bool:
    """Whether there is an order that somebody names so."""
    return database.mongo[ORDERS.name].find_one(orders_named(named), {"_id": 1}) is not None


def transactions_of(database: Database, order: Order) -> list[Transaction]:
    """Every booking about one order, in the order of booking."""
    where = {"conference": order.conference, "order": order.id}
    found = database.mongo[LEDGER.name].find(where).sort([("booked_at", ASCENDING), ("_id", ASCENDING)])
    return [LEDGER.state(each) for each in found.limit(200)]


PROMISES = Collection("purchase_orders", Promise)

COLLECTIONS = (
    CONFERENCES,
    ORDERS,
    PAYMENTS,
    PROMISES,
    ASSOCIATIONS,
)
