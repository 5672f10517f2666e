"""The shapes of decisions over HTTP: what is asked of one, and how it is written as JSON."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from services.scheduling.conferences.domain.resolution import SEATS, Resolution
from services.scheduling.conferences.schemas import Day, Request, Text
from services.scheduling.decisions.domain.decision import GRACE_MINUTES, GRACE_MINUTES_MAX, Decision, Facts, State
from shared.settings import Settings

COUNT_MAX = 10_000
_VOTE = ("on", "present", "votes_for", "votes_against", "seats")
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


class ApproveRequest(RevisionRequest):
    """What the second person agrees to."""

    preview = Text(
        load_default="",
        length_max=40,
        metadata={
            "description": "What its reader has seen; has to be said once it is begun and something has changed."
        },
    )


class ReturnRequest(RevisionRequest):
    """What should be otherwise."""

    remark = Text(required=True, length_max=1000, lines=True)


class RemarkForm(Request):
    """What should be otherwise, by a form."""

    remark = Text(required=True, length_max=1000, lines=True)


def _typed_members() -> fields.Integer:
    told = f"A number from 0 to {COUNT_MAX:,}, please."
    return fields.Integer(
        load_default=None, validate=validate.Range(0, COUNT_MAX, error=told), error_messages={"invalid": told}
    )


class DecisionForm(Request):
    """A decision as a form has it; of the board's vote all or nothing is filled in."""

    reason = Text(required=True, length_max=500)
    decision = Text(required=True, length_max=5000, lines=True)
    choose_by = Day(required=True)
    grace_minutes = fields.Integer(
        load_default=GRACE_MINUTES,
        validate=validate.Range(0, GRACE_MINUTES_MAX, error=_GRACE),
        error_messages={"invalid": _GRACE},
    )
    on = Day(load_default=None)
    present = _typed_members()
    votes_for = _typed_members()
    votes_against = _typed_members()
    seats = _typed_members()

    @pre_load
    def leave_out_what_is_empty(self, sent: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """An empty field of the vote says nothing."""
        return {name: value for name, value in sent.items() if name not in _VOTE or str(value).strip()}

    @validates_schema
    def must_be_a_whole_vote(self, asked: Mapping[str, Any], **_: Any) -> None:
        """A vote of which something is filled in is filled in."""
        missing = [name for name in _VOTE[:-1] if asked.get(name) is None]
        if missing and any(asked.get(name) is not None for name in _VOTE):
            told = "Please fill this in too, or leave the whole vote empty."
            raise ValidationError({name: [told] for name in missing})


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
    until = fields.String(
        allow_none=True,
        metadata={"format": "date-time", "description": "It can be undone before; null until all have confirmed it."},
    )
    preview = fields.String(metadata={"description": "What is approved, or is to be; empty before it is proposed."})
    changes = fields.List(
        fields.String(), metadata={"description": "Once it is begun: what has changed since it was approved, in words."}
    )
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


def facts_of_form(asked: Mapping[str, Any]) -> Facts:
    """What was typed, as the facts of a decision; the text of a board's resolution is that of the decision."""
    vote = {name: asked[name] for name in _VOTE if asked[name] is not None}
    return Facts(
        reason=asked["reason"],
        text=asked["decision"],
        choose_by=asked["choose_by"],
        grace_minutes=asked["grace_minutes"],
        resolution=Resolution(text=asked["decision"], **vote) if vote else None,
    )


def form_values(decision: Decision) -> dict[str, str]:
    """A decision as its form begins."""
    facts, vote = decision.facts, decision.facts.resolution
    values = {
        "reason": facts.reason,
        "decision": facts.text,
        "choose_by": facts.choose_by.isoformat() if facts.choose_by else "",
        "grace_minutes": str(facts.grace_minutes),
        "revision": str(decision.revision),
    }
    return values | ({name: str(getattr(vote, name)) for name in _VOTE} if vote else {})


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
        "preview": decision.checked if decision.has_drifted else decision.basis.preview if decision.basis else "",
        "changes": list(decision.drift),
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
