"""A loop that gets nowhere for a minute is said to be stuck; one that has nothing to do, or works, never is."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

import pytest

from deploy.town.ports import LOOPBACK
from shared.collection import Collection
from shared.contracts.flow import acts
from shared.jobs import DUE_INDEX, Claim, Executor, JobKind, due
from shared.mongo import Database
from shared.progress import STUCK_SECONDS, Progress
from shared.settings import SERVICES
from shared.unit import ARCHIVE, Unit
from tests.integration.counting import Pair, say
from tests.integration.test_jobs import record_done
from tests.namespaces import Namespace
from tests.town import running, settings_for
from tests.waiting import wait_until

DEADLINE_SECONDS = 30.0
OUTSIDE = {
    "STRIPE_API_KEY": "sk_test_nobody",
    "STRIPE_API_BASE": f"http://{LOOPBACK}:1",
    "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
    "SMTP_URL": f"smtp://{LOOPBACK}:1",
    "MAIL_FROM": "conference@association.example",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something to be done outside."""

    id: str
    done_count: int = 0


ERRANDS = Collection("errands", Errand, (DUE_INDEX,))


@contextmanager
def looping(run: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let a loop run until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_SECONDS)


def test_a_job_loop_in_which_everything_fails_for_a_minute_is_stuck(namespace: Namespace) -> None:
    settings = settings_for("payments", namespace)
    database = Database(settings.mongo_url, name=settings.database_name, service="payments")
    database.prepare([ERRANDS])
    clock, is_well = [0.0], threading.Event()

    @acts(of=ERRANDS)
    def act(claim: Claim[Errand]) -> None:
        if not is_well.is_set():
            raise ValueError("it always fails")
        database.run(record_done, claim=claim)

    executor = Executor(database, JobKind("errand", ERRANDS, act, lease_seconds=0.5))
    executor.progress = Progress("payments", "errand", now=lambda: clock[0])
    database.transact(_plan)
    errands = database.mongo["errands"]
    with looping(executor.run):
        tried_twice = {"job.attempt_count": {"$gte": 2}}  # in between it has found nothing due
        wait_until(lambda: errands.find_one(tried_twice), DEADLINE_SECONDS, missing="a second try")
        clock[0] += STUCK_SECONDS + 1
        errands.update_many({}, [{"$set": {"tried_count": "$job.attempt_count"}}])
        again = {"$expr": {"$gt": ["$job.attempt_count", {"$add": ["$tried_count", 1]}]}}
        wait_until(lambda: errands.find_one(again), DEADLINE_SECONDS, missing="more tries")
        assert not executor.progress.gets_on()
        is_well.set()
        wait_until(executor.progress.gets_on, DEADLINE_SECONDS, missing="a sign of the loop")
    database.close()


def test_a_relay_that_can_not_publish_for_a_minute_is_stuck(namespace: Namespace) -> None:
    pair, clock = Pair(namespace), [0.0]
    pair.speaker.run(say, run="a")
    pair.speaker.mongo[ARCHIVE].update_one({}, {"$set": {"data": b"x" * 3_000_000}})  # more than the broker takes
    pair.relay.progress = Progress("registration", "relay", now=lambda: clock[0])
    with looping(pair.relay.run):
        wait_until(lambda: pair.relay.is_connected, DEADLINE_SECONDS, missing="a connection")
        clock[0] += STUCK_SECONDS + 1
        assert not pair.relay.progress.gets_on()
        pair.speaker.mongo[ARCHIVE].update_one({}, {"$set": {"data": b"{}"}})
        wait_until(pair.relay.progress.gets_on, DEADLINE_SECONDS, missing="a sign of the relay")
    pair.speaker.close()
    pair.reader.close()


@pytest.mark.parametrize("service", SERVICES)
def test_every_loop_of_a_service_gives_signs(service: str, namespace: Namespace) -> None:
    create = import_module(f"services.{service}.app").create
    with running(create, settings_for(service, namespace, port=0, **OUTSIDE)) as town:
        began = time.monotonic()
        loops: dict[str, Progress] = {each.kind.name: each.progress for each in town.parts.executors}
        ready = town.parts.web.config["READY"]
        signs = {name: getattr(is_ready, "__self__", None) for name, is_ready in ready.items()}
        loops |= {name: progress for name, progress in signs.items() if isinstance(progress, Progress)}
        loops |= {"worker": town.parts.worker.progress, "relay": town.parts.relay.progress}
        assert set(loops) == set(ready)

        def silent() -> list[str]:
            return [name for name, each in loops.items() if time.monotonic() - each.quiet_seconds() < began]

        wait_until(lambda: not silent(), DEADLINE_SECONDS, missing=silent)


def _plan(unit: Unit) -> None:
    unit.add(ERRANDS, Errand(id="a"), job=due())
