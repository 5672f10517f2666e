"""A job is done by who holds its lease, and its outcome counts only while the lease is still the same one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest

from shared.change import Change
from shared.clock import boot_seconds, host_now
from shared.collection import Collection
from shared.contracts.flow import UndeclaredJob, command, job
from shared.jobs import DUE_INDEX, Claim, Executor, JobKind, LeaseLost, Recording, claim_due, due, retry_seconds
from shared.mongo import Database
from shared.unit import Conflict, Unit
from tests.namespaces import Namespace
from tests.town import settings_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something to be done outside."""

    id: str
    done_count: int = 0


ERRANDS = Collection("errands", Errand, (DUE_INDEX,))
LOOKED_AFTER = Collection("looked_after", Errand, is_watched=True)
KIND = JobKind("errand", ERRANDS, lambda _: None, claim_count=10)


@job()
def record_done(unit: Unit, *, claim: Claim[Errand]) -> None:
    """The errand is done."""
    errand = unit.load(ERRANDS, claim.id)
    assert errand is not None
    unit.save(ERRANDS, Change(replace(errand, done_count=errand.done_count + 1)))
    claim.finish(unit)


@job(of=ERRANDS)
def record_ended(unit: Unit, *, claim: Claim[Errand]) -> None:
    """The errand is over."""
    claim.finish(unit)


@command()
def add_in_passing(unit: Unit) -> None:
    """Make an errand, and say so nowhere."""
    unit.add(ERRANDS, Errand(id="d"), job=due())


@command()
def insert_in_passing(unit: Unit) -> None:
    """Make an errand that must be new, and say so nowhere."""
    unit.insert(ERRANDS, Errand(id="d"), job=due())


@command()
def schedule_in_passing(unit: Unit) -> None:
    """Let an errand be done again, and say so nowhere."""
    unit.schedule(ERRANDS, "a", due())


@command()
def save_in_passing(unit: Unit) -> None:
    """Save what a loop looks after, and say so nowhere."""
    unit.save(LOOKED_AFTER, Change(Errand(id="d")))


@command(starts=[ERRANDS, LOOKED_AFTER])
def start_openly(unit: Unit) -> None:
    """Make an errand, and something that is looked after."""
    unit.insert(ERRANDS, Errand(id="d"), job=due())
    unit.save(LOOKED_AFTER, Change(Errand(id="d")))


def _plan(unit: Unit, *, id_: str) -> None:
    unit.add(ERRANDS, Errand(id=id_), job=due())


@pytest.fixture
def database(namespace: Namespace) -> Iterator[Database]:
    """A database with three errands that are due."""
    settings = settings_for("payments", namespace)
    made = Database(settings.mongo_url, name=settings.database_name, service="payments")
    made.prepare([ERRANDS, LOOKED_AFTER])
    for id_ in ("a", "b", "c"):
        made.transact(partial(_plan, id_=id_))
    yield made
    made.close()


def done(database: Database) -> dict[str, int]:
    """How often each errand was done."""
    return {each["_id"]: each["done_count"] for each in database.mongo["errands"].find().sort("_id", 1)}


def test_a_claimed_job_is_not_claimed_again_while_its_lease_holds(database: Database) -> None:
    first, second = claim_due(database, KIND), claim_due(database, KIND)

    assert ([each.id for each in first], second) == (["a", "b", "c"], [])


def test_a_job_whose_lease_has_run_out_is_claimed_again(database: Database) -> None:
    (first, *_) = claim_due(database, KIND)
    database.mongo["errands"].update_one({"_id": "a"}, {"$set": {"job.due_at": host_now() - timedelta(seconds=1)}})

    (again,) = claim_due(database, KIND)

    assert (again.id, again.attempt_count, again.token == first.token) == ("a", 2, False)


