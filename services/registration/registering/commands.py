"""What people ask of registration: set prices, register, choose. Each is one transaction."""

import itertools
import os
from collections.abc import Sequence

from services.registration.payers.domain import placed_before
from services.registration.payers.store import ORDERS
from services.registration.people.commands import hold
from services.registration.people.domain import Person, identity_of, register_person
from services.registration.people.store import PEOPLE, one_person
from services.registration.prices.commands.fee_tables import known_conference
from services.registration.prices.commands.places import order_kept_place, take_places
from services.registration.prices.domain.chargeable import must_be_chargeable_together
from services.registration.prices.domain.conferences import (
    Conference,
    RegistrationClosed,
    must_be_open,
)
from services.registration.prices.domain.fees import (
    FeeTable,
    Option,
    must_be_seen,
)
from services.registration.prices.store import CONFERENCES, SEATED
from services.registration.registering.domain import adding, proving
from services.registration.registering.domain.admission import InvitationUsed, must_be_admitted
from services.registration.registering.domain.gates import CONFIRMING_GATE, entered, gate_id
from services.registration.registering.domain.owed_seats import OwedSeat
from services.registration.registering.domain.proving import Proof
from services.registration.registering.domain.registrations import (
    Application,
    RegisteredAlready,
    Registration,
    RegistrationUnknown,
    Tender,
    placed,
    submit,
)
from services.registration.registering.domain.seating import limited, must_be_apart, must_not_speak
from services.registration.registering.store import GATES, PROOFS, REGISTRATIONS, registered_for
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import command
from shared.contracts.registration import (
    LinkAsked,
    OrderPlaced,
    PersonRegistered,
    RegistrationConfirmed,
    RegistrationSubmitted,
)
from shared.ids import new_id
from shared.jobs import due
from shared.migrating import Migration
from shared.mongo import Database
from shared.recall import event_of
from shared.sentences import marked
from shared.unit import ARCHIVE, Unit
from shared.web.renewing import ASKED_LINKS, AskedLink

NOT_REGISTERED = marked("You were not registered, and nothing was charged")
_turns = itertools.count(os.getpid())  # in turn, and not by chance: neighbours in time never meet at one gate


@command(
    emits=[PersonRegistered, RegistrationSubmitted, OrderPlaced, RegistrationConfirmed, LinkAsked],
    starts=[REGISTRATIONS],
)
def submit_registration(unit: Unit, *, application: Application, is_by_committee: bool = False) -> Registration | Proof:
    """Register one person with their guests for one conference; somebody who speaks proves first that it is they."""
    conference, fees = _agreed(unit, application)
    category = fees.category(application.category)
    invitation = application.invitation
    must_be_admitted(category, conference=conference.id, invitation=invitation, is_by_committee=is_by_committee)
    fees.chosen(application.options)
    person = _known_person(unit, application, is_by_committee=is_by_committee)
    if person is not None and person.is_introduced and not is_by_committee:
        return _ask_for_proof(unit, application, person=person.id)
    return _register(unit, application, conference=conference, fees=fees, person=person)


@command(emits=[PersonRegistered, RegistrationSubmitted, OrderPlaced, RegistrationConfirmed], starts=[REGISTRATIONS])
def prove_address(unit: Unit, *, proof: str) -> Registration:
    """Register whoever has opened the link that went to their address; opened again, it leads to the same place."""
    known = proving.must_be_known(unit.load(PROOFS, proof), now=unit.now)
    registration = unit.load(REGISTRATIONS, known.registration) if known.registration else None
    if registration is not None:
        return registration
    conference, fees = _agreed(unit, known.application)
    person = unit.load(PEOPLE, known.person)
    registration = _register(unit, known.application, conference=conference, fees=fees, person=person)
    unit.save(PROOFS, Change(proving.proved(known, registration=registration.id)))
    return registration


@command(emits=[LinkAsked])
def ask_for_link(unit: Unit, *, registration: str) -> AskedLink:
    """Send a new link to a registration to the address that is known."""
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown("There is no such registration. Nothing was sent.")
    asked = AskedLink(id=new_id("ask"), person=known.person, made_at=host_now())
    said = LinkAsked(
        asked=asked.id, person=known.person, conference=known.conference, kind="registration", about=known.id
    )
    return unit.create(ASKED_LINKS, Change(asked, (said,)))


