"""Owns killing processes at random moments of a run, as often as was asked for, and the list of what was killed.

The moments come from a seed. Kills are spread over the phases of the run; a phase does not end before its kills have
happened, or the deadline has passed. Starting again what was killed is left to `deploy.town.supervision`.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from deploy.town.calls import Deadline
from deploy.town.supervision import Watch
from deploy.town.town import BROKER, DATABASE
from shared.settings import SERVICES

GAP_SECONDS_MIN = 0.2
# A larger run takes longer, and its kills are further apart, so that they are not all over before its middle.
GAP_SECONDS_MAX_LEAST, GAP_SECONDS_MAX_MOST, GAP_SECONDS_MAX_PER_REGISTRATION = 2.0, 5.0, 0.005
LOOK_SECONDS = 0.02
AFTER_FAILURE_SECONDS_MAX = 10.0  # a killer that cannot end is left behind: who is told to stop, stops
PHASE_COUNT = 5


class ChaosRefused(Exception):
    """What is to be killed was not started here; the message is meant for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """How often to kill what."""

    service_kill_count: int = 0
    database_kill_count: int = 0
    broker_kill_count: int = 0
    seed: int = 0

    @property
    def kill_count(self) -> int:
        """All of them."""
        return self.service_kill_count + self.database_kill_count + self.broker_kill_count

    def refuse_what_is_not_ours(self, given: Mapping[str, str], *, is_town_given: bool) -> None:
        """Nobody's engine and nobody's service is killed but our own; raises `ChaosRefused`."""
        theirs = [
            name
            for name, count, setting in (
                ("services", self.service_kill_count, "REGISTRATION_URL" if is_town_given else ""),
                ("the database", self.database_kill_count, "MONGO_URL"),
                (
                    "the broker",
                    self.broker_kill_count,
                    "REGISTRATION_URL" if is_town_given else "KAFKA_BOOTSTRAP_SERVERS",
                ),
            )
            if count and given.get(setting)
        ]
        if theirs:
            raise ChaosRefused(
                f"The environment gives {' and '.join(theirs)} from outside, and only what was started here is killed. "
                "Nothing was started. Leave the kills away, or the addresses."
            )


class Chaos:
    """The kills of one run, still to come and done."""

    def __init__(
        self,
        order: Order,
        *,
        registration_count: int,
        watches: Mapping[str, Watch],
        deadline: Deadline,
        say: Callable[[str], None],
    ) -> None:
        self._chance = random.Random(order.seed)
        by_size = registration_count * GAP_SECONDS_MAX_PER_REGISTRATION
        self._gap_seconds_max = min(max(by_size, GAP_SECONDS_MAX_LEAST), GAP_SECONDS_MAX_MOST)
        self._watches = watches
        self._deadline = deadline
        self._say = say
        self._phases = _dealt(_targets(order, self._chance), phase_count=PHASE_COUNT)
        self._left_count = order.kill_count
        self._began = time.monotonic()
        self.killed: list[tuple[float, str]] = []

    @property
    def is_over(self) -> bool:
        """Whether every kill has happened."""
        return self._left_count == 0

    @property
    def kill_counts(self) -> Counter[str]:
        """How often each process was killed."""
        return Counter(name for _, name in self.killed)

    def begin(self) -> None:
        """The decision is taken: the time of the kills is counted from here."""
        self._began = time.monotonic()

    @contextmanager
    def phase(self) -> Iterator[None]:
        """Kill while the block runs; when it ends, this phase's kills have happened. If it fails, no more follow: the
        town is about to be stopped, or looked at, as it is."""
        targets = self._phases.pop(0) if self._phases else []
        failure: list[BaseException] = []
        failed = threading.Event()
        killer = threading.Thread(target=self._kill_all, args=(targets, failure, failed), name="chaos", daemon=True)
        killer.start()
        try:
            yield
        except BaseException:
            failed.set()
            killer.join(AFTER_FAILURE_SECONDS_MAX)
            raise
        while killer.is_alive():
            self._deadline.pause(0, missing="the end of this phase's kills")
            killer.join(LOOK_SECONDS)
        if failure:
            raise failure[0]

    def _kill_all(self, targets: Sequence[str], failure: list[BaseException], failed: threading.Event) -> None:
        try:
            for target in targets:
                if failed.wait(self._chance.uniform(GAP_SECONDS_MIN, self._gap_seconds_max)):
                    return
                self._deadline.pause(0, missing="the next kill")
                self._kill(target, failed)
        except Exception as error:  # told in the thread that waits for us
            failure.append(error)

    def _kill(self, target: str, failed: threading.Event) -> None:
        while not self._watches[target].kill():
            self._deadline.pause(0, missing=f"{target} to be up, so that it can be killed")
            if failed.wait(LOOK_SECONDS):
                return
        self._left_count -= 1
        after_seconds = time.monotonic() - self._began
        self.killed.append((after_seconds, target))
        self._say(f"{target} was killed with signal 9, {after_seconds:.1f} s after the decision.")


def _targets(order: Order, chance: random.Random) -> list[str]:
    """Whom to kill, in which order: the services in turn, so that each is hit, the engines somewhere among them."""
    services = list(SERVICES)
    chance.shuffle(services)
    targets = [services[number % len(services)] for number in range(order.service_kill_count)]
    targets += [DATABASE] * order.database_kill_count + [BROKER] * order.broker_kill_count
    chance.shuffle(targets)
    return targets


def _dealt(targets: Sequence[str], *, phase_count: int) -> list[list[str]]:
    """The same number for each phase, as far as that goes."""
    bounds = [round(number * len(targets) / phase_count) for number in range(phase_count + 1)]
    return [list(targets[start:end]) for start, end in pairwise(bounds)]
