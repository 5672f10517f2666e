"""Sees to it that each holder of a credit hears of it once a year, from 1 March on."""

import threading

from pymongo import ASCENDING
from pymongo.errors import PyMongoError

from services.payments.credits.commands import state_credits
from services.payments.credits.domain import letter_year
from services.payments.credits.store import HOLDERS
from shared.bell import Bell
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note
from shared.telemetry import log

HOLDERS_AT_ONCE = 100


class CreditLetters:
    """Looks whose letter of the year is due; one that was missed while nothing ran is said later, and once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._bell = Bell()
        database.on_jobs.append(self._bell)  # it rings when the business clock is moved, too

    def state_all(self, stop: threading.Event) -> None:
        """Says what is due, until `stop`."""
        while not stop.is_set():
            try:
                is_more = self.look()
                note()
            except (PyMongoError, Busy) as error:
                log.warning("the letters about credits can't be said", error=type(error).__name__)
                is_more = False
            if not is_more:
                self._bell.wait(self.database.rest_seconds_max, stop)

    def look(self) -> bool:
        """Say what is due of the next holders; whether there may be more."""
        year = letter_year(self.database.clock.now())
        found = self.database.mongo[HOLDERS.name].find({"letter_year": {"$lt": year}}, {"_id": 1})
        holders = [each["_id"] for each in found.sort("letter_year", ASCENDING).limit(HOLDERS_AT_ONCE)]
        for each in holders:
            self.database.run(state_credits, holder=each, year=year)
        return len(holders) == HOLDERS_AT_ONCE
