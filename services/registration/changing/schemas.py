"""The shapes of what is chosen after a cancellation, and of how far a run is."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.registration.changing.domain.runs import Run
from shared.web.shapes import Line, Shape


class ChoiceShape(Shape):
    """What should happen with the money after a cancellation."""

    choice = Line(required=True, length_max=40, error_messages={"required": "Please choose one."})


class OptionChoiceShape(Shape):
    """What becomes of an option whose session was cancelled: `refund`, or `move` to another session."""

    choice = Line(required=True, length_max=40, error_messages={"required": "Please choose one."})
    session = fields.String(load_default="", validate=validate.Regexp(r"^[!-~]{0,100}\Z"))


class RunAnswer(Schema):
    """How far a cancellation is here."""

    run = fields.String(required=True)
    conference = fields.String(required=True)
    state = fields.String(required=True)
    count = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)
    ended = fields.Integer(required=True)
    fixed = fields.Integer(required=True)


def run_json(run: Run, *, fixed_count: int) -> dict[str, Any]:
    """How far a cancellation is here."""
    return {
        "run": run.id,
        "conference": run.conference,
        "state": run.step.value,
        "count": run.count,
        "digest": run.digest,
        "ended": run.ended_count,
        "fixed": fixed_count,
    }
