"""Where runs are kept, and which release had the last word on a session."""

from services.registration.changing.domain.runs import Run
from services.registration.changing.domain.session_runs import SessionRun, Standing
from services.registration.registering.domain.registrations import (
    Settling,
)
from services.registration.registering.store import REGISTRATIONS
from shared.jobs import DUE_INDEX
from shared.mongo import Collection, Database

RUNS = Collection("runs", Run, (DUE_INDEX,))


SESSION_RUNS = Collection("session_runs", SessionRun, (DUE_INDEX,))


STANDINGS = Collection("session_standings", Standing)


def count_settling(database: Database, run: str, settling: Settling) -> int:
    """How many registrations of a run are so far with their settlement."""
    return database.mongo[REGISTRATIONS.name].count_documents({"run": run, "settling": settling})


COLLECTIONS = (
    RUNS,
    SESSION_RUNS,
    STANDINGS,
)
