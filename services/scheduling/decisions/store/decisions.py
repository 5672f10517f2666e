"""Where scheduling keeps what is at stake for each conference, decisions, and what came back after them."""

from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.scheduling.decisions.domain.decision import Decision
from services.scheduling.decisions.domain.disruption import TOLD, Disruption, Report
from services.scheduling.decisions.domain.stakes import Bill, Stakes
from shared.collection import Collection
from shared.jobs import DUE_INDEX
from shared.mongo import Database

STAKES = Collection("stakes", Stakes, conference="_id")
BILLS = Collection("bills", Bill)
DECISIONS = Collection(
    "decisions",
    Decision,
    (DUE_INDEX, IndexModel([("conference", ASCENDING), ("_id", ASCENDING)], name="conference")),
    routes=("decision",),
)
DISRUPTIONS = Collection("disruptions", Disruption, (DUE_INDEX,), routes=("run",))
REPORTS = Collection("reports", Report)
SHOWN_MAX = 200  # of one conference's decisions

COLLECTIONS: tuple[Collection[Any], ...] = (STAKES, BILLS, DECISIONS, DISRUPTIONS, REPORTS)


def stakes(database: Database, conference: str) -> Stakes:
    """What a decision about this conference would touch."""
    document = database.mongo[STAKES.name].find_one({"_id": conference})
    return STAKES.state(document) if document else Stakes(id=conference)


def decision_of(database: Database, id_: str) -> Decision | None:
    """A decision, whatever its state."""
    document = database.mongo[DECISIONS.name].find_one({"_id": id_})
    return DECISIONS.state(document) if document else None


def decisions_about(database: Database, conference: str) -> list[Decision]:
    """The decisions about a conference, the newest first."""
    found = database.mongo[DECISIONS.name].find({"conference": conference}).sort("_id", DESCENDING).limit(SHOWN_MAX)
    return [DECISIONS.state(each) for each in found]


def disruption_with_version(database: Database, run: str) -> tuple[Disruption, int] | None:
    """The record of a decision and how often it was changed."""
    document = database.mongo[DISRUPTIONS.name].find_one({"_id": run})
    return (DISRUPTIONS.state(document), document["version"]) if document else None


def told_registrations(database: Database, run: str) -> set[str]:
    """The registrations whose registrants have been told."""
    return _registrations(database, f"{run}:told:", how=[*TOLD])


def ended_registrations(database: Database, run: str) -> set[str]:
    """The registrations that have ended."""
    return _registrations(database, f"{run}:ended:", how=["ended"])


def _registrations(database: Database, prefix: str, *, how: list[str]) -> set[str]:
    where = {"_id": {"$gte": prefix, "$lt": prefix + "\uffff"}, "how": {"$in": how}}
    return {each["_id"].removeprefix(prefix) for each in database.mongo[REPORTS.name].find(where, {"_id": 1})}
