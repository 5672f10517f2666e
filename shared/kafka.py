"""The broker behind one small door: the only module that imports the Kafka client.

Owns how clients are configured, topics made and checked, and records turned into envelopes and back.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import CorruptRecordError, KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from shared.contracts.envelope import ATTRIBUTE_LENGTH_MAX, Envelope, MalformedRecord
from shared.settings import Settings

PARTITION_COUNT = 6  # fixed when a topic is made: another count would send an aggregate's events elsewhere
REQUEST_MILLISECONDS = 10_000
FETCH_MILLISECONDS_MAX = 2_000  # how long the broker lets a reader wait when there is nothing; what comes ends it
READ_SECONDS_MAX = 30.0  # without a single record, before reading a topic to its end is given up


class TopicMismatch(SystemExit):
    """A topic is there with another number of partitions than this installation was made for."""


@dataclass(frozen=True, slots=True)
class Read:
    """One record as it was read: where it stood, and the event inside or why there is none."""

    topic: str
    partition: int
    offset: int
    key: str
    envelope: Envelope | None
    fault: str = ""


class Broker:
    """How to reach the broker; makes clients for the relay, the worker and the admin's questions."""

    def __init__(self, settings: Settings) -> None:
        self._common: dict[str, Any] = {
            "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
            "request_timeout_ms": REQUEST_MILLISECONDS,
            "reconnect_backoff_max_ms": 1_000,
            **settings.kafka_options,
        }

    def admin(self) -> KafkaAdminClient:
        """A client for questions about topics; raises `KafkaError` when nobody answers."""
        return KafkaAdminClient(**self._common)

    def producer(self) -> KafkaProducer:
        """An idempotent producer that waits for all replicas; it batches what is sent within five milliseconds."""
        return KafkaProducer(
            **self._common,
            metrics_enabled=False,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            linger_ms=5,
            batch_size=128 * 1024,
            max_block_ms=5_000,
            delivery_timeout_ms=12_000,
        )

    def consumer(self, *, group: str) -> KafkaConsumer:
        """A consumer that is told what to read: it joins no group, so nobody has to notice that it died."""
        return KafkaConsumer(
            **self._common,
            metrics_enabled=False,
            group_id=group,  # under this name the offsets are committed for dashboards
            auto_offset_reset="none",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            fetch_max_wait_ms=FETCH_MILLISECONDS_MAX,
            metadata_max_age_ms=30_000,
        )


