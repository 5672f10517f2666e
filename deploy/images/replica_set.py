"""Owns making a lone database server in a container a replica set of one: MongoDB has no transactions without one.

Ends when the server accepts writes. Asking again, at every start of the containers, changes nothing.
"""

import os
import sys
import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

ANSWER_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.2
ALREADY_INITIALISED = 23  # the server's code for "that was done before"


def main() -> int:
    """Answer 0 when the server is the primary of its replica set."""
    address, name = os.environ.get("MONGO_ADDRESS", "mongo:27017"), os.environ.get("REPLICA_SET", "rs0")
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while not _is_primary(address, name=name):
        if time.monotonic() > deadline:
            print(
                f"The database at {address} did not become the primary of {name}. Look into its log.", file=sys.stderr
            )
            return 1
        time.sleep(LOOK_SECONDS)
    return 0


def _is_primary(address: str, *, name: str) -> bool:
    # A client of its own each time: one opened before the replica set exists keeps believing that there is none.
    try:
        with _connect(address) as client:
            _initiate(client, address=address, name=name)
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _connect(address: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(f"mongodb://{address}/?directConnection=true", serverSelectionTimeoutMS=1000)


def _initiate(client: MongoClient[dict[str, Any]], *, address: str, name: str) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": address}]})
    except OperationFailure as refusal:
        if refusal.code != ALREADY_INITIALISED:
            raise


if __name__ == "__main__":
    sys.exit(main())
