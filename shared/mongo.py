"""Owns one service's database: its collections made ready, its transactions, tried again until they are through.

What a transaction reads and writes is a unit's (`shared.unit`).
"""

import random
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from bson.codec_options import TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo import ASCENDING, MongoClient, ReadPreference
from pymongo.client_session import ClientSession
from pymongo.database import Database as MongoDatabase
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.operations import IndexModel
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.bell import Bell
from shared.clock import BusinessClock
from shared.collection import Collection
from shared.contracts.envelope import Event
from shared.contracts.flow import UndeclaredEvent, declaration
from shared.crash import point
from shared.keys import KEYS, Keys
from shared.problem import Busy
from shared.recall import RECALLED_INDEX, Recalled
from shared.telemetry import measure_commit
from shared.unit import ARCHIVE, Conflict, Unit

T = TypeVar("T")

COMMAND_SECONDS_MAX = 15.0  # a person waits no longer for a database that is coming back
CONFLICT_DELAY_SECONDS = 0.005
REST_SECONDS_MAX = 5.0  # of a loop that nobody has woken: another process may have made work for it, and died
REST_SECONDS_MAX_APART = 1.0  # ... where other processes make its work, whose bells don't reach it
UNDER_RESTORE = "under_restore"  # holds something while a backup is being put back, and after that was broken off

_COMMIT_UNKNOWN = "UnknownTransactionCommitResult"
_MAJORITY = WriteConcern(w="majority", j=True, wtimeout=10_000)
_SNAPSHOT = ReadConcern("snapshot")


class _WholeNumbers(TypeDecoder):
    """A number that the database keeps in 64 bits is an `int` like any other: no sum is too large to be said."""

    bson_type = Int64

    def transform_bson(self, value: Any) -> int:
        """As Python counts."""
        return int(value)


_TYPES = TypeRegistry([_WholeNumbers()])


class Database:
    """One service's own database."""

    def __init__(self, url: str, *, name: str, service: str, clock: BusinessClock | None = None) -> None:
        self.client: MongoClient[dict[str, Any]] = MongoClient(
            url,
            tz_aware=True,
            type_registry=_TYPES,
            serverSelectionTimeoutMS=5_000,
            socketTimeoutMS=20_000,
            w="majority",
            journal=True,
            readConcernLevel="majority",
            appname=name,  # so that a restore sees who is connected
        )
        self.mongo = self.client[name]
        self.service = service
        self.keys = Keys(self.client[keys_name(name, service=service)][KEYS])
        self.recalled = Recalled(self.mongo[ARCHIVE], self.keys)
        self.clock = clock or BusinessClock()
        self.on_events: list[Bell] = []  # of who waits for something to be said
        self.on_jobs: list[Bell] = []  # of who waits for jobs to be made, or for the business clock to be moved
        self.rest_seconds_max = REST_SECONDS_MAX

    def prepare(self, collections: Iterable[Collection[Any]]) -> None:
        """Make collections and indexes before use: a transaction must not be the first to touch them."""
        unpublished = IndexModel([("id", ASCENDING)], partialFilterExpression={"published": False}, name="unpublished")
        archive: Collection[Any] = Collection(ARCHIVE, dict, (unpublished, RECALLED_INDEX))
        existing = set(self.mongo.list_collection_names())
        if UNDER_RESTORE in existing:
            raise SystemExit(
                f"A backup is being put back into {self.mongo.name}, or that was broken off, so it may hold half of "
                f"one. {self.service} was not started. Let `python -m deploy.restore` end, or run it again."
            )
        for collection in (archive, *collections):
            if collection.name not in existing:
                _make_collection(self.mongo, collection.name)
            if collection.indexes:
                self.mongo[collection.name].create_indexes(list(collection.indexes))
            if collection.former_indexes:
                known = self.mongo[collection.name].index_information()
                for name in filter(known.__contains__, collection.former_indexes):
                    self.mongo[collection.name].drop_index(name)
        _make_collection(self.keys.kept.database, KEYS)
        self.recalled.look()

    def run(self, command: Callable[..., T], /, **arguments: Any) -> T:
        """Run a declared command or job in one transaction; conflicts start it again, refusals undo it."""
        declared = declaration(command)
        if declared is None:
            raise UndeclaredEvent(f"{command.__name__} is not declared as a command or a job")
        return self.transact(lambda unit: command(unit, **arguments), emits=declared.emits, starts=declared.may_start)

    def transact(
        self,
        work: Callable[[Unit], T],
        *,
        emits: frozenset[type[Event]] = frozenset(),
        starts: frozenset[str] | None = None,
        seconds_max: float = COMMAND_SECONDS_MAX,
    ) -> T:
        """Run `work` in one transaction and start it again on a conflict, until `seconds_max`; then raises `Busy`."""
        deadline = time.monotonic() + seconds_max
        for attempt in range(1_000_000):
            try:
                return self.attempt(work, emits=emits, starts=starts)
            except (Conflict, PyMongoError) as error:
                if isinstance(error, PyMongoError) and error.has_error_label(_COMMIT_UNKNOWN):
                    raise Busy(
                        "The database did not say whether it finished. Look whether it arrived before you try again."
                    ) from error
                if not may_pass(error):
                    raise
                jitter = random.uniform(0.5, 1.5)  # noqa: S311 - no secret
                delay = min(CONFLICT_DELAY_SECONDS * 2 ** min(attempt, 8), 1.0) * jitter
                if time.monotonic() + delay > deadline:
                    raise Busy("The database did not finish in time. Nothing was changed; please try again.") from error
                time.sleep(delay)
        raise AssertionError("unreachable")

    def attempt(
        self,
        work: Callable[[Unit], T],
        *,
        emits: frozenset[type[Event]] = frozenset(),
        starts: frozenset[str] | None = None,
    ) -> T:
        """Run `work` in one transaction, once."""
        with self.client.start_session() as session:
            session.start_transaction(_SNAPSHOT, _MAJORITY, ReadPreference.PRIMARY, max_commit_time_ms=10_000)
            unit = Unit(self, session, emits=emits, starts=starts)
            answer = work(unit)
            unit.flush()
            point("unit.saving")
            self._commit(session)
            point("unit.saved")
        if unit.has_said:
            for bell in self.on_events:
                bell.ring()
        if unit.has_scheduled:
            self.wake()
        return answer

    def _commit(self, session: ClientSession) -> None:
        with measure_commit(self.service):
            for _ in range(20):  # the answer was lost, not the commit: asking again is safe, and tells
                try:
                    session.commit_transaction()
                    return
                except PyMongoError as error:
                    if not error.has_error_label(_COMMIT_UNKNOWN):
                        raise
                    time.sleep(0.2)
            session.commit_transaction()

    def wake(self) -> None:
        """There may be jobs that are due: whoever waits for some looks at once."""
        for bell in self.on_jobs:
            bell.ring()

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def _make_collection(database: MongoDatabase[dict[str, Any]], name: str) -> None:
    """Make a collection where there is none; services that start together make that of the keys at the same time."""
    try:
        database.create_collection(name, check_exists=False)
    except OperationFailure as error:
        if error.code != _IS_THERE_CODE:
            raise


