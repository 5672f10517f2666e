"""Small congresses for the solver's tests, in the form of their files, and every plan that the judge lets pass."""

from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from services.scheduling.solver.model import Congress, Incident
from services.scheduling.solver.reading import read_congress, read_incident
from services.scheduling.solver.rules import Kind, Rule
from tests.programme_checker import Given, Plan, broken, newly_broken, objectives

DAYS = ("2025-05-19", "2025-05-20")
FEATURES = ("stream", "tables")
SEATS = (40, 60, 60, 120)
TRACKS = ("records", "finance")


def given_rooms(*seats: int, features: Sequence[str] = ()) -> list[Given]:
    """Rooms r0, r1, ..., all with the same features."""
    return [{"id": f"r{n}", "seats": seat, "features": list(features)} for n, seat in enumerate(seats)]


def given_times(day_count: int = 2, per_day: int = 2) -> list[Given]:
    """Times d1t1, d1t2, d2t1, ..., an hour each, from nine o'clock."""
    return [
        {"id": f"d{day}t{slot}", "day": f"2025-05-{18 + day}", "start": f"{8 + slot:02}:00", "minutes": 60}
        for day in range(1, day_count + 1)
        for slot in range(1, per_day + 1)
    ]


def given_session(number: int, **more: Any) -> Given:
    """A session of 50 stars that needs nothing."""
    return {"id": f"s{number}", "title": f"Lesson {number}", "stars": 50, **more}


def given_congress(**more: Any) -> Given:
    """Two rooms, two days with two times each, three sessions; p0 speaks in two of them."""
    congress: Given = {
        "rooms": given_rooms(100, 60),
        "times": given_times(),
        "speakers": [{"id": "p0", "away": []}, {"id": "p1"}],
        "sessions": [
            given_session(0, speakers=["p0"], stars=100),
            given_session(1, speakers=["p0", "p1"]),
            given_session(2, after=["s0"]),
        ],
        "agendas": [["s0", "s1"], ["s1", "s2"], ["s2"]],
        "plan": {"s0": ["r0", "d1t1"], "s1": ["r1", "d1t2"], "s2": ["r1", "d2t1"]},
    }
    return {**congress, **more}


def read(congress: Given, incident: Given | None = None) -> tuple[Congress, Incident]:
    """Both as the solver knows them."""
    known = read_congress(congress)
    return known, read_incident(incident or {}, known)


@st.composite
def congresses(draw: st.DrawFn) -> Given:
    """A congress with up to five sessions and a valid plan, if it has one; else without a plan."""
    times = given_times(per_day=draw(st.integers(1, 2)))
    rooms = [
        {"id": f"r{n}", "seats": draw(st.sampled_from(SEATS)), "features": draw(_some(FEATURES))}
        for n in range(draw(st.integers(1, 3)))
    ]
    time_ids = [time["id"] for time in times]
    cells = [[room["id"], time] for room in rooms for time in time_ids]
    session_count = draw(st.integers(1, min(5, len(cells))))
    congress: Given = {
        "rooms": rooms,
        "times": times,
        "closed": draw(st.lists(st.sampled_from(cells), max_size=1)),
        "speakers": [{"id": f"p{n}", "away": draw(_some(time_ids, most=1))} for n in range(3)],
        "sessions": [draw(_sessions(number)) for number in range(session_count)],
        "same_track_at_once_max": draw(st.sampled_from((1, 2))),
        "agendas": draw(st.lists(_some([f"s{n}" for n in range(session_count)]), max_size=6)),
    }
    plans = all_plans(congress, {}, pins={})
    some = [plan for plan, _ in zip(plans, range(20), strict=False)]
    congress["plan"] = draw(st.sampled_from(some)) if some else {}
    if draw(st.booleans()) and some:
        congress["sessions"][draw(st.integers(0, session_count - 1))]["pinned"] = True
    return congress


@st.composite
def broken_congresses(draw: st.DrawFn) -> Given:
    """A congress whose plan of today may break any rule, as real ones do."""
    congress = draw(congresses())
    cells = [[room["id"], time["id"]] for room in congress["rooms"] for time in congress["times"]]
    congress["plan"] = {session["id"]: draw(st.sampled_from(cells)) for session in congress["sessions"]}
    return congress


