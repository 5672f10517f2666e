"""What payments writes after it has acted outside, or looked after something in the background: one transaction each.

Who acts is beside this: `sender` sends refunds, `looker` follows the provider's word and closes payment pages, `sweeps`
reads the provider's lists, `watch` looks after runs and seals the books.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.payments.balance_jobs import explain_soon
from services.payments.checkouts import (
    EXPIRED,
    FAILED,
    PAID,
    UNDERWAY,
    Checkout,
    PaidSession,
    UnpaidSession,
    begin_waiting,
    end_waiting,
    ended,
    fail,
    fail_later,
)
from services.payments.commands import disturb, take_in
from services.payments.counting import Closing
from services.payments.disputes import Dispute
from services.payments.giving_up import given_up
from services.payments.ledger import (
    ChainCheck,
    ChainHead,
    Transaction,
    begun_anew,
    check,
    count,
    is_check_due,
    is_check_old,
    seal,
)
from services.payments.noticing import keep_outside, must_wait, payment_of
from services.payments.outcomes import (
    REFUND_WORDS,
    both,
    hear,
    keep_disputes,
    overturn,
    paid_by_bank_minor,
    save_outcome,
    settle_by_disputes,
)
from services.payments.provider_events import ProviderEvent
from services.payments.receipts import Receipt
from services.payments.refunds import (
    ProviderRefund,
    Refund,
    RefundState,
    held,
    is_in_doubt,
    refused,
    resumed,
    sending,
)
from services.payments.runs import SETTLING, Figures, advance, complete
from services.payments.store import (
    BALANCE_LINES,
    CHAIN_CHECKS,
    CHAIN_HEADS,
    CHECKOUTS,
    CONFERENCES,
    DISPUTES,
    LEDGER,
    ORDERS,
    PAYMENTS,
    PROVIDER_EVENTS,
    REFUNDS,
    ROUNDS,
    RUNS,
    STRAYS,
    STUCK,
    SWEEPS,
    Stuck,
    about,
)
from services.payments.strays import misfit
from services.payments.sweep_marks import Round, Sweep, marked
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.contracts.payments import (
    OrderGivenUp,
    PaymentCaptured,
    PaymentFailed,
    PaymentUnderway,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
)
from shared.jobs import Claim, due, retry_seconds
from shared.mongo import Unit
from shared.telemetry import log

FEE_FIRST_LOOK = timedelta(seconds=60)  # by then the provider has mostly told of the fee itself
SESSION_LOOK_SECONDS = 3600.0  # how often a payment under way is asked after, should no word of its end arrive
DISPUTE_LOOK_SECONDS = 3600.0  # how often an open dispute is asked after, should no word of its end arrive
SEAL_COUNT = 500  # transactions sealed in one transaction of the database


# refunds


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


@job(of=PROVIDER_EVENTS, emits=REFUND_WORDS, starts=[CHECKOUTS, REFUNDS, RUNS])
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


@job(of=REFUNDS, emits=REFUND_WORDS, starts=[CHECKOUTS, RUNS])
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


# payments


@job(
    of=PROVIDER_EVENTS,
    emits=[PaymentCaptured, RefundRunReopened],
    starts=[BALANCE_LINES, CHECKOUTS, PAYMENTS, REFUNDS, RUNS],
)
def note_payment(unit: Unit, *, claim: Claim[ProviderEvent], paid: PaidSession) -> None:
    """A payment page was paid: the money is on its order, on its way back, or, if it fits no order, on a list."""
    order, checkout = unit.load(ORDERS, paid.order), unit.load(CHECKOUTS, paid.payment)
    claim.finish(unit)
    stray = misfit(paid, order=order if checkout else None, session=claim.state.object, now=unit.now)
    if stray is not None:
        log.error("paid, and fits no order", why=stray.why, order=paid.order, session=stray.session)
        unit.add(STRAYS, stray)
        explain_soon(unit, charge=paid.charge)
        return
    assert order is not None
    assert checkout is not None
    if unit.load(PAYMENTS, paid.payment) is not None:
        return
    receipt = Receipt(
        payment=paid.payment,
        tender=paid.tender,
        amount_minor=paid.amount_minor,
        currency=paid.currency,
        reference=paid.charge,
        received_on=unit.now.date(),
        provider_payment=paid.payment_intent,
        fee_minor=paid.fee_minor,
    )
    take_in(unit, end_waiting(order, payment=paid.payment), receipt)
    unit.save(CHECKOUTS, Change(ended(checkout, state=PAID)))
    explain_soon(unit, charge=paid.charge)
    if paid.fee_minor is None:
        unit.schedule(PAYMENTS, paid.payment, due(host_now() + FEE_FIRST_LOOK))


@job(of=PROVIDER_EVENTS, emits=[PaymentUnderway, RefundRunReopened], starts=[RUNS])
def note_underway(unit: Unit, *, claim: Claim[ProviderEvent], seen: UnpaidSession) -> None:
    """The payer has agreed and the bank decides: the order knows, and the page is looked at again until it is over."""
    order, checkout = unit.load(ORDERS, seen.order), unit.load(CHECKOUTS, seen.payment)
    claim.again(unit, after_seconds=SESSION_LOOK_SECONDS)
    if order is None or checkout is None or checkout.state in (PAID, UNDERWAY, FAILED):
        return
    change = begin_waiting(order, seen)
    unit.save(ORDERS, change)
    unit.save(CHECKOUTS, Change(ended(checkout, state=UNDERWAY)))
    disturb(unit, change.state.run, reason="a payment was under way when the order ended")


@job(of=PROVIDER_EVENTS, emits=[PaymentFailed, OrderGivenUp])
def note_failed_payment(unit: Unit, *, claim: Claim[ProviderEvent], seen: UnpaidSession) -> None:
    """The bank does not pay what the payer had agreed to days before."""
    order, checkout = unit.load(ORDERS, seen.order), unit.load(CHECKOUTS, seen.payment)
    claim.finish(unit)
    if order is None or checkout is None or checkout.state in (PAID, FAILED):
        return
    failed = fail_later(order, seen)
    given = given_up(failed.state)  # if the time for paying had ended while the bank decided
    unit.save(ORDERS, Change(given.state, (*failed.events, *given.events)))
    unit.save(CHECKOUTS, Change(ended(checkout, state=FAILED)))


@job(of=PROVIDER_EVENTS, emits=[PaymentFailed])
def note_decline(unit: Unit, *, claim: Claim[ProviderEvent], order: str, payment: str, reason: str) -> None:
    """A card was declined; nothing was charged."""
    loaded = unit.load(ORDERS, order)
    attempt = unit.load(CHECKOUTS, payment)
    is_known = attempt is not None and attempt.state in (UNDERWAY, FAILED)  # what became of that is told otherwise
    change = fail(loaded, payment=payment, reason=reason) if loaded is not None and not is_known else None
    if change is not None and change.events:
        unit.save(ORDERS, change)
    claim.finish(unit)


@job(of=CHECKOUTS, emits=[OrderGivenUp])
def note_closed_page(unit: Unit, *, claim: Claim[Checkout], is_unpaid: bool) -> None:
    """The payment page is closed; unless somebody had paid on it before that, of which the provider tells by itself."""
    checkout = unit.load(CHECKOUTS, claim.id)
    if checkout is not None and is_unpaid:
        unit.save(CHECKOUTS, Change(ended(checkout, state=EXPIRED)))
        order = unit.load(ORDERS, checkout.order)
        change = given_up(order) if order is not None else None
        if change is not None and change.state != order:
            unit.save(ORDERS, change)
    claim.finish(unit)


@job(of=PROVIDER_EVENTS)
def finish_look(unit: Unit, *, claim: Claim[ProviderEvent]) -> None:
    """There was nothing new to see."""
    claim.finish(unit)


@job(of=PROVIDER_EVENTS)
def look_later(unit: Unit, *, claim: Claim[ProviderEvent], after_seconds: float) -> None:
    """It can't be seen yet."""
    claim.again(unit, after_seconds=after_seconds)


