"""Series over HTTP: who hosts which year, what a city has asked, and the board's award of a year."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from shared.contracts.scheduling import ConferenceAwarded
from shared.principals import Role
from tests.integration.programme_house import Programme
from tests.integration.scheduling_town import CONFERENCE, Scheduling, Visitor, scheduling
from tests.namespaces import Namespace
from tests.visitors import signed_in

RESOLVED = "Resolved, that the annual conference of 2025 is held in St. Louis, Missouri."
AWARD = {
    "city": "St. Louis, Missouri",
    "year": "2025",
    "text": RESOLVED,
    "on": "2020-04-08",
    "present": "20",
    "votes_for": "17",
    "votes_against": "2",
    "zone": "",
    "currency": "",
}
HOSTS = {2021: "Grand Rapids", 2022: "Little Rock", 2023: "Minneapolis", 2024: "Calgary"}


@pytest.fixture
def town(namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, with nothing in it."""
    with scheduling(namespace) as running:
        yield running


@pytest.fixture
def congress(town: Scheduling) -> str:
    """The congress, whose edition of 2020 is cancelled and whose years until 2024 have hosts; answers the edition."""
    edition = town.opened(title="74th Annual Conference")
    Programme(town, edition).framed()
    begun = town.post("/series", {"key": "congress", "title": "Annual Conference", "first_year": 1947})
    assert begun.status_code == 201, begun.text
    for year, city in HOSTS.items():
        assert town.post("/series/congress/hosts", {"city": city, "year": year}).status_code == 200
    assert town.post("/series/congress/conferences", {"conference": edition}).status_code == 200
    town.cancelled(edition)
    return edition


def gloria(town: Scheduling) -> Visitor:
    """A member of the board, signed in."""
    return town.visitor().signed_in("board")


def said(town: Scheduling) -> list[dict[str, Any]]:
    """Every award that was said."""
    return list(town.service.parts.database.mongo["events"].find({"type": ConferenceAwarded.type}))


def test_the_board_awards_the_first_free_year_and_its_edition_is_in_draft(town: Scheduling, congress: str) -> None:
    form = gloria(town).see("/desk/series/congress/award").text

    awarded = gloria(town).submit("/desk/series/congress/award", AWARD)

    assert 'name="year" value="2025"' in form
    assert awarded.status_code == 303
    edition = awarded.headers["Location"].rpartition("/")[2]
    conference = town.get(f"/conferences/{edition}").get_json()
    assert {
        name: conference[name] for name in ("key", "title", "city", "zone", "currency", "starts", "ends", "life")
    } == {
        "key": "79th",
        "title": "79th Annual Conference",
        "city": "St. Louis, Missouri",
        "zone": "America/Chicago",
        "currency": "USD",
        "starts": "2025-05-18",
        "ends": "2025-05-21",
        "life": "draft",
    }
    before = town.get(f"/conferences/{congress}/draft").get_json()
    after = town.get(f"/conferences/{edition}/draft").get_json()
    assert after["tracks"] == before["tracks"]
    assert after["rooms"] == []
    assert len(after["times"]) == len(before["times"]) > 0
    assert [row["subject"] if "subject" in row else row["key"] for row in said(town)] == [edition]


@pytest.mark.usefixtures("congress")
def test_a_year_that_has_a_host_is_refused_beside_what_was_entered(town: Scheduling) -> None:
    refused = gloria(town).submit("/desk/series/congress/award", {**AWARD, "year": "2023"})

    assert refused.status_code == 409
    assert "2023 has a host: Minneapolis. Nothing was changed; the first year without a host is 2025." in refused.text
    assert RESOLVED in refused.text
    assert not said(town)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"present": "13", "votes_for": "13", "votes_against": "0"},
            "With 13 of 26 seats present the board has no quorum",
        ),
        ({"votes_for": "9", "votes_against": "9"}, "the motion was not carried"),
        ({"on": "2020-04-11"}, "that day is still to come"),
        ({"year": "2019"}, "2019 is over"),
        ({"zone": "Mars/Base"}, "is no time zone that we know"),
        ({"text": " "}, "Please fill this in."),
    ],
)
@pytest.mark.usefixtures("congress")
def test_what_the_board_has_not_resolved_awards_nothing(town: Scheduling, changed: dict[str, str], told: str) -> None:
    refused = gloria(town).submit("/desk/series/congress/award", AWARD | changed)

    assert refused.status_code == 422
    assert told in refused.text
    assert not said(town)
    assert [each["year"] for each in town.get("/series/congress").get_json()["editions"]] == [2020, *HOSTS]


