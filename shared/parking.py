"""What can be done with a parked event: list, explain, replay, discard; each with a dry run.

All of it writes the one place document, as the worker does, so that they exclude each other.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Envelope
from shared.mongo import Database
from shared.places import PLACES, Place, advance, unblock
from shared.problem import NotFound, Refusal
from shared.stories import ASIDE, CannotHandle
from shared.unit import Unit
from shared.worker import Worker

IsSeen = Callable[[str], bool]  # given a conference, or nothing where it is about none
Step = Callable[[Place, Mapping[str, str]], Place]


class NotParked(NotFound):
    """Nothing is parked under this name."""


class StillFails(Refusal):
    """The parked event was tried again and failed again; it stays parked."""

    title = "The event failed again"


@dataclass(frozen=True, slots=True)
class Parking:
    """One service's parked events, and the worker whose handlers would handle them."""

    database: Database
    worker: Worker

    def list(self, *, is_seen: IsSeen = lambda _: True) -> list[dict[str, Any]]:
        """Every aggregate whose story is blocked, oldest first; only those about conferences that are seen."""
        found = self.database.mongo[PLACES.name].find({"blocked.at": {"$exists": True}}).sort("blocked.at", 1)
        return [_summary(each) for each in map(PLACES.state, found) if is_seen(_conference_of(each))]

    def awaiting(self) -> dict[str, int]:
        """How many stories wait for events of a type that this version doesn't know, or has to catch up with first."""
        counted: list[dict[str, Any]] = [
            {"$match": {"awaits": {"$gt": ""}}},
            {"$group": {"_id": "$awaits", "count": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
        ]
        return {each["_id"]: each["count"] for each in self.database.mongo[PLACES.name].aggregate(counted)}

    def explain(self, id_: str, *, is_seen: IsSeen = lambda _: True) -> dict[str, Any]:
        """What is parked here, why, and what waits behind it, data included; raises `NotParked`."""
        document = self.database.mongo[PLACES.name].find_one({"_id": id_, "blocked.at": {"$exists": True}})
        place = PLACES.state(document) if document else None
        if place is None or not is_seen(_conference_of(place)):
            raise NotParked("Nothing is parked under this name; it may have been replayed already.")
        contradiction = place.blocked.contradiction if place.blocked else None
        shown = [each for each in (contradiction, *place.waiting) if each is not None]
        laid_aside_count = self.database.mongo[ASIDE.name].count_documents({"place": id_})
        waiting_count = len(place.waiting) + laid_aside_count
        return {**_summary(place), "waiting": waiting_count, "events": [_told(each) for each in shown]}

    def replay(self, id_: str, *, is_dry_run: bool = False) -> dict[str, Any]:
        """Handle the parked event and what waits behind it; raises `StillFails`."""
        return self._change(id_, _tried_again, is_dry_run=is_dry_run)

    def discard(self, id_: str, *, is_dry_run: bool = False) -> dict[str, Any]:
        """Give up the parked event for good and handle what waits behind it."""
        return self._change(id_, _given_up, is_dry_run=is_dry_run)

    def _change(self, id_: str, step: Step, *, is_dry_run: bool) -> dict[str, Any]:
        """Take the step and go on; what fails behind it is parked in its turn, and doesn't undo the step."""
        poisoned: dict[str, str] = {}
        while True:
            try:
                return self._go_on(id_, step, poisoned=poisoned, is_dry_run=is_dry_run)
            except CannotHandle as failed:
                poisoned = {**poisoned, failed.envelope.id: failed.reason}

    def _go_on(self, id_: str, step: Step, *, poisoned: Mapping[str, str], is_dry_run: bool) -> dict[str, Any]:
        outcome: dict[str, Any] = {}

        def work(unit: Unit) -> None:
            place = unit.load(PLACES, id_)
            if place is None or place.blocked is None:
                raise NotParked("Nothing is parked under this name; it may have been replayed already.")
            after = self.worker.stories.go_on(unit, step(place, poisoned), poisoned=poisoned)
            handled_count = after.last_sequence - place.last_sequence
            outcome.update(place=id_, handled=handled_count, still_waiting=len(after.waiting))
            unit.flush()
            if is_dry_run:
                raise _DryRun

        try:
            self.database.transact(work)
        except _DryRun:
            return {**outcome, "dry_run": True}
        return outcome


class _DryRun(Exception):
    """All of it would work, and is undone."""


def _tried_again(place: Place, poisoned: Mapping[str, str]) -> Place:
    if place.blocked and place.blocked.contradiction:
        raise StillFails("Its number has been taken by another event, so it can only be given up. Nothing was changed.")
    first = place.waiting[0] if place.waiting else None
    if first and first.id in poisoned:
        raise StillFails(f"{first.type} failed again: {poisoned[first.id]}. Nothing was changed.")
    return unblock(place)


def _given_up(place: Place, _: Mapping[str, str]) -> Place:
    """What contradicted the story never was part of it, and a record that is no event has no story."""
    is_next = bool(place.waiting) and place.waiting[0].sequence == place.last_sequence + 1
    is_part = is_next and not (place.blocked and place.blocked.contradiction)
    return advance(place) if is_part else unblock(place)


def _summary(place: Place) -> dict[str, Any]:
    contradiction = place.blocked.contradiction if place.blocked else None
    first = contradiction or (place.waiting[0] if place.waiting else None)
    return {
        "place": place.id,
        "event": first.type if first else None,
        "sequence": first.sequence if first else None,
        "reason": place.blocked.reason if place.blocked else "",
        "since": place.blocked.at if place.blocked else None,
        "waiting": len(place.waiting),
    }


def _conference_of(place: Place) -> str:
    """The conference that a story is about; empty when its events name none, or can't be read."""
    contradiction = place.blocked.contradiction if place.blocked else None
    for each in (contradiction, *place.waiting):
        with suppress(ValueError):
            data = json.loads(each.data) if each else None
            if isinstance(data, dict) and isinstance(data.get("conference"), str):
                return str(data["conference"])
    return ""


def _told(envelope: Envelope) -> dict[str, Any]:
    return {
        "id": envelope.id,
        "type": envelope.type,
        "sequence": envelope.sequence,
        "data": envelope.data.decode(errors="replace"),
    }


def command_line(parking: Parking, arguments: list[str]) -> Mapping[str, Any] | list[dict[str, Any]]:
    """`parked list | explain PLACE | replay PLACE | discard PLACE [--dry-run]`."""
    parser = argparse.ArgumentParser(prog="parked", description="What to do with events that could not be handled.")
    parser.add_argument("action", choices=("list", "explain", "replay", "discard"))
    parser.add_argument("place", nargs="?", help="topic/key, as `list` prints it")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
    given = parser.parse_args(arguments)
    if given.action == "list":
        answer: Any = parking.list()
    elif not given.place:
        parser.error(f"{given.action} needs a place, as `list` prints it")
    elif given.action == "explain":
        answer = parking.explain(given.place)
    else:
        answer = getattr(parking, given.action)(given.place, is_dry_run=given.dry_run)
    print(json.dumps(answer, indent=2, default=str))
    return answer  # type: ignore[no-any-return]
