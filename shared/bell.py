"""A wait that others in this process end: loops rest long, and are woken by whoever makes work for them."""

import threading
import time

STOP_LOOK_SECONDS = 1.0  # how soon a loop that rests notices that it is to stop


class Bell:
    """Rung by whoever has made work; heard by the one loop that waits for it, also if it was busy just then."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """There may be something to do: rest no longer."""
        self._rung.set()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Rest until somebody rings, for so long at most, or until `stop`."""
        ends = time.monotonic() + seconds
        while not stop.is_set() and (left := ends - time.monotonic()) > 0:
            if self._rung.wait(min(left, STOP_LOOK_SECONDS)):
                break
        self._rung.clear()