def test_an_outcome_is_recorded_once_and_the_job_is_gone(database: Database) -> None:
    (claim, *_) = claim_due(database, KIND)

    database.run(record_done, claim=claim)

    assert done(database) == {"a": 1, "b": 0, "c": 0}
    assert "job" not in (database.mongo["errands"].find_one({"_id": "a"}) or {})


def test_who_has_lost_the_lease_records_nothing(database: Database) -> None:
    """The claim fence: a worker that was stopped and goes on must not overwrite what its successor does."""
    (lost, *_) = claim_due(database, KIND)
    database.mongo["errands"].update_one({"_id": "a"}, {"$set": {"job.due_at": host_now() - timedelta(seconds=1)}})
    (held,) = claim_due(database, KIND)

    with pytest.raises(LeaseLost):
        database.run(record_done, claim=lost)
    assert done(database)["a"] == 0
    database.run(record_done, claim=held)

    assert done(database)["a"] == 1


def test_a_job_that_is_put_off_is_due_again_later(database: Database) -> None:
    (claim, *_) = claim_due(database, KIND)

    database.transact(lambda unit: claim.again(unit, after_seconds=3600))

    later = (database.mongo["errands"].find_one({"_id": "a"}) or {})["job"]
    assert (later["token"], later["due_at"] > host_now() + timedelta(minutes=59)) == (None, True)
    assert claim_due(database, KIND) == []


def test_a_lease_that_ran_out_is_noticed_before_anything_leaves(database: Database) -> None:
    (claim, *_) = claim_due(database, KIND)
    claim.check()

    with pytest.raises(LeaseLost):
        replace(claim, lease_ends=boot_seconds() - 1).check()


def test_giving_a_job_to_what_is_not_there_undoes_the_unit(database: Database) -> None:
    with pytest.raises(Conflict):
        database.attempt(lambda unit: unit.schedule(ERRANDS, "nobody", due()))


def test_waiting_between_attempts_doubles_up_to_a_minute() -> None:
    assert [retry_seconds(count) for count in (1, 2, 3, 20)] == [0.5, 1.0, 2.0, 60.0]


def test_a_lease_that_is_renewed_begins_anew_and_nobody_else_gets_the_job(database: Database) -> None:
    (claim, *_) = claim_due(database, KIND)
    database.mongo["errands"].update_many({}, {"$set": {"job.due_at": host_now() - timedelta(seconds=1)}})

    renewed = replace(claim, lease_ends=boot_seconds() - 1).renewed()
    database.transact(renewed.renew)

    renewed.check()
    assert [each.id for each in claim_due(database, KIND)] == ["b", "c"]


def test_a_lease_that_somebody_else_has_is_not_renewed(database: Database) -> None:
    (lost, *_) = claim_due(database, KIND)
    database.mongo["errands"].update_one({"_id": "a"}, {"$set": {"job.due_at": host_now() - timedelta(seconds=1)}})
    claim_due(database, KIND)

    with pytest.raises(LeaseLost):
        database.transact(lost.renewed().renew)


@pytest.mark.parametrize(
    "start", [add_in_passing, insert_in_passing, schedule_in_passing, save_in_passing], ids=lambda start: start.__name__
)
def test_a_job_that_is_not_declared_is_not_started(database: Database, start: Callable[[Unit], None]) -> None:
    with pytest.raises(UndeclaredJob):
        database.run(start)

    database.run(start_openly)
    assert database.mongo["errands"].find_one({"_id": "d"}, {"job.token": 1}) == {"_id": "d", "job": {"token": None}}


def test_a_job_on_which_nobody_has_declared_to_act_is_not_claimed(database: Database) -> None:
    with pytest.raises(UndeclaredJob):
        Executor(database, KIND)
    with pytest.raises(UndeclaredJob):
        Executor(database, replace(KIND, act=Recording(database, record_done)))  # declared, and not for these

    (first, *_) = claim_due(database, Executor(database, replace(KIND, act=Recording(database, record_ended))).kind)
    assert first.id == "a"
