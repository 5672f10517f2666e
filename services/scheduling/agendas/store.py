"""Where agendas and rosters are kept, and what is counted from them."""

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.agendas.domain import Agenda, Roster
from shared.jobs import DUE_INDEX
from shared.mongo import Collection, Database

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
        DUE_INDEX,
    ),
)

COLLECTIONS = (AGENDAS, ROSTERS)


def star_counts(database: Database, conference: str) -> dict[str, int]:
    """How many people starred each session."""
    pipeline: list[dict[str, object]] = [
        {"$match": {"conference": conference}},
        {"$unwind": "$stars"},
        {"$group": {"_id": "$stars", "count": {"$sum": 1}}},
    ]
    return {each["_id"]: each["count"] for each in database.mongo[AGENDAS.name].aggregate(pipeline)}


def rosters(database: Database, conference: str) -> dict[str, Roster]:
    """The rosters of a conference, by session."""
    found = database.mongo[ROSTERS.name].find({"conference": conference})
    return {each["session"]: ROSTERS.state(each) for each in found}
