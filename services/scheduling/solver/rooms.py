"""Which session gets which room at one time: an exact matching, and where there is none, the rooms that are too few.

Rooms are bits of whole numbers: `0b101` are the rooms 0 and 2.
"""

from collections.abc import Iterator, Sequence


def room_numbers(rooms: int) -> Iterator[int]:
    """The rooms in a set, the first in the file first."""
    while rooms:
        lowest = rooms & -rooms
        yield lowest.bit_length() - 1
        rooms ^= lowest


def shared_out(wanted: Sequence[int]) -> list[int] | None:
    """A room of its own for each, out of those that each may have; none when they are too few."""
    holders: dict[int, int] = {}
    for number in range(len(wanted)):
        if _seated(number, wanted, holders) is not None:
            return None
    given = {number: room for room, number in holders.items()}
    return [given[number] for number in range(len(wanted))]


def too_few(wanted: Sequence[int]) -> int:
    """Rooms that are too few for those who may have no others (theorem of Hall); 0 when there are enough."""
    holders: dict[int, int] = {}
    for number in range(len(wanted)):
        reached = _seated(number, wanted, holders)
        if reached is not None:
            return reached
    return 0


def _seated(number: int, wanted: Sequence[int], holders: dict[int, int]) -> int | None:
    """Give one more a room, others changing theirs if need be; if that can't be, the rooms they fight about."""
    reached = 0
    came_from: dict[int, int] = {}
    waiting = [number]
    while waiting:
        current = waiting.pop()
        new = wanted[current] & ~reached
        reached |= new
        for room in room_numbers(new):
            came_from[room] = current
            holder = holders.get(room)
            if holder is None:
                _pass_on(room, number, came_from, holders)
                return None
            waiting.append(holder)
    return reached


def _pass_on(room: int, newcomer: int, came_from: dict[int, int], holders: dict[int, int]) -> None:
    """Everybody on the way gives the old room to whoever asked for it."""
    old = {holder: held for held, holder in holders.items()}
    while True:
        taker = came_from[room]
        holders[room] = taker
        if taker == newcomer:
            return
        room = old[taker]


def strugglers(wanted: Sequence[int]) -> list[int]:
    """Those who are one more than the rooms they may have, and have no others; nobody when there are enough."""
    holders: dict[int, int] = {}
    for number in range(len(wanted)):
        reached = _seated(number, wanted, holders)
        if reached is not None:
            return sorted([number, *(holders[room] for room in room_numbers(reached))])
    return []
