"""Measures how long it takes to hand over many mails to a server that needs 50 ms for each.

Messages are planned first, by the service's own handlers; then the service's process, as it runs in production, writes
and sends them all. The server is a real one, in this process; each connection waits for itself.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.town.calls import Deadline
from deploy.town.engines import Engines
from services.notifications.messages.domain.messages import State
from services.notifications.messages.store.documents import MESSAGES
from shared import process
from tests.bench.figures import Goal, Measurement, rounded
from tests.bench.processes import Cost, Processes
from tests.engines import TestEngines
from tests.integration.mail_servers import Temper, server
from tests.integration.notifications_house import Town, announced, cancelled, offered, person, town
from tests.namespaces import fresh_namespace

MAIL_COUNT = 15_000
SERVER_SECONDS = 0.05
MAILS_PER_SECOND = Goal(figure=MAIL_COUNT / 180)
PLAN_SIZE = 500
LOOK_SECONDS = 0.05
ROOT = Path(__file__).parents[2]


def measure(engines: Engines, *, count: int, deadline: Deadline) -> Measurement:
    """Mails a second, from the start of the process until the last one is recorded."""
    given = TestEngines(mongo_url=engines.mongo_url, kafka_bootstrap=engines.kafka_bootstrap, stop=lambda: None)
    temper = Temper(delay_seconds=SERVER_SECONDS)
    with (
        fresh_namespace(given) as namespace,
        tempfile.TemporaryDirectory() as folder,
        server(temper) as port,
        town(namespace, Path(folder), SMTP_URL=f"smtp://127.0.0.1:{port}") as told,
    ):
        told.parts.prepare(topics=process.topics_of(told.parts.settings))
        _plan(told, count)
        pids = {"mongod": engines.mongod.pid} if engines.mongod and engines.mongod.pid else {}
        with _running(told.parts.settings.environment) as pid:
            cost = Cost(Processes({"notifications": pid, **pids}))
            began = time.perf_counter()
            while told.database.mongo[MESSAGES.name].count_documents({"state": State.ACCEPTED}) < count:
                deadline.pause(LOOK_SECONDS, missing="mails to be handed over")
            seconds = time.perf_counter() - began
            each = cost.milliseconds_each(count)
    more = {
        "mail_count": count,
        "seconds": rounded(seconds),
        "most_on_their_way": temper.most_on_their_way,
        "mails_taken": len(temper.accepted),
        "cpu_milliseconds_each": each,
    }
    return Measurement(
        name="mails to a server that needs 50 ms for each",
        figure=count / seconds,
        unit="mails/s",
        goal=MAILS_PER_SECOND,
        more=more,
    )


def _plan(told: Town, count: int) -> None:
    told.hear(announced(), cancelled())
    for start in range(0, count, PLAN_SIZE):
        numbers = range(start, min(start + PLAN_SIZE, count))
        told.hear(*(person(number) for number in numbers))
        told.hear(*(offered(number) for number in numbers))


@contextmanager
def _running(environment: Mapping[str, str]) -> Iterator[int]:
    """The service's jobs while the block runs: the process id."""
    command = [sys.executable, "-m", "services.notifications", "jobs"]
    started = subprocess.Popen(command, cwd=ROOT, env=os.environ | dict(environment))
    try:
        yield started.pid
    finally:
        started.terminate()
        started.wait()
