"""The consumer loop: read, drop what was had, decide, save, retry, park.

One transaction per batch: the places of the batch's keys, the states that the handlers changed, what they say, and the
offsets, these conditionally on where the batch began. So a batch is handled entirely or not at all, and by one worker.
"""

import random
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from shared.change import Change
from shared.clock import host_now
from shared.contracts.envelope import Envelope, Event
from shared.contracts.flow import Declaration
from shared.crash import point
from shared.kafka import Broker, Read, read, shares, topic_ids
from shared.mongo import Collection, Conflict, Database, Unit, may_pass
from shared.places import PLACES, Place, advance, block, place_id, ready, receive
from shared.settings import Settings
from shared.telemetry import HANDLED, HANDLER_SECONDS, LAG, PARKED, WAITING, correlated, log

BATCH_SIZE = 500  # well under the database's limit for one transaction
POLL_MILLISECONDS = 1_000
GATHER_SECONDS = 0.025  # after a small batch: what comes meanwhile is handled together
RETRY_SECONDS_FIRST = 0.05
RETRY_SECONDS_MAX = 5.0
HOLD_SECONDS_MAX = 60.0  # how long a batch is retried before the worker connects anew
GAP_SECONDS_MAX = 60.0  # how long a gap in a story may last before it is said aloud
LOOK_SECONDS = 10.0

_OFFSETS = "offsets"


class Overtaken(Exception):
    """Another worker has read on from where this batch began; everything of it is undone."""


class TopicReplaced(Exception):
    """A topic was made anew since the last poll: what was read of it is dropped, and it is read from its start."""


class CannotHandle(Exception):
    """A handler failed on this event by itself; trying again would not help."""

    def __init__(self, envelope: Envelope, reason: str) -> None:
        super().__init__(reason)
        self.envelope = envelope
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be handled in one transaction, and the events among them that are known to be poisoned."""

    reads: Sequence[Read]
    poisoned: Mapping[str, str] = field(default_factory=dict)  # archive id -> reason

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same records, to be handled in two transactions."""
        middle = len(self.reads) // 2
        return Batch(self.reads[:middle], self.poisoned), Batch(self.reads[middle:], self.poisoned)


