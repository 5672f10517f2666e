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
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import CorruptRecordError, KafkaError
from kafka.structs import OffsetAndMetadata
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from shared.clock import host_now
from shared.contracts.envelope import Envelope, Event
from shared.contracts.flow import Declaration
from shared.crash import point
from shared.hearing import OFFSETS, Offsets, names_of
from shared.kafka import Broker, Read, end_offsets, find_unreadable, read, shares, topic_ids
from shared.mongo import Database, is_away, is_clash, may_pass
from shared.places import PLACES
from shared.problem import Busy
from shared.progress import Progress
from shared.settings import Settings
from shared.stories import CannotHandle, Stories
from shared.telemetry import AWAITING, HANDLED, HANDLER_SECONDS, LAG, PARKED, WAITING, log
from shared.unit import Unit

BATCH_SIZE = 500  # well under the database's limit for one transaction
POLL_MILLISECONDS = 1_000
GATHER_SECONDS = 0.025  # after a small batch: what comes meanwhile is handled together
RETRY_SECONDS_FIRST = 0.05
RETRY_SECONDS_MAX = 5.0
HOLD_SECONDS_MAX = 60.0  # how long a batch is retried before the worker connects anew, or parks a single event
CLASH_COUNT_MAX = 6  # so often others may be first before a clash is the event's own failure: two or three seconds
GAP_SECONDS_MAX = 60.0  # how long a gap in a story may last before it is said aloud
LOOK_SECONDS = 10.0
AGAIN_SECONDS = 0.5
RESUME_SECONDS = 0.2  # between two looks for stories that waited for what another has told of
CORRUPT_COUNT_MAX = 3  # a record that was torn on its way is whole when it is asked for again


class Overtaken(Exception):
    """Another worker has read on from where this batch began; everything of it is undone."""


class TopicReplaced(Exception):
    """A topic was made anew since the last poll: what was read of it is dropped, and it is read from its start."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be handled in one transaction, and the events among them that are known to be poisoned."""

    reads: Sequence[Read]
    poisoned: Mapping[str, str] = field(default_factory=dict)  # by its id: another topic may have the same number

    def parking(self, envelope: Envelope, reason: str) -> "Batch":
        """The same records, one event of which can't be handled."""
        return Batch(self.reads, {**self.poisoned, envelope.id: reason})

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same records, to be handled in two transactions."""
        middle = len(self.reads) // 2
        return Batch(self.reads[:middle], self.poisoned), Batch(self.reads[middle:], self.poisoned)


class _Patience:
    """How often one batch has failed in vain, and since when."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._count = 0

    def is_over(self, error: Exception) -> bool:
        """Whether trying the same once more makes no sense any more."""
        is_hopeless = is_clash(error) and self._count >= CLASH_COUNT_MAX
        return is_hopeless or time.monotonic() - self._began > HOLD_SECONDS_MAX

    def pause(self) -> None:
        """Wait before the next try, longer each time."""
        self._count += 1
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        time.sleep(min(RETRY_SECONDS_FIRST * 2 ** min(self._count, 10), RETRY_SECONDS_MAX) * jitter)


