"""Where the programme in draft is kept."""

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.programme.domain import Programme, Session, Speaker, programme_id
from shared.mongo import Collection, Database

PROGRAMMES = Collection("programmes", Programme)
SESSIONS = Collection(
    "sessions",
    Session,
    (
        IndexModel([("conference", ASCENDING), ("code", ASCENDING)], name="code", unique=True),
        IndexModel([("cast.person", ASCENDING)], name="cast"),
    ),
)
SPEAKERS = Collection("speakers", Speaker)

COLLECTIONS = (PROGRAMMES, SESSIONS, SPEAKERS)


def programme(database: Database, conference: str) -> Programme:
    """A conference's programme; one that nobody has begun is empty."""
    document = database.mongo[PROGRAMMES.name].find_one({"_id": programme_id(conference)})
    return PROGRAMMES.state(document) if document else Programme(id=programme_id(conference), conference=conference)


def sessions(database: Database, conference: str) -> list[Session]:
    """All sessions of a conference, in the order of their codes."""
    found = database.mongo[SESSIONS.name].find({"conference": conference}).sort("code", ASCENDING)
    return [SESSIONS.state(each) for each in found]


def session_with_version(database: Database, id_: str) -> tuple[Session, int] | None:
    """A session and how often it was changed."""
    document = database.mongo[SESSIONS.name].find_one({"_id": id_})
    return (SESSIONS.state(document), document["version"]) if document else None


def speakers(database: Database, persons: list[str]) -> dict[str, Speaker]:
    """These speakers, by person."""
    found = database.mongo[SPEAKERS.name].find({"_id": {"$in": persons}})
    return {each["_id"]: SPEAKERS.state(each) for each in found}
