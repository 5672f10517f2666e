"""Saves what a refund that was made outside means, with all that follows: its order, the refunds it pays, the books."""

from collections.abc import Sequence

from services.payments.books.commands import book
from services.payments.orders.commands import about
from services.payments.orders.domain.payments import NotEnoughLeft, Payment
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.provider.domain.shown import ProviderRefund
from services.payments.refunds.commands.outcomes import both, paid_by_bank_minor, save_outcome
from services.payments.refunds.domain.outside import Why, is_on_its_way, strangers_among, take_in, why_outside
from services.payments.refunds.domain.refunds import Refund, RefundState, heard
from services.payments.refunds.store import OUTSIDE, REFUNDS
from services.payments.runs.commands import disturb
from shared.change import Change
from shared.jobs import due
from shared.telemetry import log
from shared.unit import Unit


def payment_of(unit: Unit, told: ProviderRefund) -> Payment | None:
    """The payment of ours that this refund at the provider is of."""
    found = unit.find(PAYMENTS, {"provider_payment": told.payment_intent}) if told.payment_intent else []
    return found[0] if found else None


def siblings_of(unit: Unit, payment: Payment) -> list[Refund]:
    """All refunds of ours of this payment."""
    return unit.find(REFUNDS, {"order": payment.order, "payment": payment.id})


def must_wait(unit: Unit, payment: Payment, told: ProviderRefund) -> bool:
    """Whether a refund of this payment is just on its way, so that we don't know yet what is owed."""
    return any(is_on_its_way(each) and not _is_old_news(each, told) for each in siblings_of(unit, payment))


def keep_outside(unit: Unit, payment: Payment, told: Sequence[ProviderRefund]) -> None:
    """What of this was made outside, and is not known yet, is in the books and on the order."""
    unit.require(PAYMENTS, {"_id": payment.id}, {"$inc": {"version": 1}})
    for each in strangers_among(told, siblings=siblings_of(unit, payment)):
        _keep(unit, payment, each)
        unit.flush()  # so that the next one finds what this one has made


def _keep(unit: Unit, payment: Payment, told: ProviderRefund) -> None:
    order = unit.load(ORDERS, payment.order)
    if order is None or told.currency != order.currency:
        log.error("a refund at the provider fits no order", provider_refund=told.id, order=payment.order)
        return
    why = _why(unit, told)
    taken = take_in(
        order, told, payment=payment.id, refunds=siblings_of(unit, payment), why=why, about=about(unit, order)
    )
    log.warning("a refund was made outside", provider_refund=told.id, order=order.id, why=str(why))
    unit.add(OUTSIDE, taken.outside)
    unit.save(ORDERS, Change(taken.order))
    book(unit, taken.transactions)
    if taken.share_minor:
        enough = {"_id": payment.id, "refundable_minor": {"$gte": taken.share_minor}}
        less = {"$inc": {"refundable_minor": -taken.share_minor}}
        unit.require(PAYMENTS, enough, less, otherwise=NotEnoughLeft(payment.id))
    for rest in taken.rests:
        unit.save(REFUNDS, Change(rest))
        if rest.state is RefundState.PLANNED:
            unit.schedule(REFUNDS, rest.id, due())
    for part in taken.parts:
        is_whole = unit.load(REFUNDS, part.id) is not None
        unit.save(REFUNDS, Change(part))
        if is_whole:
            unit.require(REFUNDS, {"_id": part.id}, {"$unset": {"job": ""}})
        refund, its_order = both(unit, part.id)
        by_bank_minor = paid_by_bank_minor(unit, refund)
        its_about = about(unit, its_order)
        save_outcome(unit, heard(its_order, refund, told, about=its_about, paid_by_bank_minor=by_bank_minor))
    disturb(unit, order.run, reason="money was refunded at the card provider")


def _why(unit: Unit, told: ProviderRefund) -> Why:
    return why_outside(told, unit.load(REFUNDS, told.refund) if told.refund else None)


def _is_old_news(refund: Refund, told: ProviderRefund) -> bool:
    return refund.provider_refund == told.id
