"""Taking places of options and giving them back, as part of a unit: the one way in which their counters change.

A place is taken by a conditional write that raises the counter; under snapshot isolation two transactions that write
the same counter can't both be kept, so that the condition holds for whoever is kept.
"""

from collections import Counter
from collections.abc import Iterable

from services.registration.conferences import Conference
from services.registration.fees import FeeTable, Option
from services.registration.options import OptionPlaces, counted, places_id, sold_out
from services.registration.store import OPTION_PLACES
from shared.change import Change
from shared.mongo import Unit

_HAS_PLACE = {"$or": [{"place_count": None}, {"$expr": {"$lt": ["$taken_count", "$place_count"]}}]}


def take_places(unit: Unit, conference: Conference, options: Iterable[Option], *, fees: FeeTable) -> None:
    """Take a place of each option, or raise the refusal that says which is full and what is free."""
    for option in sorted(options, key=lambda each: each.key):  # in one order, so that nobody waits crosswise
        if not take_place(unit, conference.id, option):
            raise sold_out(option, fees=fees, places=places_by_product(unit, conference.id))


def take_place(unit: Unit, conference: str, option: Option) -> bool:
    """Take a place, if one is left."""
    where = {"_id": places_id(conference, option.key), "session": option.session, "is_open": True, **_HAS_PLACE}
    return unit.guard(OPTION_PLACES, where, {"$inc": {"taken_count": 1, "version": 1}})


def return_places(unit: Unit, conference: str, products: Iterable[str]) -> None:
    """Give places back, with one write for each counter."""
    for product, count in sorted(Counter(products).items()):
        unit.require(
            OPTION_PLACES,
            {"_id": places_id(conference, product)},
            {"$inc": {"taken_count": -count, "version": 1}},
        )


def count_options(unit: Unit, conference: str, options: Iterable[Option]) -> None:
    """Keep a counter for each option of the fee table; what was taken stays taken."""
    wanted = list(options)
    unit.preload((OPTION_PLACES, places_id(conference, each.key)) for each in wanted)
    for option in wanted:
        known = unit.load(OPTION_PLACES, places_id(conference, option.key))
        places = counted(option, conference=conference, known=known)
        if places != known:
            unit.save(OPTION_PLACES, Change(places))


def places_by_product(unit: Unit, conference: str) -> dict[str, OptionPlaces]:
    """All counters of a conference, as this unit sees them."""
    return {each.product: each for each in unit.find(OPTION_PLACES, {"conference": conference})}
