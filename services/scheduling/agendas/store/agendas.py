"""Where agendas and rosters are kept, and what is counted from them."""

from collections.abc import Collection as Group
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.scheduling.agendas.domain.agendas import Agenda, agenda_id
from services.scheduling.agendas.domain.rosters import Roster, Talk, roster_id
from shared.collection import Collection
from shared.mongo import Database
from shared.unit import Unit

AGENDAS = Collection(
    "agendas",
    Agenda,
    (
        IndexModel([("conference", ASCENDING), ("stars", ASCENDING)], name="stars"),
        IndexModel(
            [("feed_token", ASCENDING)], name="feed", unique=True, partialFilterExpression={"feed_token": {"$gt": ""}}
        ),
    ),
)
ROSTERS = Collection(
    "rosters",
    Roster,
    (
        IndexModel([("conference", ASCENDING), ("held.person", ASCENDING)], name="held"),
        IndexModel([("conference", ASCENDING), ("waiting", ASCENDING)], name="waiting"),
        IndexModel([("next_at", ASCENDING)], name="next", partialFilterExpression={"next_at": {"$type": "date"}}),
    ),
    is_watched=True,
)

COLLECTIONS: tuple[Collection[Any], ...] = (AGENDAS, ROSTERS)


def agenda(database: Database, id_: str) -> Agenda | None:
    """One person's agenda."""
    document = database.mongo[AGENDAS.name].find_one({"_id": id_})
    return AGENDAS.state(document) if document else None


def agenda_of_feed(database: Database, token: str) -> Agenda | None:
    """The agenda whose personal feed has this token; none when it was revoked."""
    document = database.mongo[AGENDAS.name].find_one({"feed_token": token}) if token else None
    return AGENDAS.state(document) if document else None


def rosters(database: Database, conference: str) -> dict[str, Roster]:
    """The rosters of a conference, by session."""
    return _rosters(database, {"conference": conference})


def rosters_of(database: Database, sessions: Group[str]) -> dict[str, Roster]:
    """The rosters of these sessions, by session."""
    return _rosters(database, {"_id": {"$in": [roster_id(each) for each in sessions]}})


def due_rosters(database: Database, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Roster and session of those on which something happens by itself now."""
    found = database.mongo[ROSTERS.name].find({"next_at": {"$lte": now}}, {"session": 1}).sort("next_at", 1)
    return [(each["_id"], each["session"]) for each in found.limit(limit)]


def seconds_until_due(database: Database, *, now: datetime) -> float:
    """How long nothing happens on any roster by itself, in business time."""
    found = database.mongo[ROSTERS.name].find_one({"next_at": {"$type": "date"}}, {"next_at": 1}, sort=[("next_at", 1)])
    return max((found["next_at"] - now).total_seconds(), 0.0) if found else float("inf")


def talks(unit: Unit, conference: str, person: str) -> list[Talk]:
    """What this person speaks in by the last release, of whose rows only these are read: it is a megabyte, perhaps."""
    theirs = {"$and": [{"$in": [person, "$$entry.parts.person"]}, {"$ne": ["$$entry.state", "cancelled"]}]}
    pipeline: list[dict[str, object]] = [
        {"$match": {"conference": conference}},
        {"$sort": {"number": DESCENDING}},
        {"$limit": 1},
        {"$project": {"entries": {"$filter": {"input": "$entries", "as": "entry", "cond": theirs}}}},
    ]
    found = unit.of("releases").aggregate(pipeline, session=unit.session)
    names = ("session", "code", "title", "starts", "ends")
    return [Talk(**{name: entry[name] for name in names}) for each in found for entry in each["entries"]]


def star_counts(database: Database, conference: str) -> dict[str, int]:
    """How many people starred each session."""
    pipeline: list[dict[str, object]] = [
        {"$match": {"conference": conference}},
        {"$unwind": "$stars"},
        {"$group": {"_id": "$stars", "count": {"$sum": 1}}},
    ]
    return {each["_id"]: each["count"] for each in database.mongo[AGENDAS.name].aggregate(pipeline)}


def seat_counts(database: Database, conference: str) -> dict[str, int]:
    """How many seats of each session are held or offered."""
    counted: Mapping[str, object] = {"session": 1, "count": {"$size": "$held"}}
    found = database.mongo[ROSTERS.name].aggregate([{"$match": {"conference": conference}}, {"$project": counted}])
    return {each["session"]: each["count"] for each in found}


def star_lists(database: Database, conference: str) -> list[tuple[str, ...]]:
    """What each person starred; nobody is named."""
    found = database.mongo[AGENDAS.name].find({"conference": conference, "stars.0": {"$exists": True}}, {"stars": 1})
    return [tuple(each["stars"]) for each in found]


def agendas_of(database: Database, conference: str, persons: Group[str]) -> dict[str, Agenda]:
    """These people's agendas, by person; who never registered has none."""
    ids = [agenda_id(conference, each) for each in persons]
    return {each["person"]: AGENDAS.state(each) for each in database.mongo[AGENDAS.name].find({"_id": {"$in": ids}})}


def stargazers(
    database: Database, conference: str, sessions: Group[str], *, after: str, limit: int
) -> dict[str, frozenset[str]]:
    """Who starred some of these sessions, and which of them: the next people behind `after`, in order."""
    wanted = frozenset(sessions)
    where = {
        "_id": {"$gt": agenda_id(conference, after), "$lt": agenda_id(conference, "\uffff")},
        "stars": {"$in": list(wanted)},
    }
    found = database.mongo[AGENDAS.name].find(where, {"person": 1, "stars": 1}).sort("_id", ASCENDING).limit(limit)
    return {each["person"]: wanted & frozenset(each["stars"]) for each in found}


def _rosters(database: Database, where: Mapping[str, object]) -> dict[str, Roster]:
    return {each["session"]: ROSTERS.state(each) for each in database.mongo[ROSTERS.name].find(where)}
