"""The shapes of requests and answers about money that fits nothing of ours."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.payments.strays.domain import Stray
from shared.web.shapes import Line, ListShape, Shape, required_number, required_text, text_or_none


class StraysShape(ListShape):
    """Which of the payments that fit no order, or refunds made outside: those nobody has looked at, or the others."""

    state = fields.String(load_default="open", validate=validate.OneOf(("open", "looked_at")))


class LookShape(Shape):
    """What was done about a payment that fits no order, or about a refund made outside."""

    note = Line(required=True)


class StrayAnswer(Schema):
    """Card money that fits nothing of ours, and what a person has done about it: a payment on no order, or a line of
    the provider's balance that no rule explains (its kind and description are the provider's; negative has left)."""

    id = required_text()
    why = required_text()
    order = required_text()
    order_currency = required_text()
    session = required_text()
    charge = required_text()
    amount_minor = required_number()
    currency = required_text()
    found_at = fields.DateTime(required=True)
    looked_at = fields.DateTime(required=True, allow_none=True)
    note = required_text()
    kind = required_text()
    description = required_text()
    fee_minor = required_number()


class StraysAnswer(Schema):
    """A page of card payments that fit no order."""

    items = fields.List(fields.Nested(StrayAnswer), required=True)
    next = text_or_none()


def stray_json(stray: Stray) -> dict[str, Any]:
    """A payment that fits no order as it is answered."""
    return dict(StrayAnswer().dump(asdict(stray)))
