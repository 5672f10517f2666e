"""Owns how fast we ask the card provider: a budget that gives way when told to, and a breaker for when nobody answers.

One of each per provider account in this process, whatever number of runs it serves.
"""

import random
import threading
from dataclasses import dataclass, field

RATE_MIN = 1.0
PAUSE_SECONDS = 1.0  # after "too many", plus jitter
RECOVER_SECONDS = 10.0  # one more a second, so often
FAILURES_IN_A_ROW_MAX = 5
# A restart of the provider's side, or of a network on the way, is over in seconds; so the first pause is short, and it
# becomes the full half minute only when the next tries fail as well.
BREAK_SECONDS_FIRST = 5.0
BREAK_SECONDS_MAX = 30.0


@dataclass(slots=True)
class Pace:
    """So many requests a second, at most a second's worth in a burst."""

    rate_max: float
    rate: float = 0.0
    _free_at: float = 0.0
    _raised_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.rate = self.rate_max

    def book(self, now: float) -> float:
        """Take the next place; how many seconds to wait before it is ours."""
        with self._lock:
            self._recover(now)
            burst = min(1.0, 10 / self.rate)  # ten are in flight at most, so no more than ten start together
            self._free_at = max(self._free_at, now - burst) + 1 / self.rate
            return max(0.0, self._free_at - now)

    def give_way(self, now: float) -> None:
        """The provider said "too many": half as fast, after a pause."""
        with self._lock:
            self.rate = max(RATE_MIN, self.rate / 2)
            self._raised_at = now
            self._free_at = max(self._free_at, now + PAUSE_SECONDS * random.uniform(1.0, 1.5))  # noqa: S311 - jitter, no secret

    def _recover(self, now: float) -> None:
        while self.rate < self.rate_max and now - self._raised_at >= RECOVER_SECONDS:
            self.rate = min(self.rate_max, self.rate + 1)
            self._raised_at += RECOVER_SECONDS


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
