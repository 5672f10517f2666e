"""Owns the town of a story: fresh, on the given engines, and gone when the story is told; and playing a story file."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.acceptance.cancel import REFUND_RATE_UNLIMITED
from deploy.town.calls import Deadline
from deploy.town.town import Town
from tests.engines import TestEngines
from tests.running_towns import running_town

SECONDS_MAX = 500.0
STORIES = Path(__file__).parents[2] / "deploy" / "stories"


@contextmanager
def fresh_town(engines: TestEngines, folder: Path) -> Iterator[tuple[Town, Deadline]]:
    """A town that runs for as long as the block does, and the end of all waiting in it."""
    deadline = Deadline(SECONDS_MAX)
    with running_town(engines, folder, is_card_limit_on=False, refund_rate_per_second=REFUND_RATE_UNLIMITED) as town:
        try:
            yield town, deadline
        finally:
            deadline.stop()


def played(story: Path, *options: str, engines: TestEngines | None = None) -> dict[str, Any]:
    """The figures that `make cancel` ends with; with its own engines where these are to be killed."""
    own = {name: value for name, value in os.environ.items() if name not in ("MONGO_URL", "KAFKA_BOOTSTRAP_SERVERS")}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.acceptance.cancel", str(story), *options],
        env=own | (engines.environment if engines else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return line
