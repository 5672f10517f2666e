"""The database and the broker of the containers ask who somebody is: as they are set there, started from the programs
of a laptop, since there may be no container here."""

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.town import ports
from deploy.town.engines.child import EngineChild
from deploy.town.engines.install import java_program, kafka_jars, mongod_program
from deploy.town.engines.kafka import JVM_SETTINGS, new_cluster_id
from shared.kafka import Broker, ensure_topics
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PASSWORD = secrets.token_hex(8)
REFUSED_WITHIN_MS = 5_000  # the client tries again for so long; who may come in is answered at once


@dataclass
class Guarded:
    """An engine that asks for a password."""

    child: EngineChild

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.child.port()}"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """mongod with the containers' own arguments, and a key."""
    folder = tmp_path_factory.mktemp("mongod")
    (folder / "data").mkdir()
    key = folder / "key"
    key.write_text(secrets.token_hex(48))
    key.chmod(0o600)
    told = [re.sub(r"^--keyFile=.*", f"--keyFile={key}", each) for each in COMPOSE["services"]["mongo"]["command"]]
    own = [each for each in told if each != "--bind_ip_all"]
    child = EngineChild(engine="mongod", folder=folder)
    where = ["--dbpath", str(folder / "data"), "--port", str(child.port()), "--bind_ip", "127.0.0.1", "--nounixsocket"]
    child.run([str(mongod_program()), *own, *where])
    child.wait_until(lambda: ports.answers(child.port()), missing="its port is closed")
    yield Guarded(child)
    child.stop()


def make_user(database: Guarded, *, password: str = PASSWORD) -> int:
    """What the containers' `replica-set` does at each start."""
    told = {"MONGO_ADDRESS": database.address, "MONGO_MEMBER": database.address, "MONGO_PASSWORD": password}
    command = [sys.executable, str(ROOT / "deploy/images/replica_set.py")]
    return subprocess.run(command, env={**os.environ, **told}, timeout=120, check=False).returncode


def test_the_database_is_made_with_one_user_and_answers_nobody_else(database: Guarded) -> None:
    assert make_user(database) == 0
    assert make_user(database) == 0  # at the next start

    url = f"{database.address}/?replicaSet=rs0"
    client: MongoClient[dict[str, Any]]
    with MongoClient(f"mongodb://reconvene:{PASSWORD}@{url}") as client:
        client["reconvene_payments"]["things"].update_one({"_id": "a"}, {"$set": {"is": "kept"}}, upsert=True)
        connected: list[dict[str, Any]] = list(
            client.admin.aggregate([{"$currentOp": {"allUsers": True, "idleConnections": True}}])
        )
        assert connected, "a restore must see who is connected"
    for refused in (f"mongodb://{url}", f"mongodb://reconvene:another@{url}"):
        with MongoClient(refused) as client, pytest.raises(OperationFailure):
            client.reconvene_payments.things.find_one()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Kafka with the containers' own settings."""
    folder = tmp_path_factory.mktemp("kafka")
    child = EngineChild(engine="Apache Kafka", folder=folder)
    address, controller = f"127.0.0.1:{child.port()}", f"127.0.0.1:{child.port('controller')}"
    settings = {
        name.removeprefix("KAFKA_").replace("_", ".").lower(): value.replace("${KAFKA_PASSWORD}", PASSWORD)
        for name, value in COMPOSE["services"]["kafka"]["environment"].items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    } | {
        "listeners": f"CLIENTS://{address},CONTROLLER://{controller}",
        "advertised.listeners": f"CLIENTS://{address}",
        "controller.quorum.voters": f"1@{controller}",
        "log.dirs": str(folder / "data"),
    }
    written = folder / "server.properties"
    written.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    java = [str(java_program()), *JVM_SETTINGS, "-cp", ":".join(str(jar) for jar in kafka_jars())]
    child.run_to_end([*java, "kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(written)])
    child.run([*java, "kafka.Kafka", str(written)])
    child.wait_until(lambda: ports.answers(child.port()), missing="its port is closed")
    yield Guarded(child)
    child.stop()


def settings_of(broker: Guarded, *, password: str) -> Settings:
    """What a service is told in the containers about the broker."""
    told = COMPOSE["x-settings"]
    given = {name: value for name, value in told.items() if name.startswith("KAFKA_S")}
    given |= {"KAFKA_SASL_PASSWORD": password, "KAFKA_BOOTSTRAP_SERVERS": broker.address}
    return Settings.from_environment("payments", {**given, "MONGO_URL": "mongodb://none", "SECRET_KEY": "none"})


def test_the_broker_answers_the_services_and_nobody_else(broker: Guarded) -> None:
    ensure_topics(Broker(settings_of(broker, password=PASSWORD)), ["payments"])

    of_services = settings_of(broker, password=PASSWORD).kafka_options
    for refused in (settings_of(broker, password="another").kafka_options, {}):
        with pytest.raises(KafkaError):
            ask(broker, refused)
    assert "payments" in ask(broker, of_services), "whoever is refused would have been answered in the same time"


def ask(broker: Guarded, options: Mapping[str, Any]) -> list[str]:
    """The topics, if the broker tells them within a few seconds."""
    admin = KafkaAdminClient(bootstrap_servers=broker.address, bootstrap_timeout_ms=REFUSED_WITHIN_MS, **options)
    try:
        return list(admin.list_topics())
    finally:
        admin.close()
