"""How the call, its proposals and withdrawals are written as JSON, and the shapes that are documented for it."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from services.scheduling.call.domain.call import Call
from services.scheduling.call.domain.proposals import Opinion, Proposal, Review
from services.scheduling.call.domain.speaking import Withdrawal
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain.programme import Session

_INSTANT = {"format": "date-time"}
_DAY = {"format": "date"}


class CallAnswer(Schema):
    """A call for sessions."""

    conference = fields.String()
    standing = fields.String(metadata={"enum": ["not_yet", "open", "closed"]})
    opens = fields.String(metadata=_DAY)
    closes = fields.String(metadata=_DAY)
    decided_by = fields.String(allow_none=True, metadata=_DAY)
    confirm_days = fields.Integer()
    kinds = fields.List(fields.String())
    tracks = fields.List(fields.String())
    lengths = fields.List(fields.Integer())
    intro = fields.String()
    proposal_count = fields.Integer()
    revision = fields.Integer()


class OpinionAnswer(Schema):
    """What somebody thought at one time."""

    score = fields.Integer()
    comment = fields.String()
    at = fields.String(metadata=_INSTANT)


class ReviewAnswer(OpinionAnswer):
    """One reviewer's opinion."""

    reviewer = fields.String()
    earlier = fields.List(fields.Nested(OpinionAnswer))


class ToldAnswer(Schema):
    """What the committee has told a proposer."""

    is_accepted = fields.Boolean()
    remark = fields.String()
    at = fields.String(metadata=_INSTANT)
    confirm_by = fields.String(allow_none=True, metadata=_DAY)


class ProposalAnswer(Schema):
    """A proposal under review; everything else of it is in its session."""

    session = fields.String()
    code = fields.String(metadata={"description": "As it was proposed; the session has another once it is accepted."})
    proposer = fields.String()
    proposed_at = fields.String(metadata=_INSTANT)
    note = fields.String()
    average_tenths = fields.Integer(allow_none=True)
    reviews = fields.List(fields.Nested(ReviewAnswer))
    decisions = fields.List(fields.Nested(ToldAnswer))


class ListedProposalAnswer(ProposalAnswer):
    """A proposal with what one wants to see of its session in a list."""

    session_code = fields.String()
    title = fields.String()
    kind = fields.String()
    track = fields.String()
    minutes = fields.Integer()
    editorial = fields.String()


class ProposalsAnswer(Schema):
    """Everything that was proposed for a conference."""

    items = fields.List(fields.Nested(ListedProposalAnswer))


class WithdrawalAnswer(Schema):
    """Somebody has left a session."""

    id = fields.String()
    session = fields.String()
    person = fields.String()
    withdrawn_at = fields.String(metadata=_INSTANT)
    is_complimentary = fields.Boolean()
    coming = fields.String()
    outcome = fields.String()
    settled_at = fields.String(allow_none=True, metadata=_INSTANT)


class WithdrawalsAnswer(Schema):
    """What the committee has still to decide."""

    items = fields.List(fields.Nested(WithdrawalAnswer))


def call_json(call: Call, conference: Conference, *, now: datetime) -> dict[str, Any]:
    """A call for sessions."""
    terms = call.terms
    return {
        "conference": call.conference,
        "standing": call.standing_at(conference, now).value,
        "opens": terms.opens.isoformat(),
        "closes": terms.closes.isoformat(),
        "decided_by": terms.decided_by.isoformat() if terms.decided_by else None,
        "confirm_days": terms.confirm_days,
        "kinds": [each.value for each in terms.kinds],
        "tracks": list(terms.tracks),
        "lengths": list(terms.lengths),
        "intro": terms.intro,
        "proposal_count": call.proposal_count,
        "revision": call.revision,
    }


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    """A proposal under review."""
    return {
        "session": proposal.id,
        "code": proposal.code,
        "proposer": proposal.proposer,
        "proposed_at": proposal.proposed_at.isoformat(),
        "note": proposal.note,
        "average_tenths": proposal.average_tenths,
        "reviews": [_review_json(each) for each in proposal.reviews],
        "decisions": [
            {
                "is_accepted": each.is_accepted,
                "remark": each.remark,
                "at": each.at.isoformat(),
                "confirm_by": each.confirm_by.isoformat() if each.confirm_by else None,
            }
            for each in proposal.decisions
        ],
    }


def listed_json(proposal: Proposal, session: Session) -> dict[str, Any]:
    """A proposal in a list."""
    return proposal_json(proposal) | {
        "session_code": session.code,
        "title": session.title,
        "kind": session.kind.value,
        "track": session.track,
        "minutes": session.minutes,
        "editorial": session.editorial.value,
    }


def withdrawal_json(withdrawal: Withdrawal) -> dict[str, Any]:
    """Somebody has left a session."""
    return {
        "id": withdrawal.id,
        "session": withdrawal.session,
        "person": withdrawal.person,
        "withdrawn_at": withdrawal.withdrawn_at.isoformat(),
        "is_complimentary": withdrawal.is_complimentary,
        "coming": withdrawal.coming.value,
        "outcome": withdrawal.outcome,
        "settled_at": withdrawal.settled_at.isoformat() if withdrawal.settled_at else None,
    }


def _review_json(review: Review) -> dict[str, Any]:
    earlier = [_opinion_json(each) for each in review.earlier]
    return {"reviewer": review.reviewer, "earlier": earlier} | _opinion_json(review.opinion)


def _opinion_json(opinion: Opinion) -> dict[str, Any]:
    return {"score": opinion.score, "comment": opinion.comment, "at": opinion.at.isoformat()}
