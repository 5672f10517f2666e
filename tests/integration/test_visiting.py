"""The programme as everybody sees it: only what is published, and without a script."""

import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.scheduling.programme.domain.programme import Casting, Kind
from tests.integration.releases_house import START, House, house
from tests.integration.scheduling_town import MORNING, Scheduling, scheduling
from tests.namespaces import Namespace


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with scheduling(module_namespace) as running:
        yield running


@pytest.fixture
def congress(town: Scheduling) -> Iterator[House]:
    """A Monday with two sessions at nine, a plenary at eleven, and one on Tuesday."""
    made = house(town)
    made.session("C-31", room="r1", track="records")
    made.session(
        "C-32", room="r2", title="Élections sans papier", track="law", abstract="", cast=(Casting(person="per_o"),)
    )
    made.session(
        "P-01", room="r3", hour=2, title="Keynote", kind=Kind.PLENARY, track="", cast=(Casting(person="per_l"),)
    )
    made.session("T-01", room="r1", hour=24, title="Minutes that hold", track="law")
    yield made
    town.service.parts.database.clock.move(MORNING)


def see(house: House, path: str = "") -> str:
    """A page as it reads."""
    response = house.town.visitor().see(f"/conferences/{house.conference}/programme{path}")
    assert response.status_code == 200, response.text
    return html.unescape(response.text)


def codes(page: str) -> list[str]:
    """The sessions that a page shows, in order."""
    return re.findall(r'<p class="code">([\w-]+)', page)


def test_nothing_is_shown_before_a_release_and_nothing_that_is_only_drafted_after_it(congress: House) -> None:
    before = congress.town.visitor().see(f"/conferences/{congress.conference}/programme")
    unlinked = congress.town.visitor().see(f"/conferences/{congress.conference}/page").text
    congress.release()
    congress.session("C-99", title="Not announced")

    assert before.status_code == 404
    assert "is not published yet" in before.text
    assert "See the programme" not in unlinked
    assert codes(see(congress)) == ["C-31", "C-32", "P-01"]
    assert "Not announced" not in see(congress, "?q=announced")
    assert "See the programme" in congress.town.visitor().see(f"/conferences/{congress.conference}/page").text


def test_the_programme_is_read_by_day_room_track_and_speaker(congress: House) -> None:
    congress.release()

    assert codes(see(congress, "?day=2020-05-19")) == ["T-01"]
    assert "Programme of Tuesday, May 19, 2020" in see(congress, "?day=2020-05-19")
    assert codes(see(congress, "?day=yesterday")) == ["C-31", "C-32", "P-01"]
    assert codes(see(congress, "/rooms/r1")) == ["C-31", "T-01"]
    assert codes(see(congress, "/tracks/law")) == ["C-32", "T-01"]
    assert codes(see(congress, "/speakers/per_w")) == ["C-31", "T-01"]
    names = re.findall(r'/speakers/\w+">([^<]+)</a>', see(congress, "/speakers"))
    assert names == ["Ngozi Lang", "Tomás Ortega", "Dr Ada Whitlock"]
    for nowhere in ("/rooms/cellar", "/tracks/none", "/speakers/nobody", "/sessions/ses_none"):
        assert congress.town.visitor().see(f"/conferences/{congress.conference}/programme{nowhere}").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("elections", ["C-32"]),
        ("ORTEGA", ["C-32"]),
        ("keeps whitlock", ["C-31", "T-01"]),
        ("Grand Ballroom", ["P-01"]),
        ("t-01", ["T-01"]),
        ("nothing like it", []),
    ],
)
def test_a_search_finds_all_words_whatever_their_accents(query: str, found: list[str], congress: House) -> None:
    congress.release()

    assert codes(see(congress, f"?q={query}")) == found


def test_the_readers_zone_stands_beside_the_venues_and_goes_along(congress: House) -> None:
    session = congress.session("N-01", hour=10, room="r2", title="Night talk")
    congress.release()

    page = see(congress, "?zone=Europe/Amsterdam")
    own = see(congress, f"/sessions/{session}?zone=Europe/Amsterdam")

    assert "until 8:15 PM" in page
    assert "2:00 AM in Amsterdam, Tuesday" in page
    assert "/programme/speakers?zone=Europe/Amsterdam" in page
    assert "Monday, May 18, 7:00 PM to 8:15 PM (Central Time)" in own
    assert "2:00 AM in Amsterdam, Tuesday" in own
    assert "Mars" not in re.sub('href="[^"]*"', "", see(congress, "?zone=Mars/Olympus"))  # a link may carry it along


def test_the_readers_zone_may_be_named_as_people_name_it_and_one_that_is_none_is_said_to_be_none(
    congress: House,
) -> None:
    congress.session("N-01", hour=10, room="r2", title="Night talk")
    congress.release()

    paris, doubted, none = (see(congress, f"?zone={each}") for each in ("Paris", "west", "Olympus"))

    assert "2:00 AM in Paris, Tuesday" in paris
    assert "We know no time zone of that name, so only the venue’s times are shown. Did you mean: <a" in doubted
    assert "zone=Australia/West" in doubted
    assert "West (Amazon Time)</a>" in doubted
    assert "Please take one from the list" in none
    assert "We know no time zone" not in see(congress)


