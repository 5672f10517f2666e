"""One after the other: those who ask for a seat in the same session take turns inside this process.

What keeps a roster right is its version, in the database. But when many come at once, each would find that another was
first, start again, and the slowest might never get through; waiting for one's turn costs nobody anything.
"""

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

LOCK_COUNT = 64
TURN_SECONDS_MAX = 5.0  # then go without a turn: the version decides

_locks = tuple(threading.Lock() for _ in range(LOCK_COUNT))


@contextmanager
def in_turn(session: str) -> Iterator[None]:
    """Let nobody else of this process ask for a seat in this session meanwhile, as a rule."""
    lock = _locks[zlib.crc32(session.encode()) % LOCK_COUNT]
    has_turn = lock.acquire(timeout=TURN_SECONDS_MAX)
    try:
        yield
    finally:
        if has_turn:
            lock.release()
