"""Where notifications keeps what it knows: documents to domain objects and back, and the indexes for its questions."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.client_session import ClientSession
from pymongo.operations import IndexModel

from services.notifications.messages.domain.known import Agreed, Conference, Unpaid
from services.notifications.messages.domain.messages import Message, State
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import EndedRegistration, Run, Told
from services.notifications.messages.domain.words import Words
from shared.collection import Collection
from shared.contracts.envelope import ERASED
from shared.described import ASSOCIATIONS
from shared.jobs import DUE_INDEX
from shared.mongo import Database
from shared.personal import OfOne

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A written message as it is kept: what is sent again is what was sent. Its id names message and channel."""

    id: str
    content: bytes
    recipient: str = ""  # not known of those that were written before this was kept

    @classmethod
    def of(cls, message: str, *, recipient: str, channel: str, words: Words) -> "Rendering":
        """Words, made small: thousands of messages say nearly the same."""
        return cls(id=rendering_id(message, channel=channel), content=_small(words), recipient=recipient)

    @property
    def words(self) -> Words:
        """What the recipient reads."""
        return msgspec.json.decode(zlib.decompress(self.content), type=Words)


def _small(words: Words) -> bytes:
    return zlib.compress(msgspec.json.encode(words), 1)


NO_WORDS = _small(Words(subject=ERASED, text=ERASED, html=f"<p>{ERASED}</p>", link=""))


def rendering_id(message: str, *, channel: str) -> str:
    """Where the words of a message are kept: a mail that came back has other words as a letter."""
    return f"{message}/{channel}"


def _without_how_they_were_told(document: Mapping[str, Any]) -> str:
    return "" if document["state"] == State.TOLD.value else str(document["reason"])


MESSAGES = Collection(
    "messages",
    Message,
    (
        IndexModel([("serial", DESCENDING)], name="newest"),
        IndexModel(
            [("state", ASCENDING), ("purpose", ASCENDING), ("channel", ASCENDING), ("sent_again", ASCENDING)],
            name="counts",
        ),
        IndexModel([("recipient", ASCENDING)], name="recipient"),
        IndexModel(
            [("recipient", ASCENDING), ("serial", ASCENDING)],
            name="turn",  # what is still to go to somebody
            partialFilterExpression={"job.due_at": {"$exists": True}},
        ),
        IndexModel(
            [("run", ASCENDING), ("serial", DESCENDING)],
            name="run",
            partialFilterExpression={"run": {"$type": "string"}},
        ),
        IndexModel(
            [("is_critical", ASCENDING), ("job.due_at", ASCENDING)],
            name="due_by_weight",
            partialFilterExpression={"job.due_at": {"$exists": True}},
        ),
        IndexModel(
            [("waits_for", ASCENDING)], name="waiting", partialFilterExpression={"waits_for": {"$type": "string"}}
        ),
        IndexModel(
            [("code", ASCENDING)], name="letter", unique=True, partialFilterExpression={"code": {"$type": "string"}}
        ),
    ),
    routes=("message", "letter"),
    personal=OfOne("recipient", {"address": "", "facts": {}, "reason": _without_how_they_were_told}),
)
CONFERENCES = Collection("conferences", Conference, conference="_id")
RENDERINGS = Collection("renderings", Rendering, personal=OfOne("recipient", {"content": NO_WORDS}))
UNPAID = Collection("unpaid", Unpaid, (DUE_INDEX,))
AGREED = Collection("agreed", Agreed)
TOLD = Collection("told", Told)
RUNS = Collection("runs", Run, (DUE_INDEX,))
ENDED = Collection(
    "ended", EndedRegistration, (IndexModel([("run", ASCENDING), ("person", ASCENDING)], name="run_person"),)
)

