"""The shapes of what payments answers over HTTP, and how they are made from what it knows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from services.payments.books.domain.ledger import TITLES, Balance, Transaction
from services.payments.books.store import Stuck
from services.payments.orders.domain.orders import OptionLine, Order
from services.payments.receipts.domain.deposits import Deposit
from services.payments.refunds.domain.outside import Outside
from services.payments.refunds.domain.refunds import Refund
from services.payments.runs.domain import Run
from services.payments.strays.domain import Stray


def _text() -> fields.String:
    return fields.String(required=True)


def _text_or_none() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _number() -> fields.Integer:
    return fields.Integer(required=True)


class ShareAnswer(Schema):
    """What one payment paid towards an order."""

    payment = _text()
    tender = _text()
    paid_minor = _number()
    returned_minor = _number()


class OptionAnswer(Schema):
    """An option of an order; after its end, what has become of its price."""

    option = _text()
    session = _text()
    amount_minor = _number()
    ended_by = _text_or_none()
    written_off_minor = _number()
    released_minor = _number()
    refunded_minor = _number()
    payable_minor = _number()


class SettlementAnswer(Schema):
    """What has become of an order whose registration ended."""

    run = _text()
    choice = _text_or_none()
    fee_minor = _number()
    refundable_minor = _number()
    voided_minor = _number()
    released_minor = _number()
    kept_minor = _number()
    credited_minor = _number()
    donated_minor = _number()
    refunded_minor = _number()
    payable_minor = _number()
    is_ended = fields.Boolean(required=True)
    awaited_minor = _number()


class OrderAnswer(Schema):
    """An order: what is owed, what was paid, what has become of it."""

    order = _text()
    registration = _text()
    conference = _text()
    person = _text()
    number = _text()
    tender = _text()
    currency = _text()
    state = _text()
    total_minor = _number()
    paid_minor = _number()
    voided_minor = _number()
    owed_minor = _number()
    underway_minor = _number()
    purchase_order = _text_or_none()
    payments = fields.List(fields.Nested(ShareAnswer), required=True)
    options = fields.List(fields.Nested(OptionAnswer), required=True)
    settlement = fields.Nested(SettlementAnswer, required=True, allow_none=True)


class PaymentAnswer(Schema):
    """A payment that was recorded, and what is still owed."""

    payment = _text()
    order = _text()
    balance_minor = _number()
    is_late = fields.Boolean(required=True)


class DepositAnswer(Schema):
    """A deposit slip."""

    slip = _text()
    deposited_on = fields.Date(required=True)
    payments = fields.List(_text(), required=True)
    amount_minor = _number()
    currency = _text()


class PayeeAnswer(Schema):
    """Who a refund cheque is made out to, and where it goes."""

    name = _text()
    postal_address = fields.List(_text(), required=True)


class RefundAnswer(Schema):
    """A refund and where it is."""

    id = _text()
    order = _text()
    registration = _text()
    conference = _text()
    run = _text()
    product = _text()
    payment = _text()
    rail = _text()
    state = _text()
    amount_minor = _number()
    currency = _text()
    attempt = _number()
    reason = _text()
    reference = _text()
    paid_on = fields.Date(required=True, allow_none=True)
    payee = fields.Nested(PayeeAnswer, required=True, allow_none=True)
    payee_version = _number()


class RunAnswer(Schema):
    """How far the money of one cancelled conference has come."""

    run = _text()
    conference = _text()
    state = _text()
    revision = _number()
    currency = _text()
    count_expected = fields.Integer(required=True, allow_none=True)
    worked_out_count = _number()
    ended_count = _number()
    refund_open_count = _number()
    refund_settled_count = _number()
    refunds_payable_minor = _number()
    refunded_minor = _number()
    credited_minor = _number()
    donated_minor = _number()
    kept_minor = _number()
    voided_minor = _number()
    released_minor = _number()
    balance_short_minor = _number()
    choice_open_count = _number()
    choice_open_minor = _number()
    earlier_refund_count = fields.Integer(
        required=True,
        metadata={
            "description": "Open refunds of the conference from before its cancellation; the run waits for them."
        },
    )
    earlier_refunds_minor = _number()
    stuck_because = fields.String(
        required=True, allow_none=True, metadata={"description": "Why the run can't go on by itself, if it can't."}
    )
    stuck_since = fields.DateTime(required=True, allow_none=True)


class BalanceAnswer(Schema):
    """One account's balance in one currency; debits positive."""

    account = _text()
    title = _text()
    currency = _text()
    debit_minor = _number()
    credit_minor = _number()
    balance_minor = _number()


class SumAnswer(Schema):
    """All balances of one currency added up: zero, or somebody has made a mistake."""

    currency = _text()
    sum_minor = _number()


class TrialBalanceAnswer(Schema):
    """Every account, and the sum that must be zero."""

    conference = _text_or_none()
    balances = fields.List(fields.Nested(BalanceAnswer), required=True)
    sums = fields.List(fields.Nested(SumAnswer), required=True)


class LineAnswer(Schema):
    """One debit (positive) or credit (negative)."""

    account = _text()
    amount_minor = _number()
    payer = _text_or_none()


class TransactionAnswer(Schema):
    """One ledger transaction, and its place in the chain once it is sealed."""

    id = _text()
    conference = _text()
    order = _text_or_none()
    currency = _text()
    booked_at = fields.DateTime(required=True)
    cause = _text_or_none()
    lines = fields.List(fields.Nested(LineAnswer), required=True)
    number = _number()
    prev_hash = _text()
    hash = _text()