def ensure_topics(broker: Broker, topics: Iterable[str]) -> None:
    """Make the topics that are missing; refuse one with another number of partitions."""
    admin = broker.admin()
    try:
        wanted = {topic: {"num_partitions": PARTITION_COUNT, "configs": {"retention.ms": "-1"}} for topic in topics}
        missing = {topic: options for topic, options in wanted.items() if topic not in set(admin.list_topics())}
        if missing:
            try:
                admin.create_topics(missing, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                admin.wait_for_topics(list(missing))
        for each in admin.describe_topics(list(wanted)):
            if len(each["partitions"]) != PARTITION_COUNT:
                raise TopicMismatch(
                    f"Topic {each['name']} has {len(each['partitions'])} partitions, this installation needs "
                    f"{PARTITION_COUNT}. Nothing was changed; use another TOPIC_PREFIX or make the topic anew."
                )
    finally:
        admin.close()


def topic_ids(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, str]:
    """The ids of these topics; one that is missing is left out."""
    described = admin.describe_topics(list(topics))
    return {
        each["name"]: str(each["topic_id"])
        for each in described
        if each.get("topic_id") not in (None, uuid.UUID(int=0))
    }


def recreate_topic(admin: KafkaAdminClient, topic: str) -> None:
    """Make a topic anew, empty; what was in it comes back from the archive."""
    with suppress(UnknownTopicOrPartitionError):
        admin.delete_topics([topic])
    for _ in range(50):  # deletion is finished in the background
        try:
            admin.create_topics(
                {topic: {"num_partitions": PARTITION_COUNT, "configs": {"retention.ms": "-1"}}}, wait_for_metadata=True
            )
            return
        except TopicAlreadyExistsError:
            admin.list_topics()
    raise KafkaError(f"topic {topic} could not be made anew")


def end_offsets(admin: KafkaAdminClient, topic: str) -> dict[int, int]:
    """The offset that the next record of each partition will have."""
    wanted = {TopicPartition(topic, partition): OffsetSpec.LATEST for partition in range(PARTITION_COUNT)}
    return {at.partition: found.offset for at, found in admin.list_partition_offsets(wanted).items()}


def records(broker: Broker, topic: str, *, starts: Mapping[int, int], ends: Mapping[int, int]) -> Iterator[list[Read]]:
    """Everything between these offsets (from the first on where none is given), some hundreds of records at a time."""
    left = {at: end for at, end in ends.items() if end > starts.get(at, 0)}
    if not left:
        return
    consumer = broker.consumer(group=f"{topic}.reader")
    try:
        consumer.assign([TopicPartition(topic, at) for at in left])
        firsts = consumer.beginning_offsets([TopicPartition(topic, at) for at in left])
        for at in left:
            consumer.seek(TopicPartition(topic, at), max(starts.get(at, 0), firsts[TopicPartition(topic, at)]))
        deadline = time.monotonic() + READ_SECONDS_MAX
        while left:
            polled = consumer.poll(timeout_ms=500, max_records=500)
            yield [each for each in read(polled) if each.offset < ends[each.partition]]
            left = {at: end for at, end in left.items() if consumer.position(TopicPartition(topic, at)) < end}
            if polled:
                deadline = time.monotonic() + READ_SECONDS_MAX
            elif time.monotonic() > deadline:
                raise KafkaError(f"{topic} could not be read to its end within {READ_SECONDS_MAX:.0f} s")
    finally:
        consumer.close()


def shares(topics: Iterable[str], *, index: int, count: int) -> list[TopicPartition]:
    """The partitions that one of `count` workers reads, by its index from 0."""
    return [TopicPartition(topic, each) for topic in topics for each in range(PARTITION_COUNT) if each % count == index]


def read(polled: Mapping[TopicPartition, Sequence[Any]]) -> list[Read]:
    """The records of a poll as envelopes, each partition's in order."""
    return [_read(record) for records in polled.values() for record in records]


def find_unreadable(consumer: KafkaConsumer, at: TopicPartition, *, first: int, end: int) -> Read | None:
    """What stands at `first` as one `Read`, if the client itself fails on it, as on a header that is no UTF-8.

    It fails on everything that was sent together with it, so all up to the next offset that can be read is given up.
    """
    fault, offset = "", first
    while offset < end:
        consumer.assign([at])
        consumer.seek(at, offset)
        try:
            if consumer.poll(timeout_ms=REQUEST_MILLISECONDS, max_records=1):
                break
            return None  # nobody answered: nothing is known
        except CorruptRecordError as error:
            fault, offset = fault or repr(error), offset + 1
    if not fault:
        return None
    which = f"record at offset {first}" if offset == first + 1 else f"records at offsets {first} to {offset - 1}"
    return unreadable(at.topic, at.partition, offset - 1, f"The {which} can't be read: {fault}")


def _read(record: Any) -> Read:
    """Whatever is wrong with a record, it is a `Read` that says so under a name of its own, and no story waits for it.

    A name of its own, because a record that is wrong in one thing may be wrong about what it is about.
    """
    try:
        key = _key(record.key)
        envelope = Envelope.from_record(record.headers, record.value)
        if envelope.key != key:
            raise MalformedRecord(f"the record's key {key!r} is not its aggregate {envelope.key!r}")
    except MalformedRecord as error:
        return unreadable(record.topic, record.partition, record.offset, str(error))
    return Read(record.topic, record.partition, record.offset, key, envelope)


def unreadable(topic: str, partition: int, offset: int, fault: str) -> Read:
    """A record that is no event of ours."""
    return Read(topic, partition, offset, f"record-{partition}-{offset}", None, fault)


def _key(key: bytes | None) -> str:
    try:
        return (key or b"").decode()[: ATTRIBUTE_LENGTH_MAX + 1]
    except UnicodeDecodeError:
        raise MalformedRecord("the record's key is no UTF-8") from None
