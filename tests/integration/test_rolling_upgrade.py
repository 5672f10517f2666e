"""A reader forgets nothing that it doesn't know: it waits for who does, and who is new is given what was before."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from shared.backfill import Backfill, HistoryNotGiven
from shared.change import Change
from shared.contracts import envelope
from shared.contracts.envelope import Event, event
from shared.contracts.flow import Declaration, command, consumes, declaration
from shared.contracts.registration import RegistrationRunClosed
from shared.contracts.scheduling import ConferenceAnnounced
from shared.kafka import ensure_topics
from shared.parking import Parking
from shared.unit import Unit
from shared.worker import Worker
from tests.integration.counting import POISON, TALLIES, Pair, Tally, count, say
from tests.integration.test_plumbing import DEADLINE_SECONDS, reading
from tests.namespaces import Namespace
from tests.waiting import wait_until

RUNS = [f"run_{number}" for number in range(12)]  # enough for all partitions
Versions = tuple[type[Event], Callable[..., Any], Callable[..., Any]]


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader with databases and a topic of their own."""
    made = Pair(namespace)
    yield made
    made.speaker.close()
    made.reader.close()


@pytest.fixture
def second() -> Iterator[Versions]:
    """The second version of an event, how it is said, and what a newer reader does about it."""

    @event(key="run", version=2)
    class RegistrationRunClosed(Event):
        """All of a run's registrations have ended, and somebody says why."""

        __module__ = "tests.registration"
        run: str
        reason: str

    @command(emits=[RegistrationRunClosed])
    def say_second(unit: Unit, *, run: str, reason: str = "v2") -> None:
        tally = unit.load(TALLIES, run) or Tally(id=run)
        said = RegistrationRunClosed(run=run, reason=reason)
        unit.save(TALLIES, Change(replace(tally, count=tally.count + 1), (said,)))

    @consumes(RegistrationRunClosed)
    def count_second(event: Any, unit: Unit) -> None:
        if event.reason == POISON:
            raise ValueError("this event can't be handled")
        tally = unit.load(TALLIES, event.run) or Tally(id=event.run)
        digest = f"{event.reason} of the past" if unit.is_history else event.reason
        unit.save(TALLIES, Change(replace(tally, count=tally.count + 1, digests=(*tally.digests, digest))))

    yield RegistrationRunClosed, say_second, count_second
    del envelope._events_by_type[RegistrationRunClosed.type]


def version(
    pair: Pair, *handlers: tuple[type[Event], Callable[..., Any]], ignored: Sequence[type[Event]] = (), share: int = 0
) -> Worker:
    """A worker of some version; two of them share the partitions when `share` says which it is, from 1."""
    declared: dict[type[Event], tuple[Declaration, ...]] = {}
    for heard, handler in handlers:
        found = declaration(handler)
        assert found is not None
        declared[heard] = (found,)
    settings = replace(pair.settings, worker_index=share - 1, worker_count=2) if share else pair.settings
    return Worker(pair.reader, pair.broker, settings, handlers=declared, ignored=ignored)


def digests(pair: Pair) -> dict[str, list[str]]:
    """What was heard of each run, in order."""
    return {each["_id"]: each["digests"] for each in pair.reader.mongo["tallies"].find()}


def has_heard(pair: Pair, expected: dict[str, list[str]]) -> None:
    """Wait until exactly this was heard."""
    wait_until(
        lambda: digests(pair) == expected, DEADLINE_SECONDS, missing=lambda: f"{expected}, heard {digests(pair)}"
    )


@contextmanager
def all_reading(*workers: Worker) -> Iterator[None]:
    """Let workers read until the block ends."""
    with ExitStack() as stack:
        for worker in workers:
            stack.enter_context(reading(worker))
        yield


def test_two_versions_of_an_event_run_side_by_side_while_readers_are_upgraded_one_by_one(
    pair: Pair, second: Versions
) -> None:
    v2, say_second, count_second = second
    old, new = [(RegistrationRunClosed, count)], [(RegistrationRunClosed, count), (v2, count_second)]
    for run in RUNS:
        pair.speaker.run(say, run=run, digest="v1")
    pair.publish()
    with all_reading(version(pair, *old, share=1), version(pair, *old, share=2)):
        has_heard(pair, {run: ["v1"] for run in RUNS})
        for run in RUNS:
            pair.speaker.run(say_second, run=run)
            pair.speaker.run(say, run=run, digest="v1 again")
        pair.publish()
        wait_until(lambda: _awaiting(pair) == {v2.type: 12}, DEADLINE_SECONDS, missing=lambda: _awaiting(pair))
        assert digests(pair) == {run: ["v1"] for run in RUNS}

    with all_reading(version(pair, *old, share=1), version(pair, *new, share=2)):
        upgraded = {run: ["v1", "v2", "v1 again"] for run in RUNS}
        has_heard(pair, upgraded)  # the new reader goes on with every story that waits for it
        for run in RUNS:
            pair.speaker.run(say_second, run=run)
        pair.publish()
        wait_until(lambda: _second_counts(pair) == {1, 2}, DEADLINE_SECONDS, missing=lambda: _second_counts(pair))

    with all_reading(version(pair, *new, share=1), version(pair, *new, share=2)):
        has_heard(pair, {run: ["v1", "v2", "v1 again", "v2"] for run in RUNS})

    assert Parking(pair.reader, version(pair, *new)).list() == []
    assert _awaiting(pair) == {}


