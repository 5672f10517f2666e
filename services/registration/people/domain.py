"""People: who somebody is, told by e-mail address and name together, and how that is corrected.

Owns the identity of persons: who is corrected stays the same person. An office address that several clerks share
(town.clerk@...) is several persons; without an address nobody can be recognised, so each such registration is a new
person.
"""

from dataclasses import dataclass, replace

from shared import identity
from shared.change import Change
from shared.contracts.registration import ContactChanged, PersonRegistered

CONTACT_FIELDS = ("name", "email", "postal_address", "language")
FORMER_COUNT_MAX = 20  # identities of before that are kept; nobody is corrected so often


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
    introduced_for: str = ""  # the conference at which they do
    former: tuple[str, ...] = ()  # identities of before a correction
    is_erased: bool = False  # nothing says any more who they were
    same_as: str = ""  # the person known under the same name and address: both were found to be one human being


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


def changed_between(before: Contact, after: Contact) -> tuple[str, ...]:
    """Which of the four facts about somebody differ, by name."""
    return tuple(name for name in CONTACT_FIELDS if getattr(before, name) != getattr(after, name))


def correct_contact(person: Person, *, contact: Contact, same_as: str = "") -> Change[Person]:
    """From now on these are the facts about a person, who stays the same person.

    `same_as` is another person who is known under this name and address: they keep being found by it.
    """
    identity = "" if same_as else identity_of(contact)
    former = (*person.former, person.identity) if person.identity not in ("", identity) else person.former
    changed = changed_between(person.contact, contact)
    said = ContactChanged(
        person=person.id,
        name=contact.name,
        email=contact.email,
        postal_address=contact.postal_address,
        language=contact.language,
        changed=changed,
        name_before=person.contact.name if "name" in changed else "",
    )
    corrected = replace(
        person,
        contact=contact,
        identity=identity,
        former=tuple(each for each in former if each != identity)[-FORMER_COUNT_MAX:],
        same_as=same_as or person.same_as,
    )
    return Change(corrected, (said,))
