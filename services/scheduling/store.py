"""Where scheduling keeps conferences, what is at stake for each, disruptions, and what came back after them."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.decisions.domain.disruption import TOLD, Bill, Disruption, Report, Stakes
from shared.idempotency import REQUESTS
from shared.jobs import DUE_INDEX
from shared.mongo import Collection, Database
from shared.web.renewing import ASKED_LINKS

CONFERENCES = Collection(
    "conferences",
    Conference,
    (IndexModel([("key", ASCENDING)], unique=True), IndexModel([("starts", ASCENDING)])),
)
STAKES = Collection("stakes", Stakes)
BILLS = Collection("bills", Bill)
DISRUPTIONS = Collection("disruptions", Disruption, (DUE_INDEX,))
REPORTS = Collection("reports", Report)

COLLECTIONS: tuple[Collection[Any], ...] = (CONFERENCES, STAKES, BILLS, DISRUPTIONS, REPORTS, ASKED_LINKS, REQUESTS)


def conference_with_version(database: Database, id_: str) -> tuple[Conference, int] | None:
    """A conference and how often it was changed."""
    document = database.mongo[CONFERENCES.name].find_one({"_id": id_})
    return (CONFERENCES.state(document), document["version"]) if document else None


def conferences(
    database: Database, *, after: str | None = None, key: str | None = None, limit: int = 200, with_drafts: bool = False
) -> list[Conference]:
    """Conferences in the order they were created, those after one of them."""
    where: dict[str, object] = {} if with_drafts else {"life": {"$ne": "draft"}}
    where |= {"_id": {"$gt": after}} if after else {}
    where |= {"key": key} if key else {}
    found = database.mongo[CONFERENCES.name].find(where).sort("_id", ASCENDING).limit(limit)
    return [CONFERENCES.state(each) for each in found]


def stakes(database: Database, conference: str) -> Stakes:
    """What a decision about this conference would touch."""
    document = database.mongo[STAKES.name].find_one({"_id": conference})
    return STAKES.state(document) if document else Stakes(id=conference)


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
