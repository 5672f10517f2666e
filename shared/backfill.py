"""`python -m services.NAME backfill`: gives handlers the history that they have missed, from the topics.

A handler that was added later hears what every other one had heard before it came, story by story and in order; of
what is so old nobody is told any more. Until then events of its type wait. May be broken off and begun again, and may
run beside the service. What a handler can't handle ends it there, named, and nothing of that is kept.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kafka import TopicPartition

from shared.contracts.envelope import Envelope
from shared.contracts.flow import Declaration
from shared.hearing import OFFSETS, Heard, Offsets, caught_up, type_of
from shared.kafka import PARTITION_COUNT, Broker, Read, end_offsets, records, topic_ids
from shared.mongo import Database, may_pass
from shared.places import PLACES, Place, advance, place_id, ready, receive
from shared.telemetry import correlated
from shared.unit import Unit
from shared.worker import Worker


class HistoryNotGiven(SystemExit):
    """A handler failed on an event of the past."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Who has missed what of one partition, and where what they missed begins and ends."""

    at: TopicPartition
    handlers: Mapping[str, Declaration]
    starts: Mapping[str, int]
    end: int

    @property
    def start(self) -> int:
        """From where on it is read."""
        return min(self.starts.values())

    def listeners(self, type_: str, offset: int) -> list[tuple[str, Declaration]]:
        """Those who listen to an event of this type and haven't heard what stands here, by name."""
        return [
            (name, each)
            for name, each in self.handlers.items()
            if type_of(name) == type_ and offset >= self.starts[name]
        ]


class Backfill:
    """One service's handlers, and the topics with what they have missed."""

    def __init__(self, database: Database, broker: Broker, worker: Worker) -> None:
        self.database = database
        self.broker = broker
        self.worker = worker

    def run(self, *, is_dry_run: bool = False) -> Counter[str]:
        """Give everybody what they have missed; answers how many events that was, by handler."""
        given: Counter[str] = Counter()
        offsets, all_missed = self._all_missed()
        for missed in all_missed:
            given += self._give(offsets, missed, is_dry_run=is_dry_run)
        return given

    def leave(self, name: str) -> int:
        """A handler has heard everything under another name, as one that was moved to another module: give it nothing.

        Answers in how many partitions its events waited for that.
        """
        offsets, all_missed = self._all_missed()
        waiting = [each for each in all_missed if name in each.handlers]
        for missed in waiting:
            self.database.transact(partial(_note_caught_up, id_=offsets.id(missed.at), names=[name]))
        return len(waiting)

    def _all_missed(self) -> tuple[Offsets, list[Missed]]:
        admin = self.broker.admin()
        try:
            ids = topic_ids(admin, self.worker.topics)
            ends = {topic: end_offsets(admin, topic) for topic in self.worker.topics}
        finally:
            admin.close()
        offsets = Offsets(self.database, group=self.worker.group, ids=ids)
        partitions = [TopicPartition(topic, each) for topic in self.worker.topics for each in range(PARTITION_COUNT)]
        missed = [self._missed(offsets, at, end=ends[at.topic].get(at.partition, 0)) for at in partitions]
        return offsets, [each for each in missed if each is not None]

    def _missed(self, offsets: Offsets, at: TopicPartition, *, end: int) -> Missed | None:
        """Only who is held there: while an older version reads a partition, what it passes by is not known yet."""
        heard = Heard.of(self.database.mongo[OFFSETS].find_one({"_id": offsets.id(at)}) or {})
        names = self.worker.names[at.topic]
        starts = {name: heard.missed[name] for name in heard.held if name in names} if heard else {}
        return Missed(at, {name: names[name] for name in starts}, starts, end) if starts else None

    def _give(self, offsets: Offsets, missed: Missed, *, is_dry_run: bool) -> Counter[str]:
        stories: Mapping[str, Place] = {}
        total: Counter[str] = Counter()
        at = missed.at
        starts, ends = {at.partition: missed.start}, {at.partition: missed.end}
        for reads in records(self.broker, at.topic, starts=starts, ends=ends):
            work = partial(_tell, missed=missed, reads=reads, stories=stories, is_dry_run=is_dry_run)
            stories, given = self.database.transact(work)
            total += given
        if not is_dry_run:
            self.database.transact(partial(_note_caught_up, id_=offsets.id(at), names=list(missed.handlers)))
        return total


def _tell(
    unit: Unit, *, missed: Missed, reads: Sequence[Read], stories: Mapping[str, Place], is_dry_run: bool
) -> tuple[dict[str, Place], Counter[str]]:
    """Tell what comes next in each story; answers how far each is. What was not passed by waits, and isn't history."""
    told, given = dict(stories), Counter[str]()
    unit.is_history = True
    unit.preload((PLACES, place_id(each.topic, each.key)) for each in reads)
    for each in reads:
        passed = unit.load(PLACES, place_id(each.topic, each.key))
        if each.envelope is None or passed is None or each.envelope.sequence > passed.last_sequence:
            continue
        first = Place(id=each.key, last_sequence=each.envelope.sequence - 1 if missed.start else 0)
        story = receive(told.get(each.key, first), each.envelope, now=each.envelope.time)
        while (envelope := ready(story)) is not None:
            for name, declared in missed.listeners(envelope.type, each.offset):
                given[name] += 1
                if not is_dry_run:
                    _call(unit, declared, envelope)
            story = advance(story)
        told[each.key] = story
    return told, given


def _call(unit: Unit, declared: Declaration, envelope: Envelope) -> None:
    try:
        with correlated(envelope.correlation):
            unit.begin(envelope, declared)
            declared.function(unit.event_of(envelope), unit)
    except Exception as error:
        if may_pass(error):
            raise
        raise HistoryNotGiven(
            f"{declared.name} failed on number {envelope.sequence} of {envelope.key}, {envelope.type}: {error!r}. "
            "What it was given before is kept, its new events go on waiting. Mend it and run this again."
        ) from error


def _note_caught_up(unit: Unit, *, id_: str, names: Sequence[str]) -> None:
    heard = Heard.of(unit.of(OFFSETS).find_one({"_id": id_}, session=unit.session) or {})
    if heard is not None:
        unit.of(OFFSETS).update_one({"_id": id_}, {"$set": caught_up(heard, names).document()}, session=unit.session)


def command_line(backfill: Backfill, arguments: Sequence[str]) -> None:
    """`backfill [--dry-run | --leave HANDLER]`."""
    parser = argparse.ArgumentParser(prog="backfill", description="Give handlers that are new what was said before.")
    parser.add_argument("--dry-run", action="store_true", help="say how many events each would hear, change nothing")
    parser.add_argument("--leave", metavar="HANDLER", help="it was only moved to another module: give it nothing")
    asked = parser.parse_args(arguments)
    if asked.leave:
        count = backfill.leave(asked.leave)
        print(f"{asked.leave} goes on without history." if count else f"{asked.leave} has missed nothing here.")
        return
    is_dry_run = asked.dry_run
    given = backfill.run(is_dry_run=is_dry_run)
    for name, count in sorted(given.items()):
        print(f"{name}: {count:,} events of the past {'would be' if is_dry_run else 'were'} given to it.")
    if not given:
        print("No handler has missed anything. One that is new is known once its service has been started.")
