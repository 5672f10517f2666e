"""What the programme hears: who is known already, so that a speaker who is a delegate is one person."""

from dataclasses import replace

from services.scheduling.programme.domain.people import Identity, Person
from services.scheduling.programme.domain.programme import Edit
from services.scheduling.programme.store.programme import IDENTITIES, PEOPLE, SPEAKERS
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import ContactChanged, PersonRegistered
from shared.identity import identity_hash
from shared.unit import Unit


@consumes(PersonRegistered, needs=lambda event: [(PEOPLE, event.person)])
def know_person(event: PersonRegistered, unit: Unit) -> None:
    """Keep a name, and a hash by which the person is found again when they are to speak."""
    _know(event, unit)


@consumes(ContactChanged, needs=lambda event: [(PEOPLE, event.person), (SPEAKERS, event.person)])
def know_person_anew(event: ContactChanged, unit: Unit) -> None:
    """Keep the name as it is now; the person is found by the old address and name as well as by the new.

    A speaker's public name follows, unless the committee has given them another one there.
    """
    _know(event, unit)
    speaker = unit.load(SPEAKERS, event.person)
    if speaker is not None and event.name_before and speaker.name == event.name_before:
        edit = Edit(by="the registration desk", at=unit.now, what="the name")
        unit.save(SPEAKERS, Change(replace(speaker, name=event.name, edit=edit)))


def _know(event: PersonRegistered | ContactChanged, unit: Unit) -> None:
    unit.save(PEOPLE, Change(Person(id=event.person, name=event.name)))
    hash_ = identity_hash(name=event.name, email=event.email)
    if hash_:
        unit.add(IDENTITIES, Identity(id=hash_, person=event.person))
