"""Owns a whole town for tests: fresh, on the tests' engines, with a mailbox and a card provider of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.town.clearing import clear_given_engines
from deploy.town.town import Town
from tests.engines import TestEngines

OUTSIDE = ("STRIPE_", "SMTP_")  # no test pays or writes to anybody out there


@contextmanager
def running_town(engines: TestEngines, folder: Path, **options: Any) -> Iterator[Town]:
    """A town that runs for as long as the block does, and leaves nothing on the engines; `options` are `Town`'s."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(OUTSIDE)} | engines.environment
    town = Town(folder, given=given, say=print, **options)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in engines.environment.items():
            patched.setenv(name, value)
        try:
            town.start()
            yield town
        finally:
            town.stop()
    clear_given_engines(town.wiring)
