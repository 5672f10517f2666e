"""Owns putting the provider together: its memory, its clock, its knobs, and the units of work done on them."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from deploy.provider import happenings
from deploy.provider.clock import BusinessClock
from deploy.provider.faults import Faults
from deploy.provider.idempotency import KeysInProgress
from deploy.provider.limiter import Limiter
from deploy.provider.settings import Settings
from deploy.provider.store import Store
from deploy.provider.webhooks import Courier
from deploy.provider.work import Work

_LOOK_SECONDS = 0.25  # how soon a thing that fell due is noticed


class Provider:
    """One running provider."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.data)
        self.clock = BusinessClock(self.store)
        self.limiter = Limiter(is_on=settings.is_limited)
        self.faults = Faults(self.store)
        self.keys = KeysInProgress()
        self.courier = Courier(self.store, self.faults, settings)
        self.request_counts: Counter[str] = Counter()
        self._is_stopping = threading.Event()
        self._watch = threading.Thread(target=self._watch_clock, name="clock", daemon=True)

    def start(self) -> None:
        self.courier.start()
        self._watch.start()

    def stop(self) -> None:
        self._is_stopping.set()
        self._watch.join(timeout=5)
        self.courier.stop()
        self.store.close()

    @contextmanager
    def changing(self, *, request_id: str | None = None, idempotency_key: str | None = None) -> Iterator[Work]:
        """A unit of work that is kept as a whole; refunds that waited for its money go on within it."""
        with self.store.writing() as records:
            work = Work(records, self.settings, self.clock.now(), request_id, idempotency_key)
            yield work
            happenings.send_waiting_refunds(work)
        self.courier.wake()

    @contextmanager
    def looking(self) -> Iterator[Work]:
        """A unit of work that only reads."""
        with self.store.reading() as records:
            yield Work(records, self.settings, self.clock.now())

    def catch_up(self) -> None:
        """Let everything happen that has fallen due."""
        with self.looking() as work:
            if not happenings.is_due(work):
                return
        with self.changing() as work:
            happenings.catch_up(work)

    def _watch_clock(self) -> None:
        while not self._is_stopping.wait(_LOOK_SECONDS):
            try:
                self.catch_up()
            except Exception:  # the watch goes on: the next look tries again
                structlog.get_logger().exception("delayed happening failed")
