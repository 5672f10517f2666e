"""Whether all that was said has been heard: read from archives and places, named where it is missing."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.acceptance.hearing import Hearing, await_all_heard, listening
from deploy.catalogue.reading import read_code
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller, Deadline, OutOfTime
from tests.integration.counting import POISON, Pair, say
from tests.integration.test_plumbing import reading
from tests.namespaces import Namespace
from tests.waiting import wait_until

DEADLINE_SECONDS = 30.0


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """Registration speaks, payments listens."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


@pytest.fixture
def hearing(namespace: Namespace) -> Iterator[Hearing]:
    """Their town, as the runner of a cancellation sees it."""
    client: MongoClient[dict[str, Any]] = MongoClient(namespace.engines.mongo_url, readConcernLevel="majority")
    with client:
        yield Hearing(
            client,
            database_prefix=namespace.database_prefix,
            listening={"registration": frozenset(), "payments": frozenset({"registration"})},
        )


def test_what_is_not_published_is_neither_read_and_both_are_said(pair: Pair, hearing: Hearing) -> None:
    pair.speaker.run(say, run="a")
    pair.speaker.run(say, run="b")

    assert hearing.missing() == [
        "2 events of registration to be read by payments",
        "2 events of registration to be published",
    ]


def test_what_is_published_but_not_read_is_missing_until_it_is_read(pair: Pair, hearing: Hearing) -> None:
    pair.speaker.run(say, run="a")
    pair.publish()

    before = hearing.missing()
    with reading(pair.worker()):
        wait_until(lambda: not hearing.missing(), DEADLINE_SECONDS, missing=hearing.missing)

    assert before == ["1 event of registration to be read by payments"]
    assert pair.heard() == {"a": 1}


def test_an_event_that_is_parked_has_not_been_heard_though_the_offset_has_passed_it(
    pair: Pair, hearing: Hearing
) -> None:
    pair.speaker.run(say, run="a", digest=POISON)
    pair.speaker.run(say, run="b")
    pair.publish()

    with reading(pair.worker()):
        wait_until(lambda: pair.heard() == {"b": 1}, DEADLINE_SECONDS, missing="the event behind the parked one")

    assert hearing.missing() == ["1 event of registration to be read by payments (1 parked event)"]


def test_what_is_said_while_we_look_is_not_overlooked(pair: Pair, hearing: Hearing) -> None:
    pair.speaker.run(say, run="a")
    pair.publish()
    with reading(pair.worker()):
        wait_until(lambda: not hearing.missing(), DEADLINE_SECONDS, missing=hearing.missing)

        missing = hearing.missing(meanwhile=lambda: say_and_publish(pair))

    assert missing == ["1 event of registration to be read by payments"]


def test_a_message_that_is_on_its_way_is_missing(pair: Pair, hearing: Hearing, namespace: Namespace) -> None:
    messages = pair.speaker.client[f"{namespace.database_prefix}notifications"]["messages"]
    messages.insert_many([{"_id": state, "state": state} for state in ("planned", "sending", "accepted", "bounced")])

    assert hearing.missing() == ["2 messages to be written or sent"]


def test_at_the_deadline_the_sentence_says_what_was_unheard(pair: Pair, namespace: Namespace) -> None:
    pair.speaker.run(say, run="a")
    pair.publish()
    town = Addresses(
        **dict.fromkeys(
            ("scheduling", "registration", "payments", "notifications", "provider", "mailbox", "stripe_api_key"), ""
        ),
        mongo_url=namespace.engines.mongo_url,
        database_prefix=namespace.database_prefix,
        committee_password="",
        finance_password="",
    )

    with pytest.raises(OutOfTime, match=r"still missing: .*1 event of registration to be read by payments"):
        await_all_heard(town, Caller(Deadline(0.5)))


def test_every_service_listens_to_somebody_and_is_listened_to() -> None:
    declared = listening(read_code())

    assert set().union(*declared.values()) == set(declared)
    assert all(declared.values())


def say_and_publish(pair: Pair) -> None:
    """One event more, out at once."""
    pair.speaker.run(say, run="b")
    pair.publish()
