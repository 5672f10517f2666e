"""Telling stories: every record goes to its aggregate's place, and handlers hear what is next in each, in one unit.

Owns which handlers a service has, which events it has declared to ignore, and what waits beside a place. An event that
is neither handled nor ignored waits, and what comes after it in the same story: a reader must not forget what it
doesn't know.
"""

from collections.abc import Collection as Container
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
from pymongo import ASCENDING, UpdateOne
from pymongo.errors import PyMongoError
from pymongo.operations import IndexModel

from shared.change import Change
from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.envelope import Envelope, Event, UnknownEvent
from shared.contracts.flow import Declaration
from shared.kafka import Read
from shared.mongo import Database, may_pass
from shared.places import (
    PLACES,
    Place,
    advance,
    await_handler,
    await_state,
    awaited_state,
    block,
    lay_aside,
    place_id,
    ready,
    receive,
    take_up,
    topic_of,
)
from shared.telemetry import CONTRADICTIONS, correlated, log
from shared.unit import Conflict, Unit

RESUMED_COUNT = 500  # of stories that wait, at one look
TAKEN_UP_COUNT = 20  # at most 5 MB: as many events of the largest size as may be in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """An event that waits beside its place, because too much waits there already."""

    id: str
    place: str
    sequence: int
    envelope: Envelope


ASIDE = Collection("waiting", Aside, (IndexModel([("place", ASCENDING), ("sequence", ASCENDING)], name="story"),))
COLLECTIONS: tuple[Collection[Any], ...] = (PLACES, ASIDE)


class CannotHandle(Exception):
    """A handler failed on this event by itself; trying again would not help."""

    def __init__(self, envelope: Envelope, reason: str) -> None:
        super().__init__(reason)
        self.envelope = envelope
        self.reason = reason


