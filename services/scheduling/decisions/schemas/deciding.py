"""The shapes of decisions over HTTP: what is asked of one, and how it is written as JSON."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.conferences.domain.resolution import SEATS, Resolution
from services.scheduling.conferences.schemas import Day, Request, Text
from services.scheduling.decisions.domain.decision import GRACE_MINUTES, GRACE_MINUTES_MAX, Decision, Facts, State
from shared.settings import Settings

COUNT_MAX = 10_000
_GRACE = f"Minutes from 0 to {GRACE_MINUTES_MAX:,}, please: it can be undone for a day at most."


def _members(description: str, **kwargs: Any) -> fields.Integer:
    told = f"A number from 0 to {COUNT_MAX:,}, please."
    return fields.Integer(
        strict=True, validate=validate.Range(0, COUNT_MAX, error=told), metadata={"description": description}, **kwargs
    )


class ResolutionShape(Request):
    """What the board has resolved; the votes are for the desks alone."""

    text = Text(required=True, length_max=5000, lines=True)
    on = Day(required=True, metadata={"description": "The day of the meeting."})
    present = _members("How many members were present.", required=True)
    votes_for = _members("How many of them voted for it.", required=True)
    votes_against = _members("How many of them voted against it.", required=True)
    seats = _members("How many seats the board has.", load_default=SEATS)


class FactsRequest(Request):
    """What is decided."""

    reason = Text(required=True, length_max=500, metadata={"description": "Shown to everyone, in a sentence or two."})
    decision = Text(required=True, length_max=5000, lines=True, metadata={"description": "Its text, public."})
    choose_by = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "The last day for choosing, in the conference's zone; for kinds with choices."},
    )
    grace_minutes = fields.Integer(
        strict=True,
        load_default=GRACE_MINUTES,
        validate=validate.Range(0, GRACE_MINUTES_MAX, error=_GRACE),
        metadata={"description": "How long it can be undone once it is begun."},
    )
    resolution = fields.Nested(ResolutionShape, load_default=None, allow_none=True)


class DraftRequest(FactsRequest):
    """A decision to be drafted, and of which kind."""

    kind = Text(required=True, length_max=40, metadata={"example": "cancel"})


class EditRequest(FactsRequest):
    """A decision as it is to be, and the revision that its editor has read."""

    revision = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))


class RevisionRequest(Request):
    """Which revision somebody has read, and acts on."""

    revision = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))


class ReturnRequest(RevisionRequest):
    """What should be otherwise."""

    remark = Text(required=True, length_max=1000, lines=True)


class ActAnswer(Schema):
    """What was done to a decision, by whom and when."""

    state = fields.String(validate=validate.OneOf([each.value for each in State]))
    by = fields.String()
    at = fields.String(metadata={"format": "date-time"})
    revision = fields.Integer()
    remark = fields.String()


class LifeAnswer(Schema):
    """A decision: what it says, how far it is, and what has been done to it."""

    id = fields.String()
    conference = fields.String()
    kind = fields.String()
    state = fields.String(validate=validate.OneOf([each.value for each in State]))
    revision = fields.Integer()
    reason = fields.String()
    decision = fields.String()
    choose_by = fields.String(allow_none=True, metadata={"format": "date"})
    grace_minutes = fields.Integer()
    resolution = fields.Nested(ResolutionShape, allow_none=True)
    until = fields.String(allow_none=True, metadata={"format": "date-time", "description": "It can be undone before."})
    run = fields.String(metadata={"description": "What follows it; empty before it is carried out."})
    page = fields.String()
    history = fields.List(fields.Nested(ActAnswer))


class LivesAnswer(Schema):
    """The decisions about a conference, the newest first."""

    items = fields.List(fields.Nested(LifeAnswer))


def facts_of(asked: Mapping[str, Any]) -> Facts:
    """What was asked, as the facts of a decision."""
    resolution = asked["resolution"]
    return Facts(
        reason=asked["reason"],
        text=asked["decision"],
        choose_by=asked["choose_by"],
        grace_minutes=asked["grace_minutes"],
        resolution=Resolution(**resolution) if resolution else None,
    )


def life_json(decision: Decision, *, settings: Settings) -> dict[str, Any]:
    """A decision as the API answers it."""
    facts = decision.facts
    return {
        "id": decision.id,
        "conference": decision.conference,
        "kind": decision.kind,
        "state": decision.state.value,
        "revision": decision.revision,
        "reason": facts.reason,
        "decision": facts.text,
        "choose_by": facts.choose_by.isoformat() if facts.choose_by else None,
        "grace_minutes": facts.grace_minutes,
        "resolution": _resolution_json(facts.resolution),
        "until": decision.until.isoformat() if decision.until else None,
        "run": decision.run,
        "page": f"{settings.urls['scheduling']}/scheduling/desk/decisions/{decision.id}",
        "history": [
            {
                "state": act.state.value,
                "by": act.by.words,
                "at": act.at.isoformat(),
                "revision": act.revision,
                "remark": act.remark,
            }
            for act in decision.history
        ],
    }


def _resolution_json(resolution: Resolution | None) -> dict[str, Any] | None:
    if resolution is None:
        return None
    names = ("text", "present", "votes_for", "votes_against", "seats")
    return {name: getattr(resolution, name) for name in names} | {"on": resolution.on.isoformat()}
