"""The least repair: never worse than the best of all plans, on any of its objectives, and judged by a stranger."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.scheduling.solver.answers import as_json
from services.scheduling.solver.model import FileRefused, OutOfTime
from services.scheduling.solver.repair import repair
from tests.bench.congress import congress as large_congress
from tests.bench.congress import incident_a
from tests.programme_checker import Given, faults, objectives, plan_after
from tests.unit.solver_builders import (
    broken_congresses,
    congresses,
    given_congress,
    given_rooms,
    given_session,
    given_times,
    incidents,
    least_objectives,
    read,
)

TOO_SHORT_SECONDS = 0.001  # the model alone takes longer


def answer_to(congress: Given, incident: Given, *, budget_seconds: float = 60) -> dict[str, Any]:
    return {**as_json(repair(*read(congress, incident), budget_seconds=budget_seconds))}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_plan_of_all_is_better_than_the_repair(data: st.DataObject) -> None:
    congress = data.draw(congresses())
    assume(congress["plan"])
    incident = data.draw(incidents(congress))

    answer = answer_to(congress, incident)

    least = least_objectives(congress, incident)
    assert faults(congress, incident, answer) == []
    if least is None:
        assert answer["status"] == "impossible"
    else:
        assert answer["status"] == "proven"
        assert objectives(congress, plan_after(congress, answer)) == least


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_broke_a_rule_before_may_stay_so_and_all_else_is_repaired_and_proven_around_it(
    data: st.DataObject,
) -> None:
    congress = data.draw(broken_congresses())
    incident = data.draw(incidents(congress))

    answer = answer_to(congress, incident)

    least = least_objectives(congress, incident)
    assert faults(congress, incident, answer) == []
    if least is None:
        assert answer["status"] == "impossible"
    else:
        assert answer["status"] == "proven"
        assert objectives(congress, plan_after(congress, answer)) == least


def test_a_session_with_more_stars_than_seats_stays_and_is_listed_while_a_lost_room_is_repaired() -> None:
    congress = given_congress()
    congress["sessions"][1]["stars"] = 75

    answer = answer_to(congress, {"rooms_lost": [["r0", "2025-05-19"]]})

    assert answer["was_so_before"] == {"s1": ["room r1 has 60 seats, and 75 people starred it."]}
    assert (answer["status"], list(answer["moved_time"]), answer["moved_room"]) == ("proven", ["s0", "s2"], {})
    assert faults(congress, {"rooms_lost": [["r0", "2025-05-19"]]}, answer) == []


def test_an_incident_that_hits_nobody_changes_nothing() -> None:
    congress = given_congress()

    answer = answer_to(congress, {"rooms_lost": [["r0", "2025-05-20"]], "speakers_away": [["p1", "2025-05-20"]]})

    assert {**answer, "seconds": 0} == {
        "status": "proven",
        "cancelled": [],
        "moved_time": {},
        "moved_room": {},
        "people_told": 0,
        "reasons": [],
        "seconds": 0,
    }


def test_a_change_of_room_is_better_than_a_change_of_time() -> None:
    congress = given_congress()

    answer = answer_to(congress, {"rooms_lost": [["r1", "2025-05-19"]]})

    assert answer["status"] == "proven"
    assert answer["moved_time"] == {}
    assert answer["moved_room"] == {"s1": ["r0", "d1t2"]}
    assert answer["people_told"] == 2


def test_many_changes_of_room_are_better_than_one_of_time() -> None:
    """Each session fits its own room and the one before it, so that all three move up."""
    features = (["a"], ["a", "b"], ["b", "c"], ["c"])
    congress = {
        "rooms": [{"id": f"r{number}", "seats": 60, "features": some} for number, some in enumerate(features)],
        "times": given_times(day_count=1),
        "sessions": [given_session(number, needs=[need]) for number, need in enumerate("abc")],
        "plan": {"s0": ["r1", "d1t1"], "s1": ["r2", "d1t1"], "s2": ["r3", "d1t1"]},
    }

    answer = answer_to(congress, {"rooms_lost": [["r3", "2025-05-19"]]})

    assert answer["moved_time"] == {}
    assert answer["moved_room"] == {"s0": ["r0", "d1t1"], "s1": ["r1", "d1t1"], "s2": ["r2", "d1t1"]}


def test_of_two_sessions_the_one_with_fewer_stars_moves() -> None:
    congress = {
        "rooms": given_rooms(100, 100),
        "times": given_times(day_count=2, per_day=1),
        "sessions": [given_session(0, stars=70), given_session(1, stars=20)],
        "plan": {"s0": ["r0", "d1t1"], "s1": ["r1", "d1t1"]},
    }

    answer = answer_to(congress, {"rooms_lost": [["r1", "2025-05-19"]]})

    assert list(answer["moved_time"]) == ["s1"]
    assert answer["moved_room"] == {}


def test_a_lost_time_moves_what_lay_there_and_nothing_else() -> None:
    answer = answer_to(given_congress(), {"times_lost": ["d1t2"]})

    assert answer["status"] == "proven"
    assert list(answer["moved_time"]) == ["s1"]
    assert answer["moved_room"] == {}


def test_what_comes_after_moves_along() -> None:
    congress = {
        "rooms": given_rooms(50),
        "times": given_times(day_count=1, per_day=3),
        "sessions": [given_session(0), given_session(1, after=["s0"])],
        "plan": {"s0": ["r0", "d1t1"], "s1": ["r0", "d1t2"]},
    }

    answer = answer_to(congress, {"times_lost": ["d1t1"]})

    assert answer["moved_time"] == {"s0": ["r0", "d1t2"], "s1": ["r0", "d1t3"]}


def test_a_speaker_away_for_a_day_takes_all_sessions_of_that_day_along() -> None:
    answer = answer_to(given_congress(), {"speakers_away": [["p0", "2025-05-19"]]})

    assert answer["status"] == "proven"
    assert {"s0", "s1"} <= set(answer["moved_time"])
    assert faults(given_congress(), {"speakers_away": [["p0", "2025-05-19"]]}, answer) == []


def test_where_rooms_are_too_few_the_fewest_are_cancelled() -> None:
    congress = given_congress()
    incident = {"rooms_lost": [["r0", "2025-05-19"], ["r0", "2025-05-20"]], "may_cancel": True}

    answer = answer_to(congress, incident)

    assert answer["status"] == "proven"
    assert answer["cancelled"] == ["s0"]
    assert answer["moved_time"] == {}
    assert answer["people_told"] == 1
    assert faults(congress, incident, answer) == []


def test_without_leave_nothing_is_cancelled() -> None:
    answer = answer_to(given_congress(), {"rooms_lost": [["r0", "2025-05-19"], ["r0", "2025-05-20"]]})

    assert answer["status"] == "impossible"
    assert answer["cancelled"] == []
    assert " ".join(answer["reasons"]).count("r0") >= 2


def test_everything_is_cancelled_when_no_time_is_left() -> None:
    congress = given_congress()
    times = [time["id"] for time in congress["times"]]

    answer = answer_to(congress, {"times_lost": times, "may_cancel": True})

    assert answer["cancelled"] == ["s0", "s1", "s2"]
    assert answer["people_told"] == 3


def test_a_pinned_session_that_can_not_stay_is_no_repair() -> None:
    congress = given_congress()
    congress["sessions"][1]["pinned"] = True

    answer = answer_to(congress, {"times_lost": ["d1t2"]})

    assert answer["status"] == "impossible"
    assert any("s1 is pinned to room r1 at d1t2" in reason for reason in answer["reasons"])
    assert any("d1t2 is lost" in reason for reason in answer["reasons"])


def test_a_pinned_session_that_can_not_stay_is_cancelled_where_that_is_allowed() -> None:
    congress = given_congress()
    congress["sessions"][1]["pinned"] = True

    answer = answer_to(congress, {"times_lost": ["d1t2"], "may_cancel": True})

    assert (answer["status"], answer["cancelled"], answer["moved_time"]) == ("proven", ["s1"], {})


def test_a_pinned_session_stays_even_where_moving_it_would_be_less() -> None:
    congress = given_congress()
    congress["sessions"][0]["pinned"] = True
    incident = {"speakers_away": [["p1", "2025-05-19"]]}

    answer = answer_to(congress, incident)

    assert list(answer["moved_time"]) == ["s1"]
    assert faults(congress, incident, answer) == []


def test_seats_that_are_just_enough_are_enough() -> None:
    congress = given_congress(rooms=given_rooms(100, 60, 100))

    answer = answer_to(congress, {"rooms_lost": [["r0", "2025-05-19"]]})

    assert answer["moved_room"] == {"s0": ["r2", "d1t1"]}


def test_one_seat_too_few_is_too_few() -> None:
    congress = given_congress(rooms=given_rooms(100, 60, 99))

    answer = answer_to(congress, {"rooms_lost": [["r0", "2025-05-19"]]})

    assert answer["moved_room"] == {}
    assert "s0" in answer["moved_time"]


def test_a_cancelled_part_one_binds_part_two_no_more() -> None:
    congress = given_congress()
    congress["rooms"][1]["seats"] = 50

    answer = answer_to(
        congress,
        {"rooms_lost": [["r0", "2025-05-19"], ["r0", "2025-05-20"]], "may_cancel": True},
    )

    assert answer["cancelled"] == ["s0"]
    assert answer["moved_time"] == {}


def test_a_congress_of_one_session_moves_it() -> None:
    congress = {
        "rooms": given_rooms(50),
        "times": given_times(day_count=1),
        "sessions": [given_session(0)],
        "plan": {"s0": ["r0", "d1t1"]},
    }

    answer = answer_to(congress, {"times_lost": ["d1t1"]})

    assert answer["moved_time"] == {"s0": ["r0", "d1t2"]}


def test_a_congress_of_nothing_has_nothing_to_repair() -> None:
    assert answer_to({"rooms": [], "times": [], "sessions": []}, {})["status"] == "proven"


def test_without_time_the_answer_is_valid_and_does_not_call_itself_proven() -> None:
    congress = large_congress(1)
    incident = {**incident_a(congress, 1), "may_cancel": True}

    answer = answer_to(congress, incident, budget_seconds=TOO_SHORT_SECONDS)

    assert answer["status"] == "best_found"
    assert answer["cancelled"]
    assert faults(congress, incident, answer) == []


def test_without_time_and_without_leave_to_cancel_there_is_no_answer() -> None:
    congress = large_congress(1)

    with pytest.raises(OutOfTime, match="and none was ruled out"):
        answer_to(congress, incident_a(congress, 1), budget_seconds=TOO_SHORT_SECONDS)


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"plan": {}}, "plan", "s0 (Lesson 0) has no place in it"),
        ({"plan": {"s0": ["r0", "d1t1"], "s1": ["r1", "d1t2"]}}, "plan", "s2 (Lesson 2) has no place in it"),
        ({"closed": [["r1", "d1t2"]]}, "plan.s1", "room r1 is closed at d1t2."),
        ({"rooms": given_rooms(99, 60)}, "plan.s0", "room r0 has 99 seats, and 100 people starred it."),
        ({"speakers": [{"id": "p0"}, {"id": "p1", "away": ["d1t2"]}]}, "plan.s1", "speaker p1 is away at d1t2."),
        (
            {"plan": {"s0": ["r0", "d1t2"], "s1": ["r1", "d1t2"], "s2": ["r1", "d2t1"]}},
            "plan.s1",
            "its speaker p0 is in s0 (Lesson 0) at d1t2 as well.",
        ),
        (
            {"plan": {"s0": ["r0", "d2t1"], "s1": ["r1", "d1t2"], "s2": ["r1", "d2t1"]}},
            "plan.s2",
            "it comes after s0 (Lesson 0), which is not at an earlier time.",
        ),
        (
            {"plan": {"s0": ["r0", "d1t1"], "s1": ["r1", "d2t1"], "s2": ["r1", "d2t1"]}},
            "plan.s2",
            "room r1 at d2t1 is taken by s1 (Lesson 1).",
        ),
        (
            {"sessions": [given_session(0), given_session(1, needs=["stream"]), given_session(2)]},
            "plan.s1",
            "room r1 does not have stream, which it needs.",
        ),
        (
            {
                "sessions": [given_session(n, track="law") for n in range(3)],
                "plan": {"s0": ["r0", "d1t1"], "s1": ["r1", "d1t1"], "s2": ["r1", "d2t1"]},
                "same_track_at_once_max": 1,
            },
            "plan.s1",
            "2 sessions of the track law lie at d1t1, 1 may.",
        ),
    ],
)
def test_what_breaks_a_rule_today_is_listed_as_so_before_and_only_a_missing_place_is_refused(
    change: Given, place: str, reason: str
) -> None:
    congress = given_congress(**change)
    if place == "plan":
        with pytest.raises(FileRefused, match=re.escape(reason)):
            answer_to(congress, {})
        return

    answer = answer_to(congress, {})

    assert reason in answer["was_so_before"][place.removeprefix("plan.")][0]
    assert (answer["status"], answer["moved_time"], answer["moved_room"]) == ("proven", {}, {})
    assert faults(congress, {}, answer) == []


def test_nobody_joins_what_is_too_crowded_already() -> None:
    congress = given_congress(
        rooms=given_rooms(100, 60, 60),
        sessions=[given_session(n, track="law") for n in range(3)],
        plan={"s0": ["r0", "d1t1"], "s1": ["r1", "d1t1"], "s2": ["r1", "d2t1"]},
        closed=[["r0", "d2t1"], ["r1", "d1t2"], ["r0", "d1t2"], ["r2", "d1t2"]],
        same_track_at_once_max=1,
    )
    incident = {"times_lost": ["d2t1"]}

    answer = answer_to(congress, incident)
    only_there = answer_to(congress, {"times_lost": ["d2t1", "d2t2"]})

    assert (answer["moved_time"]["s2"][1], answer["status"]) == ("d2t2", "proven")
    assert only_there["status"] == "impossible"
    assert faults(congress, incident, answer) == []
