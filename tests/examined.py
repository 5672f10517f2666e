"""How many documents the database looked at for what a test asked: its own word, by its profiler."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from shared.mongo import Database


@contextmanager
def examined(database: Database) -> Iterator[dict[str, int]]:
    """While this lasts every operation is noted; afterwards it says how many documents were examined, by collection."""
    mongo, counts = database.mongo, Counter[str]()
    mongo["system.profile"].drop()
    mongo.command("profile", 2)
    try:
        yield counts
    finally:
        mongo.command("profile", 0)
        for each in mongo["system.profile"].find({"docsExamined": {"$exists": True}}):
            counts[each["ns"].partition(".")[2]] += each["docsExamined"]
        mongo["system.profile"].drop()
