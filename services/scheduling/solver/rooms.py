"""Which session gets which room at one time: an exact matching, and where there is none, the rooms that are too few.

Rooms are bits of whole numbers: `0b101` are the rooms 0 and 2. The same serves for cells of rooms and times, and for
times alone.
"""

from collections.abc import Iterator, Sequence


def numbers_in(bits: int) -> Iterator[int]:
    """The numbers in a set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def shared_out(wanted: Sequence[int]) -> list[int] | None:
    """A room of its own for each, out of those that each may have; none when they are too few."""
    seating = _Seating(wanted)
    if any(seating.seat(number) is not None for number in range(len(wanted))):
        return None
    return [seating.room_of[number] for number in range(len(wanted))]


def too_few(wanted: Sequence[int]) -> int:
    """Rooms that are too few for those who may have no others (theorem of Hall); 0 when there are enough."""
    seating = _Seating(wanted)
    for number in range(len(wanted)):
        rooms = seating.seat(number)
        if rooms is not None:
            return rooms
    return 0


def strugglers(wanted: Sequence[int]) -> list[int]:
    """Those who are one more than the rooms they may have, and have no others; nobody when there are enough."""
    seating = _Seating(wanted)
    for number in range(len(wanted)):
        rooms = seating.seat(number)
        if rooms is not None:
            return sorted([number, *(seating.holder_of[room] for room in numbers_in(rooms))])
    return []


class _Seating:
    """Who holds which room, one after the other given one."""

    def __init__(self, wanted: Sequence[int]) -> None:
        self._wanted = wanted
        self._taken = 0
        self.holder_of: dict[int, int] = {}
        self.room_of: dict[int, int] = {}

    def seat(self, number: int) -> int | None:
        """Give one more a room, others changing theirs if need be; if that can't be, the rooms they fight about."""
        reached = 0
        came_from: dict[int, int] = {}
        waiting = [number]
        while waiting:
            current = waiting.pop()
            if free := self._wanted[current] & ~self._taken:
                self._pass_on((free & -free).bit_length() - 1, current, number, came_from)
                return None
            new = self._wanted[current] & ~reached
            reached |= new
            for room in numbers_in(new):
                came_from[room] = current
                waiting.append(self.holder_of[room])
        return reached

    def _pass_on(self, room: int, taker: int, newcomer: int, came_from: dict[int, int]) -> None:
        """Everybody on the way gives the old room to whoever asked for it."""
        self._taken |= 1 << room
        while True:
            old = self.room_of.get(taker)
            self.holder_of[room] = taker
            self.room_of[taker] = room
            if taker == newcomer:
                return
            assert old is not None, "only the newcomer has no room yet"
            room, taker = old, came_from[old]
