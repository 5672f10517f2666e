"""The one executor loop for what happens outside or later: claim with a lease and a token, act, record.

A job is a document with a `job` part: `due_at` (host time), `token`, `attempt_count`. Claiming pushes `due_at` to the
end of the lease, so an expired lease and a due job are the same thing. Recording is conditional on the token, inside
the unit that writes the outcome. What is done, and what an expired lease means for it, is each service's `jobs.py`.
"""

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from pymongo import ASCENDING
from pymongo.errors import PyMongoError
from pymongo.operations import IndexModel

from shared.bell import Bell
from shared.clock import boot_seconds, host_now
from shared.collection import Collection
from shared.contracts.flow import UndeclaredJob, declaration
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import Progress
from shared.telemetry import JOBS, log
from shared.unit import Unit

S = TypeVar("S")

AGAIN_SECONDS = 1.0  # after the database was away
LEASE_SECONDS = 15.0
RETRY_SECONDS_FIRST = 0.5
RETRY_SECONDS_MAX = 60.0

DUE_INDEX = IndexModel(
    [("job.due_at", ASCENDING)], name="job_due", partialFilterExpression={"job.due_at": {"$exists": True}}
)


class LeaseLost(Exception):
    """The lease ran out before the first byte left, or before the outcome was recorded; somebody else may have it."""


def due(at: datetime | None = None) -> dict[str, Any]:
    """The `job` part of a document that waits to be claimed, from `at` (host time) on."""
    return {"due_at": at or host_now(), "token": None, "attempt_count": 0}


@dataclass(frozen=True, slots=True)
class Claim(Generic[S]):
    """One job in our hands until its lease ends."""

    collection: Collection[S]
    id: str
    state: S
    token: str
    attempt_count: int  # how often it was claimed, this time included
    lease_ends: float  # on the clock that counts through suspension
    lease_seconds: float = LEASE_SECONDS
    on_renewed: Callable[[], None] = field(default=lambda: None, compare=False)  # a job that takes long is not stuck

    def check(self) -> None:
        """Raises `LeaseLost`; to be called right before anything leaves the house."""
        if boot_seconds() >= self.lease_ends:
            raise LeaseLost(self.id)

    def finish(self, unit: Unit) -> None:
        """The job is done with what this unit writes; undone if the lease has gone to somebody else."""
        self._write(unit, {"$unset": {"job": ""}})

    def again(self, unit: Unit, *, after_seconds: float) -> None:
        """The job is due again later, as part of what this unit writes."""
        due_at = host_now() + timedelta(seconds=after_seconds)
        self._write(unit, {"$set": {"job.due_at": due_at, "job.token": None}})

    def keep(self, unit: Unit) -> None:
        """The lease goes on; what this unit writes counts only if the job is still ours."""
        self._write(unit, {"$set": {"job.kept_at": host_now()}})

    def renew(self, unit: Unit) -> None:
        """The lease begins anew, even one that had run out, if nobody else has taken the job since."""
        self.on_renewed()
        self._write(unit, {"$set": {"job.due_at": host_now() + timedelta(seconds=self.lease_seconds)}})

    def renewed(self) -> "Claim[S]":
        """The claim as it is once a unit that begins after this has renewed it."""
        return replace(self, lease_ends=boot_seconds() + self.lease_seconds)

    def _write(self, unit: Unit, update: Mapping[str, Any]) -> None:
        held = {"_id": self.id, "job.token": self.token}
        unit.require(self.collection, held, update, otherwise=LeaseLost(self.id))


@dataclass(frozen=True, slots=True)
class JobKind(Generic[S]):
    """What one kind of job is: where its documents are, and what to do with one that was claimed."""

    name: str
    collection: Collection[S]
    act: Callable[[Claim[S]], None]
    where: Mapping[str, Any] = field(default_factory=dict)  # a further condition for being claimed
    concurrency: int = 1  # how many at a time, each in a thread of its own
    claim_count: int = 20  # how many one claim takes
    lease_seconds: float = LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class Recording:
    """Acts on a job that is over in one transaction, `record(unit, claim=claim)`: who records it is who acts."""

    database: Database
    record: Callable[..., object]

    def __call__(self, claim: Claim[Any]) -> None:
        """Do it."""
        self.database.run(self.record, claim=claim)