def keys_name(name: str, *, service: str) -> str:
    """The database of the keys, beside a service's own of this name."""
    return f"{name.removesuffix(service)}{KEYS}"


def is_away(error: Exception) -> bool:
    """Whether the database can't be reached, or has nobody who may write: no transaction has a chance now."""
    return isinstance(error, ConnectionFailure) or getattr(error, "code", None) in _AWAY_CODES


def may_pass(error: Exception) -> bool:
    """Whether a failure is technical and may pass by itself: a conflict, a duplicate key, a database that is away."""
    if is_away(error) or is_clash(error):
        return True
    if isinstance(error, BulkWriteError):
        codes = {each.get("code") for each in error.details.get("writeErrors", [])}
        return (bool(codes) and codes <= {11000, 112}) or error.has_error_label("TransientTransactionError")
    return isinstance(error, PyMongoError) and (
        error.has_error_label("TransientTransactionError")
        or error.timeout
        or getattr(error, "code", None) in _PASSING_CODES
    )


def is_clash(error: Exception) -> bool:
    """Whether a guard didn't hold or a key was there already: others were first, or what was tried can't ever be."""
    if isinstance(error, BulkWriteError):
        return {each.get("code") for each in error.details.get("writeErrors", [])} == {11000}
    return isinstance(error, Conflict | DuplicateKeyError)


_IS_THERE_CODE = 48

_AWAY_CODES = {
    91,  # ShutdownInProgress
    189,  # PrimarySteppedDown
    10107,  # NotWritablePrimary
    11600,  # InterruptedAtShutdown
    11602,  # InterruptedDueToReplStateChange
    13435,  # NotPrimaryNoSecondaryOk
    13436,  # NotPrimaryOrSecondary
}
_PASSING_CODES = {
    24,  # LockTimeout
    50,  # MaxTimeMSExpired
    112,  # WriteConflict
    251,  # NoSuchTransaction: it ran out of time and was aborted by the server
    262,  # ExceededTimeLimit
}
