"""A reader that is deliberately not idempotent: it counts how often it heard each event, for tests of the plumbing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.change import Change
from shared.collection import Collection
from shared.contracts.flow import Declaration, command, consumes, declaration
from shared.contracts.registration import RegistrationRunClosed
from shared.kafka import Broker, ensure_topics
from shared.mongo import Database
from shared.relay import Relay
from shared.stories import COLLECTIONS
from shared.unit import Unit
from shared.worker import Worker
from tests.namespaces import Namespace
from tests.town import settings_for

POISON = "poison"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often something was said or heard, and its digests in order."""

    id: str
    count: int = 0
    digests: tuple[str, ...] = ()


TALLIES = Collection("tallies", Tally)


@command(emits=[RegistrationRunClosed])
def say(unit: Unit, *, run: str, digest: str = "") -> int:
    """Say one more event about a run; answers its number."""
    tally = unit.load(TALLIES, run) or Tally(id=run)
    said = RegistrationRunClosed(run=run, conference="c", count=tally.count + 1, digest=digest)
    unit.save(TALLIES, Change(replace(tally, count=tally.count + 1), (said,)))
    return tally.count + 1


@consumes(RegistrationRunClosed, needs=lambda event: [(TALLIES, event.run)])
def count(event: RegistrationRunClosed, unit: Unit) -> None:
    """Count an event that was heard; an event whose digest says so can't be handled."""
    if event.digest == POISON:
        raise ValueError("this event can't be handled")
    tally = unit.load(TALLIES, event.run) or Tally(id=event.run)
    unit.save(TALLIES, Change(replace(tally, count=tally.count + 1, digests=(*tally.digests, event.digest))))


class Pair:
    """A speaker (in registration's name) and a counting reader (in payments'), each with a database of its own."""

    def __init__(self, namespace: Namespace) -> None:
        speaker, reader = settings_for("registration", namespace), settings_for("payments", namespace)
        self.topic = speaker.topic("registration")
        self.broker = Broker(speaker)
        self.speaker = Database(speaker.mongo_url, name=speaker.database_name, service="registration")
        self.reader = Database(reader.mongo_url, name=reader.database_name, service="payments")
        for database in (self.speaker, self.reader):
            database.prepare([*COLLECTIONS, TALLIES])
        ensure_topics(self.broker, [self.topic])
        self.relay = Relay(self.speaker, self.broker, topic=self.topic)
        self.settings = reader

    def worker(self, handler: Callable[[RegistrationRunClosed, Unit], None] = count) -> Worker:
        """A new worker of the reader, as a process that has just started would have it."""
        declared = declaration(handler)
        assert isinstance(declared, Declaration)
        return Worker(
            self.reader, self.broker, self.settings, handlers={RegistrationRunClosed: (declared,)}, ignored=()
        )

    def publish(self) -> int:
        """Publish once what is unpublished; answers how many."""
        producer = self.broker.producer()
        try:
            return self.relay.publish(producer)
        finally:
            producer.close()

    def publish_again(self) -> int:
        """Publish everything that was said once more, as a crash between publishing and marking does."""
        self.speaker.mongo["events"].update_many({}, {"$set": {"published": False}})
        return self.publish()

    def heard(self) -> dict[str, int]:
        """How often each run's events were counted."""
        return {each["_id"]: each["count"] for each in self.reader.mongo["tallies"].find()}