def test_a_new_handler_is_given_the_history_and_its_new_events_wait_for_that(pair: Pair, second: Versions) -> None:
    v2, say_second, count_second = second
    for run in ("a", "b"):
        pair.speaker.run(say, run=run, digest="v1")
        pair.speaker.run(say_second, run=run)
    pair.publish()
    pair.publish_again()  # a topic may hold an event twice
    with reading(version(pair, (RegistrationRunClosed, count), ignored=(v2,))):
        wait_until(lambda: _offsets_total(pair) == 8, DEADLINE_SECONDS, missing=lambda: _offsets_total(pair))
    assert digests(pair) == {"a": ["v1"], "b": ["v1"]}

    newer = version(pair, (RegistrationRunClosed, count), (v2, count_second))
    with reading(newer):
        pair.speaker.run(say_second, run="a", reason="new")
        pair.speaker.run(say, run="b", digest="v1 again")
        pair.publish()
        has_heard(pair, {"a": ["v1"], "b": ["v1", "v1 again"]})
        wait_until(lambda: _awaiting(pair) == {v2.type: 1}, DEADLINE_SECONDS, missing=lambda: _awaiting(pair))

        backfill = Backfill(pair.reader, pair.broker, newer)
        name = f"{__name__}:{v2.type}"
        assert backfill.run(is_dry_run=True) == {name: 2}
        assert digests(pair) == {"a": ["v1"], "b": ["v1", "v1 again"]}
        assert backfill.run() == {name: 2}

        has_heard(pair, {"a": ["v1", "v2 of the past", "new"], "b": ["v1", "v1 again", "v2 of the past"]})
        assert backfill.run() == {}


def test_a_handler_that_was_only_moved_is_given_nothing_if_somebody_says_so(pair: Pair, second: Versions) -> None:
    v2, say_second, count_second = second
    pair.speaker.run(say_second, run="a")
    pair.publish()
    with reading(version(pair, (RegistrationRunClosed, count), (v2, count_second))):
        has_heard(pair, {"a": ["v2"]})
    count_second.__module__ = "somewhere.else"
    moved = version(pair, (RegistrationRunClosed, count), (v2, count_second))
    with reading(moved):
        pair.speaker.run(say_second, run="a", reason="new")
        pair.publish()
        wait_until(lambda: _awaiting(pair) == {v2.type: 1}, DEADLINE_SECONDS, missing=lambda: _awaiting(pair))

        backfill = Backfill(pair.reader, pair.broker, moved)
        assert backfill.leave(f"{__name__}:{v2.type}") == 0  # nobody of that name is here
        assert backfill.leave(f"somewhere.else:{v2.type}") > 0

        has_heard(pair, {"a": ["v2", "new"]})


def test_history_that_a_handler_can_not_handle_is_named_and_its_events_go_on_waiting(
    pair: Pair, second: Versions
) -> None:
    v2, say_second, count_second = second
    pair.speaker.run(say_second, run="a", reason=POISON)
    pair.publish()
    with reading(version(pair, (RegistrationRunClosed, count), ignored=(v2,))):
        wait_until(lambda: _offsets_total(pair) == 1, DEADLINE_SECONDS, missing="the record")
    newer = version(pair, (RegistrationRunClosed, count), (v2, count_second))
    with reading(newer):
        wait_until(lambda: newer.is_reading, DEADLINE_SECONDS, missing="a reader")

        with pytest.raises(HistoryNotGiven, match="count_second failed on number 1 of a"):
            Backfill(pair.reader, pair.broker, newer).run()

    assert newer.stories.held == {v2.type}
    assert digests(pair) == {}


@consumes(ConferenceAnnounced)
def hear_nothing(_: ConferenceAnnounced, __: Unit) -> None:
    """Nothing to do."""


@consumes(RegistrationRunClosed)
def count_with_its_age(event: RegistrationRunClosed, unit: Unit) -> None:
    """Counts, and says whether it was taken for history."""
    count(replace(event, digest=f"{event.digest} of the past" if unit.is_history else event.digest), unit)


def test_what_was_said_before_a_service_came_to_read_a_topic_is_history_to_it(pair: Pair) -> None:
    ensure_topics(pair.broker, [pair.settings.topic("scheduling")])
    first = version(pair, (ConferenceAnnounced, hear_nothing))
    with reading(first):
        wait_until(lambda: first.is_reading, DEADLINE_SECONDS, missing="a reader of the other topic")
    pair.speaker.run(say, run="a", digest="v1")

    second = version(pair, (ConferenceAnnounced, hear_nothing), (RegistrationRunClosed, count_with_its_age))
    with reading(second):
        wait_until(lambda: second.is_reading, DEADLINE_SECONDS, missing="a reader of both topics")
        pair.speaker.run(say, run="a", digest="new")
        pair.publish()
        has_heard(pair, {"a": ["v1 of the past", "new"]})


def test_a_service_that_is_started_for_the_first_time_tells_of_all_that_was_said(pair: Pair) -> None:
    pair.speaker.run(say, run="a", digest="v1")
    pair.publish()

    with reading(version(pair, (RegistrationRunClosed, count_with_its_age))):
        has_heard(pair, {"a": ["v1"]})


def _awaiting(pair: Pair) -> dict[str, int]:
    return Parking(pair.reader, version(pair, (RegistrationRunClosed, count))).awaiting()


def _second_counts(pair: Pair) -> set[int]:
    """How often the second version was heard, by runs."""
    return {each.count("v2") for each in digests(pair).values()}


def _offsets_total(pair: Pair) -> int:
    return sum(int(each["next"]) for each in pair.reader.mongo["offsets"].find())
