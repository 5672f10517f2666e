"""Conflicts of the draft: what can't be, or should not, each in a sentence and with the weight the committee gave it.

Asked on every drag, on every change and before a release. Leaves the rules and their weights to `conflict_rules`, the
words to `conflict_sentences`.
What people want is counted elsewhere and given as an argument.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.scheduling.programme.domain import conflict_sentences as sentences
from services.scheduling.programme.domain.conflict_rules import NO_PAIRS, NOTHING, Conflict, Rule, level_of
from services.scheduling.programme.domain.conflict_sentences import Placed, Writing
from services.scheduling.programme.domain.drafting import Days, is_inside
from services.scheduling.programme.domain.programme import (
    FOR_ALL,
    IN_PROGRAMME,
    Editorial,
    Level,
    Programme,
    Room,
    Session,
    Slot,
    Speaker,
)

STEP_FREE = "step-free"  # a need that a room meets by having no steps, not by its equipment


def conflicts_of(
    programme: Programme,
    sessions: Iterable[Session],
    speakers: Mapping[str, Speaker],
    *,
    zone: str,
    stars: Mapping[str, int] = NOTHING,
    signed_up: Mapping[str, int] = NOTHING,
    wanted_together: Mapping[tuple[str, str], int] = NO_PAIRS,
    days: Days | None = None,
) -> tuple[Conflict, ...]:
    """Everything that is wrong with a draft, what blocks a release first.

    `stars` and `signed_up` count people by session; `wanted_together` counts those who starred both sessions of a pair,
    whose smaller id stands first. `days` are the conference's first and last. Looked at is what a release would show.
    """
    everything = tuple(sessions)
    check = _Check(programme, everything, speakers, zone, stars, signed_up, wanted_together, days)
    placed = check.placed(each for each in everything if each.is_in_programme)
    found = [
        *(conflict for each in placed for conflict in check.alone(each)),
        *(conflict for one, other in _overlapping(placed) for conflict in check.together(one, other)),
        *check.tracks(placed),
        *check.orders(placed),
    ]
    return _sorted(found)


def conflicts_at(
    programme: Programme,
    sessions: Iterable[Session],
    speakers: Mapping[str, Speaker],
    *,
    session: Session,
    room: str,
    starts: datetime,
    zone: str,
    stars: Mapping[str, int] = NOTHING,
    signed_up: Mapping[str, int] = NOTHING,
    wanted_together: Mapping[tuple[str, str], int] = NO_PAIRS,
    days: Days | None = None,
) -> tuple[Conflict, ...]:
    """What this session would be in conflict with if it went to this room at this time; everything else stays."""
    there = as_placed(session, room=room, starts=starts)
    everything = (*(each for each in sessions if each.id != session.id), there)
    check = _Check(programme, everything, speakers, zone, stars, signed_up, wanted_together, days)
    placed = check.placed(each for each in everything if each.is_in_programme)
    (own,) = (each for each in placed if each.id == session.id)
    near = [each for each in placed if each.id != own.id and _overlap(own, each)]
    found = [
        *check.alone(own),
        *(conflict for each in near for conflict in check.together(*_ordered(own, each))),
        *(each for each in check.tracks([*near, own]) if own.id in each.sessions),
        *(each for each in check.orders(placed) if own.id in each.sessions),
    ]
    return _sorted(found)


def as_placed(session: Session, *, room: str, starts: datetime) -> Session:
    """The session as if it were on the programme at this place, whatever it is now."""
    slot = Slot(room=room, starts=starts, ends=starts + timedelta(minutes=session.minutes))
    editorial = session.editorial if session.editorial in IN_PROGRAMME else Editorial.CONFIRMED
    return replace(session, slot=slot, editorial=editorial, is_cancelled=False)


class _Check:
    """One look at a draft: what it knows while it goes through the rules."""

    def __init__(
        self,
        programme: Programme,
        sessions: Collection[Session],
        speakers: Mapping[str, Speaker],
        zone: str,
        stars: Mapping[str, int],
        signed_up: Mapping[str, int],
        wanted_together: Mapping[tuple[str, str], int],
        days: Days | None,
    ) -> None:
        self._programme = programme
        self._rooms = {each.id: each for each in programme.rooms}
        self._sessions = {each.id: each for each in sessions}
        self._speakers = speakers
        self._stars, self._signed_up, self._wanted = stars, signed_up, wanted_together
        self._days, self._zone = days, zone
        self._levels = {rule: level_of(programme, rule) for rule in Rule}
        self._writing = Writing(
            zone=zone,
            rooms={each.id: each.name for each in programme.rooms},
            tracks={each.id: each.title for each in programme.tracks},
            speakers={id_: each.name for id_, each in speakers.items()},
        )

    def placed(self, sessions: Iterable[Session]) -> list[Placed]:
        """What is on the programme, in the order of time."""
        found = [
            Placed(
                id=each.id,
                session=each,
                room=each.slot.room,
                starts=each.slot.starts,
                ends=each.slot.ends,
                speakers=frozenset(each.speakers),
            )
            for each in sessions
            if each.slot
        ]
        return sorted(found, key=_by_time)

    def alone(self, own: Placed) -> Iterator[Conflict]:
        """What is wrong with one session's place, whatever else takes place."""
        if self._days and not is_inside(own.starts, own.ends, days=self._days, zone=self._zone):
            yield from self._conflict(Rule.OUTSIDE, (own,), sentences.outside, *self._days)
        room = self._rooms.get(own.room)
        if room is None or not _is_open(room, own):
            yield from self._conflict(Rule.ROOM_AWAY, (own,), sentences.room_away)
        if room is not None:
            yield from self._in_room(own, room)
        if self._levels[Rule.SPEAKER_AWAY] is Level.OFF:
            return
        for person in own.session.speakers:
            speaker = self._speakers.get(person)
            away = speaker.away_at(own.session.conference) if speaker else ()
            if any(each.overlaps(own.starts, own.ends) for each in away):
                yield from self._conflict(Rule.SPEAKER_AWAY, (own,), sentences.speaker_away, person)

    def _in_room(self, own: Placed, room: Room) -> Iterator[Conflict]:
        stars, signed_up = self._stars.get(own.id, 0), self._signed_up.get(own.id, 0)
        if room.seats < max(stars, signed_up):
            yield from self._conflict(Rule.ROOM_TOO_SMALL, (own,), sentences.too_small, room.seats, stars, signed_up)
        missing = [each for each in own.session.needs if each not in room.features and each != STEP_FREE]
        if missing:
            yield from self._conflict(Rule.EQUIPMENT_MISSING, (own,), sentences.equipment_missing, missing)
        if not room.is_step_free and (STEP_FREE in own.session.needs or own.session.kind in FOR_ALL):
            yield from self._conflict(Rule.STEPS, (own,), sentences.steps)

    def together(self, one: Placed, other: Placed) -> Iterator[Conflict]:
        """What is wrong with two sessions at one time; the earlier one stands first."""
        if one.room == other.room:
            yield from self._conflict(Rule.ROOM_TWICE, (one, other), sentences.room_twice)
        both = one.speakers & other.speakers
        if both:
            people = [each for each in one.session.speakers if each in both]
            yield from self._conflict(Rule.SPEAKER_TWICE, (one, other), sentences.speaker_twice, people)
        if one.session.kind in FOR_ALL or other.session.kind in FOR_ALL:
            yield from self._conflict(Rule.BREAK_OVERLAPPED, (one, other), sentences.break_overlapped)
        pair = (one.id, other.id) if one.id < other.id else (other.id, one.id)
        count = self._wanted.get(pair, 0)
        if count >= self._programme.both_wanted_min:
            yield from self._conflict(Rule.BOTH_WANTED, (one, other), sentences.both_wanted, count)

    def tracks(self, placed: Sequence[Placed]) -> Iterator[Conflict]:
        """Where more sessions of a track take place at once than people can divide themselves between."""
        if self._levels[Rule.TRACK_CROWDED] is Level.OFF:
            return
        for track in sorted({each.session.track for each in placed} - {""}):
            of_track = [each for each in sorted(placed, key=_by_time) if each.session.track == track]
            for crowd in _crowds(of_track, at_once_max=self._programme.same_track_at_once_max):
                limit = self._programme.same_track_at_once_max
                yield from self._conflict(Rule.TRACK_CROWDED, crowd, sentences.track_crowded, track, limit)

    def orders(self, placed: Sequence[Placed]) -> Iterator[Conflict]:
        """Where a second part comes before the first has ended, or without it."""
        by_id = {each.id: each for each in placed}
        for later in placed:
            for id_ in later.session.after:
                earlier = by_id.get(id_)
                if earlier is None:
                    first = self._sessions.get(id_)
                    yield from self._conflict(Rule.ORDER, (later,), sentences.first_part_missing, first, also=(id_,))
                elif later.starts < earlier.ends:
                    yield from self._conflict(Rule.ORDER, (earlier, later), sentences.wrong_order)

    def _conflict(
        self,
        rule: Rule,
        about: tuple[Placed, ...],
        sentence: sentences.Sentence,
        *facts: object,
        also: tuple[str, ...] = (),
    ) -> Iterator[Conflict]:
        level = self._levels[rule]
        if level is not Level.OFF:
            ids = (*(each.id for each in about), *also)
            yield Conflict(rule=rule, level=level, sessions=ids, sentence=sentence(self._writing, about, *facts))


