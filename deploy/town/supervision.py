"""Owns keeping what was started alive: what ends is started again, at first at once, then more slowly.

Leaves what a program is to `deploy.town.programs` and to `deploy.town.engines`.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from deploy.town.engines import EngineRefused

LOOK_SECONDS = 0.05
PAUSE_SECONDS_FIRST, PAUSE_SECONDS_MAX = 0.1, 5.0
STEADY_SECONDS = 10.0  # who lived that long before it ended did not fail at its start


class Startable(Protocol):
    """A process that can be started on the data it had."""

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""

    def start(self) -> None:
        """Start it again."""

    def kill(self) -> None:
        """End it as a power cut would."""


class Watch:
    """Looks after one process until told to stop."""

    def __init__(self, name: str, process: Startable, *, say: Callable[[str], None]) -> None:
        self.name = name
        self.restart_count = 0
        self._is_starting = False
        self._process = process
        self._say = say
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name=f"watch-{name}", daemon=True)
        self._thread.start()

    @property
    def is_up(self) -> bool:
        """Whether the process is alive, and not just being started."""
        return self._process.is_running and not self._is_starting

    def kill(self) -> bool:
        """End the process as a power cut would, and say whether there was one that was up."""
        if not self.is_up:
            return False
        self._process.kill()
        return True

    def end(self) -> None:
        """From when this returns on, what ends stays ended."""
        self._ended.set()
        self._thread.join()

    def _look_after(self) -> None:
        started_at, pause_seconds = time.monotonic(), 0.0
        while not self._ended.wait(LOOK_SECONDS):
            if self._process.is_running:
                continue
            was_steady = time.monotonic() - started_at > STEADY_SECONDS
            pause_seconds = 0.0 if was_steady else min(max(2 * pause_seconds, PAUSE_SECONDS_FIRST), PAUSE_SECONDS_MAX)
            if self._ended.wait(pause_seconds):
                return
            self._say(f"{self.name} has ended and is started again.")
            started_at = time.monotonic()
            self._start()

    def _start(self) -> None:
        self._is_starting = True
        try:
            self._process.start()
            self.restart_count += 1
        except (
            EngineRefused,
            OSError,
        ) as refusal:  # tried again, more slowly: its port or its memory may be free by then
            self._say(str(refusal))
        finally:
            self._is_starting = False
