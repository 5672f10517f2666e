"""What registrants choose: about an option whose session is cancelled, and about the money after a cancellation."""

from collections.abc import Mapping

from services.registration.changing.domain import moving, option_choices
from services.registration.changing.domain.settlement import ChoiceUnknown, NothingToChoose, choose
from services.registration.payers.store import ORDERS
from services.registration.prices.commands.fee_tables import known_conference
from services.registration.prices.commands.places import (
    places_by_product,
    return_places,
    take_place,
)
from services.registration.prices.domain.conferences import Conference, must_not_be_held
from services.registration.prices.domain.places import OptionPlaces, in_words
from services.registration.registering.commands import free_for
from services.registration.registering.domain.holding import still_ended
from services.registration.registering.domain.options import OptionState, TakenOption
from services.registration.registering.domain.registrations import (
    Registration,
    RegistrationUnknown,
)
from services.registration.registering.store import REGISTRATIONS
from shared.contracts.flow import command
from shared.contracts.registration import (
    MoveChosen,
    OptionCancelled,
    OptionMoved,
    PaymentTimeEnded,
    PlacesSetAside,
    SettlementChosen,
    SettlementFixed,
)
from shared.sentences import Listed, Phrase, marked
from shared.unit import Unit

NOT_MOVED = marked("You were not moved, and nothing was changed")


@command(emits=[OptionMoved, OptionCancelled, PaymentTimeEnded, PlacesSetAside])
def choose_option(unit: Unit, *, registration: str, product: str, choice: str, session: str = "") -> Registration:
    """Choose what becomes of an option whose session was cancelled: move to another one, or have the money back."""
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown(marked("There is no such registration. Nothing was changed."))
    conference = known_conference(unit, known.conference)
    if conference.is_cancelled:
        raise NothingToChoose.saying(
            "%(named)s has been cancelled, so that all you paid is settled as one. Nothing was changed; your page "
            "shows "
            "what happens with the money.",
            named=conference.title,
        )
    must_not_be_held(conference)
    match choice:
        case option_choices.MOVE:
            return _move_option(unit, known, conference=conference, product=product, session=session)
        case option_choices.REFUND:
            return _refund_option(unit, known, product=product)
        case _:
            raise ChoiceUnknown.saying(
                "'%(choice)s' is not offered here. Nothing was changed; please choose one of these: %(offered)s.",
                choice=choice,
                offered=Listed((option_choices.MOVE, option_choices.REFUND)),
            )


@command(emits=[SettlementChosen, SettlementFixed])
def choose_settlement(unit: Unit, *, registration: str, choice: str) -> Registration:
    """Choose what happens with the money after a cancellation; asking twice for the same changes nothing."""
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown(marked("There is no such registration. Nothing was changed."))
    change = choose(known, choice=choice, now=unit.now)
    return unit.save(REGISTRATIONS, change) if change else known


def _refund_option(unit: Unit, known: Registration, *, product: str) -> Registration:
    change = option_choices.choose_refund(known, product=product, now=unit.now)
    if change is None:
        return known
    return_places(unit, known.conference, [product])
    return unit.save(REGISTRATIONS, still_ended(change))


def _stays(option: TakenOption, product: str) -> bool:
    """Whether somebody keeps this seat while they exchange the one of that option."""
    return bool(option.session) and option.product != product and option.state is OptionState.HELD


def _move_option(
    unit: Unit, known: Registration, *, conference: Conference, product: str, session: str
) -> Registration:
    to = option_choices.destination(known, product=product, session=session, fees=conference.fees, now=unit.now)
    assert conference.fees is not None, "there is something to move to"
    others_held = [conference.fees.option_for(each.session) for each in known.options if _stays(each, product)]
    held = tuple(each for each in others_held if each)
    *_, to = free_for(unit, conference, (*held, to), person=known.person, undone=NOT_MOVED)
    if not take_place(unit, conference.id, to):
        option = option_choices.held(known, product=product)
        places = places_by_product(unit, conference.id)
        others = _still_free(conference, known, option, places=places)
        raise option_choices.full(option, to, places=places.get(to.key), others=others, currency=known.currency)
    return_places(unit, conference.id, [product])
    return unit.save(REGISTRATIONS, option_choices.move(known, product=product, to=to))


def _still_free(
    conference: Conference, known: Registration, option: TakenOption, *, places: Mapping[str, OptionPlaces]
) -> list[Phrase]:
    """What else the registrant may move to, in words."""
    found = []
    for session in option_choices.open_alternatives(known, option, fees=conference.fees):
        other = conference.fees.option_for(session) if conference.fees else None
        if other is not None and other.key in places and places[other.key].free_count != 0:
            found.append(in_words(other, places[other.key]))
    return found


@command(emits=[MoveChosen])
def choose_move(unit: Unit, *, registration: str, choice: str) -> Registration:
    """Choose to stay with a conference that is moved or to have the money back; the same again changes nothing."""
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown(marked("There is no such registration. Nothing was changed."))
    _must_be_moved(unit, known.conference)
    for change in moving.choose([known], choice=choice, now=unit.now):
        return unit.save(REGISTRATIONS, change)
    return known


@command(emits=[MoveChosen])
def choose_move_for_all(unit: Unit, *, order: str, choice: str) -> None:
    """Choose it as the payer of several, for all of them who are there."""
    known = unit.load(ORDERS, order)
    if known is None:
        raise RegistrationUnknown(marked("There is no order under this link any more."))
    _must_be_moved(unit, known.conference)
    unit.preload((REGISTRATIONS, each) for each in known.registrations)
    found = [unit.load(REGISTRATIONS, each) for each in known.registrations]
    for change in moving.choose([each for each in found if each is not None], choice=choice, now=unit.now):
        unit.save(REGISTRATIONS, change)


def _must_be_moved(unit: Unit, conference: str) -> None:
    """A cancellation has come first, or may come: then nobody chooses about the move."""
    known = known_conference(unit, conference)
    if known.is_cancelled:
        raise moving.NothingAsked.saying(
            "%(named)s has been cancelled since, so that there is nothing left to wait for. Nothing was changed; your "
            "page shows what happens with the money.",
            named=known.title,
        )
    must_not_be_held(known)
