"""The committee's draft in a browser: by drag and drop, by keys, by two people at once, and without scripts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.principals import Role
from tests.e2e.looking import Looking
from tests.e2e.serving import Server, served
from tests.integration.programme_house import MONDAY_ONE, MONDAY_TEN, Programme, begun, congress
from tests.namespaces import Namespace

Visit = Callable[..., Page]

NOW = datetime(2025, 3, 3, 15, tzinfo=UTC)
MONDAY_THREE = "2025-05-19T20:00:00+00:00"
ROOMS = [
    {"id": "ballroom", "name": "Grand Ballroom", "seats": 450, "features": ["stream"]},
    {"id": "mills", "name": "Mills Studio", "seats": 60},
    {"id": "r240", "name": "Room 240", "seats": 120, "features": ["stream"], "is_step_free": False},
]
TIMES = [
    {"id": "mon-1", "starts": MONDAY_TEN, "ends": "2025-05-19T16:15:00+00:00"},
    {"id": "mon-2", "starts": MONDAY_ONE, "ends": "2025-05-19T19:15:00+00:00"},
    {"id": "mon-3", "starts": MONDAY_THREE, "ends": "2025-05-19T21:15:00+00:00"},
]


@dataclass
class Desk:
    """A congress with four sessions, and a server that a browser can reach."""

    draft: Programme
    server: Server
    sessions: dict[str, str]

    def address(self, path: str = "?day=2025-05-19") -> str:
        return f"{self.server.address}/desk/conferences/{self.draft.conference}/programme{path}"

    def slot(self, code: str) -> tuple[str, str] | None:
        """Where the draft has it."""
        slot = self.draft.done("GET", f"/sessions/{self.sessions[code]}")["slot"]
        return (slot["room"], slot["starts"]) if slot else None

    def sit_down(self, page: Page, path: str = "?day=2025-05-19") -> None:
        page.set_viewport_size({"width": 1280, "height": 1300})  # all of the day, so that nothing scrolls meanwhile
        self.server.let_in(page, Role.COMMITTEE)
        page.goto(self.address(path))

    def card(self, page: Page, code: str) -> Locator:
        return page.locator(f"#s-{self.sessions[code]}")


@pytest.fixture
def desk(namespace: Namespace, tmp_path: Path) -> Iterator[Desk]:
    """A Monday with two sessions of one speaker, one that needs much, and one without a place."""
    with congress(namespace) as town:
        draft = begun(town)
        draft.framed(rooms=ROOMS, times=TIMES)
        sam = draft.speaker()["id"]
        made = {
            "C-31": draft.placed("C-31", title="Records in a crisis", track="records"),
            "C-32": draft.placed("C-32", room="ballroom", starts=MONDAY_ONE, title="Open meetings, closed doors"),
            "A-07": draft.session("A-07", title="Academy: writing minutes", kind="academy", needs=["stream"]),
            "P-01": draft.placed("P-01", room="ballroom", starts=MONDAY_THREE, title="Keynote", kind="plenary"),
        }
        for code in ("C-31", "C-32"):
            cast = {"cast": [{"person": sam}]}
            draft.done("PUT", f"/sessions/{made[code]['id']}/cast", cast, seen="*")
        with served(namespace, town.service.parts.database, tmp_path, now=NOW) as server:
            yield Desk(draft, server, {code: each["id"] for code, each in made.items()})


def cell(page: Page, room: str, starts: str) -> Locator:
    return page.locator(f'.cell[data-room="{room}"][data-starts="{starts}"]')


def with_class(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{word}\b")


def pick_up(page: Page, card: Locator) -> None:
    """Press the button on a session and begin to pull."""
    box = card.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 16, steps=4)
    expect(card).to_have_class(with_class("picked"))


def pull_to(page: Page, place: Locator) -> None:
    """Pull what was picked up over a place."""
    box = place.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=6)
    page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2 + 2)


def test_a_session_is_dragged_to_another_place_and_conflicts_follow(desk: Desk, visit: Visit) -> None:
    page = visit()
    desk.sit_down(page)
    expect(page.get_by_text("Nothing blocks a release")).to_be_visible()
    card = desk.card(page, "C-31")
    pick_up(page, card)
    wrong = cell(page, "r240", MONDAY_ONE)
    expect(wrong.locator(".why")).to_have_text("speaker in two places")
    expect(cell(page, "mills", MONDAY_ONE)).to_have_class(with_class("would-block"))
    expect(cell(page, "r240", MONDAY_TEN).locator(".why")).to_have_count(0)
    pull_to(page, wrong)
    expect(page.locator("#target")).to_contain_text("Dr Sam Whitlock is wanted in two sessions on Monday, May 19")

    page.mouse.up()

    expect(page.get_by_text("1 conflict blocks a release")).to_be_visible()
    expect(wrong.locator(".session")).to_have_count(1)
    expect(page.get_by_role("link", name="Go to C-31")).to_be_visible()
    assert desk.slot("C-31") == ("r240", MONDAY_ONE)
    assert page.locator(".why:visible").count() == 0


def test_a_session_is_taken_off_and_put_on_by_dragging(desk: Desk, visit: Visit) -> None:
    page = visit()
    desk.sit_down(page)
    pick_up(page, desk.card(page, "A-07"))
    expect(cell(page, "mills", MONDAY_TEN).locator(".why")).to_have_text("room used twice and equipment missing")
    pull_to(page, cell(page, "r240", MONDAY_TEN))
    page.mouse.up()
    expect(page.get_by_text("Every session has a place.")).to_be_visible()
    assert desk.slot("A-07") == ("r240", MONDAY_TEN)

    pick_up(page, desk.card(page, "C-31"))
    pull_to(page, page.locator("[data-unplaced]"))
    page.mouse.up()

    expect(page.get_by_text("1 session has no place yet")).to_be_visible()
    assert desk.slot("C-31") is None


def test_a_session_dropped_on_another_changes_places_with_it_if_that_is_wanted(desk: Desk, visit: Visit) -> None:
    page = visit()
    desk.sit_down(page)
    for choice, places in (
        ("Leave it as it is", (("mills", MONDAY_TEN), ("ballroom", MONDAY_ONE))),
        ("Let them change places", (("ballroom", MONDAY_ONE), ("mills", MONDAY_TEN))),
    ):
        pick_up(page, desk.card(page, "C-31"))
        pull_to(page, cell(page, "ballroom", MONDAY_ONE))
        page.mouse.up()
        expect(page.get_by_role("dialog")).to_contain_text("C-32 is there. What should become of C-31?")
        page.get_by_role("button", name=choice).click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        for code, (room, starts) in zip(("C-31", "C-32"), places, strict=True):
            expect(cell(page, room, starts).locator(f"#s-{desk.sessions[code]}")).to_be_visible()
        assert (desk.slot("C-31"), desk.slot("C-32")) == places


def test_a_session_is_moved_by_arrow_keys_and_its_place_is_said(desk: Desk, visit: Visit) -> None:
    page = visit()
    desk.sit_down(page)
    desk.card(page, "C-31").get_by_role("link", name="Move").focus()

    page.keyboard.press("ArrowRight")
    expect(page.locator("#target")).to_have_text("Room 240, 10:00 AM. Nothing would be wrong.")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#target")).to_contain_text("Room 240, 1:00 PM. Dr Sam Whitlock is wanted in two sessions")
    page.keyboard.press("Escape")
    assert desk.slot("C-31") == ("mills", MONDAY_TEN)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(cell(page, "r240", MONDAY_TEN).locator(".session")).to_have_count(1)
    expect(desk.card(page, "C-31").get_by_role("link", name="Move")).to_be_focused()
    assert desk.slot("C-31") == ("r240", MONDAY_TEN)


def test_the_second_of_two_editors_is_told_and_nothing_is_overwritten(desk: Desk, visit: Visit) -> None:
    first, second = visit(), visit()
    for page in (first, second):
        desk.sit_down(page)
    pick_up(first, desk.card(first, "C-31"))
    pull_to(first, cell(first, "r240", MONDAY_TEN))
    first.mouse.up()
    expect(desk.card(first, "C-31")).to_have_class(with_class("saved"))

    pick_up(second, desk.card(second, "C-31"))
    pull_to(second, cell(second, "mills", MONDAY_THREE))
    second.mouse.up()

    expect(second.get_by_role("alert")).to_contain_text(
        "C-31 was not changed by you. Meanwhile Casey Colleague changed it"
    )
    expect(second.get_by_role("alert")).to_contain_text("it is in Room 240 on Monday, May 19, 10:00 AM")
    expect(cell(second, "r240", MONDAY_TEN).locator(".session")).to_have_count(1)
    expect(cell(second, "mills", MONDAY_THREE).locator(".session")).to_have_count(0)
    assert desk.slot("C-31") == ("r240", MONDAY_TEN)


def test_a_move_that_the_network_swallows_is_undone_and_said(desk: Desk, visit: Visit) -> None:
    page = visit()
    desk.sit_down(page)
    pick_up(page, desk.card(page, "C-31"))
    pull_to(page, cell(page, "r240", MONDAY_TEN))
    page.context.set_offline(True)

    page.mouse.up()

    expect(page.get_by_role("alert")).to_contain_text("we do not know whether it was moved")
    expect(cell(page, "mills", MONDAY_TEN).locator(".session")).to_have_count(1)


def test_a_session_is_moved_without_scripts(desk: Desk, visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    desk.sit_down(page)
    desk.card(page, "C-31").get_by_role("link", name="Move").click()
    page.get_by_label("Room").select_option("r240")
    page.get_by_label("Begins at").fill("13:00")
    page.get_by_role("button", name="What would be wrong there?").click()
    expect(page.get_by_role("status")).to_contain_text("Dr Sam Whitlock is wanted in two sessions")
    page.get_by_label("Begins at").fill("10:00")

    page.get_by_role("button", name="Move it there").click()

    expect(page.get_by_role("status")).to_contain_text("C-31 is on Monday, May 19, 10:00 AM")
    expect(cell(page, "r240", MONDAY_TEN).locator(".session")).to_have_count(1)
    assert desk.slot("C-31") == ("r240", MONDAY_TEN)


def test_the_pages_of_the_draft_can_be_used_by_everybody(desk: Desk, visit: Visit, looking: Looking) -> None:
    page = visit()
    desk.sit_down(page)
    draft, session = desk.draft, desk.sessions["C-31"]
    draft.done("PUT", f"/sessions/{desk.sessions['C-32']}/slot", {"room": "mills", "starts": MONDAY_TEN}, seen="*")
    person = draft.done("GET", "/speakers")["items"][0]["id"]
    faults = {}
    for name, path in {
        "draft": "?day=2025-05-19",
        "draft-empty-day": "?day=2025-05-20",
        "draft-session": f"/sessions/{session}",
        "draft-session-new": "/sessions/new",
        "draft-frame": "/frame",
        "draft-speakers": "/speakers",
        "draft-speaker": f"/speakers/{person}",
    }.items():
        page.goto(desk.address(path))
        faults[name] = looking.faults(page, name=name)
    page.goto(desk.address(f"/sessions/{session}"))
    page.get_by_label("Length in minutes").fill("long")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nothing was changed yet")).to_be_visible()
    faults["draft-session-gaps"] = looking.faults(page, name="draft-session-gaps")
    page.goto(desk.address())
    desk.card(page, "A-07").get_by_role("link", name="Move").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".why:visible").first).to_be_visible()
    faults["draft-moving"] = looking.faults(page, name="draft-moving")

    assert {name: found for name, found in faults.items() if found} == {}
