"""What stands in the file of a congress and in that of an incident. Whether it makes sense together is `sense.py`."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from services.scheduling.solver.form import Value, load, once, told_of
from services.scheduling.solver.model import Congress, Incident, Place, Plan, Room, Session, Speaker, Time
from services.scheduling.solver.sense import refuse_senseless, refuse_unrelated

MINUTES_MAX = 24 * 60  # a time that fills a day is no time of a programme
_CONGRESS_OPTIONAL = ("closed", "speakers", "same_track_at_once_max", "agendas", "plan")
_SESSION_OPTIONAL = ("track", "needs", "speakers", "after", "pinned")


def load_congress(path: Path) -> Congress:
    """The congress in a file; raises `FileRefused` for one that can't be."""
    with told_of(path):
        return read_congress(load(path))


def load_incident(path: Path, congress: Congress) -> Incident:
    """The incident in a file; raises `FileRefused` for one that this congress can't have had."""
    with told_of(path):
        return read_incident(load(path), congress)


def read_congress(given: Any, *, place: str = "") -> Congress:
    """A congress from parsed JSON: what may be missing is the empty list, no pin, and no limit for a track."""
    table = Value(given, place).table(required=("rooms", "times", "sessions"), optional=_CONGRESS_OPTIONAL)
    congress = Congress(
        rooms=tuple(_room(value) for value in table.items("rooms")),
        times=tuple(_time(value) for value in table.items("times")),
        closed=frozenset(_place(value) for value in table.items("closed")),
        speakers=tuple(_speaker(value) for value in table.items("speakers")),
        sessions=tuple(_session(value) for value in table.items("sessions")),
        same_track_at_once_max=table.read("same_track_at_once_max", _limit, otherwise=None),
        agendas=tuple(_agenda(value) for value in table.items("agendas")),
        plan=table.read("plan", _plan, otherwise={}),
    )
    refuse_senseless(congress, table)
    return congress


def read_incident(given: Any, congress: Congress, *, place: str = "") -> Incident:
    """An incident from parsed JSON; said twice is still said once."""
    table = Value(given, place).table(optional=("rooms_lost", "speakers_away", "times_lost", "may_cancel"))
    refuse_unrelated(table, congress)
    return Incident(
        rooms_lost=frozenset(_on_day(value) for value in table.items("rooms_lost")),
        speakers_away=frozenset(_on_day(value) for value in table.items("speakers_away")),
        times_lost=frozenset(value.name() for value in table.items("times_lost")),
        may_cancel=table.read("may_cancel", Value.truth, otherwise=False),
    )


def _room(value: Value) -> Room:
    table = value.table(required=("id", "seats"), optional=("features",))
    return Room(
        id=table["id"].name(),
        seats=table["seats"].whole_number(least=0),
        features=frozenset(table.names("features")),
    )


def _time(value: Value) -> Time:
    table = value.table(required=("id", "day", "start", "minutes"))
    minutes = table["minutes"].whole_number(least=1)
    if minutes > MINUTES_MAX:
        table["minutes"].refuse(f"{minutes} minutes are longer than a day.")
    day = table["day"].day()
    if day == date.max:
        table["day"].refuse("no day comes after it.")
    return Time(
        id=table["id"].name(),
        starts=datetime.combine(day, table["start"].clock()),
        minutes=minutes,
    )


def _speaker(value: Value) -> Speaker:
    table = value.table(required=("id",), optional=("away",))
    return Speaker(id=table["id"].name(), away=frozenset(away.name() for away in table.items("away")))


def _session(value: Value) -> Session:
    table = value.table(required=("id", "title", "stars"), optional=_SESSION_OPTIONAL)
    return Session(
        id=table["id"].name(),
        title=table["title"].text(),
        track=table.read("track", _track, otherwise=None),
        needs=frozenset(table.names("needs")),
        speakers=table.names("speakers"),
        stars=table["stars"].whole_number(least=0),
        after=table.names("after"),
        pinned=table.read("pinned", Value.truth, otherwise=False),
    )


def _track(value: Value) -> str | None:
    return None if value.given in (None, "") else value.name()


def _limit(value: Value) -> int | None:
    return None if value.given is None else value.whole_number(least=1)


def _agenda(value: Value) -> tuple[str, ...]:
    return tuple(once([(item, item.name()) for item in value.items()]))


def _place(value: Value) -> Place:
    room, time = value.pair()
    return Place(room.name(), time.name())


def _plan(value: Value) -> Plan:
    return {session_id: _place(place) for session_id, place in value.named()}


def _on_day(value: Value) -> tuple[str, Any]:
    name, day = value.pair()
    return name.name(), day.day()
