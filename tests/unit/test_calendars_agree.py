"""Over any history of releases, the files in the mails that somebody got last say what the feed says: scheduling writes
the one, notifications the others, from nothing but the event between them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from services.notifications.contacts.domain import Contact
from services.notifications.messages.commands import facts_of
from services.notifications.messages.domain import messages
from services.notifications.messages.domain.known import Conference as Known
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.words import CalendarFile
from services.notifications.messages.jobs.calendar_files import Calendars
from services.notifications.programme.domain import invitation_revision
from services.scheduling.releases.domain import news
from services.scheduling.releases.domain.formats import calendar
from services.scheduling.releases.domain.formats.publication import Spoken
from services.scheduling.releases.domain.news import News
from services.scheduling.releases.domain.releases import Release, What
from shared.contracts.scheduling import AgendaChanged
from shared.settings import SERVICES, Settings
from tests.unit.test_releases_differences import STEPS, histories
from tests.unit.test_releases_formats import BASE, CONFERENCE, printed
from tests.unit.test_releases_news import ANN

READER = Contact(id="per_ann", name="Ann Mary Lee", email="ann@millbrook.example", postal_address=())
HERE = Known(
    id=CONFERENCE.id,
    title=CONFERENCE.title,
    city=CONFERENCE.city,
    zone=CONFERENCE.zone,
    starts=CONFERENCE.starts,
    ends=CONFERENCE.ends,
)


@pytest.fixture(scope="module")
def calendars() -> Calendars:
    given = {"MONGO_URL": "unused", "KAFKA_BOOTSTRAP_SERVERS": "unused", "SECRET_KEY": "of the tests"}
    given["MAIL_FROM"] = "Reconvene <office@reconvene.example>"
    return Calendars(
        Settings.from_environment("notifications", given | {f"{each.upper()}_URL": BASE for each in SERVICES})
    )


def mailed(calendars: Calendars, told: AgendaChanged, *, language: str = "en") -> list[CalendarFile]:
    """The calendar files that one person gets about one release: attached to the digest, or as invitations."""
    plans: list[tuple[Purpose, str, dict[str, Any]]] = [(Purpose.PROGRAMME_CHANGED, str(told.release), facts_of(told))]
    if told.wants_invitations:
        plans += [
            (Purpose.SESSION_INVITATION, invitation_revision(each, release=told.release), facts_of(each))
            for each in told.items
        ]
    files: list[CalendarFile] = []
    for purpose, revision, facts in plans:
        message = messages.plan(
            purpose,
            subject=told.programme,
            revision=revision,
            recipient=READER.id,
            conference=HERE.id,
            run=None,
            facts=facts,
            now=told.items[0].revised_at or _never(),
        )
        files += calendars.files(
            message, contact=READER, conference=HERE, told=None, was_confirmed=True, language=language
        )
    return files


def _never() -> Any:
    raise AssertionError("a release says when it revised a session")


def shown(event: Any) -> dict[str, object]:
    """What a calendar shows of a session."""
    told = {
        name: str(event.get(name, "")) for name in ("STATUS", "LOCATION", "URL", "COMMENT", "ORGANIZER", "RELATED-TO")
    }
    return {**told, "SEQUENCE": event["SEQUENCE"], "from": event["DTSTART"].dt, "to": event["DTEND"].dt}


def where(event: Any) -> tuple[str, object]:
    """What a typing error put right changes in the feed alone."""
    return str(event["SUMMARY"]), event["DTSTAMP"].dt


@settings(deadline=None, max_examples=60)  # each writes and reads dozens of files
@given(STEPS, st.booleans())
def test_the_files_mailed_last_say_what_the_feed_says(
    calendars: Calendars, steps: list[dict[str, Any]], wants_invitations: bool
) -> None:
    reader = replace(ANN, wants_invitations=wants_invitations)
    releases = histories(steps)
    in_calendar: dict[str, Any] = {}
    for release in releases:
        given = News(release=release, rosters={}, now=release.released_at)
        items = news.items(given, reader.person, reader)
        if items:
            for file in mailed(calendars, news.agenda_changed(given, reader, items)[0]):
                (event,) = Calendar.from_ical(file.content).events
                in_calendar[str(event["UID"])] = event

    feed: dict[str, Any] = {
        str(event["UID"]): event
        for event in Calendar.from_ical(calendar.programme_feed(printed(releases[-1]))).events
        if wants_invitations or not _was_delayed(str(event["UID"]), releases)
    }

    assert {uid: shown(event) for uid, event in feed.items()} == {uid: shown(in_calendar[uid]) for uid in feed}
    told = {uid: where(event) for uid, event in in_calendar.items() if not _was_put_right(uid, releases)}
    assert {uid: where(feed[uid]) for uid in told if uid in feed} == {uid: told[uid] for uid in told if uid in feed}


def _was_delayed(uid: str, releases: list[Release]) -> bool:
    """A few minutes on the day are on the page; no mail goes to those who asked for no invitations."""
    return any(What.DELAYED in each.what for each in _of(uid, releases))


def _was_put_right(uid: str, releases: list[Release]) -> bool:
    return any(each.what == (What.WORDING,) for each in _of(uid, releases))


def _of(uid: str, releases: list[Release]) -> list[Any]:
    return [each for release in releases for each in release.differences if each.shown.uid == uid]


@pytest.mark.parametrize(
    ("language", "summary"), [("en", "Cancelled: "), ("fr", "Annulé\N{NO-BREAK SPACE}: "), ("nl", "Geannuleerd: ")]
)
def test_a_file_in_a_mail_and_a_feed_say_a_cancellation_in_the_same_words(
    calendars: Calendars, language: str, summary: str
) -> None:
    first, last = histories([_moved(0) | {"is_cancelled": True}])
    given = News(release=last, rosters={}, now=last.released_at)
    (told,) = news.agenda_changed(given, ANN, news.items(given, ANN.person, ANN))

    titles = {
        str(event["UID"]): str(event["SUMMARY"])
        for file in mailed(calendars, told, language=language)
        for event in Calendar.from_ical(file.content).events
    }

    assert not any(each.is_cancelled for each in first.entries)
    assert [title.startswith(summary) for title in titles.values()] == [True]
    spoken = replace(printed(last), spoken=Spoken(language=language))
    fed = {
        str(each["UID"]): str(each["SUMMARY"]) for each in Calendar.from_ical(calendar.programme_feed(spoken)).events
    }
    assert {uid: fed[uid] for uid in titles} == titles


def test_the_two_would_be_told_apart(calendars: Calendars) -> None:
    first, second = histories([_moved(15)])
    _, other = histories([_moved(30)])
    given = News(release=second, rosters={}, now=second.released_at)
    (told,) = news.agenda_changed(given, ANN, news.items(given, ANN.person, ANN))
    mail = [each for file in mailed(calendars, told) for each in Calendar.from_ical(file.content).events]
    (moved,) = [each for each in mail if str(each["UID"]).startswith("ses_0")]

    def feed(release: Release) -> Any:
        events = Calendar.from_ical(calendar.programme_feed(printed(release))).events
        return next(each for each in events if each["UID"] == moved["UID"])

    assert shown(moved) == shown(feed(second))
    assert shown(moved) != shown(feed(first))
    assert shown(moved) != shown(feed(other))
    assert feed(second)["DTSTART"].dt - feed(first)["DTSTART"].dt == timedelta(minutes=15)


def _moved(minutes: int) -> dict[str, Any]:
    step = {"which": 0, "minutes_later": minutes, "minutes": 75, "title": "Records in a crisis", "room": "r1"}
    return step | {"cast": "per_w", "is_cancelled": False, "online_url": "", "is_on_the_day": False}
