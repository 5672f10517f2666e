"""What calendars are told: feeds and invitations, read back by the library and, for zones, by another one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from shared import calendars
from shared.calendars import CalendarEntry, Mailbox, WholeDays

CHICAGO = ZoneInfo("America/Chicago")
REVISED = datetime(2025, 3, 14, 15, 9, 26, tzinfo=UTC)
ANN = Mailbox(email="ann.clerk@town.example", name='Ann "Annie" Clerk, CMC')
ENTRY = CalendarEntry(
    uid="ses_1@reconvene.example",
    sequence=2,
    title="Records in a crisis",
    starts=datetime(2025, 5, 20, 13, 30, tzinfo=CHICAGO),
    ends=datetime(2025, 5, 20, 14, 45, tzinfo=CHICAGO),
    zone="America/Chicago",
    revised_at=REVISED,
    organizer=Mailbox(email="office@reconvene.example", name="Reconvene"),
    location="Room 240, St. Louis",
)


def feed(*entries: CalendarEntry, zone: str = "America/Chicago", first: date = date(2025, 5, 18)) -> bytes:
    return calendars.feed(entries, uid="programme:conf_1@r", name="79th", zone=zone, first=first, last=first)


def event(written: bytes) -> Any:
    (only,) = Calendar.from_ical(written).events
    return only


def test_a_feed_says_who_publishes_it_how_often_to_look_and_invites_nobody() -> None:
    written = feed(ENTRY)
    lines = written.decode().split("\r\n")
    only = event(written)

    assert {"METHOD:PUBLISH", "UID:programme:conf_1@r", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"} < set(lines)
    assert {"X-PUBLISHED-TTL:PT1H", "X-WR-CALNAME:79th", "DTSTAMP:20250314T150926Z"} < set(lines)
    assert lines.count("LAST-MODIFIED:20250314T150926Z") == 2
    assert (str(only["ORGANIZER"]), "ATTENDEE" in only) == ("mailto:office@reconvene.example", False)
    assert (only["UID"], only["SEQUENCE"], only["STATUS"]) == ("ses_1@reconvene.example", 2, "CONFIRMED")
    assert (only["DTSTART"].dt, only["DTEND"].dt) == (ENTRY.starts, ENTRY.ends)


def test_the_same_feed_is_written_the_same_at_each_request() -> None:
    assert feed(ENTRY) == feed(ENTRY)


@pytest.mark.parametrize(
    ("language", "summary", "label"),
    [
        ("en", "Cancelled: Records in a crisis", "Join online"),
        ("fr", "Annulé\N{NO-BREAK SPACE}: Records in a crisis", "Participer en ligne"),
        ("nl", "Geannuleerd: Records in a crisis", "Online deelnemen"),
    ],
)
def test_what_we_say_in_an_entry_is_in_its_reader_s_language(language: str, summary: str, label: str) -> None:
    entry = replace(ENTRY, is_cancelled=True, online_url="https://meet.example/1", language=language)
    days = WholeDays(
        uid="conf_1@reconvene.example",
        sequence=1,
        title="Records in a crisis",
        first=date(2025, 5, 18),
        last=date(2025, 5, 21),
        revised_at=REVISED,
        organizer=ENTRY.organizer,
        language=language,
    )

    for written in (calendars.attachment(entry), calendars.cancellation(entry, attendee=ANN)):
        assert str(event(written)["SUMMARY"]) == summary
        assert event(written)["CONFERENCE"].params["LABEL"] == label
    assert str(event(calendars.days_cancellation(days))["SUMMARY"]) == summary


def test_a_cancelled_entry_stays_in_the_feed_and_says_so_twice() -> None:
    only = event(feed(replace(ENTRY, is_cancelled=True, sequence=3)))

    assert (only["STATUS"], str(only["SUMMARY"])) == ("CANCELLED", "Cancelled: Records in a crisis")


def test_an_invitation_is_for_one_person_and_asks_for_no_answer() -> None:
    written = calendars.invitation(ENTRY, attendee=ANN)
    attendee = event(written)["ATTENDEE"]

    assert Calendar.from_ical(written)["METHOD"] == "REQUEST"
    assert str(attendee) == "mailto:ann.clerk@town.example"
    assert dict(attendee.params) == {
        "CN": "Ann 'Annie' Clerk, CMC",
        "CUTYPE": "INDIVIDUAL",
        "PARTSTAT": "ACCEPTED",
        "ROLE": "REQ-PARTICIPANT",
        "RSVP": "FALSE",
    }


def test_a_cancelled_session_is_cancelled_in_the_attendees_calendar() -> None:
    written = calendars.cancellation(replace(ENTRY, is_cancelled=True, comment="The room is lost"), attendee=ANN)
    only = event(written)

    assert Calendar.from_ical(written)["METHOD"] == "CANCEL"
    assert (only["STATUS"], str(only["COMMENT"])) == ("CANCELLED", "The room is lost")
    assert str(only["ATTENDEE"]) == "mailto:ann.clerk@town.example"


def test_who_loses_a_seat_is_taken_off_a_session_that_takes_place() -> None:
    written = calendars.removal(ENTRY, attendee=ANN)
    only = event(written)

    assert Calendar.from_ical(written)["METHOD"] == "CANCEL"
    assert ("STATUS" in only, str(only["ATTENDEE"])) == (False, "mailto:ann.clerk@town.example")


def test_an_attachment_asks_nothing_of_anybody() -> None:
    written = calendars.attachment(ENTRY)

    assert (Calendar.from_ical(written)["METHOD"], "ATTENDEE" in event(written)) == ("PUBLISH", False)


def test_an_entry_that_stands_in_for_another_names_it_and_one_online_says_where() -> None:
    only = event(feed(replace(ENTRY, replaces="ses_0@reconvene.example", online_url="https://meet.example/j?a=1,2")))

    assert str(only["RELATED-TO"]) == "ses_0@reconvene.example"
    assert str(only["CONFERENCE"]) == "https://meet.example/j?a=1,2"
    assert only["CONFERENCE"].params["VALUE"] == "URI"


@pytest.mark.parametrize("starts", ["2025-05-20T23:30-05:00", "2025-03-09T01:30-06:00", "2025-11-02T00:30-05:00"])
def test_midnight_and_the_change_of_the_clocks_move_nothing(starts: str) -> None:
    begins = datetime.fromisoformat(starts)
    only = event(feed(replace(ENTRY, starts=begins, ends=begins + timedelta(minutes=75))))

    assert only["DTSTART"].dt.astimezone(UTC) == begins.astimezone(UTC)
    assert only["DTEND"].dt.astimezone(UTC) == begins.astimezone(UTC) + timedelta(minutes=75)


def test_an_hour_that_the_venues_clock_shows_twice_is_written_in_utc() -> None:
    second = datetime(2025, 11, 2, 7, 15, tzinfo=UTC)  # a quarter past one, for the second time

    assert "DTSTART:20251102T071500Z" in feed(replace(ENTRY, starts=second, ends=second + timedelta(hours=1))).decode()


@pytest.mark.parametrize(
    "zone", ["America/Chicago", "America/St_Johns", "Australia/Lord_Howe", "Australia/Sydney", "Africa/Casablanca"]
)
def test_the_zones_rules_are_written_for_the_conferences_year_alone_and_right(zone: str) -> None:
    written = feed(replace(ENTRY, zone=zone), zone=zone).decode().replace("\r\n", "\n")
    rules = written[written.index("BEGIN:VTIMEZONE") : written.index("BEGIN:VEVENT")]
    read = tzical(StringIO(rules)).get()
    hours = [datetime(2025, 1, 1, 12) + timedelta(hours=each) for each in range(24 * 363)]  # noqa: DTZ001 - wall clock
    told = [each for each in hours if _is_told_once(each, ZoneInfo(zone))]

    assert "2024" not in rules
    assert "2026" not in rules
    assert [each for each in told if read.utcoffset(each) != each.replace(tzinfo=ZoneInfo(zone)).utcoffset()] == []


def _is_told_once(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock there shows this time once that day, neither twice nor never."""
    return wall.replace(tzinfo=zone).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset()


WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\x85"), min_size=1, max_size=300
).map(str.strip)


@given(title=WORDS, description=WORDS, location=WORDS, name=WORDS)
def test_whatever_is_written_is_read_back(title: str, description: str, location: str, name: str) -> None:
    entry = replace(ENTRY, title=f"‏{title}, 🗳; a\\b", description=f"{description}\n{title}", location=location)
    written = calendars.invitation(entry, attendee=replace(ANN, name=name))
    only = event(written)

    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert str(only["SUMMARY"]) == entry.title
    assert str(only["DESCRIPTION"]) == entry.description
    assert str(only.get("LOCATION", "")) == location
