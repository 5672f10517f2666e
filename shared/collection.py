"""Owns where one kind of state is kept: its name, its indexes, and how a state becomes a document and back.

Nothing here asks a database; `shared.unit` and `shared.mongo` do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

import msgspec
from pymongo.operations import IndexModel

from shared.personal import Personal

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Older:
    """How a document was kept by an older version: which field it lacks, and what it is now."""

    lacks: str
    now: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Collection(Generic[S]):
    """Where one kind of state is kept: declared in a service's `store.py`, with its indexes.

    `is_watched` says that a loop looks at what is saved here, so that to save is to set it going, as a job does.
    `former_indexes` are those of an earlier version that would be in the way now, by name.
    `conference` is the field of the documents that names the conference they belong to, where that isn't the state's
    own `conference`; `routes` are the names by which addresses carry ids of these documents (`shared.reach`).
    `personal` says which fields tell who somebody is.
    """

    name: str
    kind: type[S]
    indexes: tuple[IndexModel, ...] = ()
    is_watched: bool = False
    older: Older | None = None
    former_indexes: tuple[str, ...] = ()
    conference: str = ""
    routes: tuple[str, ...] = ()
    personal: Personal | None = None

    def document(self, state: S) -> dict[str, Any]:
        """A frozen dataclass as Mongo keeps it; its `id` becomes `_id`."""
        document = cast(dict[str, Any], msgspec.to_builtins(state, builtin_types=(datetime, bytes)))
        document["_id"] = document.pop("id")
        return document

    def state(self, document: Mapping[str, Any]) -> S:
        """A Mongo document as its frozen dataclass; fields that it doesn't have are ignored."""
        if self.older is not None and self.older.lacks not in document:
            document = self.older.now(document)
        return msgspec.convert({**document, "id": document["_id"]}, self.kind, builtin_types=(datetime, bytes))
