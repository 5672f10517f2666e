"""Where contacts are kept, and what has become known that messages wait for."""

from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.notifications.contacts.domain import Contact, Wake
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.personal import OfOne
from shared.web.searching import matching

CONTACTS = Collection(
    "contacts",
    Contact,
    (IndexModel([("email", ASCENDING)], name="email"),),
    personal=OfOne("_id", {"name": ERASED, "email": None, "postal_address": []}),
)
WAKES = Collection("wakes", Wake, (DUE_INDEX,))

COLLECTIONS: tuple[Collection[Any], ...] = (CONTACTS, WAKES)


def persons_like(database: Database, query: str, *, limit: int = 0) -> list[str]:
    """The ids of those who have each of these words in their name, e-mail or postal address: so many, or all."""
    where = matching(query, fields=("name", "email", "postal_address"))
    return [each["_id"] for each in database.mongo[CONTACTS.name].find(where, {"_id": 1}).limit(limit)]
