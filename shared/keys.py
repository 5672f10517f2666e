"""The keys that contact data are sealed with: one per person or payer, in a database beside those of the services.

When somebody is erased their key is destroyed: events, topics and backups that hold what was sealed stay as they are,
and nobody can read it any more. A backup of the services never holds a key. Who was erased is kept, so that nobody is
given a second key under the same id.
"""

from collections.abc import Iterable
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.clock import host_now
from shared.problem import Refusal
from shared.sealing import new_key

KEYS = "keys"


class PersonErased(Refusal):
    """Contact data would be said of somebody who was erased."""

    title = "This person was erased"


class KeyMissing(LookupError):
    """There is neither a key of somebody nor a word that they were erased: the keys are not those of these data."""


class Keys:
    """The keys of all services; each makes those of whom it introduces, and only registration destroys any."""

    def __init__(self, kept: Collection[dict[str, Any]]) -> None:
        self.kept = kept

    def make(self, subject: str, *, session: ClientSession | None = None) -> bytes:
        """The key of a person, made if there is none yet; raises `PersonErased`."""
        made = {"$setOnInsert": {"key": new_key()}}
        document: dict[str, Any] = self.kept.find_one_and_update(
            {"_id": subject}, made, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )  # type: ignore[assignment]  # there always is one after it
        if not document.get("key"):
            raise PersonErased(
                f"Person {subject} was erased, so nothing about them can be written down any more. Nothing was changed."
            )
        return bytes(document["key"])

    def find(self, subjects: Iterable[str], *, session: ClientSession | None = None) -> dict[str, bytes | None]:
        """The keys of these persons; None for who was erased, nothing for who has none."""
        found = self.kept.find({"_id": {"$in": list(set(subjects))}}, session=session)
        return {each["_id"]: each.get("key") for each in found}

    def key_of(self, subject: str) -> bytes | None:
        """The key of one person, None for who was erased; raises `KeyMissing`."""
        return key_in(self.find([subject]), subject)

    def destroy(self, subject: str, *, session: ClientSession | None = None) -> None:
        """Nobody reads what was sealed for this person any more; again it changes nothing."""
        gone = {"$unset": {"key": ""}, "$min": {"erased_at": host_now()}}
        self.kept.update_one({"_id": subject}, gone, upsert=True, session=session)


def key_in(found: dict[str, bytes | None], subject: str) -> bytes | None:
    """The key among those found, None for who was erased; raises `KeyMissing`."""
    if subject not in found:
        raise KeyMissing(f"there is no key of {subject}: put the keys of these databases back, then try again")
    return found[subject]
