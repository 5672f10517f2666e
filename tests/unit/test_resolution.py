"""A board's resolution: a quorum of its seats, a count that adds up, and more votes for than against."""

from datetime import date
from typing import Any

import pytest

from services.scheduling.conferences.domain.resolution import (
    MoreVotesThanPresent,
    MotionNotCarried,
    NoSuchBoard,
    QuorumNotMet,
    Resolution,
    ResolutionRefused,
    ResolvedInFuture,
    quorum_of,
    resolved,
)

TODAY = date(2020, 6, 12)
CARRIED: dict[str, Any] = {
    "text": "Resolved, that the 79th conference is held in St. Louis.",
    "on": date(2020, 6, 11),
    "present": 14,
    "votes_for": 9,
    "votes_against": 4,
}


def test_fourteen_of_twenty_six_seats_are_a_quorum_and_a_majority_of_votes_carries() -> None:
    assert resolved(**CARRIED, today=TODAY) == Resolution(**CARRIED, seats=26)


@pytest.mark.parametrize(("seats", "quorum"), [(1, 1), (2, 2), (9, 5), (26, 14), (27, 14)])
def test_a_quorum_is_more_than_half_of_the_seats(seats: int, quorum: int) -> None:
    assert quorum_of(seats) == quorum


NO_QUORUM = (
    "With 13 of 26 seats present the board has no quorum: it takes 14. Nothing was recorded; put the motion to a "
    "meeting that has one."
)
NOT_CARRIED = (
    "With 4 votes for and 4 against the motion was not carried. Nothing was recorded; a motion needs more votes for "
    "than against."
)
TOO_MANY = "11 votes for and 4 against are more than the 14 members present. Nothing was recorded; count them again."
NO_BOARD = "A board with 26 seats can't have 27 members present. Nothing was recorded; correct one of the two numbers."
TO_COME = (
    "The board can't have resolved this on Saturday, June 13, 2020: that day is still to come. Nothing was recorded; "
    "give the day of the meeting."
)


@pytest.mark.parametrize(
    ("changed", "refusal", "field", "said"),
    [
        ({"present": 13}, QuorumNotMet, "present", NO_QUORUM),
        ({"votes_for": 11}, MoreVotesThanPresent, "votes_for", TOO_MANY),
        ({"votes_for": 4}, MotionNotCarried, "votes_for", NOT_CARRIED),
        ({"present": 27}, NoSuchBoard, "present", NO_BOARD),
        ({"on": date(2020, 6, 13)}, ResolvedInFuture, "on", TO_COME),
    ],
)
def test_what_a_board_has_not_resolved_is_refused_beside_its_field(
    changed: dict[str, Any], refusal: type[ResolutionRefused], field: str, said: str
) -> None:
    with pytest.raises(refusal) as refused:
        resolved(**CARRIED | changed, today=TODAY)

    problem = refused.value.problem()
    assert (problem["status"], problem["detail"], problem["errors"]) == (422, said, {"json": {field: [said]}})


def test_who_abstains_is_present_and_votes_for_neither_side() -> None:
    abstained = resolved(**CARRIED | {"present": 20, "votes_for": 1, "votes_against": 0}, today=TODAY)

    assert (abstained.present, abstained.votes_for) == (20, 1)
