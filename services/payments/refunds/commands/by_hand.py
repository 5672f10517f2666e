"""What people do about refunds: record them as paid, say where a cheque goes, let one go, look at one made outside."""

from collections.abc import Sequence
from datetime import date

from services.payments.books.commands import book
from services.payments.orders.commands import about, dates_at, order_named, today
from services.payments.orders.domain.orders import Order
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.refunds.commands.planning import disputes_of
from services.payments.refunds.domain import disputes, recording, refunds
from services.payments.refunds.domain.outside import Outside, OutsideUnknown
from services.payments.refunds.domain.outside import look_at as look_at_outside
from services.payments.refunds.domain.refunds import Payee, Refund, RefundUnknown
from services.payments.refunds.store import DISPUTES, OUTSIDE, REFERENCES, REFUNDS, ReferenceTaken
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.payments import PayeeNamed, RefundSettled
from shared.jobs import due
from shared.sentences import marked
from shared.unit import Unit


@command(emits=[RefundSettled])
def record_refund(
    unit: Unit, *, refund: str, rail: str, reference: str, paid_on: date, payee_version: int | None = None
) -> Refund:
    """Finance has paid a refund by cheque or transfer, under a number that no other refund has, to whom they saw."""
    unit.preload([(REFUNDS, refund), (REFERENCES, _reference_id(reference))])
    loaded = _refund(unit, refund)
    order = order_named(unit, loaded.order)
    days = payable_days(unit, loaded)
    loaded = _uncovered(unit, loaded, order, rail=rail, paid_on=paid_on)
    recording.check_can_be_recorded(loaded, rail=rail, paid_on=paid_on, days=days)
    recording.check_payee(loaded, seen=payee_version)
    _check_disputes(unit, loaded, paid_on=paid_on)
    outcome = recording.record(
        order, loaded, rail=rail, reference=reference, paid_on=paid_on, days=days, about=about(unit, order)
    )
    _take_reference(unit, outcome.refund)
    unit.save(REFUNDS, Change(outcome.refund))
    unit.save(ORDERS, outcome.change)
    book(unit, outcome.transactions)
    return outcome.refund


@command(emits=[RefundSettled])
def pay_elsewhere(unit: Unit, *, refund: str, rail: str, reference: str, paid_on: date, amount_minor: int) -> Refund:
    """Finance has paid a held refund, or a part of it, in another way; the refund as it is now."""
    loaded = _refund(unit, refund)
    order = order_named(unit, loaded.order)
    paid = recording.PaidByHand(rail=rail, reference=reference, paid_on=paid_on)
    days = payable_days(unit, loaded)
    recording.check_can_be_paid_elsewhere(loaded, paid=paid, amount_minor=amount_minor, days=days)
    _check_disputes(unit, loaded, paid_on=paid_on)
    outcome, rest = recording.pay_elsewhere(
        order, loaded, paid=paid, amount_minor=amount_minor, days=days, about=about(unit, order)
    )
    _take_reference(unit, outcome.refund)
    unit.save(REFUNDS, Change(outcome.refund))
    unit.save(ORDERS, outcome.change)
    book(unit, outcome.transactions)
    return unit.save(REFUNDS, Change(rest)) if rest else outcome.refund


@command(emits=[PayeeNamed])
def name_payee(unit: Unit, *, refund: str, name: str, postal_address: Sequence[str]) -> Refund:
    """The payee says to whom and where the refund cheque goes."""
    payee = Payee(name=name, postal_address=tuple(postal_address))
    loaded = _refund(unit, refund)
    named, change = refunds.name_payee(order_named(unit, loaded.order), loaded, payee)
    if change.events:
        unit.save(REFUNDS, Change(named))
        unit.save(ORDERS, change)
    return named


@command(starts=[REFUNDS])
def let_refund_go(unit: Unit, *, refund: str) -> Refund:
    """A person has looked at a held refund: the provider is asked again."""
    after = unit.save(REFUNDS, Change(refunds.let_go(_refund(unit, refund))))
    unit.schedule(REFUNDS, refund, due())
    return after


@command()
def note_look_outside(unit: Unit, *, outside: str, note: str) -> Outside:
    """Finance has looked at a refund that was made outside, and says what was done about it."""
    loaded = unit.load(OUTSIDE, outside)
    if loaded is None:
        raise OutsideUnknown("There is no such refund among those made outside. Nothing was changed.")
    return unit.save(OUTSIDE, Change(look_at_outside(loaded, note=note, now=unit.now)))


def payable_days(unit: Unit, refund: Refund) -> tuple[date, date]:
    """The first and the last day on which a refund can have been paid by hand."""
    return dates_at(unit, refund.conference, refund.planned_at)[0], today(unit, refund.conference)[1]


def _check_disputes(unit: Unit, refund: Refund, *, paid_on: date) -> None:
    payment = unit.load(PAYMENTS, refund.payment)
    disputes.check_may_be_paid(disputes_of(unit, payment.provider_payment if payment else None), paid_on=paid_on)


def _uncovered(unit: Unit, refund: Refund, order: Order, *, rail: str, paid_on: date) -> Refund:
    """The refund as it is to be recorded: one that a bank has paid was paid twice if a cheque had left before."""
    dispute = unit.load(DISPUTES, refund.reference) if refund.rail == refunds.DISPUTE else None
    if dispute is None or rail != refunds.CHEQUE or not disputes.left_before(refund, dispute, paid_on=paid_on):
        return refund
    after, owed, booked = disputes.uncover(refund, dispute, about=about(unit, order))
    unit.save(DISPUTES, Change(after))
    book(unit, [booked])
    return owed


def _take_reference(unit: Unit, refund: Refund) -> None:
    """A cheque's or transfer's number pays one refund, whatever the rail."""
    taken = unit.load(REFERENCES, _reference_id(refund.reference))
    other = unit.load(REFUNDS, taken.refund) if taken else None
    if other is not None and (other.part_of or other.id) == (refund.part_of or refund.id):
        return  # one cheque had paid both parts before something else paid one of them
    if taken is not None:
        raise recording.ReferenceUsed(
            f"The number {refund.reference} was recorded for another refund. Nothing was recorded; "
            "please check the number.",
            refund=taken.refund,
        )
    unit.insert(REFERENCES, ReferenceTaken(id=_reference_id(refund.reference), refund=refund.id))


def _reference_id(reference: str) -> str:
    return " ".join(reference.split()).casefold()


def _refund(unit: Unit, id_: str) -> Refund:
    refund = unit.load(REFUNDS, id_)
    if refund is None:
        raise RefundUnknown(marked("There is no refund under this number. Nothing was changed."))
    return refund
