"""Sends card refunds, and finds out what became of those whose answer was lost.

Before anything is sent, also for the first time, the provider is asked what it has refunded of the payment: neither a
time-out, nor books that came back from a backup, nor somebody at the provider's desk can make us pay twice.
"""

import time
from dataclasses import dataclass

from services.payments.orders.store import PAYMENTS
from services.payments.provider.domain.errors import Declined, NeedsPerson, TooMany, Unanswered
from services.payments.provider.domain.shown import ProviderRefund
from services.payments.provider.jobs.gateway import Gateway
from services.payments.provider.jobs.pace import Breaker, Pace
from services.payments.refunds.commands.noting import (
    note_answer,
    note_disputes,
    note_doubt,
    note_refusal,
    note_sending,
    note_strangers,
)
from services.payments.refunds.domain.outside import own_of, strangers_among
from services.payments.refunds.domain.refunds import (
    CHARGE_DISPUTED,
    KEY_CHANGE_SECONDS,
    Refund,
    RefundState,
    absent,
    disputed,
    held,
    is_in_doubt,
    lost,
    may_still_arrive,
    put_off,
)
from services.payments.refunds.store import REFUNDS, refunds_of_payment
from shared.clock import host_now
from shared.contracts.flow import acts
from shared.crash import point
from shared.jobs import Claim, JobKind, retry_seconds
from shared.mongo import Database
from shared.telemetry import log

IN_FLIGHT_MAX = 10  # refunds at the provider at a time


