"""Waiting in tests ends as soon as it can, and says what was missing when it cannot."""

import pytest

from tests.waiting import StillMissing, wait_until


def test_a_condition_that_comes_true_ends_the_wait() -> None:
    answers = iter([False, False, True])

    wait_until(lambda: next(answers), 5, missing="the third answer", poll_seconds=0.001)

    assert next(answers, "all asked") == "all asked"


def test_a_condition_that_never_comes_true_says_what_was_missing() -> None:
    with pytest.raises(StillMissing, match=r"after 0.01 s still missing: 3 of 5 refunds"):
        wait_until(lambda: False, 0.01, missing=lambda: "3 of 5 refunds", poll_seconds=0.001)