def test_the_programme_is_read_in_one_s_own_language_whoever_opened_it_before(congress: House) -> None:
    session = congress.session("N-01", hour=10, room="r2", title="Night talk")
    congress.release()
    congress.edit(session, hour=11)
    congress.release()
    english, dutch = see(congress, "?day=2020-05-18"), see(congress, "?day=2020-05-18&lang=nl")
    own = see(congress, f"/sessions/{session}?lang=fr&zone=Europe/Paris")
    changes = see(congress, "/changes?lang=nl")

    assert "until 9:15 PM" in english
    assert "Changed: new time" in english
    assert '<html lang="nl">' in dutch
    assert "Programma van maandag 18 mei 2020" in dutch
    assert "tot 21:15" in dutch
    assert "Gewijzigd: andere tijd" in dutch
    assert "Changed" not in dutch
    assert "lundi 18 mai, 20:00 à 21:15 (heure du Centre)" in own
    assert "03:00 à Paris, mardi" in own
    assert "nu maandag 18 mei, 20:00 tot 21:15 (eerst: maandag 18 mei, 19:00 tot 20:15)" in changes


def test_what_the_programme_does_not_have_is_said_in_the_reader_s_language(congress: House) -> None:
    congress.release()

    missing = congress.town.visitor().see(f"/conferences/{congress.conference}/programme/rooms/cellar?lang=fr")

    assert missing.status_code == 404
    assert "Rien n’a lieu dans une telle salle." in missing.text


def test_a_release_marks_what_it_changed_and_keeps_what_is_cancelled(congress: House) -> None:
    moved = congress.session("M-01", room="r2", hour=4)
    off = congress.session("X-01", room="r2", hour=6)
    congress.release()
    assert "Changed:" not in see(congress)
    congress.edit(moved, room="r3")
    congress.edit(off, is_cancelled=True, cancel_reason="The speaker is ill.")
    congress.release("Second programme")

    page, mine, gone = see(congress), see(congress, f"/sessions/{moved}"), see(congress, f"/sessions/{off}")

    assert page.count("Changed: ") == 1
    assert "Changed: new room" in page
    assert "Cancelled: The speaker is ill." in page
    assert "Changed in “Second programme”." in mine
    assert "now in Grand Ballroom (before: Room 241)" in mine
    assert "This session is cancelled" in gone
    assert "It was planned for" in gone
    assert "Star it" not in gone


def test_search_engines_and_calendars_are_told_of_a_session(congress: House) -> None:
    session = congress.session("E-01", hour=4, title="</script><b>Bold & brave")
    congress.release()

    response = congress.town.visitor().see(f"/conferences/{congress.conference}/programme/sessions/{session}")

    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', response.text, re.DOTALL)
    assert json.loads(data)["name"] == "</script><b>Bold & brave"
    assert "<b>Bold" not in response.text
    [link] = re.findall(r'href="(/scheduling[^"]*/sessions/[^"]*\.ics)"', response.text)
    calendar = congress.town.visitor().see(link.removeprefix("/scheduling"))
    assert calendar.status_code == 200
    assert "BEGIN:VEVENT" in calendar.text


def test_now_and_next_are_shown_while_the_conference_runs(congress: House) -> None:
    congress.release()
    assert "Now and next" not in see(congress)
    clock = congress.database.clock

    clock.move(START + timedelta(minutes=30))
    during = see(congress)
    clock.move(START + timedelta(hours=24, minutes=-30))
    tuesday = see(congress)

    assert re.search(r"Now: .*C-31 Records in a crisis.*\(Room 240\).*C-32", during)
    assert re.search(r"Next, Monday at 11:00 AM: .*P-01 Keynote", during)
    assert "Programme of Tuesday, May 19, 2020" in tuesday
    assert "Now: " not in tuesday
    assert re.search(r"Next, Tuesday at 9:00 AM: .*T-01", tuesday)


def test_a_cancelled_conference_says_so_on_its_programme(congress: House) -> None:
    congress.release()
    congress.town.cancelled(congress.conference)

    page = see(congress)

    assert "is cancelled, and every session with it" in page
    assert page.count("Cancelled: It would not be safe to meet.") == 3


def test_a_page_that_has_not_changed_is_not_sent_again(congress: House) -> None:
    congress.release()
    path = f"/scheduling/conferences/{congress.conference}/programme"
    client = congress.town.visitor().client
    first = client.get(path, headers={"Accept": "text/html"})
    again = client.get(path, headers={"Accept": "text/html", "If-None-Match": first.headers["ETag"]})
    congress.session("N-01", hour=5)
    congress.release()
    later = client.get(path, headers={"Accept": "text/html", "If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert later.status_code == 200
    assert "N-01" in later.text
