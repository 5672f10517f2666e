"""Taking places of options and giving them back, as part of a unit: the one way in which their counters change.

A place is taken by a conditional write that raises the counter; under snapshot isolation two transactions that write
the same counter can't both be kept, so that the condition holds for whoever is kept. What is given back, or added, goes
to those who wait for the session in the same write.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from services.registration.prices.domain import waiting
from services.registration.prices.domain.conferences import Conference
from services.registration.prices.domain.fees import FeeTable, Option
from services.registration.prices.domain.places import OptionPlaces, counted, offered, places_id, sold_out
from services.registration.prices.domain.seats import SeatedSession
from services.registration.prices.store import CONFERENCES, OPTION_PLACES, SEATED
from shared.change import Change
from shared.unit import Unit

_NOT_FREE = {"$add": ["$taken_count", {"$ifNull": ["$set_aside_count", 0]}]}
_LIMIT = {"$min": ["$place_count", "$seat_count"]}  # of those that there are: null where there is none
_HAS_PLACE = {"$expr": {"$or": [{"$eq": [_LIMIT, None]}, {"$lt": [_NOT_FREE, _LIMIT]}]}}


def take_places(unit: Unit, conference: Conference, options: Iterable[Option], *, fees: FeeTable) -> None:
    """Take a place of each option, or raise the refusal that says which is full and what is free."""
    for option in sorted(options, key=lambda each: each.key):  # in one order, so that nobody waits crosswise
        if not take_place(unit, conference.id, option):
            raise sold_out(option, fees=fees, places=places_by_product(unit, conference.id))


def take_place(unit: Unit, conference: str, option: Option) -> bool:
    """Take a place, if one is left."""
    where = {"_id": places_id(conference, option.key), "session": option.session, "is_open": True, **_HAS_PLACE}
    return unit.guard(OPTION_PLACES, where, {"$inc": {"taken_count": 1, "version": 1}})


def order_kept_place(unit: Unit, conference: str, option: Option) -> None:
    """The place that the waitlist kept for somebody who took a seat is their order's from now on."""
    places = unit.load(OPTION_PLACES, places_id(conference, option.key))
    if places is not None:
        unit.save(OPTION_PLACES, Change(waiting.ordered(places)))


def return_places(unit: Unit, conference: str, products: Iterable[str]) -> None:
    """Give places back, with one write for each counter: to those who wait, else to be sold."""
    counts = Counter(products)
    unit.preload((OPTION_PLACES, places_id(conference, each)) for each in counts)
    known = unit.load(CONFERENCES, conference)
    is_over = known is not None and known.is_cancelled
    for product, count in sorted(counts.items()):
        places = unit.load(OPTION_PLACES, places_id(conference, product))
        assert places is not None
        unit.save(OPTION_PLACES, waiting.returned(places, count=count, is_over=is_over))


def count_options(unit: Unit, conference: str, options: Iterable[Option]) -> None:
    """Keep a counter for each option of the fee table; what was taken stays taken, new places are for who waits."""
    wanted = list(options)
    unit.preload((OPTION_PLACES, places_id(conference, each.key)) for each in wanted)
    unit.preload((SEATED, each.session) for each in wanted if each.session)
    for option in wanted:
        known = unit.load(OPTION_PLACES, places_id(conference, option.key))
        seated = unit.load(SEATED, option.session) if option.session else None
        places = counted(option, conference=conference, known=known, seat_count=seated.seats if seated else None)
        if places != known:
            change = waiting.served(places)
            said = (offered(places),) if _is_offered_anew(places, known) else ()
            unit.save(OPTION_PLACES, Change(change.state, (*said, *change.events)))


def _is_offered_anew(places: OptionPlaces, known: OptionPlaces | None) -> bool:
    before = (known.session, known.place_count, known.amount_minor) if known else None
    return bool(places.session) and before != (places.session, places.place_count, places.amount_minor)


def count_seats(unit: Unit, session: SeatedSession) -> None:
    """Sell no more places in a session than it has seats now; what a larger room adds is for who waits."""
    conference = unit.load(CONFERENCES, session.conference)
    option = conference.fees.option_for(session.id) if conference and conference.fees else None
    if conference is None or option is None:
        return
    known = unit.load(OPTION_PLACES, places_id(conference.id, option.key))
    counter = counted(option, conference=conference.id, known=known, seat_count=session.seats)
    places = replace(counter, amount_minor=known.amount_minor if known else None)  # only a fee table's word is said
    if places != known:
        unit.save(OPTION_PLACES, Change(places) if conference.is_cancelled else waiting.served(places))


def places_by_product(unit: Unit, conference: str) -> dict[str, OptionPlaces]:
    """All counters of a conference, as this unit sees them."""
    return {each.product: each for each in unit.find(OPTION_PLACES, {"conference": conference})}
