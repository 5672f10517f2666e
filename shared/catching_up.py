"""`python -m services.NAME restore`: after a database came back from a backup, its states catch up with its topic.

What a service's people had asked for is asked again; what other services, the card provider and the clock had brought
comes again by itself; what nobody but a person knows is named, one by one. Leaves noticing that something is missing
and taking it back to `shared.restoring`, and what counts as said again to `shared.recall`.
"""

import argparse
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import PyMongoError

from shared.contracts.envelope import Event
from shared.kafka import Broker
from shared.mongo import Database
from shared.parking import Parking
from shared.problem import Refusal
from shared.recall import LEFT, PENDING, RECALLED, Behind, event_of, is_passing
from shared.restoring import take_back
from shared.telemetry import RECALLED_EVENTS, log
from shared.unit import ARCHIVE

STEP_SECONDS_FIRST, STEP_SECONDS_MAX = 0.2, 5.0
SAY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Again:
    """A command that does again what an event says was done."""

    command: Callable[..., Any]
    arguments: Mapping[str, Any]
    lacking: str = ""  # what the event doesn't tell, so that a person completes it


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a service can do about events that were said after its database's moment, by their class."""

    again: Mapping[type[Event], Callable[[Any], Again | None]] = field(default_factory=dict)
    by_hand: Mapping[type[Event], Callable[[Any], str]] = field(default_factory=dict)  # what a person must enter again

    needless: frozenset[type[Event]] = frozenset()  # of aggregates that say one thing and nothing after it

    def asked_of_person(self, event: Event) -> str:
        """What a person must enter again so that this is known again; empty when it comes by itself."""
        asked = self.by_hand.get(type(event))
        return asked(event) if asked else ""


class CatchingUp:
    """Asks again what people had asked for, and hands parked events back once their aggregate has caught up."""

    def __init__(self, database: Database, parking: Parking, recovery: Recovery) -> None:
        self.database = database
        self._parking = parking
        self.recovery = recovery
        self.lacking: list[str] = []

    def run(self, stop: threading.Event) -> None:
        """Go on until nothing is missing or `stop`; ends at once where nothing was restored."""
        pause_seconds, said_at = STEP_SECONDS_FIRST, float("-inf")
        while not stop.wait(pause_seconds):
            try:
                count = self._count()
                if not self.database.recalled.is_open:
                    self._replay_parked()  # what waited for the last of it
                    return
                if time.monotonic() - said_at > SAY_SECONDS:
                    said_at = time.monotonic()
                    log.warning("what was said before the restore is not all known again", count=count)
                pause_seconds = STEP_SECONDS_FIRST if self.step() else min(2 * pause_seconds, STEP_SECONDS_MAX)
            except PyMongoError as error:
                log.warning("catching up starts again", error=type(error).__name__)

    def all_at_once(self) -> list[str]:
        """Do everything that can be done before the service runs; answers what a person completes."""
        while self.database.recalled.look() and self.step():
            continue
        return self.lacking

    def leave(self, key: str) -> int:
        """Give up waiting for an aggregate to come to say again what it had said; answers how many events that is."""
        events = self.database.mongo[ARCHIVE]
        return events.update_many({"key": key, RECALLED: PENDING}, {"$set": {RECALLED: LEFT}}).modified_count

    def step(self) -> int:
        """Try once what can be done now; answers how much of it was done."""
        needless = {RECALLED: PENDING, "type": {"$in": [each.type for each in self.recovery.needless]}}
        self.database.mongo[ARCHIVE].update_many(needless, {"$unset": {RECALLED: ""}})
        pending = [row for row in self.database.recalled.pending() if not is_passing(row)]
        stories: dict[str, list[Mapping[str, Any]]] = {}
        for row in sorted(pending, key=lambda each: int(each["sequence"])):
            stories.setdefault(row["key"], []).append(row)
        done = 0
        for row in pending:
            story = stories[row["key"]]
            if story and self._do_again(story[0]):
                done += 1
                story.pop(0)
            else:
                story.clear()  # what comes after in it has to wait
        return done + self._replay_parked()

    def _do_again(self, row: Mapping[str, Any]) -> bool:
        event = event_of(row)
        asked = self.recovery.again.get(type(event)) if event is not None else None
        again = asked(event) if asked else None
        if again is None:
            return False
        try:
            self.database.run(again.command, **again.arguments)
        except Refusal:  # it is not its turn yet, or never will be: then a person reads of it in the list
            return False
        except Exception as error:  # one that can't be done must not keep the others
            log.exception("could not be done again", said=row["_id"], error=type(error).__name__)
            return False
        is_done = self.database.mongo[ARCHIVE].find_one({"_id": row["_id"], RECALLED: {"$type": "string"}}) is None
        if is_done and again.lacking:
            log.warning("please complete what was done again", lacking=again.lacking)
            self.lacking.append(again.lacking)
        return is_done

    def _count(self) -> int:
        count = len(self.database.recalled.pending()) if self.database.recalled.look() else 0
        RECALLED_EVENTS.labels(self.database.service).set(count)
        return count

    def _replay_parked(self) -> int:
        """Events that could not be handled because their aggregate was behind."""
        done = 0
        for parked in self._parking.list():
            if parked["reason"].startswith(Behind.__name__):
                try:
                    self._parking.replay(parked["place"])
                    done += 1
                except Refusal:
                    continue
        return done


def report(database: Database, recovery: Recovery) -> list[str]:
    """What is not known again yet: how much comes by itself, and one by one what a person must enter."""
    pending = [event for row in database.recalled.pending() if (event := event_of(row)) is not None]
    by_hand = [sentence for event in pending if (sentence := recovery.asked_of_person(event))]
    if not pending:
        return ["Nothing is missing: every state knows what had been said."]
    lines = [f"{len(pending) - len(by_hand):,} events become known again by themselves once the service runs."]
    if by_hand:
        lines += ["Please enter again, each as it was:", *(f"  {each}" for each in by_hand)]
    return lines


# the command


def command_line(catching_up: CatchingUp, broker: Broker, *, topic: str, asked: Sequence[str]) -> None:
    """`restore [--list | --leave AGGREGATE]`."""
    parser = argparse.ArgumentParser(prog="restore", description="Take back from the topic what a backup doesn't know.")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--list", action="store_true", help="only say what is not known again yet; change nothing")
    either.add_argument("--leave", metavar="AGGREGATE", help="go on without what this order, run ... had said")
    given = parser.parse_args(list(asked))
    database = catching_up.database
    if given.leave:
        print(f"{given.leave} goes on without {catching_up.leave(given.leave):,} events that it had said.")
        return
    if not given.list:
        count = take_back(database, broker, topic=topic)
        print(f"{count:,} events of {database.service} were taken back from the topic {topic} into the archive.")
        for each in catching_up.all_at_once():
            print(f"Please complete: {each}.")
    for line in report(database, catching_up.recovery):
        print(line)
