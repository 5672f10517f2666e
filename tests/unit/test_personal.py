"""What is personal in a document is found, sealed for a backup, blank once somebody was erased; nothing else moves."""

from typing import Any

import bson
import pytest

from deploy.sealed_copies import KeysMissing, opened, sealed
from services.notifications.messages.store.documents import MESSAGES
from services.registration.parts import MANIFEST
from services.registration.registering.store import REGISTRATIONS
from services.scheduling.call.store import PROPOSALS, WITHDRAWALS
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.personal import Named, OfOne
from shared.sealing import new_key

PERSON = {"_id": "per_1", "contact": {"name": "Zoë Quill", "email": "z@q.example", "language": "fr"}, "version": 3}
CONTACT = OfOne("_id", {"contact.name": ERASED, "contact.email": None, "contact.postal_address": []})
RELEASE = {
    "_id": "rel_1",
    "entries": [{"title": "Opening", "parts": [{"person": "per_1", "name": "Zoë Quill"}]}],
    "differences": [{"before": None, "after": {"parts": [{"person": "per_2", "name": "Tom Moss"}]}}],
}
PARTS = Named(("entries", "differences"), ("entries.parts.person",))
IDENTITY = OfOne("person", is_removed=True)


class HeldKeys:
    """Keys in memory, as `shared.keys` has them in a database."""

    def __init__(self, **known: bytes | None) -> None:
        self.known: dict[str, bytes | None] = known

    def find(self, subjects: Any) -> dict[str, bytes | None]:
        return {each: self.known[each] for each in subjects if each in self.known}

    def make(self, subject: str) -> bytes:
        key = new_key()
        self.known[subject] = key
        return key


def kept(document: dict[str, Any], personal: Any, keys: Any) -> bytes:
    return sealed(bson.encode(document), name="things", personal=personal, keys=keys)


def put_back(raw: bytes, personal: Any, keys: Any) -> list[dict[str, Any]]:
    return [bson.decode(each) for each in opened([raw], name="things", personal=personal, keys=keys)]


@pytest.mark.parametrize(("document", "personal"), [(PERSON, CONTACT), (RELEASE, PARTS)])
def test_a_backup_shows_nobody_and_comes_back_as_it_was(document: dict[str, Any], personal: Any) -> None:
    keys = HeldKeys()

    raw = kept(document, personal, keys)

    assert not any(word.encode() in raw for word in ("Quill", "Moss", "z@q.example"))
    assert put_back(raw, personal, keys) == [document]


def test_who_was_erased_since_does_not_come_back() -> None:
    keys = HeldKeys()
    raw = kept(RELEASE, PARTS, keys)

    keys.known["per_1"] = None

    (back,) = put_back(raw, PARTS, keys)
    assert back["entries"][0]["parts"] == [{"person": "per_1", "name": ERASED}]
    assert back["differences"][0]["after"]["parts"] == [{"person": "per_2", "name": "Tom Moss"}]


def test_what_is_wholly_theirs_goes_with_them() -> None:
    keys = HeldKeys()
    raw = kept({"_id": "a hash", "person": "per_1"}, IDENTITY, keys)

    assert put_back(raw, IDENTITY, keys) == [{"_id": "a hash", "person": "per_1"}]
    keys.known["per_1"] = None
    assert put_back(raw, IDENTITY, keys) == []


def test_without_the_keys_nobody_is_taken_for_erased() -> None:
    raw = kept(PERSON, CONTACT, HeldKeys())

    with pytest.raises(KeysMissing, match="no key of person per_1"):
        put_back(raw, CONTACT, HeldKeys())


def test_blank_already_is_not_sealed_again() -> None:
    blank = {"_id": "per_1", "contact": {"name": ERASED, "email": None, "language": "fr"}, "version": 4}

    assert kept(blank, CONTACT, HeldKeys(per_1=None)) == bson.encode(blank)


def test_a_state_of_before_lacks_a_field_and_gets_none() -> None:
    assert CONTACT.blank(PERSON, "per_1") == {"contact.name": ERASED, "contact.email": None}


FREE_TEXT: list[tuple[Collection[Any], dict[str, Any], dict[str, Any]]] = [
    (REGISTRATIONS, {"guests": [], "left": {"reason": "Zenobia is ill", "by": "Helen"}}, {"left.reason": ""}),
    (
        PROPOSALS,
        {
            "note": "Call me on 555 0100",
            "decisions": [{"is_accepted": False, "remark": "Dear Zenobia"}],
            "reviews": [{"opinion": {"score": 4, "comment": "Zenobia!"}, "earlier": [{"score": 2, "comment": "Z?"}]}],
        },
        {
            "note": "",
            "decisions": [{"is_accepted": False, "remark": ""}],
            "reviews": [{"opinion": {"score": 4, "comment": ""}, "earlier": [{"score": 2, "comment": ""}]}],
        },
    ),
    (WITHDRAWALS, {"outcome": "Zenobia's talk goes to Tom"}, {"outcome": ""}),
    (
        MESSAGES,
        {"address": "", "facts": {}, "state": "told", "reason": "Zenobia, by phone, 555 0100"},
        {"reason": ""},
    ),
]


@pytest.mark.parametrize(("collection", "document", "blank"), FREE_TEXT, ids=lambda each: getattr(each, "name", ""))
def test_what_staff_and_speakers_wrote_goes_with_whom_it_is_about(
    collection: Collection[Any], document: dict[str, Any], blank: dict[str, Any]
) -> None:
    assert collection.personal is not None

    assert collection.personal.blank(document, "per_1") == blank


def test_why_a_mail_came_back_stays() -> None:
    bounced = {"address": "", "facts": {}, "state": "bounced", "reason": "550 5.1.1"}
    assert MESSAGES.personal is not None

    assert MESSAGES.personal.blank(bounced, "per_1") == {}


def test_nothing_is_blank_that_was_never_there() -> None:
    assert REGISTRATIONS.personal is not None

    assert REGISTRATIONS.personal.blank({"guests": [], "left": None}, "per_1") == {}


def test_blanks_fit_the_states_that_they_stand_in() -> None:
    """Every collection of registration that is personal can be read when all of it is blank."""
    personal = {each.name for each in MANIFEST.collections if each.personal is not None}

    assert personal == {"people", "payers", "corrections", "address_changes", "proofs", "registrations"}
