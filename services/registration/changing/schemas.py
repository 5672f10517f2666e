"""The shapes of what is chosen after a cancellation, and of how far a run is."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.registration.changing.domain.runs import Run
from shared.sentences import marked
from shared.web.shapes import ID_LENGTH_MAX, Line, Shape

NOTE_LENGTH_MAX = 500


class ChoiceShape(Shape):
    """What should happen with the money after a cancellation."""

    choice = Line(required=True, length_max=40, error_messages={"required": marked("Please choose one.")})


class OptionChoiceShape(Shape):
    """What becomes of an option whose session was cancelled: `refund`, or `move` to another session."""

    choice = Line(required=True, length_max=40, error_messages={"required": marked("Please choose one.")})
    session = fields.String(load_default="", validate=validate.Regexp(r"^[!-~]{0,100}\Z"))


class NewNameShape(Shape):
    """What an option is called from now on, and what its holders are told about it."""

    label = Line(required=True)
    note = Line(load_default="", length_max=NOTE_LENGTH_MAX)


class LeavingShape(Shape):
    """Why one registration ends; only the desk reads it."""

    reason = Line(required=True, length_max=NOTE_LENGTH_MAX, error_messages={"required": "Please say why."})


class RunsShape(Shape):
    """Of which conference the runs are asked for."""

    conference = Line(required=True, length_max=ID_LENGTH_MAX)


class RunAnswer(Schema):
    """How far a run is."""

    run = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "What is carried out, such as cancelled_conference."})
    conference = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "The step that comes next; settled: none."})
    mode = fields.String(required=True, metadata={"description": "running, paused or stopped"})
    count = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)
    ended = fields.Integer(required=True, metadata={"description": "How many registrations it has done so far."})
    revision = fields.Integer(required=True, metadata={"description": "How often it was taken up again."})
    fixed = fields.Integer(required=True)


class RunsAnswer(Schema):
    """All runs of a conference, the newest hundred."""

    items = fields.List(fields.Nested(RunAnswer), required=True)


def run_json(run: Run, *, fixed_count: int) -> dict[str, Any]:
    """How far a run is."""
    return {
        "run": run.id,
        "kind": run.kind,
        "conference": run.conference,
        "state": run.step.value,
        "mode": run.mode.value,
        "count": run.count,
        "digest": run.digest,
        "ended": run.done_count,
        "revision": run.revision,
        "fixed": fixed_count,
    }
