"""Whatever is wrong with one record, one event or one story, it is parked as that, and everything else goes on."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared import process
from shared.contracts.flow import consumes
from shared.contracts.registration import RegistrationRunClosed
from shared.kafka import Read
from shared.parking import Parking, StillFails
from shared.places import WAITING_BYTE_COUNT_MAX, place_id
from shared.progress import STUCK_SECONDS, Progress
from shared.relay import Relay, envelope_of
from shared.stories import ASIDE
from shared.telemetry import CONTRADICTIONS
from shared.unit import ARCHIVE, Unit
from shared.web.app import create_web
from shared.worker import Batch
from tests.integration.counting import POISON, TALLIES, Pair, count, say
from tests.integration.test_plumbing import DEADLINE_SECONDS, has_heard, offsets_total, reading
from tests.namespaces import Namespace
from tests.waiting import wait_until

NEVER = "never"
LARGE = "x" * 250_000


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader with databases and a topic of their own."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


def parked(pair: Pair) -> dict[str, str]:
    """What is parked, and why."""
    return {each["place"]: each["reason"] for each in Parking(pair.reader, pair.worker()).list()}


def read_all(pair: Pair, record_count: int) -> None:
    """Wait until so many records have been committed."""
    wait_until(lambda: offsets_total(pair) == record_count, DEADLINE_SECONDS, missing=lambda: offsets_total(pair))


def pad(pair: Pair) -> None:
    """Make every event that was said as large as an event may be; readers ignore a field that they don't know."""
    for row in list(pair.speaker.mongo[ARCHIVE].find()):
        data = row["data"][:-1] + b',"pad":"' + LARGE.encode() + b'"}'
        pair.speaker.mongo[ARCHIVE].update_one({"_id": row["_id"]}, {"$set": {"data": data}})


def test_a_malformed_record_is_parked_as_that_and_its_partition_goes_on(pair: Pair) -> None:
    pair.speaker.run(say, run="a")
    row = pair.speaker.mongo[ARCHIVE].find_one({})
    assert row is not None
    ours: dict[str, Any] = dict(envelope_of(row, source="/registration").headers())
    wrong = (
        ({**ours, "ce_sequence": str(2**63).encode()}, b"{}", "no number from 1 to"),
        ({**ours, "ce_correlationid": b""}, b"{}", "header ce_correlationid has no value"),
        (ours, b"x" * 300_000, "300000 bytes of data"),
        (ours, None, "the record has no data"),
    )
    producer = pair.broker.producer()
    for headers, value, _ in wrong:
        producer.send(pair.topic, key=b"a", value=value, headers=list(headers.items())).get(10)
    producer.close()
    pair.publish()

    with reading(pair.worker()):
        has_heard(pair, {"a": 1})
        read_all(pair, len(wrong) + 1)

    reasons = [parked(pair)[place] for place in sorted(parked(pair))]
    assert [fault in reason for reason, (_, _, fault) in zip(reasons, wrong, strict=True)] == [True] * len(wrong)
    assert place_id(pair.topic, "a") not in parked(pair)  # the story itself is well


