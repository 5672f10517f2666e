"""Owns what the houses of all services can: hear what others say, do the jobs that are due, and look at what was said.

A house is one service's parts on the real engines with none of its loops running: the test is the worker, the jobs and
the callers. Nothing in it happens because time passes, so that a slow machine sees what a quick one does.
"""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.envelope import Envelope, Event, encode
from shared.ids import new_event_id
from shared.jobs import Claim, JobKind, claim_due
from shared.mongo import Database
from shared.process import Parts
from shared.unit import Unit
from tests.integration.archive import said_in

LEASE_SECONDS = 3_600.0  # a busy machine takes no job out of a test's hands
_LONG = timedelta(hours=1)  # longer than any test takes: what was due so long ago was made due
E = TypeVar("E", bound=Event)

_numbers = itertools.count(1)


class House:
    """One service's parts, and the voices of the services that it listens to."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.heard: dict[str, Envelope] = {}

    @property
    def database(self) -> Database:
        """Where the service keeps what it knows."""
        return self.parts.database

    # what the others say

    def hear(self, *events: Event) -> None:
        """Hear these events in one batch, as the worker would: one transaction for all."""
        self.hear_again(*(envelope(event) for event in events))

    def hear_again(self, *envelopes: Envelope) -> None:
        """Hear envelopes, perhaps not for the first time."""
        self.heard |= {each.id: each for each in envelopes}

        def work(unit: Unit) -> None:
            for each in envelopes:
                self.parts.worker.call_handler(unit, each)

        self.database.transact(work)

    def hear_all_again(self) -> None:
        """Every event so far, handled a second time."""
        self.hear_again(*self.heard.values())

    # what the service does by itself

    def do_jobs(self, kind: JobKind[Any]) -> int:
        """Do once what is due of one kind; how many jobs. What was tried before waits until its pause is ended."""
        claims = self.claim(kind)
        for claim in claims:
            kind.act(claim)
        return len(claims)

    def claim(self, kind: JobKind[Any]) -> list[Claim[Any]]:
        """Take what is due of one kind, and was not tried before or made due again."""
        ripe = {"$or": [{"job.attempt_count": 0}, {"job.due_at": {"$lte": host_now() - _LONG}}]}
        return claim_due(
            self.database, replace(kind, where={"$and": [dict(kind.where), ripe]}, lease_seconds=LEASE_SECONDS)
        )

    def end_pauses(self, *collections: Collection[Any]) -> None:
        """As if every pause and lease of these jobs were over."""
        over = {"$set": {"job.due_at": host_now() - 2 * _LONG}}
        for collection in collections:
            self.database.mongo[collection.name].update_many({"job": {"$exists": True}}, over)

    # what can be seen

    def said(self, kind: type[E]) -> list[E]:
        """What was said so far of this kind."""
        rows = self.database.mongo["events"].find({"type": kind.type}).sort("_id", 1)
        return [said_in(self.database, row, kind) for row in rows]


def envelope(event: Event) -> Envelope:
    """An event as it comes from its service, later than all before it."""
    return Envelope(
        id=new_event_id(),
        type=event.type,
        source=f"/{event.service}",
        key=event.key,
        sequence=next(_numbers),
        time=host_now(),
        data=encode(event),
        correlation="a test",
    )
