"""Disruptions: a decision, and what has come back after it, until nothing is missing.

Complete is a set equality and never a counter: the registrants told, and the registrations settled, are compared with
the count and digest of the registrations that ended. The counters are for people who look at the board meanwhile.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.scheduling.conferences.domain.conference import Cancellation, Conference, Postponement
from services.scheduling.decisions.domain.stakes import Stakes
from shared.contracts.payments import RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.contracts.registration import RegistrationRunClosed, RunLeaversClosed, RunPopulationClosed
from shared.problem import NotFound

CANCELLED, POSTPONED = "conference_cancelled", "conference_postponed"
MESSAGE_PURPOSES = (CANCELLED, POSTPONED)  # the one message of each decision; receipts don't count as told


class RunUnknown(NotFound):
    """There is no such decision."""


class State(StrEnum):
    """How far a decision has come: registrations are ending, money and messages are under way, nothing is missing."""

    RUNNING = "running"
    SETTLING = "settling"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """Somebody at registration's desk has held the run up or stopped it: who, by id, and when (business time)."""

    mode: str  # paused | stopped
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """How far payments says it has come with the money."""

    worked_out_count: int = 0
    settled_count: int = 0
    refund_open_count: int = 0
    refund_settled_count: int = 0
    refunds_payable_minor: int = 0
    balance_short_minor: int = 0
    choice_open_minor: int = 0  # was paid, and nobody has said yet what happens with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where every cent went, for exactly these registrations."""

    revision: int
    count: int
    digest: str
    refunded_minor: int
    credited_minor: int
    donated_minor: int
    kept_minor: int
    voided_minor: int
    released_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """The record of one decision to cancel or to postpone, and of what has come back.

    A cancellation closes once: all who are there have ended. A postponement closes twice: all who are there were asked,
    and when choices are final, so many have left. Told are all who are there, settled is who has ended.
    """

    id: str  # the run
    conference: str
    currency: str
    zone: str
    decided_at: datetime
    cancellation: Cancellation | None = None
    postponement: Postponement | None = None  # in place of a cancellation
    expected: Stakes  # as the committee saw it before deciding
    state: State = State.RUNNING
    ended_count: int = 0
    closed_count: int | None = None  # known once registration has ended all of them, or asked them
    closed_digest: str = ""
    left_count: int | None = None  # of a postponement: who has left by it, known once choices are final
    left_digest: str = ""
    told_count: int = 0
    letter_count: int = 0
    bounced_count: int = 0
    told_digest: str = ""  # of the registrations told, when they were last compared
    money: Money = field(default_factory=Money)
    outcome: Outcome | None = None
    reopened_because: str = ""
    steered: Steered | None = None  # while registration's run doesn't go on
    decision: str = ""  # whose two people are known; empty of what one person had decided

    @property
    def decided(self) -> Cancellation | Postponement:
        """What was decided, as everyone may read it."""
        decided = self.postponement or self.cancellation
        assert decided is not None
        return decided

    @property
    def is_postponement(self) -> bool:
        """Whether registrations go on, but for those whose payers choose to leave."""
        return self.postponement is not None

    @property
    def to_settle(self) -> tuple[int, str] | None:
        """Whose money has to be settled: how many, and which; None while that isn't known."""
        count, digest = (
            (self.left_count, self.left_digest) if self.is_postponement else (self.closed_count, self.closed_digest)
        )
        return None if count is None else (count, digest)

    @property
    def is_closed(self) -> bool:
        """Whether every registration has ended, or was asked."""
        return self.closed_count is not None

    @property
    def is_everyone_told(self) -> bool:
        """Whether the registrants told are exactly those whom it is about."""
        return self.is_closed and self.told_digest == self.closed_digest

    @property
    def is_money_settled(self) -> bool:
        """Whether every cent is settled for exactly the registrations that ended; without any there is no money."""
        if self.to_settle is None:
            return False
        if self.to_settle[0] == 0:
            return True
        return self.outcome is not None and (self.outcome.count, self.outcome.digest) == self.to_settle

    @property
    def must_compare(self) -> bool:
        """Whether enough have been told to compare the two sets; before that they can't be equal."""
        return self.closed_count is not None and self.told_count >= self.closed_count and not self.is_everyone_told

    @property
    def registration_count(self) -> int:
        """How many registrations it concerns: as closed, or before that the best that is known."""
        if self.closed_count is not None:
            return self.closed_count
        return max(self.ended_count, self.expected.whole.registration_count)

    @property
    def refund_count(self) -> int:
        """How many refunds there are so far."""
        return self.money.refund_open_count + self.money.refund_settled_count


