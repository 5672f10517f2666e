"""Claims about now and next, and about who wants what together, without a database."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.agendas.store.affected import pair_counts
from services.scheduling.programme.domain.programme import Kind
from services.scheduling.releases.domain.now import now_and_next
from services.scheduling.releases.domain.releases import Entry, State

NINE = datetime(2025, 5, 19, 14, tzinfo=UTC)


def entry(code: str, *, after: int, minutes: int = 75, state: State = State.PUBLISHED) -> Entry:
    """A session that begins so many minutes after nine."""
    starts = NINE + timedelta(minutes=after)
    return Entry(
        session=f"ses_{code}",
        code=code,
        uid=f"ses_{code}@reconvene.example",
        sequence=0,
        state=state,
        title=code,
        kind=Kind.CONCURRENT,
        room=code,
        room_name=code,
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        revised_at=NINE,
    )


DAY = (
    entry("late", after=240),
    entry("b", after=90),
    entry("first", after=0),
    entry("off", after=80, state=State.CANCELLED),
    entry("a", after=90),
)


def codes(entries: tuple[Entry, ...]) -> list[str]:
    return [each.code for each in entries]


def test_what_goes_on_and_what_begins_next_together_and_never_what_is_cancelled() -> None:
    found = now_and_next(DAY, now=NINE + timedelta(minutes=30))

    assert (codes(found.now), codes(found.next)) == (["first"], ["a", "b"])
    assert found.next_at == NINE + timedelta(minutes=90)


def test_a_session_goes_on_from_its_start_until_right_before_its_end() -> None:
    assert codes(now_and_next(DAY, now=NINE).now) == ["first"]
    assert codes(now_and_next(DAY, now=NINE + timedelta(minutes=75)).now) == []


def test_when_all_is_over_nothing_comes_next() -> None:
    found = now_and_next(DAY, now=NINE + timedelta(days=1))

    assert (found.now, found.next, found.next_at) == ((), (), None)


@given(st.lists(st.lists(st.sampled_from("abcdefg"), unique=True)))
def test_pairs_are_counted_as_one_would_by_hand(star_lists: list[list[str]]) -> None:
    by_hand: Counter[tuple[str, ...]] = Counter()
    for stars in star_lists:
        by_hand.update(combinations(sorted(stars), 2))

    assert pair_counts(star_lists) == dict(by_hand)


def test_a_congress_of_two_thousand_people_and_two_hundred_sessions_is_counted_whole() -> None:
    choose = random.Random(79)
    sessions = [f"ses_{number:03}" for number in range(200)]
    star_lists = [choose.sample(sessions, 12) for _ in range(2_000)]

    assert sum(pair_counts(star_lists).values()) == 2_000 * 12 * 11 // 2
