"""Rooms at one time: given out whenever that is possible, and if not, the rooms that are too few are named."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.solver.rooms import shared_out, strugglers, too_few

WANTED = st.lists(st.integers(0, 31), max_size=5)


def can_be_shared_out(wanted: list[int]) -> bool:
    return any(
        all(rooms >> room & 1 for rooms, room in zip(wanted, chosen, strict=True))
        for chosen in permutations(range(5), len(wanted))
    )


@given(WANTED)
def test_each_gets_a_room_of_its_own_exactly_when_that_is_possible(wanted: list[int]) -> None:
    rooms = shared_out(wanted)

    assert (rooms is not None) is can_be_shared_out(wanted)
    if rooms is not None:
        assert len(set(rooms)) == len(wanted)
        assert all(some >> room & 1 for some, room in zip(wanted, rooms, strict=True))


@given(WANTED.filter(lambda wanted: not can_be_shared_out(wanted)))
def test_the_rooms_named_are_too_few_for_those_who_may_have_no_others(wanted: list[int]) -> None:
    rooms = too_few(wanted)

    assert sum(not some & ~rooms for some in wanted) > rooms.bit_count()


@given(WANTED)
def test_those_named_are_one_more_than_their_rooms(wanted: list[int]) -> None:
    crowd = strugglers(wanted)

    rooms = 0
    for number in crowd:
        rooms |= wanted[number]
    assert bool(crowd) is not can_be_shared_out(wanted)
    assert not crowd or len(crowd) == rooms.bit_count() + 1
