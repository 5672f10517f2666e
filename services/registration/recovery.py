"""What registration does again when its database was restored from a backup, from the events that it had said since."""

from dataclasses import replace
from datetime import timedelta

from services.registration.changing.commands.choices import choose_option
from services.registration.changing.commands.leaving import end_again
from services.registration.changing.commands.renamed_option import rename_again
from services.registration.changing.commands.steering import steer_again
from services.registration.changing.domain import moving
from services.registration.changing.domain.option_choices import MOVE, REFUND
from services.registration.changing.domain.settlement import choose
from services.registration.correcting.commands import correct, known_person
from services.registration.erasing.domain import Erasure
from services.registration.erasing.store import ERASURES
from services.registration.payers.domain import BillTo, introduce, placed_again
from services.registration.payers.store import ORDERS, PAYERS
from services.registration.people.domain import Contact, register_person
from services.registration.people.store import PEOPLE
from services.registration.prices.commands.places import return_places
from services.registration.prices.domain.fees import FEE, GUEST, OPTION, Category, FeeTable, Option
from services.registration.prices.domain.places import places_id
from services.registration.prices.store import CONFERENCES, OPTION_PLACES
from services.registration.registering.commands import let_hold_end
from services.registration.registering.domain import adding
from services.registration.registering.domain.endings import BY_DESK, BY_REGISTRANT, give_back, standing
from services.registration.registering.domain.options import OptionState
from services.registration.registering.domain.registrations import (
    Guest,
    Registration,
    RegistrationUnknown,
    Tender,
    submit,
)
from services.registration.registering.store import REGISTRATIONS
from shared.catching_up import Again, Recovery
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.registration import (
    AccountAddressAsked,
    AccountChanged,
    AccountInvited,
    AddressChangeAsked,
    AssociationDescribed,
    ContactChanged,
    ErasureAsked,
    LinkAsked,
    MoveChosen,
    OptionAdded,
    OptionCancelled,
    OptionMoved,
    OptionRenamed,
    OrderLine,
    OrderPlaced,
    PayerIntroduced,
    PaymentTimeEnded,
    PersonRegistered,
    PlacesSetAside,
    RegistrationConfirmed,
    RegistrationLeft,
    RegistrationSubmitted,
    RunSteered,
    SecondFactorRemoved,
    SettlementChosen,
    SettlementFixed,
    SignedOut,
)
from shared.problem import NotFound
from shared.unit import Unit

NOBODY_KNOWN = "somebody before the database was restored"
NAMELESS = Guest(name="(name not known yet)")


class ConferenceForgotten(NotFound):
    """A registration for a conference that the backup doesn't have."""


@command(emits=[PersonRegistered])
def know_person_again(unit: Unit, *, said: PersonRegistered) -> None:
    """A person who came in after the backup, as the event tells of them."""
    contact = Contact(name=said.name, email=said.email, postal_address=said.postal_address, language=said.language)
    unit.save(PEOPLE, register_person(said.person, contact=contact))


@command(emits=[PayerIntroduced])
def know_payer_again(unit: Unit, *, said: PayerIntroduced) -> None:
    """A payer who came in after the backup, as the event tells of them."""
    bill_to = BillTo(
        name=said.name,
        email=said.email,
        postal_address=said.postal_address,
        language=said.language,
        reference=said.reference,
    )
    unit.save(PAYERS, introduce(said.payer, bill_to=bill_to))


@command(emits=[OrderPlaced])
def place_again(unit: Unit, *, said: OrderPlaced) -> None:
    """An order that was placed after the backup, as the event tells of it."""
    unit.save(ORDERS, placed_again(said))


@command(emits=[ContactChanged])
def correct_again(unit: Unit, *, said: ContactChanged) -> None:
    """A correction of after the backup; by whom and why it was made, no event tells."""
    contact = Contact(name=said.name, email=said.email, postal_address=said.postal_address, language=said.language)
    known = known_person(unit, said.person)
    if not said.has_contact_data:  # they were erased since: what they were corrected to is gone
        unit.save(PEOPLE, Change(known, (said,)))
        return
    correct(unit, known, contact=contact, by=NOBODY_KNOWN, reason="", is_same_person=True)


@command(emits=[ErasureAsked])
def ask_erasure_again(unit: Unit, *, said: ErasureAsked) -> None:
    """An erasure that was asked for after the backup; payments' answer is heard again, and finishes it."""
    erasure = Erasure(
        id=said.erasure,
        person=said.persons[0],
        persons=said.persons,
        orders=said.orders,
        by=NOBODY_KNOWN,
        reason="",
        asked_at=unit.now,
    )
    unit.save(ERASURES, Change(erasure, (said,)))


