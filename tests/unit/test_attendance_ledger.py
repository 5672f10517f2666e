"""The points ledger: to it is only added, it ends up as the rules say, and reckoning again adds nothing."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.attendance.domain import badges
from services.scheduling.attendance.domain.attendance import (
    Attendance,
    Fate,
    NotYourSession,
    Posting,
    Turn,
    WordsTooFew,
    confirmed,
    judged,
    scanned,
    taken,
)
from services.scheduling.attendance.domain.attendance import Way as ScanWay
from services.scheduling.attendance.domain.ledger import owed, standing_of
from services.scheduling.attendance.domain.points import Earning, Verdict
from tests.unit.attendance_builders import EVENING, NINE, attendance, scan

SESSIONS = ("s1", "s2", "s3")


def earning(session: str, hundredths: int, *, scheme: str = "CMC") -> Earning:
    verdict = Verdict.EARNED if hundredths else Verdict.TOO_SHORT
    return Earning(session=session, verdict=verdict, hundredths=hundredths, scheme=scheme, scans=("scan-1",))


def add(posted: tuple[Posting, ...], *earned: Earning, release: int = 3) -> tuple[Posting, ...]:
    return posted + owed(earned, posted, conference="79th", person="dana", release=release, now=EVENING)


def test_a_post_cites_scans_presence_threshold_assessment_and_release() -> None:
    earned = Earning(
        session="s1",
        verdict=Verdict.EARNED,
        hundredths=50,
        scheme="CMC",
        rule_year=2020,
        minutes=75,
        presence_seconds=4500,
        needed_seconds=3600,
        assessment="presenter",
        scans=("scan-1", "scan-2"),
    )

    assert add((), earned) == (
        Posting(
            id="79th:dana:00001",
            number=1,
            turn=Turn.POST,
            conference="79th",
            session="s1",
            person="dana",
            scheme="CMC",
            hundredths=50,
            posted_at=EVENING,
            reason="Present and approved.",
            release=3,
            rule_year=2020,
            minutes=75,
            presence_seconds=4500,
            needed_seconds=3600,
            assessment="presenter",
            scans=("scan-1", "scan-2"),
        ),
    )


def test_a_change_is_a_reversal_that_names_its_entry_and_another_post() -> None:
    posted = add(add((), earning("s1", 50)), earning("s1", 100))

    assert [(each.id, each.turn, each.hundredths, each.reverses) for each in posted] == [
        ("79th:dana:00001", Turn.POST, 50, ""),
        ("79th:dana:00002", Turn.REVERSE, -50, "79th:dana:00001"),
        ("79th:dana:00003", Turn.POST, 100, ""),
    ]


def test_what_is_no_longer_earned_is_taken_back_with_the_reason() -> None:
    posted = add(add((), earning("s1", 50)), replace(earning("s1", 0), verdict=Verdict.NEEDS_REVIEW))

    assert [each.hundredths for each in posted] == [50, -50]
    assert posted[1].reason == "The session changed after its approval, and the committee must look at it again."
    assert standing_of(posted) == {}


def test_an_approval_under_another_scheme_moves_the_points_there() -> None:
    posted = add(add((), earning("s1", 50)), earning("s1", 50, scheme="MMC"))

    assert [(each.scheme, each.hundredths) for each in posted] == [("CMC", 50), ("CMC", -50), ("MMC", 50)]


EARNED = st.dictionaries(st.sampled_from(SESSIONS), st.sampled_from([0, 50, 100]))


@given(st.lists(EARNED, max_size=6))
def test_after_any_history_the_ledger_says_what_the_rules_say_last(history: list[dict[str, int]]) -> None:
    posted: tuple[Posting, ...] = ()
    for earned in history:
        posted = add(posted, *(earning(session, hundredths) for session, hundredths in earned.items()))

    last = {session: hundredths for session, hundredths in (history[-1] if history else {}).items() if hundredths}
    sums: Counter[str] = Counter()
    for each in posted:
        sums[each.session] += each.hundredths
    assert {session: hundredths for session, hundredths in sums.items() if hundredths} == last
    assert {session: each.hundredths for session, each in standing_of(posted).items()} == last
    assert [each.number for each in posted] == list(range(1, len(posted) + 1))


@given(EARNED)
def test_reckoning_the_same_again_adds_nothing(earned: dict[str, int]) -> None:
    once = add((), *(earning(session, hundredths) for session, hundredths in earned.items()))

    assert add(once, *(earning(session, hundredths) for session, hundredths in earned.items()), release=9) == once


# scans


def test_two_who_reckon_at_once_would_add_the_same_entries() -> None:
    """Only one of them can: an entry's id is its place in the person's ledger, and is taken once."""
    posted = add((), earning("s1", 50), earning("s2", 100))
    now = (earning("s1", 25), earning("s2", 100), earning("s3", 50))

    one, other = add(posted, *now), add(posted, *now)

    assert one == other
    assert [each.id for each in one] == [f"79th:dana:{number:05}" for number in range(1, 6)]


def test_the_time_of_a_scan_is_the_devices_clock_and_its_skew() -> None:
    slow_by = timedelta(minutes=7)

    taken_at = scanned(
        id_="x", way=ScanWay.IN, device="d", device_at=NINE - slow_by, device_now=EVENING - slow_by, now=EVENING
    )

    assert (taken_at.at, taken_at.device_at, taken_at.received_at) == (NINE, NINE - slow_by, EVENING)
    assert taken_at.skew_ms == 7 * 60 * 1000


def fates(*scans: object) -> list[Fate]:
    held: Attendance = attendance("s1")
    found = []
    for each in scans:
        held, fate = taken(held, each)  # type: ignore[arg-type]
        found.append(fate)
    return found


def test_a_second_scan_on_the_same_device_is_dropped_until_the_person_went_the_other_way() -> None:
    assert fates(scan("in", 0), scan("in", 1), scan("out", 30), scan("in", 40)) == [
        Fate.STORED,
        Fate.DUPLICATE,
        Fate.STORED,
        Fate.STORED,
    ]


def test_the_same_passage_on_two_devices_is_kept_twice_and_the_second_is_marked() -> None:
    assert fates(scan("in", 5), scan("in", 3, device="tablet"), scan("out", 60)) == [
        Fate.STORED,
        Fate.SECOND_DEVICE,
        Fate.STORED,
    ]


def test_who_left_and_came_back_by_another_door_is_not_marked() -> None:
    assert fates(scan("in", 0), scan("out", 30), scan("in", 35, device="tablet"))[-1] is Fate.STORED


def test_a_scan_that_is_sent_again_is_stored_once() -> None:
    held, _ = taken(attendance("s1"), scan("in", 0))
    again, fate = taken(held, scan("in", 0))

    assert (again, fate) == (held, Fate.STORED)


# assessments


def test_a_word_is_no_sentence() -> None:
    with pytest.raises(WordsTooFew):
        confirmed(attendance("s1", scan("in", 0)), words="  much   ", score=5, now=EVENING)


def test_who_was_not_there_has_nothing_to_confirm() -> None:
    with pytest.raises(NotYourSession):
        confirmed(attendance("s1"), words="I learned how to keep minutes.", score=5, now=EVENING)


def test_a_judgement_can_be_taken_back_and_repeating_it_changes_nothing() -> None:
    passed = judged(attendance("s1", scan("in", 0)), is_passed=True, by="committee", now=EVENING)

    assert judged(passed, is_passed=True, by="presenter", now=EVENING + timedelta(hours=1)) == passed
    assert judged(passed, is_passed=None, by="committee", now=EVENING).given is None


# badges


def test_a_badge_is_read_however_it_is_typed() -> None:
    code = badges.code_of("a key", "79th:dana")

    assert badges.read_code(f" {badges.printed(code).lower()} ") == code
    assert badges.read_code(code.replace("0", "o").replace("1", "l")) == code


@given(st.integers(0, badges.LENGTH - 1), st.sampled_from(badges.SIGNS), st.text(max_size=20))
def test_one_wrong_sign_is_always_seen(place: int, sign: str, attendee: str) -> None:
    code = badges.code_of("a key", attendee)
    wrong = code[:place] + sign + code[place + 1 :]

    assert badges.read_code(wrong) == (code if wrong == code else "")


@given(st.text(max_size=40))
def test_nonsense_is_no_badge(text: str) -> None:
    code = badges.read_code(text)

    assert code == "" or len(code) == badges.LENGTH


def test_every_attendee_and_every_key_has_another_code() -> None:
    codes = {badges.code_of(key, f"79th:{number}") for key in ("one", "two") for number in range(1000)}

    assert len(codes) == 2000
