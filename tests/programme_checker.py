"""The judge of programmes: takes a congress, an incident and an answer as they stand in files, lists what is wrong.

It shares no code with the solver and believes nothing that an answer says: what moved, who is told and what the
objectives come to is worked out again.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

Given = dict[str, Any]
Plan = dict[str, list[str]]
NO_INCIDENT: Given = {}


def faults(congress: Given, incident: Given, answer: Given) -> list[str]:
    """Everything that is wrong with the answer to an incident; an impossible one has only its form to be judged."""
    if answer["status"] == "impossible":
        return list(_form_of_impossible(answer))
    found = list(_form(congress, incident, answer))
    return found or [*broken(congress, incident, plan_after(congress, answer)), *_told(congress, answer)]


def plan_after(congress: Given, answer: Given) -> Plan:
    """Today's plan with the answer's changes."""
    plan = {**congress["plan"], **answer["moved_time"], **answer["moved_room"]}
    return {session: place for session, place in plan.items() if session not in answer["cancelled"]}


def objectives(congress: Given, after: Plan) -> tuple[int, int, int, int, int]:
    """Cancelled, changes of time, stars on those, changes of room, people with two starred sessions at one time."""
    before = congress["plan"]
    stars = {session["id"]: session["stars"] for session in congress["sessions"]}
    retimed = [session for session in after if after[session][1] != before[session][1]]
    rehoused = [s for s in after if after[s][1] == before[s][1] and after[s][0] != before[s][0]]
    return (
        len(before) - len(after),
        len(retimed),
        sum(stars[session] for session in retimed),
        len(rehoused),
        clashes(congress, after),
    )


def clashes(congress: Given, plan: Plan) -> int:
    """For every person and every pair of starred sessions at one time, one."""
    count = 0
    for agenda in congress.get("agendas", []):
        times = Counter(plan[session][1] for session in agenda if session in plan)
        count += sum(number * (number - 1) // 2 for number in times.values())
    return count


def broken(congress: Given, incident: Given, plan: Plan) -> Iterator[str]:
    """Every hard rule that a plan breaks."""
    yield from _cells(plan)
    for session in congress["sessions"]:
        if session["id"] in plan:
            yield from _session(session, congress, incident, plan)
    yield from _speakers(congress, incident, plan)
    yield from _tracks(congress, plan)


def _cells(plan: Plan) -> Iterator[str]:
    for cell, count in Counter(tuple(place) for place in plan.values()).items():
        if count > 1:
            yield f"{count} sessions lie in {cell}"


def _session(session: Given, congress: Given, incident: Given, plan: Plan) -> Iterator[str]:
    room_id, time_id = plan[session["id"]]
    room = next(room for room in congress["rooms"] if room["id"] == room_id)
    time = next(time for time in congress["times"] if time["id"] == time_id)
    where = f"{session['id']} in {room_id} at {time_id}"
    if room["seats"] < session["stars"]:
        yield f"{where}: too few seats"
    if not set(session.get("needs", [])) <= set(room.get("features", [])):
        yield f"{where}: equipment missing"
    if [room_id, time_id] in congress.get("closed", []):
        yield f"{where}: closed"
    if [room_id, time["day"]] in incident.get("rooms_lost", []) or time_id in incident.get("times_lost", []):
        yield f"{where}: lost"
    if session.get("pinned") and plan[session["id"]] != congress["plan"][session["id"]]:
        yield f"{where}: pinned elsewhere"
    order = [time["id"] for time in congress["times"]]
    for earlier in session.get("after", []):
        if earlier in plan and order.index(plan[earlier][1]) >= order.index(time_id):
            yield f"{where}: not after {earlier}"


def _speakers(congress: Given, incident: Given, plan: Plan) -> Iterator[str]:
    days = {time["id"]: time["day"] for time in congress["times"]}
    for speaker in congress.get("speakers", []):
        name = speaker["id"]
        spoken = [s["id"] for s in congress["sessions"] if name in s.get("speakers", []) and s["id"] in plan]
        for session in spoken:
            time = plan[session][1]
            if time in speaker.get("away", []) or [name, days[time]] in incident.get("speakers_away", []):
                yield f"{session}: {name} is away at {time}"
        for one, other in combinations(spoken, 2):
            if plan[one][1] == plan[other][1]:
                yield f"{name} is in {one} and {other} at {plan[one][1]}"


def _tracks(congress: Given, plan: Plan) -> Iterator[str]:
    limit = congress.get("same_track_at_once_max")
    at_once = Counter(
        (session["track"], plan[session["id"]][1])
        for session in congress["sessions"]
        if session.get("track") and session["id"] in plan
    )
    for (track, time), count in at_once.items():
        if limit is not None and count > limit:
            yield f"{count} of {track} at {time}"


def _form(congress: Given, incident: Given, answer: Given) -> Iterator[str]:
    if answer["status"] not in ("proven", "best_found"):
        yield f"status {answer['status']}"
    if answer["cancelled"] and not incident.get("may_cancel"):
        yield "cancelled without leave"
    if answer["reasons"]:
        yield "reasons, and it is not impossible"
    named = [*answer["cancelled"], *answer["moved_time"], *answer["moved_room"]]
    for session, count in Counter(named).items():
        if count > 1:
            yield f"{session} is named {count} times"
        if session not in congress["plan"]:
            yield f"{session} is not in today's plan"
    for session, (_, time) in answer["moved_time"].items():
        if time == congress["plan"][session][1]:
            yield f"{session} keeps its time"
    for session, place in answer["moved_room"].items():
        if place[1] != congress["plan"][session][1] or place == congress["plan"][session]:
            yield f"{session} does not just change its room"


def _told(congress: Given, answer: Given) -> Iterator[str]:
    changed = {*answer["cancelled"], *answer["moved_time"], *answer["moved_room"]}
    told = sum(bool(changed & set(agenda)) for agenda in congress.get("agendas", []))
    if told != answer["people_told"]:
        yield f"{answer['people_told']} people told, and {told} are hit"


def _form_of_impossible(answer: Given) -> Iterator[str]:
    if not answer["reasons"]:
        yield "impossible without a reason"
    if answer["cancelled"] or answer["moved_time"] or answer["moved_room"] or answer["people_told"]:
        yield "impossible, and something changes"
