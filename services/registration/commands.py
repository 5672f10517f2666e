"""What people ask of registration: set prices, register, choose. Each is one transaction."""

import itertools
import os
from dataclasses import replace

from services.registration.conferences import (
    CONFIRMING_GATE,
    Conference,
    ConferenceUnknown,
    RegistrationClosed,
    gate_id,
    must_be_open,
)
from services.registration.domain import Application, RegisteredAlready, Registration, RegistrationUnknown, submit
from services.registration.fees import Category, edited
from services.registration.people import identity_of, register_person
from services.registration.settlement import choose
from services.registration.store import CONFERENCES, GATES, PEOPLE, REGISTRATIONS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.registration import (
    PersonRegistered,
    RefundTerms,
    RegistrationConfirmed,
    RegistrationSubmitted,
    SettlementChosen,
    SettlementFixed,
)
from shared.ids import new_id
from shared.mongo import Unit

_turns = itertools.count(os.getpid())  # in turn, and not by chance: neighbours in time never meet at one gate


@command()
def set_fees(
    unit: Unit, *, conference: str, categories: tuple[Category, ...], terms: RefundTerms, seen: frozenset[str] | None
) -> Conference:
    """Set the prices and refund terms of a conference; what was sold keeps its own."""
    known = _known_conference(unit, conference)
    fees = edited(known.fees, categories=categories, terms=terms, seen=seen)
    if fees == known.fees:
        return known
    return unit.save(CONFERENCES, Change(replace(known, fees=fees)))


@command(emits=[PersonRegistered, RegistrationSubmitted, RegistrationConfirmed])
def submit_registration(unit: Unit, *, application: Application) -> Registration:
    """Register one person with their guests for one conference."""
    conference = _known_conference(unit, application.conference)
    fees = must_be_open(conference)
    category = fees.category(application.category)
    enter_gate(unit, conference)
    return unit.create(
        REGISTRATIONS,
        submit(
            new_id("reg"),
            order=new_id("ord"),
            person=_person(unit, application),
            conference=conference,
            fees=fees,
            category=category,
            tender=application.tender,
            guests=application.guests,
            now=unit.now,
        ),
    )


@command(emits=[SettlementChosen, SettlementFixed])
def choose_settlement(unit: Unit, *, registration: str, choice: str) -> Registration:
    """Choose what happens with the money after a cancellation; asking twice for the same changes nothing."""
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown("There is no such registration. Nothing was changed.")
    change = choose(known, choice=choice, now=unit.now)
    return unit.save(REGISTRATIONS, change) if change else known


def enter_gate(unit: Unit, conference: Conference) -> None:
    """Go through one of the conference's gates, or be refused because they are closed.

    The gate is written, not only read: two transactions that write the same document can't both be kept, so whoever
    closes the gates has waited for everyone who is in them.
    """
    gate = gate_id(conference.id, next(_turns) % CONFIRMING_GATE)
    if not unit.guard(GATES, {"_id": gate, "is_open": True}, {"$inc": {"entered_count": 1}}):
        raise RegistrationClosed(
            f"Registration for {conference.title} has just been closed. "
            "You were not registered, and nothing was charged.",
            conference=conference.id,
        )


def _known_conference(unit: Unit, id_: str) -> Conference:
    known = unit.load(CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown("No conference of this id has been announced. Nothing was changed.")
    return known


def _person(unit: Unit, application: Application) -> str:
    """The id of who registers: known by address and name, or new; raises `RegisteredAlready`."""
    identity = identity_of(application.person)
    known = unit.find(PEOPLE, {"identity": identity}) if identity else []
    if not known:
        return unit.create(PEOPLE, register_person(new_id("per"), contact=application.person)).id
    person = known[0].id
    if unit.find(REGISTRATIONS, {"conference": application.conference, "person": person}):
        raise RegisteredAlready(
            "Somebody with this name and e-mail address is registered for this conference already. They were not "
            "registered again, and nothing was charged; the link to the registration is in its mail."
        )
    return person
