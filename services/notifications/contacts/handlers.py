"""What is learned about people: from themselves when they register, else from a programme's list of speakers."""

from services.notifications.contacts.commands import wake
from services.notifications.contacts.domain import Contact, Source, learned
from services.notifications.contacts.store import CONTACTS, WAKES
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import (
    ContactChanged,
    PersonRegistered,
)
from shared.contracts.scheduling import (
    SpeakerIntroduced,
)
from shared.mongo import Unit


@consumes(PersonRegistered, needs=lambda event: [(CONTACTS, event.person)], starts=[WAKES])
def learn_contact(event: PersonRegistered, unit: Unit) -> None:
    """Learns how a person is reached; messages that waited for it are written."""
    _keep_contact(event, unit)


@consumes(ContactChanged, needs=lambda event: [(CONTACTS, event.person)], starts=[WAKES])
def change_contact(event: ContactChanged, unit: Unit) -> None:
    """Learns how a person is reached from now on."""
    _keep_contact(event, unit)


@consumes(SpeakerIntroduced, needs=lambda event: [(CONTACTS, event.person)], starts=[WAKES])
def learn_speaker(event: SpeakerIntroduced, unit: Unit) -> None:
    """Learns how a speaker is reached whom registration hasn't told of; what registration tells counts more."""
    _keep_contact(event, unit, source=Source.SCHEDULING)


def _keep_contact(
    event: PersonRegistered | ContactChanged | SpeakerIntroduced, unit: Unit, *, source: Source = Source.REGISTRATION
) -> None:
    known = unit.load(CONTACTS, event.person)
    told = Contact(
        id=event.person,
        name=event.name,
        email=event.email,
        postal_address=event.postal_address,
        language=event.language,
        source=source,
    )
    unit.save(CONTACTS, Change(learned(known, told)))
    if known and known.is_awaited:
        wake(unit, f"person:{event.person}")
