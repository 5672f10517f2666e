"""What can be done with a parked event: list, explain, replay, discard; each with a dry run.

All of it writes the one place document, as the worker does, so that they exclude each other.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.change import Change
from shared.contracts.envelope import Envelope
from shared.mongo import Database, Unit
from shared.places import PLACES, Place, advance, ready, unblock
from shared.problem import NotFound, Refusal
from shared.worker import CannotHandle, Worker


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

    def list(self) -> list[dict[str, Any]]:
        """Every aggregate whose story is blocked, oldest first."""
        found = self.database.mongo[PLACES.name].find({"blocked.at": {"$exists": True}}).sort("blocked.at", 1)
        return [_summary(PLACES.state(each)) for each in found]

    def explain(self, id_: str) -> dict[str, Any]:
        """What is parked here, why, and what waits behind it, data included."""
        document = self.database.mongo[PLACES.name].find_one({"_id": id_, "blocked.at": {"$exists": True}})
        if document is None:
            raise NotParked("Nothing is parked under this name; it may have been replayed already.")
        place = PLACES.state(document)
        return {**_summary(place), "events": [_told(each) for each in place.waiting]}

    def replay(self, id_: str, *, is_dry_run: bool = False) -> dict[str, Any]:
        """Handle the parked event and what waits behind it; raises `StillFails`."""
        return self._change(id_, self._replayed, is_dry_run=is_dry_run)

    def discard(self, id_: str, *, is_dry_run: bool = False) -> dict[str, Any]:
        """Give up the parked event for good and handle what waits behind it."""
        return self._change(id_, self._discarded, is_dry_run=is_dry_run)

    def _change(self, id_: str, step: Any, *, is_dry_run: bool) -> dict[str, Any]:
        class DryRun(Exception):
            pass

        outcome: dict[str, Any] = {}

        def work(unit: Unit) -> None:
            place = unit.load(PLACES, id_)
            if place is None or place.blocked is None:
                raise NotParked("Nothing is parked under this name; it may have been replayed already.")
            after = step(unit, place)
            unit.save(PLACES, Change(after))
            outcome.update(
                place=id_, handled=after.last_sequence - place.last_sequence, still_waiting=len(after.waiting)
            )
            unit.flush()
            if is_dry_run:
                raise DryRun

        try:
            self.database.transact(work)
        except DryRun:
            return {**outcome, "dry_run": True}
        return outcome

    def _replayed(self, unit: Unit, place: Place) -> Place:
        return self._go_on(unit, unblock(place))

    def _discarded(self, unit: Unit, place: Place) -> Place:
        return self._go_on(unit, advance(place) if place.waiting else unblock(place))

    def _go_on(self, unit: Unit, place: Place) -> Place:
        while (envelope := ready(place)) is not None:
            try:
                self.worker.call_handler(unit, envelope)
            except CannotHandle as failed:
                raise StillFails(f"{envelope.type} failed again: {failed.reason}. Nothing was changed.") from failed
            place = advance(place)
        return place


def _summary(place: Place) -> dict[str, Any]:
    first = place.waiting[0] if place.waiting else None
    return {
        "place": place.id,
        "event": first.type if first else None,
        "sequence": first.sequence if first else None,
        "reason": place.blocked.reason if place.blocked else "",
        "since": place.blocked.at if place.blocked else None,
        "waiting": len(place.waiting),
    }


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