@pytest.mark.usefixtures("congress")
def test_an_award_is_for_the_board_and_a_committee_files_bids(town: Scheduling) -> None:
    committee = town.visitor().signed_in("committee")

    bid = committee.submit(
        "/desk/series/congress", {"city": "St. Louis", "year": "2025"}, to="/desk/series/congress/bids"
    )

    assert bid.status_code == 303
    assert committee.see("/desk/series/congress/award").status_code == 403
    assert town.post("/series/congress/awards", AWARD).status_code == 403
    desk = gloria(town).see("/desk/series/congress").text
    link = re.search(r'href="/scheduling(/desk/series/congress/award\?[^"]*)">Record its award', desk)
    assert link is not None
    form = gloria(town).see(html.unescape(link[1])).text
    assert 'value="St. Louis"' in form
    assert "St. Louis, for 2025" in form
    assert "Thursday, April 9, 2020" in form


@pytest.mark.usefixtures("congress")
def test_two_members_who_award_a_year_at_once_give_it_to_one_city(town: Scheduling) -> None:
    cities = ("St. Louis, Missouri", "Boise, Idaho")

    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda city: gloria(town).submit("/desk/series/congress/award", {**AWARD, "city": city}), cities)
        )

    assert sorted(each.status_code for each in answers) == [303, 409]
    assert len(said(town)) == 1
    drafts = [each for each in town.get("/conferences").get_json()["items"] if each["life"] == "draft"]
    assert len(drafts) == 1


