"""The draft as the solver's congress, and the solver's answer as moves in the draft. Pure.

Sessions that lie in the grid of usual times can be moved; what lies across it (an Academy of four hours, a dinner)
stays where it is, and its room and its people are taken meanwhile. Where today's draft is already a little worse than
a rule asks (a room too small, a track crowded), the rule is asked only as far as today's draft keeps it: a repair
doesn't have to mend what the committee has accepted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.conflicts import STEP_FREE
from services.scheduling.programme.domain.programme import (
    FOR_ALL,
    IN_PROGRAMME,
    Programme,
    Room,
    Session,
    Slot,
    Speaker,
    Times,
    Window,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What has happened: rooms and speakers lost for a day, times lost to everybody."""

    rooms_lost: tuple[tuple[str, date], ...] = ()
    speakers_away: tuple[tuple[str, date], ...] = ()
    times_lost: tuple[str, ...] = ()
    may_cancel: bool = False

    def hits(self, session: Session, times: Sequence[Times], zone: tzinfo) -> bool:
        """Whether a session can't stay where it is."""
        if session.slot is None:
            return False
        day = session.slot.starts.astimezone(zone).date()
        lost = [each for each in times if each.id in self.times_lost]
        return (
            (session.slot.room, day) in self.rooms_lost
            or any((person, day) in self.speakers_away for person in session.speakers)
            or any(_overlap(session.slot, each) for each in lost)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a proposal does with one session: another place, or none (cancelled)."""

    session: str
    room: str = ""
    starts: datetime | None = None

    @property
    def is_cancellation(self) -> bool:
        """Whether it takes the session off the programme."""
        return self.starts is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A draft as the solver is asked about it, and what is left to people."""

    congress: Mapping[str, Any]
    incident: Mapping[str, Any]
    by_hand: tuple[str, ...] = ()  # sessions across the grid that can't stay: the committee decides


def question(
    programme: Programme,
    sessions: Iterable[Session],
    speakers: Mapping[str, Speaker],
    *,
    stars: Mapping[str, int],
    agendas: Iterable[tuple[str, ...]],
    zone: str,
    incident: Incident,
    with_unplaced: bool = False,
) -> Question:
    """The draft and what has happened to it, in the form of the solver's files; a plan places the unplaced, too."""
    asking = _Question(programme, tuple(sessions), speakers, stars=stars, zone=ZoneInfo(zone), incident=incident)
    return asking.asked(agendas, with_unplaced=with_unplaced)


def in_words(sentence: str, sessions: Iterable[Session], speakers: Mapping[str, Speaker]) -> str:
    """What the solver says, with the codes and names that people know instead of ids."""
    for session in sessions:
        sentence = sentence.replace(session.id, session.code)
    for person, speaker in speakers.items():
        sentence = sentence.replace(person, speaker.name)
    return sentence


def moves(answer: Mapping[str, Any], programme: Programme, sessions: Iterable[Session]) -> tuple[Move, ...]:
    """What an answer changes in the draft, in the order of the sessions' ids."""
    starts = {each.id: each.starts for each in programme.times}
    slots = {each.id: (each.slot.room, each.slot.starts) for each in sessions if each.slot}
    places = answer.get("plan") or {**answer["moved_time"], **answer["moved_room"]}
    found = [Move(session=each, room=room, starts=starts[time]) for each, (room, time) in places.items()]
    changed = [each for each in found if slots.get(each.session) != (each.room, each.starts)]
    gone = [Move(session=each) for each in answer["cancelled"]]
    return tuple(sorted((*changed, *gone), key=lambda move: move.session))


class _Question:
    def __init__(
        self,
        programme: Programme,
        sessions: tuple[Session, ...],
        speakers: Mapping[str, Speaker],
        *,
        stars: Mapping[str, int],
        zone: tzinfo,
        incident: Incident,
    ) -> None:
        self._programme = programme
        self._times = sorted(programme.times, key=lambda each: each.starts)
        self._rooms = {each.id: each for each in programme.rooms}
        self._speakers = speakers
        self._stars = stars
        self._zone = zone
        self._incident = incident
        live = [each for each in sessions if each.is_in_programme]
        places = {each.id: self._place(each) for each in live}
        self._home = {id_: place for id_, place in places.items() if place}
        self._gridded = [each for each in live if each.id in self._home]
        self._across = [each for each in live if each.id not in self._home]
        self._unplaced = [each for each in sessions if self._is_unplaced(each)]

    def asked(self, agendas: Iterable[tuple[str, ...]], *, with_unplaced: bool) -> Question:
        asked = self._gridded + (self._unplaced if with_unplaced else [])
        ids = {each.id for each in asked}
        starred = [[each for each in agenda if each in ids] for agenda in agendas]
        across_hit = [each.id for each in self._across if self._incident.hits(each, self._times, self._zone)]
        return Question(
            congress={
                "rooms": [self._room(each) for each in self._programme.rooms],
                "times": [self._time(each) for each in self._times],
                "closed": [list(cell) for cell in self._closed()],
                "speakers": [self._speaker(each) for each in self._persons(asked)],
                "sessions": [self._session(each, ids) for each in asked],
                "same_track_at_once_max": max(self._programme.same_track_at_once_max, self._track_count_max()),
                "agendas": [each for each in starred if each],
                "plan": {id_: list(place) for id_, place in self._home.items()},
            },
            incident=self._incident_asked(self._persons(asked)),
            by_hand=tuple(across_hit),
        )

    def _place(self, session: Session) -> tuple[str, str] | None:
        """Its place in the grid; None where its length or its start is another one, or where everyone is meant."""
        if session.slot is None or session.kind in FOR_ALL or session.slot.room not in self._rooms:
            return None
        for each in self._times:
            if each.starts == session.slot.starts and session.slot.ends <= each.ends:
                return session.slot.room, each.id
        return None

    def _room(self, room: Room) -> dict[str, Any]:
        return {"id": room.id, "seats": room.seats, "features": sorted(self._features(room))}

    @staticmethod
    def _features(room: Room) -> set[str]:
        return {*room.features, STEP_FREE} if room.is_step_free else set(room.features)

    def _time(self, times: Times) -> dict[str, Any]:
        starts = times.starts.astimezone(self._zone)
        minutes = int((times.ends - times.starts).total_seconds()) // 60
        return {"id": times.id, "day": starts.date().isoformat(), "start": f"{starts:%H:%M}", "minutes": minutes}

    def _closed(self) -> list[tuple[str, str]]:
        """Cells that can't be used: the room is away, taken across the grid, or everyone is somewhere else."""
        taken = set(self._home.values())
        return [
            (room.id, each.id)
            for room in self._programme.rooms
            for each in self._times
            if (room.id, each.id) not in taken and self._is_closed(room, each)
        ]

    def _is_closed(self, room: Room, times: Times) -> bool:
        if room.windows and not any(window.covers(times.starts, times.ends) for window in room.windows):
            return True
        return any(
            (each.kind in FOR_ALL or each.slot.room == room.id) and _overlap(each.slot, times)
            for each in self._across
            if each.slot
        )

    def _is_unplaced(self, session: Session) -> bool:
        """Whether it waits for a place that the grid has."""
        longest = max((each.ends - each.starts for each in self._times), default=timedelta())
        return (
            session.editorial in IN_PROGRAMME
            and not session.is_cancelled
            and session.slot is None
            and session.kind not in FOR_ALL
            and timedelta(minutes=session.minutes) <= longest
        )

    @staticmethod
    def _persons(sessions: Iterable[Session]) -> list[str]:
        return sorted({person for each in sessions for person in each.speakers})

    def _speaker(self, person: str) -> dict[str, Any]:
        """When they can't come, or are on a stage across the grid; where they are already, they can be."""
        windows = self._away(person)
        here = {self._home[each.id][1] for each in self._gridded if person in each.speakers}
        away = [
            each.id
            for each in self._times
            if each.id not in here and any(window.overlaps(each.starts, each.ends) for window in windows)
        ]
        return {"id": person, "away": away}

    def _away(self, person: str) -> list[Window]:
        known = self._speakers.get(person)
        away = list(known.away_at(self._programme.conference)) if known else []
        slots = [each.slot for each in self._across if person in each.speakers and each.slot]
        return away + [Window(starts=each.starts, ends=each.ends) for each in slots]

    def _session(self, session: Session, ids: set[str]) -> dict[str, Any]:
        stars, needs = self._stars.get(session.id, 0), set(session.needs)
        if session.id in self._home:
            room = self._rooms[self._home[session.id][0]]
            stars, needs = min(stars, room.seats), needs & self._features(room)
        return {
            "id": session.id,
            "title": "".join(character for character in session.title if character.isprintable()),
            "track": session.track or None,
            "needs": sorted(needs),
            "speakers": list(session.speakers),
            "stars": stars,
            "after": [each for each in session.after if each in ids],
            "pinned": session.is_pinned,
        }

    def _track_count_max(self) -> int:
        counts = Counter((each.track, self._home[each.id][1]) for each in self._gridded if each.track)
        return max(counts.values(), default=1)

    def _incident_asked(self, persons: Iterable[str]) -> dict[str, Any]:
        """The part of the incident that the grid knows of."""
        days = {each.starts.astimezone(self._zone).date() for each in self._times}
        persons, times = set(persons), {each.id for each in self._times}
        incident = self._incident
        return {
            "rooms_lost": [[room, day.isoformat()] for room, day in incident.rooms_lost if day in days],
            "speakers_away": [
                [person, day.isoformat()] for person, day in incident.speakers_away if person in persons and day in days
            ],
            "times_lost": [each for each in incident.times_lost if each in times],
            "may_cancel": incident.may_cancel,
        }


def _overlap(slot: Slot, times: Times) -> bool:
    return slot.starts < times.ends and times.starts < slot.ends
