"""Lets the services of a town die at named points while a cancellation goes on, and starts them again.

A phase of the cancellation begins with some services started anew, each told the first point of its list. When it has
died there, it is started with the next; after the last it is told none, and lives. The phase ends when all have died.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from pymongo import MongoClient

from deploy.acceptance.chaos import Chaos, Order
from deploy.town.calls import Deadline
from deploy.town.programs import Program
from deploy.town.town import Town
from shared.clock import host_now
from shared.crash import VARIABLE

LOOK_SECONDS = 0.02

Deaths = Mapping[str, Sequence[str]]  # of each service the points at which it dies, one after the other


class DyingServices(Chaos):
    """Takes the place of random kills in a cancellation; keeps what each death was."""

    def __init__(self, phases: Sequence[Deaths], *, town: Town, deadline: Deadline, say: Callable[[str], None]) -> None:
        super().__init__(Order(), registration_count=0, watches={}, deadline=deadline, say=say)
        self._town = town
        self._deadline = deadline
        self._say = say
        self._deaths = list(phases)
        self.signals: dict[tuple[str, str], int] = {}  # service and point: by which signal it ended

    @contextmanager
    def phase(self) -> Iterator[None]:
        """Let services die while the block runs; return when all of them have, and are alive again."""
        deaths = self._deaths.pop(0) if self._deaths else {}
        failures: list[Exception] = []
        threads = [
            threading.Thread(target=self._die_one_by_one, args=(service, points, failures), daemon=True)
            for service, points in deaths.items()
        ]
        for service, points in deaths.items():
            self._take_over(service)
            self._start(service, point=points[0])
        for each in threads:
            each.start()
        yield
        for each in threads:
            each.join()
        if failures:
            raise failures[0]

    def _die_one_by_one(self, service: str, points: Sequence[str], failures: list[Exception]) -> None:
        try:
            for point, following in zip(points, [*points[1:], ""], strict=True):
                status = self._await_end(service, point=point)
                self.signals[service, point] = -status
                self._say(f"{service} has died at {point} ({signal.Signals(-status).name}).")
                self._let_leases_end(service)
                self._start(service, point=following)
        except Exception as error:  # told in the thread that waits for us
            failures.append(error)

    def _take_over(self, service: str) -> None:
        """From here on only we start this service again."""
        self._town.watches[service].end()
        self._part(service).kill()

    def _start(self, service: str, *, point: str) -> None:
        part = self._part(service)
        part._environment[VARIABLE] = point
        part.start()

    def _await_end(self, service: str, *, point: str) -> int:
        process = self._part(service)._process
        assert process is not None
        while process.poll() is None:
            self._deadline.pause(LOOK_SECONDS, missing=f"the death of {service} at {point}")
        status: int = process.returncode
        assert status < 0, f"{service} was to die at {point} and ended by itself with status {status}"
        return status

    def _let_leases_end(self, service: str) -> None:
        """Who held them is dead; that is found out by waiting, which is skipped here."""
        with MongoClient[dict[str, object]](self._town.wiring.engines["MONGO_URL"]) as client:
            database = client[f"{self._town.wiring.database_prefix}{service}"]
            for name in database.list_collection_names():
                held = {"job.token": {"$type": "string"}}
                database[name].update_many(held, {"$set": {"job.due_at": host_now()}})

    def _part(self, service: str) -> Program:
        return next(each for each in self._town._programs if each.name == service)
