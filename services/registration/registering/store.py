"""Where registration keeps its documents, the indexes they are found by, and what its pages and lists read."""

from typing import Any, TypeVar

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.changing.domain.runs import Run
from services.registration.changing.domain.session_runs import SessionRun, Standing
from services.registration.people.domain import Contact, Person
from services.registration.prices.domain.conferences import Conference, Gate
from services.registration.prices.domain.places import OptionPlaces
from services.registration.registering.domain.owed_seats import OwedSeat
from services.registration.registering.domain.proving import KEPT as PROOF_KEPT
from services.registration.registering.domain.proving import Proof
from services.registration.registering.domain.registrations import Life, Registration, Settling
from services.registration.registering.domain.seating import SeatedSession
from shared.idempotency import REQUESTS
from shared.jobs import DUE_INDEX
from shared.mongo import Collection, Database
from shared.web.renewing import ASKED_LINKS
from shared.web.searching import matching

CONFERENCES = Collection("conferences", Conference)
GATES = Collection("gates", Gate)
PEOPLE = Collection(
    "people",
    Person,
    (
        IndexModel(
            [("identity", ASCENDING)], name="identity", unique=True, partialFilterExpression={"identity": {"$gt": ""}}
        ),
    ),
)
REGISTRATIONS = Collection(
    "registrations",
    Registration,
    (
        IndexModel([("conference", ASCENDING), ("person", ASCENDING)], name="once_each", unique=True),
        IndexModel(
            [("invitation", ASCENDING)],
            name="invitation",
            unique=True,
            partialFilterExpression={"invitation": {"$gt": ""}},
        ),
        DUE_INDEX,  # where unpaid places are held
        IndexModel([("conference", ASCENDING), ("invoice", ASCENDING), ("_id", ASCENDING)], name="invoice"),
        IndexModel([("conference", ASCENDING), ("life", ASCENDING), ("_id", ASCENDING)], name="life"),
        IndexModel(
            [("run", ASCENDING), ("settling", ASCENDING), ("_id", ASCENDING)],
            name="settling",
            partialFilterExpression={"run": {"$gt": ""}},
        ),
        IndexModel(
            [("options.session", ASCENDING), ("_id", ASCENDING)],
            name="option_session",
            partialFilterExpression={"options.session": {"$gt": ""}},
        ),
    ),
)
RUNS = Collection("runs", Run, (DUE_INDEX,))
OPTION_PLACES = Collection("option_places", OptionPlaces, (IndexModel([("conference", ASCENDING)], name="conference"),))
PROOFS = Collection(
    "proofs",
    Proof,
    (
        IndexModel([("person", ASCENDING), ("conference", ASCENDING)], name="person"),
        IndexModel([("made_at", ASCENDING)], name="kept", expireAfterSeconds=int(PROOF_KEPT.total_seconds()) + 86_400),
    ),
)
SESSION_RUNS = Collection("session_runs", SessionRun, (DUE_INDEX,))
STANDINGS = Collection("session_standings", Standing)

SEATED = Collection(
    "seated_sessions",
    SeatedSession,
    (IndexModel([("speakers", ASCENDING), ("conference", ASCENDING)], name="speakers"),),
)

OWED_SEATS = Collection(
    "owed_seats",
    OwedSeat,
    (IndexModel([("conference", ASCENDING), ("is_owed", ASCENDING), ("person", ASCENDING)], name="owed"),),
)

S = TypeVar("S")
OWED_SEAT_COUNT_MAX = 200  # on one page

COLLECTIONS: tuple[Collection[Any], ...] = (
    CONFERENCES,
    GATES,
    PEOPLE,
    REGISTRATIONS,
    RUNS,
    OPTION_PLACES,
    SESSION_RUNS,
    STANDINGS,
    PROOFS,
    ASKED_LINKS,
    SEATED,
    OWED_SEATS,
    REQUESTS,
)


def read(database: Database, collection: Collection[S], id_: str) -> S | None:
    """One state as it is now, for showing."""
    document = database.mongo[collection.name].find_one({"_id": id_})
    return collection.state(document) if document else None


def list_conferences(database: Database) -> list[Conference]:
    """All conferences, the next one first."""
    return [CONFERENCES.state(each) for each in database.mongo[CONFERENCES.name].find().sort("starts", ASCENDING)]


def list_registrations(
    database: Database, *, conference: str, life: Life | None, after: str, limit: int
) -> list[Registration]:
    """A conference's registrations in order of submission, from behind `after` on."""
    where: dict[str, Any] = {
        "conference": conference,
        "_id": {"$gt": after},
        "life": {"$in": [life] if life else list(Life)},
    }
    found = database.mongo[REGISTRATIONS.name].find(where).sort("_id", ASCENDING).limit(limit)
    return [REGISTRATIONS.state(each) for each in found]


def places_of(database: Database, conference: str) -> dict[str, OptionPlaces]:
    """The counters of a conference's options as they are now, by product."""
    found = database.mongo[OPTION_PLACES.name].find({"conference": conference})
    return {each["product"]: OPTION_PLACES.state(each) for each in found}


def names_of(database: Database, people: list[str]) -> dict[str, str]:
    """What these people call themselves."""
    found = database.mongo[PEOPLE.name].find({"_id": {"$in": people}}, {"contact.name": 1})
    return {each["_id"]: each["contact"]["name"] for each in found}


def contacts_of(database: Database, people: list[str]) -> dict[str, Contact]:
    """How these people call themselves and are reached."""
    found = database.mongo[PEOPLE.name].find({"_id": {"$in": people}})
    return {each.id: each.contact for each in map(PEOPLE.state, found)}


def persons_like(database: Database, query: str) -> list[str]:
    """The ids of all people who have each of these words in their name, e-mail address or postal address."""
    where = matching(query, fields=("contact.name", "contact.email", "contact.postal_address"))
    return [each["_id"] for each in database.mongo[PEOPLE.name].find(where, {"_id": 1})]


def owed_seats(database: Database, conference: str, *, person: str | None = None) -> list[OwedSeat]:
    """Seats that no order pays for, of one person or of everybody; so many as a page has room for."""
    where = {"conference": conference, "is_owed": True} | ({"person": person} if person else {})
    found = database.mongo[OWED_SEATS.name].find(where).sort("person", ASCENDING).limit(OWED_SEAT_COUNT_MAX)
    return [OWED_SEATS.state(each) for each in found]


def count_by_life(database: Database, conference: str) -> dict[Life, int]:
    """How many registrations of a conference are in which state."""
    registrations = database.mongo[REGISTRATIONS.name]
    return {life: registrations.count_documents({"conference": conference, "life": life}) for life in Life}


def count_settling(database: Database, run: str, settling: Settling) -> int:
    """How many registrations of a run are so far with their settlement."""
    return database.mongo[REGISTRATIONS.name].count_documents({"run": run, "settling": settling})
