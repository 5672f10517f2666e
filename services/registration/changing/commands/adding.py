"""Adding to a registration later, and taking that off again while it is not paid."""

from services.registration.prices.commands.fee_tables import known_conference
from services.registration.prices.commands.places import places_by_product, return_places, take_place
from services.registration.prices.domain.conferences import Conference, RegistrationClosed, must_not_be_held
from services.registration.prices.domain.fees import FeesMissing, FeeTable, Option
from services.registration.prices.domain.places import OptionSoldOut, who_has
from services.registration.registering.commands import free_for, is_through_gate, let_hold_end, put_on_order
from services.registration.registering.domain import adding
from services.registration.registering.domain.endings import BY_DESK, BY_REGISTRANT
from services.registration.registering.domain.owed_seats import on_order
from services.registration.registering.domain.registrations import Registration, RegistrationUnknown
from services.registration.registering.store import OWED_SEATS, REGISTRATIONS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.registration import OptionAdded, OptionCancelled, PlacesSetAside
from shared.problem import NotFound, Refusal
from shared.sentences import marked
from shared.unit import Unit

NOT_ADDED = marked("Nothing was added, and nothing was charged")


class PaidBySomebodyElse(Refusal):
    """Who is paid for by somebody else does not add to what they pay."""

    title = marked("Somebody else pays for you")


class OptionGone(NotFound):
    """The fee table has no such option."""


class SeatUnknown(NotFound):
    """There is no such seat, or it is not owed any more."""


class HasNoPrice(Refusal):
    """A seat can't be a line of an order while nobody has said what it costs, or its owner's registration has ended."""

    title = "It can't be put on an order"


@command(emits=[OptionAdded], starts=[REGISTRATIONS])
def add_option(unit: Unit, *, registration: str, product: str, is_by_desk: bool = False) -> Registration:
    """Add an option to a registration, with a place of it; owed on its order from now on."""
    known = _known(unit, registration)
    conference = known_conference(unit, known.conference)
    fees = _prices(unit, conference, is_by_desk=is_by_desk)
    if known.is_of_several and not is_by_desk:
        raise PaidBySomebodyElse(
            marked(
                "Somebody else pays for you, with others on one order. Nothing was added; please ask them, or the "
                "host committee."
            )
        )
    option = _option(fees, product)
    adding.must_be_addable(known, option)
    if not is_through_gate(unit, conference.id):
        raise _closed(conference)
    others = tuple(each for each in fees.options if each.session and _sits(known, each))
    *_, option = free_for(unit, conference, (*others, option), person=known.person, undone=NOT_ADDED)
    if not take_place(unit, conference.id, option):
        places = places_by_product(unit, conference.id).get(option.key)
        raise OptionSoldOut.saying(
            "%(label)s is sold out: %(who_has)s. Nothing was added, and nothing was charged.",
            label=option.label,
            who_has=who_has(places),
        )
    added = unit.save(REGISTRATIONS, adding.add(known, option, conference=conference, fees=fees, now=unit.now))
    if added.held_until != known.held_until:
        let_hold_end(unit, added)
    return added


@command(emits=[OptionCancelled, PlacesSetAside])
def take_option_off(unit: Unit, *, registration: str, product: str, is_by_desk: bool = False) -> Registration:
    """Take off what was added later and is not paid; its price is owed no more. Twice changes nothing."""
    known = _known(unit, registration)
    conference = known_conference(unit, known.conference)
    must_not_be_held(conference)
    by = BY_DESK if is_by_desk else BY_REGISTRANT
    change = None if conference.is_cancelled else adding.take_off(known, product=product, by=by)
    if change is None:
        return known
    return_places(unit, known.conference, [product])
    return unit.save(REGISTRATIONS, change)


@command(emits=[OptionAdded])
def order_seat(unit: Unit, *, conference: str, seat: str) -> Registration | None:
    """Put a seat that somebody has and that is on no order on theirs, now that it can be."""
    known = unit.load(OWED_SEATS, seat)
    if known is None or known.conference != conference or not known.is_owed:
        raise SeatUnknown("This seat is not owed any more. Nothing was changed.")
    if known.is_on_order:
        return None
    if not put_on_order(unit, known):
        raise HasNoPrice(
            f"{known.code} is sold by no option, or whoever has the seat is not registered any more. Nothing was "
            "changed; set the price of the session under Options first."
        )
    unit.save(OWED_SEATS, Change(on_order(known)))
    return None


def _known(unit: Unit, registration: str) -> Registration:
    known = unit.load(REGISTRATIONS, registration)
    if known is None:
        raise RegistrationUnknown(marked("There is no such registration. Nothing was changed."))
    return known


def _prices(unit: Unit, conference: Conference, *, is_by_desk: bool) -> FeeTable:
    """The desk may add until the conference is cancelled, a registrant while registration is open."""
    if conference.fees is None:
        raise FeesMissing("This conference has no prices yet. Nothing was added; set the prices first.")
    if conference.is_cancelled or not (is_by_desk or conference.is_open(unit.now)):
        raise _closed(conference)
    return conference.fees


def _closed(conference: Conference) -> RegistrationClosed:
    return RegistrationClosed.saying(
        "Registration for %(named)s is closed. Nothing was added, and nothing was charged.",
        conference=conference.id,
        named=conference.title,
    )


def _option(fees: FeeTable, product: str) -> Option:
    found = next((each for each in fees.options if each.key == product), None)
    if found is None:
        raise OptionGone(marked("This is not offered (any more). Nothing was added; please choose another one."))
    return found


def _sits(known: Registration, option: Option) -> bool:
    return any(each.is_standing and each.session == option.session for each in known.options)
