"""Owns reading the provider's own lists, so that an outage of our door loses nothing and its balance is in our books.

Reads on from what it has read itself, an hour overlapping; webhooks never advance that.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from services.payments.bank.commands import keep_lines
from services.payments.bank.store import BALANCE_LINES
from services.payments.listening.commands import keep_provider_events, note_round, note_sweep, plan_round
from services.payments.listening.domain import Round, Sweep, read_until
from services.payments.listening.store import ROUNDS, SWEEPS
from services.payments.provider.domain.errors import Declined, NeedsPerson, TooMany, Unanswered
from services.payments.provider.domain.events import LISTS, REFUND_MADE, ProviderEvent
from services.payments.provider.domain.shown import BalanceMove, ProviderRefund
from services.payments.provider.jobs.gateway import Gateway
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.domain.outside import is_echo
from services.payments.refunds.domain.refunds import differences
from services.payments.refunds.store import REFUNDS
from shared.clock import host_now
from shared.collection import Collection
from shared.contracts.flow import acts
from shared.jobs import Claim, JobKind
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note
from shared.states import read
from shared.telemetry import log

FIRST_SECONDS = 2.0
SWEEP_SECONDS = 600.0
BALANCE = "balance"
COMPARISON = "compare_refunds"
COMPARE_FIRST_SECONDS = 600.0  # after the first start of all; a restart changes nothing about when it is due
COMPARE_RETRY_SECONDS = 600.0
COMPARE_LEASE_SECONDS = 1800.0  # every refund that the provider has is listed meanwhile
COMPARE_SECONDS = 24 * 3600.0  # how often every refund is held against the provider's
DIFFERENCES = Gauge("reconvene_refund_differences", "Refunds at the provider that are not ours, or doubled")
E = TypeVar("E", ProviderEvent, BalanceMove)


class ProviderSweep:
    """Sweeps soon after the start, then every few minutes; the balance also when somebody rings."""

    def __init__(self, database: Database, gateway: Gateway, *, seconds: float = SWEEP_SECONDS) -> None:
        self.database = database
        self.gateway = gateway
        self.seconds = seconds
        self._bell = threading.Event()

    def ring(self) -> None:
        """The provider's balance has moved."""
        self._bell.set()

    def sweep_provider(self, stop: threading.Event) -> None:
        """Sweep until `stop`; what fails is tried again with the next sweep."""
        stop.wait(FIRST_SECONDS)
        while not stop.is_set():
            self._try(self._plan_comparison)
            self._try(self.sweep_events)
            self._try(self.sweep_balance)
            while not stop.is_set() and self._is_rung_within(self.seconds, stop):
                self._try(self._sweep_what_is_new)

    def sweep_events(self) -> None:
        """Keep every event that no webhook has brought."""

        def keep(page: Sequence[ProviderEvent]) -> bool:
            missed = self._without_echoes(self._missed(PROVIDER_EVENTS, page))
            if missed:
                self.database.run(keep_provider_events, events=missed)
            return bool(missed)

        for name, types in LISTS.items():
            self._read(name, self.gateway.events(types=list(types)), keep)

    def sweep_balance(self, *, is_rung: bool = False) -> None:
        """Keep every line of the provider's balance. When somebody has rung it is read to where nothing is new; else
        an hour further, since a line may show late."""

        def keep(page: Sequence[BalanceMove]) -> bool:
            missed = self._missed(BALANCE_LINES, page)
            if missed:
                self.database.run(keep_lines, moves=missed)
            return bool(missed)

        self._read(BALANCE, self.gateway.balance_moves(), keep, stops_at_known=is_rung)

    def _plan_comparison(self) -> None:
        self.database.run(plan_round, round_=COMPARISON, after_seconds=COMPARE_FIRST_SECONDS)

    def _sweep_what_is_new(self) -> None:
        self.sweep_balance(is_rung=True)

    def compare_refunds(self) -> list[str]:
        """Hold all of the provider's refunds against ours; a difference is an alarm, and is looked at."""
        told = [each for page in self.gateway.refunds() for each in page]
        found = self.database.mongo[REFUNDS.name].find({}, {"provider_refund": 1})
        sentences = differences(told, {each["_id"]: each.get("provider_refund") for each in found})
        DIFFERENCES.set(len(sentences))
        for sentence in sentences.values():
            log.error("refunds differ", difference=sentence)
        self._look_at([each for each in told if each.id in sentences])
        return list(sentences.values())

    def _look_at(self, told: Sequence[ProviderRefund]) -> None:
        """As if the provider had just told us of these."""
        missed = [
            ProviderEvent(id=f"compared:{each.id}", type=REFUND_MADE, object=each.id, refund=each.refund)
            for each in told
        ]
        if missed:
            self.database.run(keep_provider_events, events=missed)

    def _read(
        self,
        name: str,
        pages: Iterable[Sequence[E]],
        keep: Callable[[Sequence[E]], bool],
        *,
        stops_at_known: bool = False,
    ) -> None:
        """Read a list back, newest first, to where an hour ago it was read to; note it when all is kept."""
        until = read_until(read(self.database, SWEEPS, name) or Sweep(id=name), now=host_now())
        newest = ""
        for page in pages:
            newest = newest or (page[0].id if page else "")
            is_news = keep(page)
            note()
            if any(each.id == until for each in page) or (stops_at_known and until and not is_news):
                break
        if newest:
            self.database.run(note_sweep, sweep=name, newest=newest)

    def _is_rung_within(self, seconds: float, stop: threading.Event) -> bool:
        """Wait for the bell, but look up now and then whether it is time to stop."""
        waited = 0.0
        while waited < seconds and not stop.is_set():
            note()
            if self._bell.wait(min(1.0, seconds - waited)):
                self._bell.clear()
                return True
            waited += 1.0
        return False

    def _try(self, sweep: Callable[[], object]) -> None:
        try:
            sweep()
        except (Unanswered, TooMany, Declined, NeedsPerson, PyMongoError, Busy) as error:
            log.warning("sweep put off", error=type(error).__name__)

    def _without_echoes(self, missed: Sequence[ProviderEvent]) -> list[ProviderEvent]:
        """Without those that say of a refund of ours only that it was made."""
        labels = [each.refund for each in missed if each.type == REFUND_MADE and each.refund]
        found = self.database.mongo[REFUNDS.name].find({"_id": {"$in": labels}})
        asked = {each["_id"]: REFUNDS.state(each) for each in found}
        return [each for each in missed if not is_echo(each, asked.get(each.refund))]

    def _missed(self, collection: Collection[Any], page: Sequence[E]) -> list[E]:
        ids = [each.id for each in page]
        found = self.database.mongo[collection.name].find({"_id": {"$in": ids}}, {"_id": 1})
        known = {each["_id"] for each in found}
        return [each for each in page if each.id not in known]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Holds every refund against the provider's once a day, in one process, whenever this one was started."""

    database: Database
    sweep: ProviderSweep

    @acts(of=ROUNDS)
    def act(self, claim: Claim[Round]) -> None:
        """Compares every refund with the provider's, and is due again tomorrow; or soon, when nobody answered."""
        try:
            self.sweep.compare_refunds()
        except (Unanswered, TooMany, Declined, NeedsPerson) as error:
            log.warning("refunds not compared", error=type(error).__name__)
            self.database.run(note_round, claim=claim, is_done=False, after_seconds=COMPARE_RETRY_SECONDS)
            return
        self.database.run(note_round, claim=claim, is_done=True, after_seconds=COMPARE_SECONDS)


def comparison_jobs(comparison: Comparison) -> JobKind[Round]:
    """The daily comparison, when it is due."""
    return JobKind("comparison", ROUNDS, comparison.act, where={"_id": COMPARISON}, lease_seconds=COMPARE_LEASE_SECONDS)
