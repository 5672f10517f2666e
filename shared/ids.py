"""Ids: made once, sortable by time, and the digest by which two services compare a set of them."""

import hashlib
from collections.abc import Iterable

import uuid_utils

PAYER = "pyr"  # of who pays for several people, and attends nothing


def new_id(prefix: str) -> str:
    """A new id such as `reg_0198c2…`, sortable by the time it was made."""
    return f"{prefix}_{uuid_utils.uuid7().hex}"


def is_payer(id_: str) -> bool:
    """Whether this is who pays for several people: what they are told is about an order, and not about a person."""
    return id_.startswith(f"{PAYER}_")


def new_event_id() -> str:
    """A UUIDv7, as CloudEvents' `id`."""
    return str(uuid_utils.uuid7())


def digest_of(ids: Iterable[str]) -> str:
    """The SHA-256 of the sorted ids, one a line: equal for equal sets, whoever counts them."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
