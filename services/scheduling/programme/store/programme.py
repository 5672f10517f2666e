"""Where the programme in draft is kept, and who is known to whom a speaker may be the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain.cast_run import CastRun, Farewell
from services.scheduling.programme.domain.conflict_rules import Conflict, Demand
from services.scheduling.programme.domain.conflicts import conflicts_at, conflicts_of
from services.scheduling.programme.domain.drafting import Days
from services.scheduling.programme.domain.people import Identity, Person
from services.scheduling.programme.domain.programme import Programme, Session, Speaker, SpeakerUnknown, programme_id
from shared import reach
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.personal import OfOne

PROGRAMMES = Collection("programmes", Programme)
SESSIONS = Collection(
    "sessions",
    Session,
    (
        IndexModel([("conference", ASCENDING), ("code", ASCENDING)], name="code", unique=True),
        IndexModel([("cast.person", ASCENDING)], name="cast"),
    ),
    routes=("session",),
)
SPEAKERS = Collection("speakers", Speaker, personal=OfOne("_id", {"name": ERASED, "biography": ""}))
IDENTITIES = Collection("identities", Identity, personal=OfOne("person", is_removed=True))
PEOPLE = Collection("people", Person, personal=OfOne("_id", {"name": ERASED}))

CAST_RUNS = Collection("cast_runs", CastRun, (DUE_INDEX,))
FAREWELLS = Collection("farewells", Farewell, (IndexModel([("run", ASCENDING)], name="run"),))

COLLECTIONS: tuple[Collection[Any], ...] = (
    PROGRAMMES,
    SESSIONS,
    SPEAKERS,
    IDENTITIES,
    PEOPLE,
    CAST_RUNS,
    FAREWELLS,
)


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


def sessions_with_versions(
    database: Database, conference: str, *, after: str = "", limit: int = 0
) -> list[tuple[Session, int]]:
    """A conference's sessions by code, from behind `after` on, each with how often it was changed."""
    where = {"conference": conference, "code": {"$gt": after}}
    found = database.mongo[SESSIONS.name].find(where).sort("code", ASCENDING).limit(limit)
    return [(SESSIONS.state(each), each["version"]) for each in found]


def speaker_with_version(database: Database, person: str) -> tuple[Speaker, int]:
    """A speaker and how often their entry was changed; raises `SpeakerUnknown`."""
    document = database.mongo[SPEAKERS.name].find_one({"_id": person})
    if document is None:
        raise SpeakerUnknown("There is no speaker under this address.")
    return SPEAKERS.state(document), document["version"]


def is_speaker_there(database: Database, person: str) -> bool:
    """Whether somebody was introduced for, or is cast at, one of the conferences that are seen."""
    if database.mongo[SESSIONS.name].find_one({"cast.person": person}, {"_id": 1}) is not None:
        return True
    kept = database.mongo[SPEAKERS.name].find_one({"_id": person}, {"appearances": 1})
    return any(reach.sees(conference) for conference in (kept or {}).get("appearances", ()))


def speakers_of(database: Database, conference: str) -> list[tuple[Speaker, int]]:
    """Who was introduced for a conference or is cast in one of its sessions, in the order of their ids."""
    cast = database.mongo[SESSIONS.name].distinct("cast.person", {"conference": conference})
    where = {"$or": [{"_id": {"$in": cast}}, {f"appearances.{conference}": {"$exists": True}}]}
    found = database.mongo[SPEAKERS.name].find(where).sort("_id", ASCENDING)
    return [(SPEAKERS.state(each), each["version"]) for each in found]


def names_of(database: Database, persons: Sequence[str]) -> dict[str, str]:
    """What these people call themselves, as far as it was told: to registration, else as speakers."""
    wanted = {"_id": {"$in": list(persons)}}
    told = (database.mongo[each.name].find(wanted, {"name": 1}) for each in (SPEAKERS, PEOPLE))
    return {each["_id"]: each["name"] for each in chain.from_iterable(told)}


def speakers(database: Database, persons: list[str]) -> dict[str, Speaker]:
    """These speakers, by person."""
    found = database.mongo[SPEAKERS.name].find({"_id": {"$in": persons}})
    return {each["_id"]: SPEAKERS.state(each) for each in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All of a draft at one moment, for asking about conflicts."""

    programme: Programme
    sessions: tuple[Session, ...]
    speakers: Mapping[str, Speaker]
    demand: Demand
    zone: str
    days: Days
    versions: Mapping[str, int] = field(default_factory=dict)  # of its sessions, as their editors see them

    def conflicts(self) -> tuple[Conflict, ...]:
        """What is wrong with it."""
        return conflicts_of(self.programme, self.sessions, self.speakers, **self._known)

    def conflicts_at(self, session: Session, *, room: str, starts: datetime) -> tuple[Conflict, ...]:
        """What this session would be in conflict with there."""
        return conflicts_at(
            self.programme, self.sessions, self.speakers, session=session, room=room, starts=starts, **self._known
        )

    @property
    def _known(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "days": self.days,
            "stars": self.demand.stars,
            "signed_up": self.demand.signed_up,
            "wanted_together": self.demand.wanted_together,
        }


def draft(database: Database, conference: Conference, *, demand: Demand) -> Draft:
    """A conference's draft as it is now."""
    read = sessions_with_versions(database, conference.id)
    found = [each for each, _ in read]
    return Draft(
        programme=programme(database, conference.id),
        sessions=tuple(found),
        versions={each.id: version for each, version in read},
        speakers=speakers(database, sorted({person for each in found for person in each.speakers})),
        demand=demand,
        zone=conference.zone,
        days=(conference.starts, conference.ends),
    )
