"""Owns where the tests' database and broker come from: the environment, containers, or local processes, in that order.

ENGINES=containers or ENGINES=local forces one of the last two; then an engine that cannot be had is a failure.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import docker.errors
import psutil
from pymongo import MongoClient
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.town import engines
from deploy.town.engines.given import require_broker, require_replica_set
from deploy.town.engines.install import KAFKA_VERSION, mongod_program
from deploy.town.engines.kafka import NODE_SETTINGS, serves_clients
from deploy.town.engines.mongod import REPLICA_SET, TRANSACTIONS_END_SOON, is_primary
from deploy.town.ports import LOOPBACK, free_port
from tests.waiting import wait_until

MONGO_IMAGE = os.environ.get("MONGO_IMAGE", "mongo:8.0")
KAFKA_IMAGE = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.4.0")
CONTAINER_DEADLINE_SECONDS = 120.0
# Tests make thousands of collections, and each transaction waits for the disk, which proves nothing here: what
# must outlive a power cut is tested on engines of its own, on a disk.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the machine's file system in memory, where there is one
IN_MEMORY_BYTES = 6 * 1024**3  # has to be free for data to be kept there, of the file system and of the memory
TESTS_CACHE_GB = 1.0  # in a small one the database spends most of its time looking for what to write to the disk
HISTORY_SECONDS = 20  # how far back a backup may read; it reads at once
FOLDER_PREFIX = "reconvene-tests-"
SOURCES = ("containers", "local")


@dataclass(frozen=True)
class TestEngines:
    """A database and a broker for one test session, and how to give them back."""

    __test__ = False  # the name begins like a test's

    mongo_url: str
    kafka_bootstrap: str
    stop: Callable[[], None]

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which a service finds them."""
        return {"MONGO_URL": self.mongo_url, "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap}


@dataclass(frozen=True)
class Source:
    """One way to have engines: what the header says about it, and how to start them."""

    title: str
    start: Callable[[], TestEngines]


def choose_source() -> Source:
    """The first way that works here; nothing is started yet."""
    forced = os.environ.get("ENGINES", "")
    if forced not in ("", *SOURCES):
        raise engines.EngineRefused(f"ENGINES={forced} is unknown: it may be {' or '.join(SOURCES)}, or left away.")
    given = [name for name in ("MONGO_URL", "KAFKA_BOOTSTRAP_SERVERS") if os.environ.get(name)]
    if given and not forced:
        return _from_environment(given)
    if forced == "local":
        return _local_processes()
    unavailable = _why_no_containers()
    if not unavailable:
        return Source(title=f"{MONGO_IMAGE}, {KAFKA_IMAGE}, testcontainers", start=_start_containers)
    if forced == "containers":
        raise engines.EngineRefused(f"ENGINES=containers, but {unavailable}.")
    return _local_processes()


def _from_environment(given: list[str]) -> Source:
    if len(given) == 1:
        raise engines.EngineRefused(
            f"Only {given[0]} is set. Tests need both MONGO_URL and KAFKA_BOOTSTRAP_SERVERS from outside, or neither."
        )
    mongo_url, bootstrap = os.environ["MONGO_URL"], os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    require_replica_set(mongo_url)
    require_broker(bootstrap)
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_url)
    with client:
        version = client.server_info()["version"]
    found = TestEngines(mongo_url=mongo_url, kafka_bootstrap=bootstrap, stop=lambda: None)
    return Source(title=f"mongod {version}, Kafka at {bootstrap}, from the environment", start=lambda: found)


def _local_processes() -> Source:
    said = subprocess.run([mongod_program(), "--version"], capture_output=True, text=True, timeout=30, check=False)
    version = said.stdout.partition("db version v")[2].split("\n")[0] or "(cannot run here)"
    return Source(title=f"mongod {version}, Apache Kafka {KAFKA_VERSION}, local processes", start=_start_local)


def _start_local() -> TestEngines:
    parent = IN_MEMORY if has_room_in_memory() else Path(tempfile.gettempdir())
    forget_the_dead(parent)
    with ExitStack() as clean_up:
        named = f"{FOLDER_PREFIX}{os.getpid()}-"
        folder = clean_up.enter_context(tempfile.TemporaryDirectory(prefix=named, dir=parent))
        started = _without_given_engines(lambda: engines.start(Path(folder), cache_gb=TESTS_CACHE_GB))
        clean_up.callback(started.stop)
        _forget_soon(started.mongo_url)
        return TestEngines(
            mongo_url=started.mongo_url, kafka_bootstrap=started.kafka_bootstrap, stop=clean_up.pop_all().close
        )


