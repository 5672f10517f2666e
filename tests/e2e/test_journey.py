"""The main job as people meet it: a delegate pays, the committee cancels, the money is decided about, the books are at
zero. With scripts and without."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.scene import DECISION, REASON, Scene
from tests.waiting import wait_until


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_delegate_pays_the_committee_cancels_and_the_books_are_at_zero(
    scene: Scene, visit: Callable[..., Page], java_script_enabled: bool
) -> None:
    title = f"Annual Conference {'with' if java_script_enabled else 'without'} Scripts"
    name = f"Dana Delegate {'With' if java_script_enabled else 'Without'}"
    scene.open_conference(title)
    delegate, committee, finance = (visit(java_script_enabled=java_script_enabled) for _ in range(3))

    people.register(delegate, scene, conference=title, name=name)
    people.go_to_payment(delegate)
    people.pay(delegate)
    _reads_the_confirmation(delegate, scene, name=name)
    _cancels(committee, scene, title=title)
    _chooses_credit(delegate, scene, name=name)
    scene.pass_days(1)

    _sees_the_run_settled(finance, scene, title=title)
    assert _books(finance) == {
        "1020": "$558.02",
        "2000": "$0.00",
        "2010": "-$575.00",
        "5020": "$16.98",
        "Sum": "$0.00",
    }
    _sees_the_board_settled(committee)


def _reads_the_confirmation(page: Page, scene: Scene, *, name: str) -> None:
    people.open_mail(page, scene, to=name, subject="registered")
    own = people.follow_mail(page)
    expect(own.get_by_role("heading", name="You are registered, and all is paid")).to_be_visible()


def _cancels(page: Page, scene: Scene, *, title: str) -> None:
    people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.COMMITTEE))
    people.open_cancel_form(page, conference=title)
    assert people.figure(page, "Registrations end") == "1"
    assert people.figure(page, "Money held, to be settled") == "$575.00"
    people.fill_decision(page, reason=REASON, decision=DECISION, choose_by=scene.today.isoformat())
    page.get_by_role("checkbox", name=re.compile("I have read what will happen")).check()
    page.get_by_role("button", name="Cancel the conference for good").click()
    expect(page.get_by_role("heading", name=f"Cancelled: {title}")).to_be_visible()
    expect(page.get_by_text("registrants have their message")).to_contain_text("1 of 1")


def _chooses_credit(page: Page, scene: Scene, *, name: str) -> None:
    people.open_mail(page, scene, to=name, subject="cancelled")
    own = people.follow_mail(page)
    people.choose(own, "Credit")
    expect(own.get_by_role("heading", name="You chose a credit")).to_be_visible()


def _sees_the_run_settled(page: Page, scene: Scene, *, title: str) -> None:
    people.sign_in(page, f"{scene.town.payments}/payments/desk", scene.colleague(Role.FINANCE))
    page.get_by_role("row", name=re.compile(title)).get_by_role("link").click()
    _looks_until_it_is_settled(page)
    assert people.figure(page, "Kept as credits") == "$575.00"


def _looks_until_it_is_settled(page: Page) -> None:
    def is_settled() -> bool:
        page.reload()
        return page.get_by_text("Every cent is settled").is_visible()

    wait_until(is_settled, people.WAIT_SECONDS, missing="a settled run", poll_seconds=people.POLL_SECONDS)


def _books(page: Page) -> dict[str, str]:
    page.get_by_role("link", name="The books of this conference").click()
    return {row: people.cells(page, row)[-1] for row in ("1020", "2000", "2010", "5020", "Sum")}


def _sees_the_board_settled(page: Page) -> None:
    """Nobody has touched the page since the decision: it renews itself."""
    expect(page.get_by_text("Everything is settled. Nothing is missing.")).to_be_visible()
