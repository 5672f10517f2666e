"""The hard rules of a programme, one by one, each a fact from the file or the incident that a sentence can name.

That no two sessions share a room at a time is not among them: nobody could take it back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from services.scheduling.solver.model import Congress, Incident


class Kind(Enum):
    """What sort of rule it is; those of the incident stand last."""

    PLACED = auto()  # a session is in the programme
    SEATS = auto()  # its room seats all who starred it
    NEEDS = auto()  # its room has what it needs
    AFTER = auto()  # it lies after another one
    PINNED = auto()  # it keeps its place
    TRACK = auto()  # so many of a track at one time, and no more
    ONE_PLACE = auto()  # a speaker is in one place at a time
    AWAY = auto()  # a speaker can't be there at a time
    CLOSED = auto()  # a room can't be used at a time
    TIME_LOST = auto()
    ROOM_LOST = auto()
    SPEAKER_AWAY = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its kind, what it binds (a session, track, speaker, room or time), and the rest that tells which."""

    kind: Kind
    bound: str
    other: str = ""


def all_rules(congress: Congress, incident: Incident) -> tuple[Rule, ...]:
    """Every rule of the congress, and what the incident adds."""
    return (*_of_sessions(congress), *_of_people_and_rooms(congress), *_of_incident(incident))


def _of_sessions(congress: Congress) -> Iterator[Rule]:
    for session in congress.sessions:
        yield Rule(Kind.PLACED, session.id)
        yield Rule(Kind.SEATS, session.id)
        for feature in sorted(session.needs):
            yield Rule(Kind.NEEDS, session.id, feature)
        for earlier in session.after:
            yield Rule(Kind.AFTER, session.id, earlier)
        if session.pinned:
            yield Rule(Kind.PINNED, session.id)


def _of_people_and_rooms(congress: Congress) -> Iterator[Rule]:
    if congress.same_track_at_once_max is not None:
        for track in sorted({session.track for session in congress.sessions if session.track}):
            yield Rule(Kind.TRACK, track)
    for speaker in congress.speakers:
        yield Rule(Kind.ONE_PLACE, speaker.id)
        for time in sorted(speaker.away):
            yield Rule(Kind.AWAY, speaker.id, time)
    for room, time in sorted(congress.closed):
        yield Rule(Kind.CLOSED, room, time)


def _of_incident(incident: Incident) -> Iterator[Rule]:
    for time in sorted(incident.times_lost):
        yield Rule(Kind.TIME_LOST, time)
    for room, day in sorted(incident.rooms_lost):
        yield Rule(Kind.ROOM_LOST, room, day.isoformat())
    for speaker, day in sorted(incident.speakers_away):
        yield Rule(Kind.SPEAKER_AWAY, speaker, day.isoformat())


def day_of(rule: Rule) -> date:
    """The day that a rule of the incident speaks of."""
    return date.fromisoformat(rule.other)