TOLD = ("mail", "letter", "otherwise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing that came back about one registration: that it `ended`, or how its registrant was `told`."""

    id: str
    how: str  # ended; one of `TOLD`, or bounced

    @property
    def is_told(self) -> bool:
        """Whether a carrier took the message, or a person told it."""
        return self.how in TOLD


def ended_id(run: str, registration: str) -> str:
    """The id of the report that a registration has ended."""
    return f"{run}:ended:{registration}"


def told_id(run: str, registration: str) -> str:
    """The id of the report how a registrant was told."""
    return f"{run}:told:{registration}"


def begin(conference: Conference, *, stakes: Stakes, decision: str = "", now: datetime) -> Disruption:
    """The record of a cancellation or a postponement that was just decided."""
    is_postponed = conference.is_postponed
    decided = conference.postponement if is_postponed else conference.cancellation
    assert decided is not None
    return Disruption(
        id=decided.run,
        conference=conference.id,
        currency=conference.currency,
        zone=conference.zone,
        decided_at=now,
        cancellation=None if is_postponed else conference.cancellation,
        postponement=conference.postponement if is_postponed else None,
        expected=stakes,
        decision=decision,
    )


def _judged(disruption: Disruption) -> Disruption:
    """The state that follows from what is known; what is settled may have to be settled again."""
    if disruption.is_everyone_told and disruption.is_money_settled:
        state = State.SETTLED
    else:
        state = State.SETTLING if disruption.is_closed else State.RUNNING
    return disruption if state is disruption.state else replace(disruption, state=state)


def one_ended(disruption: Disruption) -> Disruption:
    """One more registration has ended."""
    return replace(disruption, ended_count=disruption.ended_count + 1)


def closed(disruption: Disruption, said: RegistrationRunClosed | RunPopulationClosed) -> Disruption:
    """Registration has ended all of them, or asked them: so many, and exactly these."""
    return _judged(replace(disruption, closed_count=said.count, closed_digest=said.digest))


def left(disruption: Disruption, said: RunLeaversClosed) -> Disruption:
    """The choices are final: so many have left, and exactly these."""
    return _judged(replace(disruption, left_count=said.count, left_digest=said.digest))


def steered(disruption: Disruption, *, mode: str, by: str, at: datetime) -> Disruption:
    """Registration's run was held up, or goes on."""
    return replace(disruption, steered=None if mode == "running" else Steered(mode=mode, by=by, at=at))


def heard(disruption: Disruption, *, before: Report | None, after: Report) -> Disruption:
    """One registrant was told, or a message came back; who was told stays told."""
    if before is not None and (before.is_told or before == after):
        return disruption
    if not after.is_told:
        return replace(disruption, bounced_count=disruption.bounced_count + 1)
    has_bounced = before is not None
    return replace(
        disruption,
        told_count=disruption.told_count + 1,
        letter_count=disruption.letter_count + (after.how == "letter"),
        bounced_count=disruption.bounced_count - has_bounced,
    )


def compared(disruption: Disruption, *, told_count: int, told_digest: str) -> Disruption:
    """The registrants told were gathered and counted; refused silently if more have been told since."""
    if told_count != disruption.told_count:
        return disruption
    return _judged(replace(disruption, told_digest=told_digest))


def advanced(disruption: Disruption, said: RefundRunAdvanced) -> Disruption:
    """Payments has come so far."""
    money = Money(
        worked_out_count=said.worked_out_count,
        settled_count=said.ended_count,
        refund_open_count=said.refund_open_count,
        refund_settled_count=said.refund_settled_count,
        refunds_payable_minor=said.refunds_payable_minor,
        balance_short_minor=said.balance_short_minor,
        choice_open_minor=said.choice_open_minor,
    )
    return replace(disruption, money=money)


def settled(disruption: Disruption, said: RefundRunCompleted) -> Disruption:
    """Payments has settled every cent of the registrations that it names by count and digest."""
    outcome = Outcome(
        revision=said.revision,
        count=said.count,
        digest=said.digest,
        refunded_minor=said.refunded_minor,
        credited_minor=said.credited_minor,
        donated_minor=said.donated_minor,
        kept_minor=said.kept_minor,
        voided_minor=said.voided_minor,
        released_minor=said.released_minor,
    )
    money = Money(
        worked_out_count=said.count,
        settled_count=said.count,
        refund_settled_count=disruption.refund_count,
    )
    return _judged(replace(disruption, outcome=outcome, money=money, reopened_because=""))


def reopened(disruption: Disruption, said: RefundRunReopened) -> Disruption:
    """A refund came back or money came late: what had settled is settling again."""
    return _judged(replace(disruption, outcome=None, reopened_because=said.reason))
