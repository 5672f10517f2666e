"""Where corrections are kept: what was known before, beside what is known now."""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.client_session import ClientSession
from pymongo.operations import IndexModel

from services.registration.correcting.domain.addresses import FORGOTTEN_AFTER, AddressChange, State
from services.registration.correcting.domain.corrections import Correction
from services.registration.people.store import blanks_of_contact
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.store import REGISTRATIONS
from shared.collection import Collection
from shared.mongo import Database
from shared.personal import OfOne

CORRECTION_COUNT_MAX = 100  # on one page, the newest

CORRECTIONS = Collection(
    "corrections",
    Correction,
    (IndexModel([("person", ASCENDING), ("_id", DESCENDING)], name="person"),),
    personal=OfOne("person", {"reason": "", **blanks_of_contact("before"), **blanks_of_contact("after")}),
)

ADDRESS_CHANGES = Collection(
    "address_changes",
    AddressChange,
    (
        IndexModel(
            [("person", ASCENDING)],
            name="one_asked",
            unique=True,
            partialFilterExpression={"kept_as": State.ASKED.value},
        ),
        IndexModel([("made_at", ASCENDING)], name="kept", expireAfterSeconds=int(FORGOTTEN_AFTER.total_seconds())),
    ),
    personal=OfOne("person", {"email": ""}),
)

COLLECTIONS = (CORRECTIONS, ADDRESS_CHANGES)


def address_asked_for(database: Database, person: str, *, now: datetime) -> AddressChange | None:
    """The new address of somebody that waits to be proved."""
    found = database.mongo[ADDRESS_CHANGES.name].find_one({"person": person, "kept_as": State.ASKED.value})
    asked = ADDRESS_CHANGES.state(found) if found else None
    return asked if asked and asked.state(now) is State.ASKED else None


def corrections_of(database: Database, person: str) -> list[Correction]:
    """What was corrected about a person, the newest first."""
    found = database.mongo[CORRECTIONS.name].find({"person": person}).sort("_id", DESCENDING)
    return [CORRECTIONS.state(each) for each in found.limit(CORRECTION_COUNT_MAX)]


def registrations_of(
    database: Database, persons: list[str], *, session: ClientSession | None = None
) -> list[Registration]:
    """All registrations of a person, under each of their ids, in the order of submission."""
    conferences = database.mongo[CONFERENCES.name].distinct("_id", session=session)  # the index begins with them
    where = {"conference": {"$in": conferences}, "person": {"$in": persons}}
    found = database.mongo[REGISTRATIONS.name].find(where, session=session).sort("_id", ASCENDING)
    return [REGISTRATIONS.state(each) for each in found]
