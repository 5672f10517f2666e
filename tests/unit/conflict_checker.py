"""An independent judge of a draft: it goes through the days minute by minute and shares no code with the rules.

It works on plain dictionaries and whole minutes, and finds conflicts as (rule, sessions); it has no words.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

FOR_ALL = {"general", "plenary", "break"}

Found = set[tuple[str, frozenset[str]]]


def judge(draft: Mapping[str, Any]) -> Found:
    """Every conflict of a draft: `rooms`, `sessions`, `away`, `stars`, `signed_up`, `pairs` and the two limits."""
    on = {each["id"]: each for each in draft["sessions"] if each["shown"]}
    found: Found = set()
    for id_, session in on.items():
        found |= {(rule, frozenset({id_})) for rule in _about_one(session, draft)}
        for first in session["after"]:
            if first not in on or any(minute < _end(on[first]) for minute in _minutes(session)):
                found.add(("order", frozenset({id_, first})))
    for minute in sorted({session["start"] for session in on.values()}):
        running = [session for session in on.values() if minute in _minutes(session)]
        for one, other in combinations(running, 2):
            found |= {(rule, frozenset({one["id"], other["id"]})) for rule in _about_two(one, other, draft)}
    return found | _crowds(on.values(), at_once_max=draft["at_once_max"])


def _minutes(session: Mapping[str, Any]) -> range:
    return range(session["start"], _end(session))


def _end(session: Mapping[str, Any]) -> int:
    return int(session["start"] + session["minutes"])


def _about_one(session: Mapping[str, Any], draft: Mapping[str, Any]) -> Iterable[str]:
    room = draft["rooms"].get(session["room"])
    if room is None:
        yield "room_away"
    else:
        usable = {minute for start, end in room["windows"] for minute in range(start, end)}
        if room["windows"] and not set(_minutes(session)) <= usable:
            yield "room_away"
        wanting = [draft["stars"].get(session["id"], 0), draft["signed_up"].get(session["id"], 0)]
        if any(count > room["seats"] for count in wanting):
            yield "room_too_small"
        if set(session["needs"]) - {"step-free"} - set(room["features"]):
            yield "equipment_missing"
        if not room["step_free"] and ("step-free" in session["needs"] or session["kind"] in FOR_ALL):
            yield "steps"
    for person in session["speakers"]:
        away = {minute for start, end in draft["away"].get(person, []) for minute in range(start, end)}
        if away & set(_minutes(session)):
            yield "speaker_away"


def _about_two(one: Mapping[str, Any], other: Mapping[str, Any], draft: Mapping[str, Any]) -> Iterable[str]:
    if one["room"] == other["room"]:
        yield "room_twice"
    if set(one["speakers"]) & set(other["speakers"]):
        yield "speaker_twice"
    if {one["kind"], other["kind"]} & FOR_ALL:
        yield "break_overlapped"
    wanting = sum(count for pair, count in draft["pairs"].items() if set(pair) == {one["id"], other["id"]})
    if wanting and wanting >= draft["both_min"]:
        yield "both_wanted"


def _crowds(sessions: Iterable[Mapping[str, Any]], *, at_once_max: int) -> Found:
    """For each track and minute, who is there together; of those sets, the ones that no other contains."""
    together: dict[tuple[str, int], set[str]] = {}
    for session in sessions:
        for minute in _minutes(session):
            if session["track"]:
                together.setdefault((session["track"], minute), set()).add(session["id"])
    crowds = {frozenset(each) for each in together.values() if len(each) > at_once_max}
    return {("track_crowded", each) for each in crowds if not any(each < other for other in crowds)}
