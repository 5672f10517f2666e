"""What people ask of payments: pay by card, record money by hand, say where a cheque goes, record a refund as paid.

Each is one transaction: load, decide, save. What needs the card provider is in `jobs`, or between two of these.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.payments import disputes, postings, receipts, recording, refunds
from services.payments.checkouts import EXPIRED, Checkout, begin, current_id, ended, with_session
from services.payments.orders import Order, OrderUnknown, PurchaseOrder, accept_purchase_order
from services.payments.outside import Outside, OutsideUnknown
from services.payments.outside import look_at as look_at_outside
from services.payments.provider_events import ProviderEvent
from services.payments.receipts import Payment, Receipt
from services.payments.refunds import Payee, Refund, RefundUnknown
from services.payments.runs import reopen
from services.payments.store import (
    CHECKOUTS,
    CONFERENCES,
    DEPOSITS,
    DISPUTES,
    ORDERS,
    OUTSIDE,
    PAYMENTS,
    PROVIDER_EVENTS,
    REFERENCES,
    REFUNDS,
    RUNS,
    STRAYS,
    Deposit,
    ReferenceTaken,
    about,
    book,
    close_page,
    disputes_of,
    orders_named,
    plan,
)
from services.payments.strays import Stray, StrayUnknown, look_at
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.payments import (
    PayeeNamed,
    PaymentCaptured,
    PurchaseOrderAccepted,
    RefundRunReopened,
    RefundSettled,
)
from shared.jobs import due
from shared.mongo import Unit
from shared.problem import Invalid, Refusal

RECEIVED_BEFORE_INVOICE_MAX = timedelta(days=366)  # a cheque may lie on a desk before the form that it came with


class ChequeDepositedBefore(Refusal):
    """A cheque that is on another deposit slip already."""

    title = "Deposited before"


class SlipUsed(Refusal):
    """A deposit slip's number that was used for other cheques."""

    title = "Slip used before"


@command(starts=[CHECKOUTS])
def begin_checkout(unit: Unit, *, order: str, paid_url: str, back_url: str) -> Checkout:
    """The attempt with which this order is paid by card now; its session is made, or found again, afterwards."""
    loaded = _order(unit, order)
    current = unit.load(CHECKOUTS, current_id(loaded)) if loaded.checkout_count else None
    after, checkout = begin(loaded, current, paid_url=paid_url, back_url=back_url)
    if after is not loaded:
        close_page(unit, loaded)
        unit.save(ORDERS, Change(after))
        unit.save(CHECKOUTS, Change(checkout))
    return checkout


@command(starts=[CHECKOUTS])
def keep_session(unit: Unit, *, checkout: str, session: str, url: str) -> bool:
    """The provider has made a page for this attempt. False: the order ended meanwhile, and the page is closed again."""
    attempt = unit.load(CHECKOUTS, checkout)
    order = _order(unit, attempt.order if attempt else "")
    if attempt is None:
        raise OrderUnknown("There is no such attempt to pay. Your card was not charged.")
    is_payable = order.settlement is None and not order.giving_up and order.owed_minor == attempt.amount_minor
    unit.save(CHECKOUTS, Change(with_session(attempt, session=session, url=url)))
    if not is_payable:
        unit.schedule(CHECKOUTS, checkout, due())
    return is_payable


@command()
def give_up_checkout(unit: Unit, *, checkout: str) -> None:
    """The page of this attempt has expired: the next attempt gets a new one."""
    attempt = unit.load(CHECKOUTS, checkout)
    if attempt is not None:
        unit.save(CHECKOUTS, Change(ended(attempt, state=EXPIRED)))


@command(starts=[PROVIDER_EVENTS])
def keep_provider_events(unit: Unit, *, events: Sequence[ProviderEvent]) -> None:
    """The provider's word is kept, each event once, with the job to look what it is about."""
    for each in events:
        unit.add(PROVIDER_EVENTS, each, job=due())


