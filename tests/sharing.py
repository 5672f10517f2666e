"""Owns how the tests are shared among workers (`pytest -n auto`): how many, what stays together, on whose engines.

The controller starts one database and one broker and tells every worker their addresses; namespaces keep tests apart.
A file's tests stay together, since they share what its fixtures start; so does all that looks at one town, and towns
that are killed follow each other instead of standing side by side.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import psutil
import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests.engines import TestEngines, choose_source

WORKERS = "WORKERS"  # the variable by which a person says how many
WORKER_BYTES = 2 * 1024**3  # a worker with its town and its browser takes less
WORKERS_MAX = 8  # beyond that the one broker is what everybody waits for
WITHOUT_ENGINES = ("unit", "bench")
# What takes longest begins first, so that nobody waits for it alone in the end.
TOGETHER: Mapping[str, str] = {
    "chaos": "towns",
    "stories": "towns",
    "e2e": "browser",
    "test_programme_draft.py": "browser alone",  # serves scheduling's pages itself and needs no town
    "test_monitor.py": "browser alone",
    "test_local.py": "towns",
}
# Asks every route of scheduling, which has most of them, apart from the other services.
SPLIT = ("test_http.py", "test_http_nonsense.py")
LARGEST = "scheduling"
LONGEST = (  # files of half a minute and more
    "test_engines.py",
    "test_unpaid_places.py",
    "payments/test_balance.py",
    "payments/test_disputes.py",
    "test_releases_news.py",
    "test_repair.py",
    "registration/test_options.py",
    "test_faults.py",
    "payments/test_outside.py",
    "payments/test_pace.py",
    "test_notifications_pace.py",
    "payments/test_refunds.py",
)
FIRST = (
    "towns",
    "browser",
    *(f"tests/contract/{file}:{LARGEST}" for file in SPLIT),
    "browser alone",
    *(f"tests/contract/{file}" for file in SPLIT),
    *(f"tests/integration/{file}" for file in LONGEST),
)


class WorkersRefused(Exception):
    """WORKERS is not a number of workers."""


def worker_count(environment: Mapping[str, str], *, core_count: int, free_bytes: int) -> int:
    """How many workers this machine bears: one more than it has cores, because tests also wait; fewer where memory is
    scarce. WORKERS overrides it.

    Raises `WorkersRefused` when WORKERS is no number from 1 on.
    """
    given = environment.get(WORKERS, "")
    if given:
        if not given.isdecimal() or int(given) < 1:
            raise WorkersRefused(f"WORKERS={given} is no number of workers: it may be 1 or more, or left away.")
        return int(given)
    return max(1, min(core_count + 1, free_bytes // WORKER_BYTES, WORKERS_MAX))


def workers_here() -> int:
    """How many workers this machine bears now."""
    return worker_count(os.environ, core_count=os.cpu_count() or 1, free_bytes=psutil.virtual_memory().available)


def group_of(node_id: str) -> str:
    """What a test stays together with: its file, or the town that several files share."""
    file = PurePath(node_id.partition("::")[0])
    folder = file.parts[1] if len(file.parts) > 1 else ""
    if file.name in SPLIT and f"[{LARGEST}" in node_id:
        return f"{file}:{LARGEST}"
    return TOGETHER.get(file.name) or TOGETHER.get(folder) or str(file)


def in_order(groups: Sequence[str]) -> list[str]:
    """The groups as they are given out: the longest first, then as they were collected."""
    return sorted(groups, key=lambda group: FIRST.index(group) if group in FIRST else len(FIRST))


def needs_engines(arguments: Sequence[str]) -> bool:
    """Whether tests named by these arguments may ask for a database or a broker."""
    folders = [PurePath(argument.partition("::")[0]).parts for argument in arguments]
    return not folders or not all(any(name in parts for name in WITHOUT_ENGINES) for parts in folders)


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # the library brings no types
    """Gives out whole groups of tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


class Controller:
    """The process that gives the tests out: it has no tests of its own, and the engines of all."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._engines: TestEngines | None = None

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> Groups:
        """Groups in the order in which they were collected: see `in_order`."""
        config.option.loadscopereorder = False
        return Groups(config, log)

    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tell a worker where the engines are."""
        if not needs_engines(self._config.args):
            return
        if self._engines is None:
            source = choose_source()
            self._engines = source.start()
            print(f"engines: {source.title}")
        node.workerinput["mongo_url"] = self._engines.mongo_url
        node.workerinput["kafka_bootstrap"] = self._engines.kafka_bootstrap

    def pytest_unconfigure(self) -> None:
        """Give the engines back."""
        if self._engines is not None:
            self._engines.stop()
            self._engines = None


def given_engines(config: pytest.Config) -> TestEngines | None:
    """The engines that this worker was told of; none in a run without workers."""
    told: Mapping[str, str] = getattr(config, "workerinput", {})
    if "mongo_url" not in told:
        return None
    return TestEngines(mongo_url=told["mongo_url"], kafka_bootstrap=told["kafka_bootstrap"], stop=lambda: None)
