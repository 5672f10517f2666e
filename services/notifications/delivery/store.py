"""What delivery asks about letters: those to be printed, those that were posted, whose code was typed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.store.documents import (
    MESSAGES,
    RENDERINGS,
    MessagePage,
    by_ids,
    message_page,
    rendering_id,
)
from shared.collection import Collection
from shared.idempotency import REQUESTS
from shared.mongo import Database

COLLECTIONS: tuple[Collection[Any], ...] = (REQUESTS,)


def letter_with_code(database: Database, code: str) -> Message | None:
    """The letter that carries this code."""
    document = database.mongo[MESSAGES.name].find_one({"code": code})
    return MESSAGES.state(document) if document else None


def letters(database: Database, *, is_posted: bool, after: str | None, limit: int) -> MessagePage:
    """Letters in the print queue, or those that were posted."""
    return message_page(database, where=_letters(is_posted=is_posted), after=after, limit=limit)


def message_states(database: Database, persons: Iterable[str]) -> dict[str, Counter[str]]:
    """How many messages each of these people was written, by state; who was written none is left out."""
    grouped = {"_id": {"recipient": "$recipient", "state": "$state"}, "count": {"$sum": 1}}
    counted = database.mongo[MESSAGES.name].aggregate(
        [{"$match": {"recipient": {"$in": list(persons)}}}, {"$group": grouped}]
    )
    found: dict[str, Counter[str]] = {}
    for each in counted:
        found.setdefault(each["_id"]["recipient"], Counter())[each["_id"]["state"]] += each["count"]
    return found


def letter_count(database: Database, *, is_posted: bool) -> int:
    """How many letters wait for a printer, or were posted."""
    return database.mongo[MESSAGES.name].count_documents(_letters(is_posted=is_posted))


def sheets(database: Database, letters: Iterable[Message]) -> list[str]:
    """The letters' sheets, in this order."""
    ids = [rendering_id(letter.id, channel="letter") for letter in letters]
    found = by_ids(database, RENDERINGS, ids)
    return [found[id_].words.html for id_ in ids if id_ in found]


def _letters(*, is_posted: bool) -> dict[str, Any]:
    posted = {"$type": "date"} if is_posted else None
    return {"code": {"$type": "string"}, "channel": "letter", "state": State.ACCEPTED, "posted_at": posted}
