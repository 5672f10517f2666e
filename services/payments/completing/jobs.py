"""Looks after the refund runs: how far each has come, and whether it is complete.

Runs are counted here and nowhere else: the thousands of transactions that settle registrations never touch a run, so
none of them waits for another. While nothing has changed, a look costs a few counts that the database keeps anyway.
"""

import threading
import time

from pymongo.errors import PyMongoError

from services.payments.books.jobs import Faults
from services.payments.books.store import LEDGER
from services.payments.completing.commands import note_completion, note_progress
from services.payments.completing.store import balance_short_minor, closing_of, figures_of
from services.payments.orders.store import ORDERS
from services.payments.runs.domain import SETTLING
from services.payments.runs.store import RUNS, stuck_run
from shared.bell import Bell
from shared.contracts.flow import acts
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note
from shared.telemetry import log
from shared.unit import ARCHIVE

LOOK_SECONDS = 1.0
LOOK_DUTY = 10  # a look that took long is followed by ten times as long without one
LOOK_PAUSE_SECONDS_MAX = 5.0  # ... within reason: it may have waited for a database that was starting again
LOOK_ANYWAY_SECONDS = 15.0  # counts that the database keeps may be off after it was killed


class RunWatch:
    """Looks at the open runs once a second, if anything was booked or said since."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._faults = Faults(database)
        self._seen: tuple[int, ...] = ()
        self._looked_at = 0.0
        self._has_open_runs = False
        self._bell = Bell()
        database.on_events.append(self._bell)

    @acts(of=RUNS)
    def watch_runs(self, stop: threading.Event) -> None:
        """Looks how far the open runs have come, until `stop`."""
        pause_seconds = LOOK_SECONDS
        while not stop.wait(pause_seconds):
            if not self._has_open_runs:
                self._bell.wait(self.database.rest_seconds_max, stop)
            began = time.monotonic()
            try:
                self.look()
                note()
            except (PyMongoError, Busy) as error:
                log.warning("runs can't be looked at", error=type(error).__name__)
            pause_seconds = min(max(LOOK_SECONDS, LOOK_DUTY * (time.monotonic() - began)), LOOK_PAUSE_SECONDS_MAX)

    def look(self) -> None:
        """Count the open runs if something has changed, and complete those that are complete."""
        kept = self.database.mongo[RUNS.name].find({"state": SETTLING}, {"conference": 1})
        runs = {each["_id"]: str(each["conference"]) for each in kept}
        self._has_open_runs = bool(runs)
        if not runs:
            return
        stamp = self._stamp()
        is_overdue = time.monotonic() - self._looked_at > LOOK_ANYWAY_SECONDS
        if stamp == self._seen and not is_overdue:
            return
        for run, conference in runs.items():
            with self._faults.of(stuck_run(run), conference=conference):
                self._look_at(run)
        self._seen, self._looked_at = stamp, time.monotonic()

    def _look_at(self, run: str) -> None:
        figures, currency = figures_of(self.database, run)
        if self.database.run(note_progress, run=run, figures=figures, currency=currency):
            seen = closing_of(self.database, run)
            if seen is not None:
                self.database.run(note_completion, run=run, seen=seen)

    def _stamp(self) -> tuple[int, ...]:
        counts = [self.database.mongo[name].estimated_document_count() for name in (ARCHIVE, LEDGER.name, ORDERS.name)]
        return (*counts, balance_short_minor(self.database, {}))
