"""Whether what a file says can be: ids that exist, once each; times in order; nothing after itself."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from services.scheduling.solver.form import Table, Value, once, shown
from services.scheduling.solver.model import Congress


def refuse_senseless(congress: Congress, table: Table) -> None:
    """Refuse a congress whose parts don't fit each other; the rules of its plan are looked at when it is needed."""
    for kind in ("rooms", "times", "speakers", "sessions"):
        once([(_key(value, "id"), value.given["id"]) for value in table.items(kind)])
    _refuse_disordered(congress, table)
    rooms, times, speakers, sessions = (
        frozenset(item.id for item in items)
        for items in (congress.rooms, congress.times, congress.speakers, congress.sessions)
    )
    for value in table.items("closed"):
        _refuse_unknown_place(value, rooms=rooms, times=times)
    for value in table.items("speakers"):
        _refuse_unknown(_listed(value, "away"), times, "time")
    for value in table.items("sessions"):
        _refuse_unknown(_listed(value, "speakers"), speakers, "speaker")
        _refuse_unknown(_listed(value, "after"), sessions, "session")
    for value in table.items("agendas"):
        _refuse_unknown(list(value.items()), sessions, "session")
    _refuse_unknown_plan(table, congress, rooms=rooms, times=times)
    _refuse_circles(congress, table)


def refuse_unrelated(table: Table, congress: Congress) -> None:
    """Refuse an incident about rooms, speakers, times or days that this congress does not have."""
    days = {time.day for time in congress.times}
    for key, items, kind in (
        ("rooms_lost", congress.rooms, "room"),
        ("speakers_away", congress.speakers, "speaker"),
    ):
        known = {item.id for item in items}
        for value in table.items(key):
            name, day = value.pair()
            _refuse_unknown([name], known, kind)
            if day.day() not in days:
                day.refuse(f"the congress has no time on {day.given}.")
    _refuse_unknown(table.items("times_lost"), {time.id for time in congress.times}, "time")


def _key(value: Value, key: str) -> Value:
    return Value(value.given.get(key), f"{value.place}.{key}")


def _listed(value: Value, key: str) -> list[Value]:
    return list(_key(value, key).items()) if key in value.given else []


def _refuse_unknown(values: Sequence[Value], known: Collection[str], kind: str) -> None:
    for value in values:
        if value.name() not in known:
            value.refuse(f"there is no {kind} {shown(value.given)}.")


def _refuse_unknown_place(value: Value, *, rooms: Collection[str], times: Collection[str]) -> None:
    room, time = value.pair()
    _refuse_unknown([room], rooms, "room")
    _refuse_unknown([time], times, "time")


def _refuse_disordered(congress: Congress, table: Table) -> None:
    """Earlier and later are what the list of times says, so it has to say what the clock says."""
    for number, (earlier, later) in enumerate(pairwise(congress.times), start=1):
        value = Value(None, f"{table['times'].place}[{number}]")
        if later.starts < earlier.starts:
            value.refuse(f"{shown(later.id)} begins before {shown(earlier.id)}, which stands before it.")
        if later.starts < earlier.ends:
            value.refuse(f"{shown(later.id)} begins before {shown(earlier.id)} is over.")


def _refuse_unknown_plan(table: Table, congress: Congress, *, rooms: Collection[str], times: Collection[str]) -> None:
    sessions = {session.id for session in congress.sessions}
    for session_id, place in table["plan"].named() if "plan" in table else ():
        if session_id not in sessions:
            place.refuse(f"there is no session {shown(session_id)}.")
        _refuse_unknown_place(place, rooms=rooms, times=times)
    for number, session in enumerate(congress.sessions):
        if session.pinned and session.id not in congress.plan:
            value = Value(None, f"{table['sessions'].place}[{number}].pinned")
            value.refuse(f"{shown(session.id)} is pinned, and the plan has no place for it.")


def _refuse_circles(congress: Congress, table: Table) -> None:
    after = {session.id: session.after for session in congress.sessions}
    done: set[str] = set()
    for number, session in enumerate(congress.sessions):
        if circle := _circle(session.id, after, done):
            value = Value(None, f"{table['sessions'].place}[{number}].after")
            value.refuse(f"no session can come after itself: {' after '.join(circle)}.")


def _circle(start: str, after: Mapping[str, Sequence[str]], done: set[str]) -> list[str]:
    """The sessions of a circle that can be reached from this one; those that are done lead into none."""
    path: list[str] = []
    waiting = [(start, False)]
    while waiting:
        session_id, is_left = waiting.pop()
        if is_left:
            path.pop()
            done.add(session_id)
        elif session_id in path:
            return [*path[path.index(session_id) :], session_id]
        elif session_id not in done:
            path.append(session_id)
            waiting.append((session_id, True))
            waiting.extend((earlier, False) for earlier in after[session_id])
    return []
