"""What is written of card refunds once the provider was asked: sent, answered, refused, in doubt, disputed.

Each is one transaction, after the outside has answered; `refunds.jobs` and `listening.jobs` are who asks.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.payments.orders.commands import about
from services.payments.orders.store import PAYMENTS
from services.payments.provider.domain.events import ProviderEvent
from services.payments.provider.domain.shown import Dispute, ProviderRefund
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.commands.noticing import keep_outside, must_wait, payment_of
from services.payments.refunds.commands.outcomes import (
    REFUND_WORDS,
    both,
    hear,
    keep_disputes,
    overturn,
    paid_by_bank_minor,
    save_outcome,
    settle_by_disputes,
)
from services.payments.refunds.domain.refunds import Refund, RefundState, held, is_in_doubt, refused, resumed, sending
from services.payments.refunds.store import DISPUTES, REFUNDS
from services.payments.runs.store import RUNS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.jobs import Claim, due, retry_seconds
from shared.telemetry import log
from shared.unit import Unit

DISPUTE_LOOK_SECONDS = 3600.0  # how often an open dispute is asked after, should no word of its end arrive


@job(of=REFUNDS)
def note_sending(unit: Unit, *, claim: Claim[Refund], refund: Refund) -> bool:
    """It is on disk that this refund is about to leave, under a lease that begins now. False: somebody else has it."""
    if not _is_unchanged(unit, refund):
        return False
    unit.save(REFUNDS, Change(sending(refund, now=host_now())))
    claim.renew(unit)
    return True


@job(of=REFUNDS, emits=REFUND_WORDS, starts=[RUNS])
def note_answer(unit: Unit, *, claim: Claim[Refund], version: int, told: ProviderRefund) -> None:
    """The provider has the refund; in whatever state, it is written only if ours has not changed since we asked."""
    refund, _ = both(unit, claim.id)
    if refund.version != version:
        return
    hear(unit, refund.id, told)
    claim.finish(unit)


@job(of=REFUNDS, emits=REFUND_WORDS, starts=[RUNS])
def note_refusal(unit: Unit, *, claim: Claim[Refund], version: int, reason: str) -> None:
    """The provider has refused for good: the refund goes by cheque."""
    refund, order = both(unit, claim.id)
    if refund.version != version:
        return
    by_bank_minor = paid_by_bank_minor(unit, refund)
    save_outcome(
        unit, refused(order, refund, reason=reason, about=about(unit, order), paid_by_bank_minor=by_bank_minor)
    )
    claim.finish(unit)


@job(of=REFUNDS)
def note_doubt(unit: Unit, *, claim: Claim[Refund], after: Refund, after_seconds: float) -> None:
    """No answer, or not now: the refund is due again later, as it is then."""
    if not _is_unchanged(unit, after):
        return
    unit.save(REFUNDS, Change(after))
    if after.state is RefundState.HELD:
        claim.finish(unit)
    else:
        claim.again(unit, after_seconds=after_seconds)


@job(of=REFUNDS, emits=REFUND_WORDS)
def note_disputes(unit: Unit, *, claim: Claim[Refund], told: Sequence[Dispute]) -> None:
    """All disputes of a refund's payment, as the provider has just shown them: it goes on, is paid by one, or waits."""
    keep_disputes(unit, told)
    refund, _ = both(unit, claim.id)
    settle_by_disputes(unit, refund.payment)
    refund, _ = both(unit, claim.id)
    if refund.state is not RefundState.DISPUTED:
        return
    if told:
        claim.again(unit, after_seconds=DISPUTE_LOOK_SECONDS)
    else:
        unit.save(REFUNDS, Change(held(refund, reason=refund.reason)))
        claim.finish(unit)


@job(of=PROVIDER_EVENTS, emits=REFUND_WORDS, starts=[REFUNDS, RUNS])
def note_dispute(unit: Unit, *, claim: Claim[ProviderEvent], told: Dispute, seen: int | None = None) -> None:
    """A dispute as it is now, and what that means for the refunds of its payment, if it is one of ours.

    `seen` is the version of ours from before the provider was asked: only then can we tell a new decision from an old
    answer.
    """
    if seen is not None and unit.version_of(DISPUTES, told.id) != seen:
        claim.again(unit, after_seconds=0.2)
        return
    if seen is not None:
        overturn(unit, told)
    keep_disputes(unit, [told])
    for payment in unit.find(PAYMENTS, {"provider_payment": told.payment_intent}):
        settle_by_disputes(unit, payment.id)
    claim.finish(unit)


@job(of=PROVIDER_EVENTS, emits=REFUND_WORDS, starts=[REFUNDS, RUNS])
def note_news(unit: Unit, *, claim: Claim[ProviderEvent], seen: Sequence[Refund], told: ProviderRefund) -> None:
    """What the provider said about a refund that is known; one made outside may stand for several of ours."""
    if not all(_is_unchanged(unit, each) for each in seen):
        claim.again(unit, after_seconds=0.2)
        return
    for each in seen:
        hear(unit, each.id, told)
    claim.finish(unit)


@job(of=PROVIDER_EVENTS, emits=REFUND_WORDS, starts=[REFUNDS, RUNS])
def note_outside(unit: Unit, *, claim: Claim[ProviderEvent], told: ProviderRefund) -> None:
    """Somebody has refunded a payment at the provider: it is booked as what it is, and what is still owed goes on."""
    payment = payment_of(unit, told)
    if payment is None:
        log.error("a refund at the provider is of no payment of ours", provider_refund=told.id)
    elif must_wait(unit, payment, told):
        claim.again(unit, after_seconds=retry_seconds(claim.attempt_count))
        return
    else:
        keep_outside(unit, payment, [told])
    claim.finish(unit)


@job(of=REFUNDS, emits=REFUND_WORDS, starts=[RUNS])
def note_strangers(unit: Unit, *, claim: Claim[Refund], refund: Refund, told: Sequence[ProviderRefund]) -> None:
    """Refunds made outside were found before this one was sent, or when it was refused: they pay it or a part of it."""
    payment = unit.load(PAYMENTS, refund.payment)
    if payment is None or not _is_unchanged(unit, refund):
        return
    free = replace(resumed(refund), state=RefundState.PLANNED) if is_in_doubt(refund) else refund
    unit.save(REFUNDS, Change(free))
    unit.schedule(REFUNDS, claim.id, due())
    unit.flush()
    keep_outside(unit, payment, told)


def _is_unchanged(unit: Unit, refund: Refund) -> bool:
    kept = unit.load(REFUNDS, refund.id)
    return kept is not None and kept.version == refund.version
