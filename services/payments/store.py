"""Owns where the states of this service are kept and what is asked of them: collections, indexes, queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.payments.balance import BalanceLine
from services.payments.checkouts import Checkout, open_id
from services.payments.disputes import Dispute
from services.payments.ledger import ChainCheck, ChainHead, Transaction, check_balanced
from services.payments.orders import Order, invoice_numbers_as_typed
from services.payments.outside import Outside
from services.payments.owed_seats import OwedSeat
from services.payments.pace import BUDGETS
from services.payments.postings import About
from services.payments.provider_events import ProviderEvent
from services.payments.receipts import Payment
from services.payments.refunds import Refund, RefundState
from services.payments.runs import Run
from services.payments.settlement import Credit, Decision, Donation
from services.payments.strays import Stray
from services.payments.sweep_marks import Round, Sweep
from shared.idempotency import REQUESTS
from shared.jobs import DUE_INDEX, due
from shared.mongo import Collection, Database, Unit
from shared.problem import Refusal
from shared.telemetry import correlation

S = TypeVar("S")

EARLIER_REFUND_COUNT_MAX = 500  # more than anybody reads; each is a payment that came twice
STUCK_COUNT_MAX = 100  # more than so many at once have one cause
IN_HAND: Mapping[str, Any] = {
    "tender": "cheque",
    "deposit": {"$type": "null"},
}  # a cheque that has not gone to the bank
OPEN_STATES = [each for each in RefundState if each is not RefundState.SETTLED]


class NotEnoughLeft(Refusal):
    """More was to leave a payment than it has left: nothing of that decision is kept, and trying again won't help."""

    title = "The payment has less left"

    def __init__(self, payment: str) -> None:
        super().__init__(f"Payment {payment} has less left than would go back from it. Nothing was changed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """What payments knows of a conference."""

    id: str
    title: str
    zone: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTaken:
    """A cheque's or transfer's number and the refund that it paid: a number pays one refund only."""

    id: str
    refund: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit slip: cheques taken to the bank together."""

    id: str
    deposited_on: date
    payments: tuple[str, ...]
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A run, or the sealing of a conference's books, that can't go on: why, and since when."""

    id: str
    reason: str
    since: datetime
    is_over: bool = False


def _index(*fields: str, name: str, where: Mapping[str, Any] | None = None) -> IndexModel:
    options: dict[str, Any] = {"partialFilterExpression": dict(where)} if where else {}
    return IndexModel([(field, ASCENDING) for field in fields], name=name, **options)


CONFERENCES = Collection("conferences", Conference)
ORDERS = Collection(
    "orders",
    Order,
    (
        _index("conference", "_id", name="conference"),
        _index("number", "_id", name="number"),
        _index(
            "settlement.run",
            "settlement.is_ended",
            "registration",
            name="run_ended",
            where={"settlement.run": {"$exists": True}},
        ),
    ),
)
PAYMENTS = Collection(
    "payments",
    Payment,
    (
        DUE_INDEX,
        _index("order", name="order"),
        _index("received_on", name="in_hand", where=IN_HAND),
        _index("reference", name="reference"),
        _index("provider_payment", name="provider_payment", where={"provider_payment": {"$type": "string"}}),
    ),
)
CHECKOUTS = Collection("checkouts", Checkout, (DUE_INDEX,))
REFUNDS = Collection(
    "refunds",
    Refund,
    (
        DUE_INDEX,
        _index("state", "rail", "_id", name="state_rail"),
        _index("run", "state", "rail", "_id", name="run_state"),
        _index("state", "rail", "planned_at", name="state_rail_age"),
        _index("conference", "run", "state", "_id", name="conference_run"),
        _index("order", name="order"),
        _index("reference", name="reference"),
        _index("amount_minor", "_id", name="amount"),
        _index("planned_at", "_id", name="planned"),
        _index("provider_refund", name="provider_refund", where={"provider_refund": {"$type": "string"}}),
    ),
)
OUTSIDE = Collection(
    "outside_refunds",
    Outside,
    (
        _index("looked_at", "_id", name="looked_at"),
        _index("looked_at", "found_at", name="looked_at_age"),
        _index("order", name="order"),
    ),
)
DISPUTES = Collection(
    "disputes",
    Dispute,
    (_index("payment_intent", name="payment_intent"), _index("state", "opened_on", name="state_age")),
)
REFERENCES = Collection("references", ReferenceTaken)
DEPOSITS = Collection("deposits", Deposit)
CREDITS = Collection("credits", Credit)
DONATIONS = Collection("donations", Donation)
RUNS = Collection("runs", Run, is_watched=True)
LEDGER = Collection(
    "ledger",
    Transaction,
    (
        _index("conference", "order", name="conference_order"),
        _index("conference", "number", name="chain", where={"is_sealed": True}),
        _index("is_sealed", "conference", "_id", name="unsealed_of", where={"is_sealed": False}),
    ),
)
CHAIN_HEADS = Collection("chain_heads", ChainHead)
CHAIN_CHECKS = Collection("chain_checks", ChainCheck)
PROVIDER_EVENTS = Collection("provider_events", ProviderEvent, (DUE_INDEX,))
SWEEPS = Collection("sweeps", Sweep)
OWED_SEATS = Collection(
    "owed_seats",
    OwedSeat,
    (_index("is_owed", "conference", name="owed"), _index("person", "conference", name="person")),
)
STUCK = Collection("stuck", Stuck)
STRAYS = Collection(
    "strays",
    Stray,
    (_index("looked_at", "_id", name="looked_at"), _index("looked_at", "found_at", name="looked_at_age")),
)
ROUNDS = Collection("rounds", Round, (DUE_INDEX,))
BALANCE_LINES = Collection("balance_lines", BalanceLine, (DUE_INDEX, _index("move.source", name="source")))

COLLECTIONS: tuple[Collection[Any], ...] = (
    CONFERENCES,
    ORDERS,
    PAYMENTS,
    CHECKOUTS,
    REFUNDS,
    OUTSIDE,
    DISPUTES,
    REFERENCES,
    DEPOSITS,
    CREDITS,
    DONATIONS,
    RUNS,
    LEDGER,
    CHAIN_HEADS,
    CHAIN_CHECKS,
    PROVIDER_EVENTS,
    SWEEPS,
    STRAYS,
    BALANCE_LINES,
    OWED_SEATS,
    ROUNDS,
    BUDGETS,
    STUCK,
    REQUESTS,
)


# writing


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


def book(unit: Unit, transactions: Iterable[Transaction]) -> None:
    """Add transactions to the ledger, each once under its source; raises `Unbalanced`."""
    for each in transactions:
        unit.add(LEDGER, check_balanced(each))


def plan(unit: Unit, refunds: Iterable[Refund]) -> None:
    """Keep new refunds; those by card are due at once."""
    for each in refunds:
        unit.add(REFUNDS, each, job=due() if each.state is RefundState.PLANNED else None)


def carry_out(unit: Unit, decision: Decision) -> None:
    """Save all that follows from one decision about an order. What leaves a payment is taken from what it has left:
    if that is not enough, nothing of the whole unit is kept."""
    unit.save(ORDERS, decision.change)
    book(unit, decision.transactions)
    plan(unit, decision.refunds)
    for taking in decision.takings:
        enough = {"_id": taking.payment, "refundable_minor": {"$gte": taking.amount_minor}}
        less = {"$inc": {"refundable_minor": -taking.amount_minor, "version": 1}}
        unit.require(PAYMENTS, enough, less, otherwise=NotEnoughLeft(taking.payment))
    if decision.credit is not None:
        unit.add(CREDITS, decision.credit)
    if decision.donation is not None:
        unit.add(DONATIONS, decision.donation)


def close_page(unit: Unit, order: Order) -> None:
    """Nobody should pay on the provider's page for this order any more; if one is open, a job closes it."""
    attempt = open_id(order)
    if attempt is not None:
        unit.schedule(CHECKOUTS, attempt, due())


def disputes_of(unit: Unit, payment_intent: str | None) -> list[Dispute]:
    """The disputes of one card payment; none of what was paid in another way."""
    return unit.find(DISPUTES, {"payment_intent": payment_intent}) if payment_intent else []


# reading


def read(database: Database, collection: Collection[S], id_: str) -> S | None:
    """The state under this id, outside of any transaction."""
    found = database.mongo[collection.name].find_one({"_id": id_})
    return collection.state(found) if found else None


def list_states(
    database: Database, collection: Collection[S], where: Mapping[str, Any], *, after: str = "", limit: int
) -> list[S]:
    """States in the order of their ids, from behind `after` on."""
    behind = {**where, "_id": {"$gt": after}} if after else where
    found = database.mongo[collection.name].find(behind).sort("_id", ASCENDING).limit(limit)
    return [collection.state(each) for each in found]


def orders_named(named: str) -> dict[str, Any]:
    """The order under its own number, its invoice's as a payer quotes it, or its payment reference."""
    numbers = invoice_numbers_as_typed(named)
    return {"number": {"$in": numbers}} if numbers else {"_id": named}


def read_order(database: Database, named: str) -> Order | None:
    """The order that somebody names, outside of any transaction; none when a number stands for two."""
    found = list(database.mongo[ORDERS.name].find(orders_named(named)).limit(2))
    return ORDERS.state(found[0]) if len(found) == 1 else None


def find_refunds(
    database: Database, *, run: str | None, state: str | None, rail: str | None, after: str, limit: int
) -> list[Refund]:
    """Refunds in the order of their ids, by what is asked for; `run` is empty for those outside of any run."""
    where: dict[str, Any] = {"state": {"$in": [state] if state else list(RefundState)}}
    where |= {name: value for name, value in (("run", run), ("rail", rail or None)) if value is not None}
    return list_states(database, REFUNDS, where, after=after, limit=limit)


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


def find_strays(database: Database, *, is_open: bool, after: str = "", limit: int) -> list[Stray]:
    """Payments that fit no order: those that nobody has looked at, or the others."""
    where = {"looked_at": None if is_open else {"$type": "date"}}
    return list_states(database, STRAYS, where, after=after, limit=limit)


def stuck_run(run: str) -> str:
    """Under which id a run is noted that can't go on."""
    return f"run:{run}"


def stuck_books(conference: str) -> str:
    """Under which id the books of a conference are noted that can't be sealed."""
    return f"books:{conference}"


def stuck_check(conference: str) -> str:
    """Under which id the books of a conference are noted that can't be recomputed."""
    return f"check:{conference}"


def stuck(database: Database, id_: str) -> Stuck | None:
    """Why this can't go on by itself; None while it goes on."""
    found = read(database, STUCK, id_)
    return found if found and not found.is_over else None


def stuck_now(database: Database) -> list[Stuck]:
    """What can't go on by itself, the longest first."""
    found = database.mongo[STUCK.name].find({"is_over": False}).sort("since", ASCENDING)
    return [STUCK.state(each) for each in found.limit(STUCK_COUNT_MAX)]


def open_stray_count(database: Database) -> int:
    """How many payments fit no order, and nobody has looked at them."""
    return database.mongo[STRAYS.name].count_documents({"looked_at": None})


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


def transactions_of(database: Database, order: Order) -> list[Transaction]:
    """Every booking about one order, in the order of booking."""
    where = {"conference": order.conference, "order": order.id}
    found = database.mongo[LEDGER.name].find(where).sort([("booked_at", ASCENDING), ("_id", ASCENDING)])
    return [LEDGER.state(each) for each in found.limit(200)]