def claim_due(database: Database, kind: JobKind[S]) -> list[Claim[S]]:
    """Claim what is due, the longest due first (an expired lease was due before anything new)."""
    now, token = host_now(), uuid.uuid4().hex
    lease_ends = boot_seconds() + kind.lease_seconds
    documents = database.mongo[kind.collection.name]
    where = {**kind.where, "job.due_at": {"$lte": now}}
    ids = [
        each["_id"] for each in documents.find(where, {"_id": 1}).sort("job.due_at", ASCENDING).limit(kind.claim_count)
    ]
    if not ids:
        return []
    lease = {"job.due_at": now + timedelta(seconds=kind.lease_seconds), "job.token": token}
    documents.update_many({**where, "_id": {"$in": ids}}, {"$set": lease, "$inc": {"job.attempt_count": 1}})
    claimed = documents.find({"job.token": token, "_id": {"$in": ids}}).sort("_id", ASCENDING)
    return [
        Claim(
            kind.collection,
            each["_id"],
            kind.collection.state(each),
            token,
            each["job"]["attempt_count"],
            lease_ends,
            kind.lease_seconds,
        )
        for each in claimed
    ]


def seconds_until_due(database: Database, kind: JobKind[Any]) -> float:
    """How long nothing of this kind is due, unless something is made: an expired lease counts as well."""
    where = {**kind.where, "job.due_at": {"$exists": True}}
    found = database.mongo[kind.collection.name].find_one(where, {"job.due_at": 1}, sort=[("job.due_at", ASCENDING)])
    return max((found["job"]["due_at"] - host_now()).total_seconds(), 0.0) if found else float("inf")


def retry_seconds(attempt_count: int) -> float:
    """How long to wait after so many attempts: doubling, up to a minute."""
    return min(RETRY_SECONDS_FIRST * float(2 ** min(attempt_count - 1, 10)), RETRY_SECONDS_MAX)


class Executor:
    """Runs one kind of job until told to stop; `UndeclaredJob` when nobody has declared to act on it."""

    def __init__(self, database: Database, kind: JobKind[Any]) -> None:
        actor = kind.act.record if isinstance(kind.act, Recording) else kind.act
        declared = declaration(actor)
        if declared is None or declared.of != kind.collection.name:
            raise UndeclaredJob(f"{kind.name}: nobody is declared to act on the jobs of {kind.collection.name}")
        self.database = database
        self.kind = kind
        self.progress = Progress(database.service, kind.name)
        self._has_failed = False  # and nothing has worked since
        self._bell = Bell()
        database.on_jobs.append(self._bell)

    def run(self, stop: threading.Event) -> None:
        """Claim and act until `stop`; a failure of the database is waited out, a failure of one job is its own."""
        with ThreadPoolExecutor(self.kind.concurrency, thread_name_prefix=self.kind.name) as pool:
            while not stop.is_set():
                try:
                    claims = claim_due(self.database, self.kind)
                    rest_seconds = 0.0 if claims else self._rest_seconds()
                except PyMongoError as error:
                    log.warning("jobs can't be claimed", kind=self.kind.name, error=type(error).__name__)
                    claims, rest_seconds = [], AGAIN_SECONDS
                if claims:
                    self._act_on(claims, pool=pool, stop=stop)
                else:
                    self._bell.wait(rest_seconds, stop)

    def _rest_seconds(self) -> float:
        self._note_rest()
        return min(seconds_until_due(self.database, self.kind), self.database.rest_seconds_max)

    def _note_rest(self) -> None:
        """Nothing is due: that is a rest, unless it is only because what has failed is still leased."""
        if self._has_failed:
            leased = {**self.kind.where, "job.due_at": {"$exists": True}, "job.token": {"$ne": None}}
            self._has_failed = self.database.mongo[self.kind.collection.name].find_one(leased, {"_id": 1}) is not None
        if not self._has_failed:
            self.progress.note()

    def _note_done(self) -> None:
        self._has_failed = False
        self.progress.note()

    def _act_on(self, claims: Sequence[Claim[Any]], *, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        JOBS.labels(self.database.service, self.kind.name, "claimed").set(len(claims))
        wait([pool.submit(self._act, claim, stop) for claim in claims])
        JOBS.labels(self.database.service, self.kind.name, "claimed").set(0)

    def _act(self, claim: Claim[Any], stop: threading.Event) -> None:
        if stop.is_set():
            return  # its lease runs out by itself
        try:
            self.kind.act(replace(claim, on_renewed=self.progress.note))
            self._note_done()
        except (LeaseLost, Busy, PyMongoError) as error:
            self._has_failed = True
            log.warning("job put off", kind=self.kind.name, job=claim.id, error=type(error).__name__)
        except Exception as error:  # the loop must outlive any one job; the lease brings it back
            self._has_failed = True
            log.exception("job failed", kind=self.kind.name, job=claim.id, error=type(error).__name__)