@st.composite
def incidents(draw: st.DrawFn, congress: Given) -> Given:
    """Up to one of each kind."""
    rooms = [room["id"] for room in congress["rooms"]]
    days = sorted({time["day"] for time in congress["times"]})
    return {
        "rooms_lost": draw(st.lists(st.tuples(st.sampled_from(rooms), st.sampled_from(days)).map(list), max_size=2)),
        "speakers_away": draw(
            st.lists(st.tuples(st.sampled_from(["p0", "p1", "p2"]), st.sampled_from(days)).map(list), max_size=1)
        ),
        "times_lost": draw(_some([time["id"] for time in congress["times"]], most=1)),
        "may_cancel": draw(st.booleans()),
    }


def _some(values: Sequence[str], *, most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


@st.composite
def _sessions(draw: st.DrawFn, number: int) -> Given:
    return {
        "id": f"s{number}",
        "title": f"Lesson {number}",
        "track": draw(st.sampled_from(TRACKS)),
        "needs": draw(st.sampled_from(([], [], [], ["stream"], ["tables"]))),
        "speakers": draw(_some(["p0", "p1", "p2"])),
        "stars": draw(st.sampled_from((10, 40, 41, 60, 120))),
        "after": draw(st.sampled_from(([], [], [f"s{number - 1}"]))) if number else [],
    }


def all_plans(
    congress: Given, incident: Given, *, pins: Plan, may_cancel: bool = False, forgives: bool = False
) -> Iterator[Plan]:
    """Every plan that the judge lets pass, one session after the other; the pinned ones keep their place, and where it
    forgives, what was broken there before may stay so."""
    broken_rules = newly_broken if forgives else broken
    judged = {**congress, "plan": pins}
    cells = [[room["id"], time["id"]] for room in congress["rooms"] for time in congress["times"]]

    def placed(plan: Plan, rest: Sequence[Given]) -> Iterator[Plan]:
        if not rest:
            yield plan
            return
        session, *others = rest
        for cell in cells:
            longer = {**plan, session["id"]: cell}
            if next(broken_rules(judged, incident, longer), None) is None:
                yield from placed(longer, others)
        if may_cancel:
            yield from placed(plan, others)

    yield from placed({}, congress["sessions"])


def least_objectives(congress: Given, incident: Given) -> tuple[int, ...] | None:
    """What the best of all plans costs, in the order of the objectives; none when there is no plan."""
    may_cancel = incident["may_cancel"]
    plans = all_plans(congress, incident, pins=congress["plan"], may_cancel=may_cancel, forgives=True)
    return min((objectives(congress, plan) for plan in plans), default=None)


def with_rules_only(congress: Given, rules: Sequence[Rule]) -> tuple[Given, Given]:
    """A congress and an incident that are bound by these rules and by no others."""
    held = {(rule.kind, rule.bound, rule.other) for rule in rules}
    placed = [session for session in congress["sessions"] if (Kind.PLACED, session["id"], "") in held]
    sessions = [_bound_session(session, placed, held) for session in placed]
    names = {name for session in sessions for name in session["speakers"]}
    relaxed: Given = {
        **congress,
        "closed": [cell for cell in congress.get("closed", []) if (Kind.CLOSED, *cell) in held],
        "sessions": sessions,
        "speakers": [
            {"id": name, "away": [rule.other for rule in rules if rule.kind is Kind.AWAY and _is(rule.bound, name)]}
            for name in sorted(names)
        ],
    }
    happened: Given = {
        "rooms_lost": [[rule.bound, rule.other] for rule in rules if rule.kind is Kind.ROOM_LOST],
        "times_lost": [rule.bound for rule in rules if rule.kind is Kind.TIME_LOST],
        "speakers_away": [
            [name, rule.other]
            for rule in rules
            for name in names
            if rule.kind is Kind.SPEAKER_AWAY and _is(rule.bound, name)
        ],
    }
    return relaxed, happened


def _is(speaker: str, name: str) -> bool:
    return name.partition("@")[0] == speaker


def _bound_session(session: Given, placed: Sequence[Given], held: set[tuple[Kind, str, str]]) -> Given:
    """A session with what still binds it; a speaker who may be in two places is another person in each."""
    own = session["id"]
    ids = {other["id"] for other in placed}
    return {
        **session,
        "stars": session["stars"] if (Kind.SEATS, own, "") in held else 0,
        "needs": [feature for feature in session.get("needs", []) if (Kind.NEEDS, own, feature) in held],
        "after": [e for e in session.get("after", []) if (Kind.AFTER, own, e) in held and e in ids],
        "track": session.get("track") if (Kind.TRACK, session.get("track"), "") in held else None,
        "pinned": (Kind.PINNED, own, "") in held,
        "speakers": [
            name if (Kind.ONE_PLACE, name, "") in held else f"{name}@{own}" for name in session.get("speakers", [])
        ],
    }
