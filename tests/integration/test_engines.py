"""The local engines as real processes: same port and data after a restart, no orphan, and clear refusals."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from pymongo import MongoClient

from deploy.town import engines as local_engines
from deploy.town import leash
from deploy.town.engines import EngineRefused, Kafka, Mongod
from deploy.town.engines.install import KAFKA_VERSION, kafka_jars, mongod_program
from deploy.town.ports import LOOPBACK, answers, free_port
from tests.engines import TestEngines
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
START_SECONDS = 100.0
STOP_SECONDS = 40.0
PERSON: dict[str, Any] = {"_id": 1}
GIVEN = ("MONGO_URL", "KAFKA_BOOTSTRAP_SERVERS")


def _command(data_folder: Path, **settings: str) -> subprocess.Popen[str]:
    """`python -m deploy.town.engines up`, as a person would run it where nothing is given from outside."""
    environment = {name: value for name, value in os.environ.items() if name not in GIVEN} | settings
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.town.engines", "up", "--data", str(data_folder)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _refusal(data_folder: Path, **settings: str) -> str:
    """What the command says when it refuses; it must end by itself, cleanly."""
    process = _command(data_folder, **settings)
    _, said = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 1
    assert "Traceback" not in said
    return said


@contextmanager
def _running(data_folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    process = _command(data_folder)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        first_line = process.stdout.readline()
        assert first_line.startswith("MONGO_URL=mongodb://127.0.0.1:"), process.stderr.read()
        assert process.stdout.readline().startswith("KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:")
        yield process, psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.communicate(timeout=STOP_SECONDS)


def _wait_for_end(children: list[psutil.Process]) -> None:
    wait_until(
        lambda: not any(child.is_running() for child in children),
        STOP_SECONDS,
        missing=lambda: f"the end of {[child.pid for child in children if child.is_running()]}",
    )


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str], list[psutil.Process]]]:
    """Engines that are looked at and not ended: their folder, who started them, and their processes."""
    folder = tmp_path_factory.mktemp("up")
    with _running(folder) as (process, children):
        yield folder, process, children


def test_kill_9_of_the_starter_leaves_no_engine_behind(tmp_path: Path) -> None:
    with _running(tmp_path) as (process, children):
        assert len(children) == 2

        process.kill()

        _wait_for_end(children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_both_engines_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    with _running(tmp_path) as (process, children):
        process.send_signal(number)

        assert process.wait(timeout=STOP_SECONDS) == 0
        _wait_for_end(children)


def test_ctrl_c_in_a_terminal_does_not_reach_the_engines_before_us(
    up: tuple[Path, subprocess.Popen[str], list[psutil.Process]],
) -> None:
    """The terminal signals its foreground process group; the engines are in sessions of their own."""
    _, process, children = up
    sessions = {os.getsid(child.pid) for child in children}

    assert os.getsid(process.pid) not in sessions
    assert len(sessions) == len(children)


def test_an_engine_that_dies_ends_the_command_with_a_sentence(tmp_path: Path) -> None:
    with _running(tmp_path) as (process, children):
        children[0].kill()

        _, said = process.communicate(timeout=STOP_SECONDS)

    assert process.returncode == 1
    assert "ended by itself" in said
    _wait_for_end(children)


def test_an_engine_that_dies_before_its_first_answer_is_started_once_more(tmp_path: Path) -> None:
    process = _command(tmp_path)
    try:
        _broker_of(process).kill()

        assert process.stdout is not None
        assert process.stdout.readline().startswith("MONGO_URL=mongodb://127.0.0.1:")
        process.terminate()
        _, said = process.communicate(timeout=STOP_SECONDS)
    finally:
        process.kill()
        process.communicate(timeout=STOP_SECONDS)

    assert process.returncode == 0
    assert said.startswith("Apache Kafka ended with status -9 before it answered. No data was lost.")
    assert "It is started once more" in said


def _broker_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The broker as soon as there is one; its preparing program may come first and does as well."""
    found: list[psutil.Process] = []

    def look() -> bool:
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if Path(child.name()).name == "java":
                    found.append(child)
        return bool(found)

    wait_until(look, START_SECONDS, missing="the broker's process")
    return found[0]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_restarted_database_keeps_its_port_and_its_data(tmp_path: Path, how: str) -> None:
    mongod = Mongod(tmp_path)
    mongod.start()
    try:
        url = mongod.url
        client: MongoClient[dict[str, Any]] = MongoClient(url, w="majority", journal=True)
        with client:
            client["kept"]["people"].insert_one(PERSON)

            getattr(mongod, how)()
            mongod.start()

            assert mongod.url == url
            assert client["kept"]["people"].find_one() == PERSON
    finally:
        mongod.stop()


