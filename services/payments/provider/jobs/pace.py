"""Owns how fast we ask the card provider: a budget that gives way when told to, a breaker for when nobody answers, and
a bound on what people ask for at once.

The budget is one per provider account, whatever number of runs and processes it serves; the others are a process's own.
"""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.payments.provider.store import BUDGETS
from shared.mongo import Database
from shared.problem import Busy

RATE_MIN = 1.0
BURST_COUNT = 10.0  # ten are in flight at most in a process, so no more than ten start together
PAUSE_SECONDS = 1.0  # after "too many", plus jitter
RECOVER_SECONDS = 10.0  # one more a second, so often
AHEAD_SECONDS_MAX = 60.0  # nobody waits longer for a place, whatever has become of the database's clock
FAILURES_IN_A_ROW_MAX = 5


# A restart of the provider's side, or of a network on the way, is over in seconds; so the first pause is short, and it
# becomes the full half minute only when the next tries fail as well.
BREAK_SECONDS_FIRST = 5.0
BREAK_SECONDS_MAX = 30.0


class Pace:
    """So many requests a second over all processes together, at most ten in a burst.

    What is left is one document on the database's own clock: each place is taken by one update of it, so that processes
    need not know of each other, nor agree on the time. Losing it gives one burst away, so nobody waits for a disk.
    """

    def __init__(self, database: Database, *, account: str, rate_max: float) -> None:
        self.rate_max = rate_max
        self._account = account
        self._budgets = database.mongo.get_collection(
            BUDGETS.name, write_concern=WriteConcern(w=1), read_concern=ReadConcern("local")
        )

    def book(self) -> float:
        """Take the next place; how many seconds to wait before it is ours."""
        after = self._change(_recovered(self.rate_max), _booked())
        return max(0.0, float(after["free_at"]) - float(after["now"]))

    def give_way(self) -> None:
        """The provider said "too many": half as fast for everybody, after a pause."""
        pause_seconds = PAUSE_SECONDS * random.uniform(1.0, 1.5)  # noqa: S311 - jitter, no secret
        self._change(_recovered(self.rate_max), _halved(pause_seconds))

    @property
    def rate(self) -> float:
        """How many a second go now."""
        known = self._budgets.find_one({"_id": self._account})
        return float(known["rate"]) if known else self.rate_max

    def _change(self, *stages: Mapping[str, Any]) -> dict[str, Any]:
        """One update under the database's lock on this document; the first of all makes it."""
        for _ in range(2):  # two that make it at once: the second finds it
            with suppress(DuplicateKeyError):
                after = self._budgets.find_one_and_update(
                    {"_id": self._account}, list(stages), upsert=True, return_document=ReturnDocument.AFTER
                )
                if after is not None:
                    return after
        raise Busy("The budget of requests could not be read. Nothing was sent; it is tried again.")


def _recovered(rate_max: float) -> dict[str, Any]:
    """Now, and the rate as it is by now: one more a second for each ten that have passed since it was halved.

    The clock may be set back, or one that looked earlier come later: what lies ahead of now is no more than it can be.
    """
    raised_at = {"$min": [{"$ifNull": ["$raised_at", "$$now"]}, "$$now"]}
    rounds = {"$floor": {"$divide": [{"$subtract": ["$$now", raised_at]}, RECOVER_SECONDS]}}
    fields = {
        "now": "$$now",
        "rate": {"$min": [rate_max, {"$add": [{"$ifNull": ["$rate", rate_max]}, rounds]}]},
        "raised_at": {"$add": [raised_at, {"$multiply": [rounds, RECOVER_SECONDS]}]},
        "free_at": {"$min": [{"$ifNull": ["$free_at", 0.0]}, {"$add": ["$$now", AHEAD_SECONDS_MAX]}]},
    }
    merged = {"$let": {"vars": {"now": {"$divide": [{"$toDouble": {"$toLong": "$$NOW"}}, 1000.0]}}, "in": fields}}
    return {"$replaceWith": {"$mergeObjects": ["$$ROOT", merged]}}


def _booked() -> dict[str, Any]:
    """The next place is taken; what nobody took is kept for ten, or for a second's worth."""
    burst_seconds = {"$min": [1.0, {"$divide": [BURST_COUNT, "$rate"]}]}
    from_ = {"$max": ["$free_at", {"$subtract": ["$now", burst_seconds]}]}
    return {"$set": {"free_at": {"$add": [from_, {"$divide": [1.0, "$rate"]}]}}}


def _halved(pause_seconds: float) -> dict[str, Any]:
    return {
        "$set": {
            "rate": {"$max": [RATE_MIN, {"$divide": ["$rate", 2.0]}]},
            "raised_at": "$now",
            "free_at": {"$max": ["$free_at", {"$add": ["$now", pause_seconds]}]},
        }
    }


@dataclass(slots=True)
class PeoplesCalls:
    """How many requests of people are at the provider at once, so that nothing else of the house waits behind them."""

    in_flight_max: int = 6
    waiting_max: int = 4
    wait_seconds: float = 2.0
    _waiting: threading.BoundedSemaphore = field(init=False)
    _in_flight: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = threading.BoundedSemaphore(self.in_flight_max + self.waiting_max)
        self._in_flight = threading.BoundedSemaphore(self.in_flight_max)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is a place, for as long as the block lasts; a few wait a moment for one, nobody else does."""
        if not self._waiting.acquire(blocking=False):
            yield False
            return
        try:
            is_ours = self._in_flight.acquire(timeout=self.wait_seconds)
            try:
                yield is_ours
            finally:
                if is_ours:
                    self._in_flight.release()
        finally:
            self._waiting.release()


@dataclass(slots=True)
class Breaker:
    """After five failures in a row nobody is asked for a while; then one try decides."""

    _failure_count: int = 0
    _break_seconds: float = BREAK_SECONDS_FIRST
    _closed_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_seconds(self, now: float) -> float:
        """How long nobody is asked; zero when one may."""
        return max(0.0, self._closed_at - now)

    def succeeded(self) -> None:
        """The provider answers."""
        with self._lock:
            self._failure_count, self._break_seconds = 0, BREAK_SECONDS_FIRST

    def failed(self, now: float) -> None:
        """The provider does not answer, or with an error of its own."""
        with self._lock:
            self._failure_count += 1
            if self._failure_count >= FAILURES_IN_A_ROW_MAX and now >= self._closed_at:
                self._closed_at = now + self._break_seconds
                self._break_seconds = min(self._break_seconds * 2, BREAK_SECONDS_MAX)
