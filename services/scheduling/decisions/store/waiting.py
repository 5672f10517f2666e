"""What waits for the committee at its conferences: counted where it is kept, said on the desk, with the way to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING

from services.scheduling.call.store import WITHDRAWALS
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.decisions.domain.decision import Decision, State
from services.scheduling.decisions.store.decisions import DECISIONS, DISRUPTIONS
from services.scheduling.programme.domain.programme import Editorial
from services.scheduling.programme.store.programme import SESSIONS
from shared.collection import Collection
from shared.mongo import Database
from shared.principals import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One kind of thing that a person has to decide, how many there are, and the page where that is done."""

    sentence: str
    page: str  # a view of this service
    of: Mapping[str, str]  # what the view is given
    action: Action  # without which nobody may open it


def waiting_at(database: Database, conferences: Sequence[Conference]) -> dict[str, list[Waiting]]:
    """What waits at each of these conferences, by its id; the most pressing first, nothing where nothing waits."""
    going = [each.id for each in conferences if not each.is_cancelled]
    withdrawn = _counts(database, WITHDRAWALS, {"conference": {"$in": going}, "settled_at": None})
    proposed = _counts(database, SESSIONS, {"conference": {"$in": going}, "editorial": Editorial.PROPOSED})
    unreviewed = _counts(database, SESSIONS, {"conference": {"$in": going}, "approval.must_be_reviewed": True})
    runs = {each.id: each.cancellation.run for each in conferences if each.cancellation}
    bounced = _bounced(database, list(runs.values()))
    decisions = _decisions(database, going)
    return {
        each.id: [
            *decisions.get(each.id, ()),
            *_withdrawals(each.id, withdrawn.get(each.id, 0)),
            *_proposals(each.id, proposed.get(each.id, 0)),
            *_reviews(each.id, unreviewed.get(each.id, 0)),
            *_untold(runs.get(each.id, ""), bounced.get(runs.get(each.id, ""), 0)),
        ]
        for each in conferences
    }


def to_approve(database: Database) -> list[Decision]:
    """The decisions that a second person is asked for, the oldest first; of one that is begun, for what has changed."""
    drifted = {"state": State.ARMED, "until": None, "drifted_at": {"$ne": None}}
    found = database.mongo[DECISIONS.name].find({"$or": [{"state": State.PROPOSED}, drifted]}).sort("_id", ASCENDING)
    return [DECISIONS.state(each) for each in found]


def _decisions(database: Database, conferences: list[str]) -> dict[str, list[Waiting]]:
    where = {"conference": {"$in": conferences}, "state": {"$in": list(_SENTENCES)}}
    found: dict[str, list[Waiting]] = {}
    for each in database.mongo[DECISIONS.name].find(where, {"conference": 1, "state": 1}).sort("_id", ASCENDING):
        waiting = Waiting(
            sentence=_SENTENCES[State(each["state"])],
            page="deciding.show_decision",
            of={"decision": each["_id"]},
            action=Action.SEE_PROGRESS,
        )
        found.setdefault(each["conference"], []).append(waiting)
    return found


_SENTENCES = {
    State.ARMED: "The cancellation is begun, and can still be undone",
    State.APPROVED: "The cancellation is approved: begin it, or withdraw it",
    State.RETURNED: "The cancellation was returned: change it, and propose it again",
    State.PROPOSED: "The cancellation waits for a second person of finance or the board",
}


def _withdrawals(conference: str, count: int) -> list[Waiting]:
    said = "A speaker has withdrawn" if count == 1 else f"{count} speakers have withdrawn"
    sentence = f"{said}: decide what becomes of the session{'' if count == 1 else 's'}"
    return _if_any(count, sentence, "withdrawals.list_withdrawals", {"conference": conference}, Action.SEE_PROPOSALS)


def _proposals(conference: str, count: int) -> list[Waiting]:
    said = "One proposal is" if count == 1 else f"{count} proposals are"
    return _if_any(
        count, f"{said} not decided", "call_desk.list_proposals", {"conference": conference}, Action.SEE_PROPOSALS
    )


def _reviews(conference: str, count: int) -> list[Waiting]:
    said = "One session has changed" if count == 1 else f"{count} sessions have changed"
    sentence = f"{said} since points were approved"
    return _if_any(count, sentence, "points_review.show_review", {"conference": conference}, Action.SEE_ATTENDANCE)


def _untold(run: str, count: int) -> list[Waiting]:
    said = "One message about the cancellation" if count == 1 else f"{count} messages about the cancellation"
    return _if_any(count, f"{said} came back", "live.show_board", {"run": run}, Action.SEE_PROGRESS)


def _if_any(count: int, sentence: str, page: str, of: Mapping[str, str], action: Action) -> list[Waiting]:
    return [Waiting(sentence=sentence, page=page, of=of, action=action)] if count else []


def _counts(database: Database, collection: Collection[Any], where: Mapping[str, Any]) -> dict[str, int]:
    counted = database.mongo[collection.name].aggregate(
        [{"$match": where}, {"$group": {"_id": "$conference", "count": {"$sum": 1}}}]
    )
    return {each["_id"]: each["count"] for each in counted}


def _bounced(database: Database, runs: list[str]) -> dict[str, int]:
    found = database.mongo[DISRUPTIONS.name].find({"_id": {"$in": runs}}, {"bounced_count": 1})
    return {each["_id"]: each.get("bounced_count", 0) for each in found}