@command(emits=[PurchaseOrderAccepted])
def record_purchase_order(unit: Unit, *, order: str, number: str, dated: date, limit_minor: int) -> Order:
    """A town's purchase order covers this order."""
    loaded = _order(unit, order)
    purchase_order = PurchaseOrder(number=number, dated=dated, limit_minor=limit_minor)
    change = accept_purchase_order(loaded, purchase_order=purchase_order, today=today(unit, loaded.conference)[1])
    return unit.save(ORDERS, change)


@command(emits=[PaymentCaptured, RefundRunReopened], starts=[CHECKOUTS, REFUNDS, RUNS])
def record_payment(
    unit: Unit, *, order: str, tender: str, amount_minor: int, currency: str, reference: str, received_on: date
) -> tuple[Order, Payment]:
    """Finance has a cheque, a transfer or a grant for this order. After the order's end it goes back by itself."""
    loaded = _order(unit, order)
    if received_on > today(unit, loaded.conference)[1]:
        raise Invalid(f"{received_on:%d %B %Y} is still to come. Nothing was recorded; please check the date.")
    if received_on < loaded.issued_at.date() - RECEIVED_BEFORE_INVOICE_MAX:
        raise Invalid(
            f"{received_on:%d %B %Y} is more than a year before the invoice. Nothing was recorded; "
            "please check the date."
        )
    payment = receipts.recorded_payment_id(loaded.id, tender=tender, reference=reference)
    if unit.load(PAYMENTS, payment) is not None:
        raise receipts.PaymentRecordedBefore(
            f"This {tender} is on this order already. Nothing was recorded a second time.", payment=payment
        )
    if currency == loaded.currency:
        receipts.check_can_be_recorded(loaded, tender=tender, amount_minor=amount_minor)
    receipt = Receipt(
        payment=payment,
        tender=tender,
        amount_minor=amount_minor,
        currency=currency,
        reference=reference,
        received_on=received_on,
    )
    return take_in(unit, loaded, receipt)


def take_in(unit: Unit, order: Order, receipt: Receipt) -> tuple[Order, Payment]:
    """Save what a receipt means; money that nobody asked for goes back by itself, and a settled run settles again."""
    received = receipts.receive(order, receipt, about=about(unit, order))
    after = replace(received.change.state, giving_up="")
    if received.excess_minor:
        after, refund = refunds.owe_excess(
            after,
            payment=receipt.payment,
            tender=receipt.tender,
            amount_minor=received.excess_minor,
            now=unit.now,
        )
        plan(unit, [refund])
        disturb(unit, refund.run, reason="money came after the order had ended")
    unit.save(ORDERS, Change(after, received.change.events))
    unit.insert(PAYMENTS, received.payment)
    book(unit, received.transactions)
    if after.owed_minor == 0:
        close_page(unit, after)
    return after, received.payment


def disturb(unit: Unit, run: str, *, reason: str) -> None:
    """Something happened that a run, settled or about to be, must not overlook."""
    loaded = unit.load(RUNS, run) if run else None
    if loaded is not None:
        unit.save(RUNS, reopen(loaded, reason=reason))


@command()
def deposit_cheques(unit: Unit, *, slip: str, deposited_on: date, payments: Sequence[str]) -> Deposit:
    """Cheques were taken to the bank with one slip."""
    unit.preload((PAYMENTS, each) for each in payments)
    cheques = [_cheque(unit, each) for each in payments]
    if deposited_on > unit.now.date() + timedelta(days=1):
        raise Invalid(f"{deposited_on:%d %B %Y} is still to come. Nothing was recorded; please check the date.")
    last = max(each.received_on for each in cheques)
    if deposited_on < last:
        raise Invalid(
            f"A cheque of this slip came on {last:%d %B %Y}, so it can't have been deposited on "
            f"{deposited_on:%d %B %Y}. Nothing was recorded; please check the date."
        )
    if len({each.currency for each in cheques}) > 1:
        raise Invalid("The cheques of one slip must be in one currency. Nothing was recorded.")
    if unit.load(DEPOSITS, slip) is not None:
        raise SlipUsed(f"Slip {slip} was recorded before. Nothing was recorded; please check the slip's number.")
    unit.preload((ORDERS, each.order) for each in cheques)
    for cheque in cheques:
        unit.save(PAYMENTS, Change(receipts.deposited(cheque, slip=slip)))
        with_order = about(unit, _order(unit, cheque.order))
        book(unit, [postings.deposited(with_order, payment=cheque.id, amount_minor=cheque.captured_minor)])
    deposit = Deposit(
        id=slip,
        deposited_on=deposited_on,
        payments=tuple(payments),
        amount_minor=sum(each.captured_minor for each in cheques),
        currency=cheques[0].currency,
    )
    unit.insert(DEPOSITS, deposit)
    return deposit


