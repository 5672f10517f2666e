"""The judge of programmes: takes a congress, an incident and an answer as they stand in files, lists what is wrong.

It shares no code with the solver and believes nothing that an answer says: what moved, who is told and what the
objectives come to is worked out again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

Given = dict[str, Any]
Plan = dict[str, list[str]]
NO_INCIDENT: Given = {}


@dataclass(frozen=True)
class Break:
    """One hard rule that a plan breaks: by which sessions, and where."""

    rule: str
    sessions: frozenset[str]
    where: tuple[str, ...]
    said: str = field(compare=False)

    def was_so(self, before: "list[Break]") -> bool:
        """Whether these sessions, perhaps with more, broke this rule there already."""
        return any(
            (self.rule, self.where) == (each.rule, each.where) and self.sessions <= each.sessions for each in before
        )


def faults(congress: Given, incident: Given, answer: Given) -> list[str]:
    """Everything that is wrong with the answer to an incident; an impossible one has only its form to be judged."""
    if answer["status"] == "impossible":
        return list(_form_of_impossible(answer))
    found = list(_form(congress, incident, answer))
    after = plan_after(congress, answer)
    return found or [
        *newly_broken(congress, incident, after),
        *_told(congress, answer),
        *_was_so(congress, answer, after),
    ]


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
    yield from (each.said for each in _breaks(congress, incident, plan))


def newly_broken(congress: Given, incident: Given, plan: Plan) -> Iterator[str]:
    """Every hard rule that a plan breaks, but for what the sessions concerned broke where they lay today."""
    before = list(_breaks(congress, NO_INCIDENT, congress["plan"]))
    for each in _breaks(congress, incident, plan):
        if each.rule in _HAPPENED or not each.was_so(before):
            yield each.said


_HAPPENED = ("lost", "away since the incident")


def _breaks(congress: Given, incident: Given, plan: Plan) -> Iterator[Break]:
    yield from _cells(plan)
    for session in congress["sessions"]:
        if session["id"] in plan:
            yield from _session(session, congress, incident, plan)
    yield from _speakers(congress, incident, plan)
    yield from _tracks(congress, plan)


def _cells(plan: Plan) -> Iterator[Break]:
    in_cell: dict[tuple[str, ...], set[str]] = {}
    for session, place in plan.items():
        in_cell.setdefault(tuple(place), set()).add(session)
    for cell, sessions in in_cell.items():
        if len(sessions) > 1:
            yield Break("one room", frozenset(sessions), cell, f"{len(sessions)} sessions lie in {cell}")


def _session(session: Given, congress: Given, incident: Given, plan: Plan) -> Iterator[Break]:
    id_ = session["id"]
    room_id, time_id = cell = tuple(plan[id_])
    room = next(room for room in congress["rooms"] if room["id"] == room_id)
    time = next(time for time in congress["times"] if time["id"] == time_id)
    own, there = frozenset([id_]), f"{id_} in {room_id} at {time_id}"
    if room["seats"] < session["stars"]:
        yield Break("too few seats", own, cell, f"{there}: too few seats")
    if not set(session.get("needs", [])) <= set(room.get("features", [])):
        yield Break("equipment missing", own, cell, f"{there}: equipment missing")
    if [room_id, time_id] in congress.get("closed", []):
        yield Break("closed", own, cell, f"{there}: closed")
    if [room_id, time["day"]] in incident.get("rooms_lost", []) or time_id in incident.get("times_lost", []):
        yield Break("lost", own, cell, f"{there}: lost")
    if session.get("pinned") and plan[id_] != congress["plan"][id_]:
        yield Break("pinned elsewhere", own, cell, f"{there}: pinned elsewhere")
    order = [time["id"] for time in congress["times"]]
    for earlier in session.get("after", []):
        if earlier in plan and order.index(plan[earlier][1]) >= order.index(time_id):
            both = frozenset([id_, earlier])
            yield Break(f"{id_} after", both, (plan[earlier][1], time_id), f"{there}: not after {earlier}")


def _speakers(congress: Given, incident: Given, plan: Plan) -> Iterator[Break]:
    days = {time["id"]: time["day"] for time in congress["times"]}
    for speaker in congress.get("speakers", []):
        name = speaker["id"]
        spoken = [s["id"] for s in congress["sessions"] if name in s.get("speakers", []) and s["id"] in plan]
        for session in spoken:
            time = plan[session][1]
            own, cell, said = frozenset([session]), tuple(plan[session]), f"{session}: {name} is away at {time}"
            if time in speaker.get("away", []):
                yield Break(f"{name} away", own, cell, said)
            if [name, days[time]] in incident.get("speakers_away", []):
                yield Break("away since the incident", own, cell, said)
        for one, other in combinations(spoken, 2):
            if plan[one][1] == plan[other][1]:
                said = f"{name} is in {one} and {other} at {plan[one][1]}"
                yield Break(f"{name} twice", frozenset([one, other]), (plan[one][1],), said)


def _tracks(congress: Given, plan: Plan) -> Iterator[Break]:
    limit = congress.get("same_track_at_once_max")
    at_once: dict[tuple[str, str], set[str]] = {}
    for session in congress["sessions"]:
        if session.get("track") and session["id"] in plan:
            at_once.setdefault((session["track"], plan[session["id"]][1]), set()).add(session["id"])
    for (track, time), sessions in at_once.items():
        if limit is not None and len(sessions) > limit:
            said = f"{len(sessions)} of {track} at {time}"
            yield Break(f"too many of {track}", frozenset(sessions), (time,), said)


def _was_so(congress: Given, answer: Given, after: Plan) -> Iterator[str]:
    """What the answer names as broken before is what is broken still, neither more nor less."""
    named = set(answer.get("was_so_before", {}))
    still = list(_breaks(congress, NO_INCIDENT, after))
    for each in still:
        if not named & each.sessions:
            yield f"not named as broken before: {each.said}"
    for session in named - {session for each in still for session in each.sessions}:
        yield f"{session} is named as broken before, and keeps every rule"


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
    if any(answer.get(key) for key in ("cancelled", "moved_time", "moved_room", "people_told", "was_so_before")):
        yield "impossible, and something changes"
