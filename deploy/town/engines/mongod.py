"""Owns the local MongoDB server: one real `mongod`, a replica set of one member, since transactions need one."""

from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.town.engines.child import EngineChild
from deploy.town.engines.install import mongod_program
from deploy.town.engines.refusals import require_space
from deploy.town.ports import LOOPBACK

REPLICA_SET = "rs0"
NOT_YET_INITIALISED = 94  # the server's code for a member that was never told its replica set
NAMES_ANOTHER_PORT = 93  # ... and for one whose configuration names another port than its own

CACHE_GB = 0.25  # the database's own default is half the machine

# A dead worker's transaction must not hold others for 60 s.
TRANSACTIONS_END_SOON = ("--setParameter", "transactionLifetimeLimitSeconds=5")

SETTINGS = (
    "--replSet", REPLICA_SET,
    "--bind_ip", LOOPBACK,
    "--nounixsocket",  # it would stay behind in the temporary folder after a crash
    "--quiet",  # no line per connection: the log is for reasons
    "--oplogSize", "256",  # MB; the default is 5 % of the disk
    *TRANSACTIONS_END_SOON,
    "--setParameter", "diagnosticDataCollectionEnabled=false",  # no measuring of the machine every second
    "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100",  # don't wait 15 s for a successor
)  # fmt: skip


class Mongod:
    """A MongoDB server whose data, log and port live in one folder; it keeps so much of them in memory."""

    def __init__(self, folder: Path, *, cache_gb: float = CACHE_GB) -> None:
        self._child = EngineChild(engine="mongod", folder=folder)
        self._cache_gb = cache_gb

    @property
    def port(self) -> int:
        """The port it listens on, the same at every start."""
        return self._child.port()

    @property
    def url(self) -> str:
        """What a client connects to."""
        return f"mongodb://{LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}"

    @property
    def pid(self) -> int | None:
        """The process id while there is one."""
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether the server's process is alive."""
        return self._child.is_running

    def start(self) -> None:
        """Start the server, on the data it had, and return when it accepts writes."""
        data_folder = self._child.folder / "data"
        data_folder.mkdir(exist_ok=True)
        require_space(data_folder)
        self._child.require_port()
        own = ["--dbpath", str(data_folder), "--port", str(self.port), "--wiredTigerCacheSizeGB", f"{self._cache_gb:g}"]
        self._child.run([str(mongod_program()), *own, *SETTINGS])
        self._child.wait_until(
            lambda: is_primary(self.port, member_host=f"{LOOPBACK}:{self.port}"),
            missing="it is not yet the primary of its replica set",
        )

    def stop(self) -> None:
        """End in good order."""
        self._child.stop()

    def kill(self) -> None:
        """End as a power cut would."""
        self._child.kill()


def is_primary(port: int, *, member_host: str) -> bool:
    """Whether the server accepts writes; one that knows no replica set yet is made the only member of ours."""
    try:
        _ensure_member(port, member_host=member_host)
        return bool(_ask(port, "hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _ensure_member(port: int, *, member_host: str) -> None:
    configuration: dict[str, Any] = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member_host}]}
    try:
        _ask(port, "replSetGetStatus")
    except OperationFailure as refusal:
        if refusal.code == NOT_YET_INITIALISED:
            _ask(port, "replSetInitiate", configuration)
        elif refusal.code == NAMES_ANOTHER_PORT:
            known = _ask(port, "replSetGetConfig")["config"]
            # A member that is still finding itself answers the same for a moment: that one must be left in peace.
            if known["members"][0]["host"] != member_host:
                _ask(port, "replSetReconfig", {**configuration, "version": known["version"] + 1}, force=True)


def _ask(port: int, command: str, argument: object = 1, **options: Any) -> dict[str, Any]:
    # A client of its own each time: one opened before the replica set exists keeps believing that there is none.
    client: MongoClient[dict[str, Any]] = MongoClient(
        LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=1000
    )
    with client:
        return client.admin.command(command, argument, **options)
