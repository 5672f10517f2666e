"""Where searches are kept."""

from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.scheduling.repair.domain.repair import Search, SearchUnknown
from shared.collection import Collection
from shared.jobs import DUE_INDEX
from shared.mongo import Database

SEARCHES = Collection(
    "searches",
    Search,
    (DUE_INDEX, IndexModel([("conference", ASCENDING), ("_id", DESCENDING)], name="newest")),
    routes=("search",),
)

COLLECTIONS: tuple[Collection[Any], ...] = (SEARCHES,)


def search(database: Database, conference: str, id_: str) -> Search:
    """One search of a conference; raises `SearchUnknown`."""
    document = database.mongo[SEARCHES.name].find_one({"_id": id_, "conference": conference})
    if document is None:
        raise SearchUnknown("There is no search under this address.")
    return SEARCHES.state(document)


def searches(database: Database, conference: str, *, limit: int = 20) -> list[Search]:
    """A conference's searches, the newest first."""
    found = database.mongo[SEARCHES.name].find({"conference": conference}).sort("_id", DESCENDING).limit(limit)
    return [SEARCHES.state(each) for each in found]
