"""Claims messages so that each person gets theirs in the order in which they were planned.

What is due to somebody before a claimed message is claimed with it, critical or not; while it is in other hands, the
claimed one is held back. What a mail server has put off holds nobody up.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.store.documents import MESSAGES
from shared.clock import host_now
from shared.jobs import Claim, JobKind, claim_due
from shared.mongo import Database

_TO_GO = [State.PLANNED, State.RENDERED, State.SENDING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Claimed messages in the order in which they were planned, and those whose turn it is not yet."""

    claims: Sequence[Claim[Message]]
    held_back: frozenset[str]


def claim_in_turn(database: Database, kinds: Sequence[JobKind[Message]], *, ours: Collection[str]) -> Turn:
    """Claim what is due of the first kind that has something, and what is due to the same people before it.

    `ours` are messages that this process has in its hands already, and keeps in order itself.
    """
    claims: list[Claim[Message]] = []
    for kind in kinds:
        claims = claims or claim_due(database, kind)
    if not claims:
        return Turn(claims=(), held_back=frozenset())
    claimed = {claim.id for claim in claims}
    earlier = [each for each in _earlier(database, claims) if each["_id"] not in claimed and each["_id"] not in ours]
    now = host_now()
    due = [each["_id"] for each in earlier if each["job"]["due_at"] <= now]
    if due:
        these = replace(kinds[0], where={"_id": {"$in": due}}, claim_count=len(due))
        claims += claim_due(database, these)
        claimed = {claim.id for claim in claims}
    elsewhere = [each for each in earlier if each["_id"] not in claimed and _is_in_hands(each, now)]
    held_back = frozenset(claim.id for claim in claims if any(_is_before(each, claim) for each in elsewhere))
    return Turn(claims=sorted(claims, key=lambda claim: claim.state.serial), held_back=held_back)


def _earlier(database: Database, claims: Sequence[Claim[Message]]) -> list[dict[str, Any]]:
    """What is still to go to the same people, planned before the last that was claimed."""
    last: dict[str, str] = {}
    for claim in claims:
        last[claim.state.recipient] = max(claim.state.serial, last.get(claim.state.recipient, ""))
    where = {"recipient": {"$in": list(last)}, "job.due_at": {"$exists": True}, "state": {"$in": _TO_GO}}
    found = database.mongo[MESSAGES.name].find(where, {"recipient": 1, "serial": 1, "job": 1})
    return [each for each in found if each["serial"] < last[each["recipient"]]]


def _is_in_hands(document: dict[str, Any], now: datetime) -> bool:
    """Whether somebody else is writing or sending it; or has just claimed what was due."""
    return document["job"]["token"] is not None or document["job"]["due_at"] <= now


def _is_before(document: dict[str, Any], claim: Claim[Message]) -> bool:
    return document["recipient"] == claim.state.recipient and bool(document["serial"] < claim.state.serial)
