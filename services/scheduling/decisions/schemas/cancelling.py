"""The shapes of decisions over HTTP: what is asked, and how a decision and its board are written as JSON."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.schemas import Day, Request, Text
from services.scheduling.decisions.domain.disruption import Disruption
from services.scheduling.decisions.domain.stakes import TENDERS, Stakes
from shared.settings import Settings

TICK = "Please tick that you have read what will happen. Nothing was cancelled yet."


class CancelRequest(Request):
    """The decision that a conference will not take place."""

    reason = Text(required=True, length_max=500, metadata={"description": "Shown to everyone, in a sentence or two."})
    decision = Text(required=True, length_max=5000, lines=True, metadata={"description": "Its text, public."})
    choose_by = Day(required=True, metadata={"description": "The last day for choosing, in the conference's zone."})


class CancelForm(CancelRequest):
    """The same decision by a form: whoever takes it has read what will happen."""

    confirmed = fields.String(
        required=True, validate=validate.Equal("yes", error=TICK), error_messages={"required": TICK}
    )


class PartAnswer(Schema):
    """The confirmed registrations of one tender."""

    tender = fields.String()
    registration_count = fields.Integer()
    guest_count = fields.Integer()
    paid_minor = fields.Integer()
    open_minor = fields.Integer()


class PreviewAnswer(Schema):
    """What a cancellation would touch."""

    conference = fields.String()
    currency = fields.String()
    registration_count = fields.Integer()
    guest_count = fields.Integer()
    held_minor = fields.Integer(metadata={"description": "Paid by card, cheque and transfer, and held for the payers."})
    granted_minor = fields.Integer()
    open_minor = fields.Integer(metadata={"description": "On purchase orders that are not paid yet."})
    message_count = fields.Integer()
    tenders = fields.List(fields.Nested(PartAnswer))


class DecisionAnswer(Schema):
    """A decision that was taken, and where to follow it."""

    run = fields.String()
    conference = fields.String()
    choose_until = fields.String(metadata={"format": "date-time"})
    board = fields.String()


class MissingAnswer(Schema):
    """How much is still missing."""

    told = fields.Integer()
    worked_out = fields.Integer()
    settled = fields.Integer()


class OutcomeAnswer(Schema):
    """Where every cent went."""

    revision = fields.Integer()
    refunded_minor = fields.Integer()
    credited_minor = fields.Integer()
    donated_minor = fields.Integer()
    kept_minor = fields.Integer()
    voided_minor = fields.Integer()
    released_minor = fields.Integer()


class BoardAnswer(Schema):
    """What has come back after a decision."""

    run = fields.String()
    conference = fields.String()
    state = fields.String(validate=validate.OneOf(["running", "settling", "settled"]))
    decided_at = fields.String(metadata={"format": "date-time"})
    choose_until = fields.String(metadata={"format": "date-time"})
    currency = fields.String()
    ended_count = fields.Integer()
    closed_count = fields.Integer(allow_none=True)
    left_count = fields.Integer(
        allow_none=True,
        metadata={"description": "Of a postponement: how many have left by it, once choices are final."},
    )
    told_count = fields.Integer()
    letter_count = fields.Integer()
    bounced_count = fields.Integer()
    worked_out_count = fields.Integer()
    settled_count = fields.Integer()
    refund_open_count = fields.Integer()
    refund_settled_count = fields.Integer()
    refunds_payable_minor = fields.Integer()
    balance_short_minor = fields.Integer()
    choice_open_minor = fields.Integer()
    is_everyone_told = fields.Boolean()
    is_money_settled = fields.Boolean()
    missing = fields.Nested(MissingAnswer, allow_none=True)
    outcome = fields.Nested(OutcomeAnswer, allow_none=True)


class UntoldAnswer(Schema):
    """Registrations that have ended and whose registrants were not told yet."""

    count = fields.Integer()
    items = fields.List(fields.String())


def preview_json(conference: Conference, stakes: Stakes) -> dict[str, Any]:
    """What a cancellation would touch, as the API answers it."""
    whole = stakes.whole
    return {
        "conference": conference.id,
        "currency": conference.currency,
        "registration_count": whole.registration_count,
        "guest_count": whole.guest_count,
        "held_minor": stakes.held_minor,
        "granted_minor": stakes.granted_minor,
        "open_minor": stakes.open_minor,
        "message_count": whole.registration_count,
        "tenders": [
            {
                "tender": tender,
                "registration_count": part.registration_count,
                "guest_count": part.guest_count,
                "paid_minor": part.paid_minor,
                "open_minor": part.open_minor,
            }
            for tender in sorted(stakes.parts, key=[*TENDERS, *stakes.parts].index)
            for part in [stakes.parts[tender]]
        ],
    }


def decision_json(record: Disruption, *, settings: Settings) -> dict[str, Any]:
    """A decision that was taken, as the API answers it."""
    return {
        "run": record.id,
        "conference": record.conference,
        "choose_until": record.decided.choose_until.isoformat(),
        "board": f"{settings.urls['scheduling']}/scheduling/desk/runs/{record.id}",
    }
