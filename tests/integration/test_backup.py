"""A backup of all four databases: of one moment, whole or not at all, and put back only where that can be right."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from deploy import backup, restore
from deploy.backup import BackupRefused
from deploy.restore import BATCH_SIZE, RestoreRefused
from shared.mongo import UNDER_RESTORE, Database
from shared.sealing import new_key
from shared.settings import SERVICES
from tests.namespaces import Namespace
from tests.town import settings_for

DOCUMENT_COUNT = 3_000  # more than one read takes


@dataclass
class Installation:
    """Four databases in which the same is written at once, so that a backup of two moments would show."""

    url: str
    prefix: str
    client: MongoClient[dict[str, Any]]

    def database(self, service: str) -> Any:
        return self.client[f"{self.prefix}{service}"]

    def write_everywhere(self, number: int) -> None:
        with self.client.start_session() as session, session.start_transaction():
            for service in SERVICES:
                where = {"_id": f"d{number % DOCUMENT_COUNT:05}"}
                self.database(service)["things"].update_one(where, {"$set": {"number": number}}, session=session)

    def contents(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        return {
            service: {
                name: list(self.database(service)[name].find().sort("_id", 1))
                for name in self.database(service).list_collection_names()
            }
            for service in SERVICES
        }


@pytest.fixture
def installation(namespace: Namespace) -> Iterator[Installation]:
    """Four databases with something in them, and an empty collection each."""
    settings = settings_for("payments", namespace)
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url, w="majority")
    made = Installation(settings.mongo_url, settings.database_prefix, client)
    for service in SERVICES:
        made.database(service)["things"].insert_many([{"_id": f"d{each:05}"} for each in range(DOCUMENT_COUNT)])
        made.database(service).create_collection("empty")
    yield made
    client.close()


def back_up(installation: Installation, folder: Path) -> Path:
    backup.back_up(installation.url, prefix=installation.prefix, to=folder / "kept")
    return folder / "kept"


def put_back(installation: Installation, folder: Path, *, replaces: bool = True) -> None:
    restore.restore(installation.url, prefix=installation.prefix, of=folder, replaces=replaces)


def test_a_backup_is_of_one_moment_in_all_four_databases(installation: Installation, tmp_path: Path) -> None:
    over, written = threading.Event(), threading.Event()

    def write_on() -> None:
        number = 0
        while not over.is_set():
            installation.write_everywhere(number)
            number += 1
            written.set()

    writing = threading.Thread(target=write_on)
    writing.start()
    assert written.wait(20), "nothing was written"
    kept = back_up(installation, tmp_path)
    over.set()
    writing.join()

    put_back(installation, kept)

    things = [installation.contents()[service]["things"] for service in SERVICES]
    assert things[0] == things[1] == things[2] == things[3]
    assert any("number" in each for each in things[0])


def test_what_was_backed_up_is_put_back_to_the_letter(installation: Installation, tmp_path: Path) -> None:
    before = installation.contents()
    kept = back_up(installation, tmp_path)
    installation.write_everywhere(7)
    installation.database("payments")["later"].insert_one({"of": "no backup"})

    put_back(installation, kept)

    assert installation.contents() == before


def test_a_file_that_is_not_whole_is_refused_before_anything_is_touched(
    installation: Installation, tmp_path: Path
) -> None:
    kept = back_up(installation, tmp_path)
    before = installation.contents()
    file = kept / "payments" / "things.bson"
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    with pytest.raises(RestoreRefused, match=r"things\.bson is missing or not what.*Nothing was touched"):
        put_back(installation, kept)
    file.unlink()
    with pytest.raises(RestoreRefused, match=r"things\.bson is missing"):
        put_back(installation, kept)
    assert installation.contents() == before


def test_databases_that_are_there_are_given_up_only_when_told_so(installation: Installation, tmp_path: Path) -> None:
    kept = back_up(installation, tmp_path)
    installation.write_everywhere(7)
    before = installation.contents()

    with pytest.raises(RestoreRefused, match="say --replace"):
        put_back(installation, kept, replaces=False)
    assert installation.contents() == before


@pytest.mark.parametrize("key", [None, new_key()], ids=["missing", "of another installation"])
def test_a_backup_whose_keys_are_not_there_is_refused_before_anything_is_touched(
    installation: Installation, tmp_path: Path, key: bytes | None
) -> None:
    """The keys of the first and of the last person of the last service: whatever comes before is not touched either."""
    for service, name in (("scheduling", "people"), ("notifications", "contacts")):
        people = [{"_id": f"per_{each:05}", "name": f"Zenobia Quill {each}"} for each in range(2 * BATCH_SIZE)]
        installation.database(service)[name].insert_many(people)
    kept, held = back_up(installation, tmp_path), installation.database("keys")["keys"]
    last = f"per_{2 * BATCH_SIZE - 1:05}"
    before, whole = installation.contents(), held.find_one({"_id": last})
    assert whole is not None
    held.delete_one({"_id": last})
    if key is not None:
        held.insert_one({"_id": last, "key": key})

    with pytest.raises(RestoreRefused) as refused:
        put_back(installation, kept)

    said = str(refused.value)
    assert last in said
    assert f"Nothing was touched. Put the database {installation.prefix}keys back first" in said
    assert installation.contents() == before
    held.replace_one({"_id": last}, whole, upsert=True)
    put_back(installation, kept)
    assert installation.contents() == before


def test_nothing_is_put_back_under_a_service_that_is_connected(installation: Installation, tmp_path: Path) -> None:
    kept = back_up(installation, tmp_path)
    database = Database(installation.url, name=f"{installation.prefix}payments", service="payments")
    database.mongo["things"].find_one()

    with pytest.raises(RestoreRefused, match=r"payments: services are connected.*stop all four"):
        put_back(installation, kept)
    database.close()


def test_a_restore_that_was_broken_off_lets_no_service_start_until_it_is_done_again(
    installation: Installation, tmp_path: Path
) -> None:
    kept = back_up(installation, tmp_path)
    installation.database("payments").create_collection(UNDER_RESTORE)
    name = f"{installation.prefix}payments"

    starting = Database(installation.url, name=name, service="payments")
    with pytest.raises(SystemExit, match=r"may hold half of one\. payments was not started"):
        starting.prepare([])
    starting.close()
    with pytest.raises(BackupRefused, match="half of a backup"):
        backup.back_up(installation.url, prefix=installation.prefix, to=tmp_path / "another")

    put_back(installation, kept)
    started = Database(installation.url, name=name, service="payments")
    started.prepare([])
    started.close()


def test_a_backup_never_takes_the_place_of_another(installation: Installation, tmp_path: Path) -> None:
    kept = back_up(installation, tmp_path)
    manifest = json.loads((kept / "manifest.json").read_text())

    with pytest.raises(BackupRefused, match="is there already"):
        back_up(installation, tmp_path)
    assert json.loads((kept / "manifest.json").read_text()) == manifest


def test_no_backup_is_made_of_databases_that_are_not_there(installation: Installation, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="Is DATABASE_PREFIX right"):
        backup.back_up(installation.url, prefix="nobodys_", to=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_without_an_address_the_commands_say_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.main([str(tmp_path / "kept")], {}) == 2
    assert restore.main([str(tmp_path / "kept")], {}) == 2
    said = capsys.readouterr().err
    assert "Nothing was written" in said
    assert "Nothing was touched" in said
