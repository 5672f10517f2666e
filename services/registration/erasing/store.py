"""Where it is kept who was erased when, by whom and why; nothing of it says who it was."""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.registration.correcting.store import registrations_of
from services.registration.erasing.domain import Erasure, State, in_the_way
from services.registration.people.domain import Person
from services.registration.people.store import PEOPLE
from services.registration.prices.store import list_conferences
from shared.jobs import DUE_INDEX
from shared.mongo import Collection, Database

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


def persons_of(database: Database, person: Person) -> list[str]:
    """The ids under which one human being is known, for showing."""
    root = person.same_as or person.id
    others = database.mongo[PEOPLE.name].find({"same_as": root}, {"_id": 1})
    return sorted({person.id, root, *(each["_id"] for each in others)})


def obstacles_now(database: Database, person: Person, *, now: datetime) -> tuple[str, ...]:
    """What registration knows that is in the way of erasing somebody, for showing."""
    registrations = registrations_of(database, persons_of(database, person))
    return in_the_way(registrations, list_conferences(database), now=now)
