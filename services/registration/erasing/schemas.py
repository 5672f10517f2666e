"""The shapes of an erasure over HTTP."""

from typing import Any

from marshmallow import Schema, fields

from services.registration.erasing.domain import Erasure, Whom
from shared.web.shapes import Line, Shape


class ErasureShape(Shape):
    """Why somebody is to be erased, in words that don't say who it is."""

    reason = Line(required=True)


class ErasureAnswer(Schema):
    """How far the erasure of a person or a payer is, and what is in its way."""

    person = fields.String(required=True)
    state = fields.String(
        required=True,
        metadata={"description": "none, asked (payments has not answered yet), refused, or erased."},
    )
    in_the_way = fields.List(
        fields.String(), required=True, metadata={"description": "Sentences; none: it may be done."}
    )
    asked_at = fields.DateTime(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


def erasure_json(whom: Whom, erasure: Erasure | None, *, obstacles: list[str]) -> dict[str, Any]:
    """An erasure as the API answers it."""
    is_refused_now = erasure is not None and not whom.is_erased and bool(erasure.in_the_way)
    return {
        "person": whom.id,
        "state": "erased" if whom.is_erased else erasure.state.value if erasure else "none",
        "in_the_way": list(erasure.in_the_way if erasure and is_refused_now else obstacles),
        "asked_at": erasure.asked_at.isoformat() if erasure else None,
        "by": erasure.by if erasure else None,
        "reason": erasure.reason if erasure else None,
    }
