"""Where people are kept, and what they are called."""

from typing import TypeVar

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.registration.people.domain import Contact, Person
from shared.mongo import Collection, Database
from shared.web.searching import matching

PEOPLE = Collection(
    "people",
    Person,
    (
        IndexModel(
            [("identity", ASCENDING)], name="identity", unique=True, partialFilterExpression={"identity": {"$gt": ""}}
        ),
    ),
)


S = TypeVar("S")


def read(database: Database, collection: Collection[S], id_: str) -> S | None:
    """One state as it is now, for showing."""
    document = database.mongo[collection.name].find_one({"_id": id_})
    return collection.state(document) if document else None


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


COLLECTIONS = (PEOPLE,)
