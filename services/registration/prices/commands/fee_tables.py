"""What the committee asks of prices: set the fee table, sell an option, say how long unpaid places are held."""

from dataclasses import replace

from services.registration.prices.commands.places import (
    count_options,
)
from services.registration.prices.domain.chargeable import must_be_chargeable
from services.registration.prices.domain.conferences import Conference, ConferenceUnknown
from services.registration.prices.domain.fees import (
    Category,
    Holds,
    Option,
    edited,
    prices_of,
    with_holds,
    with_option,
    with_terms,
)
from services.registration.prices.store import CONFERENCES
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.registration import (
    PlacesOffered,
    PlacesSetAside,
    RefundTerms,
)
from shared.unit import Unit


@command(emits=[PlacesOffered, PlacesSetAside])
def set_fees(
    unit: Unit,
    *,
    conference: str,
    categories: tuple[Category, ...],
    terms: RefundTerms,
    seen: frozenset[str] | None,
    options: tuple[Option, ...] = (),
    holds: Holds | None = None,
) -> Conference:
    """Set the prices, options and refund terms of a conference; what was sold keeps its own."""
    known = known_conference(unit, conference)
    must_be_chargeable(prices_of(categories, options), currency=known.currency)
    fees = edited(known.fees, categories=categories, terms=terms, seen=seen, options=options, holds=holds)
    if fees == known.fees:
        return known
    count_options(unit, conference, fees.options)
    return unit.save(CONFERENCES, Change(replace(known, fees=fees)))


@command(emits=[PlacesOffered, PlacesSetAside])
def set_option(unit: Unit, *, conference: str, option: Option) -> Conference:
    """Sell one more option of a conference, or change one that is sold; everything else stays as it is."""
    known = known_conference(unit, conference)
    must_be_chargeable(prices_of((), (option,)), currency=known.currency)
    fees = with_option(known.fees, option)
    if fees == known.fees:
        return known
    count_options(unit, conference, fees.options)
    return unit.save(CONFERENCES, Change(replace(known, fees=fees)))


@command()
def set_holds(unit: Unit, *, conference: str, holds: Holds) -> Conference:
    """Set how long unpaid places are held; who has one already keeps it for as long as they were told."""
    known = known_conference(unit, conference)
    fees = with_holds(known.fees, holds)
    return known if fees == known.fees else unit.save(CONFERENCES, Change(replace(known, fees=fees)))


@command()
def set_terms(unit: Unit, *, conference: str, terms: RefundTerms) -> Conference:
    """Set what is kept when the organiser cancels, and when somebody leaves; what was sold keeps its own."""
    known = known_conference(unit, conference)
    fees = with_terms(known.fees, terms)
    return known if fees == known.fees else unit.save(CONFERENCES, Change(replace(known, fees=fees)))


def known_conference(unit: Unit, id_: str) -> Conference:
    known = unit.load(CONFERENCES, id_)
    if known is None:
        raise ConferenceUnknown("No conference of this id has been announced. Nothing was changed.")
    return known
