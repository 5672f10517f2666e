"""A service whose database came back from a backup: it refuses to work, takes back what it had said, and catches up."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared.catching_up import Again, CatchingUp, Recovery, report
from shared.change import Change
from shared.clock import host_now
from shared.contracts.registration import RegistrationRunClosed
from shared.mongo import Database
from shared.parking import Parking
from shared.places import PLACES, Place, block
from shared.recall import RECALLED, Behind
from shared.restoring import TopicAhead, take_back
from shared.unit import ARCHIVE
from tests.integration.counting import Pair, say
from tests.integration.test_plumbing import has_heard, reading
from tests.namespaces import Namespace

Moment = Mapping[str, list[dict[str, Any]]]


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


def moment(database: Database) -> Moment:
    """A backup of everything in a database."""
    return {name: list(database.mongo[name].find()) for name in database.mongo.list_collection_names()}


def go_back(database: Database, to: Moment) -> None:
    """Restore a backup."""
    for name in database.mongo.list_collection_names():
        database.mongo[name].delete_many({})
        if to.get(name):
            database.mongo[name].insert_many(to[name])


def published(pair: Pair, *runs: str) -> None:
    for run in runs:
        pair.speaker.run(say, run=run)
    pair.relay.check_log()
    pair.publish()


def archive(pair: Pair) -> dict[str, str]:
    """What the speaker has said: the number of each event, and its id."""
    return {each["_id"]: each["id"] for each in pair.speaker.mongo[ARCHIVE].find()}


def restored(pair: Pair, backup: Moment) -> None:
    """The backup is back, and the topic's events beyond it are taken back."""
    go_back(pair.speaker, backup)
    take_back(pair.speaker, pair.broker, topic=pair.topic)
    assert pair.speaker.recalled.look()


def catching_up(pair: Pair, recovery: Recovery) -> CatchingUp:
    return CatchingUp(pair.speaker, Parking(pair.speaker, pair.worker()), recovery)


