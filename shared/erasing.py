"""Blanks what a service keeps of a person who was erased. Every service hears of it; registration, which says it, does
the same in the transaction that destroys the key."""

from typing import Any

import msgspec

from shared.collection import Collection
from shared.contracts.envelope import declared_events, encode
from shared.contracts.flow import consumes
from shared.contracts.registration import PersonErased
from shared.parts import manifest_of
from shared.unit import ARCHIVE, Unit

COLLECTIONS: tuple[Collection[Any], ...] = ()


@consumes(PersonErased)
def forget_person(event: PersonErased, unit: Unit) -> None:
    """Blank the names, addresses and words of somebody who was erased; ids, amounts and dates stay."""
    forget(unit, event.person)


def forget(unit: Unit, person: str) -> None:
    """Blank whatever this service keeps of a person, as its collections declare it; again it changes nothing."""
    unit.flush()  # what was decided so far may hold a name: it is blanked with the rest
    for collection in manifest_of(unit.database.service).collections:
        if collection.personal is not None:
            _blank(unit, collection, person)
    _blank_archive(unit, person)


def _blank(unit: Unit, collection: Collection[Any], person: str) -> None:
    assert collection.personal is not None
    kept = unit.of(collection)
    where = collection.personal.where(person)
    if collection.personal.is_removed:
        kept.delete_many(where, session=unit.session)
        return
    for document in list(kept.find(where, session=unit.session)):
        blank = collection.personal.blank(document, person)
        if blank:  # under a new version: who holds the old one can't write it back
            kept.update_one({"_id": document["_id"]}, {"$set": blank, "$inc": {"version": 1}}, session=unit.session)


def _blank_archive(unit: Unit, person: str) -> None:
    """What was said in clear, before there were keys."""
    archive = unit.of(ARCHIVE)
    for row in list(archive.find({"_id": {"$gt": f"{person}:", "$lt": f"{person};"}}, session=unit.session)):
        blank = _blanked(row["type"], row["data"])
        if blank is not None:
            archive.update_one({"_id": row["_id"]}, {"$set": {"data": blank}}, session=unit.session)


def _blanked(type_: str, data: bytes) -> bytes | None:
    """The data of an event without what they say in clear of a person; None where they say nothing in clear."""
    kind = next((each for each in declared_events() if each.type == type_ and each.personal), None)
    said = msgspec.json.decode(data, type=kind) if kind else None
    return encode(said.without_contact_data()) if said is not None and said.has_contact_data else None
