"""The shapes of requests and answers about credits."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.payments.credits.domain import Credit
from services.payments.credits.store import STATES
from shared.web.shapes import (
    ID_LENGTH_MAX,
    Line,
    ListShape,
    Shape,
    amount,
    required_number,
    required_text,
    text_or_none,
)


class CreditsShape(ListShape):
    """Which credits: in which state, or whose."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(STATES)))
    person = Line(load_default=None, length_max=ID_LENGTH_MAX)


class SpendingShape(Shape):
    """Which order a credit pays, by its own number or its invoice's, and how much of it."""

    order = Line(required=True, length_max=ID_LENGTH_MAX)
    amount_minor = amount()


class OwnSpendingShape(Shape):
    """Which of their orders a holder pays with their credit, how much of it, and what they saw owed."""

    order = Line(required=True, length_max=ID_LENGTH_MAX)
    amount_minor = amount()
    owed_minor = amount()


class PayoutShape(Shape):
    """Whether finance pays out what nobody has asked for on the page: the holder did on the telephone or by letter."""

    at_their_word = fields.Boolean(load_default=False)


class SourceAnswer(Schema):
    """A payment that a credit is made of."""

    payment = required_text()
    tender = required_text()
    amount_minor = required_number()
    paid_out_minor = required_number()


class SpendingAnswer(Schema):
    """What a credit has paid of an order, and what of that came back."""

    payment = required_text()
    order = required_text()
    conference = required_text()
    amount_minor = required_number()
    returned_minor = required_number()
    spent_at = fields.DateTime(required=True)


class CreditAnswer(Schema):
    """A credit: what was kept, what is left, and where the rest went. `asked_minor` waits for finance."""

    id = required_text()
    order = required_text()
    conference = required_text()
    person = required_text()
    currency = required_text()
    amount_minor = required_number()
    balance_minor = required_number()
    asked_minor = required_number()
    paid_out_minor = required_number()
    issued_at = fields.DateTime(required=True)
    unclaimed_on = fields.Date(required=True)
    sources = fields.List(fields.Nested(SourceAnswer), required=True)
    spendings = fields.List(fields.Nested(SpendingAnswer), required=True)


class CreditsAnswer(Schema):
    """A page of credits."""

    items = fields.List(fields.Nested(CreditAnswer), required=True)
    next = text_or_none()


class SpentAnswer(Schema):
    """The order that was paid, and what is still owed on it."""

    order = required_text()
    number = required_text()
    balance_minor = required_number()
    currency = required_text()


def credit_json(credit: Credit) -> dict[str, Any]:
    """A credit as it is answered."""
    asked_minor = credit.payout.amount_minor if credit.payout else 0
    more = {"asked_minor": asked_minor, "unclaimed_on": credit.unclaimed_on()}
    return dict(CreditAnswer().dump(asdict(credit) | more))
