"""Where registrations are kept with their gates, proofs and owed seats, and what pages and lists read of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.payers.store import ORDERS
from services.registration.people.store import PEOPLE
from services.registration.prices.store import CONFERENCES
from services.registration.registering.domain.gates import Gate
from services.registration.registering.domain.owed_seats import OwedSeat
from services.registration.registering.domain.proving import KEPT as PROOF_KEPT
from services.registration.registering.domain.proving import Proof
from services.registration.registering.domain.registrations import (
    Life,
    Registration,
)
from shared import reach
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.idempotency import REQUESTS
from shared.ids import is_payer
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.personal import OfOne
from shared.unit import Unit
from shared.web.renewing import ASKED_LINKS

GATES = Collection("gates", Gate)
REGISTRATIONS = Collection(
    "registrations",
    Registration,
    (
        IndexModel(
            [("conference", ASCENDING), ("person", ASCENDING), ("left.at", ASCENDING)],
            name="once_at_a_time",  # who has left may come again
            unique=True,
        ),
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
            [("choosing", ASCENDING), ("_id", ASCENDING)],
            name="choosing",
            partialFilterExpression={"choosing": {"$gt": ""}},
        ),
        IndexModel(
            [("options.session", ASCENDING), ("_id", ASCENDING)],
            name="option_session",
            partialFilterExpression={"options.session": {"$gt": ""}},
        ),
    ),
    former_indexes=("once_each",),
    routes=("registration",),
    personal=OfOne(
        "person",
        {
            "guests": lambda document: [{**each, "name": ERASED} for each in document["guests"]],
            "left.reason": "",
        },
    ),
)
PROOFS = Collection(
    "proofs",
    Proof,
    (
        IndexModel([("person", ASCENDING), ("conference", ASCENDING)], name="person"),
        IndexModel([("made_at", ASCENDING)], name="kept", expireAfterSeconds=int(PROOF_KEPT.total_seconds()) + 86_400),
    ),
    personal=OfOne("person", is_removed=True, blanks={"application": None}),
)


OWED_SEATS = Collection(
    "owed_seats",
    OwedSeat,
    (IndexModel([("conference", ASCENDING), ("is_owed", ASCENDING), ("person", ASCENDING)], name="owed"),),
)

OWED_SEAT_COUNT_MAX = 200  # on one page
ON_NO_ORDER: Mapping[str, Any] = {"is_owed": True, "is_on_order": {"$ne": True}}  # those of before don't say

COLLECTIONS = (GATES, REGISTRATIONS, PROOFS, OWED_SEATS, ASKED_LINKS, REQUESTS)


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


def registered_for(conference: str, persons: Iterable[str]) -> dict[str, Any]:
    """The registrations of these persons for a conference; who has left it may register again."""
    return {"conference": conference, "person": {"$in": list(persons)}, "left": None}


def owed_seats(database: Database, conference: str, *, person: str | None = None) -> list[OwedSeat]:
    """Seats that are not paid and on no order, of one person or of everybody; so many as a page has room for."""
    where = {"conference": conference, **ON_NO_ORDER} | ({"person": person} if person else {})
    found = database.mongo[OWED_SEATS.name].find(where).sort("person", ASCENDING).limit(OWED_SEAT_COUNT_MAX)
    return [OWED_SEATS.state(each) for each in found]


def is_person_there(database: Database, id_: str) -> bool:
    """Whether this person is registered, or was introduced as a speaker, for one of the conferences that are seen; of
    who pays for several, whether they do there."""
    if is_payer(id_):
        return database.mongo[ORDERS.name].find_one({"payer": id_}, {"_id": 1}) is not None
    return bool(persons_there(database, [id_]))


def persons_there(database: Database, ids: Iterable[str]) -> set[str]:
    """Those of these people who have something to do with one of the conferences that are seen here."""
    people = [PEOPLE.state(each) for each in database.mongo[PEOPLE.name].find({"_id": {"$in": list(ids)}})]
    conferences = database.mongo[CONFERENCES.name].distinct("_id")  # the index begins with them
    where = {"conference": {"$in": conferences}, "person": {"$in": [each.id for each in people]}}
    registered = set(database.mongo[REGISTRATIONS.name].distinct("person", where))
    return registered | {each.id for each in people if each.is_introduced and reach.sees(each.introduced_for)}


def count_by_life(database: Database, conference: str) -> dict[Life, int]:
    """How many registrations of a conference are in which state."""
    registrations = database.mongo[REGISTRATIONS.name]
    return {life: registrations.count_documents({"conference": conference, "life": life}) for life in Life}


class StoryBroken(LookupError):
    """An event about something that was never told of: it can't be handled, and is parked."""


def known_registration(unit: Unit, id_: str) -> Registration:
    registration = unit.load(REGISTRATIONS, id_)
    if registration is None:
        raise StoryBroken(f"{id_} was never submitted here")
    return registration
