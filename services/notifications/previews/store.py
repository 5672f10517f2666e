"""Where it is kept who is registered, what was asked and answered, and what three orders would be told."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.notifications.previews.domain import Attending, Examples
from shared import previewing
from shared.collection import Collection
from shared.findings import Inquiry
from shared.mongo import Database
from shared.previewing import INQUIRIES

ATTENDING = Collection(
    "attending", Attending, (IndexModel([("conference", ASCENDING), ("is_live", ASCENDING)], name="conference"),)
)
EXAMPLES = Collection("examples", Examples)

COLLECTIONS: tuple[Collection[Any], ...] = (ATTENDING, EXAMPLES, *previewing.COLLECTIONS)


def examples_of(database: Database, preview: str) -> Examples | None:
    """What three orders would be told; None while payments has not worked it out."""
    document = database.mongo[EXAMPLES.name].find_one({"_id": preview})
    return EXAMPLES.state(document) if document else None


def inquiry(database: Database, preview: str) -> Inquiry | None:
    """What was asked under this preview."""
    document = database.mongo[INQUIRIES.name].find_one({"_id": preview})
    return INQUIRIES.state(document) if document else None
