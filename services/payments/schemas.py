"""The shapes of payments' HTTP requests; private to this service.

A shape refuses whatever can't be kept: control characters, amounts no database can hold, endless texts. Its
sentences are read by people too.
"""

import unicodedata
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.payments.receipts.domain.receipts import TENDERS_BY_HAND
from services.payments.refunds.domain.refunds import CHEQUE, RAILS, TRANSFER, RefundState
from shared.lines import as_meant, what_is_wrong

AMOUNT_MINOR_MAX = 10**12
ID_LENGTH_MAX = 200
LINE_LENGTH_MAX = 200
ADDRESS_LINE_COUNT_MAX = 8
SLIP_PAYMENT_COUNT_MAX = 500
PAGE_LENGTH, PAGE_LENGTH_MAX = 100, 500

_SENTENCES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "Please fill this in.",
    "null": "Please fill this in.",
    "invalid": "Please write text here.",
}


class Line(fields.String):
    """One line of text as a person types it: outer and double blanks don't count, what can't be seen is refused."""

    def __init__(self, *, length_max: int = LINE_LENGTH_MAX, **options: Any) -> None:
        described = {"minLength": 1, "maxLength": length_max}
        super().__init__(error_messages=_SENTENCES, metadata=described, **options)
        self.length_max = length_max

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = " ".join(as_meant(super()._deserialize(value, attr, data, **options)).split())
        if not any(unicodedata.category(character)[0] in "LNPS" for character in text):  # nothing to be seen
            raise ValidationError("Please fill this in.")
        if len(text) > self.length_max:
            raise ValidationError(f"Please write at most {self.length_max} characters.")
        if wrong := what_is_wrong(text):
            raise ValidationError(wrong)
        return text


def _amount(**options: Any) -> fields.Integer:
    within = validate.Range(min=1, max=AMOUNT_MINOR_MAX, error="An amount is from {min} to {max} minor units.")
    return fields.Integer(strict=True, required=True, validate=within, **options)


def _day() -> fields.Date:
    messages: dict[str, Any] = {**_SENTENCES, "invalid": "Please write the date like 2020-04-09."}
    return fields.Date(format="iso", required=True, error_messages=messages)


def _check_unique(given: list[str]) -> None:
    if len(set(given)) != len(given):
        raise ValidationError("A cheque can be on a slip only once.")


class Shape(Schema):
    """A shape that knows all its fields."""

    class Meta:
        unknown = RAISE


class PaymentShape(Shape):
    """Money that finance has received."""

    tender = fields.String(required=True, validate=validate.OneOf(TENDERS_BY_HAND), error_messages=_SENTENCES)
    amount_minor = _amount()
    currency = fields.String(
        required=True, validate=validate.Regexp(r"^[A-Z]{3}\Z", error="Please write a code such as USD.")
    )
    reference = Line(required=True)
    received_on = _day()


class PurchaseOrderShape(Shape):
    """A town's purchase order."""

    number = Line(required=True, length_max=60)
    dated = _day()
    limit_minor = _amount()


class DepositShape(Shape):
    """Cheques that were taken to the bank with one slip."""

    slip = Line(required=True, length_max=60)
    deposited_on = _day()
    payments = fields.List(
        Line(length_max=ID_LENGTH_MAX),
        required=True,
        validate=[validate.Length(min=1, max=SLIP_PAYMENT_COUNT_MAX), _check_unique],
    )


class RecordShape(Shape):
    """How finance has paid a refund."""

    rail = fields.String(
        required=True,
        validate=validate.OneOf((CHEQUE, TRANSFER), error="A refund is recorded as cheque or transfer."),
        error_messages=_SENTENCES,
    )
    reference = Line(required=True)
    paid_on = _day()


class RecordPaidShape(RecordShape):
    """How finance has paid a refund, and which payee they saw, if one is named."""

    payee_version = fields.Integer(
        strict=False,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=1000),
        metadata={"description": "As the refund shows it; needed where a payee is named."},
    )


class ElsewhereShape(RecordShape):
    """How finance has paid a held refund, or a part of it."""

    amount_minor = _amount()


class PayeeShape(Shape):
    """To whom and where a refund cheque goes."""

    name = Line(required=True)
    postal_address = fields.List(
        Line(),
        required=True,
        validate=validate.Length(min=1, max=ADDRESS_LINE_COUNT_MAX, error="Please write {min} to {max} lines."),
        error_messages={**_SENTENCES, "invalid": "Please write the address line by line."},
    )


class ListShape(Shape):
    """Which part of a list is asked for."""

    after = Line(load_default="", length_max=ID_LENGTH_MAX)
    limit = fields.Integer(load_default=PAGE_LENGTH, validate=validate.Range(min=1, max=PAGE_LENGTH_MAX))


class OrdersShape(ListShape):
    """Which orders."""

    conference = Line(load_default=None, length_max=ID_LENGTH_MAX)


class FindOrdersShape(OrdersShape):
    """Which orders, or one by its invoice's or its own number."""

    number = Line(load_default=None, length_max=ID_LENGTH_MAX)


class RefundsShape(ListShape):
    """Which refunds."""

    run = Line(load_default=None, length_max=ID_LENGTH_MAX)
    outside = fields.Boolean(load_default=False)  # of any run: for an option, or money that nobody asked for
    state = fields.String(load_default=None, validate=validate.OneOf([str(each) for each in RefundState]))
    rail = fields.String(load_default=None, validate=validate.OneOf(RAILS))


class StraysShape(ListShape):
    """Which of the payments that fit no order, or refunds made outside: those nobody has looked at, or the others."""

    state = fields.String(load_default="open", validate=validate.OneOf(("open", "looked_at")))


class LookShape(Shape):
    """What was done about a payment that fits no order, or about a refund made outside."""

    note = Line(required=True)


class EntriesShape(ListShape):
    """Which ledger transactions."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)


class BooksShape(Shape):
    """Whose books: one conference's, or all."""

    conference = Line(load_default=None, length_max=ID_LENGTH_MAX)


class ChainShape(Shape):
    """Whose chain."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)
