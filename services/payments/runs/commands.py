"""What every part writes that has to do with a run's money: the run must not overlook it."""

from services.payments.runs.domain import reopen
from services.payments.runs.store import RUNS
from shared.unit import Unit


def disturb(unit: Unit, run: str, *, reason: str) -> None:
    """Something happened that a run, settled or about to be, must not overlook."""
    loaded = unit.load(RUNS, run) if run else None
    if loaded is not None:
        unit.save(RUNS, reopen(loaded, reason=reason))
