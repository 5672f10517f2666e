"""The unit of work: everything that one transaction reads and writes.

A unit keeps what it has loaded, and writes once, at the end: changed aggregates under their versions, their events into
the archive, effects with deterministic ids. What costs is the commit and not its size, so a web command is one unit, a
handler's batch is one unit, a chunk of a fan-out is one unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection as MongoCollection

from shared.acting import actor
from shared.change import Change
from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.envelope import Envelope, Event, encode
from shared.contracts.flow import Declaration, UndeclaredEvent, UndeclaredJob
from shared.ids import new_event_id
from shared.keys import key_in
from shared.recall import RECALLED, event_of, repeat
from shared.telemetry import correlation

if TYPE_CHECKING:
    from shared.mongo import Database

S = TypeVar("S")

ARCHIVE = "events"
STAMP = "acted"  # beside each state that somebody at a desk has changed: who, in words of that time, and when


class Conflict(Exception):
    """Another transaction was first; nothing of this one is kept, and it may start again."""


@dataclass(slots=True)
class _Held:
    """An aggregate as this unit knows it: None when there is none yet."""

    state: Any
    version: int = 0
    event_count: int = 0
    is_changed: bool = False


@dataclass(slots=True)
class _Writes:
    """What a unit will write into one collection at the end."""

    guarded: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    fenced: list[tuple[Mapping[str, Any], Exception]] = field(default_factory=list)
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    inserted: list[dict[str, Any]] = field(default_factory=list)
    scheduled: dict[str, dict[str, Any]] = field(default_factory=dict)


class Unit:
    """Everything that one transaction reads and writes; nothing of it is kept unless all of it is."""

    def __init__(
        self,
        database: "Database",
        session: ClientSession,
        *,
        emits: frozenset[type[Event]],
        starts: frozenset[str] | None = None,
    ) -> None:
        self.database = database
        self.session = session
        self.now = database.clock.now()
        self.cause: Envelope | None = None
        self._emits = emits
        self._starts = starts  # the collections in which jobs may be started; None: this work is declared nowhere
        self._held: dict[tuple[str, str], _Held] = {}
        self._collections: dict[str, Collection[Any]] = {}
        self._writes: dict[str, _Writes] = {}
        self._events: list[dict[str, Any]] = []
        self._repeated: set[str] = set()
        self._keys: dict[str, bytes | None] = {}
        self.is_history = False  # what is handled is so old that nobody is told of it any more
        self.has_said = False
        self.has_scheduled = False

    @property
    def actor(self) -> str:
        """The id of who has set this going, at a desk here or, by an event, anywhere; empty when nobody has."""
        if self.cause is not None:
            return self.cause.actor or ""
        acting = actor()
        return acting.id if acting else ""

    def begin(self, cause: Envelope, declared: Declaration) -> None:
        """From here on the unit works for this event and its handler: what isn't declared is neither said nor begun."""
        self.cause = cause
        self._emits = declared.emits
        self._starts = declared.may_start

    # reading

    def load(self, collection: Collection[S], id_: str) -> S | None:
        """The state under this id as this transaction sees it, changes of this unit included."""
        held = self._held.get((collection.name, id_))
        if held is None:
            self.preload([(collection, id_)])
            held = self._held[collection.name, id_]
        return cast("S | None", held.state)  # as text: evaluated for every event it would cost

    def preload(self, wanted: Iterable[tuple[Collection[Any], str]]) -> None:
        """Load many states with one query per collection."""
        by_collection: dict[str, set[str]] = {}
        for collection, id_ in wanted:
            self._collections[collection.name] = collection
            if (collection.name, id_) not in self._held:
                by_collection.setdefault(collection.name, set()).add(id_)
        for name, ids in by_collection.items():
            self._load_all(self._collections[name], ids)

    def find(self, collection: Collection[S], where: Mapping[str, Any], **options: Any) -> list[S]:
        """States that a query finds as this transaction began; those found can be saved. Options: pymongo's."""
        found = self.of(collection).find(where, session=self.session, **options)
        return [self._hold(collection, document) for document in found]

    def version_of(self, collection: Collection[Any], id_: str) -> int:
        """How often a state was changed before this unit: what an editor has seen of it; 0 when there is none."""
        self.load(collection, id_)
        return self._held[collection.name, id_].version

    def of(self, collection: Collection[Any] | str) -> MongoCollection[dict[str, Any]]:
        """The bare collection, for reads and for guards; pass `session=unit.session`."""
        return self.database.mongo[collection if isinstance(collection, str) else collection.name]

    def event_of(self, envelope: Envelope) -> Event:
        """What an envelope holds, with contact data but for those of who was erased; raises `KeyMissing`."""
        return envelope.opened(self._key_of)

    def preload_keys(self, subjects: Iterable[str]) -> None:
        """Load the keys of many persons with one query."""
        wanted = [each for each in subjects if each not in self._keys]
        if wanted:
            self._keys.update(self.database.keys.find(wanted, session=self.session))

    def _key_of(self, subject: str) -> bytes | None:
        self.preload_keys([subject])
        return key_in(self._keys, subject)

    # writing

    def save(self, collection: Collection[S], change: Change[S]) -> S:
        """Take over a decision: the state is saved under the version it was loaded with, its events beside it."""
        id_: str = change.state.id  # type: ignore[attr-defined]
        if collection.is_watched:
            self._start(collection)
        self.load(collection, id_)
        held = self._held[collection.name, id_]
        held.state, held.is_changed = change.state, True
        for said in change.events:
            if said.key != id_:
                raise UndeclaredEvent(f"{type(said).__name__} is about {said.key}, saved with {id_}")
            if self.database.recalled.is_open and self._was_said(said, held):
                continue
            held.event_count += 1
            self._say(said, held.event_count)
        return change.state

    def create(self, collection: Collection[S], change: Change[S]) -> S:
        """Take over a decision that makes something new: as `save`, but nobody looks whether it is there already."""
        self._collections[collection.name] = collection
        self._held.setdefault((collection.name, change.state.id), _Held(state=None))  # type: ignore[attr-defined]
        return self.save(collection, change)

    def add(self, collection: Collection[S], state: S, *, job: Mapping[str, Any] | None = None) -> None:
        """Make an effect with a deterministic id, and its job if any; is it there already, nothing changes."""
        document = self._new(collection.document(state), job)
        if job is not None:
            self._start(collection)
            self.has_scheduled = True
        self._of(collection).added.setdefault(document["_id"], document)

    def insert(self, collection: Collection[S], state: S, *, job: Mapping[str, Any] | None = None) -> None:
        """Make something that must be new, and its job if any; the unit starts again if it isn't."""
        if job is not None:
            self._start(collection)
            self.has_scheduled = True
        self._of(collection).inserted.append(self._new(collection.document(state), job))

    def schedule(self, collection: Collection[Any], id_: str, job: Mapping[str, Any]) -> None:
        """Give a job to what this unit saves, or to what is there already; who held one before has lost it."""
        self._start(collection)
        self.has_scheduled = True
        self._of(collection).scheduled[id_] = dict(job)

    def _start(self, collection: Collection[Any]) -> None:
        if self._starts is not None and collection.name not in self._starts:
            raise UndeclaredJob(f"a job of {collection.name} is not declared in `starts` here")

    def guard(self, collection: Collection[Any], where: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
        """Update one document if the condition holds now, and say whether it did. The update must change something:
        under snapshot isolation two transactions that only read a document do not see each other."""
        result = self.of(collection).update_one(where, update, session=self.session)
        return result.matched_count == 1

    def require(
        self,
        collection: Collection[Any],
        where: Mapping[str, Any],
        update: Mapping[str, Any],
        *,
        otherwise: Exception | None = None,
    ) -> None:
        """Update one document at the end of the unit; if the condition doesn't hold then, all of the unit is undone.

        The unit starts again, unless `otherwise` says why it never can.
        """
        self._of(collection).guarded.append((where, update))
        if otherwise is not None:
            self._of(collection).fenced.append((where, otherwise))

    def _new(self, document: dict[str, Any], job: Mapping[str, Any] | None) -> dict[str, Any]:
        return {**document, "version": 1, "event_count": 0} | self._stamp() | ({"job": dict(job)} if job else {})

    def _stamp(self) -> dict[str, Any]:
        """Who changes this by their own hand, and when; what nobody at a desk changes keeps the stamp that it has."""
        acting = actor()
        if acting is None or not acting.words:
            return {}
        return {STAMP: {"actor": acting.id, "by": acting.words, "at": self.now}}

    def _of(self, collection: Collection[Any]) -> _Writes:
        return self._writes.setdefault(collection.name, _Writes())

    def had_said(self, key: str) -> list[Event]:
        """What had been said about an aggregate before the database was restored, and its state doesn't know of."""
        if not self.database.recalled.is_open:
            return []
        _, rows = self.database.recalled.history(key, session=self.session)
        return [event for row in rows if row["_id"] not in self._repeated and (event := event_of(row)) is not None]

    def _was_said(self, said: Event, held: _Held) -> bool:
        """Whether this had been said before the database was restored; no number is given out a second time."""
        last, rows = self.database.recalled.history(said.key, session=self.session)
        held.event_count = max(held.event_count, last)
        repeated = repeat(said, [each for each in rows if each["_id"] not in self._repeated])
        self._repeated.update(repeated.found)
        return not repeated.is_new

    def _say(self, said: Event, sequence: int) -> None:
        if type(said) not in self._emits or said.service != self.database.service:
            raise UndeclaredEvent(f"{type(said).__name__} is not declared in `emits` here")
        subject = said.sealed_for
        self._events.append(
            {
                "_id": f"{said.key}:{sequence}",
                "key": said.key,
                "sequence": sequence,
                "id": new_event_id(),
                "type": said.type,
                "time": host_now(),
                "data": encode(said, key=self.database.keys.make(subject, session=self.session) if subject else None),
                "correlation": self.cause.correlation if self.cause else correlation(),
                "causation": self.cause.id if self.cause else None,
                "actor": self.actor or None,
                "published": False,
            }
        )

    def _load_all(self, collection: Collection[Any], ids: set[str]) -> None:
        found = self.of(collection).find({"_id": {"$in": list(ids)}}, session=self.session)
        for document in found:
            ids.discard(document["_id"])
            self._hold(collection, document)
        for id_ in ids:
            self._held[collection.name, id_] = _Held(state=None)

    def _hold(self, collection: Collection[S], document: Mapping[str, Any]) -> S:
        self._collections[collection.name] = collection
        held = self._held.get((collection.name, document["_id"]))
        if held is None or held.state is None:
            held = _Held(collection.state(document), document["version"], document["event_count"])
            self._held[collection.name, document["_id"]] = held
        return cast(S, held.state)

    def flush(self) -> None:
        """Write everything so far. Raises `Conflict` when a version or a guard no longer holds."""
        for (name, id_), held in self._held.items():
            if held.is_changed:
                self._write_state(self._collections[name], id_, held)
        while self._writes:
            self._write(*self._writes.popitem())
        if self._repeated:
            self._note_repeated()
        if self._events:
            self.of(ARCHIVE).insert_many(self._events, ordered=False, session=self.session)
            self.has_said, self._events = True, []

    def _note_repeated(self) -> None:
        where = {"_id": {"$in": list(self._repeated)}, RECALLED: {"$type": "string"}}
        noted = self.of(ARCHIVE).update_many(where, {"$unset": {RECALLED: ""}}, session=self.session)
        if noted.matched_count != len(self._repeated):
            raise Conflict("what was said again had been said by somebody else meanwhile")
        self._repeated = set()

    def _write_state(self, collection: Collection[Any], id_: str, held: _Held) -> None:
        document = collection.document(held.state)
        document |= {"version": held.version + 1, "event_count": held.event_count} | self._stamp()
        if held.version == 0:
            self._of(collection).inserted.append(document)
        else:
            self._of(collection).guarded.append(({"_id": id_, "version": held.version}, {"$set": document}))
        held.version, held.is_changed = held.version + 1, False

    def _write(self, name: str, writes: _Writes) -> None:
        guarded = [UpdateOne(where, update) for where, update in writes.guarded]
        if guarded:
            result = self.of(name).bulk_write(guarded, ordered=False, session=self.session)
            if result.matched_count != len(guarded):
                for where, otherwise in writes.fenced:
                    if self.of(name).find_one(where, {"_id": 1}) is None:
                        raise otherwise
                raise Conflict(f"{name}: {len(guarded) - result.matched_count} of {len(guarded)} had changed meanwhile")
        if writes.inserted:
            self.of(name).bulk_write([InsertOne(each) for each in writes.inserted], ordered=False, session=self.session)
        if writes.added:
            upserts = [
                UpdateOne({"_id": id_}, {"$setOnInsert": each}, upsert=True) for id_, each in writes.added.items()
            ]
            self.of(name).bulk_write(upserts, ordered=False, session=self.session)
        if writes.scheduled:
            jobs = [UpdateOne({"_id": id_}, {"$set": {"job": job}}) for id_, job in writes.scheduled.items()]
            if self.of(name).bulk_write(jobs, ordered=False, session=self.session).matched_count != len(jobs):
                raise Conflict(f"{name}: a job was given to something that isn't there")
