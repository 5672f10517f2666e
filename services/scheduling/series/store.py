"""Where scheduling keeps series."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.series.domain.series import Series
from shared.collection import Collection
from shared.mongo import Database
from shared.reach import Narrowed, of

SERIES = Collection(
    "series", Series, (IndexModel([("association", ASCENDING)]), IndexModel([("editions.conference", ASCENDING)]))
)

COLLECTIONS: tuple[Collection[Any], ...] = (SERIES,)


def series_of(database: Database, id_: str) -> Series | None:
    """The series under this key."""
    document = database.mongo[SERIES.name].find_one({"_id": id_})
    return SERIES.state(document) if document else None


def all_series(database: Database, *, association: str = "") -> list[Series]:
    """The series of an association by title; of all where that is empty."""
    where = of(association) if association else {}
    return [SERIES.state(each) for each in database.mongo[SERIES.name].find(where).sort("title", ASCENDING)]


def series_with(database: Database, conference: str) -> Series | None:
    """The series that a conference is an edition of, if it is of one."""
    document = database.mongo[SERIES.name].find_one({"editions.conference": conference})
    return SERIES.state(document) if document else None


def is_series_seen(database: Database, id_: str) -> bool:
    """Whether a series is of the association of who came to a desk."""
    within = of(database.reach.association) if isinstance(database, Narrowed) else {}
    return database.mongo[SERIES.name].find_one({"_id": id_, **within}, {"_id": 1}) is not None
