"""The shapes of requests and answers about orders."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from services.payments.orders.domain.endings import Ending
from services.payments.orders.domain.orders import OptionLine, Order
from shared.web.shapes import (
    ID_LENGTH_MAX,
    Line,
    ListShape,
    Shape,
    amount,
    day,
    required_number,
    required_text,
    text_or_none,
)


class PurchaseOrderShape(Shape):
    """A town's purchase order."""

    number = Line(required=True, length_max=60)
    dated = day()
    limit_minor = amount()


class OrdersShape(ListShape):
    """Which orders."""

    conference = Line(load_default=None, length_max=ID_LENGTH_MAX)


class ShareAnswer(Schema):
    """What one payment paid towards an order."""

    payment = required_text()
    tender = required_text()
    paid_minor = required_number()
    returned_minor = required_number()


class OptionAnswer(Schema):
    """An option of an order; after its end, what has become of its price."""

    option = required_text()
    session = required_text()
    amount_minor = required_number()
    ended_by = text_or_none()
    written_off_minor = required_number()
    released_minor = required_number()
    refunded_minor = required_number()
    payable_minor = required_number()


class SettlementAnswer(Schema):
    """What has become of an order whose registration ended."""

    run = required_text()
    choice = text_or_none()
    fee_minor = required_number()
    refundable_minor = fields.Integer(required=True, attribute="free_minor")
    voided_minor = fields.Integer(required=True, attribute="written_off_minor")
    released_minor = required_number()
    kept_minor = required_number()
    credited_minor = required_number()
    donated_minor = required_number()
    refunded_minor = required_number()
    payable_minor = required_number()
    is_ended = fields.Boolean(required=True)
    awaited_minor = required_number()


class LeavingAnswer(Schema):
    """What has become of the price of one registration that was ended while its conference went on."""

    registration = required_text()
    amount_minor = required_number()
    kept_minor = required_number()
    refunded_minor = required_number()
    payable_minor = required_number()
    written_off_minor = required_number()
    released_minor = required_number()


class OrderAnswer(Schema):
    """An order: what is owed, what was paid, what has become of it."""

    order = required_text()
    registration = required_text()
    conference = required_text()
    person = required_text()
    number = required_text()
    tender = required_text()
    currency = required_text()
    state = required_text()
    total_minor = required_number()
    paid_minor = required_number()
    voided_minor = required_number()
    owed_minor = required_number()
    underway_minor = required_number()
    purchase_order = text_or_none()
    payments = fields.List(fields.Nested(ShareAnswer), required=True)
    options = fields.List(fields.Nested(OptionAnswer), required=True)
    leavings = fields.List(fields.Nested(LeavingAnswer), required=True)
    settlement = fields.Nested(SettlementAnswer, required=True, allow_none=True)


class OrdersAnswer(Schema):
    """A page of orders."""

    items = fields.List(fields.Nested(OrderAnswer), required=True)
    next = text_or_none()


def order_json(order: Order) -> dict[str, Any]:
    """An order as it is answered."""
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
        "payments": [asdict(share) for share in order.shown_shares],
        "options": [_option_json(line) for line in order.options],
        "leavings": [_leaving_json(ending) for ending in order.leavings],
        "settlement": SettlementAnswer().dump(order.settlement) if order.settlement else None,
    }


def _leaving_json(ending: Ending) -> dict[str, Any]:
    (registration,) = ending.registrations  # each leaves by itself
    return {
        "registration": registration,
        "amount_minor": ending.amount_minor,
        "kept_minor": ending.kept_minor,
        "refunded_minor": ending.refunded_minor,
        "payable_minor": ending.payable_minor,
        "written_off_minor": ending.written_off_minor,
        "released_minor": ending.released_minor,
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
