"""When the provider is left alone, and how many people ask it at once."""

import pytest

from services.payments.provider.jobs.pace import (
    BREAK_SECONDS_FIRST,
    BREAK_SECONDS_MAX,
    FAILURES_IN_A_ROW_MAX,
    Breaker,
    PeoplesCalls,
)
from shared.process import WEB_THREAD_COUNT


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


def test_so_many_people_ask_at_once_a_few_wait_and_nobody_else_does() -> None:
    calls = PeoplesCalls(in_flight_max=2, waiting_max=1, wait_seconds=0.05)
    with calls.place() as first, calls.place() as second, calls.place() as waited, calls.place() as refused:
        places = (first, second, waited, refused)
    with calls.place() as again:
        pass

    assert places == (True, True, False, False)
    assert again


def test_most_of_the_house_is_left_when_all_people_who_may_ask_do() -> None:
    calls = PeoplesCalls()

    assert calls.in_flight_max + calls.waiting_max <= WEB_THREAD_COUNT - 6
