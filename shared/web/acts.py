"""Who changed something last, as a page says it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.collection import Collection
from shared.mongo import Database
from shared.parts import current
from shared.unit import STAMP


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAct:
    """Who changed it last by their own hand, as they were called then, and when (business time)."""

    actor: str
    by: str
    at: datetime


def last_act(collection: Collection[Any], id_: str) -> LastAct | None:
    """Who at a desk changed this last; None where nobody has."""
    return last_acts(collection, [id_]).get(id_)


def last_acts(collection: Collection[Any], ids: list[str]) -> dict[str, LastAct]:
    """Who at a desk changed each of these last, by id."""
    where = {"_id": {"$in": ids}, STAMP: {"$exists": True}}
    found = current(Database).mongo[collection.name].find(where, {STAMP: 1})
    return {each["_id"]: LastAct(**each[STAMP]) for each in found}
