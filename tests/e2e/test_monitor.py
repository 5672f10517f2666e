"""A room monitor's phone: scans with network, without it, over a reload and over a server that dies, and loses none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.scheduling.attendance.domain.attendance import attendance_id
from services.scheduling.attendance.store import attendance as store
from services.scheduling.attendance.store.door import seated
from shared.principals import Role
from tests.e2e.attendance_pages import busy_day, places
from tests.e2e.looking import Looking
from tests.e2e.serving import DEADLINE_SECONDS, Server, served
from tests.integration.attendance_house import CONFERENCE, NINE, PROGRAMME, House, confirmation, house
from tests.namespaces import Namespace
from tests.waiting import wait_until


@dataclass
class Day:
    """The Monday of the congress, with a server that a browser can reach."""

    house: House
    server: Server

    @property
    def monitor(self) -> str:
        return f"{self.server.address}{self.house.monitor}"

    def stored(self, session: str) -> dict[str, int]:
        """How many scans are kept of each person at a session."""
        return {each.person: len(each.scans) for each in store.attendances_at(self.house.database, session)}


@pytest.fixture
def day(namespace: Namespace, tmp_path: Path) -> Iterator[Day]:
    """Ten past nine: the first sessions have begun."""
    with (
        house(namespace) as opened,
        served(namespace, opened.database, tmp_path, now=NINE + timedelta(minutes=10)) as server,
    ):
        opened.admit("dana", "kofi", "peg")
        opened.admit("luis", is_paid=False)
        yield Day(opened, server)


def scan(page: Page, code: str) -> None:
    """A handheld scanner: it types the code and presses Enter."""
    page.get_by_label("Badge").fill(code)
    page.get_by_label("Badge").press("Enter")


def expect_said(page: Page, words: str) -> None:
    expect(page.locator("#result strong")).to_have_text(words)


def expect_waiting(page: Page, count: int) -> None:
    expect(page.locator("#monitor")).to_have_attribute("data-waiting", str(count))


def opened_and_kept(page: Page, address: str) -> None:
    """The page is open, and would open without network."""
    page.goto(address)
    expect(page.locator("#monitor")).to_have_attribute("data-ready", "true")
    expect(page.locator("#monitor")).to_have_attribute("data-kept", "true")


@pytest.mark.timeout(300)
def test_scans_without_network_are_sent_when_it_is_back_and_none_is_lost(
    day: Day, visit: Callable[..., Page], looking: Looking
) -> None:
    page = visit()
    opened_and_kept(page, day.monitor)
    scan(page, day.house.code("dana"))
    expect_said(page, "Welcome")
    scan(page, day.house.code("luis"))
    expect_said(page, "Welcome; order on file")
    expect_waiting(page, 0)
    assert "paid" not in page.content().lower()
    assert looking.faults(page, name="monitor") == []

    page.context.set_offline(True)
    day.server.kill()
    scan(page, day.house.code("kofi"))
    expect_said(page, "Welcome")
    scan(page, day.house.code("kofi"))
    expect_said(page, "Already in")
    scan(page, day.house.code("a walk-in"))
    expect_said(page, "Please see the desk")
    scan(page, "HELLO")
    expect_said(page, "Not a badge")
    expect_waiting(page, 2)

    page.reload()
    expect(page.get_by_role("heading", name="Room monitor")).to_be_visible()
    expect_waiting(page, 2)
    scan(page, day.house.code("kofi"))
    expect_said(page, "Already in")
    scan(page, day.house.code("peg"))
    expect_said(page, "Welcome")
    page.get_by_label("going out").check()
    scan(page, day.house.code("dana"))
    expect_said(page, "Goodbye")
    expect_waiting(page, 4)
    assert looking.faults(page, name="monitor-offline") == []
    assert day.stored("c-31") == {"dana": 1, "luis": 1}

    day.house.release([replace(PROGRAMME[0], room_name="Room 220"), *PROGRAMME[1:]], number=2)
    day.server.start()
    page.context.set_offline(False)
    expect_waiting(page, 0)

    assert day.stored("c-31") == {"dana": 2, "kofi": 1, "luis": 1, "peg": 1}
    assert [each.code for each in store.strays(day.house.database, CONFERENCE)] == [day.house.code("a walk-in")]
    expect(page.locator("#changes-list")).to_have_text("C-31 is in Room 220 now, not in Room 101.")
    assert looking.faults(page, name="monitor-changes") == []
    page.get_by_role("button", name="Seen").click()
    expect(page.locator("#changes")).to_be_hidden()


@pytest.mark.timeout(300)
def test_a_server_that_dies_between_keeping_and_answering_makes_no_scan_twice(
    day: Day, visit: Callable[..., Page]
) -> None:
    page = visit()
    opened_and_kept(page, day.monitor)
    day.server.kill()
    day.server.start(dies_at="unit.saved")

    scan(page, day.house.code("dana"))
    expect_said(page, "Welcome")
    wait_until(lambda: day.server.has_died, DEADLINE_SECONDS, missing="the death of the server")
    expect_waiting(page, 1)
    assert day.stored("c-31") == {"dana": 1}

    day.server.start()
    page.reload()
    expect_waiting(page, 0)
    assert day.stored("c-31") == {"dana": 1}


def let_in_by_seat(day: Day) -> None:
    """A-07 is paid for, C-32 is signed up for; Dana has a seat in A-07, and Dr Whitlock speaks there."""
    academy = replace(PROGRAMME[2], seats=30, product="academy", parts=PROGRAMME[0].parts)
    day.house.release([PROGRAMME[0], replace(PROGRAMME[1], seats=40), academy, PROGRAMME[3]], number=2)
    day.house.say(confirmation("nkechi", session="a-07"))
    day.house.admit("p_whitlock")
    wait_until(
        lambda: "nkechi" in seated(day.house.database, [academy])["a-07"], DEADLINE_SECONDS, missing="the paid seat"
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("with_script", [True, False])
def test_a_badge_without_a_seat_in_a_paid_session_gets_no_green_welcome(
    day: Day, visit: Callable[..., Page], looking: Looking, *, with_script: bool
) -> None:
    let_in_by_seat(day)
    page = visit(java_script_enabled=with_script)
    page.goto(day.monitor)
    if with_script:
        expect(page.locator("#monitor")).to_have_attribute("data-ready", "true")

    for session, person, words in [
        ("a-07", "nkechi", "Welcome"),
        ("a-07", "p_whitlock", "Welcome"),
        ("a-07", "kofi", "No seat in this session"),
        ("c-32", "kofi", "No seat in this session"),
        ("c-31", "kofi", "Welcome"),
    ]:
        page.get_by_label("Session").first.select_option(session)
        page.get_by_label("Badge").fill(day.house.code(person))
        page.get_by_role("button", name="Scan").click()
        expect_said(page, words)
        if (session, person) == ("a-07", "kofi"):
            expect(page.locator("#result")).to_contain_text("please send them to the desk")
            assert not with_script or looking.faults(page, name="monitor-no-seat") == []

    wait_until(lambda: "kofi" in day.stored("a-07"), DEADLINE_SECONDS, missing="the scan, which is kept all the same")


@pytest.mark.timeout(300)
def test_the_chosen_session_stays_chosen_when_the_page_is_opened_again(day: Day, visit: Callable[..., Page]) -> None:
    page = visit()
    opened_and_kept(page, day.monitor)
    page.get_by_label("Session").first.select_option("a-07")
    page.get_by_label("going out").check()

    page.reload()
    expect(page.locator("#monitor")).to_have_attribute("data-ready", "true")

    expect(page.get_by_label("Session").first).to_have_value("a-07")
    expect(page.get_by_label("going out")).to_be_checked()


@pytest.mark.timeout(300)
def test_the_page_works_as_a_plain_form_without_scripts(day: Day, visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    page.goto(day.monitor)

    for code, way, words in [
        (day.house.code("luis"), "coming in", "Welcome; order on file"),
        (day.house.code("luis"), "coming in", "Already in"),
        (day.house.code("a walk-in"), "coming in", "Please see the desk"),
        ("HELLO", "coming in", "Not a badge"),
        (day.house.code("luis"), "going out", "Goodbye"),
    ]:
        page.get_by_label(way).check()
        page.get_by_label("Badge").fill(code)
        page.get_by_role("button", name="Scan").click()
        expect_said(page, words)

    attended = store.attendance(day.house.database, attendance_id("c-31", "luis"))
    assert attended is not None
    assert [each.way.value for each in attended.scans] == ["in", "out"]


@pytest.mark.timeout(300)
def test_the_pages_of_attendance_fit_every_screen_and_every_reader(
    day: Day, visit: Callable[..., Page], looking: Looking
) -> None:
    proof = busy_day(day.house)
    page = visit()
    day.server.let_in(page, Role.COMMITTEE)
    faults: dict[str, list[str]] = {}

    for name, address in places(day.house, proof).items():
        response = page.goto(f"{day.server.address}/{address}")
        assert response is not None
        assert response.status == 200, name
        if found := looking.faults(page, name=f"attendance-{name}"):
            faults[name] = found

    assert faults == {}


@pytest.mark.timeout(300)
def test_a_review_that_is_refused_stands_as_it_was_made_with_the_reason_at_its_field(
    day: Day, visit: Callable[..., Page], looking: Looking
) -> None:
    day.house.draft(*PROGRAMME)
    page = visit()
    day.server.let_in(page, Role.COMMITTEE)
    page.goto(f"{day.server.address}/{places(day.house, '')['desk-review-session']}")

    page.get_by_label("Reject").check()
    page.get_by_label("Approved minutes").fill("9999")
    page.get_by_label("Those who attend must say what they learned").check()
    page.get_by_role("button", name="Write it into the draft").click()

    expect(page.locator("#minutes-refused")).to_have_text("From 0 to 1440 minutes, please.")
    expect(page.get_by_label("Approved minutes")).to_be_focused()
    expect(page.get_by_label("Approved minutes")).to_have_value("9999")
    expect(page.get_by_label("Reject")).to_be_checked()
    expect(page.get_by_label("Those who attend must say what they learned")).to_be_checked()
    assert looking.faults(page, name="attendance-review-refused") == []
