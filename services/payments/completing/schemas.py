"""The shape of what is answered about a refund run."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from services.payments.books.store import Stuck
from services.payments.refunds.domain.refunds import Refund
from services.payments.runs.domain import Run
from shared.web.shapes import required_number, required_text


class RunAnswer(Schema):
    """How far the money of one cancelled conference has come."""

    run = required_text()
    conference = required_text()
    state = required_text()
    revision = required_number()
    currency = required_text()
    count_expected = fields.Integer(required=True, allow_none=True)
    worked_out_count = required_number()
    ended_count = required_number()
    refund_open_count = required_number()
    refund_settled_count = required_number()
    refunds_payable_minor = required_number()
    refunded_minor = required_number()
    credited_minor = required_number()
    donated_minor = required_number()
    kept_minor = required_number()
    voided_minor = required_number()
    released_minor = required_number()
    balance_short_minor = required_number()
    choice_open_count = required_number()
    choice_open_minor = required_number()
    earlier_refund_count = fields.Integer(
        required=True,
        metadata={
            "description": "Open refunds of the conference from before its cancellation; the run waits for them."
        },
    )
    earlier_refunds_minor = required_number()
    stuck_because = fields.String(
        required=True, allow_none=True, metadata={"description": "Why the run can't go on by itself, if it can't."}
    )
    stuck_since = fields.DateTime(required=True, allow_none=True)


def run_json(run: Run, *, earlier: Sequence[Refund], stuck: Stuck | None) -> dict[str, Any]:
    """A run as it is answered, with the refunds from before the cancellation that it waits for, and why it is stuck."""
    waits_for = {
        "earlier_refund_count": len(earlier),
        "earlier_refunds_minor": sum(each.amount_minor for each in earlier),
        "stuck_because": stuck.reason if stuck else None,
        "stuck_since": stuck.since if stuck else None,
    }
    return dict(RunAnswer().dump({**asdict(run), **asdict(run.figures), **waits_for, "run": run.id}))
