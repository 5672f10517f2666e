"""The shapes of requests and answers about refunds."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.payments.refunds.domain.outside import Outside
from services.payments.refunds.domain.refunds import CHEQUE, RAILS, TRANSFER, Refund, RefundState
from shared.sentences import marked
from shared.web.languages import later
from shared.web.shapes import (
    ID_LENGTH_MAX,
    SENTENCES,
    Line,
    ListShape,
    Shape,
    amount,
    day,
    required_number,
    required_text,
    text_or_none,
)

ADDRESS_LINE_COUNT_MAX = 8


class RecordShape(Shape):
    """How finance has paid a refund."""

    rail = fields.String(
        required=True,
        validate=validate.OneOf((CHEQUE, TRANSFER), error="A refund is recorded as cheque or transfer."),
        error_messages=SENTENCES,
    )
    reference = Line(required=True)
    paid_on = day()


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

    amount_minor = amount()


class PayeeShape(Shape):
    """To whom and where a refund cheque goes."""

    name = Line(required=True)
    postal_address = fields.List(
        Line(),
        required=True,
        validate=validate.Length(
            min=1,
            max=ADDRESS_LINE_COUNT_MAX,
            error=later("Please write 1 to %(count)s lines.", count=ADDRESS_LINE_COUNT_MAX),
        ),
        error_messages={**SENTENCES, "invalid": marked("Please write the address line by line.")},
    )


class RefundsShape(ListShape):
    """Which refunds."""

    run = Line(load_default=None, length_max=ID_LENGTH_MAX)
    outside = fields.Boolean(load_default=False)  # of any run: for an option, or money that nobody asked for
    state = fields.String(load_default=None, validate=validate.OneOf([str(each) for each in RefundState]))
    rail = fields.String(load_default=None, validate=validate.OneOf(RAILS))


class PayeeAnswer(Schema):
    """Who a refund cheque is made out to, and where it goes."""

    name = required_text()
    postal_address = fields.List(required_text(), required=True)


class RefundAnswer(Schema):
    """A refund and where it is."""

    id = required_text()
    order = required_text()
    registration = required_text()
    conference = required_text()
    run = required_text()
    product = required_text()
    payment = required_text()
    rail = required_text()
    state = required_text()
    amount_minor = required_number()
    currency = required_text()
    attempt = required_number()
    reason = required_text()
    reference = required_text()
    paid_on = fields.Date(required=True, allow_none=True)
    payee = fields.Nested(PayeeAnswer, required=True, allow_none=True)
    payee_version = required_number()


class RefundsAnswer(Schema):
    """A page of refunds."""

    items = fields.List(fields.Nested(RefundAnswer), required=True)
    next = text_or_none()


class OutsideAnswer(Schema):
    """A refund that was made at the card provider and not here, and what it was taken for."""

    id = required_text()
    why = required_text()
    order = required_text()
    conference = required_text()
    payment = required_text()
    label = required_text()
    amount_minor = required_number()
    currency = required_text()
    paying_minor = required_number()
    owed_again_minor = required_number()
    beyond_minor = required_number()
    found_at = fields.DateTime(required=True)
    looked_at = fields.DateTime(required=True, allow_none=True)
    note = required_text()


class OutsidesAnswer(Schema):
    """A page of refunds that were made at the card provider and not here."""

    items = fields.List(fields.Nested(OutsideAnswer), required=True)
    next = text_or_none()


def refund_json(refund: Refund) -> dict[str, Any]:
    """A refund as it is answered."""
    return dict(RefundAnswer().dump(asdict(refund) | {"payee_version": refund.payee_version}))


def outside_json(outside: Outside) -> dict[str, Any]:
    """A refund made outside as it is answered."""
    return dict(OutsideAnswer().dump(asdict(outside)))