# looking after


@job(starts=[ROUNDS])
def plan_round(unit: Unit, *, round_: str, after_seconds: float) -> None:
    """Something is to be done again and again, the first time soon; is that known, nothing changes."""
    unit.add(ROUNDS, Round(id=round_), job=due(host_now() + timedelta(seconds=after_seconds)))


@job(of=ROUNDS)
def note_round(unit: Unit, *, claim: Claim[Round], is_done: bool, after_seconds: float) -> None:
    """It was done, or could not be; when it is due again."""
    if is_done:
        unit.save(ROUNDS, Change(replace(claim.state, done_at=host_now())))
    claim.again(unit, after_seconds=after_seconds)


@job()
def note_sweep(unit: Unit, *, sweep: str, newest: str) -> None:
    """A list of the provider's was read up to this entry."""
    unit.save(SWEEPS, Change(marked(unit.load(SWEEPS, sweep) or Sweep(id=sweep), newest=newest, now=host_now())))


@job(of=RUNS, emits=[RefundRunAdvanced])
def note_progress(unit: Unit, *, run: str, figures: Figures, currency: str) -> bool:
    """The run has come this far. True: the counts agree, so that it may be complete."""
    loaded = unit.load(RUNS, run)
    if loaded is None or loaded.state != SETTLING:
        return False
    if not currency:
        conference = unit.load(CONFERENCES, loaded.conference)
        currency = loaded.currency or (conference.currency if conference else "")
    change = advance(loaded, figures=figures, currency=currency)
    if change.events:
        unit.save(RUNS, change)
    return change.state.may_be_complete


