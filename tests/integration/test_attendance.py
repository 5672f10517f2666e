"""Scans and points on the real engines: nothing a phone sent is lost or counted twice; the ledger follows."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from services.scheduling.attendance.commands import adopt_strays, judge_attendance
from services.scheduling.attendance.domain.attendance import Attendee, Turn, attendance_id, attendee_id
from services.scheduling.attendance.jobs import PointsWatch, Releases, reckoning
from services.scheduling.attendance.store import attendance as store
from services.scheduling.attendance.store.door import door_of
from services.scheduling.releases.domain.releases import State
from shared.associations import FIRST
from shared.contracts.registration import AssociationDescribed, PointsRule
from shared.described import association_called
from shared.jobs import LeaseLost, claim_due, due
from tests.integration.attendance_house import (
    CONFERENCE,
    DEADLINE_SECONDS,
    EVENING,
    NINE,
    PROGRAMME,
    House,
    approved,
    cancellation,
    confirmation,
    house,
    payment,
    session_entry,
)
from tests.namespaces import Namespace
from tests.town import SECRET_KEY
from tests.waiting import wait_until

SYNC_SECONDS_MAX = 30.0


@pytest.fixture(scope="module")
def opened(module_namespace: Namespace) -> Iterator[House]:
    """A service for all tests of this module."""
    with house(module_namespace) as opened:
        yield opened


@pytest.fixture
def day(opened: House) -> House:
    """The Monday of the congress, for one test, in which nobody has a badge yet."""
    opened.begin_again()
    opened.database.mongo["attendees"].delete_many({})
    return opened


# badges


def test_a_delegates_badge_is_on_the_list_as_a_hash_alone_and_says_whether_an_order_is_on_file(day: House) -> None:
    day.admit("dana")
    day.admit("luis", is_paid=False)

    response = day.town.get(f"{day.monitor}/list", desk=None)

    listed = response.get_json()
    assert sorted(listed["badges"].values()) == [0, 1]
    assert [each["code"] for each in listed["sessions"]] == ["C-31", "C-32", "A-07", "T-01"]
    assert not {day.code("dana"), day.code("luis"), "dana", "luis"} & set(response.text.replace('"', " ").split())


def test_an_order_on_file_is_forgotten_when_all_of_its_money_has_come(day: House) -> None:
    day.admit("luis", is_paid=False)

    day.say(payment("luis", balance_minor=7_500), payment("luis"))
    day.town.neighbours.say_all_again()

    wait_until(lambda: not _attendee(day, "luis").is_order_open, DEADLINE_SECONDS, missing="the payment")


def test_the_badge_of_an_ended_registration_opens_no_door_and_is_good_again_with_a_new_one(day: House) -> None:
    day.admit("dana")
    day.say(cancellation("dana"))
    wait_until(lambda: not _attendee(day, "dana").is_live, DEADLINE_SECONDS, missing="the cancellation")

    assert day.fates(day.scan("dana", "c-31", "in", 0)) == ["unknown_badge"]

    day.say(confirmation("dana", registration="reg_again"))
    day.town.neighbours.say_all_again()
    wait_until(lambda: _attendee(day, "dana").is_live, DEADLINE_SECONDS, missing="the new badge")
    assert day.fates(day.scan("dana", "c-31", "in", 0)) == ["stored"]


def _attendee(day: House, person: str) -> Attendee:
    found = store.attendee(day.database, attendee_id(CONFERENCE, person))
    assert found is not None
    return found


# scans


def test_scans_are_kept_with_both_clocks_and_ordered_by_the_devices_clock_and_its_skew(day: House) -> None:
    day.admit("dana")
    day.clock(NINE + timedelta(hours=1))
    phone_is_late = timedelta(minutes=7)
    scans = [day.scan("dana", "c-31", "out", 43), day.scan("dana", "c-31", "in", -7)]

    response = day.sync(*scans, now=NINE + timedelta(hours=1) - phone_is_late)

    assert abs(response.get_json()["skew_ms"] - 7 * 60_000) < 5_000
    kept = store.attendances_of(day.database, CONFERENCE, "dana")[0].scans
    assert [each.way.value for each in kept] == ["in", "out"]
    assert abs(kept[0].at - NINE) < timedelta(seconds=5)
    assert kept[0].device_at == NINE - phone_is_late
    assert kept[0].received_at >= NINE + timedelta(hours=1)


def test_a_batch_that_is_sent_again_is_stored_once(day: House) -> None:
    day.admit("dana")
    scans = [day.scan("dana", "c-31", "in", 0), day.scan("dana", "c-31", "out", 60)]

    assert day.fates(*scans) == ["stored", "stored"]
    assert day.fates(*scans) == ["stored", "stored"]
    assert len(store.attendances_of(day.database, CONFERENCE, "dana")[0].scans) == 2


def test_the_same_device_is_refused_a_second_time_and_another_device_is_marked(day: House) -> None:
    day.admit("dana")

    assert day.fates(day.scan("dana", "c-31", "in", 0), day.scan("dana", "c-31", "in", 1)) == ["stored", "duplicate"]
    assert day.fates(day.scan("dana", "c-31", "in", 2), device="tablet") == ["second_device"]

    kept = store.attendances_of(day.database, CONFERENCE, "dana")[0].scans
    assert [(each.device, each.is_second) for each in kept] == [("phone", False), ("tablet", True)]


def test_what_can_be_no_badge_is_said_and_what_may_become_one_is_kept(day: House) -> None:
    day.admit("dana")
    wrong = day.scan("dana", "c-31", "in", 0) | {"code": "HELLO"}

    fates = day.fates(wrong, day.scan("walk_in", "c-31", "in", 5), day.scan("dana", "not-yet", "in", 5))

    assert fates == ["no_badge", "unknown_badge", "unknown_session"]
    assert {each.fate.value for each in store.strays(day.database, CONFERENCE)} == {"unknown_badge", "unknown_session"}


def test_a_scan_before_the_badge_was_known_counts_when_it_is_and_is_adopted_once(day: House) -> None:
    day.fates(day.scan("walk_in", "c-31", "in", 0), day.scan("walk_in", "c-31", "out", 75))
    day.clock(EVENING)
    day.admit("walk_in")
    strays = store.strays(day.database, CONFERENCE)

    day.reckon()

    release = Releases(day.database).latest(CONFERENCE)
    assert release is not None
    door = door_of(day.database, release, key=SECRET_KEY)
    assert day.database.run(adopt_strays, conference=CONFERENCE, strays=strays, door=door) == 0
    assert store.strays(day.database, CONFERENCE) == []
    assert day.points("walk_in") == {"CMC": 50}


def test_six_hundred_and_eleven_scans_come_in_at_once(day: House) -> None:
    persons = [f"p{number:04}" for number in range(611)]
    day.admit(*persons)
    began = time.monotonic()

    fates = day.fates(*(day.scan(each, "c-31", "in", number / 60) for number, each in enumerate(persons)))

    assert time.monotonic() - began < SYNC_SECONDS_MAX
    assert fates == ["stored"] * 611
    assert store.attendance_counts(day.database, ["c-31"]) == {"c-31": 611}


def test_a_link_for_something_else_takes_no_scans(day: House) -> None:
    day.admit("dana")
    other = f"/monitor/{day.link('agenda', CONFERENCE)}"

    assert day.sync(day.scan("dana", "c-31", "in", 0), monitor=other).status_code == 404
    assert store.attended_conferences(day.database) == []


@pytest.mark.parametrize(
    "changed",
    [{"at": "0001-01-01T00:00:00+00:00"}, {"at": "2025-05-19T09:00:00"}, {"way": "up"}, {"id": ""}, {"more": 1}],
)
def test_a_batch_that_makes_no_sense_is_refused_as_a_whole(day: House, changed: dict[str, object]) -> None:
    day.admit("dana")

    response = day.sync(day.scan("dana", "c-31", "in", 0), day.scan("dana", "c-31", "out", 5) | changed)

    assert response.status_code == 422
    assert store.attended_conferences(day.database) == []


# points


def test_points_are_posted_when_the_session_is_over_and_not_before(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31")

    assert (day.reckon(), day.points("dana")) == (1, {})
    day.clock(NINE + timedelta(minutes=76))
    assert (day.reckon(), day.points("dana")) == (1, {"CMC": 50})
    assert (day.reckon(), len(day.ledger("dana"))) == (0, 1)
    assert day.said() == [("dana:CMC", 50, False)]


def test_points_follow_what_the_association_says_a_point_takes(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31")
    day.clock(EVENING)
    day.reckon()
    before = day.points("dana")

    day.say(
        AssociationDescribed(
            association=FIRST, name="Clerks", points=(PointsRule(scheme="CMC", from_year=2025, minutes_per_point=75),)
        )
    )
    wait_until(lambda: bool(association_called(day.database, FIRST).points), DEADLINE_SECONDS, missing="the rules")
    day.reckon()
    after = day.points("dana")
    day.say(AssociationDescribed(association=FIRST, name="Clerks"))
    wait_until(lambda: not association_called(day.database, FIRST).points, DEADLINE_SECONDS, missing="no rules")
    day.reckon()

    assert (before, after, day.points("dana")) == ({"CMC": 50}, {"CMC": 100}, {"CMC": 50})


def test_a_post_cites_what_it_follows_from(day: House) -> None:
    day.admit("dana")
    scans = [day.scan("dana", "c-31", "in", 0, id_="first"), day.scan("dana", "c-31", "out", 70, id_="second")]
    day.fates(*scans)
    day.clock(EVENING)
    day.reckon()

    [posting] = day.ledger("dana")
    cited = (posting.scans, posting.needed_seconds, posting.minutes, posting.rule_year, posting.release)
    assert cited == (("first", "second"), 3600, 75, 2020, 1)
    assert abs(posting.presence_seconds - 70 * 60) <= 2  # the skew of a request that took a moment
    assert (posting.id, posting.turn, posting.session) == (f"{CONFERENCE}:dana:00001", Turn.POST, "c-31")


def test_two_sessions_at_one_time_never_both_count(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31", 0, 66)
    day.stay("dana", "c-32", 30, 105)
    day.clock(EVENING)

    day.reckon()

    assert [(each.session, each.hundredths) for each in day.ledger("dana")] == [("c-32", 50)]


def test_a_late_scan_corrects_what_was_posted(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31", 0, 66)
    day.clock(EVENING)
    day.reckon()

    day.stay("dana", "c-32", 30, 105)
    day.reckon()

    assert [(each.session, each.hundredths, each.reverses) for each in day.ledger("dana")] == [
        ("c-31", 50, ""),
        ("c-31", -50, f"{CONFERENCE}:dana:00001"),
        ("c-32", 50, ""),
    ]
    assert day.points("dana") == {"CMC": 50}
    assert day.said() == [("dana:CMC", 50, False), ("dana:CMC", -50, True), ("dana:CMC", 50, False)]


def test_a_release_that_asks_for_a_review_takes_points_back_and_the_review_gives_them_again(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31")
    day.clock(EVENING)
    day.reckon()
    changed = replace(PROGRAMME[0], approval=approved(must_be_reviewed=True))

    day.release([changed, *PROGRAMME[1:]], number=2)
    day.reckon()
    assert day.points("dana") == {"CMC": 0}
    day.release(PROGRAMME, number=3)
    day.reckon()

    assert day.points("dana") == {"CMC": 50}
    assert [(each.hundredths, each.release) for each in day.ledger("dana")] == [(50, 1), (-50, 2), (50, 3)]


def test_a_cancelled_session_keeps_no_points_and_a_delayed_one_counts_its_real_times(day: House) -> None:
    day.admit("dana", "luis")
    day.stay("dana", "c-31", 25, 100)
    day.stay("luis", "c-32", 30, 105)
    delayed = session_entry("c-31", after=25, state=State.DELAYED, approval=approved())
    cancelled = replace(PROGRAMME[1], state=State.CANCELLED)
    day.clock(EVENING)
    day.reckon()
    assert (day.points("dana"), day.points("luis")) == ({}, {"CMC": 50})

    day.release([delayed, cancelled], number=2)
    day.reckon()

    assert (day.points("dana"), day.points("luis")) == ({"CMC": 50}, {"CMC": 0})


def test_a_test_must_be_passed_and_can_be_taken_back(day: House) -> None:
    day.admit("dana")
    day.fates(day.scan("dana", "a-07", "in", 120), day.scan("dana", "a-07", "out", 360))
    day.clock(EVENING)
    day.reckon()
    assert day.points("dana") == {}

    day.database.run(judge_attendance, session="a-07", verdicts={"dana": True}, by="presenter")
    day.reckon()
    assert day.points("dana") == {"academy": 100}
    day.database.run(judge_attendance, session="a-07", verdicts={"dana": None}, by="presenter")
    day.reckon()

    assert day.points("dana") == {"academy": 0}


def test_other_tables_are_noticed_and_post_anew(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31")
    day.clock(EVENING)
    day.reckon()

    tables = tuple(replace(each, minutes_per_point=75) if each.scheme == "CMC" else each for each in day.tables.tables)
    day.tables = replace(day.tables, tables=tables, digest="another")
    day.reckon()

    assert day.points("dana") == {"CMC": 100}
    assert [each.hundredths for each in day.ledger("dana")] == [50, -50, 100]


def test_who_has_lost_the_lease_posts_nothing(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31")
    day.clock(EVENING)
    PointsWatch(day.database, day.tables, SECRET_KEY, Releases(day.database)).look()
    kind = reckoning(day.database, day.tables)
    [claim] = claim_due(day.database, kind)
    day.database.mongo["attendees"].update_one({"_id": claim.id}, {"$set": {"job.token": "of somebody else"}})

    with pytest.raises(LeaseLost):
        kind.act(claim)
    assert day.ledger("dana") == []


def test_reckoning_again_without_a_reason_adds_nothing_and_says_nothing(day: House) -> None:
    day.admit("dana")
    day.stay("dana", "c-31")
    day.clock(EVENING)
    day.reckon()

    day.database.mongo["attendees"].update_many({}, {"$set": {"job": due()}})

    assert (day.reckon(), len(day.ledger("dana")), len(day.said())) == (1, 1, 1)


def test_the_service_itself_posts_points_without_being_asked(namespace: Namespace) -> None:
    with house(namespace, roles=("worker", "jobs")) as day:
        day.admit("dana")
        day.stay("dana", "c-31")
        day.clock(EVENING)

        wait_until(lambda: day.points("dana") == {"CMC": 50}, DEADLINE_SECONDS, missing="the points")


def connect(day: House, person: str, joined: float, left: float, *, desk: str | None = "committee") -> TestResponse:
    """What the streaming platform reports."""
    connection = {
        "code": day.code(person),
        "session": "c-31",
        "joined": (NINE + timedelta(minutes=joined)).isoformat(),
        "left": (NINE + timedelta(minutes=left)).isoformat(),
    }
    body = {"source": "stream", "connections": [connection]}
    return day.town.post(f"/conferences/{CONFERENCE}/connections", body, desk=desk, key=None)


def test_online_the_connection_time_is_the_presence_and_no_moment_counts_twice(day: House) -> None:
    day.admit("dana", "luis")
    for _ in range(2):
        assert connect(day, "dana", 0, 35).status_code == 200
        assert connect(day, "dana", 20, 65).status_code == 200
    connect(day, "luis", 0, 35)
    day.clock(EVENING)
    day.reckon()

    assert (day.points("dana"), day.points("luis")) == ({"CMC": 50}, {})
    assert [each.presence_seconds for each in day.ledger("dana")] == [65 * 60]


def test_connections_are_the_committees_to_report_and_end_after_they_begin(day: House) -> None:
    day.admit("dana")

    assert connect(day, "dana", 0, 75, desk=None).status_code == 401
    assert connect(day, "dana", 0, 75, desk="finance").status_code == 403
    assert connect(day, "dana", 75, 0).status_code == 422
    assert store.attended_conferences(day.database) == []


def test_an_attendance_has_an_id_of_its_own() -> None:
    assert attendance_id("c-31", "dana") == "c-31:dana"