class _NoUtf8(str):
    """A header's name as clients in other languages may send it."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        """Bytes that are no text."""
        return b"\xff\xfe"


def test_a_record_that_the_brokers_client_can_not_even_read_is_parked_and_its_partition_goes_on(pair: Pair) -> None:
    pair.speaker.run(say, run="a")
    pair.publish()
    producer = pair.broker.producer()
    producer.send(pair.topic, key=b"a", value=b"{}", headers=[(_NoUtf8("x"), b"1")]).get(10)
    producer.close()
    pair.speaker.run(say, run="a")
    pair.publish()

    with reading(pair.worker()):
        has_heard(pair, {"a": 2})

    (reason,) = parked(pair).values()
    assert "The record at offset 1 can't be read: CorruptRecordError" in reason


def test_a_document_that_gets_too_large_for_the_database_parks_the_event_that_made_it_so(pair: Pair) -> None:
    for number in range(70):  # the counting handler keeps every digest: 17.5 MB
        pair.speaker.run(say, run="a", digest=f"{number}{LARGE}")
    pair.speaker.run(say, run="b")
    pair.publish()

    with reading(pair.worker()):
        wait_until(lambda: pair.heard().get("b") == 1 and parked(pair), DEADLINE_SECONDS, missing=pair.heard)
        read_all(pair, 71)

    (place, reason) = parked(pair).popitem()
    assert (place, "could not be saved" in reason) == (place_id(pair.topic, "a"), True)
    assert 60 < pair.heard()["a"] < 70


def test_what_waits_behind_a_parked_event_outgrows_no_document_and_is_told_in_order(pair: Pair) -> None:
    for number in range(80):
        pair.speaker.run(say, run="a", digest=POISON if number == 0 else str(number))
    pad(pair)
    pair.publish()
    with reading(pair.worker()):
        read_all(pair, 80)
    parking, place = Parking(pair.reader, pair.worker()), place_id(pair.topic, "a")

    waiting = parking.explain(place)["waiting"]
    kept = pair.reader.mongo["places"].find_one({"_id": place})
    outcome = parking.discard(place)

    assert waiting == 80
    assert kept is not None
    assert sum(len(each["data"]) for each in kept["waiting"]) <= WAITING_BYTE_COUNT_MAX
    assert outcome == {"place": place, "handled": 80, "still_waiting": 0}
    tally = pair.reader.mongo["tallies"].find_one({"_id": "a"})
    assert tally is not None
    assert tally["digests"] == [str(number) for number in range(1, 80)]
    assert pair.reader.mongo[ASIDE.name].count_documents({}) == 0


def test_what_is_laid_aside_and_comes_again_with_what_was_missing_is_told_once_and_stops_nothing(pair: Pair) -> None:
    for number in range(8):
        pair.speaker.run(say, run="a", digest=str(number))
    pad(pair)
    said = [envelope_of(row, source="/registration") for row in pair.speaker.mongo[ARCHIVE].find().sort("sequence", 1)]
    reads = [Read(pair.topic, 0, each.sequence, each.key, each) for each in said]
    stories = pair.worker().stories
    pair.reader.transact(lambda unit: stories.tell(unit, reads[1:], poisoned={}))
    (first_aside, *_) = pair.reader.mongo[ASIDE.name].find().sort("sequence", 1)

    again = reads[first_aside["sequence"] - 1]
    pair.reader.transact(lambda unit: stories.tell(unit, [reads[0], again], poisoned={}))

    tally = pair.reader.mongo["tallies"].find_one({"_id": "a"})
    assert tally is not None
    assert tally["digests"] == [str(number) for number in range(8)]
    assert pair.reader.mongo[ASIDE.name].count_documents({}) == 0


@consumes(RegistrationRunClosed, needs=lambda event: [(TALLIES, event.run)])
def count_under_guard(event: RegistrationRunClosed, unit: Unit) -> None:
    """Counts, but for some events under a condition that never holds."""
    count(event, unit)
    if event.digest == NEVER:
        unit.require(TALLIES, {"_id": event.run, "count": 99}, {"$set": {"count": 100}})


def test_a_conflict_that_never_passes_is_its_events_own_failure(pair: Pair) -> None:
    pair.speaker.run(say, run="a", digest=NEVER)
    for run in ("b", "c", "d"):
        pair.speaker.run(say, run=run)
    pair.publish()

    with reading(pair.worker(count_under_guard)):
        has_heard(pair, {"b": 1, "c": 1, "d": 1})
        read_all(pair, 4)

    (place, reason) = parked(pair).popitem()
    assert (place, "Conflict" in reason) == (place_id(pair.topic, "a"), True)


def test_the_event_that_fails_is_parked_and_not_the_one_that_filled_the_gap_before_it(pair: Pair) -> None:
    for digest in ("first", NEVER, "last"):
        pair.speaker.run(say, run="a", digest=digest)
    pair.speaker.mongo[ARCHIVE].update_one({"_id": "a:1"}, {"$set": {"published": True}})
    pair.publish()
    with reading(pair.worker(count_under_guard)):
        read_all(pair, 2)
    pair.speaker.mongo[ARCHIVE].update_one({"_id": "a:1"}, {"$set": {"published": False}})
    pair.publish()

    with reading(pair.worker(count_under_guard)):
        has_heard(pair, {"a": 1})
        read_all(pair, 3)

    (found,) = Parking(pair.reader, pair.worker()).list()
    assert (found["sequence"], found["waiting"]) == (2, 2)


def test_discarding_one_event_parks_the_next_that_fails_and_keeps_what_was_done(pair: Pair) -> None:
    for digest in (POISON, "well", POISON, "last"):
        pair.speaker.run(say, run="a", digest=digest)
    pair.publish()
    with reading(pair.worker()):
        read_all(pair, 4)
    parking, place = Parking(pair.reader, pair.worker()), place_id(pair.topic, "a")

    outcome = parking.discard(place)

    assert outcome == {"place": place, "handled": 2, "still_waiting": 2}
    assert [each["sequence"] for each in parking.list()] == [3]
    assert pair.heard() == {"a": 1}


def test_another_event_under_a_number_that_was_had_stops_its_story_and_raises_an_alarm(pair: Pair) -> None:
    """A producer whose database was set back gives its numbers out again, for events that nobody has heard."""
    alarms = CONTRADICTIONS.labels("payments")
    before = alarms._value.get()
    for _ in range(2):
        pair.speaker.run(say, run="a")
    pair.publish()
    with reading(pair.worker()):
        has_heard(pair, {"a": 2})
    had = pair.speaker.mongo[ARCHIVE].find_one({"_id": "a:2"})
    forgotten = {"$set": {"id": "another", "published": False}}
    pair.speaker.mongo[ARCHIVE].update_one({"_id": "a:2"}, forgotten)
    pair.speaker.run(say, run="a")
    pair.speaker.run(say, run="b")
    pair.publish()

    with reading(pair.worker()):
        read_all(pair, 5)

    assert had is not None
    assert pair.heard() == {"a": 2, "b": 1}
    parking, place = Parking(pair.reader, pair.worker()), place_id(pair.topic, "a")
    assert f"Number 2 of this story was event {had['id']}, and now event another came" in parked(pair)[place]
    assert alarms._value.get() > before
    assert [each["id"] for each in parking.explain(place)["events"]][:1] == ["another"]
    with pytest.raises(StillFails):
        parking.replay(place)
    assert parking.discard(place)["handled"] == 1  # what came after it; what contradicted is never told
    assert pair.heard() == {"a": 3, "b": 1}


def test_a_parked_event_stops_no_story_of_the_same_name_in_another_topic(pair: Pair) -> None:
    """A run has a story with registration and another with payments, both under its own id."""
    pair.speaker.run(say, run="a")
    row = pair.speaker.mongo[ARCHIVE].find_one({})
    assert row is not None
    here = envelope_of(row, source="/registration")
    there = replace(here, id="another", source="/payments")
    reads = [Read("one", 0, 0, "a", here), Read("two", 0, 0, "a", there)]
    stories, parking = pair.worker().stories, Batch(reads).parking(here, "a bug")

    pair.reader.transact(lambda unit: stories.tell(unit, reads, poisoned=parking.poisoned))

    assert parked(pair) == {place_id("one", "a"): "a bug"}
    assert pair.heard() == {"a": 1}


def test_the_same_event_again_is_no_contradiction(pair: Pair) -> None:
    pair.speaker.run(say, run="a")
    pair.publish()
    pair.publish_again()

    with reading(pair.worker()):
        read_all(pair, 2)

    assert (pair.heard(), parked(pair)) == ({"a": 1}, {})


def test_a_service_whose_worker_gets_nowhere_for_a_minute_says_that_it_is_not_ready(pair: Pair) -> None:
    clock, may_go_on = [0.0], threading.Event()

    @consumes(RegistrationRunClosed)
    def hang(_: RegistrationRunClosed, __: Unit) -> None:
        """Waits for something that doesn't come."""
        may_go_on.wait(DEADLINE_SECONDS)

    parts = _parts(pair, handler=hang)
    parts.worker.progress = Progress("payments", "worker", now=lambda: clock[0])
    pair.speaker.run(say, run="a")
    client, stop = parts.web.test_client(), threading.Event()
    threads = process.start(parts, roles=("worker",), stop=stop, on_death=lambda: None)
    try:
        wait_until(lambda: client.get("/ready").status_code == 200, DEADLINE_SECONDS, missing="ready")
        pair.publish()
        wait_until(lambda: parts.worker.stories.telling, DEADLINE_SECONDS, missing="the event that makes it hang")

        clock[0] += STUCK_SECONDS
        assert client.get("/ready").status_code == 200
        clock[0] += 1
        answer = client.get("/ready")
        assert (answer.status_code, answer.get_json()["missing"]) == (503, ["worker"])
        may_go_on.set()
        wait_until(lambda: client.get("/ready").status_code == 200, DEADLINE_SECONDS, missing="ready again")
    finally:
        may_go_on.set()
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)


def _parts(pair: Pair, *, handler: Any) -> process.Parts:
    """The reader as a service, of which only the worker is started."""
    web, _ = create_web(pair.settings, pair.reader, import_name=__name__, title="a service of the tests")
    return process.Parts(
        settings=pair.settings,
        database=pair.reader,
        broker=pair.broker,
        web=web,
        worker=pair.worker(handler),
        relay=Relay(pair.reader, pair.broker, topic=pair.topic),
        collections=(TALLIES,),
    )
