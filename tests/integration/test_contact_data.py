"""Contact data leave a service sealed: its archive shows nobody's name, those who may listen read it, and nobody does
once the key is gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import bson
import pytest

from services.notifications.contacts.store import CONTACTS
from shared.carrying import seal_archive
from shared.contracts.envelope import ERASED, Envelope, encode
from shared.contracts.registration import ContactChanged, PersonRegistered
from shared.keys import KeyMissing
from shared.stories import CannotHandle
from tests.integration.notifications_house import Town
from tests.integration.notifications_house import town as notifications_town
from tests.integration.registration_house import House, envelope, house
from tests.namespaces import Namespace
from tests.town import COMMITTEE

QUILL = {
    "name": "Zenobia Quillfeather",
    "email": "z.quillfeather@larchmere.example",
    "postal_address": ["7 Larchmere Lane", "Larchmere"],
    "language": "en",
}
WORDS = (b"Quillfeather", b"quillfeather", b"larchmere", b"Larchmere")


@pytest.fixture
def registration(namespace: Namespace) -> Iterator[House]:
    """A conference that is open, and nobody registered."""
    with house(namespace) as made:
        made.open_conference()
        yield made


@pytest.fixture
def notifications(namespace: Namespace, tmp_path: Path) -> Iterator[Town]:
    """The service that writes to people, with the same keys."""
    with notifications_town(namespace, tmp_path) as made:
        yield made


def archived(registration: House, kind: type[Any]) -> list[Envelope]:
    rows = registration.database.mongo["events"].find({"type": kind.type}).sort("_id", 1)
    own = ("id", "type", "key", "sequence", "time", "data", "correlation")
    return [Envelope(source="/registration", **{name: row[name] for name in own}) for row in rows]


def raw(registration: House) -> bytes:
    return b"".join(bson.encode(each) for each in registration.database.mongo["events"].find())


def test_the_archive_shows_nobodys_name_and_who_listens_reads_it(registration: House, notifications: Town) -> None:
    person = registration.register(person=QUILL)["person"]
    body = {"name": "Zenobia Quillfeather-Moss", "reason": "She called."}
    path = f"/registration/people/{person}/corrections"
    headers = {"Idempotency-Key": "moss"}
    assert registration.client.post(path, json=body, headers=headers, auth=COMMITTEE).status_code == 200

    notifications.hear_again(*archived(registration, PersonRegistered), *archived(registration, ContactChanged))

    contact = CONTACTS.state(notifications.database.mongo[CONTACTS.name].find_one({"_id": person}) or {})
    assert (contact.name, contact.email) == ("Zenobia Quillfeather-Moss", QUILL["email"])
    assert contact.postal_address == ("7 Larchmere Lane", "Larchmere")
    assert not [word for word in WORDS if word in raw(registration)]


def test_without_the_key_everybody_reads_that_they_were_erased(registration: House, notifications: Town) -> None:
    person = registration.register(person=QUILL)["person"]
    registration.database.keys.destroy(person)

    notifications.hear_again(*archived(registration, PersonRegistered))

    contact = CONTACTS.state(notifications.database.mongo[CONTACTS.name].find_one({"_id": person}) or {})
    assert (contact.name, contact.email, contact.postal_address) == (ERASED, None, ())


def test_nothing_is_said_any_more_of_who_was_erased(registration: House) -> None:
    person = registration.register(person=QUILL)["person"]
    registration.database.keys.destroy(person)
    body = {"name": "Zenobia Moss", "reason": "She called."}

    refused = registration.client.post(
        f"/registration/people/{person}/corrections", json=body, headers={"Idempotency-Key": "m"}, auth=COMMITTEE
    )

    assert refused.status_code == 409
    problem = cast(dict[str, Any], refused.json)
    assert problem["title"] == "This person was erased"
    assert "Nothing was changed" in problem["detail"]
    assert registration.said(ContactChanged) == []


def test_keys_of_another_installation_stop_the_story_and_not_the_person(
    registration: House, notifications: Town
) -> None:
    person = registration.register(person=QUILL)["person"]
    (key,) = registration.database.keys.kept.find({"_id": person})
    registration.database.keys.kept.delete_one({"_id": person})

    with pytest.raises(CannotHandle, match=KeyMissing.__name__):
        notifications.hear_again(*archived(registration, PersonRegistered))

    registration.database.keys.kept.insert_one(key)
    notifications.hear_again(*archived(registration, PersonRegistered))
    assert notifications.database.mongo[CONTACTS.name].find_one({"_id": person, "name": QUILL["name"]})


def test_migrate_seals_what_was_said_in_clear_and_it_is_read_as_before(
    registration: House, notifications: Town
) -> None:
    person = registration.register(person=QUILL)["person"]
    (said,) = registration.said(PersonRegistered)
    archive = registration.database.mongo["events"]
    archive.update_one({"type": PersonRegistered.type}, {"$set": {"data": encode(said)}})
    registration.database.keys.kept.delete_one({"_id": person})
    assert [word for word in WORDS if word in raw(registration)]

    assert (seal_archive(registration.database), seal_archive(registration.database)) == (1, 0)

    assert not [word for word in WORDS if word in raw(registration)]
    notifications.hear_again(*archived(registration, PersonRegistered))
    assert notifications.database.mongo[CONTACTS.name].find_one({"_id": person, "name": QUILL["name"]})


def test_what_was_said_in_clear_before_is_heard_as_ever(notifications: Town) -> None:
    said = PersonRegistered(person="per_old", name="Old Clerk", email="old@town.example", postal_address=())

    notifications.hear_again(envelope(said))

    assert notifications.database.mongo[CONTACTS.name].find_one({"_id": "per_old", "name": "Old Clerk"})
