"""Owns a refund run: all the money of one cancelled conference, counted until every cent of it is settled.

A run is complete by the equality of two sets, never by a counter: its own registrations against the ones that
registration has closed. Leaves the counting itself to the database.
"""

from dataclasses import dataclass, field, replace

from shared.change import Change
from shared.contracts.payments import RefundRunAdvanced, RefundRunCompleted, RefundRunReopened
from shared.contracts.registration import RegistrationRunClosed, RunLeaversClosed
from shared.problem import NotFound

SETTLING, SETTLED = "settling", "settled"


class RunUnknown(NotFound):
    """There is no such refund run (yet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How far a run has come; sums in minor units of its currency."""

    worked_out_count: int = 0
    ended_count: int = 0
    refund_open_count: int = 0
    refund_settled_count: int = 0
    refunds_payable_minor: int = 0
    refunded_minor: int = 0
    credited_minor: int = 0
    donated_minor: int = 0
    kept_minor: int = 0
    voided_minor: int = 0
    released_minor: int = 0
    balance_short_minor: int = 0
    choice_open_count: int = 0  # whose payer has not said yet what happens with it
    choice_open_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The refund run of one cancelled conference."""

    id: str
    conference: str
    currency: str = ""  # not known before the first order
    state: str = SETTLING
    revision: int = 1
    count_expected: int | None = None
    digest: str | None = None
    figures: Figures = field(default_factory=Figures)
    reopened_for: str = ""
    reopen_count: int = 0

    @property
    def may_be_complete(self) -> bool:
        """Whether the counts agree, so that it is worth comparing the sets."""
        figures = self.figures
        return (
            self.state == SETTLING
            and self.currency != ""
            and self.count_expected is not None
            and figures.worked_out_count == figures.ended_count == self.count_expected
            and figures.refund_open_count == 0
            and figures.refunds_payable_minor == 0
        )


def expect(run: Run, closed: RegistrationRunClosed | RunLeaversClosed) -> Run:
    """Registration has ended the last one: these and no others must be settled."""
    return replace(run, count_expected=closed.count, digest=closed.digest)


def advance(run: Run, *, figures: Figures, currency: str) -> Change[Run]:
    """The run has come this far; said only if something has changed."""
    if figures == run.figures and currency == run.currency:
        return Change(run)
    advanced = RefundRunAdvanced(
        run=run.id,
        conference=run.conference,
        worked_out_count=figures.worked_out_count,
        ended_count=figures.ended_count,
        refund_open_count=figures.refund_open_count,
        refund_settled_count=figures.refund_settled_count,
        refunds_payable_minor=figures.refunds_payable_minor,
        currency=currency,
        balance_short_minor=figures.balance_short_minor,
        choice_open_minor=figures.choice_open_minor,
    )
    return Change(replace(run, figures=figures, currency=currency), (advanced,))


def complete(run: Run, *, digest: str, owed_back_minor: int, open_count: int) -> Change[Run]:
    """All is settled, if these are exactly the closed registrations, nothing is owed back and no refund is open."""
    if not run.may_be_complete or digest != run.digest or owed_back_minor or open_count:
        return Change(run)
    figures = run.figures
    completed = RefundRunCompleted(
        run=run.id,
        conference=run.conference,
        revision=run.revision,
        count=figures.ended_count,
        digest=digest,
        currency=run.currency,
        refunded_minor=figures.refunded_minor,
        credited_minor=figures.credited_minor,
        donated_minor=figures.donated_minor,
        kept_minor=figures.kept_minor,
        voided_minor=figures.voided_minor,
        released_minor=figures.released_minor,
    )
    return Change(replace(run, state=SETTLED), (completed,))


def reopen(run: Run, *, reason: str) -> Change[Run]:
    """Money came back or came late. A run that had settled is settling again, in its next revision.

    A run that is still settling is changed as well: completing it at the same moment must not overlook this.
    """
    disturbed = replace(run, reopen_count=run.reopen_count + 1, reopened_for=reason)
    if run.state != SETTLED:
        return Change(disturbed)
    again = replace(disturbed, state=SETTLING, revision=run.revision + 1)
    reopened = RefundRunReopened(run=run.id, conference=run.conference, revision=again.revision, reason=reason)
    return Change(again, (reopened,))
