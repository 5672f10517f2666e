"""Where releases are kept, and the latest of them, which the public sees."""

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.scheduling.releases.domain import Release, release_id
from shared.mongo import Collection, Database

RELEASES = Collection(
    "releases", Release, (IndexModel([("conference", ASCENDING), ("number", DESCENDING)], name="latest"),)
)

COLLECTIONS = (RELEASES,)


def latest(database: Database, conference: str) -> Release | None:
    """What the public sees now; None when nothing was published."""
    document = database.mongo[RELEASES.name].find_one({"conference": conference}, sort=[("number", DESCENDING)])
    return RELEASES.state(document) if document else None


def release(database: Database, conference: str, number: int) -> Release | None:
    """One release of a conference."""
    document = database.mongo[RELEASES.name].find_one({"_id": release_id(conference, number)})
    return RELEASES.state(document) if document else None
