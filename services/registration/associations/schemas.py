"""The shapes of associations over HTTP."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.registration.associations.domain import Association
from shared.web.shapes import EmailLine, Line, Shape

LINE_COUNT_MAX = 6
LINES = ("postal_address", "cheques_to", "transfers_to", "purchase_orders_to")


def _lines() -> fields.List[str]:
    few = validate.Length(max=LINE_COUNT_MAX, error=f"Please write at most {LINE_COUNT_MAX} lines.")
    return fields.List(Line(length_max=100), load_default=list, validate=few)


class AssociationShape(Shape):
    """What an association says of itself, all of it: what is left out is empty from then on."""

    name = Line(required=True, length_max=120)
    postal_address = _lines()
    tax_number = Line(length_max=40)
    sender_name = Line(length_max=100)
    sender_address = EmailLine(length_max=254)
    cheques_to = _lines()
    transfers_to = _lines()
    purchase_orders_to = _lines()


class AssociationAnswer(Schema):
    """An association."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    postal_address = fields.List(fields.String(), required=True)
    tax_number = fields.String(required=True)
    sender_name = fields.String(required=True)
    sender_address = fields.String(required=True)
    cheques_to = fields.List(fields.String(), required=True)
    transfers_to = fields.List(fields.String(), required=True)
    purchase_orders_to = fields.List(fields.String(), required=True)


def association_of(id_: str, asked: dict[str, Any]) -> Association:
    """What was asked, as the domain has it."""
    facts: dict[str, Any] = {name: tuple(said) if name in LINES else said for name, said in asked.items()}
    return Association(id=id_, **facts)


def association_json(association: Association) -> dict[str, Any]:
    """An association as it is answered."""
    return dict(AssociationAnswer().dump(asdict(association)))
