"""The shapes of requests and answers about the books."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from services.payments.books.domain.ledger import TITLES, Balance, Transaction
from shared.web.shapes import ID_LENGTH_MAX, Line, ListShape, Shape, required_number, required_text, text_or_none


class EntriesShape(ListShape):
    """Which ledger transactions."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)


class BooksShape(Shape):
    """Whose books: one conference's, or all."""

    conference = Line(load_default=None, length_max=ID_LENGTH_MAX)


class ChainShape(Shape):
    """Whose chain."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)


class BalanceAnswer(Schema):
    """One account's balance in one currency; debits positive."""

    account = required_text()
    title = required_text()
    currency = required_text()
    debit_minor = required_number()
    credit_minor = required_number()
    balance_minor = required_number()


class SumAnswer(Schema):
    """All balances of one currency added up: zero, or somebody has made a mistake."""

    currency = required_text()
    sum_minor = required_number()


class TrialBalanceAnswer(Schema):
    """Every account, and the sum that must be zero."""

    conference = text_or_none()
    balances = fields.List(fields.Nested(BalanceAnswer), required=True)
    sums = fields.List(fields.Nested(SumAnswer), required=True)


class LineAnswer(Schema):
    """One debit (positive) or credit (negative)."""

    account = required_text()
    amount_minor = required_number()
    payer = text_or_none()


class TransactionAnswer(Schema):
    """One ledger transaction, and its place in the chain once it is sealed."""

    id = required_text()
    conference = required_text()
    order = text_or_none()
    currency = required_text()
    booked_at = fields.DateTime(required=True)
    cause = text_or_none()
    lines = fields.List(fields.Nested(LineAnswer), required=True)
    number = required_number()
    prev_hash = required_text()
    hash = required_text()


class TransactionsAnswer(Schema):
    """A page of ledger transactions."""

    items = fields.List(fields.Nested(TransactionAnswer), required=True)
    next = text_or_none()


class ChainAnswer(Schema):
    """Whether the books of a conference are as they were sealed."""

    conference = required_text()
    sealed_count = required_number()
    unsealed_count = required_number()
    is_unbroken = fields.Boolean(required=True)
    fault = text_or_none()


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


def transaction_json(transaction: Transaction) -> dict[str, Any]:
    """A ledger transaction as it is answered."""
    return dict(TransactionAnswer().dump(asdict(transaction)))
