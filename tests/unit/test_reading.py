"""Reading a record never raises: it is an event that a place can keep, or it is parked with what is wrong with it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from kafka import TopicPartition

from shared.contracts.envelope import ATTRIBUTE_LENGTH_MAX, DATA_BYTE_COUNT_MAX, SEQUENCE_MAX, Envelope
from shared.kafka import Read, read
from shared.places import PLACES, Place, receive

CASE_COUNT = 10_000
KEPT: bson.CodecOptions[Mapping[str, Any]] = bson.CodecOptions(tz_aware=True)
NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)
HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"0198c2a0-0000-7000-8000-000000000000",
    "ce_type": b"reconvene.registration.registration_run_closed.v1",
    "ce_source": b"/registration",
    "ce_time": b"2020-04-09T14:00:00+00:00",
    "ce_partitionkey": b"run_1",
    "ce_sequence": b"1",
    "ce_correlationid": b"c1",
}
STRANGE_VALUES: tuple[bytes | None, ...] = (
    None,
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",  # half of a surrogate pair
    b"0",
    b"-1",
    b"+1",
    b" 1",
    b"1_000",
    "٣".encode(),  # a digit to Python
    b"1e3",
    b"1.0",
    b"9" * 18,
    b"9" * 5_000,  # too long for `int`
    str(SEQUENCE_MAX).encode(),
    str(SEQUENCE_MAX + 1).encode(),
    b"2020-04-09T14:00:00",
    b"0001-01-01T00:00:00+23:59",
    b"9999-12-31T23:59:59-23:59",
    b"2020-02-30T00:00:00Z",
    b"x" * (ATTRIBUTE_LENGTH_MAX + 1),
)


@dataclass
class Record:
    """What the broker's client gives us, as far as we look at it."""

    key: bytes | None
    headers: list[tuple[str, bytes | None]]
    value: bytes | None
    topic: str = "registration"
    partition: int = 3
    offset: int = 7


def read_one(record: Record) -> Read:
    """The record as the worker has it."""
    (found,) = read({TopicPartition(record.topic, record.partition): [record]})
    return found


def record(*, key: bytes | None = b"run_1", value: bytes | None = b"{}", **changed: bytes | None) -> Record:
    """A record of ours, with some headers changed."""
    return Record(key, list({**HEADERS, **changed}.items()), value)


def mutated(chance: random.Random) -> Record:
    """A record of ours that something has happened to, or pure noise."""
    changed: dict[str, bytes | None] = {**HEADERS}
    for _ in range(chance.randint(0, 3)):
        name = chance.choice(list(HEADERS))
        match chance.randrange(4):
            case 0:
                changed.pop(name, None)
            case 1:
                changed[name] = chance.choice(STRANGE_VALUES)
            case 2:
                changed[name] = chance.randbytes(chance.randrange(40))
            case _:
                flipped = bytearray(HEADERS[name])
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
                changed[name] = bytes(flipped)
    listed = list(changed.items())
    if chance.random() < 0.2:
        listed.append((chance.choice(["", "x", "ce_", "content-type", *HEADERS]), chance.choice(STRANGE_VALUES)))
    key = chance.choice([b"run_1", changed.get("ce_partitionkey"), chance.choice(STRANGE_VALUES)])
    value = chance.choice([b"{}", None, b"", chance.randbytes(50)])
    return Record(key, listed, value)


def test_whatever_a_record_is_reading_it_never_raises_and_a_place_can_keep_what_was_read() -> None:
    chance, event_count = random.Random(20200409), 0

    for _ in range(CASE_COUNT):
        found = read_one(mutated(chance))
        assert (found.envelope is None) == bool(found.fault)
        if found.envelope is None:
            assert found.key == "record-3-7"  # of its own: it may be wrong about what it is about
            continue
        event_count += 1
        place = receive(Place(id=f"registration/{found.key}"), found.envelope, now=NOW)
        document = bson.encode(PLACES.document(place))
        (envelope,) = PLACES.state(bson.decode(document, codec_options=KEPT)).waiting
        assert (envelope.archive_id, envelope.data) == (found.envelope.archive_id, found.envelope.data)

    assert CASE_COUNT // 20 < event_count < CASE_COUNT // 2  # both were tried


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (record(ce_sequence=str(2**63).encode()), "sequence '9223372036854775808' is no number from 1 to"),
        (record(ce_sequence=b"0"), "sequence '0' is no number from 1 to"),
        (record(ce_correlationid=None), "header ce_correlationid has no value"),
        (record(ce_traceparent=None), "header ce_traceparent has no value"),
        (record(ce_type=b"\xff"), "header ce_type is no UTF-8"),
        (record(ce_type=b"x" * 1_001), "header ce_type has 1001 characters, at most 1000 are read"),
        (record(ce_time=b"2020-04-09T14:00:00"), "time '2020-04-09T14:00:00' has no zone"),
        (record(ce_time=b"9999-12-31T23:59:59-23:59"), "time '9999-12-31T23:59:59-23:59' is no instant"),
        (record(value=None), "the record has no data"),
        (record(value=b"x" * (DATA_BYTE_COUNT_MAX + 1)), "262145 bytes of data, at most 262144 are read"),
        (record(key=b"run_2"), "the record's key 'run_2' is not its aggregate 'run_1'"),
        (record(key=b"\xff"), "the record's key is no UTF-8"),
        (Record(b"run_1", [("content-type", None)], b"{}"), "not an event of ours: it has no header 'ce_id'"),
    ],
)
def test_what_is_wrong_with_a_record_is_said(wrong: Record, fault: str) -> None:
    assert fault in read_one(wrong).fault


def test_headers_of_others_are_nobodys_fault() -> None:
    found = read_one(Record(b"run_1", [*HEADERS.items(), ("uber-trace-id", None), ("x", b"\xff")], b"{}"))

    assert isinstance(found.envelope, Envelope)
