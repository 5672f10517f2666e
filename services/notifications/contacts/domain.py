"""How a person is reached, who told of them, and what counts more when several have.

A person whom messages wait for has a place here before they are known.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum


class Source(StrEnum):
    """Who told us of a person. What people say of themselves when they register counts more than a speakers' list."""

    REGISTRATION = "registration"
    SCHEDULING = "scheduling"
    DESK = "desk"  # the desk of messages, where addresses were corrected until registration took that over


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a person is reached; without an e-mail address, by letter. Unknown until registration or scheduling told."""

    id: str
    name: str = ""
    email: str | None = None
    postal_address: tuple[str, ...] = ()
    language: str = "en"
    source: Source = Source.REGISTRATION
    is_known: bool = True
    is_awaited: bool = False  # messages wait for it

    @property
    def can_be_reached(self) -> bool:
        """Whether there is any way to write to them."""
        return bool(self.email or self.postal_address)


def learned(known: Contact | None, told: Contact) -> Contact:
    """The contact after somebody told of it: what scheduling says never replaces what registration said, unless
    registration's can't be written to at all."""
    if known is None or not known.is_known or told.source is Source.REGISTRATION:
        return told
    if known.source is not Source.SCHEDULING and known.can_be_reached:
        return known
    return told


def corrected(known: Contact | None, told: Contact, *, changed: Collection[str]) -> Contact:
    """The contact after registration corrected these of its facts; without any named, it may be all.

    An address that the desk of messages had typed stands until registration corrects that very one: nothing that
    staff have found out is lost because somebody else's name was misspelt.
    """
    if known is None or known.source is not Source.DESK or not changed or {"email", "postal_address"} <= set(changed):
        return told
    kept = {name: getattr(known, name) for name in ("email", "postal_address") if name not in changed}
    return replace(told, source=Source.DESK, **kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Something that messages waited for is known now, `key` as in their `waits_for`; or somebody was corrected."""

    id: str
    key: str


CORRECTED = "corrected:"


def corrected_key(person: str) -> str:
    """The key of the wake after somebody was corrected, for whose messages that have not left."""
    return f"{CORRECTED}{person}"
