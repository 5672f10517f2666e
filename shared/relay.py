"""Publishes the events that were saved, and refills a broker that lost them.

Publish what is unpublished, then mark it with where it landed. Both may be repeated: readers know every aggregate's
sequence and drop what they have had. Two relays at once are wasteful, not wrong.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared.bell import Bell
from shared.clock import host_now
from shared.contracts.envelope import Envelope
from shared.crash import point
from shared.kafka import Broker, end_offsets, recreate_topic, topic_ids
from shared.mongo import Database
from shared.progress import Progress
from shared.restoring import require_known
from shared.telemetry import PUBLISHED, UNTOLD, log
from shared.unit import ARCHIVE

BATCH_SIZE = 1000
GATHER_SECONDS = 0.025  # after a small batch: what is saved meanwhile travels together
FUTURE_SECONDS_MAX = 15.0  # after a broker's absence a producer can stay "ready" and never resolve anything again
LOG_CHECK_SECONDS = 60.0
_STATE = "relay"


class NotConfirmed(Exception):
    """The broker has not confirmed an event in time; it stays unpublished and is sent again."""


class Relay:
    """One service's relay from its archive to its topic."""

    def __init__(self, database: Database, broker: Broker, *, topic: str) -> None:
        self.database = database
        self.broker = broker
        self.topic = topic
        self.is_connected = False
        self.progress = Progress(database.service, "relay")
        self._bell = Bell()
        self._log_checked_at = float("-inf")
        database.on_events.append(self._bell)

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop`; after any failure with a new producer."""
        while not stop.is_set():
            producer: KafkaProducer | None = None
            try:
                producer = self.broker.producer()
                self._log_checked_at = float("-inf")
                while not stop.is_set():
                    self._step(producer, stop)
            except (KafkaError, PyMongoError, NotConfirmed, OSError) as error:
                log.warning("relay starts again", error=type(error).__name__)
                stop.wait(0.5)
            finally:
                self.is_connected = False
                if producer is not None:
                    with suppress(Exception):  # a broken producer may fail in any way while closing
                        producer.close(timeout=1)

    def _step(self, producer: KafkaProducer, stop: threading.Event) -> None:
        if time.monotonic() - self._log_checked_at > LOG_CHECK_SECONDS:
            self.check_log()
            self.is_connected = True
        count = self.publish(producer)
        self.progress.note()
        if count < BATCH_SIZE:
            time.sleep(GATHER_SECONDS)
            self._bell.wait(self.database.rest_seconds_max, stop)

    def publish(self, producer: KafkaProducer) -> int:
        """Send up to a batch of unpublished events and mark what the broker has confirmed; returns how many."""
        archive = self.database.mongo[ARCHIVE]
        rows = list(archive.find({"published": False}).sort("id", 1).limit(BATCH_SIZE))
        if len(rows) < BATCH_SIZE:
            UNTOLD.labels(self.database.service).set(len(rows))
        if not rows:
            return 0
        if len(rows) == BATCH_SIZE:
            UNTOLD.labels(self.database.service).set(archive.count_documents({"published": False}, limit=1_000_000))
        point("relay.publishing")
        reached = self._send(producer, rows)
        point("relay.published")
        self._mark([row["_id"] for row in rows], reached)
        point("relay.marked")
        PUBLISHED.labels(self.database.service).inc(len(rows))
        return len(rows)

    def _send(self, producer: KafkaProducer, rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
        """Send these rows and wait for all of them; answers the highest offset that was reached in each partition."""
        deadline = time.monotonic() + FUTURE_SECONDS_MAX
        reached: dict[int, int] = {}
        for id_, future in [(row["_id"], self._send_one(producer, row)) for row in rows]:
            try:
                at = future.get(timeout=max(deadline - time.monotonic(), 0.001))
            except (FutureTimeoutError, TimeoutError) as error:
                raise NotConfirmed(id_) from error
            reached[at.partition] = max(reached.get(at.partition, -1), at.offset)
        return reached

    def _send_one(self, producer: KafkaProducer, row: Mapping[str, Any]) -> Any:
        envelope = envelope_of(row, source=f"/{self.database.service}")
        return producer.send(self.topic, key=row["key"].encode(), value=row["data"], headers=envelope.headers())

    def _mark(self, ids: Sequence[str], reached: Mapping[int, int]) -> None:
        """How far the log went is kept before the rows are marked: a log that ends earlier has lost something."""
        self._keep_highest(reached)
        marked = {"$set": {"published": True, "published_at": host_now()}}
        self.database.mongo[ARCHIVE].update_many({"_id": {"$in": list(ids)}}, marked)

    def _keep_highest(self, reached: Mapping[int, int]) -> None:
        if reached:
            highest = {f"highest.{partition}": offset for partition, offset in reached.items()}
            self.database.mongo[_STATE].update_one({"_id": self.topic}, {"$max": highest}, upsert=True)

    def check_log(self) -> None:
        """A broker that lost its log, or its tail, gets all of the archive again."""
        admin = self.broker.admin()
        try:
            id_ = topic_ids(admin, [self.topic]).get(self.topic)
            known = self.database.mongo[_STATE].find_one({"_id": self.topic}) or {}
            highest = {int(partition): offset for partition, offset in known.get("highest", {}).items()}
            ends = end_offsets(admin, self.topic) if id_ else {}
            self._require_known(ends, after=highest if known.get("topic_id") == id_ else {})
            is_whole = all(ends.get(partition, 0) > offset for partition, offset in highest.items())
            if highest and not (is_whole and known.get("topic_id") == id_):
                log.warning("broker lost events, the archive is published again", topic=self.topic)
                if known.get("topic_id") == id_ or id_ is None:
                    recreate_topic(admin, self.topic)
                    id_ = topic_ids(admin, [self.topic])[self.topic]
                self._unpublish_all(id_)
            elif known.get("topic_id") != id_:
                self.database.mongo[_STATE].update_one({"_id": self.topic}, {"$set": {"topic_id": id_}}, upsert=True)
            else:  # what was found to be known is not read again
                self._keep_highest({partition: end - 1 for partition, end in ends.items() if end})
            self._log_checked_at = time.monotonic()
        finally:
            admin.close()

    def require_known(self) -> None:
        """Refuse to go on when the topic holds what the database doesn't; raises `TopicAhead`."""
        admin = self.broker.admin()
        try:
            id_ = topic_ids(admin, [self.topic]).get(self.topic)
            known = self.database.mongo[_STATE].find_one({"_id": self.topic, "topic_id": id_}) or {}
            highest = {int(partition): offset for partition, offset in known.get("highest", {}).items()}
            self._require_known(end_offsets(admin, self.topic) if id_ else {}, after=highest)
        finally:
            admin.close()

    def _require_known(self, ends: Mapping[int, int], *, after: Mapping[int, int]) -> None:
        starts = {partition: offset + 1 for partition, offset in after.items()}
        require_known(self.database, self.broker, topic=self.topic, starts=starts, ends=ends)

    def _unpublish_all(self, id_: str) -> None:
        """First the rows, then what is known of the log: a crash in between only publishes more than once."""
        again = {"$set": {"published": False}, "$unset": {"published_at": ""}}
        self.database.mongo[ARCHIVE].update_many({"published": True}, again)
        state = {"$set": {"topic_id": id_}, "$unset": {"highest": ""}}
        self.database.mongo[_STATE].update_one({"_id": self.topic}, state, upsert=True)


def envelope_of(row: Mapping[str, Any], *, source: str) -> Envelope:
    """A row of the archive as the envelope that travels."""
    return Envelope(
        id=row["id"],
        type=row["type"],
        source=source,
        key=row["key"],
        sequence=row["sequence"],
        time=row["time"],
        data=row["data"],
        correlation=row["correlation"],
        causation=row["causation"],
        actor=row.get("actor"),
    )