def test_who_is_told_by_the_topic_of_more_than_the_database_knows_refuses_to_start(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    published(pair, "a", "b")
    go_back(pair.speaker, backup)

    for look in (pair.relay.require_known, pair.relay.check_log):
        with pytest.raises(TopicAhead) as refused:
            look()
        said = str(refused.value)
        assert "holds events of registration that its database doesn't have (2; the first is number " in said
        assert "so the database is a restored backup. Nothing was started, sent or said." in said
        assert "python -m services.registration restore" in said


def test_an_empty_database_beside_old_topics_is_told_that_it_may_want_others(pair: Pair) -> None:
    published(pair, "a")
    go_back(pair.speaker, {})

    with pytest.raises(TopicAhead, match=r"is empty: it was lost, or it is a new one.*another TOPIC_PREFIX.*restore`"):
        pair.relay.require_known()


def test_a_number_that_was_given_out_again_is_noticed(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    published(pair, "a")
    go_back(pair.speaker, backup)
    pair.speaker.run(say, run="a", digest="another")

    with pytest.raises(TopicAhead, match=r"doesn't have \(1; the first is number 2 of a"):
        pair.relay.require_known()
    with pytest.raises(SystemExit, match=r"says something else than the topic.*Restore the backup once more"):
        take_back(pair.speaker, pair.broker, topic=pair.topic)


def test_what_was_published_and_not_marked_before_a_crash_is_nothing_to_refuse(pair: Pair) -> None:
    published(pair, "a")
    state = moment(pair.speaker)["relay"]
    published(pair, "a", "b")
    pair.speaker.mongo[ARCHIVE].update_many({}, {"$set": {"published": False}})
    pair.speaker.mongo["relay"].delete_many({})
    pair.speaker.mongo["relay"].insert_many(state)

    pair.relay.require_known()
    pair.relay.check_log()


def test_after_a_restore_what_is_said_again_keeps_its_number_and_is_heard_once(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    published(pair, "a", "b")
    with reading(pair.worker()):
        has_heard(pair, {"a": 2, "b": 1})
    said_before = archive(pair)
    restored(pair, backup)
    pair.relay.require_known()

    pair.speaker.run(say, run="a")
    pair.speaker.run(say, run="b")
    assert archive(pair) == said_before
    assert pair.publish() == 0

    pair.speaker.run(say, run="a")
    assert archive(pair).keys() - said_before.keys() == {"a:3"}
    pair.publish()
    with reading(pair.worker()):
        has_heard(pair, {"a": 3, "b": 1})
    assert not pair.speaker.recalled.look()


def test_nothing_new_is_said_of_an_aggregate_before_it_has_said_again_what_it_had_said(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    pair.speaker.run(say, run="a", digest="before")
    pair.publish()
    restored(pair, backup)
    before = moment(pair.speaker)

    with pytest.raises(Behind, match="Nothing was changed"):
        pair.speaker.run(say, run="a", digest="another")
    assert moment(pair.speaker) == before
    pair.speaker.run(say, run="other")  # nobody else waits

    pair.speaker.run(say, run="a", digest="before")
    assert pair.speaker.run(say, run="a", digest="another") == 3


def test_what_people_had_asked_for_is_done_again_in_its_order(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    for digest in ("first", "second"):
        pair.speaker.run(say, run="a", digest=digest)
    pair.publish()
    said_before = archive(pair)
    restored(pair, backup)
    recovery = Recovery(
        again={RegistrationRunClosed: lambda e: Again(say, {"run": e.run, "digest": e.digest}, lacking=e.digest)}
    )

    lacking = catching_up(pair, recovery).all_at_once()

    assert lacking == ["first", "second"]
    assert archive(pair) == said_before
    assert pair.speaker.mongo["tallies"].find_one({"_id": "a"})["count"] == 3  # type: ignore[index]
    assert report(pair.speaker, recovery) == ["Nothing is missing: every state knows what had been said."]


def test_what_only_a_person_knows_is_named_one_by_one_and_can_be_left(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    published(pair, "a", "b")
    restored(pair, backup)
    recovery = Recovery(by_hand={RegistrationRunClosed: lambda e: f"number {e.count} of {e.run}"})

    assert report(pair.speaker, recovery)[1:] == [
        "Please enter again, each as it was:",
        "  number 2 of a",
        "  number 1 of b",
    ]
    assert catching_up(pair, recovery).leave("a") == 1
    assert pair.speaker.run(say, run="a", digest="another") == 2
    assert sorted(archive(pair)) == ["a:1", "a:2", "a:3", "b:1"]


def test_a_restore_that_is_broken_off_is_taken_up_again(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    published(pair, "a", "b")
    restored(pair, backup)
    pair.speaker.mongo[ARCHIVE].delete_one({"_id": "b:1"})  # as if it had come no further

    assert take_back(pair.speaker, pair.broker, topic=pair.topic) == 1
    assert take_back(pair.speaker, pair.broker, topic=pair.topic) == 0
    assert pair.speaker.mongo[ARCHIVE].count_documents({RECALLED: {"$exists": True}}) == 2


def test_what_was_parked_because_its_aggregate_was_behind_goes_on_once_nothing_is_missing(pair: Pair) -> None:
    place = block(Place(id=f"{pair.topic}/a"), reason=repr(Behind("not yet")), now=host_now())
    pair.reader.transact(lambda unit: unit.save(PLACES, Change(place)))
    parking = Parking(pair.reader, pair.worker())
    assert [each["place"] for each in parking.list()] == [place.id]

    CatchingUp(pair.reader, parking, Recovery()).run(threading.Event())

    assert parking.list() == []


def test_what_nothing_follows_from_holds_nobody_up(pair: Pair) -> None:
    published(pair, "a")
    backup = moment(pair.speaker)
    published(pair, "b")
    restored(pair, backup)

    catching_up(pair, Recovery(needless=frozenset({RegistrationRunClosed}))).all_at_once()

    assert not pair.speaker.recalled.look()
