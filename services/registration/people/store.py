"""Where people are kept, and what they are called."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.people.domain import Contact, Person
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.mongo import Database
from shared.personal import OfOne
from shared.unit import Unit
from shared.web.searching import matching


def blanks_of_contact(field: str) -> Mapping[str, Any]:
    """What stands in a field with somebody's contact once they were erased."""
    return {f"{field}.name": ERASED, f"{field}.email": None, f"{field}.postal_address": []}


PEOPLE = Collection(
    "people",
    Person,
    (
        IndexModel(
            [("identity", ASCENDING)], name="identity", unique=True, partialFilterExpression={"identity": {"$gt": ""}}
        ),
        IndexModel([("former", ASCENDING)], name="former", partialFilterExpression={"former": {"$gt": ""}}),
        IndexModel([("same_as", ASCENDING)], name="same_as", partialFilterExpression={"same_as": {"$gt": ""}}),
    ),
    personal=OfOne("_id", {**blanks_of_contact("contact"), "identity": "", "former": [], "is_erased": True}),
)


S = TypeVar("S")
SHARING_COUNT_MAX = 20


def read(database: Database, collection: Collection[S], id_: str) -> S | None:
    """One state as it is now, for showing."""
    document = database.mongo[collection.name].find_one({"_id": id_})
    return collection.state(document) if document else None


def person_with_version(database: Database, id_: str) -> tuple[Person, int] | None:
    """A person, and how often what is known of them was saved: what an editor has seen."""
    document = database.mongo[PEOPLE.name].find_one({"_id": id_})
    return (PEOPLE.state(document), document["version"]) if document else None


def sharing_address(database: Database, person: Person) -> list[Person]:
    """Others who are known under the same e-mail address; so many as a page has room for."""
    address = person.identity.partition("\n")[0]
    if not address:
        return []
    where = {"identity": {"$regex": f"^{re.escape(address)}\n"}, "_id": {"$ne": person.id}}
    found = database.mongo[PEOPLE.name].find(where).sort("identity", ASCENDING).limit(SHARING_COUNT_MAX)
    return [PEOPLE.state(each) for each in found]


def one_person(unit: Unit, person: Person) -> list[str]:
    """The ids under which one human being is known: mostly one, more where several were found to be the same."""
    root = person.same_as or person.id
    return sorted({person.id, root, *(each.id for each in unit.find(PEOPLE, {"same_as": root}))})


def names_of(database: Database, people: list[str]) -> dict[str, str]:
    """What these people call themselves."""
    found = database.mongo[PEOPLE.name].find({"_id": {"$in": people}}, {"contact.name": 1})
    return {each["_id"]: each["contact"]["name"] for each in found}


def contacts_of(database: Database, people: list[str]) -> dict[str, Contact]:
    """How these people call themselves and are reached."""
    found = database.mongo[PEOPLE.name].find({"_id": {"$in": people}})
    return {each.id: each.contact for each in map(PEOPLE.state, found)}


def persons_like(database: Database, query: str, *, limit: int = 0) -> list[str]:
    """The ids of people who have each of these words in their name, e-mail address or postal address: so many of them,
    or all."""
    where = matching(query, fields=("contact.name", "contact.email", "contact.postal_address"))
    return [each["_id"] for each in database.mongo[PEOPLE.name].find(where, {"_id": 1}).limit(limit)]


COLLECTIONS = (PEOPLE,)
