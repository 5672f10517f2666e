"""Before a conference is cancelled: the committee reads what will happen, what three people would be told, and what
has changed since it was worked out."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import REASON, Scene


def test_the_committee_reads_what_cancelling_would_do_before_it_decides(
    scene: Scene, visit: Callable[..., Page], looking: Looking
) -> None:
    title = "Conference That May Not Be"
    conference = scene.open_conference(title)
    for name in ("Pia Preview", "Paul Preview"):
        scene.pay(scene.register(conference, name))
    page = visit()
    people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.COMMITTEE))
    people.open_cancel_form(page, conference=title)

    page.get_by_role("button", name="Work out what will happen").click()

    expect(page.get_by_role("status")).to_contain_text("Nothing has happened yet.")  # by itself, with the script
    assert people.figure(page, "Registrations end") == "2"
    expect(page.get_by_text("$1,150.00 is booked for the conference today")).to_be_visible()
    expect(page.get_by_role("heading", name="What can’t be undone")).to_be_visible()
    assert looking.faults(page, name="preview") == []
    _words_are_read_as_their_readers_would(page, looking)
    _one_more_registers_and_that_is_said(page, scene, conference)


def _words_are_read_as_their_readers_would(page: Page, looking: Looking) -> None:
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Work it out with these words").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing has happened yet.")
    expect(page.get_by_label("Reason")).to_have_value(REASON)
    expect(page.get_by_text("The words have changed")).to_be_visible()
    page.get_by_role("link", name="Read three of them").click()
    expect(page.get_by_role("heading", name="What people would read")).to_be_visible()
    expect(page.get_by_text(REASON).first).to_be_visible()
    expect(page.get_by_text("Preview").first).to_be_visible()
    assert looking.faults(page, name="preview-samples") == []
    page.go_back()


def _one_more_registers_and_that_is_said(page: Page, scene: Scene, conference: str) -> None:
    scene.register(conference, "Petra Preview")
    scene.wait_until(lambda: _is_said(page), missing="one more registration in the preview")
    page.get_by_role("button", name="Work it out again").click()
    expect(page.get_by_text("Nothing has changed.")).to_be_visible()


def _is_said(page: Page) -> bool:
    page.get_by_role("button", name="Work it out again").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing has happened yet.")
    return page.get_by_text("1 more registration").is_visible()