def let_hold_end(unit: Unit, registration: Registration) -> None:
    """Unpaid places of it are asked after when their time is over.

    On the host's clock: moving the business clock must make nobody late who is paying at this moment.
    """
    if registration.held_until is not None:
        unit.schedule(REGISTRATIONS, registration.id, due(host_now() + (registration.held_until - unit.now)))


def enter_gate(unit: Unit, conference: Conference) -> None:
    """Go through one of the conference's gates, or be refused because they are closed.

    The gate is written, not only read: two transactions that write the same document can't both be kept, so whoever
    closes the gates has waited for everyone who is in them.
    """
    if not is_through_gate(unit, conference.id):
        raise RegistrationClosed.saying(
            "Registration for %(named)s has just been closed. You were not registered, and nothing was charged.",
            conference=conference.id,
            named=conference.title,
        )


def is_through_gate(unit: Unit, conference: str) -> bool:
    """Go through one of the conference's gates; False when they are closed."""
    gate = gate_id(conference, next(_turns) % CONFIRMING_GATE)
    return unit.guard(GATES, {"_id": gate, "is_open": True}, {"$inc": {"entered_count": 1}})


def free_for(
    unit: Unit, conference: Conference, options: tuple[Option, ...], *, person: str, undone: str
) -> tuple[Option, ...]:
    """The options as far as there are seats; nobody is sold two at one time, nor one while they speak themselves."""
    wanted = [each for each in options if each.session]
    if not wanted:
        return options
    unit.preload((SEATED, each.session) for each in wanted)
    seated = {each.session: found for each in wanted if (found := unit.load(SEATED, each.session))}
    must_be_apart(wanted, seated, zone=conference.zone, undone=undone)
    speaking = unit.find(SEATED, {"speakers": person, "conference": conference.id})
    must_not_speak(wanted, seated, speaking, zone=conference.zone, undone=undone)
    return limited(options, seated)


def put_on_order(unit: Unit, seat: OwedSeat) -> bool:
    """A seat that its owner has taken becomes a line of their order; False while that can't be: it has no price, or all
    of the conference's registrations are being ended, or theirs has."""
    conference, registration = unit.load(CONFERENCES, seat.conference), registration_of(unit, seat)
    option = conference.fees.option_for(seat.session) if conference and conference.fees else None
    if conference is None or conference.is_cancelled or registration is None or option is None:
        return False
    assert conference.fees is not None
    if adding.has(registration, option):
        return True
    gate = unit.load(GATES, gate_id(conference.id, CONFIRMING_GATE))
    if not registration.is_live or gate is None:
        return False
    unit.save(GATES, Change(entered(gate)))  # also where it is closed: whoever opens it sees this seat
    if not gate.is_open:
        return False
    order_kept_place(unit, conference.id, option)
    added = adding.add(
        registration, option, conference=conference, fees=conference.fees, now=unit.now, claim=seat.claim
    )
    unit.save(REGISTRATIONS, added)
    return True


def registration_of(unit: Unit, seat: OwedSeat) -> Registration | None:
    """The registration of whoever has this seat; None once it has been ended."""
    found = unit.find(REGISTRATIONS, registered_for(seat.conference, [seat.person]))
    return unit.load(REGISTRATIONS, found[0].id) if found else None


def _must_be_unused(unit: Unit, invitation: str) -> None:
    """Nobody has registered with this invitation; of two at once, the index keeps one."""
    if unit.find(REGISTRATIONS, {"invitation": invitation}):
        raise InvitationUsed(
            marked(
                "Somebody has registered with this invitation, and it is for one person. You were not registered. "
                "If that "
                "was you, your link is in the mail or letter that confirms it; otherwise please ask the committee "
                "for an "
                "invitation of your own."
            )
        )


def _agreed(unit: Unit, application: Application) -> tuple[Conference, FeeTable]:
    """The conference, if one may register, and its prices, if they are those that were seen."""
    conference = known_conference(unit, application.conference)
    fees = must_be_open(conference, now=unit.now)
    must_be_seen(fees, application.seen, currency=conference.currency)
    if application.tender is Tender.CARD:
        total_minor = fees.total_minor(
            application.category, options=application.options, guest_count=len(application.guests)
        )
        must_be_chargeable_together(total_minor, currency=conference.currency)
    return conference, fees


