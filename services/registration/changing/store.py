"""Where runs are kept, and which release had the last word on a session."""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.operations import IndexModel

from services.registration.changing.domain.conference_runs import CANCELLED_CONFERENCE
from services.registration.changing.domain.runs import Run, Step
from services.registration.changing.domain.session_runs import CANCELLED_SESSION, Standing
from services.registration.registering.domain.registrations import Settling
from services.registration.registering.store import REGISTRATIONS
from shared.collection import Collection
from shared.jobs import DUE_INDEX
from shared.migrating import Migration
from shared.mongo import Database

RUNS = Collection(
    "runs",
    Run,
    (DUE_INDEX, IndexModel([("conference", ASCENDING), ("_id", DESCENDING)], name="conference")),
    routes=("run",),
)
STANDINGS = Collection("session_standings", Standing)
COLLECTIONS = (RUNS, STANDINGS)

RUN_COUNT_MAX = 100  # on one page


def count_settling(database: Database, run: str, settling: Settling) -> int:
    """How many registrations of a run are so far with their settlement."""
    return database.mongo[REGISTRATIONS.name].count_documents({"run": run, "settling": settling})


def list_runs(database: Database, *, conference: str) -> list[Run]:
    """The runs of a conference, so many as a page has room for."""
    found = database.mongo[RUNS.name].find({"conference": conference}).sort("_id", DESCENDING).limit(RUN_COUNT_MAX)
    return [RUNS.state(each) for each in found]


# runs as they were kept before there was one engine: those of sessions in a collection of their own

_OLD_SESSION_RUNS = "session_runs"
_OLD_RUN = {"kind": {"$exists": False}}
_STEPS = {
    "ending": Step.WALKING,
    "marking": Step.WALKING,
    "waiting": Step.SETTLING,
    "done": Step.SETTLED,
}  # the others are called as before


def _count_old(database: Database) -> int:
    old = database.mongo[RUNS.name].count_documents(_OLD_RUN)
    return old + database.mongo[_OLD_SESSION_RUNS].count_documents({})


def _carry_old(database: Database) -> None:
    """Each goes on from where it stood; who was done by one of a session is walked to once more, and left as is."""
    for each in list(database.mongo[RUNS.name].find(_OLD_RUN)):
        database.mongo[RUNS.name].replace_one({"_id": each["_id"], **_OLD_RUN}, _of_conference(each))
    for each in list(database.mongo[_OLD_SESSION_RUNS].find()):
        database.mongo[RUNS.name].replace_one({"_id": each["_id"]}, _of_session(each), upsert=True)
        database.mongo[_OLD_SESSION_RUNS].delete_one({"_id": each["_id"]})


def _of_conference(old: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: old[name] for name in ("cancelled_on", "choose_by", "default_choice")}
    return _carried(old, kind=CANCELLED_CONFERENCE, cause=old["conference"], facts=facts) | {
        "done_count": old["ended_count"],
        "count": old["count"],
        "digest": old["digest"],
        "revision": old.get("reopened_count", 0),
    }


def _of_session(old: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: old[name] for name in ("code", "alternatives")}
    return _carried(old, kind=CANCELLED_SESSION, cause=old["session"], facts=facts) | {
        "done_count": old["marked_count"]
    }


def _carried(old: Mapping[str, Any], *, kind: str, cause: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A run in today's shape, with its job, and the numbers under which its events go on."""
    run = Run(
        id=old["_id"],
        kind=kind,
        cause=cause,
        conference=old["conference"],
        correlation=old["correlation"],
        until=old["choose_until"],
        facts=facts,
        step=_STEPS.get(old["step"]) or Step(old["step"]),
        cursor=old["cursor"],
    )
    kept = {name: old[name] for name in ("job", "version", "event_count") if name in old}
    return RUNS.document(run) | kept


OLD_RUNS = Migration("Runs of cancelled conferences and sessions", _count_old, _carry_old)
