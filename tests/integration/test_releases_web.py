"""Releases over HTTP: the committee's API and page, and what everybody may have of a published programme."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar
from werkzeug.test import TestResponse

from tests.integration.releases_house import START, House, house, releases
from tests.integration.scheduling_town import MORNING, Scheduling
from tests.namespaces import Namespace

FORMS = ["programme.ics", "programme/schedule.json", "programme/schedule.json?v=2", "programme/schedule.xml"]
NBSP = "\N{NO-BREAK SPACE}"
FORMS += ["programme/schedule.xcal", "programme/schedule.jsonld", "programme/changes.atom"]


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's parts, of which nothing runs."""
    with releases(module_namespace) as first:
        yield first.town


@pytest.fixture
def at(town: Scheduling) -> Iterator[House]:
    """A conference of this test's own."""
    yield house(town)
    town.service.parts.database.clock.move(MORNING)


def path(at: House, rest: str) -> str:
    return f"/conferences/{at.conference}/{rest}"


def post(at: House, body: Any, *, seen: str | None, key: str = "", desk: str | None = "committee") -> TestResponse:
    """Ask for a release, having seen this."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())} | ({"If-Match": seen} if seen else {})
    account = (desk, "a password of the tests" if desk == "committee" else "another password of the tests")
    return at.town.service.client().post(
        f"/scheduling{path(at, 'releases')}", json=body, headers=headers, auth=account if desk else None
    )


def seen(at: House) -> str:
    return str(at.town.get(path(at, "releases/preview")).get_json()["seen"])


def test_a_release_is_previewed_made_listed_compared_and_taken_back_over_http(at: House) -> None:
    session = at.session("C-31")
    preview = at.town.get(path(at, "releases/preview")).get_json()
    made = post(at, {"name": "First programme", "remark": "At last."}, seen=preview["seen"])

    assert preview["may_be_released"]
    assert [each["what"] for each in preview["hits"]] == [["added"]]
    assert made.status_code == 201
    assert made.headers["Location"] == f"/scheduling/conferences/{at.conference}/releases/1"
    assert (made.get_json()["name"], made.get_json()["released_by"]) == ("First programme", "the committee")
    at.fan_out()
    at.edit(session, room="r2")
    assert post(at, {"name": "Second"}, seen=seen(at)).status_code == 201
    at.edit(session, room="r3")
    assert post(at, {"name": "Third"}, seen=seen(at)).status_code == 201

    listed = at.town.get(path(at, "releases?limit=2")).get_json()
    assert ([each["number"] for each in listed["items"]], listed["next"]) == ([3, 2], 2)
    first = at.town.get(path(at, "releases?before=2")).get_json()["items"]
    assert [(each["number"], each["news"]["step"], each["news"]["said_count"]) for each in first] == [
        (1, "complete", 1)
    ]
    since_first = at.town.get(path(at, "releases/3/changes?since=1")).get_json()["differences"]
    assert [each["sentence"] for each in since_first] == [
        "C-31 Records in a crisis: now in Grand Ballroom (before: Room 240)."
    ]
    whole = at.town.get(path(at, "releases/2")).get_json()
    assert [(each["room_name"], each["sequence"]) for each in whole["entries"]] == [("Room 241", 1)]
    assert at.town.post(path(at, "releases/1/reset")).status_code == 200
    slot = at.draft(session).slot
    assert slot is not None
    assert slot.room == "r1"


def test_a_repeated_request_releases_once_and_gets_the_same_answer(at: House) -> None:
    at.session("C-31")
    looked_at, key = seen(at), str(uuid.uuid4())

    first, again = (post(at, {"name": "First"}, seen=looked_at, key=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert at.latest().number == 1


def test_a_release_says_which_draft_was_looked_at(at: House) -> None:
    session = at.session("C-31")
    looked_at = seen(at)
    at.edit(session, room="r2")

    without, changed = (post(at, {"name": "First"}, seen=each) for each in (None, looked_at))
    nonsense = post(at, {"name": "First"}, seen="nonsense")

    assert [each.status_code for each in (without, changed, nonsense)] == [428, 412, 428]
    assert all("Nothing was released" in each.get_json()["detail"] for each in (without, changed, nonsense))


def test_only_the_committee_releases_and_the_public_does_not_see_the_list(at: House) -> None:
    at.session("C-31")

    assert [post(at, {"name": "x"}, seen="1.1.a", desk=each).status_code for each in (None, "finance")] == [401, 403]
    assert at.town.post(path(at, "releases/1/reset"), desk="finance").status_code == 403
    assert [at.town.get(path(at, "releases"), desk=each).status_code for each in (None, "finance")] == [401, 200]
    assert [at.town.get(path(at, "releases/preview"), desk=each).status_code for each in (None, "finance")] == [
        401,
        403,
    ]


@pytest.mark.parametrize("rest", ["releases/7", "releases/7/changes", "releases/7/reset"])
def test_a_release_that_never_was_is_not_found(at: House, rest: str) -> None:
    answered = at.town.post(path(at, rest)) if rest.endswith("reset") else at.town.get(path(at, rest))

    assert answered.status_code == 404


@pytest.mark.parametrize("body", [{}, {"name": " "}, {"name": "x" * 81}, {"name": "x", "colour": "red"}])
def test_a_release_needs_a_name_and_nothing_else(at: House, body: Any) -> None:
    at.session("C-31")

    assert post(at, body, seen=seen(at)).status_code == 422
    assert at.town.get(path(at, "releases")).get_json()["items"] == []


# for everybody


@pytest.mark.parametrize("form", FORMS)
def test_a_format_is_served_with_an_etag_and_not_sent_again_unless_it_has_changed(at: House, form: str) -> None:
    session = at.session("C-31")
    at.release()
    first = at.town.get(path(at, form), desk=None)
    etag, changed = first.headers["ETag"], first.headers["Last-Modified"]

    assert first.status_code == 200
    headers = {"If-None-Match": etag}
    assert at.town.get(path(at, form), desk=None, **headers).status_code == 304
    assert at.town.get(path(at, form), desk=None, **{"If-Modified-Since": changed}).status_code == 304
    at.edit(session, room="r2")
    assert at.town.get(path(at, form), desk=None, **headers).status_code == 304  # a draft is nobody's business
    at.release()
    second = at.town.get(path(at, form), desk=None, **headers)
    assert (second.status_code, second.headers["ETag"] == etag) == (200, False)
    assert first.data != second.data


@pytest.mark.parametrize("form", [*FORMS, "programme/changes"])
def test_what_is_not_published_is_not_there(at: House, form: str) -> None:
    at.session("C-31")
    hidden = House(at.town, at.town.drafted())

    assert at.town.get(path(at, form), desk=None).status_code == 404
    assert at.town.get(path(hidden, form), desk=None).status_code == 404


def test_each_format_is_what_it_says(at: House) -> None:
    session = at.session("C-31", title="Records & <care>")
    at.release()
    served = {form: at.town.get(path(at, form), desk=None) for form in FORMS}

    assert [each.content_type for each in served.values()] == [
        "text/calendar; charset=utf-8",
        "application/json",
        "application/json",
        "application/xml",
        "application/calendar+xml; charset=utf-8",
        "application/ld+json",
        "application/atom+xml; charset=utf-8",
    ]
    one = at.town.get(path(at, f"programme/sessions/{session}.ics"), desk=None)
    for written in (served["programme.ics"].data, one.data):
        (event,) = Calendar.from_ical(written).events
        assert (str(event["UID"]), str(event["SUMMARY"])) == (f"{session}@reconvene.example", "Records & <care>")
    for form in ("programme/schedule.xml", "programme/schedule.xcal", "programme/changes.atom"):
        assert ET.fromstring(served[form].data) is not None  # noqa: S314 - our own
    assert "events" in json.loads(served["programme/schedule.json?v=2"].data)["schedule"]
    assert at.town.get(path(at, "programme/sessions/other.ics"), desk=None).status_code == 404


def test_a_personal_calendar_has_what_its_owner_starred_and_holds_until_it_is_revoked(at: House) -> None:
    starred, held, other = (at.session(each, hour=2 * n) for n, each in enumerate(["C-31", "C-32", "C-33"]))
    at.release()
    token = f"token_{uuid.uuid4().hex}"
    at.delegate("ann", starred, feed_token=token, claims=(held, other))
    at.seats(held, "ann")
    at.seats(other, "bob")

    feed = at.town.get(f"/feeds/{token}.ics", desk=None)
    at.delegate("ann", starred, feed_token="")

    assert {str(each["UID"]) for each in Calendar.from_ical(feed.data).events} == {
        at.entry(each).uid for each in (starred, held)
    }
    assert feed.headers["Cache-Control"] == "private, no-cache"
    assert at.town.get(f"/feeds/{token}.ics", desk=None).status_code == 404


@pytest.mark.parametrize(
    ("query", "cancelled", "mine", "changed"),
    [
        ("", "Cancelled: ", "My ", ": changes to the programme"),
        ("?lang=de", "Cancelled: ", "My ", ": changes to the programme"),
        ("?lang=fr", f"Annulé{NBSP}: ", f"Mon agenda{NBSP}: ", f"{NBSP}: modifications du programme"),
        ("?lang=nl", "Geannuleerd: ", "Mijn agenda: ", ": wijzigingen in het programma"),
    ],
)
def test_a_file_is_in_the_language_that_its_address_asks_for_whoever_fetches_it(
    at: House, query: str, cancelled: str, mine: str, changed: str
) -> None:
    session = at.session("C-31")
    at.release()
    at.edit(session, is_cancelled=True, cancel_reason="The river came.")
    at.release("Second programme")
    token = f"token_{uuid.uuid4().hex}"
    at.delegate("ann", session, feed_token=token)
    elsewhere = {"Accept-Language": "fr-CA" if query != "?lang=fr" else "nl", "Cookie": "lang=nl"}

    forms = ("programme.ics", f"programme/sessions/{session}.ics", "programme/changes.atom")
    served = [at.town.get(path(at, form + query), desk=None, **elsewhere) for form in forms]
    own = at.town.get(f"/feeds/{token}.ics{query}", desk=None, **elsewhere)

    for each in (*served[:2], own):
        (event,) = Calendar.from_ical(each.data).events
        assert str(event["SUMMARY"]) == f"{cancelled}Records in a crisis"
    title = at.town.get(f"/conferences/{at.conference}").get_json()["title"]
    assert Calendar.from_ical(own.data).calendar_name == f"{mine}{title}"
    feed = ET.fromstring(served[2].data)  # noqa: S314 - our own
    assert feed.findtext("{*}title") == f"{title}{changed}"
    told = [str(each.text) for each in feed.iterfind("{*}entry/{*}content")]
    is_english = cancelled.startswith("C")
    assert ("with 1 sessions" in told[-1], "cancelled" in told[0]) == (is_english, is_english)
    assert {each.headers.get("Vary", "") for each in (*served, own)} == {""}
    assert [each.headers.get("Set-Cookie") for each in (*served, own)] == [None] * 4


def test_another_language_of_a_file_is_another_file(at: House) -> None:
    at.session("C-31")
    at.release()

    tags = {at.town.get(path(at, f"programme.ics?lang={each}"), desk=None).headers["ETag"] for each in ("en", "fr")}

    assert len(tags) == 2


def test_the_feed_of_a_cancelled_conference_says_so_for_thirty_days(at: House) -> None:
    at.session("C-31")
    at.release()
    before = at.town.get(path(at, "programme.ics"), desk=None)
    at.town.cancelled(at.conference)

    after = at.town.get(path(at, "programme.ics"), desk=None, **{"If-None-Match": before.headers["ETag"]})
    (event,) = Calendar.from_ical(after.data).events
    assert (event["STATUS"], event["SEQUENCE"], str(event["SUMMARY"])) == (
        "CANCELLED",
        1,
        "Cancelled: Records in a crisis",
    )
    at.database.clock.move(START + timedelta(days=31))
    headers = {"If-None-Match": after.headers["ETag"]}
    later = at.town.get(path(at, "programme.ics"), desk=None, **headers)
    assert (later.status_code, Calendar.from_ical(later.data).events) == (200, [])
    assert later.headers["Last-Modified"] > ""


def test_the_page_of_changes_tells_them_in_sentences(at: House) -> None:
    session, other = at.session("C-31"), at.session("C-32", hour=2)
    at.release("First programme")
    at.edit(session, room="r2", title="Records, in a crisis")
    at.release("Second programme")
    at.edit(other, is_cancelled=True, cancel_reason="The river came.")
    at.release("Third programme")
    visitor = at.town.visitor()

    last = visitor.see(path(at, "programme/changes")).text
    second = visitor.see(path(at, "programme/changes?release=2")).text
    since = visitor.see(path(at, "programme/changes?since=1")).text

    assert "C-32 Records in a crisis: cancelled (The river came)." in last
    assert "now in Room 241 (before: Room 240)" in second
    assert "cancelled (The river came)" in since
    assert "now in Room 241" in since
    assert visitor.see(path(at, "programme/changes?release=9")).status_code == 404


# the committee's page


def test_the_committee_sees_what_a_release_would_do_and_releases_it_by_a_form(at: House) -> None:
    session = at.session("C-31")
    at.published()
    at.delegate("ann", session)
    at.edit(session, room="r2")
    committee = at.town.visitor().signed_in("committee")
    address = f"/desk/conferences/{at.conference}/releases"

    page = committee.see(address).text
    answered = committee.submit(address, {"name": "Second programme", "remark": ""})

    assert "Release and tell 2 people" in page
    assert "now in Room 241 (before: Room 240)" in page
    assert answered.status_code == 303
    assert at.latest().name == "Second programme"
    assert "“Second programme” is released" in committee.see(address).text
    assert "The draft is what is published already" in committee.see(address).text


def test_a_form_that_shows_an_old_draft_is_refused_with_what_was_entered(at: House) -> None:
    session = at.session("C-31")
    committee = at.town.visitor().signed_in("committee")
    address = f"/desk/conferences/{at.conference}/releases"
    hidden = committee.see(address).text.partition('name="seen" value="')[2].partition('"')[0]
    at.edit(session, room="r2")

    answered = committee.submit(address, {"name": "My first", "seen": hidden})

    assert answered.status_code == 412
    assert "Nothing was released." in answered.text
    assert 'value="My first"' in answered.text


def test_a_form_without_a_name_is_shown_again(at: House) -> None:
    at.session("C-31")
    committee = at.town.visitor().signed_in("committee")

    answered = committee.submit(f"/desk/conferences/{at.conference}/releases", {"name": ""})

    assert answered.status_code == 422
    assert "Please fill this in." in answered.text


def test_the_committee_compares_releases_and_sets_the_draft_back(at: House) -> None:
    session = at.session("C-31")
    at.release("First programme")
    for room in ("r2", "r3"):
        at.edit(session, room=room)
        at.release()
    committee = at.town.visitor().signed_in("committee")
    address = f"/desk/conferences/{at.conference}/releases"

    assert "now in Grand Ballroom (before: Room 240)" in committee.see(f"{address}/3?since=1").text
    answered = committee.submit(f"{address}/1", {}, to=f"{address}/1/reset")

    assert answered.status_code == 303
    assert "now in Room 240 (before: Grand Ballroom)" in committee.see(address).text
    assert committee.see(f"{address}/9").status_code == 404


def test_the_releases_of_a_cancelled_conference_can_still_be_read(at: House) -> None:
    at.session("C-31")
    at.release("First programme")
    at.town.cancelled(at.conference)
    committee = at.town.visitor().signed_in("committee")

    page = committee.see(f"/desk/conferences/{at.conference}/releases").text

    assert "was cancelled on Thursday, April 9, 2020" in page
    assert "First programme" in page
    assert "told with the cancellation" in page


def test_only_the_committee_sees_the_page_of_releases(at: House) -> None:
    address = f"/desk/conferences/{at.conference}/releases"

    assert at.town.visitor().see(address).status_code == 303
    assert at.town.visitor().signed_in("finance").see(address).status_code == 403