def _forget_soon(mongo_url: str) -> None:
    """Let the database keep moments of the past, and with them the files of what was dropped, for seconds instead of
    five minutes: tests drop so much that it would run out of files."""
    with MongoClient[dict[str, Any]](mongo_url) as client:
        client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=HISTORY_SECONDS)


def has_room_in_memory(folder: Path = IN_MEMORY) -> bool:
    """Whether the engines' data may be kept in memory: there is such a folder, and plenty of memory is free."""
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return False
    return min(shutil.disk_usage(folder).free, psutil.virtual_memory().available) >= IN_MEMORY_BYTES


def forget_the_dead(parent: Path) -> None:
    """Remove what tests left behind that were killed before they could clear up: memory would stay full of it."""
    for folder in parent.glob(f"{FOLDER_PREFIX}*-*"):
        starter = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if starter.isdecimal() and not psutil.pid_exists(int(starter)):
            shutil.rmtree(folder, ignore_errors=True)


def _without_given_engines(start: Callable[[], engines.Engines]) -> engines.Engines:
    """ENGINES=local means local ones even where the environment names others."""
    kept = {name: os.environ.pop(name) for name in ("MONGO_URL", "KAFKA_BOOTSTRAP_SERVERS") if name in os.environ}
    try:
        return start()
    finally:
        os.environ.update(kept)


def _why_no_containers() -> str:
    """Why containers cannot serve here; empty when they can."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except docker.errors.DockerException:
        return "no Docker daemon answers"
    for image in (MONGO_IMAGE, KAFKA_IMAGE):
        if not _have_image(client, image):
            return f"the image {image} is neither here nor can it be pulled"
    # The container that clears up after a killed test run is welcome, not required.
    testcontainers_config.ryuk_disabled = not _have_image(client, testcontainers_config.ryuk_image)
    return ""


def _have_image(client: docker.DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        try:
            client.images.pull(image)
        except docker.errors.APIError:
            return False
    return True


def _start_containers() -> TestEngines:
    with ExitStack() as clean_up:
        mongo_port, kafka_port = free_port(), free_port()
        clean_up.enter_context(_mongo_container(mongo_port))
        clean_up.enter_context(_kafka_container(kafka_port))
        bootstrap = f"{LOOPBACK}:{kafka_port}"
        wait_until(
            lambda: is_primary(mongo_port, member_host="localhost:27017"),
            CONTAINER_DEADLINE_SECONDS,
            missing="a primary in the database container",
            poll_seconds=0.2,
        )
        wait_until(
            lambda: serves_clients(bootstrap),
            CONTAINER_DEADLINE_SECONDS,
            missing="an answer from the broker container",
            poll_seconds=0.2,
        )
        _forget_soon(f"mongodb://{LOOPBACK}:{mongo_port}/?directConnection=true")
        return TestEngines(
            mongo_url=f"mongodb://{LOOPBACK}:{mongo_port}/?directConnection=true",
            kafka_bootstrap=bootstrap,
            stop=clean_up.pop_all().close,
        )


def _mongo_container(port: int) -> DockerContainer:
    settings = " ".join(["--bind_ip_all", "--replSet", REPLICA_SET, *TRANSACTIONS_END_SOON])
    container = DockerContainer(MONGO_IMAGE).with_command(settings)
    return _published(container, inside=27017, port=port)


def _kafka_container(port: int) -> DockerContainer:
    settings = {
        **NODE_SETTINGS,
        "listeners": "CLIENTS://0.0.0.0:9092,CONTROLLER://localhost:9093",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{port}",
        # The broker's talk with itself cannot use the port of the host.
        "controller.quorum.voters": "1@localhost:9093",
    }
    container = DockerContainer(KAFKA_IMAGE)
    for name, value in settings.items():
        container = container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    return _published(container, inside=9092, port=port)


def _published(container: DockerContainer, *, inside: int, port: int) -> DockerContainer:
    """Publish on the loopback address alone, which the library's own method cannot say."""
    ports: dict[Any, Any] = container.ports
    ports[inside] = (LOOPBACK, port)
    return container
