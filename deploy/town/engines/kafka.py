"""Owns the local Apache Kafka: one real node, broker and controller in one process, without ZooKeeper."""

import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.town import ports
from deploy.town.engines.child import EngineChild
from deploy.town.engines.install import java_program, kafka_jars
from deploy.town.engines.refusals import require_space
from deploy.town.ports import LOOPBACK

JVM_SETTINGS = (
    "-Xmx128m",  # measured: enough for 40,000 records and all the demo's topics
    "-Xms32m",
    "-XX:+UseSerialGC",  # the smallest collector: two cores are for the services
    "-XX:TieredStopAtLevel=1",  # starts sooner and needs less memory than the best code would
    "-XX:+UseCompactObjectHeaders",
    "-XX:+ExitOnOutOfMemoryError",  # a broker without memory must end and be started again, not limp
    "-XX:-UsePerfData",  # it would leave files in the temporary folder after a crash
    "--enable-native-access=ALL-UNNAMED",  # its compression libraries; without it a warning at each start
    "--sun-misc-unsafe-memory-access=allow",  # likewise
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)

NODE_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "inter.broker.listener.name": "CLIENTS",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # A typing error must not become a topic.
    "auto.create.topics.enable": "false",
    # What was told is kept for ever: "explain this cent" reads it years later.
    "log.retention.ms": "-1",
    # A dropped topic (tests make many) frees its files at once instead of after a minute.
    "log.segment.delete.delay.ms": "1000",
    # One node holds every copy there is.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    # The default takes 128 MB of heap at start: with a small heap the broker dies.
    "log.cleaner.dedupe.buffer.size": "4194304",
    # After kill -9 the broker waits until its own old registration has run out: 12.5 s by default, 4.4 s so.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # The first reader of a new group starts at once: nobody else is coming.
    "group.initial.rebalance.delay.ms": "0",
    # An idle controller writes nothing: the default is a record, and a flush, every half second.
    "metadata.max.idle.interval.ms": "0",
    # Two cores.
    "num.network.threads": "2",
    "num.io.threads": "4",
}


class Kafka:
    """A Kafka node whose data, log and ports live in one folder."""

    def __init__(self, folder: Path) -> None:
        self._child = EngineChild(engine="Apache Kafka", folder=folder)

    @property
    def port(self) -> int:
        """The port it listens on for clients, the same at every start."""
        return self._child.port()

    @property
    def bootstrap(self) -> str:
        """What a client connects to."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id while there is one."""
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._child.is_running

    @property
    def data_folder(self) -> Path:
        """Where the topics' logs are, for who wants to see what a broker does that loses them."""
        return self._child.folder / "data"

    def start(self) -> None:
        """Start the node, on the data it had, and return when it serves clients."""
        require_space(self._child.folder)
        self._child.require_port()
        self._child.require_port("controller-port")
        settings_file = self._write_settings()
        if not (self.data_folder / "meta.properties").exists():
            self._format(settings_file)
        self._child.run([*self._java(), "kafka.Kafka", str(settings_file)])
        self._child.wait_until(lambda: ports.answers(self.port), missing="its port is closed")
        self._child.wait_until(lambda: serves_clients(self.bootstrap), missing="no answer about its cluster")

    def stop(self) -> None:
        """End in good order."""
        self._child.stop()

    def kill(self) -> None:
        """End as a power cut would."""
        self._child.kill()

    def _write_settings(self) -> Path:
        settings_file = self._child.folder / "server.properties"
        controller_port = self._child.port("controller-port")
        settings = {
            **NODE_SETTINGS,
            "listeners": f"CLIENTS://{self.bootstrap},CONTROLLER://{LOOPBACK}:{controller_port}",
            "advertised.listeners": f"CLIENTS://{self.bootstrap}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
            "log.dirs": str(self.data_folder),
        }
        settings_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return settings_file

    def _format(self, settings_file: Path) -> None:
        """Give an empty data folder its cluster's name, which Kafka wants done before its first start."""
        tool = "kafka.tools.StorageTool"
        self._child.run_to_end(
            [*self._java(), tool, "format", "--ignore-formatted", "-t", new_cluster_id(), "-c", str(settings_file)]
        )

    def _java(self) -> list[str]:
        class_path = ":".join(str(jar) for jar in kafka_jars())
        return [str(java_program()), *JVM_SETTINGS, "-cp", class_path]


def new_cluster_id() -> str:
    """A name for a cluster; one in 64 of them would begin with a dash, and Kafka's tool takes that for an option."""
    while (name := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return name


def serves_clients(bootstrap: str) -> bool:
    """Whether a broker answers there and knows itself to be part of a cluster."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap,
            request_timeout_ms=5000,
            reconnect_backoff_max_ms=1000,  # a container's port opens before its broker does; else waits double to 30 s
        )
    except KafkaError:
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        admin.close()
