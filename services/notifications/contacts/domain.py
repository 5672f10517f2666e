"""How a person is reached, who told of them, and what counts more when several have.

A person whom messages wait for has a place here before they are known.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.change import Change
from shared.problem import Refusal


class Source(StrEnum):
    """Who told us of a person. What people say of themselves when they register counts more than a speakers' list."""

    REGISTRATION = "registration"
    SCHEDULING = "scheduling"
    DESK = "desk"  # somebody corrected it there


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
    registration's can't be written to at all. What a desk has corrected stands until registration's next word."""
    if known is None or not known.is_known or told.source is Source.REGISTRATION:
        return told
    if known.source is not Source.SCHEDULING and known.can_be_reached:
        return known
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Something that messages waited for is known now: `key` as in their `waits_for`."""

    id: str
    key: str


class NobodyKnown(Refusal):
    """An address belongs to somebody."""

    title = "Nobody is known under this id"


def correct_address(
    contact: Contact | None, *, email: str | None = None, postal_address: tuple[str, ...] = ()
) -> Change[Contact]:
    """From now on this is how the person is reached, until they say otherwise themselves."""
    if contact is None or not contact.is_known:
        raise NobodyKnown("Nobody has told us yet who this is. No address was kept and nothing was changed.")
    return Change(
        replace(
            contact,
            email=email or contact.email,
            postal_address=postal_address or contact.postal_address,
            source=Source.DESK,
        )
    )
