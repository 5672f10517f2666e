"""Owns the database and the broker of a laptop: real ones, started as child processes, giving way to the environment.

`start(data_folder)` answers with their addresses. What MONGO_URL or KAFKA_BOOTSTRAP_SERVERS name is used and not
started. Leaves to `deploy.demo` everything that runs on top of them.
"""

import fcntl
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from deploy.town.engines.given import require_broker, require_replica_set
from deploy.town.engines.kafka import Kafka
from deploy.town.engines.mongod import CACHE_GB, Mongod
from deploy.town.engines.refusals import EngineEnded, EngineRefused

__all__ = ["EngineRefused", "Engines", "Kafka", "Mongod", "require_unused", "start"]


@dataclass(frozen=True)
class Engines:
    """A database and a broker that answer. `mongod` and `kafka` are set only where they were started here."""

    mongo_url: str
    kafka_bootstrap: str
    mongod: Mongod | None
    kafka: Kafka | None
    _folder_lock: IO[str]

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which every service finds them."""
        return {"MONGO_URL": self.mongo_url, "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap}

    def stop(self) -> None:
        """End what was started here, in good order; what was given is left alone."""
        _together(*[engine.stop for engine in (self.mongod, self.kafka) if engine])
        self._folder_lock.close()


def start(data_folder: Path, *, cache_gb: float = CACHE_GB) -> Engines:
    """Start what the environment does not give, keeping the data that the folder holds; return when both answer.

    The database keeps up to `cache_gb` gigabytes of its data in memory.
    """
    mongo_url = os.environ.get("MONGO_URL", "")
    kafka_bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
    if mongo_url:
        require_replica_set(mongo_url)
    if kafka_bootstrap:
        require_broker(kafka_bootstrap)
    folder = data_folder.absolute()
    folder_lock = _take(folder)
    mongod = None if mongo_url else Mongod(folder / "mongod", cache_gb=cache_gb)
    kafka = None if kafka_bootstrap else Kafka(folder / "kafka")
    try:
        _together(*[partial(_start, engine) for engine in (mongod, kafka) if engine])
    except BaseException:
        _together(*[engine.stop for engine in (mongod, kafka) if engine])
        folder_lock.close()
        raise
    return Engines(
        mongo_url=mongod.url if mongod else mongo_url,
        kafka_bootstrap=kafka.bootstrap if kafka else kafka_bootstrap,
        mongod=mongod,
        kafka=kafka,
        _folder_lock=folder_lock,
    )


def require_unused(data_folder: Path) -> None:
    """Raises `EngineRefused` while somebody else runs on this folder."""
    _take(data_folder.absolute()).close()


def _start(engine: Mongod | Kafka) -> None:
    """An engine that ended before its first answer, for a reason we know no sentence for, gets a second chance."""
    try:
        engine.start()
    except EngineEnded as ended:
        print(f"{ended.what_happened} It is started once more ...", file=sys.stderr, flush=True)
        engine.start()


def _take(folder: Path) -> IO[str]:
    """One starter per data folder: a second would take the first one's ports for a stranger's."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as refusal:
        raise EngineRefused(
            f"The data folder {folder} cannot be written ({refusal.strerror}). Nothing was started. "
            "Choose another folder, then start again."
        ) from refusal
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise EngineRefused(
            f"The data folder {folder} is in use by process {holder}. Nothing was started. "
            "Stop that one, or choose another folder, then start again."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _together(*actions: Callable[[], None]) -> None:
    """Do all at once, wait for all, then report the first failure."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(action) for action in actions]
    for done in running:
        done.result()
