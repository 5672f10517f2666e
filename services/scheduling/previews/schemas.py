"""The shapes of previews over HTTP: what is asked, and how an answer is written as JSON."""

from typing import Any

import msgspec
from marshmallow import Schema, fields, validate

from services.scheduling.conferences.schemas import Day, Request, Text
from services.scheduling.previews.domain.preview import SERVICES, Kind, Preview


class PreviewRequest(Request):
    """What is to be previewed; the last day for choosing and the texts as far as they are known."""

    kind = fields.String(load_default=Kind.CANCEL.value, validate=validate.OneOf([each.value for each in Kind]))
    choose_by = Day(load_default=None, allow_none=True)
    reason = Text(load_default="", length_max=500)
    decision_text = Text(load_default="", length_max=5000, lines=True)


class PreviewForm(Request):
    """The same from the form of a decision, in the words of its fields."""

    choose_by = Day(load_default=None, allow_none=True)
    reason = Text(load_default="", length_max=500)
    decision_text = Text(load_default="", length_max=5000, lines=True, data_key="decision")


class LineAnswer(Schema):
    """So many of what, by tender, channel or state, and how much money that is."""

    what = fields.String()
    by = fields.String()
    language = fields.String()
    count = fields.Integer()
    amount_minor = fields.Integer()
    is_binding = fields.Boolean(metadata={"description": "False for what is shown and not approved: a balance, fees."})


class AnomalyAnswer(Schema):
    """Something odd, how often, and the first of those whom it concerns."""

    what = fields.String()
    count = fields.Integer()
    ids = fields.List(fields.String())
    amount_minor = fields.Integer()


class DriftAnswer(Schema):
    """What differs from the preview that it is compared with."""

    is_compared = fields.Boolean()
    joined_count = fields.Integer()
    joined_minor = fields.Integer()
    left_count = fields.Integer()
    left_minor = fields.Integer()
    changed_count = fields.Integer()
    changed_minor = fields.Integer()
    are_terms_changed = fields.Boolean()
    are_texts_changed = fields.Boolean()


class AnsweredPart(Schema):
    """What one service says of its own part."""

    count = fields.Integer()
    population = fields.String(metadata={"description": "The digest of the registrations that it knows of."})
    lines = fields.List(fields.Nested(LineAnswer))
    anomalies = fields.List(fields.Nested(AnomalyAnswer))
    digest = fields.String()
    drift = fields.Nested(DriftAnswer)


class PartsAnswer(Schema):
    """What has been answered, by service; null for who has not."""

    registration = fields.Nested(AnsweredPart, allow_none=True)
    payments = fields.Nested(AnsweredPart, allow_none=True)
    notifications = fields.Nested(AnsweredPart, allow_none=True)
    scheduling = fields.Nested(AnsweredPart, allow_none=True)


class ConsequencesAnswer(Schema):
    """A preview, and what was answered so far."""

    preview = fields.String()
    conference = fields.String()
    decision = fields.String()
    revision = fields.Integer()
    kind = fields.String()
    currency = fields.String()
    as_of = fields.String(metadata={"format": "date-time"})
    compared_with = fields.String()
    is_complete = fields.Boolean()
    is_of_one_moment = fields.Boolean()
    missing = fields.List(fields.String(validate=validate.OneOf(SERVICES)))
    digest = fields.String()
    answers = fields.Nested(PartsAnswer)


def preview_json(preview: Preview) -> dict[str, Any]:
    """A preview as the API answers it."""
    return {
        "preview": preview.id,
        "conference": preview.conference,
        "decision": preview.decision,
        "revision": preview.revision,
        "kind": preview.kind.value,
        "currency": preview.currency,
        "as_of": preview.as_of.isoformat(),
        "compared_with": preview.compared_with,
        "is_complete": preview.is_complete,
        "is_of_one_moment": preview.is_of_one_moment,
        "missing": list(preview.missing),
        "digest": preview.digest,
        "answers": {
            service: msgspec.to_builtins(preview.answers[service]) if service in preview.answers else None
            for service in SERVICES
        },
    }
