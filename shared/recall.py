"""What a service had said after the moment that its database was restored to, and how its states catch up with it.

Owns the events that were taken back from the topic: they are in the archive, and the states don't know of them yet. A
state catches up by coming to the same decision again: it hears the same events, asks the provider for the same
payments, and does again what its people had asked for. What it then says was said before; it is matched with what was
taken back, keeps that number, and is not published a second time. Leaves reading the topic to `shared.restoring`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec
from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.operations import IndexModel

from shared.contracts.envelope import Event, UnknownEvent, encode, event_class, opened
from shared.keys import Keys
from shared.problem import Refusal

RECALLED = "recalled"  # on a row of the archive: PENDING until the state says it again, LEFT when a person gave that up
PENDING, LEFT = "pending", "left"
RECALLED_INDEX = IndexModel(
    [(RECALLED, ASCENDING)], name="recalled", partialFilterExpression={RECALLED: {"$type": "string"}}
)
MAY_DIFFER = frozenset({"reason", "attempt", "paid_by"})  # how a decision came about, not what it was; and for the
# words alone: `paid_by` was not said in the first versions, whose refunds a restored database may have to say again

Row = Mapping[str, Any]


class Behind(Refusal):
    """A state would say something new, and has not come to say again what it had said before."""

    title = "These records are being restored"


@dataclass(frozen=True, slots=True)
class Repeated:
    """What becomes of something that is said about an aggregate whose archive is ahead of its state."""

    is_new: bool  # it was never said, and is published
    found: tuple[str, ...] = ()  # rows of the archive that the state knows from now on


def repeat(said: Event, recalled: Sequence[Row]) -> Repeated:
    """Match what is said with what had been said; raises `Behind` when something else has to be said again first.

    Events of which only the newest counts are figures of a moment: they need not come again, and those of an earlier
    moment are not said while later facts are known.
    """
    facts = [each for each in recalled if not is_passing(each)]
    passing = tuple(each["_id"] for each in recalled if is_passing(each))
    if said.only_newest_counts:
        return Repeated(is_new=False) if facts else Repeated(is_new=True, found=passing)
    for each in facts:
        if _is_same(said, each):
            return Repeated(is_new=False, found=(each["_id"], *(passing if len(facts) == 1 else ())))
    if facts:
        first = facts[0]
        raise Behind(
            "Our records are being restored from a backup and don't know yet of something that had happened here "
            f"({_name(first['type'])}, {first['_id']}). Nothing was changed. It comes back by itself, or the "
            "association enters it again; please try again in some minutes.",
            event=first["_id"],
        )
    return Repeated(is_new=True, found=passing)


def _is_same(said: Event, row: Row) -> bool:
    if row["type"] != said.type:
        return False
    before = event_of(row)
    return before is not None and all(
        getattr(said, each.name) == getattr(before, each.name)
        for each in fields(said)  # type: ignore[arg-type]  # every event is a dataclass
        if each.name not in MAY_DIFFER
    )


def is_passing(row: Row) -> bool:
    """Whether it need not be said again: figures of a moment, or what a person gave up."""
    if row[RECALLED] == LEFT:
        return True
    try:
        return event_class(row["type"]).only_newest_counts
    except UnknownEvent:
        return False


def event_of(row: Row) -> Event | None:
    """The event in a row of the archive; None when it can't be read."""
    try:
        return msgspec.json.decode(row["data"], type=event_class(row["type"]))
    except (UnknownEvent, msgspec.MsgspecError):
        return None


def _name(type_: str) -> str:
    return type_.removeprefix("reconvene.").rpartition(".v")[0].rpartition(".")[2].replace("_", " ")


class Recalled:
    """The rows of one archive that its states don't know of yet."""

    def __init__(self, archive: Collection[dict[str, Any]], keys: Keys) -> None:
        self._archive = archive
        self._keys = keys
        self.is_open = False  # whether there are any: only then does saying something cost a look

    def look(self) -> bool:
        """Look whether there are any."""
        self.is_open = self._archive.find_one({RECALLED: {"$type": "string"}}, {"_id": 1}) is not None
        return self.is_open

    def history(self, key: str, *, session: ClientSession) -> tuple[int, list[dict[str, Any]]]:
        """The last number that was given out for this aggregate, and its rows that the state doesn't know of."""
        rows = list(self._archive.find({"_id": {"$gt": f"{key}:", "$lt": f"{key};"}, "key": key}, session=session))
        rows.sort(key=lambda each: int(each["sequence"]))
        recalled = [self._opened(each) for each in rows if each.get(RECALLED)]
        return rows[-1]["sequence"] if rows else 0, recalled

    def pending(self) -> list[dict[str, Any]]:
        """What is still to be said again, in the order in which it was said."""
        return [self._opened(each) for each in self._archive.find({RECALLED: PENDING}).sort("id", ASCENDING)]

    def _opened(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with contact data in clear, as far as nobody was erased."""
        event = event_of(row)
        if event is None or not event.personal:
            return row
        return {**row, "data": encode(opened(event, row["data"], self._keys.key_of))}
