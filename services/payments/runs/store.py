"""Where refund runs are kept."""

from services.payments.runs.domain import Run
from shared.collection import Collection

RUNS = Collection("runs", Run, is_watched=True, routes=("run",))


def stuck_run(run: str) -> str:
    """Under which id a run is noted that can't go on."""
    return f"run:{run}"


COLLECTIONS = (RUNS,)
