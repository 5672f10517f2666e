"""`python -m deploy.backup FOLDER`: the four services' databases as they stood at one moment, as files with checksums.

Everything is read at one cluster time, while the services go on: what one database says of another is true in the
backup too, and how far each service had read is in it. Names and addresses are sealed with keys that are not in it. The
database keeps old moments for five minutes; a larger installation raises `minSnapshotHistoryWindowInSeconds`. What is
in the topics needs no backup: each archive has it.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from bson.timestamp import Timestamp
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from deploy.sealed_copies import keys_of, personal_collections, sealed
from shared.keys import Keys
from shared.mongo import UNDER_RESTORE
from shared.personal import Personal
from shared.settings import SERVICES

FORMAT = 1
MANIFEST = "manifest.json"
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_SNAPSHOT_TOO_OLD = 239


class BackupRefused(Exception):
    """A backup that can't be made; the message is meant for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One collection in a backup: its file, how many documents it holds, and what proves that they are whole."""

    file: str
    documents: int
    sha256: str


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Make one backup; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.backup", description="Back up the four databases.")
    parser.add_argument("folder", type=Path, help="where to write it; must not be there yet")
    folder: Path = parser.parse_args(list(arguments)).folder
    if not environment.get("MONGO_URL"):
        print("MONGO_URL is not set. Nothing was written; say where the database is.", file=sys.stderr)
        return 2
    try:
        moment = back_up(environment["MONGO_URL"], prefix=environment.get("DATABASE_PREFIX", "reconvene_"), to=folder)
    except (BackupRefused, PyMongoError, OSError) as refusal:
        print(f"{refusal}\nThere is no backup in {folder}.", file=sys.stderr)
        return 1
    print(f"The databases as of {moment.as_datetime():%Y-%m-%d %H:%M:%S} UTC are in {folder}.")
    return 0


def back_up(mongo_url: str, *, prefix: str, to: Path) -> Timestamp:
    """Write all four databases as of now into a folder, whole or not at all; answers the moment."""
    if to.exists():
        raise BackupRefused(f"{to} is there already, and nothing in it was changed. Name another folder.")
    draft = to.with_name(f"{to.name}.draft")
    draft.mkdir(parents=True)
    client: MongoClient[dict[str, Any]]
    with MongoClient(mongo_url, readConcernLevel="majority") as client:
        keys = keys_of(client, prefix=prefix)
        moment: Timestamp = client.admin.command("ping")["operationTime"]
        kept = {
            service: _write(client[f"{prefix}{service}"], service, at=moment, to=draft / service, keys=keys)
            for service in SERVICES
        }
    if any(UNDER_RESTORE in collections for collections in kept.values()):
        raise BackupRefused("A restore of these databases is under way or was broken off: they hold half of a backup.")
    missing = [service for service, collections in kept.items() if not collections]
    if missing:
        raise BackupRefused(f"There is no database of {', '.join(missing)} there. Is DATABASE_PREFIX right?")
    _write_whole(draft / MANIFEST, json.dumps(_manifest(moment, kept), indent=2).encode())
    draft.rename(to)
    return moment


def _manifest(moment: Timestamp, kept: Mapping[str, Mapping[str, Kept]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "cluster_time": [moment.time, moment.inc],
        "at": moment.as_datetime().isoformat(),
        "written_at": datetime.now(UTC).isoformat(),
        "services": {
            service: {name: asdict(each) for name, each in collections.items()} for service, collections in kept.items()
        },
    }


def _write(database: Database[dict[str, Any]], service: str, *, at: Timestamp, to: Path, keys: Keys) -> dict[str, Kept]:
    to.mkdir()
    personal = personal_collections(service)
    names = sorted(each for each in database.list_collection_names() if not each.startswith("system."))
    return {
        name: _write_collection(
            database, name, at=at, to=to / f"{name}.bson", as_kept=_sealing(name, personal.get(name), keys)
        )
        for name in names
    }


def _sealing(name: str, personal: Personal | None, keys: Keys) -> Callable[[bytes], bytes]:
    return partial(sealed, name=name, personal=personal, keys=keys) if personal else bytes


def _write_collection(
    database: Database[dict[str, Any]], name: str, *, at: Timestamp, to: Path, as_kept: Callable[[bytes], bytes]
) -> Kept:
    digest, count = hashlib.sha256(), 0
    with to.open("wb") as file:
        for document in _documents(database, name, at=at):
            raw = as_kept(bytes(document.raw))
            file.write(raw)
            digest.update(raw)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return Kept(file=f"{to.parent.name}/{to.name}", documents=count, sha256=digest.hexdigest())


def _documents(database: Database[dict[str, Any]], name: str, *, at: Timestamp) -> Iterator[RawBSONDocument]:
    """A collection as it stood at that moment."""
    asked = {"find": name, "readConcern": {"level": "snapshot", "atClusterTime": at}, "batchSize": 1000}
    try:
        raw = database.with_options(codec_options=_RAW)  # asked for twice: for the first documents, and for the others
        yield from raw.cursor_command(asked, codec_options=_RAW)
    except OperationFailure as failure:
        if failure.code != _SNAPSHOT_TOO_OLD:
            raise
        raise BackupRefused(
            "The backup took longer than the database keeps old moments. Raise its parameter "
            "minSnapshotHistoryWindowInSeconds (it is 300 by default), then try again."
        ) from failure


def _write_whole(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
