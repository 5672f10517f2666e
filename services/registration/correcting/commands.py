"""What can be put right about a person; each function is one transaction."""

from services.registration.correcting.domain import (
    CorrectedMeanwhile,
    Correction,
    Facts,
    KnownAlready,
    PersonUnknown,
    RegisteredTwice,
)
from services.registration.correcting.store import CORRECTIONS, registrations_of
from services.registration.people.domain import Contact, Person, correct_contact, identity_of
from services.registration.people.store import PEOPLE, one_person
from services.registration.prices.store import CONFERENCES
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.registration import ContactChanged
from shared.ids import new_id
from shared.mongo import Unit


@command(emits=[ContactChanged])
def correct_by_desk(
    unit: Unit,
    *,
    person: str,
    facts: Facts,
    reason: str,
    by: str,
    seen: int | None = None,
    is_same_person: bool = False,
) -> Person:
    """Correct what is known about a person, at once; what is right already changes nothing.

    `seen` is the version that the editor had before them, None if they say each fact that they mean.
    """
    known = known_person(unit, person)
    if seen not in (None, unit.version_of(PEOPLE, person)):
        raise CorrectedMeanwhile(
            f"The facts about {known.contact.name} were corrected since you opened this page. Nothing of yours was "
            "saved. Look at them as they are now, then correct what is still wrong."
        )
    return correct(unit, known, contact=facts.over(known.contact), by=by, reason=reason, is_same_person=is_same_person)


def correct(
    unit: Unit, known: Person, *, contact: Contact, by: str, reason: str, is_same_person: bool = False
) -> Person:
    """Save a correction beside what it corrects; raises `KnownAlready` or `RegisteredTwice`."""
    if contact == known.contact:
        return known
    twin = _twin(unit, known, contact)
    if twin is not None:
        _must_be_one(unit, known, twin, contact=contact, is_same_person=is_same_person)
    same_as = twin.id if twin else ""
    correction = Correction(
        id=new_id("cor"),
        person=known.id,
        at=unit.now,
        by=by,
        reason=reason,
        before=known.contact,
        after=contact,
        same_as=same_as,
    )
    unit.create(CORRECTIONS, Change(correction))
    return unit.save(PEOPLE, correct_contact(known, contact=contact, same_as=same_as))


def known_person(unit: Unit, id_: str) -> Person:
    """The person under this id; raises `PersonUnknown`."""
    known = unit.load(PEOPLE, id_)
    if known is None:
        raise PersonUnknown("There is nobody under this address. Nothing was changed.")
    return known


def _twin(unit: Unit, known: Person, contact: Contact) -> Person | None:
    """Somebody else who is known under the name and address that this person is to have."""
    identity = identity_of(contact)
    found = unit.find(PEOPLE, {"identity": identity}) if identity not in ("", known.identity) else []
    return next((each for each in found if each.id != known.id), None)


def _must_be_one(unit: Unit, known: Person, twin: Person, *, contact: Contact, is_same_person: bool) -> None:
    if not is_same_person:
        raise KnownAlready(
            f"Somebody else is known as {contact.name} under this e-mail address. Nothing was changed. If the two are "
            "one person, say so and save again; if not, look for the mistake in the name or the address.",
            person=twin.id,
        )
    mine = _live_conferences(unit, one_person(unit, known))
    twice = sorted(mine & _live_conferences(unit, one_person(unit, twin)))
    if twice:
        conference = unit.load(CONFERENCES, twice[0])
        raise RegisteredTwice(
            f"Both are registered for {conference.title if conference else twice[0]}, so one person would be there "
            "twice. Nothing was changed. One of the two registrations has to end first.",
            person=twin.id,
            conference=twice[0],
        )


def _live_conferences(unit: Unit, persons: list[str]) -> set[str]:
    found = registrations_of(unit.database, persons, session=unit.session)
    return {each.conference for each in found if each.is_live}
