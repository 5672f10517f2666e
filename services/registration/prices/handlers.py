"""What is heard of what can be sold: conferences, the seats of sessions, and who waits for one."""

from dataclasses import replace

from services.registration.prices.commands.places import count_options, count_seats
from services.registration.prices.domain import seats, waiting
from services.registration.prices.domain.conferences import AwardedEdition, announced, priced_as
from services.registration.prices.domain.places import places_id
from services.registration.prices.store import AWARDED, CONFERENCES, OPTION_PLACES, SEATED
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import PlacesSetAside
from shared.contracts.scheduling import (
    ConferenceAnnounced,
    ConferenceAwarded,
    ConferenceDescribed,
    SeatsPublished,
    SeatsWanted,
)
from shared.unit import Unit


@consumes(ConferenceAwarded, needs=lambda e: [(AWARDED, e.conference)])
def know_award(event: ConferenceAwarded, unit: Unit) -> None:
    """Keep whose prices and terms an edition begins with; nobody but scheduling knows of it before it is announced."""
    if event.model:
        unit.save(AWARDED, Change(AwardedEdition(id=event.conference, model=event.model)))


@consumes(ConferenceAnnounced, needs=lambda e: [(CONFERENCES, e.conference), (AWARDED, e.conference)])
def know_conference(event: ConferenceAnnounced, unit: Unit) -> None:
    """Keep what is needed of a conference; one that was awarded begins with the prices of the edition before it."""
    conference = announced(event, known=unit.load(CONFERENCES, event.conference))
    award = unit.load(AWARDED, event.conference)
    if award is not None:
        conference = priced_as(conference, unit.load(CONFERENCES, award.model))
    unit.save(CONFERENCES, Change(conference))
    if award is not None and conference.fees is not None:
        count_options(unit, conference.id, conference.fees.options)


@consumes(ConferenceDescribed, needs=lambda e: [(CONFERENCES, e.conference)])
def know_other_words(event: ConferenceDescribed, unit: Unit) -> None:
    """Keep what a conference is called from now on; what was sent and frozen keeps its words."""
    known = unit.load(CONFERENCES, event.conference)
    if known is not None:
        unit.save(CONFERENCES, Change(replace(known, title=event.title)))


@consumes(
    SeatsPublished,
    emits=[PlacesSetAside],
    needs=lambda e: [(SEATED, e.session), (CONFERENCES, e.conference)],
)
def know_seats(event: SeatsPublished, unit: Unit) -> None:
    """Keep when a session takes place and how many seats it has, and sell no more places of it than that.

    The conference is written, not only read: whoever sells the session anew writes it too, and one sees the other.
    """
    session = seats.published(event, known=unit.load(SEATED, event.session))
    if session is None:
        return
    unit.save(SEATED, Change(session))
    if unit.load(CONFERENCES, event.conference) is not None:
        unit.require(CONFERENCES, {"_id": event.conference}, {"$inc": {"seats_heard_count": 1}})
        count_seats(unit, session)


@consumes(
    SeatsWanted,
    emits=[PlacesSetAside],
    needs=lambda e: [(OPTION_PLACES, places_id(e.conference, e.product))],
)
def set_places_aside(event: SeatsWanted, unit: Unit) -> None:
    """Keep places for the waitlist of a paid session, as many as it wants and are free, and sell the others."""
    change = waiting.wanted(event, unit.load(OPTION_PLACES, places_id(event.conference, event.product)))
    if change is not None:
        unit.save(OPTION_PLACES, change)
