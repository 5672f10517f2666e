"""The committee's pages of the draft without a script: what they show, what their forms do, and what they refuse."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.programme_house import MONDAY_ONE, MONDAY_TEN, Programme, begun, congress
from tests.integration.scheduling_town import Scheduling, Visitor
from tests.namespaces import Namespace

HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">')


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, shared by the tests of this module."""
    with congress(module_namespace) as running:
        yield running


@pytest.fixture
def draft(town: Scheduling) -> Programme:
    """A congress with two rooms."""
    programme = begun(town)
    programme.framed()
    return programme


@pytest.fixture
def committee(town: Scheduling) -> Visitor:
    """Somebody at the committee's desk."""
    return town.visitor().signed_in("committee")


def desk(draft: Programme, path: str = "") -> str:
    return f"/desk/conferences/{draft.conference}/programme{path}"


def form(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action, as a browser would send them."""
    found = re.search(rf'<form[^>]*action="[^"]*{action}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found, f"no form {action}"
    return {name: html.unescape(value) for name, value in HIDDEN.findall(found.group(1))}


def state(draft: Programme, session: str) -> dict[str, Any]:
    return draft.done("GET", f"/sessions/{session}")


def test_a_day_shows_rooms_and_times_what_has_no_place_and_what_is_wrong(draft: Programme, committee: Visitor) -> None:
    draft.placed("C-31")
    draft.placed("C-32")
    draft.session("C-33")

    page = committee.see(desk(draft, "?day=2025-05-19")).text

    assert "Mills Studio is used twice on Monday, May 19, 10:00 AM to 11:15 AM" in page
    assert "1 conflict blocks a release" in page
    assert "1 session has no place yet" in page
    assert page.count('class="session') == 3
    assert "<script>" not in page


def test_a_session_is_moved_by_its_form(draft: Programme, committee: Visitor) -> None:
    session = draft.placed("C-31")["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text

    moved = committee.send(
        desk(draft, f"/sessions/{session}/move"),
        form(page, "/move") | {"room": "ballroom", "day": "2025-05-19", "time": "13:00"},
    )

    assert moved.status_code == 303
    assert moved.headers["Location"].endswith(f"/programme?day=2025-05-19#s-{session}")
    assert state(draft, session)["slot"] == {
        "room": "ballroom",
        "starts": MONDAY_ONE,
        "ends": "2025-05-19T19:15:00+00:00",
    }


def test_asking_what_would_be_wrong_moves_nothing(draft: Programme, committee: Visitor) -> None:
    draft.placed("C-31", room="mills")
    session = draft.session("C-32")["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    there = {"room": "mills", "day": "2025-05-19", "time": "10:00", "try": "yes"}

    tried = committee.send(desk(draft, f"/sessions/{session}/move"), form(page, "/move") | there)

    assert "It was not moved. There it would be in conflict" in tried.text
    assert "Mills Studio is used twice" in tried.text
    assert state(draft, session)["slot"] is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"time": ""}, "A time such as 13:30, please."),
        ({"day": "soon"}, "A day, please."),
        ({"day": "2026-05-19"}, "not within 2 days of the conference"),
        ({"room": "cellar"}, "The programme has no room cellar."),
    ],
)
def test_a_place_that_makes_no_sense_is_refused_beside_its_field(
    fields: dict[str, str], words: str, draft: Programme, committee: Visitor
) -> None:
    session = draft.session("C-31")["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    asked = {"room": "mills", "day": "2025-05-19", "time": "10:00"} | fields

    refused = committee.send(desk(draft, f"/sessions/{session}/move"), form(page, "/move") | asked)

    assert refused.status_code == 422
    assert words in html.unescape(refused.text)
    assert state(draft, session)["slot"] is None


def test_who_edits_later_is_told_what_changed_and_keeps_what_was_typed(draft: Programme, committee: Visitor) -> None:
    session = draft.session("C-31", title="Records in a crisis")["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    hidden = form(page, "/edit")
    draft.done("PATCH", f"/sessions/{session}", {"title": "Records in two crises", "level": "advanced"}, seen="*")
    typed = hidden | {"title": "Records in any crisis", "abstract": "Bring a box."}

    later = committee.send(desk(draft, f"/sessions/{session}/edit"), typed)

    told = html.unescape(later.text)
    assert later.status_code == 412
    assert "Meanwhile the committee changed it: another title and level" in told
    assert "Now it says: Records in two crises" in told
    assert 'value="Records in any crisis"' in told
    assert "Bring a box." in told
    assert 'value="advanced"' in told, "what the others wrote elsewhere is not typed over"
    assert state(draft, session)["title"] == "Records in two crises"

    shown = re.search(r"<form[^>]*/edit.*?</form>", later.text, re.DOTALL)
    assert shown
    again = form(later.text, "/edit") | {
        "title": "Records in any crisis",
        "abstract": "Bring a box.",
        "level": "advanced",
    }
    assert committee.send(desk(draft, f"/sessions/{session}/edit"), again).status_code == 303
    now = state(draft, session)
    assert (now["title"], now["abstract"], now["level"]) == ("Records in any crisis", "Bring a box.", "advanced")


def test_saving_one_field_leaves_the_others_alone(draft: Programme, committee: Visitor) -> None:
    first = draft.session("C-30")["id"]
    approval = {
        "scheme": "CMC",
        "minutes": 60,
        "must_be_reviewed": False,
        "is_approved": True,
        "must_be_assessed": True,
    }
    fields: dict[str, Any] = {
        "needs": ["stream"], "after": [first], "seats_max": 40, "product": "academy", "price_minor": 9500,
        "approval": approval, "track": "records", "abstract": "One.\nTwo.",
    }  # fmt: skip
    session = draft.session("C-31", **fields)["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    shown = re.search(r'<form[^>]*action="[^"]*/edit"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert shown
    whole = _as_sent(shown.group(1))

    saved = committee.send(desk(draft, f"/sessions/{session}/edit"), whole | {"language": "fr"})

    assert saved.status_code == 303
    now = state(draft, session)
    assert now["language"] == "fr"
    assert {name: now[name] for name in fields} == fields
    assert now["version"] == 2


def test_what_is_typed_wrong_is_refused_beside_its_field_and_kept(draft: Programme, committee: Visitor) -> None:
    session = draft.session("C-31")["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    for typed, words in (
        ({"minutes": "long"}, "A whole number, please."),
        ({"price": "a lot"}, "An amount in USD such as 95 or 95.00, please."),
        ({"after": "C-99"}, "There is no session C-99."),
        ({"needs": "Big Screen"}, "Up to 48 small letters, digits, hyphens, please."),
        ({"online_url": "ftp://x"}, "An https address, or nothing, please."),
        ({"approval_scheme": "CMC"}, "A whole number, please."),
        ({"title": ""}, "Please fill this in."),
    ):
        refused = committee.send(desk(draft, f"/sessions/{session}/edit"), form(page, "/edit") | typed)

        assert refused.status_code == 422, typed
        assert words in html.unescape(refused.text), typed
        assert all(f'value="{text}"' in refused.text for text in typed.values()), typed
    assert state(draft, session)["version"] == 1


def test_sessions_change_places_are_pinned_cancelled_and_brought_back_by_forms(
    draft: Programme, committee: Visitor
) -> None:
    one, other = draft.placed("C-31")["id"], draft.placed("C-32", room="ballroom", starts=MONDAY_ONE)["id"]

    def send(action: str, **fields: str) -> Any:
        page = committee.see(desk(draft, f"/sessions/{one}")).text
        return committee.send(desk(draft, f"/sessions/{one}/{action}"), form(page, f"/{action}") | fields)

    assert send("swap", other=f"{other}:{state(draft, other)['version']}").status_code == 303
    assert state(draft, one)["slot"]["room"] == "ballroom"
    assert state(draft, other)["slot"]["room"] == "mills"

    assert send("pin", is_pinned="yes").status_code == 303
    assert state(draft, one)["is_pinned"]
    assert send("pin", is_pinned="no").status_code == 303

    assert send("cancel", reason="").status_code == 422
    assert send("cancel", reason="The speaker is ill.").status_code == 303
    assert state(draft, one)["cancel_reason"] == "The speaker is ill."
    assert send("reinstate").status_code == 303
    assert not state(draft, one)["is_cancelled"]

    assert send("unplace").status_code == 303
    assert state(draft, one)["slot"] is None


def test_a_swap_with_a_session_that_was_changed_meanwhile_is_refused(draft: Programme, committee: Visitor) -> None:
    one, other = draft.placed("C-31")["id"], draft.placed("C-32", room="ballroom", starts=MONDAY_ONE)["id"]
    page = committee.see(desk(draft, f"/sessions/{one}")).text
    chosen = f"{other}:{state(draft, other)['version']}"
    draft.done("PUT", f"/sessions/{other}/slot", {"room": "ballroom", "starts": MONDAY_TEN}, seen="*")

    refused = committee.send(desk(draft, f"/sessions/{one}/swap"), form(page, "/swap") | {"other": chosen})
    unsaid = committee.send(desk(draft, f"/sessions/{one}/swap"), form(page, "/swap") | {"other": ""})

    assert refused.status_code == 412
    assert "C-32 was not changed by you" in html.unescape(refused.text)
    assert unsaid.status_code == 422
    assert state(draft, one)["slot"]["room"] == "mills"


def test_the_cast_is_set_in_the_order_of_its_form(draft: Programme, committee: Visitor) -> None:
    session = draft.session("C-31")["id"]
    sam, joost = draft.speaker()["id"], draft.speaker(name="Joost van Dijk", email="joost@griffie.example")["id"]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    parts = {"person-0": joost, "role-0": "moderator", "person-1": sam, "role-1": "speaker", "confirmed-1": "yes"}

    assert committee.send(desk(draft, f"/sessions/{session}/cast"), form(page, "/cast") | parts).status_code == 303

    assert state(draft, session)["cast"] == [
        {"person": joost, "role": "moderator", "is_confirmed": False},
        {"person": sam, "role": "speaker", "is_confirmed": True},
    ]
    page = committee.see(desk(draft, f"/sessions/{session}")).text
    twice = {"person-0": sam, "person-1": sam}
    refused = committee.send(desk(draft, f"/sessions/{session}/cast"), form(page, "/cast") | twice)
    assert refused.status_code == 422
    assert "Somebody is named twice" in refused.text


def test_a_session_is_written_by_a_form_and_its_code_once(draft: Programme, committee: Visitor) -> None:
    fields = {"code": "A-07", "title": "An academy", "kind": "academy", "minutes": "120", "track": "", "abstract": ""}

    made = committee.submit(desk(draft, "/sessions/new"), fields)
    again = committee.submit(desk(draft, "/sessions/new"), fields)
    without = committee.submit(desk(draft, "/sessions/new"), fields | {"code": ""})

    assert made.status_code == 303
    assert without.status_code == 422
    assert "Please fill this in." in without.text
    assert "Missing data" not in without.text
    assert again.status_code == 409
    assert "There is a session A-07 already" in html.unescape(again.text)
    assert 'value="An academy"' in again.text
    assert [each["code"] for each in draft.done("GET", "/sessions")["items"]] == ["A-07"]


def test_the_frame_is_set_by_a_form_that_keeps_ids(draft: Programme, committee: Visitor) -> None:
    draft.placed("C-31", track="records")
    page = committee.see(desk(draft, "/frame")).text
    whole = _as_sent(page[page.index("<fieldset>") :]) | form_of_page(page)
    changed = whole | {
        "room-0-name": "Grand Ballroom A", "room-2-name": "Mills Studio 2", "room-2-seats": "30",
        "room-1-windows": "2025-05-19 8:00 to 18:00", "track-2-title": "Élections",
        "times-2025-05-20": "10:00-11:15, 23:00-0:30", "level-order": "off",
    }  # fmt: skip

    saved = committee.send(desk(draft, "/frame"), changed)

    assert saved.status_code == 303, html.unescape(saved.text)
    frame = draft.done("GET", "/draft")
    assert [(each["id"], each["name"], each["seats"]) for each in frame["rooms"]] == [
        ("ballroom", "Grand Ballroom A", 450), ("mills", "Mills Studio", 60), ("mills-studio-2", "Mills Studio 2", 30),
    ]  # fmt: skip
    assert frame["rooms"][0]["features"] == ["stream"]
    assert frame["rooms"][1]["windows"] == [
        {"starts": "2025-05-19T13:00:00+00:00", "ends": "2025-05-19T23:00:00+00:00"}
    ]
    assert [each["id"] for each in frame["tracks"]] == ["records", "finance", "elections"]
    assert [(each["id"], each["starts"], each["ends"]) for each in frame["times"]] == [
        ("mon-1", MONDAY_TEN, "2025-05-19T16:15:00+00:00"),
        ("2025-05-20-1000", "2025-05-20T15:00:00+00:00", "2025-05-20T16:15:00+00:00"),
        ("2025-05-20-2300", "2025-05-21T04:00:00+00:00", "2025-05-21T05:30:00+00:00"),
    ]
    assert frame["levels"]["order"] == "off"


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"room-1-name": ""}, 409, "Sessions are still in a room that would be gone: C-31."),
        ({"times-2025-05-20": "ten"}, 422, "Please write times like 10:00-11:15"),
        ({"room-0-seats": "many"}, 422, "A whole number, please."),
        ({"room-0-windows": "always"}, 422, "Please write it like 2025-05-19 8:00 to 18:00."),
        ({"room-0-windows": "2025-05-19 8:00 to 7:00"}, 422, "ends before it begins."),
        ({"times-2025-05-20": "10:00-11:15, 11:00-12:00"}, 422, "overlap."),
        ({"seen": "0"}, 412, "The frame was not changed by you."),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused_and_kept_on_the_page(
    typed: dict[str, str], status: int, words: str, draft: Programme, committee: Visitor
) -> None:
    draft.placed("C-31")
    page = committee.see(desk(draft, "/frame")).text
    whole = _as_sent(page[page.index("<fieldset>") :]) | form_of_page(page) | {"track-2-title": "Elections"}

    refused = committee.send(desk(draft, "/frame"), whole | typed)

    assert refused.status_code == status, html.unescape(refused.text)
    assert words in html.unescape(refused.text)
    assert 'value="Elections"' in refused.text
    assert draft.done("GET", "/draft")["revision"] == 1


def test_speakers_are_brought_in_described_and_said_to_be_away_by_forms(draft: Programme, committee: Visitor) -> None:
    speakers = desk(draft, "/speakers")
    assert committee.submit(speakers, {"name": "Nobody", "email": ""}).status_code == 422
    assert committee.submit(speakers, {"name": "Beth Novak", "email": "beth@novak.example"}).status_code == 303
    [beth] = draft.done("GET", "/speakers")["items"]
    own = f"{speakers}/{beth['id']}"

    page = committee.see(own).text
    typo = committee.send(f"{own}/availability", form(page, "/availability") | {"away": "Monday"})
    away = committee.send(
        f"{own}/availability", form(page, "/availability") | {"away": "2025-05-18 12:00 to 2025-05-19 13:00"}
    )
    stale = committee.send(f"{own}/words", form(page, "/words") | {"name": "Elizabeth Novak", "biography": "Sells."})
    page = committee.see(own).text
    said = committee.send(f"{own}/words", form(page, "/words") | {"name": "Elizabeth Novak", "biography": "Sells."})

    assert [each.status_code for each in (typo, away, stale, said)] == [422, 303, 412, 303]
    assert "Please write it like" in typo.text
    assert 'value="Elizabeth Novak"' in stale.text
    [now] = draft.done("GET", "/speakers")["items"]
    assert now["name"] == "Elizabeth Novak"
    assert now["away"] == [{"starts": "2025-05-18T17:00:00+00:00", "ends": "2025-05-19T18:00:00+00:00"}]


def test_the_places_of_a_day_say_what_would_be_wrong_and_change_nothing(draft: Programme) -> None:
    sam = draft.speaker()["id"]
    on_stage = {"cast": [{"person": sam}]}
    first, second = draft.placed("C-31"), draft.session("C-32")
    for each in (first, second):
        draft.done("PUT", f"/sessions/{each['id']}/cast", on_stage, seen="*")

    found = draft.done("GET", f"/sessions/{second['id']}/places?day=2025-05-19")["items"]

    assert [(each["room"], each["starts"], each["level"], each["words"]) for each in found] == [
        ("ballroom", MONDAY_TEN, "block", "speaker in two places"),
        ("mills", MONDAY_TEN, "block", "room used twice and speaker in two places"),
    ]
    assert "Dr Sam Whitlock is wanted in two sessions" in found[0]["conflicts"][0]["sentence"]
    assert state(draft, second["id"])["slot"] is None
    assert draft.call("GET", f"/sessions/{second['id']}/places?day=soon").status_code == 422
    assert draft.call("GET", f"/sessions/{second['id']}/places?day=2025-05-19", desk=None).status_code == 401


def test_only_the_committee_sees_and_changes_the_draft(draft: Programme, town: Scheduling) -> None:
    session = draft.placed("C-31")["id"]
    finance = town.visitor().signed_in("finance")
    paths = ("", "/frame", "/speakers", "/sessions/new", f"/sessions/{session}")
    posts = ("edit", "move", "unplace", "swap", "pin", "cast", "cancel", "reinstate")

    for path in paths:
        assert town.visitor().see(desk(draft, path)).status_code == 303, path
        assert finance.see(desk(draft, path)).status_code == 403, path
    for action in posts:
        assert finance.send(desk(draft, f"/sessions/{session}/{action}"), {}).status_code == 403, action
    committee = town.visitor().signed_in("committee")
    for action in posts:
        assert committee.send(desk(draft, f"/sessions/{session}/{action}"), {}).status_code == 400, "without its token"
    assert state(draft, session)["version"] == 2


def test_a_session_of_another_conference_is_not_found_here(
    draft: Programme, committee: Visitor, town: Scheduling
) -> None:
    other = begun(town)
    session = other.session("C-31")["id"]

    assert committee.see(desk(draft, f"/sessions/{session}")).status_code == 404


def form_of_page(page: str) -> dict[str, str]:
    """The hidden fields of the page's own form."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page[page.index("<main") :])}


def _as_sent(markup: str) -> dict[str, str]:
    """All fields of a form as a browser sends them when nothing is touched."""
    sent = {name: html.unescape(value) for name, value in HIDDEN.findall(markup)}
    for tag in re.findall(r"<input[^>]*>", markup):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            sent[name.group(1)] = html.unescape(value.group(1)) if value else "on"
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', markup, re.DOTALL):
        picked = re.search(r'value="([^"]*)" selected', inside) or re.search(r'value="([^"]*)"', inside)
        sent[name] = html.unescape(picked.group(1)) if picked else ""
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', markup, re.DOTALL):
        sent[name] = html.unescape(inside).replace("\n", "\r\n")
    return sent
