"""Owns making a lone database server in a container a replica set of one, with one user: MongoDB has no transactions
without the first, and asks nobody who they are without the second.

Runs at the server's own address, from which alone a database without users lets the first one be made. Ends when the
server accepts that user's writes. Asking again, at every start of the containers, changes nothing.
"""

import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

ANSWER_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.2
USER = "reconvene"
ALREADY_INITIALISED = 23  # the server's codes: that was done before; you may not; and, there is such a user
NOT_ALLOWED = (13, 18)
USER_EXISTS = 51003


@dataclass(frozen=True)
class Server:
    """The database server: where it is asked, and what its replica set calls it."""

    address: str
    member: str
    name: str
    password: str

    def client(self, *, as_user: bool) -> MongoClient[dict[str, Any]]:
        """A new one each time: one opened before the replica set exists keeps believing that there is none."""
        user: dict[str, Any] = {"username": USER, "password": self.password} if as_user else {}
        return MongoClient(f"mongodb://{self.address}/?directConnection=true", serverSelectionTimeoutMS=1000, **user)


def main() -> int:
    """Answer 0 when the server is the primary of its replica set and knows its user."""
    server = Server(
        address=os.environ.get("MONGO_ADDRESS", "127.0.0.1:27017"),
        member=os.environ.get("MONGO_MEMBER", "mongo:27017"),
        name=os.environ.get("REPLICA_SET", "rs0"),
        password=os.environ["MONGO_PASSWORD"],
    )
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while not _is_ready(server):
        if time.monotonic() > deadline:
            print(
                f"The database at {server.address} did not become the primary of {server.name}, or does not take this "
                "password. Look into its log; a database keeps the password that it was made with.",
                file=sys.stderr,
            )
            return 1
        time.sleep(LOOK_SECONDS)
    return 0


def _is_ready(server: Server) -> bool:
    try:
        if _is_primary(server, as_user=True):
            return True
    except OperationFailure as refusal:
        if refusal.code not in NOT_ALLOWED:
            return False
    except PyMongoError:
        return False
    try:
        _make_first_user(server)
    except PyMongoError:
        return False
    return False  # looked at once more, as the user


def _make_first_user(server: Server) -> None:
    with server.client(as_user=False) as client:
        _initiate(client, server)
        if client.admin.command("hello").get("isWritablePrimary"):
            client.admin.command("createUser", USER, pwd=server.password, roles=["root"])


def _is_primary(server: Server, *, as_user: bool) -> bool:
    with server.client(as_user=as_user) as client:
        client.admin.command("connectionStatus")  # signs in, or is refused
        return bool(client.admin.command("hello").get("isWritablePrimary"))


def _initiate(client: MongoClient[dict[str, Any]], server: Server) -> None:
    try:
        client.admin.command("replSetInitiate", {"_id": server.name, "members": [{"_id": 0, "host": server.member}]})
    except OperationFailure as refusal:
        if refusal.code != ALREADY_INITIALISED:
            raise


if __name__ == "__main__":
    sys.exit(main())
