"""Where attendance is kept: who has a badge, every scan, the ledger of points and what it adds up to."""

from collections.abc import Collection as Group
from collections.abc import Iterable
from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import (
    Attendance,
    Attendee,
    Posting,
    Reckoned,
    Standing,
    Stray,
    Way,
    in_order,
)
from shared.collection import Collection
from shared.jobs import DUE_INDEX
from shared.mongo import Database

ATTENDEES = Collection(
    "attendees",
    Attendee,
    (
        IndexModel([("conference", ASCENDING), ("_id", ASCENDING)], name="conference"),
        IndexModel([("proof", ASCENDING)], name="proof", unique=True, partialFilterExpression={"proof": {"$gt": ""}}),
        DUE_INDEX,
    ),
)
ATTENDANCES = Collection(
    "attendances",
    Attendance,
    (
        IndexModel([("conference", ASCENDING), ("person", ASCENDING)], name="person"),
        IndexModel([("session", ASCENDING)], name="session"),
    ),
)
STRAYS = Collection("strays", Stray, (IndexModel([("conference", ASCENDING), ("fate", ASCENDING)], name="fate"),))
POSTINGS = Collection(
    "postings",
    Posting,
    (
        IndexModel([("conference", ASCENDING), ("person", ASCENDING)], name="conference"),
        IndexModel([("person", ASCENDING)], name="person"),
        IndexModel([("session", ASCENDING)], name="session"),
    ),
)
STANDINGS = Collection("standings", Standing, (IndexModel([("person", ASCENDING)], name="person"),))
RECKONED = Collection("reckoned", Reckoned, conference="_id")

COLLECTIONS: tuple[Collection[Any], ...] = (ATTENDEES, ATTENDANCES, STRAYS, POSTINGS, STANDINGS, RECKONED)


def attendee(database: Database, id_: str) -> Attendee | None:
    """Whose badge this is, if it was ever good."""
    document = database.mongo[ATTENDEES.name].find_one({"_id": id_})
    return ATTENDEES.state(document) if document else None


def attendee_of_proof(database: Database, proof: str) -> Attendee | None:
    """Whose papers bear this code."""
    document = database.mongo[ATTENDEES.name].find_one({"proof": proof}) if proof else None
    return ATTENDEES.state(document) if document else None


def attendees(database: Database, conference: str, *, after: str = "", limit: int = 0) -> list[Attendee]:
    """Whose badge is good for a conference, in the order of their ids."""
    where = {"conference": conference, "is_live": True, "_id": {"$gt": after}}
    found = database.mongo[ATTENDEES.name].find(where).sort("_id", ASCENDING).limit(limit)
    return [ATTENDEES.state(each) for each in found]


def attendees_by_code(database: Database, conference: str, *, key: str) -> dict[str, Attendee]:
    """Whose badge is good for a conference, by the code on it."""
    return {badges.code_of(key, each.id): each for each in attendees(database, conference)}


def attendances_of(database: Database, conference: str, person: str) -> list[Attendance]:
    """Where somebody was at a conference."""
    found = database.mongo[ATTENDANCES.name].find({"conference": conference, "person": person})
    return [ATTENDANCES.state(each) for each in found.sort("_id", ASCENDING)]


def attendances_at(database: Database, session: str) -> list[Attendance]:
    """Who was at a session, in the order of their ids."""
    found = database.mongo[ATTENDANCES.name].find({"session": session}).sort("_id", ASCENDING)
    return [ATTENDANCES.state(each) for each in found]


def attendance(database: Database, id_: str) -> Attendance | None:
    """One person at one session."""
    document = database.mongo[ATTENDANCES.name].find_one({"_id": id_})
    return ATTENDANCES.state(document) if document else None


def present(database: Database, session: str) -> set[str]:
    """Who is in a session's room now, as far as scans tell: who came in and was not scanned out again."""
    attended = attendances_at(database, session)
    return {each.person for each in attended if each.scans and in_order(each.scans)[-1].way is Way.IN}


def attendance_counts(database: Database, sessions: Group[str]) -> dict[str, int]:
    """How many people were scanned at each session."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"session": {"$in": list(sessions)}, "scans.0": {"$exists": True}}},
        {"$group": {"_id": "$session", "count": {"$sum": 1}}},
    ]
    return {each["_id"]: each["count"] for each in database.mongo[ATTENDANCES.name].aggregate(pipeline)}


def postings_of(database: Database, person: str) -> list[Posting]:
    """A person's entries in the ledger of points, of all conferences, in the order in which they were made."""
    found = database.mongo[POSTINGS.name].find({"person": person})
    return sorted((POSTINGS.state(each) for each in found), key=lambda each: (each.posted_at, each.id))


def standings_of(database: Database, person: str) -> list[Standing]:
    """What a person holds, by scheme."""
    found = database.mongo[STANDINGS.name].find({"person": person}).sort("_id", ASCENDING)
    return [STANDINGS.state(each) for each in found]


def points_by_scheme(database: Database, conference: str) -> dict[str, int]:
    """What the ledger of a conference adds up to, by scheme, in hundredths."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"conference": conference}},
        {"$group": {"_id": "$scheme", "hundredths": {"$sum": "$hundredths"}}},
        {"$sort": {"_id": 1}},
    ]
    return {each["_id"]: each["hundredths"] for each in database.mongo[POSTINGS.name].aggregate(pipeline)}


def strays(database: Database, conference: str, *, limit: int = 0) -> list[Stray]:
    """Scans that belong to nobody yet."""
    found = database.mongo[STRAYS.name].find({"conference": conference}).sort("_id", ASCENDING).limit(limit)
    return [STRAYS.state(each) for each in found]


def stray_conferences(database: Database) -> list[str]:
    """Conferences of which there are such scans."""
    return list(database.mongo[STRAYS.name].distinct("conference"))


def attended_conferences(database: Database) -> list[str]:
    """Conferences at which anybody was scanned."""
    return list(database.mongo[ATTENDANCES.name].distinct("conference"))


def persons_at(database: Database, conference: str, *, sessions: Iterable[str] | None = None) -> list[str]:
    """Who was scanned at a conference, or at these sessions of it."""
    where: dict[str, Any] = {"conference": conference}
    if sessions is not None:
        where["session"] = {"$in": list(sessions)}
    return list(database.mongo[ATTENDANCES.name].distinct("person", where))


def reckoned(database: Database, conference: str) -> Reckoned:
    """Up to where a conference's points were reckoned."""
    document = database.mongo[RECKONED.name].find_one({"_id": conference})
    return RECKONED.state(document) if document else Reckoned(id=conference)
