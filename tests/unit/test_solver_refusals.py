"""What makes no sense is refused with the place and the reason, and what is only empty is not."""

import copy
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.solver.form import load, parsed
from services.scheduling.solver.model import FileRefused
from services.scheduling.solver.reading import read_congress, read_incident
from tests.programme_checker import Given
from tests.unit.solver_builders import given_congress, read

Change = Callable[[Given], object]


def refusal(change: Change) -> tuple[str, str]:
    congress = given_congress(closed=[["r1", "d2t2"]], same_track_at_once_max=2)
    change(congress)
    with pytest.raises(FileRefused) as refused:
        read_congress(congress)
    return refused.value.place, refused.value.reason


def put(path: str, value: Any) -> Change:
    """Put a value at a place such as `sessions/1/stars`."""

    def change(congress: Given) -> None:
        *way, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
        inner: Any = congress
        for part in way:
            inner = inner[part]
        inner[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"),
    [
        ("hotel", "Ritz", "hotel", "this key is not known here"),
        ("sessions/1/star", 4, "sessions[1].star", "this key is not known here"),
        ("plan/s9", ["r0", "d2t2"], "plan.s9", 'there is no session "s9".'),
        ("plan/s1", ["r9", "d2t2"], "plan.s1[0]", 'there is no room "r9".'),
        ("plan/s1", ["r0", "d9"], "plan.s1[1]", 'there is no time "d9".'),
        ("plan/s1", ["r0"], "plan.s1", "is not a pair."),
        ("plan/s1", "r0", "plan.s1", "is not a list."),
        ("plan", [], "plan", "is not an object"),
        ("rooms", {}, "rooms", "is not a list."),
        ("rooms/0", "r0", "rooms[0]", "is not an object"),
        ("rooms/0/id", "", "rooms[0].id", "a name can't be empty."),
        ("rooms/0/id", 7, "rooms[0].id", "7 is not a line"),
        ("rooms/1/id", "r0", "rooms[1].id", '"r0" is there twice.'),
        ("rooms/0/seats", -1, "rooms[0].seats", "-1 is not between 0 and"),
        ("rooms/0/seats", 10**30, "rooms[0].seats", "is not between 0 and"),
        ("rooms/0/seats", 4.5, "rooms[0].seats", "4.5 is not a whole number."),
        ("rooms/0/seats", True, "rooms[0].seats", "true is not a whole number."),
        ("rooms/0/seats", None, "rooms[0].seats", "null is not a whole number."),
        ("rooms/0/features", "stream", "rooms[0].features", "is not a list."),
        ("rooms/0/features", ["stream", "stream"], "rooms[0].features[1]", '"stream" is there twice.'),
        ("times/1/id", "d1t1", "times[1].id", '"d1t1" is there twice.'),
        ("times/1/day", "2025-02-30", "times[1].day", "is not in the calendar."),
        ("times/1/day", "20 May 2025", "times[1].day", "is not a day such as"),
        ("times/1/day", "9999-12-31", "times[1].day", "no day comes after it."),
        ("times/1/day", 20250520, "times[1].day", "is not a day such as"),
        ("times/1/start", "25:00", "times[1].start", "is not a time of the day"),
        ("times/1/start", "9:00", "times[1].start", "is not a time of the day"),
        ("times/1/start", "09:30", "times[1]", '"d1t2" begins before "d1t1" is over.'),
        ("times/1/start", "08:30", "times[1]", '"d1t2" begins before "d1t1", which stands before it.'),
        ("times/1/minutes", 0, "times[1].minutes", "0 is not between 1 and"),
        ("times/1/minutes", 2000, "times[1].minutes", "2000 minutes are longer than a day."),
        ("closed/0", ["r1"], "closed[0]", "is not a pair."),
        ("closed/0", ["r7", "d1t1"], "closed[0][0]", 'there is no room "r7".'),
        ("closed/0", ["r1", "2025-05-20"], "closed[0][1]", 'there is no time "2025-05-20".'),
        ("speakers/1/id", "p0", "speakers[1].id", '"p0" is there twice.'),
        ("speakers/0/away", ["d7t1"], "speakers[0].away[0]", 'there is no time "d7t1".'),
        ("speakers/0/away", "d1t1", "speakers[0].away", "is not a list."),
        ("sessions/2/id", "s0", "sessions[2].id", '"s0" is there twice.'),
        ("sessions/2/title", 12, "sessions[2].title", "12 is not a line"),
        ("sessions/2/title", "two\nlines", "sessions[2].title", "is not a line"),
        ("sessions/2/needs", [None], "sessions[2].needs[0]", "null is not a line"),
        ("sessions/2/speakers", ["p9"], "sessions[2].speakers[0]", 'there is no speaker "p9".'),
        ("sessions/1/speakers", ["p0", "p0"], "sessions[1].speakers[1]", '"p0" is there twice.'),
        ("sessions/2/stars", -5, "sessions[2].stars", "-5 is not between 0 and"),
        ("sessions/2/stars", "50", "sessions[2].stars", '"50" is not a whole number.'),
        ("sessions/2/after", ["s9"], "sessions[2].after[0]", 'there is no session "s9".'),
        ("sessions/2/after", ["s2"], "sessions[2].after", "no session can come after itself: s2 after s2."),
        ("sessions/0/after", ["s2"], "sessions[0].after", "no session can come after itself: s0 after s2 after s0."),
        ("sessions/2/pinned", "yes", "sessions[2].pinned", "is neither true nor false."),
        ("same_track_at_once_max", 0, "same_track_at_once_max", "0 is not between 1 and"),
        ("same_track_at_once_max", "two", "same_track_at_once_max", "is not a whole number."),
        ("agendas/0", ["s0", "s0"], "agendas[0][1]", '"s0" is there twice.'),
        ("agendas/0", ["s7"], "agendas[0][0]", 'there is no session "s7".'),
        ("agendas/0", "s0", "agendas[0]", "is not a list."),
    ],
)
def test_a_senseless_value_is_refused_where_it_stands(path: str, value: Any, place: str, reason: str) -> None:
    refused = refusal(put(path, value))

    assert refused[0] == place
    assert reason in refused[1]