def _register(
    unit: Unit, application: Application, *, conference: Conference, fees: FeeTable, person: Person | None
) -> Registration:
    options, invitation = fees.chosen(application.options), application.invitation
    enter_gate(unit, conference)
    if invitation is not None:
        _must_be_unused(unit, invitation.id)
    person_id = _registrant(unit, application, known=person)
    options = free_for(unit, conference, options, person=person_id, undone=NOT_REGISTERED)
    take_places(unit, conference, options, fees=fees)
    change = submit(
        new_id("reg"),
        order=new_id("ord"),
        person=person_id,
        conference=conference,
        fees=fees,
        category=fees.category(application.category),
        tender=application.tender,
        guests=application.guests,
        now=unit.now,
        options=options,
        invitation=invitation.id if invitation else "",
    )
    registration = unit.create(REGISTRATIONS, change)
    unit.create(ORDERS, placed(registration))
    let_hold_end(unit, registration)
    return registration


def _ask_for_proof(unit: Unit, application: Application, *, person: str) -> Proof:
    hold(unit, person)
    open_ = unit.find(PROOFS, {"person": person, "conference": application.conference, "registration": ""})
    count = sum(unit.now <= each.asked_at + proving.KEPT for each in open_)
    change = proving.ask(
        new_id("ask"), person=person, application=application, open_count=count, now=unit.now, made_at=host_now()
    )
    return unit.create(PROOFS, change)


def _known_person(unit: Unit, application: Application, *, is_by_committee: bool) -> Person | None:
    """Who registers, if they are known by address and name.

    What was corrected since leads to nobody; but who is registered under it may not be registered a second time.
    """
    identity = identity_of(application.person)
    found = unit.find(PEOPLE, {"$or": [{"identity": identity}, {"former": identity}]}) if identity else []
    known = next((each for each in found if each.identity == identity), None)
    if known is None and found and not is_by_committee:
        _must_not_be_registered(
            unit,
            application,
            persons=[each.id for each in found],
            otherwise=marked(
                "Somebody is registered for this conference whose name or e-mail address was corrected, and was this "
                "one before. Nobody was registered again, and nothing was charged. If it is you, your link is in the "
                "mail or letter that confirms it; if you are somebody else, please ask the host committee to register "
                "you."
            ),
        )
    return known


def _registrant(unit: Unit, application: Application, *, known: Person | None) -> str:
    """The id of who registers, known or new; raises `RegisteredAlready`."""
    if known is None:
        return unit.create(PEOPLE, register_person(new_id("per"), contact=application.person)).id
    hold(unit, known.id)
    _must_not_be_registered(
        unit,
        application,
        persons=one_person(unit, known),
        otherwise=marked(
            "Somebody with this name and e-mail address is registered for this conference already. They were not "
            "registered again, and nothing was charged. The link to the registration comes in the mail that "
            "confirms it; if you have lost the page on which to pay, please ask the association for it."
        ),
    )
    return known.id


def _must_not_be_registered(unit: Unit, application: Application, *, persons: list[str], otherwise: str) -> None:
    if unit.find(REGISTRATIONS, registered_for(application.conference, persons)):
        raise RegisteredAlready(otherwise)


# registrations of before orders were said of: whether payments has heard of each, nobody here can know, so each is said

_EARLIER = {"payer": {"$exists": False}}
_EARLIER_CHUNK_SIZE = 200


@command(emits=[OrderPlaced])
def place_earlier(unit: Unit, *, submitted: Sequence[RegistrationSubmitted]) -> None:
    """Say what was ordered with these; who knows the order already changes nothing."""
    unit.preload((ORDERS, each.order) for each in submitted)
    for each in submitted:
        if unit.load(ORDERS, each.order) is None:
            unit.save(ORDERS, placed_before(each))


def _count_earlier(database: Database) -> int:
    return database.mongo[REGISTRATIONS.name].count_documents(_EARLIER)


def _carry_earlier(database: Database) -> None:
    kept = database.mongo[REGISTRATIONS.name]
    while found := [each["_id"] for each in kept.find(_EARLIER, {"_id": 1}).limit(_EARLIER_CHUNK_SIZE)]:
        rows = database.mongo[ARCHIVE].find({"_id": {"$in": [f"{id_}:1" for id_ in found]}})
        said = [each for row in rows if isinstance(each := event_of(row), RegistrationSubmitted)]
        database.run(place_earlier, submitted=said)
        kept.update_many({"_id": {"$in": found}, **_EARLIER}, {"$set": {"payer": ""}})


EARLIER_ORDERS = Migration("Orders of registrations", _count_earlier, _carry_earlier)
