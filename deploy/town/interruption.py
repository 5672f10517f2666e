"""Owns being asked to stop: Ctrl-C and SIGTERM end the work once, in good order; asking again does not disturb that."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopAsked(BaseException):
    """Somebody asked us to stop; not an error, and not to be caught as one."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside the block the first Ctrl-C or SIGTERM raises `StopAsked`; those that follow change nothing."""
    has_been_asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal has_been_asked
        if not has_been_asked:
            has_been_asked = True
            raise StopAsked

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
