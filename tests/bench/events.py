"""Measures how many events a second go from being saved to being handled and committed by another service.

Speaker, relay and worker are processes of their own, as in production they are services of their own; what the worker
does with an event is to count it.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deploy.town.calls import Deadline
from deploy.town.engines import Engines
from shared.change import Change
from shared.contracts.flow import job
from shared.contracts.registration import RegistrationRunClosed
from shared.unit import Unit
from tests.bench.figures import Goal, Measurement
from tests.bench.processes import Cost, Processes
from tests.engines import TestEngines
from tests.integration.counting import TALLIES, Pair, Tally
from tests.namespaces import Namespace, fresh_namespace

EVENT_COUNT = 15_000
UNIT_SIZE = 500  # events saved in one transaction, as the fan-out of a cancellation does
WARM_COUNT = 500
EVENTS_PER_SECOND = Goal(figure=6_000)
LOOK_SECONDS = 0.02


def measure(engines: Engines, *, deadline: Deadline) -> Measurement:
    """Events a second, end to end, with what each costs in every process."""
    given = TestEngines(mongo_url=engines.mongo_url, kafka_bootstrap=engines.kafka_bootstrap, stop=lambda: None)
    with fresh_namespace(given) as namespace:
        pair = Pair(namespace)
        with _running(namespace) as pids:
            _say_all(pair, WARM_COUNT, of="warm", deadline=deadline)
            if engines.mongod and engines.kafka and engines.mongod.pid and engines.kafka.pid:
                pids |= {"mongod": engines.mongod.pid, "kafka": engines.kafka.pid}
            cost = Cost(Processes(pids))
            began = time.perf_counter()
            _say_all(pair, EVENT_COUNT, of="run", deadline=deadline)
            seconds = time.perf_counter() - began
            more = {"event_count": EVENT_COUNT, "cpu_milliseconds_each": cost.milliseconds_each(EVENT_COUNT)}
    return Measurement(name="events", figure=EVENT_COUNT / seconds, unit="events/s", goal=EVENTS_PER_SECOND, more=more)


@job(emits=[RegistrationRunClosed])
def say_many(unit: Unit, *, of: str, start: int, count: int) -> None:
    """Say one event about each of many aggregates."""
    for number in range(start, start + count):
        said = RegistrationRunClosed(run=f"{of}_{number}", conference="conf", count=1, digest="d" * 64)
        unit.create(TALLIES, Change(Tally(id=said.run), (said,)))


def _say_all(pair: Pair, count: int, *, of: str, deadline: Deadline) -> None:
    """Save so many events, and return when the reader has committed them all."""
    tallies = pair.reader.mongo[TALLIES.name]
    expected = tallies.estimated_document_count() + count
    for start in range(0, count, UNIT_SIZE):
        pair.speaker.run(say_many, of=of, start=start, count=min(UNIT_SIZE, count - start))
    while tallies.estimated_document_count() < expected:
        deadline.pause(LOOK_SECONDS, missing="events to be handled")


@contextmanager
def _running(namespace: Namespace) -> Iterator[dict[str, int]]:
    """Relay and worker while the block runs: their process ids by name."""
    context = multiprocessing.get_context("spawn")
    where = (namespace.environment["MONGO_URL"], namespace.environment["KAFKA_BOOTSTRAP_SERVERS"])
    prefixes = (namespace.database_prefix, namespace.topic_prefix)
    roles: dict[str, Callable[..., None]] = {"relay": _relay, "worker": _work}
    processes = {
        name: context.Process(target=role, args=(*where, *prefixes), daemon=True) for name, role in roles.items()
    }
    for process in processes.values():
        process.start()
    try:
        yield {name: process.pid for name, process in processes.items() if process.pid}
    finally:
        for process in processes.values():
            process.kill()
            process.join()


def _relay(*where: str) -> None:
    _pair(*where).relay.run(threading.Event())


def _work(*where: str) -> None:
    _pair(*where).worker().run(threading.Event())


def _pair(mongo_url: str, kafka_bootstrap: str, database_prefix: str, topic_prefix: str) -> Pair:
    engines = TestEngines(mongo_url=mongo_url, kafka_bootstrap=kafka_bootstrap, stop=lambda: None)
    return Pair(Namespace(engines=engines, database_prefix=database_prefix, topic_prefix=topic_prefix))
