"""The life of a decision about a conference, whatever its kind: two people, a time to undo it, then it is carried out.

    drafted --figures seen--> previewed --> proposed --> approved --> armed --time to undo over--> running
       ^                                       |  ^                     |        --> settling <--> settled
       +-------------- edited -----------------+  returned              +--undone--> withdrawn
    until it is armed any of them may be withdrawn, and an edit makes a draft of it again, as the next revision

Owns what may follow what, and who may not be the second person. What an armed one waits for before its time to undo
begins is `arming`'s, what a kind does is its own (`commands.kind`), what comes back after a cancellation is
`disruption`'s; every refusal is in `refusals`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from services.scheduling.conferences.domain.resolution import Resolution
from services.scheduling.decisions.domain.refusals import (
    ApprovedFromProposersSession,
    ApprovedOwnProposal,
    DecisionNotApproved,
    DecisionNotPreviewed,
    DecisionNotProposed,
    DecisionOver,
    DecisionReadInAnotherRevision,
    DecisionUnderWay,
    UndoTooLate,
)
from services.scheduling.decisions.domain.stakes import Stakes
from shared.principals import Principal
from shared.sentences import Hour

GRACE_MINUTES = 30
GRACE_MINUTES_MAX = 24 * 60


class State(StrEnum):
    """How far a decision has come."""

    DRAFTED = "drafted"
    PREVIEWED = "previewed"  # its figures were seen as they are now
    PROPOSED = "proposed"  # a second person is asked
    RETURNED = "returned"  # the second person wants it otherwise
    APPROVED = "approved"
    ARMED = "armed"  # registration's gates are closed, and it can be undone
    RUNNING = "running"  # it can't be undone any more
    SETTLING = "settling"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


OPEN = (State.DRAFTED, State.PREVIEWED, State.PROPOSED, State.RETURNED, State.APPROVED)
DECIDED = (State.RUNNING, State.SETTLING, State.SETTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who does something to a decision, as others are told, and the session in which they are signed in."""

    id: str
    words: str
    session: str = ""  # empty for a key of the installation, which begins none

    @classmethod
    def of(cls, who: Principal, *, session: str) -> "Doer":
        """Who sends a request, and in which session."""
        return cls(id=who.actor, words=who.words, session=session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done to a decision: the state that it came to, by whom and when (business time)."""

    state: State
    by: Doer
    at: datetime
    revision: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is decided. The reason and the text are public; of the resolution, only its text and day."""

    reason: str
    text: str
    choose_by: date | None = None  # None where nobody has anything to choose
    grace_minutes: int = GRACE_MINUTES
    resolution: Resolution | None = None
    more: Mapping[str, Any] = field(default_factory=dict)  # what only its kind knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The registrations that the decision is about, once nobody can join them: how many, and which."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What two people agree on: the preview that they read, and the digest of what each service answered."""

    preview: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about one conference, from its draft to its end."""

    id: str
    conference: str
    kind: str
    facts: Facts
    correlation: str = ""
    state: State = State.DRAFTED
    revision: int = 1  # raised by every change of its facts
    seen: Stakes | None = None  # what it would have touched when its figures were seen
    proposer: Doer | None = None
    approver: Doer | None = None
    basis: Basis | None = None  # None before it is proposed, and of a kind that nobody can preview
    armed_at: datetime | None = None
    checked: str = ""  # the preview that was asked for behind closed gates
    drift: tuple[str, ...] = ()  # how that differs from what was approved, in words
    drifted_at: datetime | None = None  # since when somebody has to approve the difference
    until: datetime | None = None  # it can be undone before this instant; known once all have confirmed
    held: Held | None = None  # what registration found behind its closed gates
    run: str = ""  # what has followed it, under which the board is
    history: tuple[Act, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed: nothing has been set going."""
        return self.state in OPEN

    @property
    def binds(self) -> bool:
        """Whether it holds the conference, so that no other decision may begin."""
        return self.state in (State.ARMED, State.RUNNING)

    @property
    def is_waiting(self) -> bool:
        """Whether it is armed, and not all have confirmed that it is as it was approved."""
        return self.state is State.ARMED and self.until is None

    @property
    def has_drifted(self) -> bool:
        """Whether it waits for somebody to approve what has changed since it was approved."""
        return self.is_waiting and self.drifted_at is not None

    def can_be_undone(self, now: datetime) -> bool:
        """Whether it is armed and its time to undo is not over, or has not begun."""
        return self.state is State.ARMED and (self.until is None or now < self.until)

    def is_due(self, now: datetime) -> bool:
        """Whether it is armed and is to be carried out now."""
        return self.state is State.ARMED and not self.can_be_undone(now)


def draft(id_: str, *, conference: str, kind: str, facts: Facts, correlation: str, by: Doer, now: datetime) -> Decision:
    """A decision that nobody but the committee's desk knows of."""
    drafted = Decision(id=id_, conference=conference, kind=kind, facts=facts, correlation=correlation)
    return _come_to(drafted, State.DRAFTED, by=by, now=now)


def edit(decision: Decision, *, facts: Facts, revision: int, by: Doer, now: datetime) -> Decision:
    """Other facts make a draft of it again, whoever had approved them; the same facts change nothing."""
    _must_be_open(decision, undone="Nothing was changed.")
    if facts == decision.facts:
        return decision
    _must_be_revision(decision, revision, undone="Nothing of yours was saved; read it again, then make your changes.")
    edited = replace(
        decision, facts=facts, revision=decision.revision + 1, seen=None, basis=None, proposer=None, approver=None
    )
    return _come_to(edited, State.DRAFTED, by=by, now=now)


def preview(decision: Decision, *, revision: int, seen: Stakes, by: Doer, now: datetime) -> Decision:
    """Somebody has looked at what it would touch, and that is kept; who had approved other figures is asked anew."""
    _must_be_open(decision, undone="Nothing was changed.")
    _must_be_revision(decision, revision, undone="Nothing was changed; read it again.")
    if decision.seen == seen and decision.state in (State.PREVIEWED, State.PROPOSED, State.APPROVED):
        return decision
    return _come_to(replace(decision, seen=seen, proposer=None, approver=None), State.PREVIEWED, by=by, now=now)


def must_be_proposable(decision: Decision, *, revision: int) -> None:
    """Refused where nobody may be asked for it, or for what its proposer has read."""
    _must_be_open(decision, undone="Nothing was proposed.")
    _must_be_revision(decision, revision, undone="Nothing was proposed; read it again first.")


def propose(decision: Decision, *, revision: int, by: Doer, now: datetime, basis: Basis | None = None) -> Decision:
    """Ask a second person for it, as `basis` says it; asked twice for the same by the same one nothing changes."""
    must_be_proposable(decision, revision=revision)
    is_asked = decision.state is State.PROPOSED
    if is_asked and decision.basis == basis and decision.proposer and decision.proposer.id == by.id:
        return decision
    if decision.state is not State.PREVIEWED and (not is_asked or decision.basis == basis):
        raise DecisionNotPreviewed
    return _come_to(replace(decision, basis=basis, proposer=by), State.PROPOSED, by=by, now=now)


def approve(decision: Decision, *, revision: int, by: Doer, now: datetime) -> Decision:
    """The second person agrees to exactly what they have read."""
    _must_be_second(_must_be_proposed(decision, revision, undone="Nothing was approved."), by)
    return _come_to(replace(decision, approver=by), State.APPROVED, by=by, now=now)


def approve_drift(decision: Decision, *, revision: int, basis: Basis, by: Doer, now: datetime) -> Decision:
    """The second person agrees to what has changed since it was approved, and the time to undo it begins.

    `basis` is what is there behind closed gates.
    """
    _must_be_revision(decision, revision, undone="Nothing was approved. Read it as it is now.")
    assert decision.has_drifted
    assert decision.proposer is not None
    _must_be_second(decision.proposer, by)
    act = Act(state=State.APPROVED, by=by, at=now, revision=decision.revision, remark="; ".join(decision.drift))
    return begin_grace(replace(decision, basis=basis, approver=by, history=(*decision.history, act)), now=now)


def send_back(decision: Decision, *, revision: int, remark: str, by: Doer, now: datetime) -> Decision:
    """The second person wants it otherwise, and says how."""
    _must_be_proposed(decision, revision, undone="Nothing was returned.")
    return _come_to(decision, State.RETURNED, by=by, now=now, remark=remark)


def arm(decision: Decision, *, revision: int, by: Doer, now: datetime) -> Decision:
    """Close registration's gates; the time to undo it begins once all have confirmed that it is as it was approved."""
    _must_be_open(decision, undone="Nothing was begun.")
    _must_be_revision(decision, revision, undone="Nothing was begun; read it again, and have that approved.")
    if decision.state is not State.APPROVED:
        raise DecisionNotApproved
    return _come_to(replace(decision, armed_at=now), State.ARMED, by=by, now=now)


def begin_grace(decision: Decision, *, now: datetime) -> Decision:
    """All have confirmed it: from now on it can be undone for as long as it says."""
    return replace(decision, until=now + timedelta(minutes=decision.facts.grace_minutes))


def withdraw(decision: Decision, *, zone: str, by: Doer, now: datetime) -> Decision:
    """It is not carried out: given up, or undone while there is time; asked twice nothing changes.

    `zone` is the conference's, in which a refusal tells the time.
    """
    if decision.state is State.WITHDRAWN:
        return decision
    if decision.state in DECIDED or (decision.state is State.ARMED and not decision.can_be_undone(now)):
        assert decision.until is not None
        raise UndoTooLate(until=Hour(decision.until, zone))
    return _come_to(decision, State.WITHDRAWN, by=by, now=now)


def give_up(decision: Decision, *, by: Doer, now: datetime, remark: str) -> Decision:
    """It was to be carried out, and can't be any more: the end of the time to undo it changes nothing."""
    return _come_to(decision, State.WITHDRAWN, by=by, now=now, remark=remark)


def carry_out(decision: Decision, *, run: str, by: Doer, now: datetime) -> Decision:
    """The time to undo it is over: what follows can't be called back."""
    assert decision.is_due(now)
    return _come_to(replace(decision, run=run), State.RUNNING, by=by, now=now)


def gates_closed(decision: Decision, *, count: int, digest: str) -> Decision:
    """Registration has closed its gates, and says who is there."""
    return replace(decision, held=Held(count=count, digest=digest))


def followed(decision: Decision, *, state: State) -> Decision:
    """What follows it has come so far; nobody did that by their hand."""
    return replace(decision, state=state) if decision.state in DECIDED else decision


def _must_be_open(decision: Decision, *, undone: str) -> None:
    if decision.state is State.WITHDRAWN:
        raise DecisionOver(undone=undone)
    if not decision.is_open:
        raise DecisionUnderWay(undone=undone)


def _must_be_second(proposer: Doer, by: Doer) -> None:
    if by.id == proposer.id:
        raise ApprovedOwnProposal(proposer=proposer.words)
    if by.session and by.session == proposer.session:
        raise ApprovedFromProposersSession(proposer=proposer.words)


def _must_be_revision(decision: Decision, revision: int, *, undone: str) -> None:
    if revision != decision.revision:
        raise DecisionReadInAnotherRevision(read=revision, revision=decision.revision, undone=undone)


def _must_be_proposed(decision: Decision, revision: int, *, undone: str) -> Doer:
    _must_be_open(decision, undone=undone)
    _must_be_revision(decision, revision, undone=f"{undone} Read it as it is now.")
    if decision.state is not State.PROPOSED or decision.proposer is None:
        raise DecisionNotProposed(undone=undone)
    return decision.proposer


def _come_to(decision: Decision, state: State, *, by: Doer, now: datetime, remark: str = "") -> Decision:
    act = Act(state=state, by=by, at=now, revision=decision.revision, remark=remark)
    return replace(decision, state=state, history=(*decision.history, act))