@job(of=RUNS, emits=[RefundRunCompleted])
def note_completion(unit: Unit, *, run: str, seen: Closing) -> bool:
    """The run is settled, if its own registrations are exactly those that were closed and nothing is left to pay.

    That is so as it was seen at one moment, and unless something has disturbed it since.
    """
    loaded = unit.load(RUNS, run)
    if loaded is None or unit.version_of(RUNS, run) != seen.version or seen.figures != loaded.figures:
        return False
    change = complete(loaded, digest=seen.digest, owed_back_minor=seen.owed_back_minor, open_count=seen.open_count)
    if change.events:
        unit.save(RUNS, change)
    return bool(change.events)


@job()
def note_stuck(unit: Unit, *, id_: str, reason: str) -> None:
    """Something can't go on, for this reason: a person is shown it until it does."""
    known = unit.load(STUCK, id_)
    if known is None or known.is_over:
        unit.save(STUCK, Change(Stuck(id=id_, reason=reason, since=unit.now)))
    elif known.reason != reason:
        unit.save(STUCK, Change(replace(known, reason=reason)))


@job()
def note_going(unit: Unit, *, id_: str) -> None:
    """What was stuck goes on."""
    known = unit.load(STUCK, id_)
    if known is not None and not known.is_over:
        unit.save(STUCK, Change(replace(known, is_over=True)))


@job()
def seal_books(unit: Unit, *, conference: str) -> int:
    """The newest transactions of one conference get their place in its chain, and are in its balances; how many."""
    head = unit.load(CHAIN_HEADS, conference) or ChainHead(id=conference)
    if head.counted_number < head.number:
        unit.save(CHAIN_HEADS, Change(count(head, _next_sealed(unit, head, behind=head.counted_number))))
        return SEAL_COUNT  # sealed before balances were kept: there is more to do
    where = {"conference": conference, "is_sealed": False}
    found = unit.of(LEDGER).find(where, session=unit.session).sort("_id", 1).limit(SEAL_COUNT)
    head, sealed = seal(head, [LEDGER.state(each) for each in found])
    for each in sealed:
        place = {"is_sealed": True, "number": each.number, "prev_hash": each.prev_hash, "hash": each.hash}
        unit.require(LEDGER, {"_id": each.id, "is_sealed": False}, {"$set": place})
    if sealed:
        unit.save(CHAIN_HEADS, Change(count(head, sealed)))
    return len(sealed)


@job()
def check_chain(unit: Unit, *, conference: str) -> bool:
    """One conference's chain is recomputed over its next transactions. True: there is more of it."""
    head, now = unit.load(CHAIN_HEADS, conference), host_now()
    known = unit.load(CHAIN_CHECKS, conference) or ChainCheck(id=conference)
    if head is None or not is_check_due(known, head=head, now=now):
        return False
    if (known.is_over and is_check_old(known, now=now)) or known.began_at is None:
        known = begun_anew(known, now=now)
    after = check(known, _next_sealed(unit, head, behind=known.number), head=head, now=now)
    unit.save(CHAIN_CHECKS, Change(after))
    if after.is_over and after.fault:
        log.error("sealed books have changed", conference=conference, fault=after.fault)
    return not after.is_over


def _next_sealed(unit: Unit, head: ChainHead, *, behind: int) -> list[Transaction]:
    """The next transactions of a chain in its order; none where the chain has a hole as long as one look."""
    places = {"$gt": behind, "$lte": head.number}
    where = {"conference": head.id, "is_sealed": True, "number": places}
    found = unit.of(LEDGER).find(where, session=unit.session).sort("number", 1).limit(SEAL_COUNT)
    return [LEDGER.state(each) for each in found]


def _is_unchanged(unit: Unit, refund: Refund) -> bool:
    kept = unit.load(REFUNDS, refund.id)
    return kept is not None and kept.version == refund.version
