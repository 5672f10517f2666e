"""What can be put right about a person; each function is one transaction."""

from dataclasses import dataclass, replace

from services.registration.correcting.domain import addresses
from services.registration.correcting.domain.addresses import AddressChange, State
from services.registration.correcting.domain.corrections import (
    AddressStillNeeded,
    CorrectedMeanwhile,
    Correction,
    Facts,
    KnownAlready,
    PersonUnknown,
    RegisteredTwice,
)
from services.registration.correcting.store import ADDRESS_CHANGES, CORRECTIONS, registrations_of
from services.registration.people.commands import hold
from services.registration.people.domain import Contact, Person, correct_contact, identity_of
from services.registration.people.store import PEOPLE, one_person
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration, RegistrationUnknown
from services.registration.registering.store import REGISTRATIONS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.registration import AddressChangeAsked, ContactChanged
from shared.ids import new_id
from shared.keys import PersonErased
from shared.sentences import marked
from shared.unit import Unit

THEMSELVES = "the registrant"
PROVED = "They opened the link that went to the new address."


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
    if known.is_erased:
        raise PersonErased("Who was erased stays so. Nothing was changed; who registers again is a new person.")
    _must_be_seen(unit, known, seen=seen)
    return correct(unit, known, contact=facts.over(known.contact), by=by, reason=reason, is_same_person=is_same_person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What a person's own correction has done: facts that count at once, and an address that has to be proved."""

    is_corrected: bool
    asked: AddressChange | None


@command(emits=[ContactChanged, AddressChangeAsked])
def correct_by_person(unit: Unit, *, registration: str, facts: Facts, seen: int | None = None) -> Corrected:
    """Correct one's own name, postal address and language at once, and ask for another e-mail address.

    What is asked replaces what was asked before. `seen` as in `correct_by_desk`.
    """
    attending = unit.load(REGISTRATIONS, registration)
    if attending is None:
        raise RegistrationUnknown("There is no such registration. Nothing was changed.")
    known = known_person(unit, attending.person)
    _must_be_seen(unit, known, seen=seen)
    email = known.contact.email
    if facts.has_no_email and email is not None:
        detail = marked("Please keep an e-mail address. If you want letters instead, ask us: answer any mail of ours.")
        raise AddressStillNeeded(f"{detail} Nothing was changed.", errors={"form": {"email": [detail]}})
    contact = replace(facts, email=None, has_no_email=False).over(known.contact)
    _must_be_nobody_else(unit, known, contact)
    corrected = correct(unit, known, contact=contact, by=THEMSELVES, reason="")
    asks = facts.email is not None and facts.email != email
    return Corrected(
        is_corrected=contact != known.contact,
        asked=_ask(unit, corrected, attending, email=str(facts.email)) if asks else None,
    )


@command(emits=[ContactChanged])
def prove_new_address(unit: Unit, *, change: str) -> AddressChange:
    """The link that went to a new address was opened: from now on it counts. It can be used once."""
    asked = addresses.must_wait(unit.load(ADDRESS_CHANGES, change), now=unit.now)
    known = known_person(unit, asked.person)
    contact = replace(known.contact, email=asked.email)
    _must_be_nobody_else(unit, known, contact)
    correct(unit, known, contact=contact, by=THEMSELVES, reason=PROVED)
    return unit.save(ADDRESS_CHANGES, addresses.proved(asked))


def correct(
    unit: Unit, known: Person, *, contact: Contact, by: str, reason: str, is_same_person: bool = False
) -> Person:
    """Save a correction beside what it corrects; raises `KnownAlready` or `RegisteredTwice`."""
    if contact == known.contact:
        return known
    twin = _twin(unit, known, contact)
    if twin is not None:
        _must_be_one(unit, known, twin, contact=contact, is_same_person=is_same_person)
        hold(unit, twin.id)
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
    if contact.email != known.contact.email:
        _replace_asked(unit, known.id)
    return unit.save(PEOPLE, correct_contact(known, contact=contact, same_as=same_as))


def known_person(unit: Unit, id_: str) -> Person:
    """The person under this id; raises `PersonUnknown`."""
    known = unit.load(PEOPLE, id_)
    if known is None:
        raise PersonUnknown("There is nobody under this address. Nothing was changed.")
    return known


def _must_be_seen(unit: Unit, known: Person, *, seen: int | None) -> None:
    if seen not in (None, unit.version_of(PEOPLE, known.id)):
        raise CorrectedMeanwhile(name=known.contact.name)


def _ask(unit: Unit, known: Person, registration: Registration, *, email: str) -> AddressChange:
    hold(unit, known.id)
    _replace_asked(unit, known.id)
    change = addresses.ask(
        new_id("adr"), person=known, registration=registration, email=email, now=unit.now, made_at=host_now()
    )
    return unit.create(ADDRESS_CHANGES, change)


def _replace_asked(unit: Unit, person: str) -> None:
    """What was asked for before holds no more; the index keeps two at once from being asked for."""
    for each in unit.find(ADDRESS_CHANGES, {"person": person, "kept_as": State.ASKED.value}):
        unit.save(ADDRESS_CHANGES, addresses.replaced(each))


def _must_be_nobody_else(unit: Unit, known: Person, contact: Contact) -> None:
    """To the person themselves nothing is said of somebody else's; the desk can look at both."""
    if _twin(unit, known, contact) is not None:
        raise KnownAlready(
            marked(
                "Somebody of this name is known to us under this e-mail address already. Nothing was changed. If that "
                "is you as well, please tell us: answer any mail of ours, and we put it right."
            )
        )


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
