"""Registering several people for one payer, in one transaction: all of them and all their places, or nobody."""

from collections.abc import Mapping

from services.registration.groups.domain import NOBODY, Attendee, Group, OrderUnknown, Placed, must_be_new, must_fit
from services.registration.payers import commands as payers
from services.registration.payers.domain import introduce, payer_identity
from services.registration.payers.store import ORDERS, PAYERS
from services.registration.people.commands import hold
from services.registration.people.domain import Person, identity_of, register_person
from services.registration.people.store import PEOPLE
from services.registration.prices.commands.fee_tables import known_conference
from services.registration.prices.commands.places import take_places
from services.registration.prices.domain.chargeable import must_be_chargeable_together
from services.registration.prices.domain.conferences import Conference, must_be_open
from services.registration.prices.domain.fees import FeeTable, Option, must_be_seen
from services.registration.registering.commands import enter_gate, free_for, let_hold_end
from services.registration.registering.domain.admission import must_be_admitted
from services.registration.registering.domain.registrations import Registration, Tender, placed, submit
from services.registration.registering.store import REGISTRATIONS, registered_for
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.registration import (
    LinkAsked,
    OrderPlaced,
    PayerIntroduced,
    PersonRegistered,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.ids import PAYER, new_id
from shared.unit import Unit
from shared.web.renewing import ASKED_LINKS, AskedLink


@command(
    emits=[PayerIntroduced, PersonRegistered, RegistrationSubmitted, RegistrationConfirmed, OrderPlaced],
    starts=[REGISTRATIONS],
)
def register_together(unit: Unit, *, group: Group, is_by_committee: bool = False) -> Placed:
    """Register several people for one conference, on one order that one payer pays."""
    conference = known_conference(unit, group.conference)
    fees = must_be_open(conference, now=unit.now)
    must_be_seen(fees, group.seen, currency=conference.currency)
    must_fit(group)
    known = _known_people(unit, group)
    registered = _registered(unit, conference, known=known)
    must_be_new(group.people, known=known, registered=registered, is_by_committee=is_by_committee)
    _must_be_sold(group, conference=conference, fees=fees, is_by_committee=is_by_committee)
    enter_gate(unit, conference)
    hold(unit, *(each.id for each in known.values()))
    payer = _payer(unit, group)
    order = new_id("ord")
    changes = [
        _submitted(unit, each, group=group, conference=conference, fees=fees, known=known, order=order, payer=payer)
        for each in group.people
    ]
    take_places(unit, conference, [option for _, options in changes for option in options], fees=fees)
    registrations = [unit.create(REGISTRATIONS, change) for change, _ in changes]
    for each in registrations:
        let_hold_end(unit, each)
    return Placed(
        order=unit.create(ORDERS, placed(*registrations, payer=payer)),
        total_minor=sum(each.total_minor for each in registrations),
        currency=conference.currency,
        tender=group.tender,
    )


@command(emits=[LinkAsked])
def ask_for_link(unit: Unit, *, order: str) -> AskedLink:
    """Send a new link to the page of an order of several to whoever pays it."""
    known = unit.load(ORDERS, order)
    if known is None:
        raise OrderUnknown("There is no such order. Nothing was sent.")
    asked = AskedLink(id=new_id("ask"), person=known.payer, made_at=host_now())
    said = LinkAsked(asked=asked.id, person=known.payer, conference=known.conference, kind="several", about=order)
    return unit.create(ASKED_LINKS, Change(asked, (said,)))


def _must_be_sold(group: Group, *, conference: Conference, fees: FeeTable, is_by_committee: bool) -> None:
    """Everybody may have the price that is asked for, and a card can be charged with all of them together."""
    for each in group.people:
        category = fees.category(each.category)
        must_be_admitted(category, conference=conference.id, invitation=None, is_by_committee=is_by_committee)
        fees.chosen(each.options)
    if group.tender is Tender.CARD:
        total_minor = sum(
            fees.total_minor(each.category, options=each.options, guest_count=len(each.guests)) for each in group.people
        )
        must_be_chargeable_together(total_minor, currency=conference.currency)


def _submitted(
    unit: Unit,
    attendee: Attendee,
    *,
    group: Group,
    conference: Conference,
    fees: FeeTable,
    known: Mapping[str, Person],
    order: str,
    payer: str,
) -> tuple[Change[Registration], tuple[Option, ...]]:
    person = known.get(identity_of(attendee.person))
    if person is None:
        person = unit.create(PEOPLE, register_person(new_id("per"), contact=attendee.person))
    options = free_for(unit, conference, fees.chosen(attendee.options), person=person.id, undone=NOBODY)
    change = submit(
        new_id("reg"),
        order=order,
        person=person.id,
        payer=payer,
        conference=conference,
        fees=fees,
        category=fees.category(attendee.category),
        tender=group.tender,
        guests=attendee.guests,
        now=unit.now,
        options=options,
    )
    return change, options


def _payer(unit: Unit, group: Group) -> str:
    """Who pays, known by name and both addresses, or new."""
    known = unit.find(PAYERS, {"identity": payer_identity(group.payer)})
    if not known:
        return unit.create(PAYERS, introduce(new_id(PAYER), bill_to=group.payer)).id
    payers.hold(unit, known[0])
    return known[0].id


def _known_people(unit: Unit, group: Group) -> dict[str, Person]:
    """Those of them whom we know, by what tells them from others."""
    identities = [identity for each in group.people if (identity := identity_of(each.person))]
    return {each.identity: each for each in unit.find(PEOPLE, {"identity": {"$in": identities}})}


def _registered(unit: Unit, conference: Conference, *, known: Mapping[str, Person]) -> frozenset[str]:
    """Those who are registered for this conference."""
    persons = [each.id for each in known.values()]
    found = unit.find(REGISTRATIONS, registered_for(conference.id, persons)) if persons else []
    return frozenset(each.person for each in found)
