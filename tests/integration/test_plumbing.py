"""State and events are saved together, told once or more, and handled exactly once; nothing waits for a poisoned event
but what is about the same thing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kafka import TopicPartition

from shared.change import Change
from shared.contracts.envelope import DATA_BYTE_COUNT_MAX, EventTooLarge
from shared.contracts.flow import UndeclaredEvent, command
from shared.contracts.registration import RegistrationRunClosed
from shared.kafka import Read, end_offsets, recreate_topic, topic_ids
from shared.parking import NotParked, Parking, StillFails
from shared.places import PLACES, place_id
from shared.relay import envelope_of
from shared.unit import ARCHIVE, Conflict, Unit
from shared.worker import Batch, Overtaken, Worker
from tests.integration.counting import POISON, TALLIES, Pair, Tally, say
from tests.namespaces import Namespace
from tests.waiting import wait_until

DEADLINE_SECONDS = 30.0


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader with databases and a topic of their own."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


@contextmanager
def reading(worker: Worker) -> Iterator[None]:
    """Let a worker read until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_SECONDS)


def has_heard(pair: Pair, expected: dict[str, int]) -> None:
    """Wait until exactly these were counted."""
    wait_until(lambda: pair.heard() == expected, DEADLINE_SECONDS, missing=lambda: f"{expected}, heard {pair.heard()}")


def offsets_total(pair: Pair) -> int:
    """How many records the reader has committed."""
    return sum(each["next"] for each in pair.reader.mongo["offsets"].find())


def test_state_and_event_are_saved_together_or_not_at_all(pair: Pair) -> None:
    @command(emits=[RegistrationRunClosed])
    def say_and_fail(unit: Unit) -> None:
        say(unit, run="a")
        unit.flush()
        raise ValueError("after both were written")

    with pytest.raises(ValueError, match="after both"):
        pair.speaker.run(say_and_fail)

    assert pair.speaker.mongo["tallies"].count_documents({}) == 0
    assert pair.speaker.mongo[ARCHIVE].count_documents({}) == 0


def test_an_aggregates_events_are_counted_from_one_without_gaps(pair: Pair) -> None:
    for _ in range(3):
        pair.speaker.run(say, run="a")

    rows = list(pair.speaker.mongo[ARCHIVE].find({"key": "a"}).sort("sequence", 1))

    assert [row["_id"] for row in rows] == ["a:1", "a:2", "a:3"]


