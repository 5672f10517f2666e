"""Carries what an older version has kept over to how it is kept now: `python -m services.NAME migrate`, as often as one
likes, while the service runs or stands still. Until then it is read as it is; but only what is carried over is found by
what it holds now."""

import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from shared.collection import Collection
from shared.contracts.envelope import declared_events, encode
from shared.mongo import Database
from shared.unit import ARCHIVE

CHUNK_SIZE = 500


def carry_over(database: Database, collections: Iterable[Collection[Any]]) -> dict[str, int]:
    """Write every older document as it is kept now, and say how many there were of each collection that had any.

    One that is changed meanwhile is left alone: who changed it has written it as it is kept now.
    """
    counts = {}
    for collection in collections:
        if collection.older is not None:
            count = sum(_carry(database, collection, id_) for id_ in _older_ids(database, collection))
            counts.update({collection.name: count} if count else {})
    return counts


def seal_archive(database: Database) -> int:
    """Seal contact data that were said in clear, before there were keys; answers in how many events."""
    archive = database.mongo[ARCHIVE]
    kinds = {each.type: each for each in declared_events() if each.personal and each.service == database.service}
    count = 0
    for row in archive.find({"type": {"$in": list(kinds)}}, batch_size=CHUNK_SIZE):
        said = msgspec.json.decode(row["data"], type=kinds[row["type"]])
        if not said.has_contact_data:
            continue
        key = database.keys.find([said.sealed_for]).get(said.sealed_for, b"")
        if key is None:  # erased since
            data = encode(said.without_contact_data())
        else:
            data = encode(said, key=key or database.keys.make(said.sealed_for))
        where = {"_id": row["_id"], "data": row["data"]}
        count += archive.update_one(where, {"$set": {"data": data}}).modified_count
    return count


def command_line(database: Database, collections: Iterable[Collection[Any]]) -> None:
    """Carry over, and say what was done."""
    counts = carry_over(database, collections)
    sealed_count = seal_archive(database)
    counts |= {ARCHIVE: sealed_count} if sealed_count else {}
    for name, count in counts.items():
        sys.stdout.write(f"{name}: {count:,} carried over\n")
    if not counts:
        sys.stdout.write("Everything is kept as this version keeps it.\n")


def _older_ids(database: Database, collection: Collection[Any]) -> list[str]:
    assert collection.older is not None
    where = {collection.older.lacks: {"$exists": False}}
    return [each["_id"] for each in database.mongo[collection.name].find(where, {"_id": 1}, batch_size=CHUNK_SIZE)]


def _carry(database: Database, collection: Collection[Any], id_: str) -> int:
    assert collection.older is not None
    kept = database.mongo[collection.name].find_one({"_id": id_})
    if kept is None or collection.older.lacks in kept:
        return 0
    now = collection.document(collection.state(kept))
    gone = dict.fromkeys(kept.keys() - now.keys() - {"version", "event_count", "job"}, "")
    update = {"$set": now} | ({"$unset": gone} if gone else {})
    where = {"_id": id_, "version": kept["version"], collection.older.lacks: {"$exists": False}}
    return database.mongo[collection.name].update_one(where, update).modified_count
