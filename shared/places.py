"""Where a consumer is in each aggregate's story: what it has had, what comes next, what must wait, what is blocked.

Pure: the worker loads and saves the places. They replace an inbox of event ids: they don't grow with time.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from pymongo import ASCENDING
from pymongo.operations import IndexModel

from shared.contracts.envelope import Envelope
from shared.mongo import Collection


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why an aggregate's story stands still: its next event can't be handled."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far one consumer is with one aggregate; `waiting` holds what came too early or stands behind a block."""

    id: str  # topic/key
    last_sequence: int = 0
    waiting: tuple[Envelope, ...] = ()
    waiting_since: datetime | None = None
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
    ),
)


def place_id(topic: str, key: str) -> str:
    """Where the place of an aggregate is kept."""
    return f"{topic}/{key}"


def had(place: Place, envelope: Envelope) -> bool:
    """Whether the event is known already: handled, or waiting."""
    return envelope.sequence <= place.last_sequence or any(each.sequence == envelope.sequence for each in place.waiting)


def receive(place: Place, envelope: Envelope, *, now: datetime) -> Place:
    """Take an event in; what was had is dropped, everything else waits in order until `ready` finds it next."""
    if had(place, envelope):
        return place
    waiting = tuple(sorted((*place.waiting, envelope), key=lambda each: each.sequence))
    return replace(place, waiting=waiting, waiting_since=place.waiting_since or now)


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
        waiting=waiting,
        waiting_since=place.waiting_since if waiting else None,
        blocked=None,
    )


def block(place: Place, *, reason: str, now: datetime) -> Place:
    """The next event can't be handled: it is parked, and later ones of this aggregate stay behind it."""
    return replace(place, blocked=Blocked(reason[:2000], now))


def unblock(place: Place) -> Place:
    """Try the parked event again."""
    return replace(place, blocked=None)