@pytest.mark.usefixtures("congress")
def test_the_same_award_sent_twice_is_one_award(town: Scheduling) -> None:
    board = gloria(town)
    hidden = {"csrf_token": "", "idempotency_key": ""}
    page = board.see("/desk/series/congress/award").text
    for name in hidden:
        hidden[name] = page.partition(f'name="{name}" value="')[2].partition('"')[0]

    first, second = (board.send("/desk/series/congress/award", {**hidden, **AWARD}) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert len(said(town)) == 1


@pytest.mark.usefixtures("congress")
def test_proposed_days_are_not_announced_before_somebody_has_entered_them(town: Scheduling) -> None:
    edition = gloria(town).submit("/desk/series/congress/award", AWARD).headers["Location"].rpartition("/")[2]
    times = town.get(f"/conferences/{edition}/draft").get_json()["times"]

    too_early = town.post(f"/conferences/{edition}/announce")
    another_year = town.patch(f"/conferences/{edition}", {"starts": "2026-05-17", "ends": "2026-05-20"})
    entered = town.patch(f"/conferences/{edition}", {"starts": "2025-05-25", "ends": "2025-05-28"})
    announced = town.post(f"/conferences/{edition}/announce")

    assert (too_early.status_code, too_early.get_json()["type"]) == (409, "urn:reconvene:problem:DaysNotConfirmed")
    assert another_year.status_code == 422
    assert "The board has awarded 2025" in another_year.get_json()["detail"]
    assert (entered.status_code, announced.status_code) == (200, 200)
    moved = town.get(f"/conferences/{edition}/draft").get_json()["times"]
    assert [_day(each["starts"]) - _day(was["starts"]) for each, was in zip(moved, times, strict=True)] == [
        date(2025, 5, 25) - date(2025, 5, 18)
    ] * len(times)


@pytest.mark.usefixtures("congress")
def test_everyone_reads_the_decision_and_never_how_the_board_voted(town: Scheduling) -> None:
    gloria(town).submit("/desk/series/congress/award", {**AWARD, "present": "23", "votes_for": "21"})

    page = town.visitor().see("/series/congress/page").text
    in_french = town.visitor().see("/series/congress/page?lang=fr").text

    for words in ("2025 goes to St. Louis, Missouri", RESOLVED, "Wednesday, April 8, 2020", "Minneapolis", "Cancelled"):
        assert words in page
    told = re.sub(r"<[^>]*>", " ", page.partition("<main")[2].partition("</main>")[0])
    assert RESOLVED in told
    assert not {"21", "23", "26", "14"} & set(re.findall(r"[0-9]+", told))
    assert "2025 revient à St. Louis, Missouri" in in_french
    edition = town.get("/series/congress").get_json()["editions"][0]["conference"]
    assert (
        'href="/scheduling/series/congress/page">Annual Conference'
        in town.visitor().see(f"/conferences/{edition}/page").text
    )


@pytest.mark.usefixtures("congress")
def test_a_draft_that_was_taken_into_a_series_is_seen_by_everyone_once_it_is_announced(town: Scheduling) -> None:
    draft = town.drafted(city="Boise, Idaho", starts="2026-05-17", ends="2026-05-20")
    assert town.post("/series/congress/conferences", {"conference": draft}).status_code == 200

    before = town.visitor().see("/series/congress/page").text
    assert town.post(f"/conferences/{draft}/announce").status_code == 200

    assert "Boise" not in before
    assert "Boise" in town.visitor().see("/series/congress/page").text


@pytest.mark.usefixtures("congress")
def test_a_series_of_another_association_is_not_found_at_the_desk(town: Scheduling) -> None:
    elsewhere = signed_in(town.service.parts.web, "elsewhere", Role.BOARD, Role.COMMITTEE)

    for address in ("/scheduling/desk/series/congress", "/scheduling/desk/series/congress/award"):
        assert elsewhere.get(address).status_code == 404
    assert "Annual Conference" not in elsewhere.get("/scheduling/desk/series").text
    assert elsewhere.get("/scheduling/series").get_json() == {"items": []}


def test_a_conference_of_another_association_is_not_taken_into_a_series(town: Scheduling, congress: str) -> None:
    theirs = town.drafted(association="elsewhere")

    refused = town.post("/series/congress/conferences", {"conference": theirs})

    assert refused.status_code == 404
    assert town.post("/series/congress/conferences", {"conference": congress}).status_code == 200


@pytest.mark.usefixtures("congress")
def test_a_key_is_used_once_and_what_makes_no_sense_is_refused(town: Scheduling) -> None:
    twice = town.post("/series", {"key": "congress", "title": "Another"})
    nonsense = town.post("/series", {"key": "Congress!", "title": ""})

    assert (twice.status_code, twice.get_json()["detail"]) == (
        409,
        "This key is taken. Nothing was created; take another one.",
    )
    assert nonsense.status_code == 422
    assert town.get("/series/nothing").status_code == 404
    assert town.visitor().see("/series/nothing/page").status_code == 404


def test_the_committee_keeps_a_series_by_forms(town: Scheduling) -> None:
    conference = town.opened(**CONFERENCE)
    committee = town.visitor().signed_in("committee")

    begun = committee.submit(
        "/desk/series/new", {"title": "Symposium", "key": "symposium", "first_year": "", "seats": "9"}
    )
    desk = begun.headers["Location"].removeprefix("/scheduling")
    taken = committee.submit(desk, {"conference": conference}, to=f"{desk}/conferences")
    again = committee.submit(desk, {"city": "Delft", "year": "2020"}, to=f"{desk}/hosts")

    assert [each.status_code for each in (begun, taken, again)] == [303, 303, 409]
    assert "2020 has a host: St. Louis, Missouri." in again.text
    assert "Awarding it is for the board." in committee.see(desk).text


def _day(instant: str) -> date:
    return date.fromisoformat(instant[:10])
