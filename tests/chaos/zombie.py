"""`python -m tests.chaos.zombie MOMENT`: the counting reader as a process that stops itself while it holds a batch.

MOMENT is `read` (the batch is read, nothing has begun), `deciding` (in the middle of its transaction) or `never`. The
stop comes with the first batch that has an event whose digest is `STOP`; somebody else lets the process go on.
"""

import os
import signal
import sys
import threading

from shared.contracts.flow import Declaration, consumes, declaration
from shared.contracts.registration import RegistrationRunClosed
from shared.telemetry import configure_logs
from shared.unit import Unit
from shared.worker import Batch, Worker
from tests.engines import TestEngines
from tests.integration.counting import TALLIES, Pair, count
from tests.namespaces import Namespace
from tests.town import settings_for

STOP = "stop"
MOMENTS = ("read", "deciding", "never")

_has_stopped = threading.Event()


class SleepingWorker(Worker):
    """A worker that is stopped between reading a batch and handling it."""

    def handle(self, batch: Batch, *, stop: threading.Event | None = None) -> None:
        """Stop, and when somebody lets us go on, handle it as if no time had passed."""
        if any(each.envelope and STOP.encode() in each.envelope.data for each in batch.reads):
            _sleep_once()
        super().handle(batch, stop=stop)


@consumes(RegistrationRunClosed, needs=lambda event: [(TALLIES, event.run)])
def count_asleep(event: RegistrationRunClosed, unit: Unit) -> None:
    """Count an event, and be stopped right after that."""
    count(event, unit)
    if event.digest == STOP:
        _sleep_once()


count_asleep.__module__ = count.__module__  # it stands for the handler that its successor has


def main(moment: str) -> None:
    """Read until SIGTERM."""
    configure_logs("payments", "info")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    namespace = _namespace()
    pair = Pair(namespace)
    handler = declaration(count_asleep if moment == "deciding" else count)
    assert isinstance(handler, Declaration)
    worker = (SleepingWorker if moment == "read" else Worker)(
        pair.reader,
        pair.broker,
        settings_for("payments", namespace),
        handlers={RegistrationRunClosed: (handler,)},
        ignored=(),
    )
    worker.run(stop)


def _namespace() -> Namespace:
    given = os.environ
    engines = TestEngines(given["MONGO_URL"], given["KAFKA_BOOTSTRAP_SERVERS"], stop=lambda: None)
    return Namespace(engines, database_prefix=given["DATABASE_PREFIX"], topic_prefix=given["TOPIC_PREFIX"])


def _sleep_once() -> None:
    if not _has_stopped.is_set():
        _has_stopped.set()
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    assert sys.argv[1] in MOMENTS
    main(sys.argv[1])
