"""Where releases and their fan-outs are kept, and the latest release, which the public sees."""

from collections.abc import Iterable
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.scheduling.programme.domain.programme import Programme, programme_id
from services.scheduling.programme.store.programme import PROGRAMMES, SESSIONS, SPEAKERS
from services.scheduling.releases.domain.differences import Draft
from services.scheduling.releases.domain.fanout import Fanout, Telling
from services.scheduling.releases.domain.releases import Release, release_id
from shared.collection import Collection
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.personal import Named
from shared.unit import Unit

RELEASES = Collection(
    "releases",
    Release,
    (IndexModel([("conference", ASCENDING), ("number", DESCENDING)], name="latest"),),
    personal=Named(
        ("entries", "differences"),
        ("entries.parts.person", "differences.before.parts.person", "differences.after.parts.person"),
    ),
)
FANOUTS = Collection(
    "fanouts",
    Fanout,
    (DUE_INDEX, IndexModel([("conference", ASCENDING), ("number", ASCENDING)], name="order")),
)
TELLINGS = Collection(
    "tellings", Telling, (IndexModel([("fanout", ASCENDING), ("is_told", ASCENDING), ("_id", ASCENDING)], name="due"),)
)

COLLECTIONS: tuple[Collection[Any], ...] = (RELEASES, FANOUTS, TELLINGS)


def latest(database: Database, conference: str) -> Release | None:
    """What the public sees now; None when nothing was published."""
    document = database.mongo[RELEASES.name].find_one({"conference": conference}, sort=[("number", DESCENDING)])
    return RELEASES.state(document) if document else None


def latest_number(database: Database, conference: str) -> int:
    """The number of what the public sees now; 0 when nothing was published."""
    found = database.mongo[RELEASES.name].find_one(
        {"conference": conference}, {"number": 1}, sort=[("number", DESCENDING)]
    )
    return int(found["number"]) if found else 0


def release(database: Database, conference: str, number: int) -> Release | None:
    """One release of a conference."""
    document = database.mongo[RELEASES.name].find_one({"_id": release_id(conference, number)})
    return RELEASES.state(document) if document else None


def headings(database: Database, conference: str, *, before: int | None = None, limit: int = 50) -> list[Release]:
    """Releases without their sessions, the newest first."""
    where: dict[str, object] = {"conference": conference} | ({"number": {"$lt": before}} if before else {})
    parts = {"entries": 0, "differences.before": 0, "rooms": 0, "tracks": 0}
    found = database.mongo[RELEASES.name].find(where, parts).sort("number", DESCENDING).limit(limit)
    empty: dict[str, object] = {"entries": [], "rooms": [], "tracks": []}
    return [RELEASES.state(empty | _without_befores(each)) for each in found]


def _without_befores(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"differences": [{**each, "before": None} for each in document["differences"]]}


def fanouts(database: Database, conference: str) -> dict[int, Fanout]:
    """How far the news of each release has come."""
    found = database.mongo[FANOUTS.name].find({"conference": conference})
    return {each["number"]: FANOUTS.state(each) for each in found}


def draft_of(unit: Unit, conference: str) -> Draft:
    """The programme as the committee works on it, as this transaction sees it."""
    id_ = programme_id(conference)
    programme = unit.load(PROGRAMMES, id_) or Programme(id=id_, conference=conference)
    sessions = unit.find(SESSIONS, {"conference": conference}, sort=[("code", ASCENDING)])
    return Draft(programme=programme, sessions=tuple(sessions), names=_names(unit, _persons(sessions)))


def last_of(unit: Unit, draft: Draft) -> Release | None:
    """What was published last, as this transaction sees it."""
    number = draft.programme.release_count
    return unit.load(RELEASES, release_id(draft.programme.conference, number)) if number else None


def _persons(sessions: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(person for each in sessions for person in each.speakers))


def _names(unit: Unit, persons: list[str]) -> dict[str, str]:
    unit.preload((SPEAKERS, each) for each in persons)
    found = {each: unit.load(SPEAKERS, each) for each in persons}
    return {person: speaker.name for person, speaker in found.items() if speaker}
