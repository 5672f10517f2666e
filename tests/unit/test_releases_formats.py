"""All that is printed from one release says the same: each format is read back, and what it says is compared."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from services.scheduling.conferences.domain.conference import Cancellation, Conference, Disposition, Life
from services.scheduling.programme.domain.programme import Casting, Kind
from services.scheduling.releases.domain.formats import (
    atom,
    calendar,
    json_ld,
    publication,
    schedule_json,
    schedule_xml,
    xcal,
)
from services.scheduling.releases.domain.formats.publication import CANCELLED_SHOWN, Publication, guid_of
from services.scheduling.releases.domain.releases import Release, State
from shared.calendars import CANCELLED_PREFIX
from tests.unit.releases_builders import FIRST, NOW, ZONE, draft, released, session
from tests.unit.schedule_facts import breaks
from tests.unit.schedule_shapes import SCHEDULE_1, SCHEDULE_2

HERE = ZoneInfo(ZONE)
BASE = "https://conferences.example"
ICAL = "{urn:ietf:params:xml:ns:icalendar-2.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
CONFERENCE = Conference(
    id="conf_79",
    key="79th",
    title="79th Annual Congress, of Clerks",
    city="St. Louis, Missouri",
    zone=ZONE,
    currency="USD",
    starts=date(2025, 5, 18),
    ends=date(2025, 5, 22),
    life=Life.OPEN,
)
ORGANIZER = publication.organizer_of("Reconvene <office@reconvene.example>")


@dataclass(frozen=True)
class Said:
    """What one format says of one session."""

    guid: str
    title: str
    starts: datetime
    ends: datetime
    room: str
    names: tuple[str, ...]


def printed(release: Release, *, now: datetime = NOW, conference: Conference = CONFERENCE) -> Publication:
    domain = publication.domain_of(ORGANIZER)
    return publication.publication(conference, release, base=BASE, organizer=ORGANIZER, domain=domain, now=now)


def by_guid(said: Iterator[Said]) -> dict[str, Said]:
    return {each.guid: each for each in said}


def truth(of: Publication) -> dict[str, Said]:
    return {
        guid_of(each.uid): Said(
            guid=guid_of(each.uid),
            title=CANCELLED_PREFIX + each.title if each.is_cancelled else each.title,
            starts=each.starts,
            ends=each.ends,
            room=each.room_name,
            names=tuple(part.name for part in each.parts if part.name),
        )
        for each in of.entries
    }


def read_calendar(written: bytes) -> Iterator[Said]:
    for each in Calendar.from_ical(written).events:
        event: Any = each
        yield Said(
            guid=guid_of(event["UID"]),
            title=str(event["SUMMARY"]),
            starts=event["DTSTART"].dt.astimezone(UTC),
            ends=event["DTEND"].dt.astimezone(UTC),
            room=str(event["LOCATION"]).removesuffix(f", {CONFERENCE.city}"),
            names=_described(str(event["DESCRIPTION"])),
        )


def _described(description: str) -> tuple[str, ...]:
    """The line of names, which follows the code."""
    return tuple(description.split("\n\n")[1].split(", "))


def read_xcal(written: bytes) -> Iterator[Said]:
    for event in ET.fromstring(written).iter(f"{ICAL}vevent"):  # noqa: S314 - our own
        values = {each.tag.removeprefix(ICAL): each for each in event.find(f"{ICAL}properties") or ()}
        yield Said(
            guid=guid_of(_text(values["uid"])),
            title=_text(values["summary"]),
            starts=_wall(values["dtstart"]),
            ends=_wall(values["dtend"]),
            room=_text(values["location"]).removesuffix(f", {CONFERENCE.city}"),
            names=_described(_text(values["description"])),
        )


def _text(element: ET.Element) -> str:
    return element[-1].text or ""


def _wall(element: ET.Element) -> datetime:
    text = _text(element)
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=HERE).astimezone(UTC)


def read_schedule_1(written: bytes) -> Iterator[Said]:
    for day in json.loads(written)["schedule"]["conference"]["days"]:
        for room, events in day["rooms"].items():
            for each in events:
                starts = datetime.fromisoformat(each["date"])
                hours, minutes = each["duration"].split(":")
                assert (each["room"], each["start"]) == (room, f"{starts:%H:%M}")
                assert starts.date().isoformat() == day["date"]
                yield Said(
                    guid=each["guid"],
                    title=each["title"],
                    starts=starts.astimezone(UTC),
                    ends=starts.astimezone(UTC) + timedelta(hours=int(hours), minutes=int(minutes)),
                    room=room,
                    names=tuple(person["name"] for person in each["persons"]),
                )


def read_schedule_2(written: bytes) -> Iterator[Said]:
    for each in json.loads(written)["schedule"]["events"]:
        prefix = CANCELLED_PREFIX if each["state"] == "CANCELED" else ""
        yield Said(
            guid=each["guid"],
            title=prefix + each["title"],
            starts=datetime.fromisoformat(each["start"]).astimezone(UTC),
            ends=datetime.fromisoformat(each["end"]).astimezone(UTC),
            room=each["room"]["name"],
            names=tuple(person["name"] for person in each["participants"]),
        )


def read_schedule_xml(written: bytes) -> Iterator[Said]:
    for room in ET.fromstring(written).iter("room"):  # noqa: S314 - our own
        for event in room.findall("event"):
            starts = datetime.fromisoformat(event.findtext("date") or "")
            hours, minutes = (event.findtext("duration") or "").split(":")
            yield Said(
                guid=event.attrib["guid"],
                title=event.findtext("title") or "",
                starts=starts.astimezone(UTC),
                ends=starts.astimezone(UTC) + timedelta(hours=int(hours), minutes=int(minutes)),
                room=room.attrib["name"],
                names=tuple(each.text or "" for each in event.iter("person")),
            )


def read_json_ld(event: dict[str, Any]) -> Iterator[Said]:
    for each in event["subEvent"]:
        is_cancelled = each["eventStatus"] == "https://schema.org/EventCancelled"
        yield Said(
            guid=guid_of(each["identifier"]),
            title=(CANCELLED_PREFIX if is_cancelled else "") + each["name"],
            starts=datetime.fromisoformat(each["startDate"]).astimezone(UTC),
            ends=datetime.fromisoformat(each["endDate"]).astimezone(UTC),
            room=each["location"]["name"],
            names=tuple(person["name"] for person in each["performer"]),
        )


TITLES = st.one_of(
    st.sampled_from(
        ['Records, and; \\their "keeping" <b>', "مرحبا بكم في المؤتمر", "Vote 🗳️ with care", "x" * 400, "Ünïcödé & co"]
    ),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60),
)
SESSIONS = st.lists(
    st.tuples(
        TITLES,
        st.integers(-2 * 24 * 4, 4 * 24 * 4),  # quarters of an hour from the first morning, through midnights
        st.sampled_from([15, 75, 90, 240]),
        st.sampled_from(["r1", "r2", "r3"]),
        st.sampled_from(list(Kind)),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def random_release(sessions: list[tuple[str, int, int, str, Kind, bool]], *, first: datetime = FIRST) -> Release:
    """A release in which some sessions are cancelled that were published before."""
    planned = [
        session(
            f"ses_{number}",
            title=title,
            starts=first + timedelta(minutes=15 * quarters),
            minutes=minutes,
            room=room,
            kind=kind,
            cast=(Casting(person="per_w"), Casting(person="per_o")),
        )
        for number, (title, quarters, minutes, room, kind, _) in enumerate(sessions)
    ]
    cancelled = [replace(each, is_cancelled=sessions[number][-1]) for number, each in enumerate(planned)]
    return released(draft(*cancelled), released(draft(*planned)), now=NOW + timedelta(hours=1))


@given(SESSIONS)
def test_all_formats_of_a_release_say_the_same(sessions: list[tuple[str, int, int, str, Kind, bool]]) -> None:
    of = printed(random_release(sessions))

    said = {
        "calendar": by_guid(read_calendar(calendar.programme_feed(of))),
        "xcal": by_guid(read_xcal(xcal.xcal(of))),
        "schedule 1": by_guid(read_schedule_1(schedule_json.schedule_1(of))),
        "schedule 2": by_guid(read_schedule_2(schedule_json.schedule_2(of))),
        "schedule xml": by_guid(read_schedule_xml(schedule_xml.schedule_xml(of))),
        "json-ld": by_guid(read_json_ld(json_ld.conference_event(of))),
    }

    for name, each in said.items():
        assert each == truth(of), name


@given(SESSIONS)
def test_schedules_have_the_published_shape(sessions: list[tuple[str, int, int, str, Kind, bool]]) -> None:
    of = printed(random_release(sessions))

    for shape, written in ((SCHEDULE_1, schedule_json.schedule_1(of)), (SCHEDULE_2, schedule_json.schedule_2(of))):
        validator = jsonschema_rs.Draft7Validator(shape, validate_formats=True)
        assert [str(each) for each in validator.iter_errors(json.loads(written))] == []


@given(SESSIONS)
def test_schedule_xml_is_valid_by_the_facts_of_its_published_schema(
    sessions: list[tuple[str, int, int, str, Kind, bool]],
) -> None:
    written = schedule_xml.schedule_xml(printed(random_release(sessions)))

    assert breaks(written) == []
    assert breaks(written.replace(b"<version>", b"<url>x</url><version>")) != []
    assert breaks(written.replace(b"<acronym>", b"<name>").replace(b"</acronym>", b"</name>")) != []


@pytest.mark.parametrize("starts", ["2025-03-09T01:30-06:00", "2025-11-02T00:30-05:00", "2025-11-02T01:30-06:00"])
def test_sessions_through_a_change_of_the_clocks_begin_and_end_when_they_should(starts: str) -> None:
    first = datetime.fromisoformat(starts).astimezone(UTC)
    of = printed(random_release([("Night of the long table", 0, 240, "r3", Kind.SOCIAL, False)], first=first))

    for said in (
        read_calendar(calendar.programme_feed(of)),
        read_xcal(xcal.xcal(of)),
        read_schedule_1(schedule_json.schedule_1(of)),
        read_schedule_2(schedule_json.schedule_2(of)),
        read_schedule_xml(schedule_xml.schedule_xml(of)),
        read_json_ld(json_ld.conference_event(of)),
    ):
        assert by_guid(said) == truth(of)


def test_a_session_over_midnight_is_that_evenings_and_days_around_the_conference_are_there() -> None:
    late = session(
        "ses_late", starts=datetime(2025, 5, 23, 4, 30, tzinfo=UTC), minutes=90
    )  # half past eleven, Thursday
    early = session("ses_early", starts=datetime(2025, 5, 17, 14, 0, tzinfo=UTC))
    of = printed(released(draft(late, early)))

    days = json.loads(schedule_json.schedule_1(of))["schedule"]["conference"]["days"]

    assert [day["date"] for day in days] == [f"2025-05-{day}" for day in range(17, 23)]
    assert [list(day["rooms"]) for day in days] == [["Room 240"], [], [], [], [], ["Room 240"]]


def test_the_state_of_version_2_tells_a_delay_and_a_cancellation_apart() -> None:
    first = released(draft(session("ses_1"), session("ses_2"), session("ses_3")))
    later = session("ses_2", starts=FIRST + timedelta(minutes=20))
    release = released(
        draft(session("ses_1"), later, session("ses_3", is_cancelled=True)), first, now=FIRST - timedelta(hours=1)
    )

    events = json.loads(schedule_json.schedule_2(printed(release)))["schedule"]["events"]

    assert {each["code"]: each["state"] for each in events} == {"1": "CONFIRMED", "2": "DELAYED", "3": "CANCELED"}


def test_a_cancelled_session_is_shown_for_thirty_days_and_then_by_no_format() -> None:
    first = released(draft(session("ses_1"), session("ses_2")))
    release = released(draft(session("ses_1", is_cancelled=True), session("ses_2")), first, now=NOW)
    ends = FIRST + timedelta(minutes=75)
    last_day, day_after = (printed(release, now=ends + CANCELLED_SHOWN - timedelta(seconds=each)) for each in (1, 0))

    assert len(by_guid(read_calendar(calendar.programme_feed(last_day)))) == 2
    assert len(by_guid(read_calendar(calendar.programme_feed(day_after)))) == 1
    assert len(by_guid(read_schedule_xml(schedule_xml.schedule_xml(day_after)))) == 1
    assert publication.changed_at(release, now=ends) == NOW
    assert publication.changed_at(release, now=ends + CANCELLED_SHOWN) == ends + CANCELLED_SHOWN


def test_only_ones_own_feed_tells_where_to_join_online() -> None:
    link = "https://meet.example/secret"
    of = printed(released(draft(session("ses_1", online_url=link), session("ses_2", room="r2"))))

    public = [
        calendar.programme_feed(of),
        calendar.session_feed(of, "ses_1"),
        xcal.xcal(of),
        schedule_json.schedule_1(of),
        schedule_json.schedule_2(of),
        schedule_xml.schedule_xml(of),
        json.dumps(json_ld.conference_event(of)).encode(),
        atom.changes_feed(of, [of.release]),
    ]
    mine = calendar.personal_feed(of, {"ses_1"}, agenda="conf_79:per_a")

    assert [link.encode() in each for each in public] == [False] * len(public)
    assert link.encode() in mine.replace(b"\r\n ", b"")
    assert len(Calendar.from_ical(mine).events) == 1


def test_calendars_have_names_of_their_own_and_keep_them() -> None:
    of = printed(released(draft(session("ses_1"))))

    feeds = [
        calendar.programme_feed(of),
        calendar.session_feed(of, "ses_1"),
        calendar.personal_feed(of, {"ses_1"}, agenda="conf_79:per_a"),
    ]

    assert [str(Calendar.from_ical(each)["UID"]) for each in feeds] == [
        "programme:conf_79@reconvene.example",
        "session:ses_1:conf_79@reconvene.example",
        "agenda:conf_79:per_a:conf_79@reconvene.example",
    ]


def statuses(release: Release) -> dict[str, Any]:
    return {
        each["name"]: (each["eventStatus"], each.get("previousStartDate"), each["startDate"], each["location"]["@type"])
        for each in json_ld.conference_event(printed(release))["subEvent"]
    }


def test_search_engines_are_told_what_became_of_each_session() -> None:
    names = ["stays", "moves", "is cancelled", "is online"]
    planned = [session(f"ses_{number}", title=name) for number, name in enumerate(names)]
    stays, moves, cancelled, online = planned
    last = released(draft(*planned))
    changed = draft(
        stays,
        session(moves.id, title="moves", starts=FIRST + timedelta(hours=2)),
        replace(cancelled, is_cancelled=True),
        replace(online, online_url="https://meet.example/1"),
    )

    told = statuses(released(changed, last, now=NOW + timedelta(days=1)))

    assert told == {
        "stays": ("https://schema.org/EventScheduled", None, "2025-05-20T09:00:00-05:00", "Place"),
        "moves": (
            "https://schema.org/EventRescheduled",
            "2025-05-20T09:00:00-05:00",
            "2025-05-20T11:00:00-05:00",
            "Place",
        ),
        "is cancelled": ("https://schema.org/EventCancelled", None, "2025-05-20T09:00:00-05:00", "Place"),
        "is online": ("https://schema.org/EventMovedOnline", None, "2025-05-20T09:00:00-05:00", "VirtualLocation"),
    }


def test_a_cancelled_conference_is_cancelled_for_search_engines_and_keeps_its_days() -> None:
    cancellation = Cancellation(
        run="run_1",
        reason="It would not be safe to meet.",
        decision="The board cancels it.",
        cancelled_on=date(2025, 4, 9),
        choose_by=date(2025, 4, 30),
        choose_until=NOW,
    )
    cancelled = replace(CONFERENCE, disposition=Disposition.CANCELLED, cancellation=cancellation)

    event = json_ld.conference_event(printed(released(draft(session())), conference=cancelled))

    assert (event["eventStatus"], event["startDate"]) == ("https://schema.org/EventCancelled", "2025-05-18")


def test_a_postponed_conference_is_postponed_for_search_engines() -> None:
    postponed = replace(CONFERENCE, disposition=Disposition.POSTPONED)

    event = json_ld.conference_event(printed(released(draft(session())), conference=postponed))

    assert event["eventStatus"] == "https://schema.org/EventPostponed"


def test_nothing_in_a_title_can_end_the_script_element_that_it_stands_in() -> None:
    text = json_ld.in_page({"name": "</script><script>alert(1)</script>&amp;"})

    assert "<" not in text
    assert json.loads(text) == {"name": "</script><script>alert(1)</script>&amp;"}


def test_the_feed_of_changes_has_an_entry_for_each_release_with_its_sentences() -> None:
    first = released(draft(session("ses_1", title="Records & <care>"), session("ses_2")))
    second = released(
        draft(session("ses_1", title="Records & <care>", room="r2"), session("ses_2", title="Records in a crisis.")),
        first,
        now=NOW + timedelta(days=1),
    )

    root = ET.fromstring(atom.changes_feed(printed(second), [second, first]))  # noqa: S314 - our own

    entries = root.findall(f"{ATOM}entry")
    assert [each.findtext(f"{ATOM}content") for each in entries] == [
        "1 Records & <care>: now in Room 241 (before: Room 240).",
        "The programme is published, with 2 sessions.",
    ]
    assert root.findtext(f"{ATOM}updated") == "2025-03-15T15:00:00+00:00"
    assert len({each.findtext(f"{ATOM}id") for each in entries}) == 2


def test_characters_that_xml_cannot_hold_do_not_break_it() -> None:
    release = released(draft(session(title="A bell \x07 rings", abstract="\x00\x0b")))

    for written in (schedule_xml.schedule_xml(printed(release)), atom.changes_feed(printed(release), [release])):
        assert ET.fromstring(written) is not None  # noqa: S314 - our own
    assert release.entries[0].state is State.PUBLISHED
