"""Owns the look at engines given by the environment: used, never started, and refused when they cannot serve."""

import socket
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, PyMongoError

from deploy.town.engines.refusals import EngineRefused

ANSWER_SECONDS = 5


def require_replica_set(mongo_url: str) -> None:
    """Refuse a MongoDB on which transactions are impossible. The address is never printed: it may hold a password."""
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(mongo_url, serverSelectionTimeoutMS=ANSWER_SECONDS * 1000)
        with client:
            said = client.admin.command("hello")
    except (ConfigurationError, ValueError) as refusal:
        raise EngineRefused(f"MONGO_URL cannot be understood ({refusal}). Nothing was started.") from refusal
    except PyMongoError as refusal:
        raise EngineRefused(
            f"The database of MONGO_URL did not answer within {ANSWER_SECONDS} s, or is not the replica set that the "
            "address names. Nothing was started. Correct the address or start that server; without MONGO_URL a local "
            "database is started for you."
        ) from refusal
    is_sharded = said.get("msg") == "isdbgrid"
    if not is_sharded and "setName" not in said:
        raise EngineRefused(
            "The database of MONGO_URL is not a replica set, and without one MongoDB has no transactions. Nothing was "
            "started. Start that server with `--replSet rs0`, run `rs.initiate()` once in its shell, and start again; "
            "without MONGO_URL a local database is started for you."
        )


def require_broker(bootstrap_servers: str) -> None:
    """Refuse when no address of the list accepts a connection."""
    for address in bootstrap_servers.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
        except (OSError, ValueError):
            continue
        return
    raise EngineRefused(
        f"No broker answered at {bootstrap_servers} (KAFKA_BOOTSTRAP_SERVERS) within {ANSWER_SECONDS} s. Nothing was "
        "started. Correct the address or start that broker; without the setting a local one is started for you."
    )
