"""Why nothing can be done: rules that really contradict, none of them too many, and sentences that name them."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.scheduling.solver.rules import Kind, Rule, all_rules
from services.scheduling.solver.timetable import Clock
from services.scheduling.solver.why_not import (
    NO_TIME_TO_CHOOSE,
    Contradiction,
    contradiction,
    contradiction_at_once,
    smallest,
)
from tests.programme_checker import Given
from tests.unit.solver_builders import (
    all_plans,
    congresses,
    given_congress,
    given_rooms,
    given_session,
    given_times,
    incidents,
    read,
    with_rules_only,
)


def can_be_kept(congress: Given, rules: tuple[Rule, ...]) -> bool:
    relaxed, happened = with_rules_only(congress, rules)
    return next(all_plans(relaxed, happened, pins=congress["plan"]), None) is not None


def reasons(congress: Given, incident: Given) -> list[str]:
    known, happened = read(congress, incident)
    found = contradiction(known, happened, clock=Clock(60))
    return list(found.reasons(known)) if found else []


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_reasons_contradict_and_none_of_them_can_be_left_out(data: st.DataObject) -> None:
    congress = data.draw(congresses())
    incident = data.draw(incidents(congress))
    known, happened = read(congress, incident)

    found = contradiction(known, happened, clock=Clock(60))

    assume(found is not None)
    assert found is not None
    assert found.is_smallest
    assert not can_be_kept(congress, found.rules)
    for left_out in found.rules:
        assert can_be_kept(congress, tuple(rule for rule in found.rules if rule != left_out)), left_out


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_there_are_reasons_exactly_where_no_plan_is(data: st.DataObject) -> None:
    congress = data.draw(congresses())
    incident = data.draw(incidents(congress))
    known, happened = read(congress, incident)

    found = contradiction(known, happened, clock=Clock(60))

    assert (found is None) is can_be_kept(congress, all_rules(known, happened))


def test_more_sessions_than_cells_are_counted_at_once() -> None:
    congress = {
        "rooms": given_rooms(100),
        "times": given_times(),
        "sessions": [given_session(number) for number in range(4)],
        "plan": {f"s{n}": ["r0", time["id"]] for n, time in enumerate(given_times())},
    }
    known, happened = read(congress, {"times_lost": ["d1t1"]})

    found = contradiction_at_once(known, happened, clock=Clock(60))

    assert found is not None
    assert list(found.reasons(known)) == [
        *(f"s{number} (Lesson {number}) is to be placed." for number in range(4)),
        "The time d1t1 is lost.",
    ]


def test_a_long_list_of_one_kind_is_one_sentence() -> None:
    times = given_times(per_day=4)
    congress = {
        "rooms": given_rooms(100),
        "times": times,
        "sessions": [given_session(number) for number in range(8)],
        "plan": {f"s{n}": ["r0", time["id"]] for n, time in enumerate(times)},
    }

    assert reasons(congress, {"times_lost": ["d1t1"]}) == [
        "8 sessions are to be placed: s0, s1, s2, s3, s4, s5, s6, s7.",
        "The time d1t1 is lost.",
    ]


def test_equipment_that_is_lost_is_named_with_its_rooms() -> None:
    congress = given_congress()
    congress["rooms"][1]["features"] = ["stream"]
    congress["sessions"][1]["needs"] = ["stream"]

    assert reasons(congress, {"rooms_lost": [["r1", "2025-05-19"], ["r1", "2025-05-20"]]}) == [
        "s1 (Lesson 1) is to be placed.",
        "s1 needs stream; only r1 has it.",
        "Room r1 is lost on 2025-05-19.",
        "Room r1 is lost on 2025-05-20.",
    ]


def test_a_speaker_without_a_free_time_is_named_with_the_sessions() -> None:
    assert reasons(given_congress(), {"speakers_away": [["p1", "2025-05-19"], ["p1", "2025-05-20"]]}) == [
        "s1 (Lesson 1) is to be placed.",
        "p1, who speaks in s1, is away on 2025-05-19.",
        "p1, who speaks in s1, is away on 2025-05-20.",
    ]


def test_a_speaker_with_more_sessions_than_free_times_is_named() -> None:
    congress = given_congress(times=given_times(per_day=1))
    congress["plan"] = {"s0": ["r0", "d1t1"], "s1": ["r1", "d2t1"], "s2": ["r0", "d2t1"]}
    congress["sessions"][2]["after"] = []

    assert reasons(congress, {"times_lost": ["d1t1"]}) == [
        "s0 (Lesson 0) is to be placed.",
        "s1 (Lesson 1) is to be placed.",
        "p0 can't be in two places at once, and speaks in s0, s1.",
        "The time d1t1 is lost.",
    ]


def test_a_chain_that_is_longer_than_the_times_is_named_whole() -> None:
    congress = given_congress(
        sessions=[given_session(0), given_session(1, after=["s0"]), given_session(2, after=["s1"])],
        times=given_times(per_day=2),
    )
    congress["plan"] = {"s0": ["r0", "d1t1"], "s1": ["r0", "d1t2"], "s2": ["r0", "d2t1"]}

    assert reasons(congress, {"times_lost": ["d1t1", "d2t2"]}) == [
        "s0 (Lesson 0) is to be placed.",
        "s1 (Lesson 1) is to be placed.",
        "s2 (Lesson 2) is to be placed.",
        "s1 comes after s0.",
        "s2 comes after s1.",
        "The time d1t1 is lost.",
        "The time d2t2 is lost.",
    ]


def test_what_is_possible_has_no_reasons() -> None:
    assert reasons(given_congress(), {"times_lost": ["d1t1"]}) == []


def test_the_smallest_set_is_found_among_many() -> None:
    rules = [Rule(kind, f"x{number}") for number, kind in enumerate([*Kind] * 9)]
    wanted = {rules[3], rules[50], rules[51]}

    assert set(smallest(rules, lambda some: wanted <= set(some))) == wanted


def test_what_no_counting_shows_is_found_by_search() -> None:
    """s0 and s1 share a speaker and the last two times; what keeps each from one of them is no matter of counting."""
    congress = given_congress(
        sessions=[
            given_session(0, speakers=["p0"], track="law"),
            given_session(1, speakers=["p0"], track="money"),
            given_session(2, track="law", pinned=True),
            given_session(3, track="money", pinned=True),
        ],
        rooms=given_rooms(100, 100, 100),
        same_track_at_once_max=1,
        speakers=[{"id": "p0", "away": ["d1t1", "d1t2"]}],
        agendas=[],
        plan={"s2": ["r0", "d2t1"], "s3": ["r1", "d2t1"]},
    )
    known, happened = read(congress)

    found = contradiction(known, happened, clock=Clock(60))
    assert found is not None
    assert "p0 can't be in two places at once, and speaks in s0, s1." in found.reasons(known)
    assert contradiction_at_once(known, happened, clock=Clock(60)) is None


def test_without_time_the_reasons_say_that_some_may_be_too_many() -> None:
    known, _ = read(given_congress())
    rule = Rule(Kind.TIME_LOST, "d1t1")

    assert Contradiction((rule,), is_smallest=False).reasons(known) == ("The time d1t1 is lost.", NO_TIME_TO_CHOOSE)
