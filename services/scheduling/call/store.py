"""Where the call keeps its terms, what was proposed, and which withdrawals wait for the committee."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from services.scheduling.call.domain.call import Call, Standing, call_id
from services.scheduling.call.domain.proposals import Proposal
from services.scheduling.call.domain.speaking import Withdrawal
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain.programme import Session
from services.scheduling.programme.store.programme import SESSIONS
from shared.collection import Collection
from shared.mongo import Database
from shared.personal import OfOne


def _without_remarks(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**each, "remark": ""} for each in document["decisions"]]


def _without_comments(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    def blank(opinion: Mapping[str, Any]) -> dict[str, Any]:
        return {**opinion, "comment": ""}

    return [
        {**each, "opinion": blank(each["opinion"]), "earlier": [blank(one) for one in each["earlier"]]}
        for each in document["reviews"]
    ]


CALLS = Collection("calls", Call)
PROPOSALS = Collection(
    "proposals",
    Proposal,
    (
        IndexModel([("conference", ASCENDING), ("code", ASCENDING)], name="code", unique=True),
        IndexModel([("persons", ASCENDING)], name="persons"),
    ),
    routes=("session",),
    personal=OfOne("proposer", {"note": "", "decisions": _without_remarks, "reviews": _without_comments}),
)
WITHDRAWALS = Collection(
    "withdrawals",
    Withdrawal,
    (IndexModel([("conference", ASCENDING), ("settled_at", ASCENDING)], name="open"),),
    routes=("withdrawal",),
    personal=OfOne("person", {"outcome": ""}),
)

COLLECTIONS: tuple[Collection[Any], ...] = (CALLS, PROPOSALS, WITHDRAWALS)


def call(database: Database, conference: str) -> Call | None:
    """A conference's call; None when the committee has not set one."""
    document = database.mongo[CALLS.name].find_one({"_id": call_id(conference)})
    return CALLS.state(document) if document else None


def proposals(database: Database, conference: str) -> list[tuple[Proposal, Session]]:
    """Everything that was proposed for a conference, in the order of its coming, each with its session."""
    found = [
        PROPOSALS.state(each)
        for each in database.mongo[PROPOSALS.name].find({"conference": conference}).sort("code", ASCENDING)
    ]
    sessions = _sessions(database, [each.id for each in found])
    return [(each, sessions[each.id]) for each in found if each.id in sessions]


def proposal_with_version(database: Database, session: str) -> tuple[Proposal, Session, int] | None:
    """A proposal, its session, and how often that was changed."""
    document = database.mongo[PROPOSALS.name].find_one({"_id": session})
    kept = database.mongo[SESSIONS.name].find_one({"_id": session})
    return (PROPOSALS.state(document), SESSIONS.state(kept), kept["version"]) if document and kept else None


def sessions_of_person(database: Database, conference: str, person: str) -> list[tuple[Session, Proposal | None]]:
    """Where somebody is on stage, was to be, or had proposed to be, at one conference."""
    proposed = [
        PROPOSALS.state(each)
        for each in database.mongo[PROPOSALS.name].find({"conference": conference, "persons": person})
    ]
    left = database.mongo[WITHDRAWALS.name].find({"conference": conference, "person": person}, {"session": 1})
    wanted = {*(each.id for each in proposed), *(each["session"] for each in left)}
    where = {"conference": conference, "$or": [{"cast.person": person}, {"_id": {"$in": list(wanted)}}]}
    found = [SESSIONS.state(each) for each in database.mongo[SESSIONS.name].find(where).sort("code", ASCENDING)]
    by_id = {
        each["_id"]: PROPOSALS.state(each)
        for each in database.mongo[PROPOSALS.name].find({"_id": {"$in": [each.id for each in found]}})
    }
    return [(each, by_id.get(each.id)) for each in found]


def withdrawals_of(database: Database, conference: str, person: str) -> dict[str, Withdrawal]:
    """What somebody has withdrawn from at a conference, by session."""
    found = database.mongo[WITHDRAWALS.name].find({"conference": conference, "person": person})
    return {each["session"]: WITHDRAWALS.state(each) for each in found}


def is_call_open(database: Database, conference: Conference) -> bool:
    """Whether proposals are taken now."""
    found = call(database, conference.id)
    return found is not None and found.standing_at(conference, database.clock.now()) is Standing.OPEN


def open_withdrawals(database: Database, conference: str) -> list[Withdrawal]:
    """Who has left a session, where the committee has not decided what becomes of it; the oldest first."""
    where = {"conference": conference, "settled_at": None}
    found = database.mongo[WITHDRAWALS.name].find(where).sort([("withdrawn_at", ASCENDING), ("_id", ASCENDING)])
    return [WITHDRAWALS.state(each) for each in found]


def settled_withdrawals(database: Database, conference: str) -> list[Withdrawal]:
    """What the committee has decided, the newest first."""
    where = {"conference": conference, "settled_at": {"$ne": None}}
    found = database.mongo[WITHDRAWALS.name].find(where).sort("settled_at", -1).limit(100)
    return [WITHDRAWALS.state(each) for each in found]


def _sessions(database: Database, ids: Sequence[str]) -> dict[str, Session]:
    found = database.mongo[SESSIONS.name].find({"_id": {"$in": list(ids)}})
    return {each["_id"]: SESSIONS.state(each) for each in found}
