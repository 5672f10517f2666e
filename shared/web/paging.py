"""One page of what a list holds: sorted by a field, then by id, and going on behind the last row that was shown.

A page is found by what it comes after, never by counting, so that the hundredth costs what the first does, and nothing
is shown twice when rows arrive meanwhile. A field that a list is sorted by is there in every document, with values of
one type.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from bson import json_util
from bson.errors import BSONError
from pymongo import ASCENDING, DESCENDING

from shared.collection import Collection
from shared.mongo import Database
from shared.problem import NotFound

S = TypeVar("S")
PLACE_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class Sort:
    """By which field of the documents a list is sorted, and which way."""

    field: str = "_id"
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[S]):
    """Some rows of a list, and the place after which there are more; empty on the last page."""

    rows: list[S]
    next: str = ""


class NoSuchPage(NotFound):
    """A place in a list that no page of ours has led to."""


def find_page(
    database: Database, collection: Collection[S], where: Mapping[str, Any], *, sort: Sort, after: str, limit: int
) -> Page[S]:
    """The rows behind this place, at most `limit` (a count); raises `NoSuchPage` when the place makes no sense."""
    behind = _behind(sort, after) if after else {}
    matching = {"$and": [where, behind]} if behind else where
    documents = list(database.mongo[collection.name].find(matching).sort(_order(sort)).limit(limit + 1))
    shown = documents[:limit]
    has_more = len(documents) > limit
    return Page([collection.state(each) for each in shown], _place(sort, shown[-1]) if has_more else "")


def find_all(database: Database, collection: Collection[S], where: Mapping[str, Any], *, sort: Sort) -> Iterator[S]:
    """All rows in the same order, for a file."""
    for document in database.mongo[collection.name].find(where).sort(_order(sort)):
        yield collection.state(document)


def _order(sort: Sort) -> list[tuple[str, int]]:
    way = DESCENDING if sort.is_descending else ASCENDING
    return [("_id", way)] if sort.field == "_id" else [(sort.field, way), ("_id", way)]


def _place(sort: Sort, document: Mapping[str, Any]) -> str:
    """Where a row stands: its id, or what it is sorted by and its id."""
    id_ = str(document["_id"])
    if sort.field == "_id":
        return id_
    value: Any = document
    for name in sort.field.split("."):
        value = value[name]
    return base64.urlsafe_b64encode(json_util.dumps([value, id_]).encode()).decode().rstrip("=")


def _behind(sort: Sort, after: str) -> dict[str, Any]:
    beyond = "$lt" if sort.is_descending else "$gt"
    if len(after) > PLACE_LENGTH_MAX:
        raise NoSuchPage("There is no such page of the list. Please begin again with its first one.")
    if sort.field == "_id":
        return {"_id": {beyond: after}}
    value, id_ = _read(after)
    return {"$or": [{sort.field: {beyond: value}}, {sort.field: value, "_id": {beyond: id_}}]}


def _read(after: str) -> tuple[str | int | float | bool | date, str]:
    """What a place says; whoever writes one by hand can name a value, and never an operator of the database."""
    try:
        padded = after + "=" * (-len(after) % 4)
        value, id_ = json_util.loads(base64.urlsafe_b64decode(padded.encode()).decode())
    except (binascii.Error, ValueError, TypeError, BSONError):
        value, id_ = None, None
    if not isinstance(value, str | int | float | bool | datetime) or not isinstance(id_, str):
        raise NoSuchPage("There is no such page of the list. Please begin again with its first one.")
    return value, id_
