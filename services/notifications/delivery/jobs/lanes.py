"""Several connections to the mail server, with at most one mail on each, and never two to one person.

Owns how many mails are on their way at once: as many as it takes to hand them over at a good pace. A server that
answers at once has one, so that a killed process then leaves one that nobody knows about. Leaves to `sender.py` which
mails those are and what is recorded of them.
"""

import math
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

from services.notifications.delivery.jobs.mailer import End, Mailer, MailServerAway
from services.notifications.delivery.jobs.recording import Ended, Prepared
from services.notifications.messages.domain.messages import Message
from shared.clock import boot_seconds
from shared.jobs import Claim

LANE_COUNT_MAX = 8  # what a mail server grants one client without asking questions
PACE_SECONDS = 0.008  # one mail handed over in so many seconds, all lanes together
NEW_SHARE = 0.3  # of the latest mail in what a mail usually takes
NARROW_SECONDS = 60.0  # how long a server that refused a further connection is not asked for one


@dataclass(slots=True, kw_only=True)
class Flight:
    """One mail on its way."""

    prepared: Prepared
    mailer: Mailer
    end: Future[Ended]
    began: float
    claim: Claim[Message]  # as it is now: its lease is renewed


class Lanes:
    """The connections, and the mails on them."""

    def __init__(self, make: Callable[[], Mailer], send: Callable[[Mailer, Prepared], Ended]) -> None:
        self._make = make
        self._send = send
        self._pool = ThreadPoolExecutor(LANE_COUNT_MAX + 1, thread_name_prefix="mail")
        self._free: list[Mailer] = []
        self._opening: Future[Mailer] | None = None
        self._flights: dict[str, Flight] = {}
        self._usual_seconds = 0.0
        self._narrow_until = 0.0

    @property
    def flights(self) -> Collection[Flight]:
        """The mails on their way."""
        return self._flights.values()

    @property
    def messages(self) -> Collection[str]:
        """The messages on their way, by id."""
        return self._flights.keys()

    @property
    def width(self) -> int:
        """How many mails may be on their way at once, by how long one takes."""
        now = boot_seconds()
        slowest = max((self._usual_seconds, *(now - each.began for each in self.flights)))
        return max(1, min(LANE_COUNT_MAX, math.ceil(slowest / PACE_SECONDS)))

    @property
    def has_room(self) -> bool:
        """Whether a further mail may begin, or could if there were a connection for it."""
        return len(self._flights) < self.width

    @property
    def ready_count(self) -> int:
        """How many mails may begin now."""
        return max(0, min(self.width - len(self._flights), len(self._free)))

    def begin(self, prepared: Prepared) -> None:
        """Send a mail on a free connection."""
        mailer = self._free.pop()
        end = self._pool.submit(self._send, mailer, prepared)
        self._flights[prepared.claim.id] = Flight(
            prepared=prepared, mailer=mailer, end=end, began=boot_seconds(), claim=prepared.claim
        )

    def renew(self, claims: Iterable[Claim[Message]]) -> None:
        """These claims have another lease now; of others than the mails on their way nothing is kept."""
        for claim in claims:
            if flight := self._flights.get(claim.id):
                flight.claim = claim

    def widen(self, wanted: int) -> None:
        """Open one more connection if there are fewer than are wanted, one at a time."""
        is_narrow = bool(self._flights or self._free) and boot_seconds() < self._narrow_until
        if self._opening is None and not is_narrow and len(self._free) < min(wanted, self.width - len(self._flights)):
            self._opening = self._pool.submit(self._opened)

    def landed(self) -> tuple[list[Ended], str]:
        """How mails have ended since; and why none should begin now, or an empty string."""
        trouble = self._take_opened()
        ended = [self._land(each) for each in list(self.flights) if each.end.done()]
        for each in ended:
            if each.sent.end in (End.NOT_SENT, End.IN_DOUBT):
                trouble = trouble or each.sent.reason or each.sent.end
        return ended, trouble

    def wait(self, seconds: float) -> None:
        """Return when something has ended, or after so long."""
        going: list[Future[Any]] = [*(each.end for each in self.flights), *([self._opening] if self._opening else [])]
        if going:
            wait(going, timeout=seconds, return_when=FIRST_COMPLETED)

    def break_off(self) -> None:
        """End all conversations; what becomes of their mails nobody can know."""
        for flight in self.flights:
            flight.mailer.break_off()

    def close(self) -> None:
        """Say good-bye on every connection that is free."""
        free, self._free = self._free, []
        for mailer in free:
            mailer.close()

    def _opened(self) -> Mailer:
        mailer = self._make()
        mailer.open()
        return mailer

    def _take_opened(self) -> str:
        if self._opening is None or not self._opening.done():
            return ""
        opening, self._opening = self._opening, None
        try:
            self._free.append(opening.result())
        except MailServerAway as away:
            self._narrow_until = boot_seconds() + NARROW_SECONDS
            return "" if self._flights or self._free else str(away)
        return ""

    def _land(self, flight: Flight) -> Ended:
        del self._flights[flight.prepared.claim.id]
        ended = replace(flight.end.result(), claim=flight.claim)
        if flight.mailer.is_open:
            self._free.append(flight.mailer)
        took = boot_seconds() - flight.began
        self._usual_seconds += NEW_SHARE * (took - self._usual_seconds)
        return ended
