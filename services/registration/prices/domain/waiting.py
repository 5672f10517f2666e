"""Places that are set aside for the waitlist of a paid session: decisions about one counter, all of them pure.

Scheduling says how many its waitlist wants, and offers no seat without a place that was set aside here. A place that is
free goes to those who wait before anybody buys it, in the write that frees it; it is for sale again once scheduling has
said that fewer are wanted. So a place has one owner at any time, whatever is late or said twice.
"""

from dataclasses import replace

from services.registration.prices.domain.places import OptionPlaces, places_id
from shared.change import Change
from shared.contracts.registration import PlacesSetAside
from shared.contracts.scheduling import SeatsWanted


def wanted(event: SeatsWanted, known: OptionPlaces | None) -> Change[OptionPlaces] | None:
    """The waitlist wants so many from now on, which is answered in any case; None when it is old, or not sold here.

    An option that is not sold yet is remembered with no places.
    """
    places = known or OptionPlaces(
        id=places_id(event.conference, event.product),
        conference=event.conference,
        product=event.product,
        session=event.session,
        place_count=0,
    )
    if places.session != event.session or event.revision <= places.wanted_revision:
        return None
    kept = min(places.set_aside_count, event.count)
    heard = replace(places, wanted_count=event.count, wanted_revision=event.revision, set_aside_count=kept)
    after = _with_set_aside(heard)
    return Change(after, (_said(after),))


def served(places: OptionPlaces) -> Change[OptionPlaces]:
    """The counter after places may have become free: those who wait have them before they are for sale."""
    after = _with_set_aside(places)
    return Change(after, () if after == places else (_said(after),))


def ordered(places: OptionPlaces) -> OptionPlaces:
    """The counter after one of those who had a place by the waitlist has it by an order: it was kept for them, and is
    wanted by the waitlist no more. Where none was kept, they have a seat all the same."""
    return replace(
        places,
        taken_count=places.taken_count + 1,
        set_aside_count=max(places.set_aside_count - 1, 0),
        wanted_count=max(places.wanted_count - 1, 0),
    )


def returned(places: OptionPlaces, *, count: int, is_over: bool) -> Change[OptionPlaces]:
    """So many orders have a place no longer; where the conference `is_over`, nobody is served any more."""
    after = replace(places, taken_count=places.taken_count - count)
    return Change(after) if is_over else served(after)


def _with_set_aside(places: OptionPlaces) -> OptionPlaces:
    missing = places.wanted_count - places.set_aside_count
    free = missing if places.free_count is None else places.free_count
    return replace(places, set_aside_count=places.set_aside_count + max(0, min(missing, free)))


def _said(places: OptionPlaces) -> PlacesSetAside:
    return PlacesSetAside(
        places=places.id,
        conference=places.conference,
        product=places.product,
        session=places.session,
        count=places.set_aside_count,
        revision=places.wanted_revision,
    )
