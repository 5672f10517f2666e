"""What a conflict says: a sentence with names and times, in the conference's zone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import FOR_ALL, Session
from services.scheduling.programme.domain.wording import day_in_words, hour_in_words, listed, time_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A session with its place, as the rules look at it."""

    id: str
    session: Session
    room: str
    starts: datetime
    ends: datetime
    speakers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What things are called, and where the hours are told."""

    zone: str
    rooms: Mapping[str, str]
    tracks: Mapping[str, str]
    speakers: Mapping[str, str]

    def time(self, starts: datetime, ends: datetime) -> str:
        """`Monday, May 19, 10:00 AM to 11:15 AM`."""
        days = {each.astimezone(ZoneInfo(self.zone)).date() for each in (starts, ends)}
        end = hour_in_words(ends, zone=self.zone) if len(days) == 1 else time_in_words(ends, zone=self.zone)
        return f"{time_in_words(starts, zone=self.zone)} to {end}"

    def room(self, id_: str) -> str:
        """A room's name."""
        return self.rooms.get(id_, "a room that is gone")

    def people(self, ids: list[str]) -> str:
        """Speakers' names."""
        return listed([self.speakers.get(each, "a speaker") for each in ids])


SHORT: Mapping[str, str] = {
    "room_twice": "room used twice",
    "room_away": "room not open",
    "speaker_twice": "speaker in two places",
    "speaker_away": "speaker away",
    "order": "wrong order",
    "outside": "outside of the days",
    "room_too_small": "room too small",
    "equipment_missing": "equipment missing",
    "steps": "steps",
    "break_overlapped": "during a break or plenary",
    "track_crowded": "too many of its track",
    "both_wanted": "many want both",
}  # by rule; where a cell has no room for a sentence

Sentence = Callable[..., str]
About = tuple[Placed, ...]


def named(session: Session) -> str:
    """`C-31 “Records in a crisis”`."""
    return f"{session.code} “{session.title}”"


def room_twice(writing: Writing, about: About) -> str:
    """Two sessions in one room."""
    one, other = about
    when = _both(writing, one, other)
    return f"{writing.room(one.room)} is used twice on {when}: {named(one.session)} and {named(other.session)}."


def room_away(writing: Writing, about: About) -> str:
    """A room that can't be used."""
    (own,) = about
    if own.room not in writing.rooms:
        return f"{named(own.session)} is in a room that the programme does not have any more."
    when = writing.time(own.starts, own.ends)
    return f"{writing.room(own.room)} can't be used for all of {when}, when {named(own.session)} is there."


def outside(writing: Writing, about: About, first: date, last: date) -> str:
    """Something when nobody is there."""
    (own,) = about
    when = writing.time(own.starts, own.ends)
    days = f"{day_in_words(first)} to {day_in_words(last)}"
    return f"{named(own.session)} on {when} is outside of the conference's days, {days}, and of the two around them."


def speaker_twice(writing: Writing, about: About, people: list[str]) -> str:
    """Somebody on two stages."""
    one, other = about
    are = "are" if len(people) > 1 else "is"
    places = " and ".join(f"{named(each.session)} in {writing.room(each.room)}" for each in (one, other))
    return f"{writing.people(people)} {are} wanted in two sessions on {_both(writing, one, other)}: {places}."


def speaker_away(writing: Writing, about: About, person: str) -> str:
    """Somebody who can't come then."""
    (own,) = about
    when = writing.time(own.starts, own.ends)
    return f"{writing.people([person])} can't be there for all of {when}, when {named(own.session)} takes place."


def too_small(writing: Writing, about: About, seats: int, stars: int, signed_up: int) -> str:
    """More people than seats."""
    (own,) = about
    want = f"{stars} people starred" if stars >= signed_up else f"{signed_up} people are signed up for"
    when = time_in_words(own.starts, zone=writing.zone)
    return f"{writing.room(own.room)} has {seats} seats, and {want} {named(own.session)} on {when}."


def equipment_missing(writing: Writing, about: About, missing: list[str]) -> str:
    """What a session needs and its room doesn't have."""
    (own,) = about
    when = time_in_words(own.starts, zone=writing.zone)
    return f"{named(own.session)} on {when} needs {listed(missing)}, which {writing.room(own.room)} does not have."


def steps(writing: Writing, about: About) -> str:
    """Steps where somebody can't climb them."""
    (own,) = about
    who = "everyone comes" if own.session.kind in FOR_ALL else "somebody comes who can't climb them"
    return f"{writing.room(own.room)} can be reached by steps only, and to {named(own.session)} {who}."


def break_overlapped(writing: Writing, about: About) -> str:
    """Something beside what is for all."""
    one, other = about
    for_all, beside = (one, other) if one.session.kind in FOR_ALL else (other, one)
    return f"{named(beside.session)} overlaps {named(for_all.session)}, which is for all, on {_both(writing, *about)}."


def both_wanted(writing: Writing, about: About, count: int) -> str:
    """People who want both."""
    one, other = about
    people = "person" if count == 1 else "people"
    when = _both(writing, one, other)
    return f"{count} {people} starred both {named(one.session)} and {named(other.session)}, which overlap on {when}."


def track_crowded(writing: Writing, about: About, track: str, at_once_max: int) -> str:
    """Too much of one track at once."""
    when = time_in_words(max(each.starts for each in about), zone=writing.zone)
    names = listed([named(each.session) for each in about])
    title = writing.tracks.get(track, track)
    return f"{len(about)} sessions of {title} take place at once on {when}, {at_once_max} should at most: {names}."


def wrong_order(writing: Writing, about: About) -> str:
    """A second part before the first has ended."""
    earlier, later = about
    begins = time_in_words(later.starts, zone=writing.zone)
    ends = time_in_words(earlier.ends, zone=writing.zone)
    return f"{named(later.session)} begins on {begins}, before {named(earlier.session)} has ended on {ends}."


def first_part_missing(writing: Writing, about: About, first: Any) -> str:
    """A second part without the first."""
    (later,) = about
    missing = named(first) if first else "a session that is gone"
    when = time_in_words(later.starts, zone=writing.zone)
    return f"{named(later.session)} on {when} comes after {missing}, which is not on the programme."


def _both(writing: Writing, one: Placed, other: Placed) -> str:
    """The time that two sessions share."""
    return writing.time(max(one.starts, other.starts), min(one.ends, other.ends))
