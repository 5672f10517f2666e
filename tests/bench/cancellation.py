"""Measures a cancellation: from the committee's decision until every registration has ended, its settlement is worked
out and its message is planned. Messages go out meanwhile, as they would; their sending is not waited for.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.payments.orders.store import ORDERS
from services.registration.registering.store import REGISTRATIONS
from tests.bench.crowd import Crowd
from tests.bench.figures import Goal, Measurement, rounded
from tests.bench.processes import Cost
from tests.bench.running import Databases, Running

SIZES = (1_500, 15_000)
REGISTRATIONS_PER_SECOND = Goal(figure=1_000)
COST_GROWTH = Goal(figure=1.1, is_upper=True)
LOOK_SECONDS = 0.05
CHOOSE_DAYS = 21


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """A cancellation that was measured."""

    count: int
    seconds: float
    cpu_milliseconds_each: dict[str, float]
    mail_count: int

    @property
    def cost(self) -> float:
        """CPU milliseconds for one registration, over all processes."""
        return sum(self.cpu_milliseconds_each.values())

    def measurement(self) -> Measurement:
        """The line about it."""
        more = {
            "seconds": rounded(self.seconds),
            "cpu_milliseconds": rounded(self.cost),
            "cpu_milliseconds_each": self.cpu_milliseconds_each,
            "mails_sent_meanwhile": self.mail_count,
        }
        return Measurement(
            name=f"cancellation of {self.count}",
            figure=self.count / self.seconds,
            unit="registrations/s",
            goal=REGISTRATIONS_PER_SECOND,
            more=more,
        )


def cancel(crowd: Crowd, *, town: Running) -> Cancelled:
    """Cancel a crowd's conference, and measure it."""
    watched = _Watched(crowd, town.databases)
    cost = Cost(town.processes)
    began = time.perf_counter()
    choose_by = datetime.now(UTC).date() + timedelta(days=CHOOSE_DAYS)
    body = {"reason": "Public health.", "decision": "Cancelled; everyone chooses.", "choose_by": choose_by.isoformat()}
    url = f"{town.addresses.scheduling}/scheduling/conferences/{crowd.conference}/cancel"
    run = town.caller.post(url, body, key=f"{crowd.conference}:cancel", account=town.addresses.committee)["run"]
    while not watched.is_done(run):
        town.caller.deadline.pause(LOOK_SECONDS, missing="the end of a cancellation")
    seconds = time.perf_counter() - began
    each = cost.milliseconds_each(crowd.count)
    return Cancelled(count=crowd.count, seconds=seconds, cpu_milliseconds_each=each, mail_count=watched.mail_count(run))


def growth(small: Cancelled, large: Cancelled) -> Measurement:
    """How much more one registration costs among many."""
    return Measurement(
        name=f"cost of one of {large.count} to one of {small.count}",
        figure=large.cost / small.cost,
        unit="ratio",
        goal=COST_GROWTH,
    )


class _Watched:
    """Tells when a cancellation is done, at a price that doesn't grow with it."""

    def __init__(self, crowd: Crowd, databases: Databases) -> None:
        self._count = crowd.count
        self._databases = databases
        self._message_count = self._messages.estimated_document_count() + crowd.count

    @property
    def _messages(self) -> Any:
        return self._databases["notifications"].mongo["messages"]

    def is_done(self, run: str) -> bool:
        """Whether all have ended, are worked out and have their message planned, which comes last."""
        if self._messages.estimated_document_count() < self._message_count:
            return False
        ended = self._databases.count("registration", REGISTRATIONS.name, {"run": run})
        worked_out = self._databases.count("payments", ORDERS.name, {"endings.run": run})
        planned = self._databases.count("notifications", "messages", {"run": run})
        return ended == worked_out == planned == self._count

    def mail_count(self, run: str) -> int:
        """How many of the messages have left already."""
        return self._databases.count("notifications", "messages", {"run": run, "state": "accepted"})