COLLECTIONS: tuple[Collection[Any], ...] = (
    MESSAGES,
    CONFERENCES,
    ASSOCIATIONS,
    RENDERINGS,
    UNPAID,
    AGREED,
    TOLD,
    RUNS,
    ENDED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """Some messages, the newest first, and the serial after which there are more."""

    messages: list[Message]
    next: str | None


def by_ids(database: Database, collection: Collection[S], ids: Iterable[str]) -> dict[str, S]:
    """What is kept under these ids, with one query."""
    found = database.mongo[collection.name].find({"_id": {"$in": list(set(ids))}})
    return {document["_id"]: collection.state(document) for document in found}


def existing_messages(database: Database, ids: Iterable[str]) -> frozenset[str]:
    """Those of these messages that were ever planned."""
    found = database.mongo[MESSAGES.name].find({"_id": {"$in": list(ids)}}, {"_id": 1})
    return frozenset(each["_id"] for each in found)


def registrants(database: Database, *, run: str, persons: Iterable[str]) -> frozenset[str]:
    """Those of these persons who had a registration that this cancellation has ended."""
    where = {"run": run, "person": {"$in": list(persons)}}
    return frozenset(database.mongo[ENDED.name].distinct("person", where))


def answered(
    database: Database, registrations: Mapping[str, str], *, session: ClientSession | None = None
) -> frozenset[str]:
    """Those of these registrations (and whose they are) whose payment need not be asked for: their person was written
    to about it since in another way, or it has ended."""
    mine = {"recipient": {"$in": list(set(registrations.values()))}, "subject": {"$in": list(registrations)}}
    asking = [*(each for each in Purpose if each.asks_for_payment), Purpose.LINE_ADDED]
    others = {**mine, "purpose": {"$nin": asking}}
    written = database.mongo[MESSAGES.name].find(others, {"subject": 1}, session=session)
    ended = database.mongo[ENDED.name].find({"_id": {"$in": list(registrations)}}, {"_id": 1}, session=session)
    return frozenset((*(each["subject"] for each in written), *(each["_id"] for each in ended)))


def agreed(database: Database, registrations: Iterable[str], *, session: ClientSession | None = None) -> frozenset[str]:
    """Those of these registrations of whose payment nobody is reminded any more: the bank's answer is told instead."""
    found = database.mongo[AGREED.name].find({"_id": {"$in": list(registrations)}}, {"_id": 1}, session=session)
    return frozenset(each["_id"] for each in found)


def message(database: Database, id_: str) -> Message | None:
    """The message under this id."""
    return by_ids(database, MESSAGES, [id_]).get(id_)


def message_page(database: Database, *, where: Mapping[str, Any], after: str | None, limit: int) -> MessagePage:
    """Messages that match, the newest first."""
    older = {"serial": {"$lt": after}} if after else {}
    found = database.mongo[MESSAGES.name].find({**where, **older}).sort("serial", DESCENDING).limit(limit + 1)
    messages = [MESSAGES.state(document) for document in found]
    has_more = len(messages) > limit
    return MessagePage(messages=messages[:limit], next=messages[limit - 1].serial if has_more else None)


def message_counts(database: Database) -> list[dict[str, Any]]:
    """How many messages there are of each purpose, state and channel, and how often one was sent again."""
    group = {"_id": {name: f"${name}" for name in ("purpose", "state", "channel")}}
    counted = database.mongo[MESSAGES.name].aggregate(
        [
            {"$match": {"state": {"$in": list(State)}}},  # lets the index answer alone
            {"$group": {**group, "count": {"$sum": 1}, "sent_again": {"$sum": "$sent_again"}}},
        ]
    )
    put_off = _put_off_counts(database)
    return [
        {**each["_id"], "count": each["count"], "sent_again": each["sent_again"], "put_off": put_off.pop(_key(each), 0)}
        for each in counted
    ]


def _put_off_counts(database: Database) -> dict[tuple[str, ...], int]:
    """How many of those still to go a mail server has put off; few documents are looked at."""
    where = {"job.due_at": {"$exists": True}, "refusal_count": {"$gt": 0}}
    group = {name: f"${name}" for name in ("purpose", "state", "channel")}
    counted = database.mongo[MESSAGES.name].aggregate(
        [{"$match": where}, {"$group": {"_id": group, "count": {"$sum": 1}}}]
    )
    return {_key(each): each["count"] for each in counted}


def _key(counted: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(counted["_id"].get(name)) for name in ("purpose", "state", "channel"))


def words_of(database: Database, message: Message) -> Words | None:
    """What the recipient reads, once it is written."""
    id_ = rendering_id(message.id, channel=message.channel or "mail")
    return rendering.words if (rendering := by_ids(database, RENDERINGS, [id_]).get(id_)) else None
