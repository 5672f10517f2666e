"""An event about something that another story tells of waits for that, and nothing of its own story overtakes it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import RegistrationRunClosed
from shared.unit import Unit
from tests.integration.counting import TALLIES, Pair, Tally, say
from tests.integration.test_plumbing import DEADLINE_SECONDS, reading
from tests.namespaces import Namespace
from tests.waiting import wait_until


@consumes(RegistrationRunClosed, after=lambda event: [(TALLIES, event.digest)] if event.digest else [])
def count_after(event: RegistrationRunClosed, unit: Unit) -> None:
    """Count a run; its digest names another one that must have been counted before."""
    tally = unit.load(TALLIES, event.run) or Tally(id=event.run)
    unit.save(TALLIES, Change(replace(tally, count=tally.count + 1, digests=(*tally.digests, event.digest))))


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader with databases and a topic of their own."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


def tell(pair: Pair, run: str, *, after: str = "") -> None:
    pair.speaker.run(say, run=run, digest=after)


def test_what_came_too_early_waits_for_the_other_story_and_keeps_its_own_order(pair: Pair) -> None:
    for number in range(12):
        tell(pair, f"early_{number}", after=f"late_{number}")
        tell(pair, f"early_{number}")
    pair.publish()
    with reading(pair.worker(count_after)):
        awaiting = {"awaits": {"$gt": ""}}
        wait_until(
            lambda: pair.reader.mongo["places"].count_documents(awaiting) == 12, DEADLINE_SECONDS, missing=pair.heard
        )
        assert pair.heard() == {}

        for number in range(12):
            tell(pair, f"late_{number}")
        pair.publish()

        wait_until(lambda: sum(pair.heard().values()) == 36, DEADLINE_SECONDS, missing=pair.heard)
    early = pair.reader.mongo["tallies"].find({"_id": {"$regex": "^early"}})
    assert {tuple(each["digests"]) for each in early} == {(f"late_{number}", "") for number in range(12)}
    assert pair.reader.mongo["places"].count_documents(awaiting) == 0


def test_what_is_told_in_the_same_batch_waits_for_nobody(pair: Pair) -> None:
    for number in range(12):
        tell(pair, f"early_{number}", after=f"late_{number}")
    for number in range(12):
        tell(pair, f"late_{number}")
    pair.publish()

    with reading(pair.worker(count_after)):
        wait_until(lambda: sum(pair.heard().values()) == 24, DEADLINE_SECONDS, missing=pair.heard)
