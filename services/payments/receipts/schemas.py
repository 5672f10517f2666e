"""The shapes of requests and answers about money that arrives."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.payments.receipts.domain.deposits import Deposit
from services.payments.receipts.domain.receipts import TENDERS_BY_HAND
from shared.web.shapes import ID_LENGTH_MAX, SENTENCES, Line, Shape, amount, day, required_number, required_text

SLIP_PAYMENT_COUNT_MAX = 500


def _check_unique(given: list[str]) -> None:
    if len(set(given)) != len(given):
        raise ValidationError("A cheque can be on a slip only once.")


class PaymentShape(Shape):
    """Money that finance has received."""

    tender = fields.String(required=True, validate=validate.OneOf(TENDERS_BY_HAND), error_messages=SENTENCES)
    amount_minor = amount()
    currency = fields.String(
        required=True, validate=validate.Regexp(r"^[A-Z]{3}\Z", error="Please write a code such as USD.")
    )
    reference = Line(required=True)
    received_on = day()


class DepositShape(Shape):
    """Cheques that were taken to the bank with one slip."""

    slip = Line(required=True, length_max=60)
    deposited_on = day()
    payments = fields.List(
        Line(length_max=ID_LENGTH_MAX),
        required=True,
        validate=[validate.Length(min=1, max=SLIP_PAYMENT_COUNT_MAX), _check_unique],
    )


class PaymentAnswer(Schema):
    """A payment that was recorded, and what is still owed."""

    payment = required_text()
    order = required_text()
    balance_minor = required_number()
    is_late = fields.Boolean(required=True)


class DepositAnswer(Schema):
    """A deposit slip."""

    slip = required_text()
    deposited_on = fields.Date(required=True)
    payments = fields.List(required_text(), required=True)
    amount_minor = required_number()
    currency = required_text()


def deposit_json(deposit: Deposit) -> dict[str, Any]:
    """A deposit slip as it is answered."""
    return dict(DepositAnswer().dump({**asdict(deposit), "slip": deposit.id}))
