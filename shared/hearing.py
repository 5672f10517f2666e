"""Which handlers have heard what: for each partition how far it was read, and by whom from the beginning.

A handler that is new has missed what was read before it came, and one that an older version lacked has missed what was
read meanwhile. Events of its type wait until `shared.backfill` has given it that history, so that every handler hears
every story from its beginning and in order.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kafka import TopicPartition
from pymongo import InsertOne, UpdateOne

from shared.clock import host_now
from shared.contracts.envelope import Event
from shared.contracts.flow import Declaration
from shared.mongo import Database
from shared.unit import Unit

OFFSETS = "offsets"

Document = Mapping[str, Any]


def names_of(handlers: Mapping[type[Event], tuple[Declaration, ...]], *, service: str) -> dict[str, Declaration]:
    """The handlers that listen to one service's topic, by part and type: functions and modules are renamed and moved.

    Raises `TypeError` where a part hears an event twice: neither would be known from the other.
    """
    found: dict[str, Declaration] = {}
    for event, declared in handlers.items():
        for each in declared if event.service == service else ():
            name = f"{_part_of(each.function.__module__)}:{event.type}"
            if name in found:
                raise TypeError(f"{name} has two handlers; let one of them do both")
            found[name] = each
    return found


def _part_of(module: str) -> str:
    """`changing` of `services.registration.changing.handlers`; what belongs to no part goes by its module."""
    path = module.split(".")
    return path[2] if path[0] == "services" and len(path) > 3 else module


def type_of(name: str) -> str:
    """The type of event that a handler of this name listens to."""
    return name.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Who has heard a partition from its beginning, and from which offset on the others have not."""

    hears: frozenset[str]
    missed: Mapping[str, int] = field(default_factory=dict)
    held: frozenset[str] = frozenset()  # of those who missed something: who is here, so that its events wait
    passed: frozenset[str] = frozenset()  # the types that some version has handled or passed by; others have waited

    @classmethod
    def of(cls, document: Document) -> "Heard | None":
        """As the database has it; None for what was read before it was kept."""
        if "heard" not in document:
            return None
        kept = document["heard"]
        missed = {each["name"]: each["from"] for each in kept["missed"]}
        return cls(
            hears=frozenset(kept["hears"]),
            missed=missed,
            held=frozenset(kept["held"]),
            passed=frozenset(kept["passed"]),
        )

    def document(self) -> dict[str, Any]:
        """As the database keeps it."""
        missed = [{"name": name, "from": offset} for name, offset in sorted(self.missed.items())]
        kept = {"hears": sorted(self.hears), "missed": missed, "held": sorted(self.held), "passed": sorted(self.passed)}
        return {"heard": kept}


def enrolled(known: Heard | None, names: Iterable[str], types: Iterable[str], *, next_: int) -> Heard:
    """From `next_` on it is these who hear, and only these types are passed by or handled.

    Who is new has missed what was passed before, who is gone misses what is passed from here on.
    """
    here, told = frozenset(names), frozenset(types)
    if known is None:
        return Heard(hears=here, passed=told)
    gone = {name: next_ for name in known.hears - here if type_of(name) in told}
    new = {name: 0 for name in here - known.hears - known.missed.keys() if type_of(name) in known.passed}
    missed = {**known.missed, **gone, **new}
    return Heard(
        hears=(known.hears | here) - missed.keys(),
        missed=missed,
        held=here & missed.keys(),
        passed=known.passed | told,
    )


def caught_up(known: Heard, names: Iterable[str]) -> Heard:
    """These have been given what they had missed."""
    given = frozenset(names)
    missed = {name: at for name, at in known.missed.items() if name not in given}
    return replace(known, hears=known.hears | given, missed=missed, held=known.held - given)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Where each partition is read on, which types wait for `backfill`, and from when on a new topic is no history."""

    positions: Mapping[TopicPartition, int]
    held: frozenset[str]
    history_until: Mapping[str, datetime]


class Offsets:
    """The documents that say so, one for each consumer, topic, partition and topic id."""

    def __init__(self, database: Database, *, group: str, ids: Mapping[str, str]) -> None:
        self.database = database
        self._group = group
        self._ids = ids

    def id(self, at: TopicPartition) -> str:
        """Where a partition's offset is kept."""
        return f"{self._group}/{at.topic}/{at.partition}/{self._ids.get(at.topic)}"

    def enrol(
        self, partitions: Sequence[TopicPartition], names: Mapping[str, Collection[str]], types: Collection[str]
    ) -> Enrolment:
        """Let these handlers (by topic) hear these partitions from where they are."""
        return self.database.transact(lambda unit: self._enrol(unit, partitions, names, types))

    def _enrol(
        self,
        unit: Unit,
        partitions: Sequence[TopicPartition],
        names: Mapping[str, Collection[str]],
        types: Collection[str],
    ) -> Enrolment:
        kept = {each["_id"]: each for each in unit.of(OFFSETS).find({}, session=unit.session)}
        writes: list[InsertOne[dict[str, Any]] | UpdateOne] = []
        positions: dict[TopicPartition, int] = {}
        held: set[str] = set()
        until: dict[str, datetime] = {}
        for at in partitions:
            document = kept.get(self.id(at))
            if document is None:
                document = self._new(at, kept)
                writes.append(InsertOne(document))
            positions[at] = int(document["next"])
            heard = enrolled(Heard.of(document), names[at.topic], types, next_=positions[at])
            if heard != Heard.of(document):
                where = {"_id": document["_id"], "next": document["next"]}
                writes.append(UpdateOne(where, {"$set": heard.document()}))
            held |= {type_of(name) for name in heard.held}
            if "history_until" in document:
                until[at.topic] = document["history_until"]
        if writes:
            unit.of(OFFSETS).bulk_write(writes, session=unit.session)
        return Enrolment(positions, frozenset(held), until)

    def _new(self, at: TopicPartition, kept: Mapping[str, Document]) -> dict[str, Any]:
        """A partition is read from its start. Its topic may have been made anew, or this service may be new to it:
        then what was said before is history here, of which nobody is told any more."""
        document: dict[str, Any] = {"_id": self.id(at), "next": 0}
        earlier = [each for id_, each in kept.items() if id_.startswith(f"{self._group}/{at.topic}/")]
        before = [each for each in earlier if each["_id"].startswith(f"{self._group}/{at.topic}/{at.partition}/")]
        if before:
            heard = Heard.of(before[-1])
            return document | (replace(heard, missed=dict.fromkeys(heard.missed, 0)).document() if heard else {})
        if not earlier and any(id_.startswith(f"{self._group}/") for id_ in kept):
            return document | {"history_until": host_now()}
        return document
