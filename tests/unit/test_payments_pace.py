"""How fast the provider is asked, and when it is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.pace import (
    BREAK_SECONDS_FIRST,
    BREAK_SECONDS_MAX,
    FAILURES_IN_A_ROW_MAX,
    RECOVER_SECONDS,
    Breaker,
    Pace,
)


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=80))
def test_no_more_leave_in_any_second_than_the_rate_and_one_burst(pauses: list[float]) -> None:
    pace, now, left_at = Pace(rate_max=20), 100.0, []
    for pause in pauses:
        now += pause
        left_at.append(now + pace.book(now))

    for begin in left_at:
        assert sum(begin <= each < begin + 1 for each in left_at) <= 20 + 10 + 1


def test_too_many_halves_the_rate_and_it_comes_back_one_by_one() -> None:
    pace = Pace(rate_max=20)
    pace.book(100.0)

    pace.give_way(100.0)
    pause = pace.book(100.0)
    halved = pace.rate
    pace.book(100.0 + RECOVER_SECONDS)
    recovered = pace.rate

    assert pause >= 1.0
    assert (halved, recovered) == (10, 11)


def test_the_rate_never_falls_below_one() -> None:
    pace = Pace(rate_max=2)
    for _ in range(10):
        pace.give_way(0.0)

    assert pace.rate == 1


def test_five_failures_in_a_row_pause_and_further_ones_pause_longer() -> None:
    breaker, now = Breaker(), 100.0
    for _ in range(FAILURES_IN_A_ROW_MAX - 1):
        breaker.failed(now)
    before = breaker.wait_seconds(now)
    breaker.failed(now)
    first = breaker.wait_seconds(now)
    pauses = []
    for _ in range(5):
        now += breaker.wait_seconds(now)
        breaker.failed(now)
        pauses.append(breaker.wait_seconds(now))

    assert (before, first) == (0, BREAK_SECONDS_FIRST)
    assert pauses[-1] == pytest.approx(BREAK_SECONDS_MAX)


def test_one_answer_closes_the_count() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_IN_A_ROW_MAX - 1):
        breaker.failed(100.0)

    breaker.succeeded()
    breaker.failed(100.0)

    assert breaker.wait_seconds(100.0) == 0
