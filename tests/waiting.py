"""Owns waiting in tests: asking again and again until a deadline, then saying what was still missing."""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus

from werkzeug.test import TestResponse

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


def ask_while_busy(ask: Callable[[], TestResponse], deadline_seconds: float = 120.0) -> TestResponse:
    """What is answered in the end to who asks again while the service has too much to do, as its refusal says."""
    answers: list[TestResponse] = []

    def is_answered() -> bool:
        answers.append(ask())
        return answers[-1].status_code != HTTPStatus.SERVICE_UNAVAILABLE

    wait_until(is_answered, deadline_seconds, missing=lambda: f"an answer: {answers[-1].text}")
    return answers[-1]
