"""Whether the loops of a process get on: each gives a sign when it has done something, or has found nothing to do.

A loop that gives none for a minute is stuck, whatever the reason: it hangs, or everything that it tries fails. `ready`
says so, and a metric.
"""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

from shared.telemetry import QUIET_SECONDS

STUCK_SECONDS = 60.0
REST_SECONDS = 20.0  # between two signs of a loop that rests for longer

Clock = Callable[[], float]


class Progress:
    """The last sign of one loop, on a clock that never goes back; while the machine sleeps nobody is stuck."""

    def __init__(self, service: str, loop: str, *, now: Clock = time.monotonic) -> None:
        self._now = now
        self._noted_at = now()
        QUIET_SECONDS.labels(service, loop).set_function(self.quiet_seconds)

    def note(self) -> None:
        """The loop has done something, or found nothing to do."""
        self._noted_at = self._now()

    def quiet_seconds(self) -> float:
        """How long it is since the last sign."""
        return self._now() - self._noted_at

    def gets_on(self) -> bool:
        """Whether there was a sign of late; without one somebody should look."""
        return self.quiet_seconds() <= STUCK_SECONDS


_own: ContextVar[Progress | None] = ContextVar("progress", default=None)


def watch(progress: Progress) -> None:
    """From here on this thread's signs are noted there."""
    _own.set(progress)


def note() -> None:
    """This thread's loop has done something, or found nothing to do."""
    progress = _own.get()
    if progress is not None:
        progress.note()


def rest(stop: threading.Event, seconds: float) -> bool:
    """Rest for so long, or until `stop`, and give signs meanwhile; answers whether it is time to stop."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and not stop.is_set():
        note()
        stop.wait(min(left, REST_SECONDS))
    return stop.is_set()
