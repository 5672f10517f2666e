"""What is learned about people: from themselves when they register, else from a programme's list of speakers."""

from dataclasses import replace

from services.notifications.contacts.commands import wake
from services.notifications.contacts.domain import Contact, Source, corrected, corrected_key, learned
from services.notifications.contacts.store import CONTACTS, WAKES
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import (
    ContactChanged,
    PayerIntroduced,
    PersonRegistered,
)
from shared.contracts.scheduling import (
    SpeakerIntroduced,
)
from shared.unit import Unit


@consumes(PersonRegistered, needs=lambda event: [(CONTACTS, event.person)], starts=[WAKES])
def learn_contact(event: PersonRegistered, unit: Unit) -> None:
    """Learns how a person is reached; messages that waited for it are written."""
    _keep_contact(event, unit, id_=event.person)


@consumes(PayerIntroduced, needs=lambda event: [(CONTACTS, event.payer)], starts=[WAKES])
def learn_payer(event: PayerIntroduced, unit: Unit) -> None:
    """Learns how somebody who pays for several people is reached."""
    _keep_contact(event, unit, id_=event.payer)


@consumes(ContactChanged, needs=lambda event: [(CONTACTS, event.person)], starts=[WAKES])
def change_contact(event: ContactChanged, unit: Unit) -> None:
    """Learns how a person is reached from now on; what has not left yet is written anew and goes there."""
    known = unit.load(CONTACTS, event.person)
    contact = corrected(known, _told(event, id_=event.person), changed=event.changed)
    unit.save(CONTACTS, Change(contact))
    if known and known.is_awaited:
        wake(unit, f"person:{event.person}")
    if known and known.is_known and replace(known, source=contact.source, is_awaited=False) != contact:
        wake(unit, corrected_key(event.person))


@consumes(SpeakerIntroduced, needs=lambda event: [(CONTACTS, event.person)], starts=[WAKES])
def learn_speaker(event: SpeakerIntroduced, unit: Unit) -> None:
    """Learns how a speaker is reached whom registration hasn't told of; what registration tells counts more."""
    _keep_contact(event, unit, id_=event.person, source=Source.SCHEDULING)


def _keep_contact(
    event: PersonRegistered | PayerIntroduced | SpeakerIntroduced,
    unit: Unit,
    *,
    id_: str,
    source: Source = Source.REGISTRATION,
) -> None:
    known = unit.load(CONTACTS, id_)
    unit.save(CONTACTS, Change(learned(known, _told(event, id_=id_, source=source))))
    if known and known.is_awaited:
        wake(unit, f"person:{id_}")


def _told(
    event: PersonRegistered | PayerIntroduced | ContactChanged | SpeakerIntroduced,
    *,
    id_: str,
    source: Source = Source.REGISTRATION,
) -> Contact:
    return Contact(
        id=id_,
        name=event.name,
        email=event.email,
        postal_address=event.postal_address,
        language=event.language,
        source=source,
    )
