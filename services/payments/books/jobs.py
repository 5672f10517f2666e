"""Seals what was booked and recomputes the seals; what fails for one conference keeps no other waiting."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pymongo.errors import PyMongoError

from services.payments.books.commands import SEAL_COUNT, check_chain, note_going, note_stuck, seal_books
from services.payments.books.store import CHAIN_HEADS, LEDGER, STUCK, stuck_books, stuck_check
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note, rest
from shared.telemetry import log

SEAL_SECONDS = 5.0
AUDIT_SECONDS = 30.0
AUDIT_PAUSE_SECONDS = 0.1  # a chain is long, and nobody waits for its check
PASSING_SECONDS = 60.0  # a database that was away for so long would have been noticed: this does not pass by itself
REASON_LENGTH_MAX = 300


class Faults:
    """Keeps the fault of one thing from being everybody's: what fails is noted for people, and the others go on."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._failing_since: dict[str, float] = {}
        self._noted: set[str] | None = None  # not read yet

    @contextmanager
    def of(self, id_: str, *, conference: str = "") -> Iterator[None]:
        """What fails in here is this one's fault, and no other's; `conference` is whose it is."""
        try:
            yield
        except Exception as error:  # whatever it is, it must neither end the process nor keep the others waiting
            self._note(id_, error, conference=conference)
        else:
            self._note_going(id_)

    def _note(self, id_: str, error: Exception, *, conference: str) -> None:
        since = self._failing_since.setdefault(id_, time.monotonic())
        is_technical = isinstance(error, PyMongoError | Busy)
        if is_technical and time.monotonic() - since < PASSING_SECONDS:
            log.warning("put off", what=id_, error=type(error).__name__)
            return
        log.error("stuck", what=id_, error=type(error).__name__)
        reason = type(error).__name__ if is_technical else f"{type(error).__name__}: {error}"[:REASON_LENGTH_MAX]
        with suppress(PyMongoError, Busy):
            self.database.run(note_stuck, id_=id_, reason=reason, conference=conference)
            self._known().add(id_)

    def _note_going(self, id_: str) -> None:
        self._failing_since.pop(id_, None)
        with suppress(PyMongoError, Busy):
            if id_ in self._known():
                self.database.run(note_going, id_=id_)
                self._known().discard(id_)

    def _known(self) -> set[str]:
        """What is noted, by this process or one before it."""
        if self._noted is None:
            self._noted = set(self.database.mongo[STUCK.name].distinct("_id", {"is_over": False}))
        return self._noted


class Sealer:
    """Seals what was booked, a while after it was."""

    def __init__(self, database: Database, *, seconds: float = SEAL_SECONDS) -> None:
        self.database = database
        self.seconds = seconds
        self._faults = Faults(database)

    def seal_ledger(self, stop: threading.Event) -> None:
        """Seal until `stop`."""
        while not stop.wait(self.seconds):
            try:
                self.seal_all(stop)
                note()
            except (PyMongoError, Busy) as error:
                log.warning("books can't be sealed", error=type(error).__name__)

    def seal_all(self, stop: threading.Event) -> None:
        """Seal everything that is not sealed."""
        for conference in self._unsealed():
            with self._faults.of(stuck_books(conference), conference=conference):
                while not stop.is_set() and self.database.run(seal_books, conference=conference) == SEAL_COUNT:
                    note()
                    stop.wait(0.02)  # let others have the database in between

    def _unsealed(self) -> list[str]:
        """The conferences with transactions that are not sealed, or were before balances were kept."""
        waiting = set(self.database.mongo[LEDGER.name].distinct("conference", {"is_sealed": False}))
        is_behind = {"$expr": {"$lt": [{"$ifNull": ["$counted_number", 0]}, "$number"]}}
        behind = self.database.mongo[CHAIN_HEADS.name].find(is_behind, {"_id": 1})
        return sorted(waiting | {each["_id"] for each in behind})


class Auditor:
    """Recomputes the chains: what was sealed since, soon; all of it, once a day."""

    def __init__(self, database: Database, *, seconds: float = AUDIT_SECONDS) -> None:
        self.database = database
        self.seconds = seconds
        self._faults = Faults(database)

    def audit_ledger(self, stop: threading.Event) -> None:
        """Recompute until `stop`."""
        while not rest(stop, self.seconds):
            try:
                self.audit_all(stop)
            except (PyMongoError, Busy) as error:
                log.warning("books can't be checked", error=type(error).__name__)

    def audit_all(self, stop: threading.Event) -> None:
        """Recompute what is due of every chain."""
        for head in self.database.mongo[CHAIN_HEADS.name].find({}, {"_id": 1}):
            with self._faults.of(stuck_check(head["_id"]), conference=head["_id"]):
                while not stop.is_set() and self.database.run(check_chain, conference=head["_id"]):
                    note()
                    stop.wait(AUDIT_PAUSE_SECONDS)
