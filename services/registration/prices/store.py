"""Where is kept what is sold: conferences with their prices, the counters of options, and the seats of sessions."""

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.prices.domain.conferences import AwardedEdition, Conference
from services.registration.prices.domain.places import OptionPlaces
from services.registration.prices.domain.seats import SeatedSession
from shared.collection import Collection
from shared.mongo import Database

CONFERENCES = Collection("conferences", Conference, conference="_id")
AWARDED = Collection("awarded_editions", AwardedEdition, conference="_id")


OPTION_PLACES = Collection("option_places", OptionPlaces, (IndexModel([("conference", ASCENDING)], name="conference"),))


SEATED = Collection(
    "seated_sessions",
    SeatedSession,
    (IndexModel([("speakers", ASCENDING), ("conference", ASCENDING)], name="speakers"),),
)


def list_conferences(database: Database) -> list[Conference]:
    """All conferences, the next one first."""
    return [CONFERENCES.state(each) for each in database.mongo[CONFERENCES.name].find().sort("starts", ASCENDING)]


def places_of(database: Database, conference: str) -> dict[str, OptionPlaces]:
    """The counters of a conference's options as they are now, by product."""
    found = database.mongo[OPTION_PLACES.name].find({"conference": conference})
    return {each["product"]: OPTION_PLACES.state(each) for each in found}


COLLECTIONS = (
    CONFERENCES,
    AWARDED,
    OPTION_PLACES,
    SEATED,
)
