"""Where scheduling keeps conferences."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.conferences.domain.conference import Conference, ConferenceUnknown
from shared.idempotency import REQUESTS
from shared.mongo import Collection, Database
from shared.reach import of
from shared.sentences import marked

CONFERENCES = Collection(
    "conferences",
    Conference,
    (IndexModel([("key", ASCENDING)], unique=True), IndexModel([("starts", ASCENDING)])),
    conference="_id",
)

COLLECTIONS: tuple[Collection[Any], ...] = (CONFERENCES, REQUESTS)


def conference_with_version(database: Database, id_: str) -> tuple[Conference, int] | None:
    """A conference and how often it was changed."""
    document = database.mongo[CONFERENCES.name].find_one({"_id": id_})
    return (CONFERENCES.state(document), document["version"]) if document else None


def conference_of(database: Database, id_: str, *, drafts: str | None = "") -> Conference:
    """A conference; raises `ConferenceUnknown`, also for a draft of another association than `drafts`: empty is any,
    None is none."""
    found = conference_with_version(database, id_)
    if found is None or not (found[0].is_public or drafts in ("", found[0].association)):
        raise ConferenceUnknown(marked("There is no conference under this address. Nothing was changed."))
    return found[0]


def conferences(
    database: Database,
    *,
    after: str | None = None,
    key: str | None = None,
    limit: int = 200,
    drafts: str | None = None,
) -> list[Conference]:
    """Conferences in the order they were created, those after one of them, and the drafts of an association: of every
    one where `drafts` is empty."""
    public: dict[str, object] = {"life": {"$ne": "draft"}}
    where: dict[str, Any] = public if drafts is None else {"$or": [public, of(drafts)]} if drafts else {}
    where |= {"_id": {"$gt": after}} if after else {}
    where |= {"key": key} if key else {}
    found = database.mongo[CONFERENCES.name].find(where).sort("_id", ASCENDING).limit(limit)
    return [CONFERENCES.state(each) for each in found]


def zone_of(database: Database, conference: str) -> str:
    """A conference's time zone; that of nowhere, UTC, when there is no such conference."""
    found = conference_with_version(database, conference)
    return found[0].zone if found else "UTC"