@pytest.mark.parametrize(
    "path",
    [
        *("rooms", "times", "sessions", "rooms/0/id", "rooms/0/seats", "times/0/day", "times/0/start"),
        *("times/0/minutes", "speakers/0/id", "sessions/0/id", "sessions/0/title", "sessions/0/stars"),
    ],
)
def test_what_has_to_be_there_is_missed(path: str) -> None:
    *way, last = [int(part) if part.isdecimal() else part for part in path.split("/")]

    def leave_out(congress: Given) -> None:
        inner: Any = congress
        for part in way:
            inner = inner[part]
        del inner[last]

    assert refusal(leave_out)[1] == f'the key "{last}" is missing.'


def test_a_pin_without_a_place_is_refused() -> None:
    def change(congress: Given) -> None:
        congress["sessions"][1]["pinned"] = True
        del congress["plan"]["s1"]

    assert refusal(change) == ("sessions[1].pinned", '"s1" is pinned, and the plan has no place for it.')


@pytest.mark.parametrize(
    ("incident", "place", "reason"),
    [
        ([], "", "[] is not an object"),
        ({"fire": True}, "fire", "this key is not known here"),
        ({"rooms_lost": [["r9", "2025-05-20"]]}, "rooms_lost[0][0]", 'there is no room "r9".'),
        ({"rooms_lost": [["r0", "2025-05-28"]]}, "rooms_lost[0][1]", "the congress has no time on 2025-05-28."),
        ({"rooms_lost": [["r0", "d1t1"]]}, "rooms_lost[0][1]", "is not a day such as"),
        ({"rooms_lost": ["r0"]}, "rooms_lost[0]", "is not a list."),
        ({"rooms_lost": [["r0"]]}, "rooms_lost[0]", "is not a pair."),
        ({"speakers_away": [["p9", "2025-05-20"]]}, "speakers_away[0][0]", 'there is no speaker "p9".'),
        ({"speakers_away": [["p0", "2025-06-20"]]}, "speakers_away[0][1]", "the congress has no time on"),
        ({"times_lost": ["2025-05-20"]}, "times_lost[0]", 'there is no time "2025-05-20".'),
        ({"times_lost": "d1t1"}, "times_lost", "is not a list."),
        ({"may_cancel": "no"}, "may_cancel", "is neither true nor false."),
        ({"may_cancel": 1}, "may_cancel", "is neither true nor false."),
    ],
)
def test_an_incident_that_this_congress_can_not_have_had_is_refused(incident: Any, place: str, reason: str) -> None:
    congress = read_congress(given_congress())

    with pytest.raises(FileRefused) as refused:
        read_incident(incident, congress)

    assert refused.value.place == place
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "this is not JSON"),
        ("{", "this is not JSON"),
        ('{"stars": NaN}', "NaN is not a number."),
        ('{"stars": -Infinity}', "-Infinity is not a number."),
        ('{"plan": {}, "plan": {}}', 'the key "plan" is there twice.'),
        ("[" * 100_000, "nested too deeply"),
        ('{"stars": ' + "9" * 10_000 + "}", "a number in it is far too long."),
    ],
)
def test_what_is_no_json_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        parsed(text, place="congress.json")


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"title": "M\xfcnchen"}')

    for name, reason in (("none.json", "can't be read"), (".", "can't be read"), ("latin.json", "not text in UTF-8")):
        with pytest.raises(FileRefused, match=reason):
            load(tmp_path / name)


def test_what_may_be_missing_is_empty() -> None:
    congress, incident = read({"rooms": [], "times": [], "sessions": []}, {})

    assert congress.same_track_at_once_max is None
    assert congress.plan == {}
    assert not incident.may_cancel


def test_a_fact_that_is_said_twice_is_one_fact() -> None:
    congress, incident = read(
        given_congress(closed=[["r1", "d2t2"], ["r1", "d2t2"]]),
        {"rooms_lost": [["r0", "2025-05-19"], ["r0", "2025-05-19"]], "times_lost": ["d1t1", "d1t1"]},
    )

    assert len(congress.closed) == len(incident.rooms_lost) == len(incident.times_lost) == 1


def test_two_times_may_touch_but_not_overlap() -> None:
    congress = given_congress()
    assert congress["times"][1]["start"] == "10:00"

    assert [time.minutes for time in read_congress(congress).times] == [60] * 4


@given(st.data())
def test_no_value_at_any_place_makes_anything_worse_than_a_refusal(data: st.DataObject) -> None:
    congress = copy.deepcopy(given_congress(closed=[["r1", "d2t2"]]))
    inner: Any = congress
    while True:
        places = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        place = data.draw(st.sampled_from(places))
        deeper = inner[place]
        if not deeper or not isinstance(deeper, dict | list) or data.draw(st.booleans()):
            break
        inner = deeper
    inner[place] = data.draw(st.sampled_from((None, 0, -1, 1.5, "", "s0", "r0", [], {}, [[]], [{}], True, ["s0"])))

    with suppress(FileRefused):
        read_congress(congress)
