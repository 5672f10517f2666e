"""Owns counting over what is kept: how far a run has come, whether it is at its end, how many refunds are where.

A run is counted outside of any transaction, at one moment: it may have more orders than a transaction has time for.
What could undo its end meanwhile writes the run, so that the end is saved only under the version that was seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.client_session import ClientSession

from services.payments.books.store import one_moment, owed_back_minor
from services.payments.orders.store import ORDERS
from services.payments.refunds.domain.refunds import RAILS, RefundState
from services.payments.refunds.store import OPEN_STATES, REFUNDS
from services.payments.runs.domain import Figures
from services.payments.runs.store import RUNS
from shared.ids import digest_of
from shared.mongo import Database

COUNT_MAX = 10_000  # from here on a page says "more than": nobody waits for a count of keys
_SUMS = {  # a figure of the run, by the field of an ending that it sums up
    "refund_open_count": "refund_open_count",
    "refund_settled_count": "refund_settled_count",
    "refunded_minor": "refunded_minor",
    "credited_minor": "credited_minor",
    "donated_minor": "donated_minor",
    "kept_minor": "kept_minor",
    "voided_minor": "written_off_minor",
    "released_minor": "released_minor",
}
# Orders by the last two letters of their id: one document doesn't hold the registrations of a whole run.
_LOT = {"$substrBytes": ["$_id", {"$subtract": [{"$strLenBytes": "$_id"}, 2]}, 2]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A run as it was seen at one moment: its version, and what must agree for it to be settled."""

    version: int
    figures: Figures
    digest: str
    owed_back_minor: int
    open_count: int


def closing_of(database: Database, run: str) -> Closing | None:
    """All that decides whether a run is settled, at one moment; None if there is no such run."""
    with one_moment(database) as session:
        kept = database.mongo[RUNS.name].find_one({"_id": run}, session=session)
        if kept is None:
            return None
        figures, _, ended = _counted(database, run, session=session)
        return Closing(
            version=kept["version"],
            figures=figures,
            digest=digest_of(registration for each in ended for registration in each),
            owed_back_minor=owed_back_minor(database, session, conference=kept["conference"]),
            open_count=database.mongo[REFUNDS.name].count_documents(
                {"run": run, "state": {"$in": OPEN_STATES}}, session=session
            ),
        )


def figures_of(database: Database, run: str) -> tuple[Figures, str]:
    """How far a run has come, counted over its orders, and its currency (empty while there is no order)."""
    figures, currency, _ = _counted(database, run)
    return figures, currency


def _counted(
    database: Database, run: str, *, session: ClientSession | None = None
) -> tuple[Figures, str, list[list[str]]]:
    """The figures of a run and its currency, and, in a session, which registrations have ended; each order is read
    once."""
    is_chosen = {"$ne": [{"$ifNull": ["$endings.choice", None]}, None]}
    is_open = {"$and": [{"$not": [is_chosen]}, {"$gt": ["$endings.free_minor", 0]}]}
    count = {"$size": "$endings.registrations"}
    sums: dict[str, Any] = {
        "worked_out_count": count,
        "ended_count": {"$cond": ["$endings.is_ended", count, 0]},
        "refunds_payable_minor": "$endings.payable_minor",
        "choice_open_count": {"$cond": [is_open, 1, 0]},
        "choice_open_minor": {"$cond": [is_open, "$endings.free_minor", 0]},
        **{name: f"$endings.{field}" for name, field in _SUMS.items()},
    }
    group: dict[str, Any] = {"_id": None, "currency": {"$first": "$currency"}}
    group |= {name: {"$sum": each} for name, each in sums.items()}
    if session is not None:
        group["_id"] = _LOT
        group["ended"] = {"$push": {"$cond": ["$endings.is_ended", "$endings.registrations", "$$REMOVE"]}}
    of_run: dict[str, Any] = {"$match": {"endings.run": run}}
    stages: list[dict[str, Any]] = [of_run, {"$unwind": "$endings"}, of_run, {"$group": group}]
    lots = list(database.mongo[ORDERS.name].aggregate(stages, session=session))
    if not lots:
        return Figures(), "", []
    figures = Figures(
        **{name: sum(lot[name] for lot in lots) for name in sums},
        balance_short_minor=balance_short_minor(database, {"run": run}, session=session),
    )
    return figures, lots[0]["currency"], [ids for lot in lots for ids in lot.get("ended", ())]


def balance_short_minor(database: Database, where: Mapping[str, Any], *, session: ClientSession | None = None) -> int:
    """What waits for the card provider's balance: with so much more on it, all of it goes out."""
    short = {"state": RefundState.PROVIDER_PENDING, "is_short": True, **where}
    total = {"$group": {"_id": None, "amount_minor": {"$sum": "$amount_minor"}}}
    found = list(database.mongo[REFUNDS.name].aggregate([{"$match": short}, total], session=session))
    return int(found[0]["amount_minor"]) if found else 0


def refund_counts(
    database: Database, *, run: str | None = None, states: Sequence[str] = tuple(RefundState)
) -> dict[tuple[str, str], int]:
    """How many refunds there are by rail and state, of one run or of all; beyond `COUNT_MAX` none is counted."""
    of_run = {"run": run} if run is not None else {}
    counts = {
        (rail, state): database.mongo[REFUNDS.name].count_documents(
            {"state": state, "rail": rail, **of_run}, limit=COUNT_MAX + 1
        )
        for rail in RAILS
        for state in states
    }
    return {key: count for key, count in counts.items() if count}
