"""People: who somebody is, told by e-mail address and name together.

Owns the identity of persons. An office address that several clerks share (town.clerk@...) is several persons; without
an address nobody can be recognised, so each such registration is a new person.
"""

from dataclasses import dataclass

from shared import identity
from shared.change import Change
from shared.contracts.registration import PersonRegistered


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How somebody calls themselves and can be reached; without an e-mail address, by letter."""

    name: str
    email: str | None
    postal_address: tuple[str, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody we know."""

    id: str
    identity: str  # empty for those who can't be recognised
    contact: Contact
    is_introduced: bool = False  # by scheduling, as somebody who speaks: there is something of theirs to see


def identity_of(contact: Contact) -> str:
    """What tells one person from another, however it was typed; empty without an e-mail address."""
    return identity.identity_of(name=contact.name, email=contact.email)


def register_person(id_: str, *, contact: Contact) -> Change[Person]:
    """A person is known from now on. Who is known already is never changed by an unsigned form."""
    known = PersonRegistered(
        person=id_,
        name=contact.name,
        email=contact.email,
        postal_address=contact.postal_address,
        language=contact.language,
    )
    return Change(Person(id=id_, identity=identity_of(contact), contact=contact), (known,))
