"""Where credits are kept, and who holds some; and how those of before they could be spent are carried over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING

from services.payments.books.store import LEDGER
from services.payments.credits.domain import Credit, Holder, held, issue, unclaimed_before
from services.payments.orders.domain.endings import CREDIT, Portion
from services.payments.orders.domain.orders import Order
from services.payments.orders.store import CONFERENCES, ORDERS
from shared.associations import FIRST
from shared.collection import Collection
from shared.migrating import Migration
from shared.mongo import Database
from shared.states import index, read

CREDITS = Collection(
    "credits",
    Credit,
    (
        index("person", "_id", name="person"),
        index("issued_at", "_id", name="issued"),
        index("payout.asked_at", name="asked", where={"payout": {"$type": "object"}}),
    ),
    routes=("credit",),
)
HOLDERS = Collection("credit_holders", Holder, (index("letter_year", "_id", name="letter_year"),))

COLLECTIONS = (CREDITS, HOLDERS)

_LEFT: Mapping[str, Any] = {"$or": [{"balance_minor": {"$gt": 0}}, {"payout": {"$type": "object"}}]}
STATES: Mapping[str, str] = {  # as a desk asks for them
    "unspent": "something is left",
    "asked": "to be paid out",
    "unclaimed": "unclaimed for five years",
    "used": "used up",
}


def credits_where(state: str | None, *, now: datetime) -> dict[str, Any]:
    """Which credits are in a state; None is all."""
    match state:
        case "unspent":
            return dict(_LEFT)
        case "asked":
            return {"payout": {"$type": "object"}}
        case "unclaimed":
            return {"issued_at": {"$lte": unclaimed_before(now)}, **_LEFT}
        case "used":
            return {"$nor": list(_LEFT["$or"])}
        case _:
            return {}


def association_known(database: Database, conference: str) -> str:
    """Whose conference it is."""
    known = read(database, CONFERENCES, conference)
    return known.association if known else FIRST


def read_holders_credits(database: Database, person: str) -> list[Credit]:
    """All credits of one payer, the oldest first."""
    found = database.mongo[CREDITS.name].find({"person": person}).sort([("issued_at", ASCENDING), ("_id", ASCENDING)])
    return [CREDITS.state(each) for each in found]


_OLD: Mapping[str, Any] = {"balance_minor": {"$exists": False}}


def _count_old(database: Database) -> int:
    return database.mongo[CREDITS.name].count_documents(_OLD)


def _carry_old(database: Database) -> None:
    """A credit of before says what it was made of by its order, and since when by its booking; nothing of it is spent.
    Its holder had no letter yet: the first is due on the first of March, or at once where that is over."""
    for old in list(database.mongo[CREDITS.name].find(_OLD)):
        credit = _carried(database, old)
        known = database.mongo[HOLDERS.name].find_one({"_id": credit.person})
        holder = held(HOLDERS.state(known) if known else Holder(id=credit.person), credit)
        written = {**HOLDERS.document(holder), "version": 1, "event_count": known["event_count"] if known else 0}
        database.mongo[HOLDERS.name].replace_one({"_id": holder.id}, written, upsert=True)
        kept = {name: old[name] for name in ("version", "event_count", "acted") if name in old}
        database.mongo[CREDITS.name].replace_one({"_id": credit.id, **_OLD}, CREDITS.document(credit) | kept)


def _carried(database: Database, old: Mapping[str, Any]) -> Credit:
    found = database.mongo[ORDERS.name].find_one({"_id": old["order"]})
    booked = database.mongo[LEDGER.name].find_one({"_id": f"settlement:{old['registration']}"}, {"booked_at": 1})
    if found is None or booked is None:
        raise LookupError(f"{old['_id']}: its order or its booking is missing; nothing of it was changed")
    order = ORDERS.state(found)
    credit = issue(
        order,
        id_=old["_id"],
        run=old["run"],
        portions=_left_of(order, old["amount_minor"]),
        at=booked["booked_at"],
    )
    if credit.amount_minor != old["amount_minor"]:
        raise LookupError(f"{credit.id}: its order has another sum; nothing of it was changed")
    return credit


def _left_of(order: Order, amount_minor: int) -> list[Portion]:
    """Of which payments so much was kept: the newest first, as at the choice."""
    end, portions = order.settlement, []
    for each in end.own if end is not None else ():
        part_minor = min(each.left_minor, amount_minor)
        amount_minor -= part_minor
        if part_minor and each.tender != CREDIT:
            portions.append(Portion(payment=each.payment, tender=each.tender, amount_minor=part_minor))
    return portions


OLD_CREDITS = Migration("Credits for later conferences", _count_old, _carry_old)