class Stories:
    """What one service does about what it hears."""

    def __init__(
        self, service: str, handlers: Mapping[type[Event], tuple[Declaration, ...]], ignored: Iterable[type[Event]]
    ) -> None:
        self.service = service
        self.handlers = {event.type: declared for event, declared in handlers.items()}
        self.types = frozenset((*self.handlers, *(event.type for event in ignored)))
        self._sealed = {each.type for each in handlers if each.personal and each.subject_field == each.key_field}
        self.held: frozenset[str] = frozenset()  # types of which a handler has to catch up with history first
        self.history_until: Mapping[str, datetime] = {}  # by topic: what was said before is history here
        self.is_awaiting = True  # there may be stories that wait for what another has not told of yet
        self.telling: Envelope | None = None  # whose handlers were called last: it is to blame for what fails

    def tell(self, unit: Unit, reads: Sequence[Read], *, poisoned: Mapping[str, str], is_alone: bool = False) -> None:
        """Receive every record into its aggregate's place, then handle what is next in each story.

        `is_alone`: one event is suspected, so each that is told is written at once, and the one that can't be is known.
        """
        self.telling = None
        now = host_now()
        unit.preload((PLACES, place_id(each.topic, each.key)) for each in reads)
        places: dict[str, Place] = {}
        for each in reads:
            id_ = place_id(each.topic, each.key)
            place = places.get(id_) or unit.load(PLACES, id_) or Place(id=id_)
            places[id_] = self._received(place, each, now=now)
        opened = self._preload(unit, places.values())
        told = [
            self._tell(unit, place, poisoned=poisoned, opened=opened, is_alone=is_alone) for place in places.values()
        ]
        for place in told:  # what was awaited may have been told of meanwhile, in this very batch
            is_early = awaited_state(place) is not None
            again = self._tell(unit, place, poisoned=poisoned, opened=opened, is_alone=is_alone) if is_early else place
            self.is_awaiting = self.is_awaiting or awaited_state(again) is not None
            self._save(unit, again)

    def go_on(self, unit: Unit, place: Place, *, poisoned: Mapping[str, str]) -> Place:
        """Handle what is next in one story as far as it goes, and save how far that was."""
        return self._save(unit, self._tell(unit, place, poisoned=poisoned, opened={}, is_alone=True))

    def resume(self, database: Database, id_: str) -> None:
        """Go on with a story whose next event has waited for a handler; what fails is parked."""
        poisoned: dict[str, str] = {}
        while True:
            try:
                return database.transact(partial(self._resumed, id_=id_, poisoned=poisoned))
            except CannotHandle as failed:
                poisoned = {**poisoned, failed.envelope.id: failed.reason}

    def resume_awaiting(self, database: Database) -> None:
        """Go on with the stories that waited for what another has told of meanwhile."""
        self.is_awaiting = False
        early = database.mongo[PLACES.name].find({"awaits": {"$gt": "", "$regex": "/"}}, {"awaits": 1})
        for each in early.limit(RESUMED_COUNT):
            collection, _, id_ = each["awaits"].partition("/")
            self.is_awaiting = True
            if database.mongo[collection].find_one({"_id": id_}, {"_id": 1}) is not None:
                self.resume(database, each["_id"])

    def _resumed(self, unit: Unit, *, id_: str, poisoned: Mapping[str, str]) -> None:
        place = unit.load(PLACES, id_)
        if place is not None and not place.blocked:
            self.go_on(unit, place, poisoned=poisoned)

    def _received(self, place: Place, read: Read, *, now: datetime) -> Place:
        if read.envelope is None:
            return block(place, reason=read.fault, now=now)
        after = receive(place, read.envelope, now=now)
        if after.blocked and after.blocked.contradiction and after.blocked != place.blocked:
            log.error("a story contradicts itself", place=place.id, sequence=read.envelope.sequence)
            CONTRADICTIONS.labels(self.service).inc()
        return after

    def _preload(self, unit: Unit, places: Iterable[Place]) -> dict[str, Event]:
        """Load what the handlers will need; answers the events that had to be opened for that, by their ids."""
        wanted: list[tuple[Collection[Any], str]] = []
        opened: dict[str, Event] = {}
        waiting = [each for place in places if not place.blocked for each in place.waiting]
        unit.preload_keys(each.key for each in waiting if each.type in self._sealed)
        for place in places:
            for envelope in place.waiting if not place.blocked else ():
                declared = self.handlers.get(envelope.type, ())
                asking = [needs for each in declared for needs in (each.needs, each.after) if needs]
                if asking:
                    with suppress(Exception):  # an event that can't be read fails in its turn, where it can be parked
                        opened[envelope.id] = event = unit.event_of(envelope)
                        wanted.extend(each for needs in asking for each in needs(event))
        unit.preload(wanted)
        return opened

    def _tell(
        self, unit: Unit, place: Place, *, poisoned: Mapping[str, str], opened: Mapping[str, Event], is_alone: bool
    ) -> Place:
        """Handle what is next in one aggregate's story, as far as it goes; answers how far that was."""
        place = _taken_up(unit, place)
        while (envelope := ready(place)) is not None:
            if envelope.id in poisoned:
                return block(place, reason=poisoned[envelope.id], now=host_now())
            if envelope.type not in self.types or envelope.type in self.held:
                return await_handler(place, envelope.type)
            if awaited := self._awaited(unit, envelope, opened):
                return await_state(place, *awaited)
            self.telling = envelope
            unit.is_history = envelope.time < self.history_until.get(topic_of(place), envelope.time)
            self.call_handler(unit, envelope, opened=opened)
            if is_alone:
                _write(unit, envelope)
            place = _taken_up(unit, advance(place))
        return place

    def _awaited(self, unit: Unit, envelope: Envelope, opened: Mapping[str, Event]) -> tuple[str, str] | None:
        """What this event's handlers wait for, because it isn't there yet."""
        for after in [each.after for each in self.handlers.get(envelope.type, ()) if each.after]:
            with suppress(msgspec.DecodeError, UnknownEvent):  # the handler fails on it, where it can be parked
                for collection, id_ in after(opened.get(envelope.id) or unit.event_of(envelope)):
                    if unit.load(collection, id_) is None:
                        return collection.name, id_
        return None

    def call_handler(
        self, unit: Unit, envelope: Envelope, *, opened: Mapping[str, Event] = MappingProxyType({})
    ) -> None:
        """Let the handlers of this event decide, as part of `unit`; raises `CannotHandle` for a bug or bad data."""
        try:
            handlers = self.handlers.get(envelope.type)
            if not handlers:
                return
            event = opened.get(envelope.id) or unit.event_of(envelope)
            with correlated(envelope.correlation):
                for declared in handlers:
                    unit.begin(envelope, declared)
                    declared.function(event, unit)
        except (PyMongoError, Conflict) as error:
            if not may_pass(error):
                raise CannotHandle(envelope, repr(error)) from error
            raise
        except Exception as error:
            raise CannotHandle(envelope, repr(error)) from error

    def _save(self, unit: Unit, place: Place) -> Place:
        kept, aside = lay_aside(place)
        if aside:
            _lay_aside(unit, kept, aside)
        if unit.load(PLACES, kept.id) is not kept:
            unit.save(PLACES, Change(kept))
        return kept


def _write(unit: Unit, envelope: Envelope) -> None:
    try:
        unit.flush()
    except Exception as error:
        if may_pass(error):
            raise
        raise CannotHandle(envelope, f"could not be saved: {error!r}") from error


def _taken_up(unit: Unit, place: Place) -> Place:
    """The place with the next of what was laid aside, once nothing waits in it any more.

    Some of that may have come again meanwhile, and been told: it is had, and waits for nothing.
    """
    if place.waiting or not place.laid_aside_from or place.blocked:
        return place
    ahead = {"place": place.id, "sequence": {"$gt": place.last_sequence}}
    rows = unit.of(ASIDE).find(ahead, session=unit.session).sort("sequence", ASCENDING).limit(TAKEN_UP_COUNT + 1)
    found = [ASIDE.state(each) for each in rows]
    taken, left = found[:TAKEN_UP_COUNT], found[TAKEN_UP_COUNT:]
    last = taken[-1].sequence if taken else place.last_sequence
    unit.of(ASIDE).delete_many({"place": place.id, "sequence": {"$lte": last}}, session=unit.session)
    return take_up(place, [each.envelope for each in taken], left_from=left[0].sequence if left else 0)


def _lay_aside(unit: Unit, place: Place, aside: Container[Envelope]) -> None:
    rows = [
        Aside(id=f"{place.id}:{each.sequence}", place=place.id, sequence=each.sequence, envelope=each) for each in aside
    ]
    kept = [UpdateOne({"_id": each.id}, {"$setOnInsert": ASIDE.document(each)}, upsert=True) for each in rows]
    unit.of(ASIDE).bulk_write(kept, ordered=False, session=unit.session)
