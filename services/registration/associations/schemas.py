"""The shapes of associations over HTTP."""

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from shared import money
from shared.associations import Association
from shared.contracts.registration import PointsRule
from shared.references import INVOICE_PREFIX
from shared.web.languages import LANGUAGES
from shared.web.shapes import EmailLine, Line, Shape

LINE_COUNT_MAX, POINTS_COUNT_MAX = 6, 20
SCHEME_LENGTH_MAX = 40
HOURS = "Please write hours for a point such as 4 or 2.5, and a year such as 2027."
LINES = ("postal_address", "cheques_to", "transfers_to", "purchase_orders_to")


def _lines() -> fields.List[str]:
    few = validate.Length(max=LINE_COUNT_MAX, error=f"Please write at most {LINE_COUNT_MAX} lines.")
    return fields.List(Line(length_max=100), load_default=list, validate=few)


def _is_currency(code: str) -> None:
    try:
        money.exponent(code)
    except money.CurrencyUnknown:
        raise ValidationError("Please write a currency's three capital letters, such as USD or CAD.") from None


def _are_apart(said: list[dict[str, Any]]) -> None:
    if len({(each["scheme"], each["from_year"]) for each in said}) < len(said):
        raise ValidationError("Please say each scheme once for a year.")


def _are_known(said: list[str]) -> None:
    if not set(said) <= set(LANGUAGES):
        raise ValidationError(f"Please choose among {', '.join(LANGUAGES.values())}: {', '.join(LANGUAGES)}.")
    if len(set(said)) < len(said):
        raise ValidationError("Please say each language once.")


class PointsShape(Shape):
    """How many approved minutes make a point under a scheme, for sessions of a year and later ones."""

    scheme = Line(required=True, length_max=SCHEME_LENGTH_MAX)
    from_year = fields.Integer(
        required=True, error_messages={"invalid": HOURS}, validate=validate.Range(min=2000, max=2100, error=HOURS)
    )
    minutes_per_point = fields.Integer(
        required=True, error_messages={"invalid": HOURS}, validate=validate.Range(min=1, max=6000, error=HOURS)
    )


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
    invoice_prefix = Line(
        length_max=6,
        validate=validate.Regexp(
            f"(?i:{INVOICE_PREFIX})\\Z",
            error="Please write 2 to 6 letters, such as CLERKS, that don't begin with RF: payment references do.",
        ),
    )
    currency = Line(length_max=3, validate=_is_currency)
    languages = fields.List(fields.String(), load_default=list, validate=_are_known)
    points = fields.List(
        fields.Nested(PointsShape),
        load_default=list,
        validate=[
            validate.Length(max=POINTS_COUNT_MAX, error=f"Please write at most {POINTS_COUNT_MAX} lines."),
            _are_apart,
        ],
    )


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
    invoice_prefix = fields.String(required=True)
    currency = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    points = fields.List(fields.Nested(PointsShape), required=True)


def association_of(id_: str, asked: dict[str, Any]) -> Association:
    """What was asked, as the domain has it."""
    facts: dict[str, Any] = {name: tuple(said) if isinstance(said, list) else said for name, said in asked.items()}
    facts["points"] = tuple(PointsRule(**each) for each in facts.get("points", ()))
    facts["invoice_prefix"] = facts.get("invoice_prefix", "").upper()
    return Association(id=id_, **facts)


def association_json(association: Association) -> dict[str, Any]:
    """An association as it is answered."""
    return dict(AssociationAnswer().dump(asdict(association)))
