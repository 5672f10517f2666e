"""Where refunds are kept, the disputes that may pay them, and refunds that were made outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import read_order
from services.payments.provider.domain.shown import Dispute
from services.payments.refunds.domain.outside import Outside
from services.payments.refunds.domain.refunds import Refund, RefundState
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.personal import OfOne
from shared.states import index, list_states

EARLIER_REFUND_COUNT_MAX = 500  # more than anybody reads; each is a payment that came twice
OPEN_STATES = [each for each in RefundState if each is not RefundState.SETTLED]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTaken:
    """A cheque's or transfer's number and the refund that it paid: a number pays one refund only."""

    id: str
    refund: str


_NOBODY = {"name": ERASED, "postal_address": []}


def _erased_payee(refund: Mapping[str, Any]) -> dict[str, Any] | None:
    return _NOBODY if refund["payee"] else None


def _erased_payees(refund: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_NOBODY] * len(refund["earlier_payees"])  # how often a cheque was addressed anew stays


REFUNDS = Collection(
    "refunds",
    Refund,
    (
        DUE_INDEX,
        index("state", "rail", "_id", name="state_rail"),
        index("run", "state", "rail", "_id", name="run_state"),
        index("state", "rail", "planned_at", name="state_rail_age"),
        index("conference", "run", "state", "_id", name="conference_run"),
        index("order", name="order"),
        index("reference", name="reference"),
        index("amount_minor", "_id", name="amount"),
        index("planned_at", "_id", name="planned"),
        index("provider_refund", name="provider_refund", where={"provider_refund": {"$type": "string"}}),
    ),
    routes=("refund",),
    personal=OfOne("person", {"payee": _erased_payee, "earlier_payees": _erased_payees}),
)
OUTSIDE = Collection(
    "outside_refunds",
    Outside,
    (
        index("looked_at", "_id", name="looked_at"),
        index("looked_at", "found_at", name="looked_at_age"),
        index("order", name="order"),
    ),
    routes=("outside",),
)
DISPUTES = Collection(
    "disputes",
    Dispute,
    (index("payment_intent", name="payment_intent"), index("state", "opened_on", name="state_age")),
)
REFERENCES = Collection("references", ReferenceTaken)


def refunds_where(
    database: Database, *, named: str, run: str | None, state: str | None, rail: str | None
) -> dict[str, Any]:
    """Which refunds: of an invoice, or paid by the cheque or transfer of this number; `run` is empty for no run."""
    asked = {"run": run, "state": state, "rail": rail}
    where: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    if named:
        order = read_order(database, named)
        where |= {"$or": [{"order": order.id}, {"reference": named}]} if order else {"reference": named}
    return where


def find_refunds(
    database: Database, *, run: str | None, state: str | None, rail: str | None, after: str, limit: int
) -> list[Refund]:
    """Refunds in the order of their ids, by what is asked for; `run` is empty for those outside of any run."""
    where: dict[str, Any] = {"state": {"$in": [state] if state else list(RefundState)}}
    where |= {name: value for name, value in (("run", run), ("rail", rail or None)) if value is not None}
    return list_states(database, REFUNDS, where, after=after, limit=limit)


def find_outside(database: Database, *, is_open: bool, after: str = "", limit: int) -> list[Outside]:
    """Refunds made at the card provider and not here: those that nobody has looked at, or the others."""
    where = {"looked_at": None if is_open else {"$type": "date"}}
    return list_states(database, OUTSIDE, where, after=after, limit=limit)


def open_outside_count(database: Database) -> int:
    """How many refunds were made at the card provider and not here, and nobody has looked at them."""
    return database.mongo[OUTSIDE.name].count_documents({"looked_at": None})


def refunds_of_payment(database: Database, refund: Refund) -> list[Refund]:
    """All refunds of one payment, outside of any transaction."""
    found = database.mongo[REFUNDS.name].find({"order": refund.order, "payment": refund.payment})
    return [REFUNDS.state(each) for each in found]


def disputes_about(database: Database, payments: Iterable[Payment]) -> list[Dispute]:
    """The disputes of these payments."""
    intents = [each.provider_payment for each in payments if each.provider_payment]
    return list_states(database, DISPUTES, {"payment_intent": {"$in": intents}}, limit=100) if intents else []


def earlier_refunds(database: Database, conference: str) -> list[Refund]:
    """Open refunds of a conference from before its cancellation: they belong to no run, and hold its run up."""
    where = {"state": {"$in": OPEN_STATES}, "run": "", "conference": conference}
    return list_states(database, REFUNDS, where, limit=EARLIER_REFUND_COUNT_MAX)


COLLECTIONS = (
    REFUNDS,
    OUTSIDE,
    DISPUTES,
    REFERENCES,
)
