"""Reading the states of a service outside of any transaction, and declaring by what they are found."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from shared.collection import Collection
from shared.mongo import Database

S = TypeVar("S")


def index(*fields: str, name: str, where: Mapping[str, Any] | None = None) -> IndexModel:
    """An index by these fields, all ascending; `where` makes it hold only the documents that match."""
    options: dict[str, Any] = {"partialFilterExpression": dict(where)} if where else {}
    return IndexModel([(field, ASCENDING) for field in fields], name=name, **options)


def read(database: Database, collection: Collection[S], id_: str) -> S | None:
    """The state under this id, outside of any transaction."""
    found = database.mongo[collection.name].find_one({"_id": id_})
    return collection.state(found) if found else None


def list_states(
    database: Database, collection: Collection[S], where: Mapping[str, Any], *, after: str = "", limit: int
) -> list[S]:
    """States in the order of their ids, from behind `after` on."""
    behind = {**where, "_id": {"$gt": after}} if after else where
    found = database.mongo[collection.name].find(behind).sort("_id", ASCENDING).limit(limit)
    return [collection.state(each) for each in found]