@command(emits=[RegistrationSubmitted, RegistrationConfirmed], starts=[REGISTRATIONS])
def register_again(unit: Unit, *, said: RegistrationSubmitted) -> None:
    """A registration that came in after the backup, at the prices and terms that the event tells.

    It asks no gate, and for no place: both were granted then. What no event tells are its guests' names.
    """
    conference = unit.load(CONFERENCES, said.conference)
    if conference is None:
        raise ConferenceForgotten(
            f"Registration {said.registration} is for a conference that isn't known here. Nothing was changed."
        )
    is_held = said.held_until is not None
    options = tuple(_option(each, conference.fees, is_held=is_held) for each in said.lines if each.kind == OPTION)
    change = submit(
        said.registration,
        order=said.order,
        person=said.person,
        conference=conference,
        fees=FeeTable(revision=0, categories=(), terms=said.terms),
        category=_category(said.lines, conference.fees),
        tender=Tender(said.tender),
        guests=(NAMELESS,) * said.guest_count,
        now=unit.now,
        payer=said.payer,
        options=options,
        held_until=said.held_until,
    )
    unit.save(REGISTRATIONS, change)
    let_hold_end(unit, change.state)
    for each in options:
        unit.guard(
            OPTION_PLACES,
            {"_id": places_id(said.conference, each.key)},
            {"$inc": {"taken_count": 1, "version": 1}},
        )


def _option(line: OrderLine, fees: FeeTable | None, *, is_held: bool) -> Option:
    """The option as it was taken; that its places are counted shows by its having been held."""
    sold = next((each for each in fees.options if each.key == line.product), None) if fees else None
    return Option(
        key=line.product,
        label=sold.label if sold else line.product,
        amount_minor=line.amount_minor,
        session=line.session,
        place_count=(sold.place_count if sold else 0) if is_held else None,
    )


def _category(lines: tuple[OrderLine, ...], fees: FeeTable | None) -> Category:
    """The category of these prices, which no event names; one without a name where the table has changed since."""
    own = sum(each.amount_minor for each in lines if each.kind == FEE)
    guest = next((each.amount_minor for each in lines if each.kind == GUEST), None)
    for each in fees.categories if fees else ():
        if each.amount_minor == own and guest in (None, each.guest_amount_minor):
            return each
    return Category(key="", label="", amount_minor=own, guest_amount_minor=guest or 0)


@command(emits=[SettlementChosen, SettlementFixed])
def choose_again(unit: Unit, *, said: SettlementChosen) -> Registration:
    """The registrant's choice of after the backup: it was made in time, however late it is now."""
    known = unit.load(REGISTRATIONS, said.registration)
    if known is None:
        raise RegistrationUnknown("There is no such registration. Nothing was changed.")
    until = known.offer.choose_until if known.offer else None
    in_time = min(unit.now, until - timedelta(seconds=1)) if until else unit.now
    change = choose(known, choice=said.choice, now=in_time)
    return unit.save(REGISTRATIONS, change) if change else known


@command(emits=[MoveChosen])
def choose_move_again(unit: Unit, *, said: MoveChosen) -> None:
    """The payer's choice of after the backup about a move: it was made in time, however late it is now."""
    known = [_known(unit, each) for each in said.registrations or (said.registration,)]
    until = min((asked.choose_until for each in known if (asked := moving.open_offer(each))), default=None)
    in_time = min(unit.now, until - timedelta(seconds=1)) if until else unit.now
    for change in moving.choose(known, choice=said.choice, now=in_time):
        unit.save(REGISTRATIONS, change)


@command(emits=[OptionAdded], starts=[REGISTRATIONS])
def add_again(unit: Unit, *, said: OptionAdded) -> Registration:
    """What was added after the backup, at the price that the event tells; its place was granted then."""
    known, conference = _known(unit, said.registration), unit.load(CONFERENCES, said.conference)
    if conference is None or conference.fees is None:
        raise ConferenceForgotten(
            f"What was added to registration {said.registration} is sold by no fee table known here. Nothing was added."
        )
    line = OrderLine(kind=OPTION, amount_minor=said.amount_minor, product=said.product, session=said.session)
    option = replace(_option(line, conference.fees, is_held=True), label=said.label)
    change = adding.add(known, option, conference=conference, fees=conference.fees, now=unit.now)
    unit.guard(
        OPTION_PLACES, {"_id": places_id(said.conference, option.key)}, {"$inc": {"taken_count": 1, "version": 1}}
    )
    added = unit.save(REGISTRATIONS, change)
    if added.held_until != known.held_until:
        let_hold_end(unit, added)
    return added