@dataclass(frozen=True, slots=True)
class RefundSender:
    """Sends one refund to the provider, or finds out what became of it."""

    database: Database
    gateway: Gateway
    pace: Pace
    breaker: Breaker
    key_change_seconds: float = KEY_CHANGE_SECONDS

    @acts(of=REFUNDS)
    def act(self, claim: Claim[Refund]) -> None:
        """Asks the provider first, sends what it doesn't have, and records what it says."""
        point("refund.claimed")
        refund = claim.state
        if self._is_paused(claim, refund):
            return
        intent = self._payment_intent(refund)
        if refund.state is RefundState.DISPUTED:
            self._look_at_disputes(claim, intent)
            return
        try:
            own, strangers = self._find(refund, intent)
        except (Unanswered, TooMany, NeedsPerson, Declined) as error:
            self._put_off(claim, refund, error)
            return
        if own is not None:
            self.database.run(note_answer, claim=claim, version=refund.version, told=own)
            return
        if strangers and not may_still_arrive(refund, now=host_now(), key_change_seconds=self.key_change_seconds):
            self.database.run(note_strangers, claim=claim, refund=refund, told=strangers)
            return
        refund = absent(refund, now=host_now(), key_change_seconds=self.key_change_seconds)
        if refund.is_error_stored:  # the same key would give the same error, and it is too soon for another key
            self.database.run(note_doubt, claim=claim, after=refund, after_seconds=self._key_change_after(refund))
            return
        self._send(claim, refund, intent)

    def _send(self, claim: Claim[Refund], refund: Refund, intent: str) -> None:
        """In the turn that asking had: the provider counts lists and refunds apart."""
        claim = claim.renewed()  # waiting for our turn may have outlasted the lease; is it still ours, it begins anew
        if not self.database.run(note_sending, claim=claim, refund=refund):
            return
        version = refund.version + 1
        point("refund.sending")
        claim.check()
        try:
            told = self.gateway.send_refund(refund, payment_intent=intent)
        except Declined as refusal:
            self.breaker.succeeded()
            self.database.run(note_refusal, claim=claim, version=version, reason=str(refusal))
            return
        except NeedsPerson as error:
            self._ask_why(claim, self._reread(claim), intent, error)
            return
        except (Unanswered, TooMany) as error:
            self._put_off(claim, self._reread(claim), error)
            return
        point("refund.sent")
        self.breaker.succeeded()
        self.database.run(note_answer, claim=claim, version=version, told=told)
        point("refund.recorded")

    def _look_at_disputes(self, claim: Claim[Refund], intent: str) -> None:
        """Nothing leaves while the banks decide; an error changes nothing but when we ask again."""
        time.sleep(self.pace.book())
        try:
            told = self.gateway.disputes_of(intent)
        except (Unanswered, TooMany, NeedsPerson, Declined) as error:
            log.warning("disputes not looked at yet", refund=claim.id, error=type(error).__name__)
            after_seconds = retry_seconds(claim.attempt_count)
            self.database.run(note_doubt, claim=claim, after=claim.state, after_seconds=after_seconds)
            return
        self.database.run(note_disputes, claim=claim, told=told)

    def _ask_why(self, claim: Claim[Refund], refund: Refund, intent: str, error: NeedsPerson) -> None:
        """Refused: before a person is asked, we look whether somebody has refunded a part of it in this moment."""
        if str(error) != CHARGE_DISPUTED:
            try:
                own, strangers = self._find(refund, intent)
            except (Unanswered, TooMany, NeedsPerson, Declined) as other:
                self._put_off(claim, refund, other)
                return
            if own is not None:
                self.database.run(note_answer, claim=claim, version=refund.version, told=own)
                return
            if strangers:
                self.database.run(note_strangers, claim=claim, refund=refund, told=strangers)
                return
        self._put_off(claim, refund, error)

    def _find(self, refund: Refund, intent: str) -> tuple[ProviderRefund | None, list[ProviderRefund]]:
        """What the provider has refunded of this payment: this refund, if it is there, and what is none of ours."""
        time.sleep(self.pace.book())
        told = self.gateway.refunds_of(intent)
        siblings = refunds_of_payment(self.database, refund) if told else []
        return own_of(refund, told, siblings=siblings), strangers_among(told, siblings=siblings)

    def _put_off(self, claim: Claim[Refund], refund: Refund, error: Exception) -> None:
        """What an error means: ask again, wait, or leave it to a person. What was in doubt before stays in doubt."""
        now, after_seconds = time.monotonic(), retry_seconds(claim.attempt_count)
        match error:
            case TooMany():
                self.pace.give_way()
                after = lost(refund) if is_in_doubt(claim.state) else put_off(refund)
            case Unanswered():
                if error.is_down:
                    self.breaker.failed(now)
                is_stored = refund.is_error_stored or error.is_stored
                after = lost(refund, is_error_stored=is_stored) if is_in_doubt(refund) else refund  # only asked so far
            case NeedsPerson() if str(error) == CHARGE_DISPUTED:
                after, after_seconds = disputed(refund), 0.0  # the dispute is looked at next
            case _:
                after = held(refund, reason=str(error))
        log.warning("refund put off", refund=refund.id, error=type(error).__name__, reason=str(error))
        self.database.run(note_doubt, claim=claim, after=after, after_seconds=after_seconds)

    def _is_paused(self, claim: Claim[Refund], refund: Refund) -> bool:
        wait_seconds = self.breaker.wait_seconds(time.monotonic())
        if wait_seconds:
            self.database.run(note_doubt, claim=claim, after=refund, after_seconds=wait_seconds)
        return wait_seconds > 0

    def _payment_intent(self, refund: Refund) -> str:
        found = self.database.mongo[PAYMENTS.name].find_one({"_id": refund.payment}, {"provider_payment": 1})
        return str(found["provider_payment"]) if found else ""

    def _reread(self, claim: Claim[Refund]) -> Refund:
        found = self.database.mongo[REFUNDS.name].find_one({"_id": claim.id})
        return REFUNDS.state(found) if found else claim.state

    def _key_change_after(self, refund: Refund) -> float:
        sent_at = refund.last_sent_at or host_now()
        return max(1.0, self.key_change_seconds - (host_now() - sent_at).total_seconds())


def refund_jobs(sender: RefundSender) -> JobKind[Refund]:
    """Refunds that wait to be sent."""
    return JobKind("refunds", REFUNDS, sender.act, concurrency=IN_FLIGHT_MAX, claim_count=3 * IN_FLIGHT_MAX)