class ChainAnswer(Schema):
    """Whether the books of a conference are as they were sealed."""

    conference = _text()
    sealed_count = _number()
    unsealed_count = _number()
    is_unbroken = fields.Boolean(required=True)
    fault = _text_or_none()


class OrdersAnswer(Schema):
    """A page of orders."""

    items = fields.List(fields.Nested(OrderAnswer), required=True)
    next = _text_or_none()


class RefundsAnswer(Schema):
    """A page of refunds."""

    items = fields.List(fields.Nested(RefundAnswer), required=True)
    next = _text_or_none()


class StrayAnswer(Schema):
    """Card money that fits nothing of ours, and what a person has done about it: a payment on no order, or a line of
    the provider's balance that no rule explains (its kind and description are the provider's; negative has left)."""

    id = _text()
    why = _text()
    order = _text()
    order_currency = _text()
    session = _text()
    charge = _text()
    amount_minor = _number()
    currency = _text()
    found_at = fields.DateTime(required=True)
    looked_at = fields.DateTime(required=True, allow_none=True)
    note = _text()
    kind = _text()
    description = _text()
    fee_minor = _number()


class StraysAnswer(Schema):
    """A page of card payments that fit no order."""

    items = fields.List(fields.Nested(StrayAnswer), required=True)
    next = _text_or_none()


class OutsideAnswer(Schema):
    """A refund that was made at the card provider and not here, and what it was taken for."""

    id = _text()
    why = _text()
    order = _text()
    conference = _text()
    payment = _text()
    label = _text()
    amount_minor = _number()
    currency = _text()
    paying_minor = _number()
    owed_again_minor = _number()
    beyond_minor = _number()
    found_at = fields.DateTime(required=True)
    looked_at = fields.DateTime(required=True, allow_none=True)
    note = _text()


class OutsidesAnswer(Schema):
    """A page of refunds that were made at the card provider and not here."""

    items = fields.List(fields.Nested(OutsideAnswer), required=True)
    next = _text_or_none()


class TransactionsAnswer(Schema):
    """A page of ledger transactions."""

    items = fields.List(fields.Nested(TransactionAnswer), required=True)
    next = _text_or_none()


def order_json(order: Order) -> dict[str, Any]:
    """An order as it is answered."""
    settlement = asdict(order.settlement) if order.settlement else None
    return {
        "order": order.id,
        "registration": order.registration,
        "conference": order.conference,
        "person": order.person,
        "number": order.number,
        "tender": order.tender,
        "currency": order.currency,
        "state": order.state,
        "total_minor": order.total_minor,
        "paid_minor": order.paid_minor,
        "voided_minor": order.voided_minor,
        "owed_minor": order.owed_minor,
        "underway_minor": order.underway.amount_minor if order.underway else 0,
        "purchase_order": order.purchase_order.number if order.purchase_order else None,
        "payments": [asdict(share) for share in order.shares],
        "options": [_option_json(line) for line in order.options],
        "settlement": SettlementAnswer().dump(settlement) if settlement else None,
    }


def _option_json(line: OptionLine) -> dict[str, Any]:
    refunded_minor = sum(each.amount_minor for each in line.refunds if each.is_settled)
    return {
        "option": line.product,
        "session": line.session,
        "amount_minor": line.amount_minor,
        "ended_by": line.ended_by or None,
        "written_off_minor": line.written_off_minor,
        "released_minor": line.released_minor,
        "refunded_minor": refunded_minor,
        "payable_minor": sum(each.amount_minor for each in line.refunds) - refunded_minor,
    }


def refund_json(refund: Refund) -> dict[str, Any]:
    """A refund as it is answered."""
    return dict(RefundAnswer().dump(asdict(refund) | {"payee_version": refund.payee_version}))


def deposit_json(deposit: Deposit) -> dict[str, Any]:
    """A deposit slip as it is answered."""
    return dict(DepositAnswer().dump({**asdict(deposit), "slip": deposit.id}))


def run_json(run: Run, *, earlier: Sequence[Refund], stuck: Stuck | None) -> dict[str, Any]:
    """A run as it is answered, with the refunds from before the cancellation that it waits for, and why it is stuck."""
    waits_for = {
        "earlier_refund_count": len(earlier),
        "earlier_refunds_minor": sum(each.amount_minor for each in earlier),
        "stuck_because": stuck.reason if stuck else None,
        "stuck_since": stuck.since if stuck else None,
    }
    return dict(RunAnswer().dump({**asdict(run), **asdict(run.figures), **waits_for, "run": run.id}))


def balances_json(balances: list[Balance], *, conference: str | None) -> dict[str, Any]:
    """The trial balance as it is answered."""
    shown = [
        {
            "account": each.account,
            "title": TITLES[each.account],
            "currency": each.currency,
            "debit_minor": each.debit_minor,
            "credit_minor": each.credit_minor,
            "balance_minor": each.balance_minor,
        }
        for each in balances
    ]
    sums: dict[str, int] = {}
    for each in balances:
        sums[each.currency] = sums.get(each.currency, 0) + each.balance_minor
    totals = [{"currency": currency, "sum_minor": sum_minor} for currency, sum_minor in sums.items()]
    return {"conference": conference, "balances": shown, "sums": totals}


def stray_json(stray: Stray) -> dict[str, Any]:
    """A payment that fits no order as it is answered."""
    return dict(StrayAnswer().dump(asdict(stray)))


def outside_json(outside: Outside) -> dict[str, Any]:
    """A refund made outside as it is answered."""
    return dict(OutsideAnswer().dump(asdict(outside)))


def transaction_json(transaction: Transaction) -> dict[str, Any]:
    """A ledger transaction as it is answered."""
    return dict(TransactionAnswer().dump(asdict(transaction)))
