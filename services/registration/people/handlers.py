"""What is heard of people."""

from services.registration.people.domain import Contact, Person, identity_of
from services.registration.people.store import PEOPLE
from shared.contracts.flow import consumes
from shared.contracts.scheduling import (
    SpeakerIntroduced,
)
from shared.mongo import Unit


@consumes(SpeakerIntroduced, needs=lambda e: [(PEOPLE, e.person)])
def know_speaker(event: SpeakerIntroduced, unit: Unit) -> None:
    """Keep who speaks under the id that scheduling gave them, so that they are the same person when they register.

    Who registered just before, and is somebody here already, stays who they are.
    """
    contact = Contact(name=event.name, email=event.email, postal_address=event.postal_address, language=event.language)
    identity = identity_of(contact)
    if identity and not unit.find(PEOPLE, {"identity": identity}):
        unit.add(PEOPLE, Person(id=event.person, identity=identity, contact=contact, is_introduced=True))
