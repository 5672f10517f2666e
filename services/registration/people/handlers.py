"""What is heard of people."""

from services.registration.people.commands import hold
from services.registration.people.domain import Contact, Person, identity_of
from services.registration.people.store import PEOPLE
from shared.contracts.flow import consumes
from shared.contracts.scheduling import (
    SpeakerIntroduced,
)
from shared.unit import Unit


@consumes(SpeakerIntroduced, needs=lambda e: [(PEOPLE, e.person)])
def know_speaker(event: SpeakerIntroduced, unit: Unit) -> None:
    """Keep who speaks under the id that scheduling gave them, so that they are the same person when they register.

    Who registered just before, and is somebody here already, stays who they are; the id that scheduling gave is then
    another one of the same person.
    """
    contact = Contact(name=event.name, email=event.email, postal_address=event.postal_address, language=event.language)
    identity = identity_of(contact)
    known = unit.find(PEOPLE, {"identity": identity}) if identity else []
    hold(unit, *(each.id for each in known))
    introduced = Person(
        id=event.person,
        identity="" if known else identity,
        contact=contact,
        is_introduced=True,
        introduced_for=event.conference,
        same_as=known[0].id if known and known[0].id != event.person else "",
    )
    unit.add(PEOPLE, introduced)