@command(emits=[OptionCancelled, OptionMoved, PaymentTimeEnded, PlacesSetAside])
def end_option_again(unit: Unit, *, said: OptionCancelled) -> Registration:
    """What a registrant gave back after the backup: an option whose session was cancelled, or one added later."""
    known = _known(unit, said.registration)
    option = standing(known, product=said.product)
    if option is None or not option.is_added or option.state is not OptionState.HELD:
        return choose_option(unit, registration=said.registration, product=said.product, choice=REFUND)
    return_places(unit, said.conference, [said.product])
    return unit.save(REGISTRATIONS, give_back(known, product=said.product, by=said.by))


def _known(unit: Unit, registration: str) -> Registration:
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown("There is no such registration. Nothing was changed.")
    return known


def _moved_again(said: OptionMoved) -> Again:
    asked = {"product": said.option, "choice": MOVE, "session": said.to_session}
    return Again(choose_option, {"registration": said.registration, **asked})


def _ended_again(said: OptionCancelled) -> Again | None:
    """The deadline's own word comes again with the deadline, and the end of a seat with scheduling's."""
    return Again(end_option_again, {"said": said}) if said.by in (BY_REGISTRANT, BY_DESK) else None


def _added_again(said: OptionAdded) -> Again | None:
    """A seat from a waitlist comes again when scheduling's word of it is heard again."""
    return Again(add_again, {"said": said}) if said.claim is None else None


def _left_again(said: RegistrationLeft) -> Again | None:
    """Who left by their payer's choice leaves again with the last day for choosing."""
    lacking = f"why registration {said.registration} was ended, and by whom"
    return None if said.cause else Again(end_again, {"said": said}, lacking=lacking)


def _registered_again(said: RegistrationSubmitted) -> Again:
    guests = (
        f"the names of the guests of registration {said.registration} ({said.guest_count})" if said.guest_count else ""
    )
    return Again(register_again, {"said": said}, lacking=guests)


def _ended_by_hand(said: SignedOut) -> str:
    if said.session.startswith("tok_"):
        return f"the end of token {said.session}: please end it again"
    return f"the end of session {said.session}; it ends by itself twelve hours after it began"


RECOVERY = Recovery(
    again={
        PersonRegistered: lambda said: Again(know_person_again, {"said": said}),
        ContactChanged: lambda said: Again(
            correct_again, {"said": said}, lacking=f"by whom and why person {said.person} was corrected"
        ),
        ErasureAsked: lambda said: Again(
            ask_erasure_again, {"said": said}, lacking=f"by whom and why erasure {said.erasure} was asked for"
        ),
        RegistrationSubmitted: _registered_again,
        PayerIntroduced: lambda said: Again(know_payer_again, {"said": said}),
        OrderPlaced: lambda said: Again(place_again, {"said": said}),
        SettlementChosen: lambda said: Again(choose_again, {"said": said}),
        MoveChosen: lambda said: Again(choose_move_again, {"said": said}),
        OptionMoved: _moved_again,
        OptionAdded: _added_again,
        OptionRenamed: lambda said: Again(rename_again, {"said": said}),
        OptionCancelled: _ended_again,
        RunSteered: lambda said: Again(
            steer_again, {"said": said}, lacking=f"who paused, or let go on, run {said.run}"
        ),
        RegistrationLeft: _left_again,
    },
    by_hand={
        AssociationDescribed: lambda said: f"what association {said.association} says of itself, as {said.name}",
        AccountInvited: lambda said: (
            "nothing"
            if said.is_forgotten
            else f"the invitation of account {said.account}: please look whether it is there, or invite them again"
        ),
        AccountAddressAsked: lambda said: (
            f"nothing; but the link to the new address of account {said.account} holds no more, or counted before"
        ),
        SecondFactorRemoved: lambda said: (
            f"the second factor of account {said.account}, which was taken away: please take it away again"
        ),
        AddressChangeAsked: lambda said: (
            f"nothing; but the link to prove the new address of person {said.person} holds no more"
        ),
        SignedOut: _ended_by_hand,
        AccountChanged: lambda said: f"the roles of account {said.account}, or that it was closed: please look at it",
        LinkAsked: lambda said: f"nothing; but the link {said.asked} that person {said.person} was sent holds no more",
    },
)
