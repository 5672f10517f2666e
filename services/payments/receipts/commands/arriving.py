"""What is written when the card provider says how a payment goes: paid, under way for days, failed, declined."""

from datetime import timedelta

from services.payments.bank.commands import explain_soon
from services.payments.bank.store import BALANCE_LINES
from services.payments.orders.domain.giving_up import given_up
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.provider.domain.events import ProviderEvent
from services.payments.provider.domain.shown import PaidSession, UnpaidSession
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.receipts.commands.recording import take_in
from services.payments.receipts.domain.checkouts import (
    FAILED,
    PAID,
    UNDERWAY,
    begin_waiting,
    end_waiting,
    ended,
    fail,
    fail_later,
)
from services.payments.receipts.domain.receipts import Receipt
from services.payments.receipts.store import CHECKOUTS
from services.payments.refunds.store import REFUNDS
from services.payments.runs.commands import disturb
from services.payments.runs.store import RUNS
from services.payments.strays.domain import misfit
from services.payments.strays.store import STRAYS
from shared.change import Change
from shared.clock import host_now
from shared.contracts.flow import job
from shared.contracts.payments import OrderGivenUp, PaymentCaptured, PaymentFailed, PaymentUnderway, RefundRunReopened
from shared.jobs import Claim, due
from shared.telemetry import log
from shared.unit import Unit

FEE_FIRST_LOOK = timedelta(seconds=60)  # by then the provider has mostly told of the fee itself
SESSION_LOOK_SECONDS = 3600.0  # how often a payment under way is asked after, should no word of its end arrive


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
