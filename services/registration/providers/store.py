"""Who was sent to a provider and has not come back: kept for some minutes."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.providers.domain import Asked
from shared.collection import Collection
from shared.mongo import Database

KEPT_SECONDS = 3_600

ASKED = Collection(
    "asked_providers",
    Asked,
    (IndexModel([("made_at", ASCENDING)], name="kept", expireAfterSeconds=KEPT_SECONDS),),
)
COLLECTIONS: tuple[Collection[Any], ...] = (ASKED,)


def keep(database: Database, asked: Asked) -> None:
    """Keep it until they come back."""
    database.mongo[ASKED.name].insert_one(ASKED.document(asked))


def take(database: Database, id_: str) -> Asked | None:
    """What was kept, for the first who asks: nobody comes back twice."""
    found = database.mongo[ASKED.name].find_one_and_delete({"_id": id_})
    return ASKED.state(found) if found else None
