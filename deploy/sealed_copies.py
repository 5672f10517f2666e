"""Names and addresses in a backup: each document keeps them sealed with the keys of whose they are, blank beside it.

The keys are in no backup. So whoever is erased later is erased in every backup too, and putting one back doesn't bring
them back. Which fields these are, the collections declare (`shared.personal`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import bson
from bson.binary import Binary
from bson.codec_options import CodecOptions
from pymongo import MongoClient

from shared.contracts.registration import PersonErased
from shared.keys import KEYS, Keys
from shared.parts import manifest_of
from shared.personal import Personal, with_values
from shared.sealing import NotOpened, seal, unseal

SEALED = "sealed"
_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)


class KeysMissing(Exception):
    """The keys of whom a backup tells are not there, or are others; the message is meant for whoever sits there."""


def keys_of(client: MongoClient[dict[str, Any]], *, prefix: str) -> Keys:
    """The keys of an installation."""
    return Keys(client[f"{prefix}{KEYS}"][KEYS])


def personal_collections(service: str) -> dict[str, Personal]:
    """What is personal in a service's collections, by their names."""
    return {each.name: each.personal for each in manifest_of(service).collections if each.personal is not None}


def sealed(raw: bytes, *, name: str, personal: Personal, keys: Keys) -> bytes:
    """A document as a backup keeps it."""
    document = bson.decode(raw, _OPTIONS)
    facts = personal.facts(document)
    if not facts:
        return raw
    blanks: dict[str, Any] = {}
    copies: dict[str, Binary] = {}
    known = keys.find(facts)
    for person, values in facts.items():
        blanks |= dict.fromkeys(values) if personal.is_removed else personal.blank(document, person)
        key = known[person] if person in known else keys.make(person)
        if key is not None:
            copies[person] = Binary(seal(bson.encode(values), key=key, about=_about(name, person)))
    return bson.encode({**with_values(document, blanks), SEALED: copies})


def opened(raws: Sequence[bytes], *, name: str, personal: Personal, keys: Keys) -> list[bytes]:
    """Documents as they were, as far as nobody was erased since; what was wholly theirs is left out."""
    documents = [bson.decode(each, _OPTIONS) for each in raws]
    known = keys.find({person for each in documents for person in each.get(SEALED, {})})
    return [bson.encode(each) for each in _opened(documents, name=name, personal=personal, known=known)]


def _opened(
    documents: Iterable[dict[str, Any]], *, name: str, personal: Personal, known: Mapping[str, bytes | None]
) -> Iterable[dict[str, Any]]:
    for document in documents:
        copies: dict[str, bytes] = document.pop(SEALED, {})
        values: dict[str, Any] = {}
        for person, copy in copies.items():
            if person not in known:
                raise KeysMissing(f"There is no key of person {person}, of whom {name} tells.")
            key = known[person]
            if key is not None:
                values |= _facts(bytes(copy), key=key, name=name, person=person)
        if personal.is_removed and any(known[person] is None for person in copies):
            continue
        yield with_values(document, values)


def _facts(copy: bytes, *, key: bytes, name: str, person: str) -> dict[str, Any]:
    try:
        return bson.decode(unseal(copy, key=key, about=_about(name, person)), _OPTIONS)
    except NotOpened as error:
        raise KeysMissing(f"The key of person {person}, of whom {name} tells, is another one.") from error


def destroy_again(client: MongoClient[dict[str, Any]], *, prefix: str) -> None:
    """Destroy the keys of everybody who was erased, as registration has said: keys that are put back are older."""
    keys = keys_of(client, prefix=prefix)
    for row in client[f"{prefix}registration"]["events"].find({"type": PersonErased.type}, {"key": 1}):
        keys.destroy(row["key"])


def _about(name: str, person: str) -> str:
    return f"backup/{name}/{person}"