def test_commands_on_one_aggregate_at_the_same_time_all_count(pair: Pair) -> None:
    threads = [threading.Thread(target=pair.speaker.run, args=(say,), kwargs={"run": "a"}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)

    state = pair.speaker.mongo["tallies"].find_one({"_id": "a"})
    assert state is not None
    assert (state["count"], state["event_count"], state["version"]) == (8, 8, 8)


def test_a_unit_whose_guarded_update_matches_nothing_is_undone(pair: Pair) -> None:
    pair.speaker.run(say, run="a")

    def work(unit: Unit) -> None:
        unit.save(TALLIES, Change(Tally(id="b", count=1)))
        unit.require(TALLIES, {"_id": "a", "count": 99}, {"$set": {"count": 100}})

    with pytest.raises(Conflict):
        pair.speaker.attempt(work)

    assert pair.speaker.mongo["tallies"].find_one({"_id": "b"}) is None


def test_a_state_that_changed_since_it_was_loaded_is_not_overwritten(pair: Pair) -> None:
    pair.speaker.run(say, run="a")
    with pair.speaker.client.start_session() as session, session.start_transaction():
        unit = Unit(pair.speaker, session, emits=frozenset())
        seen = unit.load(TALLIES, "a")
        assert seen is not None
        unit.require(TALLIES, {"_id": "a", "version": 0}, {"$set": {"count": 7}})

        with pytest.raises(Conflict):
            unit.flush()


def test_an_undeclared_event_is_refused_and_nothing_is_saved(pair: Pair) -> None:
    @command()
    def say_undeclared(unit: Unit) -> None:
        said = RegistrationRunClosed(run="a", conference="c", count=1, digest="")
        unit.save(TALLIES, Change(Tally(id="a"), (said,)))

    with pytest.raises(UndeclaredEvent):
        pair.speaker.run(say_undeclared)

    assert pair.speaker.mongo["tallies"].count_documents({}) == 0


def test_an_oversized_event_is_refused_when_it_is_made(pair: Pair) -> None:
    with pytest.raises(EventTooLarge):
        pair.speaker.run(say, run="a", digest="x" * DATA_BYTE_COUNT_MAX)

    assert pair.speaker.mongo["tallies"].count_documents({}) == 0


def test_an_event_that_was_published_twice_is_handled_once(pair: Pair) -> None:
    for run in ("a", "b"):
        pair.speaker.run(say, run=run)
    pair.publish()
    pair.publish_again()

    with reading(pair.worker()):
        wait_until(
            lambda: offsets_total(pair) == 4, DEADLINE_SECONDS, missing=lambda: f"4 records, {offsets_total(pair)} read"
        )

    assert pair.heard() == {"a": 1, "b": 1}


def test_an_event_that_comes_too_early_waits_for_the_gap_to_be_filled(pair: Pair) -> None:
    for digest in ("1", "2", "3"):
        pair.speaker.run(say, run="a", digest=digest)
    pair.speaker.mongo[ARCHIVE].update_one({"_id": "a:1"}, {"$set": {"published": True}})
    pair.publish()

    with reading(pair.worker()):
        wait_until(lambda: offsets_total(pair) == 2, DEADLINE_SECONDS, missing="both early events")
        assert pair.heard() == {}
        pair.speaker.mongo[ARCHIVE].update_one({"_id": "a:1"}, {"$set": {"published": False}})
        pair.publish()
        has_heard(pair, {"a": 3})

    tally = pair.reader.mongo["tallies"].find_one({"_id": "a"})
    assert tally is not None
    assert tally["digests"] == ["1", "2", "3"]


def test_a_batch_that_another_worker_has_committed_is_undone(pair: Pair) -> None:
    """A worker that was stopped for a while, and goes on with what it had read, must not handle it a second time."""
    pair.speaker.run(say, run="a")
    pair.publish()
    zombie, read = pair.worker(), _as_read(pair, "a:1")
    with reading(pair.worker()):
        has_heard(pair, {"a": 1})
    zombie._ids = topic_ids(pair.broker.admin(), [pair.topic])
    zombie._positions = {TopicPartition(pair.topic, read.partition): 0}
    pair.reader.mongo[PLACES.name].delete_many({})  # so that only the offsets can tell

    with pytest.raises(Overtaken):
        zombie.handle(Batch([read]))

    assert pair.heard() == {"a": 1}


def test_a_poisoned_event_is_parked_and_only_its_own_story_waits(pair: Pair) -> None:
    pair.speaker.run(say, run="a", digest=POISON)
    pair.speaker.run(say, run="a", digest="after")
    for run in ("b", "c"):
        pair.speaker.run(say, run=run)
    pair.publish()

    with reading(pair.worker()):
        has_heard(pair, {"b": 1, "c": 1})
        wait_until(lambda: offsets_total(pair) == 4, DEADLINE_SECONDS, missing="all four records")

    parked = Parking(pair.reader, pair.worker()).list()
    assert [(each["place"], each["sequence"], each["waiting"]) for each in parked] == [
        (place_id(pair.topic, "a"), 1, 2)
    ]
    assert "this event can't be handled" in parked[0]["reason"]


def test_a_parked_event_can_be_explained_replayed_and_discarded(pair: Pair) -> None:
    pair.speaker.run(say, run="a", digest=POISON)
    pair.speaker.run(say, run="a", digest="after")
    pair.publish()
    with reading(pair.worker()):
        wait_until(lambda: offsets_total(pair) == 2, DEADLINE_SECONDS, missing="both records")
    parking, place = Parking(pair.reader, pair.worker()), place_id(pair.topic, "a")

    explained = parking.explain(place)
    assert [each["sequence"] for each in explained["events"]] == [1, 2]
    with pytest.raises(StillFails):
        parking.replay(place)
    assert parking.discard(place, is_dry_run=True) == {
        "place": place,
        "handled": 2,
        "still_waiting": 0,
        "dry_run": True,
    }
    assert pair.heard() == {}
    assert parking.discard(place) == {"place": place, "handled": 2, "still_waiting": 0}

    assert pair.heard() == {"a": 1}
    assert parking.list() == []
    with pytest.raises(NotParked):
        parking.discard(place)


def test_a_record_that_is_no_event_is_parked_and_the_rest_flows(pair: Pair) -> None:
    producer = pair.broker.producer()
    producer.send(pair.topic, key=b"a", value=b"{}", headers=[]).get(10)
    producer.close()
    pair.speaker.run(say, run="b")
    pair.publish()

    with reading(pair.worker()):
        has_heard(pair, {"b": 1})
        wait_until(lambda: offsets_total(pair) == 2, DEADLINE_SECONDS, missing="both records")

    assert ["not an event of ours" in each["reason"] for each in Parking(pair.reader, pair.worker()).list()] == [True]


def test_a_broker_that_lost_its_log_is_refilled_and_nothing_is_handled_twice(pair: Pair) -> None:
    for run in ("a", "b"):
        pair.speaker.run(say, run=run)
    pair.relay.check_log()
    pair.publish()
    with reading(pair.worker()):
        has_heard(pair, {"a": 1, "b": 1})
    admin = pair.broker.admin()
    recreate_topic(admin, pair.topic)
    assert sum(end_offsets(admin, pair.topic).values()) == 0

    pair.relay.check_log()
    pair.speaker.run(say, run="c")
    pair.publish()

    assert sum(end_offsets(admin, pair.topic).values()) == 3
    admin.close()
    with reading(pair.worker()):
        has_heard(pair, {"a": 1, "b": 1, "c": 1})


def test_a_broker_that_lost_the_tail_of_its_log_is_refilled(pair: Pair) -> None:
    pair.speaker.run(say, run="a")
    pair.relay.check_log()
    pair.publish()
    admin = pair.broker.admin()
    before = topic_ids(admin, [pair.topic])
    (highest,) = (pair.speaker.mongo["relay"].find_one({"_id": pair.topic}) or {})["highest"]
    pair.speaker.mongo["relay"].update_one({}, {"$inc": {f"highest.{highest}": 5}})  # as if five more had been there

    pair.relay.check_log()
    pair.publish()

    assert topic_ids(admin, [pair.topic]) != before
    assert sum(end_offsets(admin, pair.topic).values()) == 1
    admin.close()


def _as_read(pair: Pair, archive_id: str) -> Read:
    """An event as the first record of its partition, as the worker reads it."""
    row = pair.speaker.mongo[ARCHIVE].find_one({"_id": archive_id})
    (partition,) = (pair.speaker.mongo["relay"].find_one({"_id": pair.topic}) or {})["highest"]
    assert row is not None
    return Read(pair.topic, int(partition), 0, row["key"], envelope_of(row, source="/registration"))
