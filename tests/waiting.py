"""Owns waiting in tests: asking again and again until a deadline, then saying what was still missing."""

import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.05


class StillMissing(AssertionError):
    """The deadline passed and the condition did not hold."""


def wait_until(
    condition: Callable[[], object],
    deadline_seconds: float,
    *,
    missing: Callable[[], object] | str,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Return as soon as the condition holds; fail at the deadline with what `missing` then says."""
    pause = threading.Event()
    deadline = time.monotonic() + deadline_seconds
    while not condition():
        if time.monotonic() > deadline:
            what = missing() if callable(missing) else missing
            raise StillMissing(f"after {deadline_seconds:g} s still missing: {what}")
        pause.wait(poll_seconds)
