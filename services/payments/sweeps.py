"""Owns reading the provider's own lists, so that an outage of our door loses nothing and its balance is in our books.

Reads on from what it has read itself, in the provider's time and an hour overlapping; webhooks never advance that.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from pymongo.errors import PyMongoError

from services.payments.commands import keep_provider_events
from services.payments.gateway import Declined, Gateway, NeedsPerson, TooMany, Unanswered
from services.payments.jobs import AGAINST, book_balance_moves, note_sweep
from services.payments.provider_events import FOLLOWED_EVENTS
from services.payments.store import LEDGER, PROVIDER_EVENTS, SWEEPS
from shared.mongo import Collection, Database
from shared.problem import Busy
from shared.telemetry import log

FIRST_SECONDS = 2.0
SWEEP_SECONDS = 600.0
OVERLAP_SECONDS = 3600
EVENTS = "events"


class ProviderSweep:
    """Sweeps soon after the start, then every few minutes; the balance also when somebody rings."""

    def __init__(self, database: Database, gateway: Gateway, *, seconds: float = SWEEP_SECONDS) -> None:
        self.database = database
        self.gateway = gateway
        self.seconds = seconds
        self._bell = threading.Event()

    def ring(self) -> None:
        """The provider's balance has moved."""
        self._bell.set()

    def sweep_provider(self, stop: threading.Event) -> None:
        """Sweep until `stop`; what fails is tried again with the next sweep."""
        stop.wait(FIRST_SECONDS)
        while not stop.is_set():
            self._try(self.sweep_events)
            self._try(self.sweep_balance)
            while not stop.is_set() and self._is_rung_within(self.seconds, stop):
                self._try(self.sweep_balance)

    def sweep_events(self) -> None:
        """Keep every event that no webhook has brought."""
        newest = last_created = self._last_created(EVENTS)
        since = max(0, last_created - OVERLAP_SECONDS)
        for page in self.gateway.events_since(since, types=list(FOLLOWED_EVENTS)):
            newest = max([newest, *(each.created for each in page)])
            known = self._known(PROVIDER_EVENTS, [each.id for each in page])
            missed = [each for each in page if each.id not in known]
            if missed:
                self.database.run(keep_provider_events, events=missed)
        self.database.run(note_sweep, sweep=EVENTS, last_created=newest)

    def sweep_balance(self) -> None:
        """Book what moved the provider's balance."""
        for kind in AGAINST:
            name = f"balance:{kind}"
            newest = last_created = self._last_created(name)
            since = max(0, last_created - OVERLAP_SECONDS)
            for page in self.gateway.balance_moves_since(since, kind=kind):
                newest = max([newest, *(each.created for each in page)])
                known = self._known(LEDGER, [f"bt:{each.id}" for each in page])
                missed = [each for each in page if f"bt:{each.id}" not in known]
                if missed:
                    self.database.run(book_balance_moves, moves=missed)
            if newest > last_created:
                self.database.run(note_sweep, sweep=name, last_created=newest)

    def _is_rung_within(self, seconds: float, stop: threading.Event) -> bool:
        """Wait for the bell, but look up now and then whether it is time to stop."""
        waited = 0.0
        while waited < seconds and not stop.is_set():
            if self._bell.wait(min(1.0, seconds - waited)):
                self._bell.clear()
                return True
            waited += 1.0
        return False

    def _try(self, sweep: Callable[[], None]) -> None:
        try:
            sweep()
        except (Unanswered, TooMany, Declined, NeedsPerson, PyMongoError, Busy) as error:
            log.warning("sweep put off", error=type(error).__name__)

    def _last_created(self, name: str) -> int:
        found = self.database.mongo[SWEEPS.name].find_one({"_id": name})
        return int(found["last_created"]) if found else 0

    def _known(self, collection: Collection[Any], ids: Sequence[str]) -> set[str]:
        found = self.database.mongo[collection.name].find({"_id": {"$in": list(ids)}}, {"_id": 1})
        return {each["_id"] for each in found}
