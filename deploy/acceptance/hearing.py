"""Owns measuring what was said in a town and has not been heard yet, from its databases alone.

What a service has heard is counted in its places and not in its offsets: an offset passes an event that is parked, or
that waits for one before it; a place does not. An aggregate's events are counted from 1 without gaps, so all of a
service's events have been heard by a listener when its places add up to as many as there are in the archive.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure

from deploy.catalogue.reading import Catalogue, read_code
from deploy.town.addresses import Addresses
from deploy.town.calls import Caller

OPEN_MESSAGES = {"state": {"$in": ["planned", "unwritable", "rendered", "sending"]}}
ANSWER_MILLISECONDS_MAX = 5_000

Listening = Mapping[str, frozenset[str]]  # by listener: those whose events it reads
Document = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """How many events one service has had of another, and how many stories stand still at a parked one."""

    listener: str
    speaker: str
    event_count: int
    parked_count: int


def await_all_heard(town: Addresses, caller: Caller) -> None:
    """Return when all that was said is published and heard by all who listen, and no message waits to be written or
    sent; raises `OutOfTime` naming what was still unheard."""
    missing: list[str] = []
    client: MongoClient[Document] = MongoClient(
        town.mongo_url, serverSelectionTimeoutMS=ANSWER_MILLISECONDS_MAX, readConcernLevel="majority"
    )
    with client:
        hearing = Hearing(client, database_prefix=town.database_prefix, listening=listening(read_code()))

        def is_all_heard() -> bool:
            missing[:] = hearing.missing()
            return not missing

        caller.deadline.wait_until(is_all_heard, missing=lambda: "; ".join(missing))


def listening(catalogue: Catalogue) -> Listening:
    """Whose events each service reads, as its handlers declare it."""
    return {
        service: frozenset(each.consumes.service for each in declared if each.consumes is not None)
        for service, declared in catalogue.declared.items()
    }


class Hearing:
    """One town's archives and places, held against each other."""

    def __init__(self, client: MongoClient[Document], *, database_prefix: str, listening: Listening) -> None:
        self._client = client
        self._prefix = database_prefix
        self._listening = listening

    def missing(self, *, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
        """A sentence for everything that is unheard, unpublished or unsent; none when there was a moment without.

        First is read what was heard, then which messages are open, last what was said. All of it only grows, or comes
        from what grows: if what had been heard at the first look is all that was said until the last, nothing was said
        in between, and what was seen between the two held at one moment. `meanwhile` is for tests.
        """
        try:
            heard = [each for listener in self._listening for each in self._heard_by(listener)]
            meanwhile()
            open_count = self._count("notifications", "messages", OPEN_MESSAGES)
            said = {service: self._count(service, "events", {}) for service in self._listening}
            unpublished = {service: self._count(service, "events", {"published": False}) for service in said}
        except ConnectionFailure:
            return ["an answer from the database"]
        return [
            *(_unheard(each, said_count=said[each.speaker]) for each in heard if not _is_all(each, said)),
            *(f"{_counted(count, 'event')} of {name} to be published" for name, count in unpublished.items() if count),
            *([f"{_counted(open_count, 'message')} to be written or sent"] if open_count else []),
        ]

    def _heard_by(self, listener: str) -> list[Heard]:
        """What one service has had, from each of those whose events it reads."""
        places = self._client[f"{self._prefix}{listener}"]["places"]
        by_topic = list(
            places.aggregate(
                [
                    {
                        "$group": {
                            "_id": {"$arrayElemAt": [{"$split": ["$_id", "/"]}, 0]},
                            "heard": {"$sum": "$last_sequence"},
                            "parked": {"$sum": {"$cond": [{"$gt": ["$blocked.at", None]}, 1, 0]}},
                        }
                    }
                ]
            )
        )

        def add_up(field: str, speaker: str) -> int:
            """A topic's name ends with the name of who speaks in it."""
            return sum(int(each[field]) for each in by_topic if each["_id"].endswith(speaker))

        return [
            Heard(listener, speaker, event_count=add_up("heard", speaker), parked_count=add_up("parked", speaker))
            for speaker in sorted(self._listening[listener])
        ]

    def _count(self, service: str, collection: str, where: Mapping[str, Any]) -> int:
        return self._client[f"{self._prefix}{service}"][collection].count_documents(where)


def _is_all(heard: Heard, said: Mapping[str, int]) -> bool:
    return heard.event_count == said[heard.speaker] and not heard.parked_count


def _unheard(heard: Heard, *, said_count: int) -> str:
    unread = _counted(said_count - heard.event_count, "event")
    parked = f" ({_counted(heard.parked_count, 'parked event')})" if heard.parked_count else ""
    return f"{unread} of {heard.speaker} to be read by {heard.listener}{parked}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