def test_a_database_moves_to_a_new_port_when_its_port_file_is_deleted(tmp_path: Path) -> None:
    """What the refusal of a taken port tells people to do must work."""
    mongod = Mongod(tmp_path)
    mongod.start()
    try:
        mongod.stop()
        old_port = mongod.port
        (tmp_path / "port").unlink()

        mongod.start()

        assert mongod.port != old_port
        client: MongoClient[dict[str, Any]] = MongoClient(mongod.url)
        with client:
            assert client["kept"]["people"].insert_one(PERSON).acknowledged
    finally:
        mongod.stop()


def test_a_restarted_broker_keeps_its_port_and_its_records_however_it_ended(tmp_path: Path) -> None:
    kafka = Kafka(tmp_path)
    kafka.start()
    try:
        bootstrap = kafka.bootstrap
        with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
            admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
        assert _next_offset(bootstrap) == 0

        for number, end in enumerate((kafka.stop, kafka.kill), start=1):
            end()
            kafka.start()

            assert kafka.bootstrap == bootstrap
            assert _next_offset(bootstrap) == number
    finally:
        kafka.stop()


def _next_offset(bootstrap: str) -> int:
    """Where the next record of the topic was written."""
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer:
        offset: int = producer.send("kept", b"a record").get(timeout=30).offset
    return offset


@pytest.mark.parametrize(
    ("port_file", "engine"),
    [("mongod/port", "mongod"), ("kafka/port", "Apache Kafka"), ("kafka/controller-port", "Apache Kafka")],
)
def test_a_taken_port_is_refused(tmp_path: Path, port_file: str, engine: str) -> None:
    port = free_port()
    (tmp_path / port_file).parent.mkdir()
    (tmp_path / port_file).write_text(f"{port}\n")

    with socket.create_server((LOOPBACK, port)):
        said = _refusal(tmp_path)

    assert said.startswith(
        f"{engine} could not start: its port {port} is taken by another process. Nothing was started"
    )


def test_an_archive_that_was_changed_is_refused(tmp_path: Path) -> None:
    cached = tmp_path / "cache" / f"kafka-{KAFKA_VERSION}"
    cached.mkdir(parents=True)
    first, *others = kafka_jars()
    for jar in others:
        (cached / jar.name).symlink_to(jar)
    (cached / first.name).write_bytes(first.read_bytes() + b"\0")

    said = _refusal(tmp_path / "data", RECONVENE_CACHE=str(tmp_path / "cache"))

    assert f"{first.name} is not the file that was reviewed: its checksum differs. Nothing was started." in said


def test_a_first_start_without_network_is_refused(tmp_path: Path) -> None:
    nowhere = f"http://{LOOPBACK}:{free_port()}"

    said = _refusal(
        tmp_path / "data",
        RECONVENE_CACHE=str(tmp_path / "cache"),
        HTTPS_PROXY=nowhere,
        https_proxy=nowhere,
        NO_PROXY="",
    )

    assert "could not be fetched" in said
    assert "The first start needs the network" in said
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_a_data_folder_in_use_is_refused(up: tuple[Path, subprocess.Popen[str], list[psutil.Process]]) -> None:
    folder, process, _ = up

    said = _refusal(folder)

    assert f"is in use by process {process.pid}. Nothing was started." in said


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = _refusal(tmp_path / "file" / "data")

    assert "cannot be written (Not a directory). Nothing was started." in said


def test_given_engines_are_used_and_not_started(
    tmp_path: Path, engines: TestEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in engines.environment.items():
        monkeypatch.setenv(name, value)

    used = local_engines.start(tmp_path)
    used.stop()

    assert (used.mongod, used.kafka) == (None, None)
    assert used.environment == engines.environment
    assert answers(int(engines.kafka_bootstrap.rpartition(":")[2]))


def test_a_given_database_without_a_replica_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    command = [str(mongod_program()), "--dbpath", str(tmp_path), "--port", str(port), "--bind_ip", LOOPBACK, "--quiet"]
    alone = leash.start(command, output=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(port), START_SECONDS, missing="a database that is not a replica set")
        monkeypatch.setenv("MONGO_URL", f"mongodb://{LOOPBACK}:{port}/")

        with pytest.raises(
            EngineRefused, match=r"without one MongoDB has no transactions. .*run `rs.initiate\(\)` once"
        ):
            local_engines.start(tmp_path / "data")
    finally:
        alone.kill()
        alone.wait(timeout=STOP_SECONDS)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MONGO_URL", "mongodb://", "MONGO_URL cannot be understood"),
        ("MONGO_URL", "mongodb://127.0.0.1:1/", "did not answer within 5 s"),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1", "No broker answered at 127.0.0.1:1"),
        ("KAFKA_BOOTSTRAP_SERVERS", "nonsense", "No broker answered at nonsense"),
    ],
)
def test_given_engines_that_do_not_answer_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    for other in GIVEN:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)

    with pytest.raises(EngineRefused, match=sentence):
        local_engines.start(tmp_path)
