"""Where a consumer is in each aggregate's story: what it has had, what comes next, what must wait, what is blocked.

Pure: `shared.stories` loads and saves the places. They replace an inbox of event ids: they don't grow with time. Nor do
they grow with what waits: what is too much for one document is laid aside, the latest of the story first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from shared.collection import Collection
from shared.contracts.envelope import Envelope

WAITING_BYTE_COUNT_MAX = 1024 * 1024  # far below the 16 MB that the database takes in one document
_ATTRIBUTES_BYTE_COUNT = 1024  # what an envelope has besides its data, roughly
REASON_LENGTH_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why an aggregate's story stands still: its next event can't be handled, or contradicts the one that was had."""

    reason: str
    at: datetime
    contradiction: Envelope | None = None  # another event under the number of one that was had


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far one consumer is with one aggregate; `waiting` holds what came too early or stands behind a block."""

    id: str  # topic/key
    last_sequence: int = 0
    last_event: str = ""  # the id of the event that had this number
    waiting: tuple[Envelope, ...] = ()
    laid_aside_from: int = 0  # from this number on, events that wait are kept beside the place; 0: none is
    waiting_since: datetime | None = None
    awaits: str = ""  # the type of the next event, when this service has no handler for it yet; or collection/id
    blocked: Blocked | None = None


PLACES = Collection(
    "places",
    Place,
    (
        IndexModel(
            [("blocked.at", ASCENDING)], name="blocked", partialFilterExpression={"blocked.at": {"$exists": True}}
        ),
        IndexModel(
            [("waiting_since", ASCENDING)], name="waiting", partialFilterExpression={"waiting_since": {"$type": "date"}}
        ),
        IndexModel([("awaits", ASCENDING)], name="awaits", partialFilterExpression={"awaits": {"$gt": ""}}),
    ),
)


def place_id(topic: str, key: str) -> str:
    """Where the place of an aggregate is kept."""
    return f"{topic}/{key}"


def topic_of(place: Place) -> str:
    """The topic that its story stands in; no topic's name has a slash."""
    return place.id.partition("/")[0]


def had(place: Place, envelope: Envelope) -> bool:
    """Whether the event is known already: handled, or waiting."""
    return envelope.sequence <= place.last_sequence or any(each.sequence == envelope.sequence for each in place.waiting)


def contradicts(place: Place, envelope: Envelope) -> str:
    """The id of another event that had, or has, this one's number; empty when there is none that we know of."""
    known = {each.sequence: each.id for each in place.waiting} | {place.last_sequence: place.last_event}
    other = known.get(envelope.sequence, "")
    return other if other != envelope.id else ""


def receive(place: Place, envelope: Envelope, *, now: datetime) -> Place:
    """Take an event in; what was had is dropped, everything else waits in order until `ready` finds it next.

    Another event under a known number means that its producer has forgotten what it said, as one does whose database
    was set back: which of both is true can't be known here, so the story stands still until somebody has looked.
    """
    if other := contradicts(place, envelope):
        return _contradicted(place, envelope, other=other, now=now)
    if had(place, envelope):
        return place
    waiting = tuple(sorted((*place.waiting, envelope), key=lambda each: each.sequence))
    return replace(place, waiting=waiting, waiting_since=place.waiting_since or now)


def _contradicted(place: Place, envelope: Envelope, *, other: str, now: datetime) -> Place:
    if place.blocked and place.blocked.contradiction:
        return place  # the first one is enough to look at
    reason = (
        f"Number {envelope.sequence} of this story was event {other}, and now event {envelope.id} came under the same "
        "number: its service was probably set back to an earlier state. Nothing of the new event was taken over."
    )
    return replace(place, blocked=Blocked(reason, now, envelope))


def ready(place: Place) -> Envelope | None:
    """The event that comes next in this story, if it is here and nothing blocks it."""
    if place.blocked or not place.waiting or place.waiting[0].sequence != place.last_sequence + 1:
        return None
    return place.waiting[0]


def advance(place: Place) -> Place:
    """The next event has been handled or discarded."""
    waiting = place.waiting[1:]
    return replace(
        place,
        last_sequence=place.last_sequence + 1,
        last_event=place.waiting[0].id,
        waiting=waiting,
        waiting_since=place.waiting_since if waiting or place.laid_aside_from else None,
        awaits="",
        blocked=None,
    )


def block(place: Place, *, reason: str, now: datetime) -> Place:
    """The next event can't be handled: it is parked, and later ones of this aggregate stay behind it."""
    return replace(place, blocked=Blocked(reason[:REASON_LENGTH_MAX], now))


def unblock(place: Place) -> Place:
    """Try the parked event again, or go on without the one that contradicted."""
    return replace(place, blocked=None)


def await_handler(place: Place, type_: str) -> Place:
    """The next event is of a type that this service doesn't know yet: it waits, and its story waits with it."""
    return replace(place, awaits=type_)


def await_state(place: Place, collection: str, id_: str) -> Place:
    """The next event is about something that another story has not told of yet: it waits until that is there."""
    return replace(place, awaits=f"{collection}/{id_}")


def awaited_state(place: Place) -> tuple[str, str] | None:
    """The collection and id that the next event waits for; None when it waits for nothing of the kind."""
    collection, slash, id_ = place.awaits.partition("/")
    return (collection, id_) if slash else None


def lay_aside(place: Place) -> tuple[Place, tuple[Envelope, ...]]:
    """The place with the earliest of its waiting events, and those that are too much for one document."""
    kept, byte_count = 0, 0
    for each in place.waiting:
        byte_count += len(each.data) + _ATTRIBUTES_BYTE_COUNT
        is_behind = place.laid_aside_from and each.sequence > place.laid_aside_from
        if is_behind or (kept and byte_count > WAITING_BYTE_COUNT_MAX):
            break
        kept += 1
    aside = place.waiting[kept:]
    if not aside:
        return place, ()
    lowest = min(aside[0].sequence, place.laid_aside_from or aside[0].sequence)
    return replace(place, waiting=place.waiting[:kept], laid_aside_from=lowest), aside


def take_up(place: Place, taken: Sequence[Envelope], *, left_from: int) -> Place:
    """The earliest of what was laid aside wait in the place again."""
    waiting = tuple(sorted((*place.waiting, *taken), key=lambda each: each.sequence))
    return replace(place, waiting=waiting, laid_aside_from=left_from)
