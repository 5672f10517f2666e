"""What a set of rules leaves open: for each session and time, the rooms it may have, as bits of a whole number.

Where a congress forgives, a session that breaks a rule today may stay where it is, with whom it is there: two in one
room, on one stage, too many of a track, a second part too early. Anywhere else it keeps all rules.

Sessions, rooms and times are numbers here (their positions in the file), because the searches count in them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.scheduling.solver.model import Congress, Incident, Place, Plan, Session
from services.scheduling.solver.rules import Kind, Rule, all_rules, day_of

Cell = tuple[int, int]  # a room and a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The sessions to place, the rooms each may have at each time, and what binds sessions to each other."""

    congress: Congress
    sessions: tuple[Session, ...]
    usable: tuple[tuple[int, ...], ...]  # session, time: the rooms, as bits
    together: tuple[tuple[int, ...], ...]  # sessions of which no two lie at one time: they share a speaker
    tracks: tuple[tuple[int, ...], ...]  # sessions of one track, more than may lie at one time
    after: tuple[tuple[int, int], ...]  # the earlier session, the later one
    home: tuple[Cell | None, ...]  # where each session lies today

    @property
    def time_count(self) -> int:
        """How many times there are."""
        return len(self.congress.times)

    @property
    def track_max(self) -> int:
        """How many of a track may lie at one time."""
        limit = self.congress.same_track_at_once_max
        return len(self.sessions) if limit is None else limit

    def times_of(self, session: int) -> list[int]:
        """The times at which some room is left for a session."""
        return [time for time, rooms in enumerate(self.usable[session]) if rooms]

    def can_stay(self, session: int) -> bool:
        """Whether the rules leave a session its room and time of today."""
        home = self.home[session]
        return home is not None and bool(self.usable[session][home[1]] >> home[0] & 1)

    def together_today(self, sessions: Iterable[int], time: int) -> frozenset[int]:
        """Those of the sessions that may lie at this time together because they do so today."""
        some = sessions if self.congress.forgives else ()
        return frozenset(session for session in some if self.home_time(session) == time)

    def is_too_early_today(self, earlier: int, later: int) -> bool:
        """Whether the later of two may lie too early because it does so today."""
        one, other = self.home_time(earlier), self.home_time(later)
        return self.congress.forgives and one is not None and other is not None and one >= other

    def sharing_today(self) -> dict[Cell, list[int]]:
        """The cells that several sessions may share because they do so today."""
        there: dict[Cell, list[int]] = {}
        for session, home in enumerate(self.home if self.congress.forgives else ()):
            if home is not None and self.can_stay(session):
                there.setdefault(home, []).append(session)
        return {cell: some for cell, some in there.items() if len(some) > 1}

    def home_time(self, session: int) -> int | None:
        """The time at which a session lies today."""
        home = self.home[session]
        return None if home is None else home[1]

    def plan_of(self, cells: Iterable[Cell | None]) -> dict[str, Place]:
        """Cells, one for each session, as a plan; a session without one is not in it."""
        rooms, times = self.congress.rooms, self.congress.times
        return {
            session.id: Place(rooms[cell[0]].id, times[cell[1]].id)
            for session, cell in zip(self.sessions, cells, strict=True)
            if cell is not None
        }

    def cells_of(self, plan: Plan) -> tuple[Cell | None, ...]:
        """The reverse: the cell of each session in a plan."""
        rooms = {room.id: number for number, room in enumerate(self.congress.rooms)}
        times = {time.id: number for number, time in enumerate(self.congress.times)}
        places = (plan.get(session.id) for session in self.sessions)
        return tuple(None if place is None else (rooms[place.room], times[place.time]) for place in places)

    def of(self, sessions: Sequence[int]) -> "Grid":
        """The same with these sessions alone, numbered anew."""
        number_of = {session: number for number, session in enumerate(sessions)}

        def renumbered(groups: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
            return tuple(tuple(number_of[one] for one in group if one in number_of) for group in groups)

        return replace(
            self,
            sessions=tuple(self.sessions[session] for session in sessions),
            usable=tuple(self.usable[session] for session in sessions),
            together=renumbered(self.together),
            tracks=renumbered(self.tracks),
            after=tuple((number_of[a], number_of[b]) for a, b in self.after if a in number_of and b in number_of),
            home=tuple(self.home[session] for session in sessions),
        )

    def only(self, usable: Iterable[tuple[int, ...]]) -> "Grid":
        """The same with fewer rooms and times left open."""
        return replace(self, usable=tuple(usable))


def whole_grid(congress: Congress, incident: Incident) -> Grid:
    """What all rules together leave open."""
    return grid_of(congress, all_rules(congress, incident))


def grid_of(congress: Congress, rules: Collection[Rule]) -> Grid:
    """What these rules leave open, and what is forgiven unless the incident has hit it; the sessions are those that
    have to be placed."""
    grid = _grid_of(congress, rules)
    if not congress.forgives:
        return grid
    happened = _grid_of(congress, [rule for rule in rules if rule.kind in _HAPPENING])
    known = {session.id: number for number, session in enumerate(happened.sessions)}
    usable = []
    for session, home, rooms_at in zip(grid.sessions, grid.home, grid.usable, strict=True):
        number = known[session.id]
        if home is not None and happened.can_stay(number):
            rooms_at = tuple(
                rooms | (1 << home[0]) if time == home[1] else rooms for time, rooms in enumerate(rooms_at)
            )
        usable.append(rooms_at)
    return grid.only(usable)


_HAPPENING = frozenset({Kind.PLACED, Kind.TIME_LOST, Kind.ROOM_LOST, Kind.SPEAKER_AWAY})  # what an incident adds


def _grid_of(congress: Congress, rules: Collection[Rule]) -> Grid:
    bound: dict[Kind, dict[str, list[Rule]]] = {kind: {} for kind in Kind}
    for rule in rules:
        bound[rule.kind].setdefault(rule.bound, []).append(rule)
    sessions = tuple(session for session in congress.sessions if session.id in bound[Kind.PLACED])
    open_rooms = _open_rooms(congress, bound)
    busy = _busy_times(congress, bound)
    grid = Grid(
        congress=congress,
        sessions=sessions,
        usable=tuple(_usable(session, congress, bound, open_rooms, busy) for session in sessions),
        together=_together(sessions, bound),
        tracks=_crowded_tracks(sessions, congress, bound),
        after=_after(sessions, bound),
        home=(None,) * len(sessions),
    )
    return replace(grid, home=grid.cells_of(congress.plan))


Bound = Mapping[Kind, Mapping[str, list[Rule]]]


def _open_rooms(congress: Congress, bound: Bound) -> list[int]:
    """For each time the rooms that can be used at all."""
    rooms = {room.id: 1 << number for number, room in enumerate(congress.rooms)}
    closed: dict[str, int] = {}
    for rule in (rule for rules in bound[Kind.CLOSED].values() for rule in rules):
        closed[rule.other] = closed.get(rule.other, 0) | rooms[rule.bound]
    lost = [rule for rules in bound[Kind.ROOM_LOST].values() for rule in rules]
    everything = (1 << len(rooms)) - 1
    open_rooms = []
    for time in congress.times:
        gone = closed.get(time.id, 0)
        for rule in lost:
            gone |= rooms[rule.bound] if day_of(rule) == time.day else 0
        open_rooms.append(0 if time.id in bound[Kind.TIME_LOST] else everything & ~gone)
    return open_rooms


def _busy_times(congress: Congress, bound: Bound) -> dict[str, frozenset[int]]:
    """The times at which each speaker can't be there."""
    busy = {}
    for speaker in congress.speakers:
        away = {rule.other for rule in bound[Kind.AWAY].get(speaker.id, ())}
        days = {day_of(rule) for rule in bound[Kind.SPEAKER_AWAY].get(speaker.id, ())}
        if away or days:
            times = enumerate(congress.times)
            busy[speaker.id] = frozenset(number for number, time in times if time.id in away or time.day in days)
    return busy


def _usable(
    session: Session, congress: Congress, bound: Bound, open_rooms: list[int], busy: Mapping[str, frozenset[int]]
) -> tuple[int, ...]:
    fitting = _fitting_rooms(session, congress, bound)
    away = frozenset[int]().union(*(busy.get(speaker, frozenset()) for speaker in session.speakers))
    usable = (0 if time in away else rooms & fitting for time, rooms in enumerate(open_rooms))
    if session.id not in bound[Kind.PINNED]:
        return tuple(usable)
    place = congress.plan[session.id]
    room = 1 << next(number for number, room in enumerate(congress.rooms) if room.id == place.room)
    pinned_times = (time.id == place.time for time in congress.times)
    return tuple(rooms & room if is_pinned else 0 for rooms, is_pinned in zip(usable, pinned_times, strict=True))


def _fitting_rooms(session: Session, congress: Congress, bound: Bound) -> int:
    """The rooms with enough seats and everything needed, whatever the time."""
    needs = {rule.other for rule in bound[Kind.NEEDS].get(session.id, ())}
    seats = session.stars if session.id in bound[Kind.SEATS] else 0
    rooms = enumerate(congress.rooms)
    return sum(1 << number for number, room in rooms if room.seats >= seats and room.features >= needs)


def _together(sessions: tuple[Session, ...], bound: Bound) -> tuple[tuple[int, ...], ...]:
    groups: dict[str, list[int]] = {}
    for number, session in enumerate(sessions):
        for speaker in session.speakers:
            if speaker in bound[Kind.ONE_PLACE]:
                groups.setdefault(speaker, []).append(number)
    return tuple(sorted({tuple(group) for group in groups.values() if len(group) > 1}))


def _crowded_tracks(sessions: tuple[Session, ...], congress: Congress, bound: Bound) -> tuple[tuple[int, ...], ...]:
    tracks: dict[str, list[int]] = {}
    for number, session in enumerate(sessions):
        if session.track and session.track in bound[Kind.TRACK]:
            tracks.setdefault(session.track, []).append(number)
    limit = congress.same_track_at_once_max or 0
    return tuple(tuple(track) for track in tracks.values() if len(track) > limit)


def _after(sessions: tuple[Session, ...], bound: Bound) -> tuple[tuple[int, int], ...]:
    numbers = {session.id: number for number, session in enumerate(sessions)}
    rules = (rule for rules in bound[Kind.AFTER].values() for rule in rules)
    return tuple(
        (numbers[rule.other], numbers[rule.bound]) for rule in rules if rule.bound in numbers and rule.other in numbers
    )
