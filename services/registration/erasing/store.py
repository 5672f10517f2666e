"""Where it is kept who was erased when, by whom and why; nothing of it says who it was."""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.client_session import ClientSession
from pymongo.operations import IndexModel

from services.registration.correcting.store import registrations_of
from services.registration.erasing.domain import Erasure, State, Whom, in_the_way
from services.registration.payers.domain import Payer
from services.registration.payers.store import PAYERS
from services.registration.people.domain import Person
from services.registration.people.store import PEOPLE, read
from services.registration.prices.store import CONFERENCES, list_conferences
from services.registration.registering.domain.registrations import Registration
from services.registration.registering.store import REGISTRATIONS
from shared.collection import Collection
from shared.ids import is_payer
from shared.jobs import DUE_INDEX
from shared.mongo import Database

ERASURES = Collection(
    "erasures",
    Erasure,
    (
        IndexModel(
            [("person", ASCENDING)],
            name="one_asked",
            unique=True,
            partialFilterExpression={"state": State.ASKED.value},
        ),
        IndexModel([("persons", ASCENDING), ("_id", DESCENDING)], name="persons"),
        DUE_INDEX,
    ),
)
COLLECTIONS = (ERASURES,)


def erasure_of(database: Database, person: str) -> Erasure | None:
    """The last erasure that was asked for of a person, under whichever of their ids."""
    found = database.mongo[ERASURES.name].find_one({"persons": person}, sort=[("_id", DESCENDING)])
    return ERASURES.state(found) if found else None


def whom_now(database: Database, id_: str) -> Whom | None:
    """Who is known under this id, a person or a payer, for showing."""
    known: Person | Payer | None = read(database, PAYERS, id_) if is_payer(id_) else read(database, PEOPLE, id_)
    return Whom.of(known) if known else None


def ids_now(database: Database, whom: Whom) -> list[str]:
    """The ids under which they are known, for showing."""
    person = None if whom.is_payer else read(database, PEOPLE, whom.id)
    root = (person.same_as if person else "") or whom.id
    others = database.mongo[PEOPLE.name].find({"same_as": root}, {"_id": 1})
    return sorted({whom.id, root, *(each["_id"] for each in others)})


def registrations_about(
    database: Database, ids: list[str], *, session: ClientSession | None = None
) -> list[Registration]:
    """The registrations of a person under each of their ids, or all that a payer pays for."""
    if not is_payer(ids[0]):
        return registrations_of(database, ids, session=session)
    conferences = database.mongo[CONFERENCES.name].distinct("_id", session=session)  # the index begins with them
    where = {"conference": {"$in": conferences}, "payer": ids[0]}
    found = database.mongo[REGISTRATIONS.name].find(where, session=session).sort("_id", ASCENDING)
    return [REGISTRATIONS.state(each) for each in found]


def obstacles_now(database: Database, whom: Whom, registrations: list[Registration], *, now: datetime) -> list[str]:
    """What registration knows that is in the way of erasing somebody, for showing."""
    return list(in_the_way(registrations, list_conferences(database), whom=whom, now=now))