def _by_time(placed: Placed) -> tuple[datetime, datetime, str, str]:
    return placed.starts, placed.ends, placed.session.code, placed.id


def _ordered(one: Placed, other: Placed) -> tuple[Placed, Placed]:
    return (one, other) if _by_time(one) <= _by_time(other) else (other, one)


def _overlap(one: Placed, other: Placed) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def _overlapping(placed: Sequence[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """All pairs that share a moment; `placed` is in the order of time, so each looks only as far as it lasts."""
    for number, one in enumerate(placed):
        for other in placed[number + 1 :]:
            if other.starts >= one.ends:
                break
            yield one, other


def _is_open(room: Room, own: Placed) -> bool:
    """Whether the room may be used all that time; windows that touch are one."""
    if not room.windows:
        return True
    reached = own.starts
    for window in sorted(room.windows, key=lambda each: each.starts):
        if window.starts <= reached < window.ends:
            reached = window.ends
    return reached >= own.ends


def _crowds(placed: Sequence[Placed], *, at_once_max: int) -> Iterator[tuple[Placed, ...]]:
    """The sets of more than so many sessions that all share a moment, none of them part of another."""
    found: list[set[str]] = []
    for newest in placed:
        crowd = tuple(each for each in placed if each.starts <= newest.starts < each.ends)
        ids = {each.id for each in crowd}
        if len(crowd) > at_once_max and not any(ids <= each for each in found):
            found = [each for each in found if not each <= ids]
            found.append(ids)
    for ids in found:
        yield tuple(each for each in placed if each.id in ids)


_WEIGHTS = (Level.BLOCK, Level.WARN, Level.OFF)
_RULES = tuple(Rule)


def _sorted(found: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """What weighs most first; within a rule as it was found, by time."""
    return tuple(sorted(found, key=lambda each: (_WEIGHTS.index(each.level), _RULES.index(each.rule))))