class Worker:
    """One service's worker: reads the topics it listens to, and calls the handlers it has declared."""

    def __init__(
        self,
        database: Database,
        broker: Broker,
        settings: Settings,
        *,
        handlers: Mapping[type[Event], tuple[Declaration, ...]],
    ) -> None:
        self.database = database
        self.broker = broker
        self.is_reading = False
        self._handlers_by_type = {event.type: declared for event, declared in handlers.items()}
        self._topics = [settings.topic(service) for service in sorted({each.service for each in handlers})]
        self._group = settings.topic(settings.service)
        self._partitions = shares(self._topics, index=settings.worker_index, count=settings.worker_count)
        self._ids: dict[str, str] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._looked_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Read until `stop`; after any failure of the engines, connect anew."""
        while not stop.is_set():
            try:
                self._read_until(stop)
            except (KafkaError, PyMongoError, OSError, Overtaken, TopicReplaced, Conflict) as error:
                log.warning("worker starts again", error=type(error).__name__)
                stop.wait(0.5)
            finally:
                self.is_reading = False

    def _read_until(self, stop: threading.Event) -> None:
        admin = self.broker.admin()
        consumer = self.broker.consumer(group=self._group)
        try:
            self._ids = topic_ids(admin, self._topics)
            self._go_to_places(consumer)
            self.is_reading = True
            while not stop.is_set():
                polled = consumer.poll(timeout_ms=POLL_MILLISECONDS, max_records=BATCH_SIZE)
                if polled:
                    self._handle_polled(admin, polled, stop)
                    if sum(map(len, polled.values())) < BATCH_SIZE:
                        stop.wait(GATHER_SECONDS)
                self._look(consumer)
        finally:
            for client in (consumer, admin):
                with suppress(Exception):  # a broken client may fail in any way while closing
                    client.close()

    def _go_to_places(self, consumer: KafkaConsumer) -> None:
        self._positions = {at: self._kept_offset(at) for at in self._partitions}
        consumer.assign(self._partitions)
        for at, next_ in self._positions.items():
            consumer.seek(at, next_)

    def _kept_offset(self, at: TopicPartition) -> int:
        id_ = self._offset_id(at)
        documents = self.database.mongo[_OFFSETS]
        kept = documents.find_one({"_id": id_})
        if kept is None:
            documents.update_one({"_id": id_}, {"$setOnInsert": {"next": 0}}, upsert=True)
            return 0
        return int(kept["next"])

    def _offset_id(self, at: TopicPartition) -> str:
        return f"{self._group}/{at.topic}/{at.partition}/{self._ids.get(at.topic)}"

    def _handle_polled(
        self,
        admin: KafkaAdminClient,
        polled: Mapping[TopicPartition, Sequence[Any]],
        stop: threading.Event,
    ) -> None:
        if topic_ids(admin, self._topics) != self._ids:
            raise TopicReplaced
        reads = read(polled)
        began = time.perf_counter()
        self.handle(Batch(reads), stop=stop)
        HANDLER_SECONDS.labels(self.database.service).observe(time.perf_counter() - began)
        HANDLED.labels(self.database.service).inc(len(reads))

    # handling

    def handle(self, batch: Batch, *, stop: threading.Event | None = None) -> None:
        """Handle records in one transaction, or in several where one would not do; in order, each exactly once."""
        deadline = time.monotonic() + HOLD_SECONDS_MAX
        attempt = 0
        while batch.reads and not (stop and stop.is_set()):
            try:
                self._handle_at_once(batch)
                return
            except CannotHandle as failed:
                log.error(
                    "event parked", type=failed.envelope.type, key=failed.envelope.key
                )  # the reason may quote data: see `parked`
                batch = Batch(batch.reads, {**batch.poisoned, failed.envelope.archive_id: failed.reason})
            except (Conflict, PyMongoError) as error:
                if may_pass(error) and time.monotonic() > deadline:
                    raise
                if may_pass(error):
                    attempt += 1
                    jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
                    time.sleep(min(RETRY_SECONDS_FIRST * 2**attempt, RETRY_SECONDS_MAX) * jitter)
                elif len(batch.reads) == 1:
                    batch = self._poison(batch, error)
                    continue
                if len(batch.reads) > 1:
                    first, batch = batch.halves()
                    self.handle(first, stop=stop)

    def _poison(self, batch: Batch, error: Exception) -> Batch:
        envelope = batch.reads[0].envelope
        if envelope is None or envelope.archive_id in batch.poisoned:
            raise error
        return Batch(batch.reads, {**batch.poisoned, envelope.archive_id: f"could not be saved: {error!r}"})

    def _handle_at_once(self, batch: Batch) -> None:
        ends: dict[TopicPartition, int] = {}
        for each in batch.reads:
            ends[TopicPartition(each.topic, each.partition)] = each.offset + 1

        def work(unit: Unit) -> None:
            self._move_offsets(unit, ends)
            self._tell_stories(unit, batch)

        point("batch.handling")
        self.database.attempt(work)
        point("batch.committed")
        self._positions.update(ends)

    def _move_offsets(self, unit: Unit, ends: Mapping[TopicPartition, int]) -> None:
        """Move on in every partition, in one write; where another worker has been, nothing matches."""
        moves: list[UpdateOne] = []
        for at, end in ends.items():
            began = self._positions[at]
            moves.append(UpdateOne({"_id": self._offset_id(at), "next": began}, {"$set": {"next": end}}))
        moved = unit.of(_OFFSETS).bulk_write(moves, ordered=False, session=unit.session)
        if moved.matched_count != len(moves):
            raise Overtaken(", ".join(f"{at.topic}/{at.partition} at {self._positions[at]}" for at in ends))

    def _tell_stories(self, unit: Unit, batch: Batch) -> None:
        """Receive every record into its aggregate's place, then handle what is next in each story."""
        now = host_now()
        unit.preload((PLACES, place_id(each.topic, each.key)) for each in batch.reads)
        places: dict[str, Place] = {}
        for each in batch.reads:
            id_ = place_id(each.topic, each.key)
            place = places.get(id_) or unit.load(PLACES, id_) or Place(id=id_)
            if each.envelope is None:
                places[id_] = block(place, reason=each.fault, now=now)
            else:
                places[id_] = receive(place, each.envelope, now=now)
        opened = self._preload(unit, places.values())
        for place in places.values():
            after = self._tell(unit, place, poisoned=batch.poisoned, opened=opened)
            if unit.load(PLACES, after.id) is not after:
                unit.save(PLACES, Change(after))

    def _preload(self, unit: Unit, places: Iterable[Place]) -> dict[str, Event]:
        """Load what the handlers will need; answers the events that had to be opened for that, by their ids."""
        wanted: list[tuple[Collection[Any], str]] = []
        opened: dict[str, Event] = {}
        for place in places:
            for envelope in place.waiting if not place.blocked else ():
                asking = [each.needs for each in self._handlers_by_type.get(envelope.type, ()) if each.needs]
                if asking:
                    with suppress(Exception):  # an event that can't be read fails in its turn, where it can be parked
                        opened[envelope.id] = event = envelope.event()
                        wanted.extend(each for needs in asking for each in needs(event))
        unit.preload(wanted)
        return opened

    def _tell(self, unit: Unit, place: Place, *, poisoned: Mapping[str, str], opened: Mapping[str, Event]) -> Place:
        """Handle what is next in one aggregate's story, as far as it goes; answers how far that was."""
        while (envelope := ready(place)) is not None:
            if envelope.archive_id in poisoned:
                place = block(place, reason=poisoned[envelope.archive_id], now=host_now())
            else:
                self.call_handler(unit, envelope, opened=opened)
                place = advance(place)
        return place

    def call_handler(
        self, unit: Unit, envelope: Envelope, *, opened: Mapping[str, Event] = MappingProxyType({})
    ) -> None:
        """Let the handlers of this event decide, as part of `unit`; raises `CannotHandle` for a bug or bad data."""
        try:
            handlers = self._handlers_by_type.get(envelope.type)
            if not handlers:
                return
            event = opened.get(envelope.id) or envelope.event()
            with correlated(envelope.correlation):
                for declared in handlers:
                    unit.begin(envelope, emits=declared.emits)
                    declared.function(event, unit)
        except (PyMongoError, Conflict) as error:
            if not may_pass(error):
                raise CannotHandle(envelope, repr(error)) from error
            raise
        except Exception as error:
            raise CannotHandle(envelope, repr(error)) from error

    # what can be seen from outside

    def _look(self, consumer: KafkaConsumer) -> None:
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        service = self.database.service
        LAG.labels(service).set(
            sum(max((consumer.highwater(at) or 0) - next_, 0) for at, next_ in self._positions.items())
        )
        with suppress(KafkaError):  # for dashboards only: what counts is in the database
            consumer.commit_async({at: OffsetAndMetadata(next_) for at, next_ in self._positions.items()})
        places = self.database.mongo[PLACES.name]
        PARKED.labels(service).set(places.count_documents({"blocked.at": {"$exists": True}}))
        waiting = list(
            places.find({"waiting_since": {"$type": "date"}, "blocked": None}, {"waiting_since": 1}).limit(1000)
        )
        WAITING.labels(service).set(len(waiting))
        for each in waiting:
            if (host_now() - each["waiting_since"]).total_seconds() > GAP_SECONDS_MAX:
                log.error("a gap in a story is not filled", place=each["_id"])
