"""Loops rest for long when there is nothing to do, and are woken by whoever makes work for them in the same process."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared import process
from shared.clock import host_now
from shared.contracts.flow import acts
from shared.jobs import Claim, Executor, JobKind, due
from shared.mongo import REST_SECONDS_MAX_APART, Database
from shared.relay import Relay
from shared.unit import ARCHIVE, Unit
from shared.web.app import create_web
from tests.integration.counting import TALLIES, Pair, say
from tests.integration.test_jobs import record_done
from tests.integration.test_progress import ERRANDS, Errand, looping
from tests.namespaces import Namespace
from tests.town import COMMITTEE
from tests.waiting import wait_until

DEADLINE_SECONDS = 30.0
FOR_EVER_SECONDS = 3_600.0  # nobody who isn't woken finds anything in this test


@pytest.fixture
def pair(namespace: Namespace) -> Iterator[Pair]:
    """A speaker and a reader whose loops rest for ever."""
    made = Pair(namespace)
    for database in (made.speaker, made.reader):
        database.prepare([ERRANDS])
        database.rest_seconds_max = FOR_EVER_SECONDS
    yield made
    made.speaker.close()
    made.reader.close()


def executor_of(database: Database) -> Executor:
    """Does errands, and looks for more only when it is woken."""

    @acts(of=ERRANDS)
    def act(claim: Claim[Errand]) -> None:
        database.run(record_done, claim=claim)

    return Executor(database, JobKind("errand", ERRANDS, act))


def plan(database: Database, id_: str, *, after_seconds: float = 0.0) -> None:
    """Make an errand that is due then."""
    at = host_now() + timedelta(seconds=after_seconds)

    def work(unit: Unit) -> None:
        unit.add(ERRANDS, Errand(id=id_), job=due(at))

    database.transact(work)


def is_done(database: Database, *ids: str) -> None:
    """Wait until these errands are done."""
    where = {"_id": {"$in": list(ids)}, "done_count": 1}
    errands = database.mongo["errands"]
    wait_until(
        lambda: errands.count_documents(where) == len(ids), DEADLINE_SECONDS, missing=lambda: list(errands.find())
    )


def test_a_job_loop_at_rest_is_woken_by_whoever_makes_a_job(pair: Pair) -> None:
    with looping(executor_of(pair.reader).run):
        plan(pair.reader, "first")
        is_done(pair.reader, "first")
        plan(pair.reader, "second")
        is_done(pair.reader, "second")


def test_a_job_loop_rests_until_the_next_job_is_due_and_no_longer(pair: Pair) -> None:
    plan(pair.reader, "later", after_seconds=3.0)
    plan(pair.reader, "last", after_seconds=5.0)

    with looping(executor_of(pair.reader).run):
        is_done(pair.reader, "later", "last")


def test_a_relay_at_rest_is_woken_by_whatever_is_said(pair: Pair) -> None:
    def is_published(run: str) -> None:
        where = {"key": run, "published": True}
        wait_until(lambda: pair.speaker.mongo[ARCHIVE].find_one(where), DEADLINE_SECONDS, missing=f"{run}, published")

    with looping(pair.relay.run):
        for run in ("a", "b"):
            pair.speaker.run(say, run=run)
            is_published(run)


def test_moving_the_business_clock_wakes_those_who_wait_for_a_time(pair: Pair) -> None:
    woken = threading.Event()
    bell = executor_of(pair.reader)._bell
    app, _ = create_web(pair.settings, pair.reader, import_name=__name__, title="a service of the tests")

    def rest() -> None:
        bell.wait(FOR_EVER_SECONDS, threading.Event())
        woken.set()

    threading.Thread(target=rest, daemon=True).start()

    answer = app.test_client().post("/payments/clock", json={"now": "2020-05-01T05:00:00Z"}, auth=COMMITTEE)

    assert answer.status_code == 200
    assert woken.wait(DEADLINE_SECONDS)


def test_where_others_make_the_work_loops_look_more_often(pair: Pair) -> None:
    web, _ = create_web(pair.settings, pair.reader, import_name=__name__, title="a service of the tests")
    parts = process.Parts(
        settings=pair.settings,
        database=pair.reader,
        broker=pair.broker,
        web=web,
        worker=pair.worker(),
        relay=Relay(pair.reader, pair.broker, topic=pair.topic),
        collections=(TALLIES,),
    )
    stop = threading.Event()
    stop.set()

    process.start(parts, roles=("relay",), stop=stop, on_death=lambda: None)

    assert pair.reader.rest_seconds_max == REST_SECONDS_MAX_APART
