"""The shapes of requests and answers about several people who are registered together."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.registration.groups.domain import Attendee, Group, Placed
from services.registration.payers.domain import PEOPLE_COUNT_MAX, BillTo
from services.registration.registering.domain.registrations import GUEST_COUNT_MAX, Tender
from services.registration.registering.schemas.requests import (
    ID_LENGTH_MAX,
    OPTION_COUNT_MAX,
    GuestShape,
    PersonShape,
)
from shared.sentences import marked
from shared.settings import Settings
from shared.web import links
from shared.web.languages import later
from shared.web.shapes import Line, Shape


class BillToShape(PersonShape):
    """Who pays for all of them, and where the invoice goes."""

    reference = Line(load_default="", length_max=60)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """The payer as the domain has them."""
        return BillTo(**data | {"postal_address": tuple(data["postal_address"])})


class AttendeeShape(Shape):
    """One of the people."""

    person = fields.Nested(PersonShape, required=True)
    category = Line(required=True, length_max=40, error_messages={"required": marked("Please choose one.")})
    guests = fields.List(
        fields.Nested(GuestShape),
        load_default=(),
        validate=validate.Length(
            max=GUEST_COUNT_MAX, error=later("Please bring at most %(count)s guests.", count=GUEST_COUNT_MAX)
        ),
    )
    options = fields.List(Line(length_max=40), load_default=(), validate=validate.Length(max=OPTION_COUNT_MAX))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Attendee:
        """One of the people as the domain has them."""
        return Attendee(**data | {name: tuple(data[name]) for name in ("guests", "options")})


class GroupShape(Shape):
    """Several people for one conference, who pays for them, and how."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)
    tender = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in Tender], error=marked("Please choose how you will pay.")),
        error_messages={"required": marked("Please choose how you will pay.")},
    )
    payer = fields.Nested(BillToShape, required=True)
    people = fields.List(
        fields.Nested(AttendeeShape),
        required=True,
        validate=validate.Length(
            min=1,
            max=PEOPLE_COUNT_MAX,
            error=later("Please name at least one person, and at most %(count)s on one form.", count=PEOPLE_COUNT_MAX),
        ),
    )
    seen = fields.String(
        load_default="",
        validate=validate.Regexp(r"^[0-9a-f]{0,16}\Z"),
        metadata={"description": "The conference's `seen` when its prices were read; another one now is refused."},
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Group:
        """The group as the commands have it."""
        return Group(**data | {"people": tuple(data["people"]), "tender": Tender(data["tender"])})


class PlacedAnswer(Schema):
    """An order that was placed for several people."""

    order = fields.String(required=True)
    payer = fields.String(required=True)
    registrations = fields.List(fields.String(), required=True)
    total_minor = fields.Integer(required=True)
    currency = fields.String(required=True)
    page = fields.String(required=True, metadata={"description": "The payer's own page: their right to see the order."})
    pay = fields.String(required=True, allow_none=True)


def placed_json(placed: Placed, *, settings: Settings) -> dict[str, Any]:
    """An order of several as it is answered; there is a link to pay where paying by card is left to do."""
    order = placed.order
    return {
        "order": order.id,
        "payer": order.payer,
        "registrations": list(order.registrations),
        "total_minor": placed.total_minor,
        "currency": placed.currency,
        "page": links.my_order(settings, order.id),
        "pay": links.pay(settings, order.id) if placed.tender is Tender.CARD and placed.total_minor else None,
    }
