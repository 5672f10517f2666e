"""What attendance earns: presence from scans, points from approved minutes, and never two sessions for one moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.attendance.domain import points
from services.scheduling.attendance.domain import rules as tables
from services.scheduling.attendance.domain.attendance import Assessment, Attendance, Scan, confirmed, judged
from services.scheduling.attendance.domain.points import Earning, Verdict, earnings, in_points
from services.scheduling.attendance.domain.presence import MissingOut, do_overlap, presence, seconds_of
from services.scheduling.attendance.domain.rules import Assess, Rounding, Rules
from services.scheduling.releases.domain.releases import Entry, State
from shared.contracts.registration import PointsRule
from shared.settings import SettingMissing
from tests.unit.attendance_builders import EVENING, NINE, ZONE, attendance, entry, rule, rules, scan, stay


def reckon(
    *attendances: Attendance, entries: Sequence[Entry] = (entry(),), held: Rules | None = None
) -> dict[str, Earning]:
    found = earnings(
        attendances, {each.session: each for each in entries}, rules=held or rules(), zone=ZONE, now=EVENING
    )
    return {each.session: each for each in found}


def minutes_there(*scans: Scan, missing_out: MissingOut = MissingOut.SESSION_END, elsewhere: Sequence[int] = ()) -> int:
    windows = presence(
        scans,
        starts=NINE,
        ends=NINE + timedelta(minutes=75),
        missing_out=missing_out,
        seen_elsewhere=[NINE + timedelta(minutes=each) for each in elsewhere],
    )
    return seconds_of(windows) // 60


# presence


def test_presence_is_from_the_scan_in_to_the_scan_out() -> None:
    assert minutes_there(scan("in", 5), scan("out", 65)) == 60


def test_time_before_the_session_and_after_it_does_not_count() -> None:
    assert minutes_there(scan("in", -20), scan("out", 100)) == 75


def test_who_was_not_scanned_out_stayed_until_the_session_ended_at_the_latest() -> None:
    assert minutes_there(scan("in", 15)) == 60


def test_who_was_not_scanned_out_and_came_in_elsewhere_was_here_until_then() -> None:
    assert minutes_there(scan("in", 0), elsewhere=[-5, 30, 50]) == 30


def test_a_rule_may_say_that_a_missing_scan_out_shows_nothing() -> None:
    assert minutes_there(scan("in", 0), missing_out=MissingOut.NOTHING) == 0


def test_a_scan_out_without_one_in_starts_nothing() -> None:
    assert minutes_there(scan("out", 30)) == 0


def test_stretches_are_added_and_what_two_devices_saw_is_counted_once() -> None:
    first, again = (scan("in", 0), scan("out", 20)), (scan("in", 40), scan("out", 60))
    other = (scan("in", 1, device="tablet"), scan("out", 21, device="tablet"))

    assert minutes_there(*first, *again) == 40
    assert minutes_there(*first, *again, *other) == 40


def test_a_connection_counts_its_own_time_and_no_moment_twice() -> None:
    online = (scan("in", 10, is_online=True), scan("out", 70, is_online=True))

    assert minutes_there(*online) == 60
    assert minutes_there(*online, scan("in", 0), scan("out", 30)) == 70


def test_two_connections_of_one_person_are_each_their_own() -> None:
    one = (scan("in", 0, device="a", is_online=True), scan("out", 35, device="a", is_online=True))
    other = (scan("in", 20, device="b", is_online=True), scan("out", 65, device="b", is_online=True))

    assert minutes_there(*one, *other) == 65


SCANS = st.lists(
    st.builds(
        lambda way, minute, device, online: scan(way, minute, device=device, is_online=online),
        st.sampled_from(["in", "out"]),
        st.integers(-30, 120),
        st.sampled_from(["phone", "tablet"]),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.id,
)


@given(SCANS, st.randoms())
def test_the_order_in_which_scans_came_in_is_irrelevant(scans: list[Scan], shuffle: object) -> None:
    mixed = list(scans)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]

    assert minutes_there(*mixed) == minutes_there(*scans)


@given(SCANS)
def test_nobody_is_there_longer_than_the_session(scans: list[Scan]) -> None:
    assert 0 <= minutes_there(*scans) <= 75


# what is earned


def test_who_was_there_earns_what_the_approved_minutes_are_worth() -> None:
    [earning] = reckon(stay("s1", 0, 75)).values()

    assert (earning.verdict, earning.hundredths, earning.minutes) == (Verdict.EARNED, 50, 75)
    assert (earning.presence_seconds, earning.needed_seconds) == (75 * 60, 60 * 60)


@pytest.mark.parametrize(("minutes", "per_point", "expected"), [(240, 240, 100), (240, 120, 200), (75, 120, 50)])
def test_one_scheme_gives_a_point_for_four_hours_and_another_for_two(
    minutes: int, per_point: int, expected: int
) -> None:
    assert rule(minutes_per_point=per_point).worth(minutes) == expected


def test_what_comes_to_less_than_the_floor_earns_nothing() -> None:
    held = rules(rule(step=25, rounding=Rounding.DOWN))

    earned = reckon(stay("s1", 0, 75), held=held)["s1"]

    assert (earned.verdict, earned.hundredths) == (Verdict.BELOW_FLOOR, 0)


def test_rounding_down_and_to_the_nearest_step_differ_where_they_should() -> None:
    assert rule(rounding=Rounding.DOWN).worth(200) == 50
    assert rule(rounding=Rounding.NEAREST).worth(200) == 100
    assert rule(rounding=Rounding.NEAREST).worth(60) == 50  # half a step counts up


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        (entry(approved=None), Verdict.NOT_APPROVED),
        (entry(is_approved=False), Verdict.NOT_APPROVED),
        (entry(must_be_reviewed=True), Verdict.NEEDS_REVIEW),
        (entry(state=State.CANCELLED), Verdict.CANCELLED),
        (entry(scheme="unheard of"), Verdict.NO_RULE),
        (entry(after=12 * 60), Verdict.NOT_OVER),
        (entry(session="another"), Verdict.NOT_RELEASED),
    ],
)
def test_a_session_that_is_not_as_it_was_approved_earns_nothing(changed: Entry, verdict: Verdict) -> None:
    earned = reckon(stay("s1", 0, 75), entries=[changed])["s1"]

    assert (earned.verdict, earned.hundredths) == (verdict, 0)


def test_a_scheme_may_take_sessions_of_one_level_only() -> None:
    held = rules(rule(levels=("advanced",)))

    assert reckon(stay("s1", 0, 75), held=held)["s1"].verdict is Verdict.WRONG_LEVEL
    assert reckon(stay("s1", 0, 75), held=held, entries=[entry(level="advanced")])["s1"].hundredths == 50


def test_a_presence_one_minute_below_the_threshold_is_too_short() -> None:
    assert reckon(stay("s1", 0, 59))["s1"].verdict is Verdict.TOO_SHORT
    assert reckon(stay("s1", 0, 60))["s1"].verdict is Verdict.EARNED


def test_a_delayed_session_is_held_against_its_real_times() -> None:
    scanned_in_and_out = stay("s1", 25, 100)

    assert reckon(scanned_in_and_out)["s1"].verdict is Verdict.TOO_SHORT
    assert reckon(scanned_in_and_out, entries=[entry(after=25, state=State.DELAYED)])["s1"].hundredths == 50


def test_the_year_of_the_session_chooses_the_table() -> None:
    held = rules(rule(), rule(from_year=2025, minutes_per_point=75), rule(from_year=2026, minutes_per_point=1))

    assert reckon(stay("s1", 0, 75), held=held)["s1"].hundredths == 100


def test_an_attendees_own_words_are_enough_where_a_confirmation_is_asked_for_and_not_for_a_test() -> None:
    there = stay("s1", 0, 75)
    said = confirmed(there, words="I learned how to keep minutes through a flood.", score=4, now=EVENING)
    confirmation, test = (rules(rule(assessment=each)) for each in (Assess.CONFIRMATION, Assess.TEST))

    assert reckon(there, held=confirmation)["s1"].verdict is Verdict.ASSESSMENT_MISSING
    assert reckon(said, held=confirmation)["s1"].hundredths == 50
    assert reckon(said, held=test)["s1"].verdict is Verdict.ASSESSMENT_MISSING
    assert reckon(judged(said, is_passed=True, by="presenter", now=EVENING), held=test)["s1"].hundredths == 50


def test_a_sessions_approval_can_ask_for_a_confirmation_that_its_scheme_does_not() -> None:
    asked = [entry(must_be_assessed=True)]

    assert reckon(stay("s1", 0, 75), entries=asked)["s1"].verdict is Verdict.ASSESSMENT_MISSING


def test_the_presenters_word_outweighs_the_attendees() -> None:
    said = confirmed(stay("s1", 0, 75), words="I learned how to keep minutes.", score=None, now=EVENING)
    failed = judged(said, is_passed=False, by="presenter", now=EVENING)

    earned = reckon(failed, held=rules(rule(assessment=Assess.CONFIRMATION)))["s1"]

    assert (earned.verdict, earned.assessment) == (Verdict.ASSESSMENT_FAILED, "presenter")


# overlaps


def test_of_two_overlapping_attendances_the_longer_presence_counts() -> None:
    both = [entry("s1"), entry("s2", after=30)]

    found = reckon(stay("s1", 0, 66), stay("s2", 32, 105), entries=both)

    assert {name: each.verdict for name, each in found.items()} == {"s1": Verdict.OVERLAPS, "s2": Verdict.EARNED}


def test_of_two_equally_long_ones_the_earlier_counts() -> None:
    both = [entry("s2"), entry("s1", after=30)]

    found = reckon(stay("s2", 0, 70), stay("s1", 30, 100), entries=both)

    assert {name: each.hundredths for name, each in found.items()} == {"s1": 0, "s2": 50}


def test_leaving_one_session_the_moment_another_begins_is_no_overlap() -> None:
    both = [entry("s1"), entry("s2", after=75)]

    found = reckon(stay("s1", 0, 75), stay("s2", 75, 150), entries=both)

    assert sum(each.hundredths for each in found.values()) == 100


def test_a_session_that_earns_nothing_takes_no_time_from_one_that_does() -> None:
    both = [entry("s1", minutes=180, approved=None), entry("s2", after=30)]

    found = reckon(stay("s1", 0, 180), stay("s2", 30, 105), entries=both)

    assert found["s2"].hundredths == 50


STAYS = st.dictionaries(
    st.sampled_from(["s1", "s2", "s3", "s4", "s5"]),
    st.tuples(st.integers(-10, 300), st.integers(0, 200)),
    min_size=1,
)
MIXED = [entry(f"s{number}", after=35 * number, approved=60 + 30 * number, minutes=150) for number in range(1, 6)]


@given(STAYS)
def test_no_two_attendances_that_count_share_a_moment(stays: dict[str, tuple[int, int]]) -> None:
    attended = [stay(session, start, start + length) for session, (start, length) in stays.items()]

    counted = [each for each in reckon(*attended, entries=MIXED).values() if each.hundredths]

    assert not any(
        do_overlap(one.windows, other.windows) for one in counted for other in counted if one.session < other.session
    )


@given(STAYS)
def test_nothing_earns_more_than_its_approved_minutes_are_worth(stays: dict[str, tuple[int, int]]) -> None:
    attended = [stay(session, start, start + length) for session, (start, length) in stays.items()]
    worth = {each.session: rule().worth(each.approval.minutes) for each in MIXED if each.approval}

    for each in reckon(*attended, entries=MIXED).values():
        assert each.hundredths in (0, worth[each.session])


@given(st.integers(0, 80), st.integers(0, 80))
def test_who_stays_longer_never_earns_less(one: int, other: int) -> None:
    shorter, longer = sorted((one, other))

    assert reckon(stay("s1", 0, shorter))["s1"].hundredths <= reckon(stay("s1", 0, longer))["s1"].hundredths


RULES = st.builds(
    rule,
    minutes_per_point=st.integers(1, 600),
    step=st.sampled_from([1, 10, 25, 50, 100]),
    rounding=st.sampled_from(Rounding),
    floor=st.sampled_from([0, 25, 50, 100]),
)


@given(RULES, st.integers(0, 2000), st.integers(0, 2000))
def test_more_approved_minutes_are_never_worth_less(held: tables.Rule, one: int, other: int) -> None:
    fewer, more = sorted((one, other))

    assert held.worth(fewer) <= held.worth(more)


@given(RULES, st.integers(0, 2000))
def test_a_worth_is_whole_steps_within_one_step_of_the_exact_share(held: tables.Rule, minutes: int) -> None:
    exact, worth = Fraction(minutes * 100, held.minutes_per_point), held.worth(minutes)

    assert worth % held.step == 0
    assert worth == 0 or abs(worth - exact) < held.step
    if held.rounding is Rounding.DOWN:
        assert worth <= exact


@given(STAYS, st.randoms())
def test_the_order_of_the_attendances_is_irrelevant(stays: dict[str, tuple[int, int]], shuffle: object) -> None:
    attended = [stay(session, start, start + length) for session, (start, length) in stays.items()]
    mixed = list(attended)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]

    assert reckon(*mixed, entries=MIXED) == reckon(*attended, entries=MIXED)


# the tables


def test_the_tables_that_come_with_the_service_can_be_read() -> None:
    held = tables.read()

    assert held.titles == {
        "CMC": "Certified Municipal Clerk",
        "MMC": "Master Municipal Clerk",
        "academy": "Athenian and Academy study",
    }
    academy = held.rule("academy", 2025)
    assert academy is not None
    assert academy.worth(240) == 100
    assert held.rule("CMC", 2019) is None


def test_an_association_says_how_many_hours_make_a_point_from_a_year_on() -> None:
    held = tables.read()
    own = held.with_points(
        [
            PointsRule(scheme="CMC", from_year=2027, minutes_per_point=300),
            PointsRule(scheme="academy", from_year=2018, minutes_per_point=120),
            PointsRule(scheme="nobody's", from_year=2027, minutes_per_point=1),
        ]
    )

    def minutes(scheme: str, year: int) -> int | None:
        rule = own.rule(scheme, year)
        return rule.minutes_per_point if rule else None

    assert [minutes("CMC", year) for year in (2019, 2026, 2027, 2030)] == [None, 240, 300, 300]
    assert [minutes("academy", year) for year in (2018, 2025)] == [120, 120]
    assert (minutes("MMC", 2027), minutes("nobody's", 2027)) == (120, None)
    assert (own.titles, own.digest == held.digest) == (held.titles, False)
    assert held.with_points([]) is held


@pytest.mark.parametrize(
    "text",
    [
        "rules = 1",
        "[[rules]]\nscheme = 'x'",
        "not toml",
        tables.OWN_FILE.read_text() * 2,
        tables.OWN_FILE.read_text().replace("presence_percent = 80", "presence_percent = 180"),
        tables.OWN_FILE.read_text().replace("step = 50", "step = 0.5"),
    ],
)
def test_tables_that_make_no_sense_are_refused_at_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.toml").write_text(text)

    with pytest.raises(SettingMissing):
        tables.from_environment({tables.VARIABLE: str(tmp_path / "rules.toml")})


@pytest.mark.parametrize(
    ("hundredths", "written"), [(0, "0"), (50, "0.5"), (100, "1"), (225, "2.25"), (-50, "-0.5"), (1000, "10")]
)
def test_points_are_written_as_people_write_them(hundredths: int, written: str) -> None:
    assert in_points(hundredths) == written


def test_attendances_without_any_scan_earn_nothing() -> None:
    alone = replace(attendance("s1"), given=Assessment(by="presenter", is_passed=True, at=EVENING))

    assert reckon(alone)["s1"].verdict is points.Verdict.ABSENT
