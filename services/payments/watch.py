"""Owns looking after what is settled in the background: how far each run has come, and the seal over the books.

Runs are counted here and nowhere else: the thousands of transactions that settle registrations never touch a run, so
none of them waits for another. While nothing has changed, a look costs a few counts that the database keeps anyway.
"""

import threading
import time

from pymongo.errors import PyMongoError

from services.payments.jobs import SEAL_COUNT, note_completion, note_progress, seal_books
from services.payments.runs import SETTLING
from services.payments.store import LEDGER, ORDERS, RUNS, balance_short_minor, figures_of
from shared.mongo import ARCHIVE, Database
from shared.problem import Busy
from shared.telemetry import log

LOOK_SECONDS = 1.0
LOOK_DUTY = 10  # a look that took long is followed by ten times as long without one
LOOK_PAUSE_SECONDS_MAX = 5.0  # ... within reason: it may have waited for a database that was starting again
LOOK_ANYWAY_SECONDS = 15.0  # counts that the database keeps may be off after it was killed
SEAL_SECONDS = 5.0


class RunWatch:
    """Looks at the open runs once a second, if anything was booked or said since."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._seen: tuple[int, ...] = ()
        self._looked_at = 0.0

    def watch_runs(self, stop: threading.Event) -> None:
        """Look until `stop`."""
        pause_seconds = LOOK_SECONDS
        while not stop.wait(pause_seconds):
            began = time.monotonic()
            try:
                self.look()
            except (PyMongoError, Busy) as error:
                log.warning("runs can't be looked at", error=type(error).__name__)
            pause_seconds = min(max(LOOK_SECONDS, LOOK_DUTY * (time.monotonic() - began)), LOOK_PAUSE_SECONDS_MAX)

    def look(self) -> None:
        """Count the open runs if something has changed, and complete those that are complete."""
        runs = [each["_id"] for each in self.database.mongo[RUNS.name].find({"state": SETTLING}, {"_id": 1})]
        if not runs:
            return
        stamp = self._stamp()
        is_overdue = time.monotonic() - self._looked_at > LOOK_ANYWAY_SECONDS
        if stamp == self._seen and not is_overdue:
            return
        for run in runs:
            figures, currency = figures_of(self.database, run)
            if self.database.run(note_progress, run=run, figures=figures, currency=currency):
                self.database.run(note_completion, run=run)
        self._seen, self._looked_at = stamp, time.monotonic()

    def _stamp(self) -> tuple[int, ...]:
        counts = [self.database.mongo[name].estimated_document_count() for name in (ARCHIVE, LEDGER.name, ORDERS.name)]
        return (*counts, balance_short_minor(self.database, {}))


class Sealer:
    """Seals what was booked, a while after it was."""

    def __init__(self, database: Database, *, seconds: float = SEAL_SECONDS) -> None:
        self.database = database
        self.seconds = seconds

    def seal_ledger(self, stop: threading.Event) -> None:
        """Seal until `stop`."""
        while not stop.wait(self.seconds):
            try:
                self.seal_all(stop)
            except (PyMongoError, Busy) as error:
                log.warning("books can't be sealed", error=type(error).__name__)

    def seal_all(self, stop: threading.Event) -> None:
        """Seal everything that is not sealed."""
        for conference in self.database.mongo[LEDGER.name].distinct("conference", {"is_sealed": False}):
            while not stop.is_set() and self.database.run(seal_books, conference=conference) == SEAL_COUNT:
                stop.wait(0.02)  # let others have the database in between
