"""What handlers were called before they went by their part: by their module, and each service had one module of most.

Who hears what is kept under these names (`shared/hearing.py`). A handler that is not known by its name of today would
be given again all that it has heard.
"""

from collections.abc import Collection, Mapping
from itertools import chain

from shared.hearing import OFFSETS, Heard, type_of
from shared.migrating import Migration
from shared.mongo import Database

_BY_MODULE = r"^services\."
_PARTS_THEN = frozenset({"agendas", "attendance", "programme"})  # had a module of handlers beside their service's own


def handlers_by_module(names: Mapping[str, Collection[str]]) -> Migration:
    """Who has heard what, kept under modules: carried over to the names that handlers have today, by topic."""
    today = frozenset(chain.from_iterable(names.values()))
    return Migration("Names of handlers", _count, lambda database: _carry(database, today))


def _count(database: Database) -> int:
    names = ("hears", "held", "missed.name")
    return database.mongo[OFFSETS].count_documents(
        {"$or": [{f"heard.{each}": {"$regex": _BY_MODULE}} for each in names]}
    )


def _carry(database: Database, today: frozenset[str]) -> None:
    for document in database.mongo[OFFSETS].find({"heard": {"$exists": True}}):
        known = Heard.of(document)
        assert known is not None
        now = Heard(
            hears=frozenset(chain.from_iterable(_now(name, today) for name in known.hears)),
            missed={now: offset for name, offset in known.missed.items() for now in _now(name, today)},
            held=frozenset(chain.from_iterable(_now(name, today) for name in known.held)),
            passed=known.passed,
        )
        database.mongo[OFFSETS].update_one({"_id": document["_id"]}, {"$set": now.document()})


def _now(name: str, today: frozenset[str]) -> list[str]:
    """The name of today, in a list; empty where nobody does any more what that handler did."""
    path = name.partition(":")[0].split(".")
    if path[0] != "services":
        return [name]
    alike = {each for each in today if type_of(each) == type_of(name)}
    if path[2] != "handlers":
        return sorted(alike & {f"{path[2]}:{type_of(name)}"})
    return sorted(each for each in alike if each.partition(":")[0] not in _PARTS_THEN)
