"""What a board has resolved, as it was recorded, and whether it could.

Owns the quorum and every refusal of a vote. The text and the day are for everyone; the figures of the vote are not.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from shared.problem import Refusal

SEATS = 26  # those of a board that has not said how many it has


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A motion that a board has carried: its text, its day, who was there and how they voted (counts of members)."""

    text: str
    on: date
    present: int
    votes_for: int
    votes_against: int
    seats: int = SEATS  # of the board on that day


class ResolutionRefused(Refusal):
    """What was recorded is no resolution of a board; the `field` of the request that shows it is named."""

    status: ClassVar[int] = 422
    title = "The board has not resolved this"
    field: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.facts["errors"] = {"json": {self.field: [self.detail]}}


class NoSuchBoard(ResolutionRefused):
    """More members can't be present than there are seats, and a board has at least one."""

    sentence = (
        "A board with %(seats)s seats can't have %(present)s members present. Nothing was recorded; correct one of "
        "the two numbers."
    )
    field = "present"


class QuorumNotMet(ResolutionRefused):
    """Too few members were present for the board to resolve anything."""

    sentence = (
        "With %(present)s of %(seats)s seats present the board has no quorum: it takes %(quorum)s. Nothing was "
        "recorded; put the motion to a meeting that has one."
    )
    field = "present"


class MoreVotesThanPresent(ResolutionRefused):
    """More votes were counted than members were present."""

    sentence = (
        "%(votes_for)s votes for and %(votes_against)s against are more than the %(present)s members present. "
        "Nothing was recorded; count them again."
    )
    field = "votes_for"


class MotionNotCarried(ResolutionRefused):
    """The votes for the motion are not more than those against it."""

    sentence = (
        "With %(votes_for)s votes for and %(votes_against)s against the motion was not carried. Nothing was recorded; "
        "a motion needs more votes for than against."
    )
    field = "votes_for"


class ResolvedInFuture(ResolutionRefused):
    """A resolution is recorded when it was taken, not before."""

    sentence = (
        "The board can't have resolved this on %(on)s: that day is still to come. Nothing was recorded; give the day "
        "of the meeting."
    )
    field = "on"


def quorum_of(seats: int) -> int:
    """How many members must be present: more than half of the seats, 14 of 26."""
    return seats // 2 + 1


def resolved(
    *, text: str, on: date, present: int, votes_for: int, votes_against: int, today: date, seats: int = SEATS
) -> Resolution:
    """The resolution that a board has taken; refused when it had no quorum, or did not carry the motion.

    `today` is the day on which it is recorded. Who abstains is present and counts for neither side.
    """
    if on > today:
        raise ResolvedInFuture(on=on)
    if min(present, votes_for, votes_against) < 0 or seats < 1 or present > seats:
        raise NoSuchBoard(seats=seats, present=present)
    if present < quorum_of(seats):
        raise QuorumNotMet(present=present, seats=seats, quorum=quorum_of(seats))
    if votes_for + votes_against > present:
        raise MoreVotesThanPresent(votes_for=votes_for, votes_against=votes_against, present=present)
    if votes_for <= votes_against:
        raise MotionNotCarried(votes_for=votes_for, votes_against=votes_against)
    return Resolution(text=text, on=on, present=present, votes_for=votes_for, votes_against=votes_against, seats=seats)
