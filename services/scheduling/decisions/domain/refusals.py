"""What can't be done with a decision, each in a sentence: what happened, what did not, and what next."""

from typing import ClassVar

from services.scheduling.conferences.domain.conference import FieldRefused
from shared.problem import NotFound, Refusal


class DecisionUnknown(NotFound):
    """There is no such decision."""


class KindUnknown(FieldRefused):
    """Nothing of that kind can be decided."""


class DecisionUnderWay(Refusal):
    """What was armed is changed no more."""

    title = "The decision is under way"
    sentence = (
        "This decision has been set going, so it stays as it is. %(undone)s If it is wrong, undo it while there is "
        "time, and make another one."
    )


class DecisionOver(Refusal):
    """It was withdrawn, which is its end."""

    title = "The decision was withdrawn"
    sentence = "This decision was withdrawn, and that is its end. %(undone)s Draft another one if you need it."


class DecisionReadInAnotherRevision(Refusal):
    """It was changed after it was read; nobody agrees to what they have not seen."""

    status: ClassVar[int] = 412
    title = "Somebody changed this meanwhile"
    sentence = "You read revision %(read)s of this decision, and it is at revision %(revision)s now. %(undone)s"


class DecisionNotPreviewed(Refusal):
    """Nobody has looked at what this revision would touch."""

    title = "Look at the figures first"
    sentence = (
        "Nobody has looked at what this decision would do as it stands now. Nothing was proposed; look at the figures, "
        "then propose it."
    )


class PreviewIncomplete(Refusal):
    """Not every service has said what it would do."""

    title = "Not all of it is worked out"
    sentence = (
        "What this decision would do is not all worked out yet: there is no answer from %(missing)s. %(undone)s Wait "
        "until all of it is on its page, and read it; then do this again."
    )


class PreviewOvertaken(Refusal):
    """What was proposed is not what would happen now."""

    title = "Something has changed since this was proposed"
    sentence = (
        "This decision would do something else now than when it was proposed: %(changes)s. Nothing was approved; "
        "whoever prepares it reads it again, and proposes it as it is now."
    )


class DriftNotRead(Refusal):
    """What is to be approved is the difference, and somebody read what was there before it."""

    status: ClassVar[int] = 412
    title = "Something has changed since this was approved"
    sentence = (
        "This decision has been set going, and something has changed since it was approved: %(changes)s. Nothing was "
        "approved; read it as it is now, then approve that."
    )


class DecisionNotProposed(Refusal):
    """It doesn't wait for a second person."""

    title = "Nobody is asked"
    sentence = "This decision is not waiting for a second person. %(undone)s Whoever wrote it proposes it first."


class ApprovedOwnProposal(Refusal):
    """The same person is not two people."""

    title = "It takes a second person"
    sentence = (
        "%(proposer)s proposed this decision, and nobody approves their own. Nothing was approved; ask somebody else "
        "of finance or the board."
    )


class ApprovedFromProposersSession(Refusal):
    """Another account in the same session is no second person."""

    title = "It takes a second person"
    sentence = (
        "%(proposer)s proposed this decision in this very session. Nothing was approved; the second person signs in "
        "by themselves, on a device of their own."
    )


class DecisionNotApproved(Refusal):
    """A second person has not agreed to it as it stands."""

    title = "It is not approved"
    sentence = (
        "No second person has approved this decision as it stands. Nothing was begun; propose it, and have somebody of "
        "finance or the board approve it."
    )


class AnotherDecisionUnderWay(Refusal):
    """One decision at a time."""

    title = "Another decision is under way"
    sentence = (
        "Another decision about %(conference)s has been set going and is not finished. Nothing was begun; undo that "
        "one, or wait until it is carried out."
    )


class UndoTooLate(Refusal):
    """The time to undo it is over."""

    title = "It is too late to undo this"
    sentence = (
        "This decision could be undone until %(until)s. That time is over and it is being carried out. Nothing was "
        "undone; if something is wrong, pause it on its board."
    )


class HeldByDecision(Refusal):
    """The conference waits until a decision about it is carried out or undone."""

    title = "A decision about the conference is under way"
    sentence = (
        "A decision about %(conference)s has been set going. %(undone)s Undo it first, or wait until it is carried out."
    )
