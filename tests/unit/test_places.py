"""Whatever order and however often a story's events arrive, they are handled once each, in order."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope
from shared.places import Place, advance, block, ready, receive, unblock

NOW = datetime(2020, 4, 9, 14, tzinfo=UTC)


def event(sequence: int) -> Envelope:
    """The story's event with this number."""
    return Envelope(
        id=f"id-{sequence}", type="t", source="/s", key="k", sequence=sequence, time=NOW, data=b"{}", correlation="c"
    )


@given(st.permutations(list(range(1, 8)) * 2))
def test_any_order_with_repeats_is_told_once_and_in_order(arrivals: list[int]) -> None:
    place, handled = Place(id="topic/k"), []

    for sequence in arrivals:
        place = receive(place, event(sequence), now=NOW)
        while (envelope := ready(place)) is not None:
            handled.append(envelope.sequence)
            place = advance(place)

    assert handled == [1, 2, 3, 4, 5, 6, 7]
    assert place == Place(id="topic/k", last_sequence=7, last_event="id-7")


@given(st.permutations(list(range(1, 6))))
def test_nothing_is_ready_behind_a_blocked_event_until_it_is_tried_again(arrivals: list[int]) -> None:
    place = block(receive(Place(id="topic/k"), event(1), now=NOW), reason="bug", now=NOW)

    for sequence in arrivals:
        place = receive(place, event(sequence), now=NOW)
        assert ready(place) is None

    assert ready(unblock(place)) == event(1)
    assert [each.sequence for each in place.waiting] == [1, 2, 3, 4, 5]


def test_discarding_goes_on_to_the_next_event() -> None:
    place = Place(id="topic/k")
    for sequence in (1, 2):
        place = receive(place, event(sequence), now=NOW)

    after = advance(block(place, reason="bug", now=NOW))

    assert (after.last_sequence, after.blocked, ready(after)) == (1, None, event(2))