class Worker:
    """One service's worker: reads the topics it listens to, and calls the handlers it has declared."""

    def __init__(
        self,
        database: Database,
        broker: Broker,
        settings: Settings,
        *,
        handlers: Mapping[type[Event], tuple[Declaration, ...]],
        ignored: Iterable[type[Event]],
    ) -> None:
        self.database = database
        self.broker = broker
        self.is_reading = False
        self.progress = Progress(database.service, "worker")
        self.stories = Stories(database.service, handlers, ignored)
        heard = sorted({each.service for each in handlers})
        self.names = {settings.topic(service): names_of(handlers, service=service) for service in heard}
        self.topics = list(self.names)
        self.group = settings.topic(settings.service)
        self._partitions = shares(self.topics, index=settings.worker_index, count=settings.worker_count)
        self._ids: dict[str, str] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._looked_at = 0.0
        self._resumed_at = 0.0
        self._corrupt_count = 0

    def run(self, stop: threading.Event) -> None:
        """Read until `stop`; after any failure of the engines, connect anew."""
        while not stop.is_set():
            try:
                self._read_until(stop)
            except CorruptRecordError as error:
                log.warning("a record can't be read", error=type(error).__name__)
                self._corrupt_count += 1
                stop.wait(AGAIN_SECONDS)
            except (KafkaError, PyMongoError, OSError, Overtaken, TopicReplaced, Busy) as error:
                log.warning("worker starts again", error=type(error).__name__)
                stop.wait(AGAIN_SECONDS)
            except Exception as error:  # what it reads may never end the process: it would not even be there to say so
                log.exception("worker failed and starts again", error=type(error).__name__)
                stop.wait(AGAIN_SECONDS)
            finally:
                self.is_reading = False

    def _read_until(self, stop: threading.Event) -> None:
        admin = self.broker.admin()
        consumer = self.broker.consumer(group=self.group)
        try:
            self._ids = topic_ids(admin, self.topics)
            self._go_to_places(consumer)
            if self._corrupt_count >= CORRUPT_COUNT_MAX:
                self._pass_unreadable(admin, consumer)
            self.is_reading = True
            while not stop.is_set():
                polled = consumer.poll(timeout_ms=POLL_MILLISECONDS, max_records=BATCH_SIZE)
                if not polled:
                    self.progress.note()
                else:
                    self._handle_polled(admin, polled, stop)
                    if sum(map(len, polled.values())) < BATCH_SIZE:
                        stop.wait(GATHER_SECONDS)
                if self.stories.is_awaiting and time.monotonic() - self._resumed_at > RESUME_SECONDS:
                    self.stories.resume_awaiting(self.database)
                    self._resumed_at = time.monotonic()
                self._look(consumer)
        finally:
            for client in (consumer, admin):
                with suppress(Exception):  # a broken client may fail in any way while closing
                    client.close()

    def _go_to_places(self, consumer: KafkaConsumer) -> None:
        self._enrol()
        consumer.assign(self._partitions)
        for at, next_ in self._positions.items():
            consumer.seek(at, next_)

    def _pass_unreadable(self, admin: KafkaAdminClient, consumer: KafkaConsumer) -> None:
        """Park what the broker's client fails on again and again, and go on behind it."""
        ends = {topic: end_offsets(admin, topic) for topic in self.topics}
        for at, first in list(self._positions.items()):
            found = find_unreadable(consumer, at, first=first, end=ends[at.topic].get(at.partition, 0))
            if found is not None:
                self.handle(Batch([found]))
        self._corrupt_count = 0
        self._go_to_places(consumer)

    def _enrol(self) -> None:
        """Find out where to read on, which handlers must catch up first, and go on with what waited for one."""
        enrolment = self._offsets.enrol(self._partitions, self.names, self.stories.types)
        self._positions = dict(enrolment.positions)
        self.stories.held, self.stories.history_until = enrolment.held, enrolment.history_until
        if enrolment.held:
            log.warning("handlers must catch up: run backfill", types=sorted(enrolment.held))
        self.stories.is_awaiting = True
        told = list(self.stories.types - self.stories.held)
        for each in list(self.database.mongo[PLACES.name].find({"awaits": {"$in": told}}, {"_id": 1})):
            self.stories.resume(self.database, each["_id"])

    @property
    def _offsets(self) -> Offsets:
        return Offsets(self.database, group=self.group, ids=self._ids)

    def _handle_polled(
        self,
        admin: KafkaAdminClient,
        polled: Mapping[TopicPartition, Sequence[Any]],
        stop: threading.Event,
    ) -> None:
        if topic_ids(admin, self.topics) != self._ids:
            raise TopicReplaced
        reads = read(polled)
        began = time.perf_counter()
        self.handle(Batch(reads), stop=stop)
        HANDLER_SECONDS.labels(self.database.service).observe(time.perf_counter() - began)
        HANDLED.labels(self.database.service).inc(len(reads))

    # handling

    def handle(self, batch: Batch, *, stop: threading.Event | None = None) -> None:
        """Handle records in one transaction, or in several where one would not do; in order, each exactly once."""
        patience = _Patience()
        while batch.reads and not (stop and stop.is_set()):
            try:
                self._handle_at_once(batch)
                self.progress.note()
                return
            except CannotHandle as failed:
                batch = self._park(batch, failed.envelope, failed.reason)
            except (Overtaken, TopicReplaced):
                raise
            except Exception as error:
                if is_away(error):
                    if patience.is_over(error):
                        raise
                    patience.pause()
                elif len(batch.reads) == 1:
                    batch = self._try_alone(batch, error, patience)
                else:
                    if may_pass(error):
                        patience.pause()
                    first, batch = batch.halves()
                    self.handle(first, stop=stop)
                    patience = _Patience()

    def _try_alone(self, batch: Batch, error: Exception, patience: _Patience) -> Batch:
        """One event alone has failed: it is tried again, but what fails again and again is the event's own failure."""
        if may_pass(error) and not patience.is_over(error):
            patience.pause()
            return batch
        envelope = self.stories.telling or batch.reads[0].envelope
        if envelope is None or envelope.id in batch.poisoned:
            raise error
        return self._park(batch, envelope, f"could not be saved: {error!r}")

    def _park(self, batch: Batch, envelope: Envelope, reason: str) -> Batch:
        log.error("event parked", type=envelope.type, key=envelope.key)  # the reason may quote data: see `parked`
        return batch.parking(envelope, reason)

    def _handle_at_once(self, batch: Batch) -> None:
        ends: dict[TopicPartition, int] = {}
        for each in batch.reads:
            ends[TopicPartition(each.topic, each.partition)] = each.offset + 1

        def work(unit: Unit) -> None:
            self._move_offsets(unit, ends)
            self.stories.tell(unit, batch.reads, poisoned=batch.poisoned, is_alone=len(batch.reads) == 1)

        point("batch.handling")
        self.database.attempt(work)
        point("batch.committed")
        self._positions.update(ends)

    def _move_offsets(self, unit: Unit, ends: Mapping[TopicPartition, int]) -> None:
        """Move on in every partition, in one write; where another worker has been, nothing matches."""
        moves: list[UpdateOne] = []
        offsets = self._offsets
        for at, end in ends.items():
            began = self._positions[at]
            moves.append(UpdateOne({"_id": offsets.id(at), "next": began}, {"$set": {"next": end}}))
        moved = unit.of(OFFSETS).bulk_write(moves, ordered=False, session=unit.session)
        if moved.matched_count != len(moves):
            raise Overtaken(", ".join(f"{at.topic}/{at.partition} at {self._positions[at]}" for at in ends))

    def call_handler(self, unit: Unit, envelope: Envelope) -> None:
        """Let the handlers of this event decide, as part of `unit`; raises `CannotHandle` for a bug or bad data."""
        self.stories.call_handler(unit, envelope)

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
        AWAITING.labels(service).set(places.count_documents({"awaits": {"$gt": ""}}))
        is_gap = {"waiting_since": {"$type": "date"}, "blocked": None, "awaits": {"$in": ["", None]}}
        waiting = list(places.find(is_gap, {"waiting_since": 1}).limit(1000))
        WAITING.labels(service).set(len(waiting))
        for each in waiting:
            if (host_now() - each["waiting_since"]).total_seconds() > GAP_SECONDS_MAX:
                log.error("a gap in a story is not filled", place=each["_id"])
        if self.stories.held:
            self._enrol()  # somebody may have run `backfill` meanwhile
