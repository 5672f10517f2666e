"""A proposal under review: scores and comments, the decision, and who is told of it.

A decision is told at once and can't be taken back; it can be followed by another, which is told as well. A proposal
that was declined may be accepted later; one that was accepted may be declined while nobody has confirmed, and accepted
anew when nobody confirmed in time.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.scheduling.programme.domain.programme import Editorial, Session, edited
from services.scheduling.programme.domain.wording import day_in_words
from shared.change import Change
from shared.clock import end_of_day
from shared.contracts.scheduling import ProposalDecided, ProposalReceived
from shared.problem import NotFound, Refusal

SCORE_MIN, SCORE_MAX = 1, 5
REVIEWS_MAX = 50
OPINIONS_KEPT_MAX = 20
PROPOSER = "the proposer"
DECIDABLE = (Editorial.PROPOSED, Editorial.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a reviewer thought of a proposal at one time."""

    score: int
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One reviewer's opinion; what it was before stays."""

    reviewer: str
    opinion: Opinion
    earlier: tuple[Opinion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the committee has told a proposer."""

    is_accepted: bool
    remark: str
    by: str
    at: datetime
    confirm_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the call knows of a session that was proposed; its id is the session's."""

    id: str
    conference: str
    code: str  # such as P-001; the session has another once it is accepted
    proposer: str
    persons: tuple[str, ...]  # who was to be on stage when it was proposed, the proposer first
    proposed_at: datetime
    note: str = ""  # when they can come, what else they need
    reviews: tuple[Review, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def decision(self) -> Decision | None:
        """The last word of the committee."""
        return self.decisions[-1] if self.decisions else None

    @property
    def average_tenths(self) -> int | None:
        """The average score in tenths, rounded half up; None without a review."""
        count = len(self.reviews)
        return (sum(each.opinion.score for each in self.reviews) * 20 + count) // (2 * count) if count else None

    @property
    def confirm_by(self) -> date | None:
        """The last day for confirming, of one that is accepted."""
        return self.decision.confirm_by if self.decision and self.decision.is_accepted else None


@dataclass(frozen=True, slots=True)
class Decided:
    """A proposal and its session after a decision, and who is told."""

    proposal: Proposal
    session: Change[Session]


class ProposalUnknown(NotFound):
    """There is no such proposal."""


class ProposalWithdrawn(Refusal):
    """Who proposed it has taken it back."""

    title = "The proposal was taken back"


class DecidedAlready(Refusal):
    """The committee has told the proposer the same, or something that binds it."""

    title = "It is decided already"


class TooManyReviews(Refusal):
    """A committee that large is a mistake."""

    title = "There are too many reviews"


def proposal_code(number: int) -> str:
    """`P-001`, the first of a conference."""
    return f"P-{number:03}"


def propose(session: Session, *, proposer: str, decided_by: date | None, now: datetime) -> Change[Session]:
    """A new proposal: its proposer is told that it has come. Who else is on stage hears of it when it is accepted."""
    received = ProposalReceived(
        session=session.id,
        conference=session.conference,
        person=proposer,
        title=session.title,
        decided_by=decided_by,
    )
    return Change(edited(session, by=PROPOSER, now=now, what="it was proposed"), (received,))


def reviewed(
    proposal: Proposal, session: Session, *, reviewer: str, score: int, comment: str, now: datetime
) -> Proposal:
    """The proposal with this reviewer's opinion; their earlier one is kept behind it."""
    if session.editorial not in DECIDABLE:
        raise DecidedAlready(
            f"{proposal.code} is {_state(session)} and is not reviewed any more. Your opinion was not saved."
        )
    opinion = Opinion(score=score, comment=comment, at=now)
    known = {each.reviewer.casefold(): each for each in proposal.reviews}
    before = known.get(reviewer.casefold())
    if before is None and len(known) >= REVIEWS_MAX:
        raise TooManyReviews(f"{proposal.code} has {REVIEWS_MAX} reviews already. Yours was not saved.")
    if before is not None and (before.opinion.score, before.opinion.comment) == (score, comment):
        return proposal
    earlier = (*before.earlier, before.opinion)[-OPINIONS_KEPT_MAX:] if before else ()
    known[reviewer.casefold()] = Review(
        reviewer=before.reviewer if before else reviewer, opinion=opinion, earlier=earlier
    )
    return replace(proposal, reviews=tuple(known.values()))


def accept(
    proposal: Proposal, session: Session, *, code: str, remark: str, confirm_by: date, zone: str, by: str, now: datetime
) -> Decided:
    """The session is wanted, under its final code: everybody on its stage is asked to confirm by the end of a day."""
    _must_not_be_withdrawn(proposal, session)
    if session.editorial is Editorial.CONFIRMED or any(each.is_confirmed for each in session.cast):
        raise DecidedAlready(
            f"{session.code} is accepted and confirmed. Nothing was changed and nobody was told again."
        )
    until = proposal.confirm_by
    if session.editorial is Editorial.ACCEPTED and until and now < end_of_day(until, zone):
        raise DecidedAlready(
            f"{session.code} is accepted, and its speakers have until the end of {day_in_words(until)} to confirm. "
            "Nothing was changed and nobody was told again."
        )
    decision = Decision(is_accepted=True, remark=remark, by=by, at=now, confirm_by=confirm_by)
    accepted = edited(session, by=by, now=now, what="it is accepted", editorial=Editorial.ACCEPTED, code=code)
    said = _told(accepted, decision, persons=session.speakers, until=end_of_day(confirm_by, zone))
    return Decided(replace(proposal, decisions=(*proposal.decisions, decision)), Change(accepted, said))


def decline(proposal: Proposal, session: Session, *, remark: str, by: str, now: datetime) -> Decided:
    """The session is not wanted this time: its proposer is told, and who else was told that it was."""
    _must_not_be_withdrawn(proposal, session)
    if session.editorial is Editorial.REJECTED:
        raise DecidedAlready(f"{proposal.code} is declined already. Nothing was changed and nobody was told again.")
    if session.editorial is Editorial.CONFIRMED or any(each.is_confirmed for each in session.cast):
        raise DecidedAlready(
            f"A speaker of {session.code} has confirmed. It was not declined; cancel the session in the draft instead."
        )
    persons = session.speakers
    if session.editorial is Editorial.PROPOSED and proposal.proposer in persons:
        persons = (proposal.proposer,)
    decision = Decision(is_accepted=False, remark=remark, by=by, at=now)
    declined = edited(session, by=by, now=now, what="it is declined", editorial=Editorial.REJECTED)
    said = _told(declined, decision, persons=persons, until=None)
    return Decided(replace(proposal, decisions=(*proposal.decisions, decision)), Change(declined, said))


def may_be_accepted(proposal: Proposal, session: Session, *, zone: str, now: datetime) -> bool:
    """Whether the committee may still say yes."""
    if session.editorial in DECIDABLE:
        return True
    until = proposal.confirm_by
    is_late = until is not None and now >= end_of_day(until, zone)
    return session.editorial is Editorial.ACCEPTED and is_late and not any(each.is_confirmed for each in session.cast)


def may_be_declined(session: Session) -> bool:
    """Whether the committee may still say no."""
    is_open = session.editorial in (Editorial.PROPOSED, Editorial.ACCEPTED)
    return is_open and not any(each.is_confirmed for each in session.cast)


def _must_not_be_withdrawn(proposal: Proposal, session: Session) -> None:
    if session.editorial is Editorial.WITHDRAWN:
        raise ProposalWithdrawn(f"{proposal.code} was taken back by who proposed it. Nothing was decided.")


def _told(
    session: Session, decision: Decision, *, persons: tuple[str, ...], until: datetime | None
) -> tuple[ProposalDecided, ...]:
    return tuple(
        ProposalDecided(
            session=session.id,
            conference=session.conference,
            person=each,
            title=session.title,
            is_accepted=decision.is_accepted,
            confirm_until=until,
            remark=decision.remark,
        )
        for each in persons
    )


def _state(session: Session) -> str:
    return "taken back" if session.editorial is Editorial.WITHDRAWN else "decided"
