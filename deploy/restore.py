"""`python -m deploy.restore FOLDER`: puts a backup of the four services' databases back, and what topics say beyond.

Every file, and every key that opens it, is checked before anything is touched. While a restore is under way the
databases are marked, so that no service starts on half of one. Then what each service had said after the backup's
moment is taken back from its topic: that is how refunds and messages that left after it are known, and do not leave a
second time.
"""

import argparse
import hashlib
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bson import decode_file_iter
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from kafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, PyMongoError
from pymongo.write_concern import WriteConcern

from deploy.backup import FORMAT, MANIFEST
from deploy.sealed_copies import KeysMissing, destroy_again, keys_of, opened, personal_collections
from shared import mongo
from shared.catching_up import Recovery, report
from shared.kafka import Broker
from shared.keys import Keys
from shared.mongo import UNDER_RESTORE
from shared.personal import Personal
from shared.restoring import take_back
from shared.settings import SERVICES, Settings

BATCH_SIZE = 1000
GONE_SECONDS_MAX = 5.0
_SAFE = WriteConcern(w="majority", j=True)
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


class RestoreRefused(Exception):
    """A backup that can't be put back; the message is meant for the person at the terminal."""


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Put one backup back; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.restore", description="Put a backup back.")
    parser.add_argument("folder", type=Path, help="what deploy.backup has written")
    parser.add_argument("--replace", action="store_true", help="the databases that are there now are given up")
    given = parser.parse_args(list(arguments))
    if not environment.get("MONGO_URL"):
        print("MONGO_URL is not set. Nothing was touched; say where the database is.", file=sys.stderr)
        return 2
    try:
        restore(environment["MONGO_URL"], prefix=_prefix(environment), of=given.folder, replaces=given.replace)
        print(f"The databases are as they stood in {given.folder}.")
        for line in take_back_all(environment):
            print(line)
    except (RestoreRefused, PyMongoError, KafkaError, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _prefix(environment: Mapping[str, str]) -> str:
    return environment.get("DATABASE_PREFIX", "reconvene_")


def restore(mongo_url: str, *, prefix: str, of: Path, replaces: bool = False) -> None:
    """Put a backup back in place of what is there; refused while a service is connected, with a file that isn't whole,
    or without the keys of whom it tells."""
    manifest = _checked(of)
    client: MongoClient[dict[str, Any]]
    with MongoClient(mongo_url) as client:
        names = {service: f"{prefix}{service}" for service in SERVICES}
        _refuse_while_connected(client, set(names.values()))
        there = sorted(set(names.values()) & set(client.list_database_names()))
        if there and not replaces:
            raise RestoreRefused(
                f"There are databases already ({', '.join(there)}). Nothing was touched; to give them up for the "
                "backup, say --replace."
            )
        keys = keys_of(client, prefix=prefix)
        _must_open(manifest, of=of, keys=keys)
        for name in names.values():
            with suppress(CollectionInvalid):  # one that was broken off before
                client.get_database(name, write_concern=_SAFE).create_collection(UNDER_RESTORE)
        for service, collections in manifest["services"].items():
            _put_back(client[names[service]], service, collections, of=of, keys=keys)
        destroy_again(client, prefix=prefix)
        for name in names.values():
            client.get_database(name, write_concern=_SAFE).drop_collection(UNDER_RESTORE)


def _checked(folder: Path) -> dict[str, Any]:
    """The backup's manifest, when every file that it names is whole."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise RestoreRefused(f"{folder} is no backup: {MANIFEST} can't be read. Nothing was touched.") from error
    if manifest.get("format") != FORMAT or set(manifest["services"]) != set(SERVICES):
        raise RestoreRefused(f"{folder} is a backup of another kind. Nothing was touched.")
    for collections in manifest["services"].values():
        for kept in collections.values():
            if _digest(folder / kept["file"]) != kept["sha256"]:
                raise RestoreRefused(
                    f"{folder / kept['file']} is missing or not what was backed up. Nothing was touched; "
                    "take another copy."
                )
    return manifest


def _must_open(manifest: Mapping[str, Any], *, of: Path, keys: Keys) -> None:
    """Each name and address in the backup can be opened, or is of somebody who was erased since."""
    for service, collections in manifest["services"].items():
        for name, personal in personal_collections(service).items():
            for batch in _batches(of / collections[name]["file"]) if name in collections else ():
                try:
                    _opened(batch, name=name, personal=personal, keys=keys)
                except KeysMissing as missing:
                    raise RestoreRefused(
                        f"{missing} Nothing was touched. Put the database {keys.kept.database.name} back first, from "
                        "the newest copy of it that belongs to these databases, then run this again."
                    ) from missing


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_while_connected(client: MongoClient[dict[str, Any]], names: set[str]) -> None:
    """A service that runs would write what it remembers into what is restored; each says its name when it connects."""
    deadline = time.monotonic() + GONE_SECONDS_MAX  # the database hears a little later that somebody has ended
    while (running := _connected(client) & names) and time.monotonic() < deadline:
        time.sleep(0.1)
    if running:
        raise RestoreRefused(
            f"{', '.join(sorted(running))}: services are connected to their databases. Nothing was touched; stop "
            "all four, then try again."
        )


def _connected(client: MongoClient[dict[str, Any]]) -> set[str]:
    connections = client.admin.aggregate([{"$currentOp": {"allUsers": True, "idleConnections": True}}])
    return {str(each.get("appName")) for each in connections}


def _put_back(
    database: Database[dict[str, Any]],
    service: str,
    collections: Mapping[str, Mapping[str, Any]],
    *,
    of: Path,
    keys: Keys,
) -> None:
    personal = personal_collections(service)
    for name in database.list_collection_names():
        if name != UNDER_RESTORE:
            database.drop_collection(name)
    for name, kept in collections.items():
        if name == UNDER_RESTORE:
            continue
        database.create_collection(name)
        target = database.get_collection(name, codec_options=_RAW, write_concern=_SAFE)
        for batch in _batches(of / kept["file"]):
            documents = _opened(batch, name=name, personal=personal.get(name), keys=keys)
            if documents:
                target.insert_many(documents, ordered=False)


def _opened(
    batch: Sequence[RawBSONDocument], *, name: str, personal: Personal | None, keys: Keys
) -> Sequence[RawBSONDocument]:
    if personal is None:
        return batch
    raws = opened([bytes(each.raw) for each in batch], name=name, personal=personal, keys=keys)
    return [RawBSONDocument(raw, _RAW) for raw in raws]


def _batches(path: Path) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    with path.open("rb") as file:
        for document in decode_file_iter(file, _RAW):
            batch.append(document)
            if len(batch) == BATCH_SIZE:
                yield batch
                batch = []
    if batch:
        yield batch


def take_back_all(environment: Mapping[str, str]) -> list[str]:
    """Take back what each service's topic says beyond the backup, before any of them starts; answers what to say."""
    if not environment.get("KAFKA_BOOTSTRAP_SERVERS"):
        return [
            "KAFKA_BOOTSTRAP_SERVERS is not set, so the topics were not compared. No service starts before that:",
            "where the broker can be reached, run",
            *(f"  python -m services.{service} restore" for service in SERVICES),
        ]
    lines: list[str] = []
    for service in SERVICES:
        settings = Settings.from_environment(service, {"SECRET_KEY": "no link is made here", **environment})
        database = mongo.Database(settings.mongo_url, name=settings.database_name, service=service)
        try:
            count = take_back(database, Broker(settings), topic=settings.topic(service))
            recovery: Recovery = importlib.import_module(f"services.{service}.recovery").RECOVERY
            lines += [f"{service}: {count:,} events were said after the backup.", *report(database, recovery)]
        finally:
            database.close()
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
