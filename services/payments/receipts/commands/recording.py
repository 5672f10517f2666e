"""Money as it arrives: recorded by hand, taken to the bank, and what it means for its order, whoever brought it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.payments.books.commands import book
from services.payments.books.domain import postings
from services.payments.orders.commands import about, order_named, today
from services.payments.orders.domain.orders import Order
from services.payments.orders.domain.payments import Payment
from services.payments.orders.store import ORDERS, PAYMENTS
from services.payments.receipts.commands.checkouts import close_page
from services.payments.receipts.domain import receipts
from services.payments.receipts.domain.deposits import Deposit
from services.payments.receipts.domain.receipts import Receipt
from services.payments.receipts.store import CHECKOUTS, DEPOSITS
from services.payments.refunds.commands.planning import plan
from services.payments.refunds.domain import refunds
from services.payments.refunds.store import REFUNDS
from services.payments.runs.commands import disturb
from services.payments.runs.store import RUNS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.payments import PaymentCaptured, RefundRunReopened
from shared.problem import Invalid, Refusal
from shared.unit import Unit

RECEIVED_BEFORE_INVOICE_MAX = timedelta(days=366)  # a cheque may lie on a desk before the form that it came with


class ChequeDepositedBefore(Refusal):
    """A cheque that is on another deposit slip already."""

    title = "Deposited before"


class SlipUsed(Refusal):
    """A deposit slip's number that was used for other cheques."""

    title = "Slip used before"


@command(emits=[PaymentCaptured, RefundRunReopened], starts=[CHECKOUTS, REFUNDS, RUNS])
def record_payment(
    unit: Unit, *, order: str, tender: str, amount_minor: int, currency: str, reference: str, received_on: date
) -> tuple[Order, Payment]:
    """Finance has a cheque, a transfer or a grant for this order. After the order's end it goes back by itself."""
    loaded = order_named(unit, order)
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
        with_order = about(unit, order_named(unit, cheque.order))
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
