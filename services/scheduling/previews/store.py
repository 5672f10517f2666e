"""Where previews are kept with what was answered, and whom this service's own answers were about."""

from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.scheduling.previews.domain.preview import Preview, PreviewUnknown
from shared import previewing
from shared.collection import Collection
from shared.mongo import Database
from shared.unit import Unit

PREVIEWS = Collection(
    "previews", Preview, (IndexModel([("decision", ASCENDING), ("_id", DESCENDING)], name="decision"),)
)
COLLECTIONS: tuple[Collection[Any], ...] = (PREVIEWS, *previewing.COLLECTIONS)


def preview(database: Database, id_: str) -> Preview:
    """The preview under this id; raises `PreviewUnknown`."""
    document = database.mongo[PREVIEWS.name].find_one({"_id": id_})
    if document is None:
        raise PreviewUnknown("There is no preview under this address.")
    return PREVIEWS.state(document)


def newest_in(unit: Unit, decision: str) -> Preview | None:
    """The last preview of a decision, answered or not, as this transaction sees it."""
    found = unit.find(PREVIEWS, {"decision": decision}, sort=[("_id", DESCENDING)], limit=1)
    return found[0] if found else None


def newest(database: Database, decision: str) -> Preview | None:
    """The last preview of a decision, answered or not."""
    found = database.mongo[PREVIEWS.name].find({"decision": decision}).sort("_id", DESCENDING).limit(1)
    return next((PREVIEWS.state(each) for each in found), None)