@command(emits=[RefundSettled])
def record_refund(
    unit: Unit, *, refund: str, rail: str, reference: str, paid_on: date, payee_version: int | None = None
) -> Refund:
    """Finance has paid a refund by cheque or transfer, under a number that no other refund has, to whom they saw."""
    unit.preload([(REFUNDS, refund), (REFERENCES, _reference_id(reference))])
    loaded = _refund(unit, refund)
    order = _order(unit, loaded.order)
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
    order = _order(unit, loaded.order)
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
    named, change = refunds.name_payee(_order(unit, loaded.order), loaded, payee)
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
def note_look(unit: Unit, *, stray: str, note: str) -> Stray:
    """Finance has looked at a payment that fits no order, and says what was done about it."""
    loaded = unit.load(STRAYS, stray)
    if loaded is None:
        raise StrayUnknown("There is no such payment among those that fit no order. Nothing was changed.")
    return unit.save(STRAYS, Change(look_at(loaded, note=note, now=unit.now)))


@command()
def note_look_outside(unit: Unit, *, outside: str, note: str) -> Outside:
    """Finance has looked at a refund that was made outside, and says what was done about it."""
    loaded = unit.load(OUTSIDE, outside)
    if loaded is None:
        raise OutsideUnknown("There is no such refund among those made outside. Nothing was changed.")
    return unit.save(OUTSIDE, Change(look_at_outside(loaded, note=note, now=unit.now)))


def today(unit: Unit, conference: str) -> tuple[date, date]:
    """The earliest and the latest date that it may be now, for the conference and for a bank that counts in UTC."""
    return _dates(unit, conference, unit.now)


def payable_days(unit: Unit, refund: Refund) -> tuple[date, date]:
    """The first and the last day on which a refund can have been paid by hand."""
    return _dates(unit, refund.conference, refund.planned_at)[0], today(unit, refund.conference)[1]


def _dates(unit: Unit, conference: str, at: datetime) -> tuple[date, date]:
    known = unit.load(CONFERENCES, conference)
    there = at.astimezone(ZoneInfo(known.zone) if known else UTC).date()
    return min(there, at.astimezone(UTC).date()), max(there, at.astimezone(UTC).date())


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


def _order(unit: Unit, named: str) -> Order:
    """The order under its own number, or under its invoice's."""
    order = unit.load(ORDERS, named)
    found = [order] if order else unit.find(ORDERS, orders_named(named), limit=2)
    if len(found) != 1:
        raise OrderUnknown("There is no order under this number. Nothing was changed.")
    return found[0]


def _refund(unit: Unit, id_: str) -> Refund:
    refund = unit.load(REFUNDS, id_)
    if refund is None:
        raise RefundUnknown("There is no refund under this number. Nothing was changed.")
    return refund


def _cheque(unit: Unit, id_: str) -> Payment:
    payment = unit.load(PAYMENTS, id_)
    if payment is None or payment.tender != "cheque":
        raise receipts.PaymentUnknown(f"There is no cheque under the number {id_}. Nothing was recorded.", payment=id_)
    if payment.deposit is not None:
        raise ChequeDepositedBefore(
            f"The cheque {payment.reference} was deposited with slip {payment.deposit}. Nothing was recorded.",
            payment=id_,
        )
    return payment
