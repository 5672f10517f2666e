"""Follows the provider's word.

A webhook is a hint and no more: events come twice, late and in any order. What counts is the object as it is now.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.payments.bank.commands import note_charge_updated, note_payout
from services.payments.listening.commands import finish_look, look_later
from services.payments.orders.store import PAYMENTS
from services.payments.provider.domain.errors import Declined, NeedsPerson, TooMany, Unanswered
from services.payments.provider.domain.events import (
    CHARGE_EVENTS,
    DECLINE_EVENTS,
    DISPUTE_EVENTS,
    PAYOUT_EVENTS,
    REFUND_EVENTS,
    REFUND_MADE,
    SESSION_EVENTS,
    ProviderEvent,
)
from services.payments.provider.domain.shown import PaidSession, ProviderRefund
from services.payments.provider.jobs.gateway import Gateway
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.receipts.commands.arriving import note_decline, note_failed_payment, note_payment, note_underway
from services.payments.receipts.domain.checkouts import FAILED, UNDERWAY
from services.payments.refunds.commands.noting import note_dispute, note_news, note_outside
from services.payments.refunds.domain.refunds import CARD, Refund, agrees
from services.payments.refunds.store import DISPUTES, REFUNDS
from shared.contracts.flow import acts
from shared.jobs import Claim, JobKind, retry_seconds
from shared.mongo import Database
from shared.telemetry import log

CONCURRENCY = 6
UNKNOWN_NUMBER_LOOKS = 20  # a quarter of an hour


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at the objects that the provider's events are about: their order can't be trusted, their state can."""

    database: Database
    gateway: Gateway
    on_balance_moved: Callable[[], None]

    @acts(of=PROVIDER_EVENTS)
    def act(self, claim: Claim[ProviderEvent]) -> None:
        """Looks at what the provider's event is about, and records what is new."""
        try:
            self._look(claim)
        except (Unanswered, TooMany) as error:
            log.warning("provider not looked at yet", provider_event=claim.id, error=type(error).__name__)
            self.database.run(look_later, claim=claim, after_seconds=retry_seconds(claim.attempt_count))
        except (Declined, NeedsPerson) as error:
            log.error("provider's event leads nowhere", provider_event=claim.id, reason=str(error))
            self.database.run(finish_look, claim=claim)

    def _look(self, claim: Claim[ProviderEvent]) -> None:
        if claim.state.type in REFUND_EVENTS:
            self._look_at_refund(claim)
        elif claim.state.type in SESSION_EVENTS:
            self._look_at_session(claim)
        elif claim.state.type in DECLINE_EVENTS:
            self._look_at_decline(claim)
        elif claim.state.type in DISPUTE_EVENTS:
            known = self.database.mongo[DISPUTES.name].find_one({"_id": claim.state.object}, {"version": 1})
            told = self.gateway.look_at_dispute(claim.state.object)
            self.on_balance_moved()
            self.database.run(note_dispute, claim=claim, told=told, seen=known["version"] if known else 0)
        elif claim.state.type in CHARGE_EVENTS:
            self.database.run(note_charge_updated, claim=claim)
        else:
            self._look_at_balance(claim)

    def _look_at_balance(self, claim: Claim[ProviderEvent]) -> None:
        if claim.state.type in PAYOUT_EVENTS:
            told = self.gateway.look_at_payout(claim.state.object)
            self.database.run(note_payout, claim=claim, told=told)
        else:
            self.database.run(finish_look, claim=claim)
        self.on_balance_moved()

    def _look_at_refund(self, claim: Claim[ProviderEvent]) -> None:
        """Ours is read before the provider is asked: the other way round, old answers could overwrite newer ones."""
        refunds = self.database.mongo[REFUNDS.name]
        seen = [REFUNDS.state(each) for each in refunds.find({"provider_refund": claim.state.object})]
        if seen and claim.state.type == REFUND_MADE:  # so our own request was answered, or it was noticed before
            self.database.run(finish_look, claim=claim)
            return
        labelled = refunds.find_one({"_id": claim.state.refund}) if claim.state.refund and not seen else None
        is_being_sent = labelled is not None and "job" in labelled  # what we know of it is about to change
        if is_being_sent or (not seen and labelled is None and _may_be_planned_yet(claim)):
            self.database.run(look_later, claim=claim, after_seconds=retry_seconds(claim.attempt_count))
            return
        told = self.gateway.look_at_refund(claim.state.object)
        ours = REFUNDS.state(labelled) if labelled is not None else None
        if not seen and ours is not None and ours.provider_refund is None and self._is_of_ours(ours, told):
            seen = [ours]
        if seen:
            self.database.run(note_news, claim=claim, seen=seen, told=told)
        else:
            self.database.run(note_outside, claim=claim, told=told)

    def _is_of_ours(self, refund: Refund, told: ProviderRefund) -> bool:
        paid = self.database.mongo[PAYMENTS.name].find_one({"_id": refund.payment}, {"provider_payment": 1})
        is_same_payment = paid is not None and paid["provider_payment"] == told.payment_intent
        return is_same_payment and refund.rail == CARD and agrees(refund, told)

    def _look_at_session(self, claim: Claim[ProviderEvent]) -> None:
        seen = self.gateway.look_at_session(claim.state.object)
        if isinstance(seen, PaidSession):
            self.database.run(note_payment, claim=claim, paid=seen)
        elif seen.state == UNDERWAY:
            self.database.run(note_underway, claim=claim, seen=seen)
        elif seen.state == FAILED:
            self.database.run(note_failed_payment, claim=claim, seen=seen)
        else:
            self.database.run(finish_look, claim=claim)

    def _look_at_decline(self, claim: Claim[ProviderEvent]) -> None:
        declined = self.gateway.look_at_decline(claim.state.object)
        if declined is None:
            self.database.run(finish_look, claim=claim)
            return
        order, payment, reason = declined
        self.database.run(note_decline, claim=claim, order=order, payment=payment, reason=reason)


def _may_be_planned_yet(claim: Claim[ProviderEvent]) -> bool:
    """A number like ours that we don't know: after a restore our refunds are planned anew, which takes a while."""
    return claim.state.refund.startswith("refund:") and claim.attempt_count < UNKNOWN_NUMBER_LOOKS


def look_jobs(looker: Looker) -> JobKind[ProviderEvent]:
    """What the provider told us of and nobody has looked at."""
    return JobKind("provider-events", PROVIDER_EVENTS, looker.act, concurrency=CONCURRENCY, claim_count=5 * CONCURRENCY)
