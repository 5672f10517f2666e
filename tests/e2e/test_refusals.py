"""What people meet when something is refused: a sentence that says what happened, what did not, and what to do next."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.scene import DECISION, REASON, Cancelled, Scene

Visit = Callable[..., Page]


def test_a_wrong_password_opens_no_desk(scene: Scene, visit: Visit) -> None:
    page = visit()

    people.sign_in(page, f"{scene.town.payments}/payments/desk", ("finance@colleagues.example", "a wrong password"))

    expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    page.goto(f"{scene.town.payments}/payments/desk")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_finance_account_does_not_open_the_committees_desk(scene: Scene, visit: Visit) -> None:
    page = visit()

    people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.FINANCE))

    expect(page.get_by_role("alert")).to_contain_text("signed in as Casey Finance (finance)")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")


def test_nothing_is_cancelled_without_the_tick(scene: Scene, visit: Visit) -> None:
    title = "Conference without a Tick"
    conference = scene.open_conference(title)
    page = visit()
    people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.COMMITTEE))
    people.open_cancel_form(page, conference=title)
    people.fill_decision(page, reason=REASON, decision=DECISION, choose_by=scene.today.isoformat())

    page.get_by_role("button", name="Cancel the conference for good").click()

    expect(page.get_by_role("alert").first).to_contain_text("Nothing was changed yet")
    expect(page.get_by_label("Reason")).to_have_value(REASON)
    assert _is_open(scene, conference)


def test_a_form_without_its_token_cancels_nothing(scene: Scene, visit: Visit) -> None:
    title = "Conference without a Token"
    conference = scene.open_conference(title)
    page = visit()
    people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.COMMITTEE))
    people.open_cancel_form(page, conference=title)
    people.fill_decision(page, reason=REASON, decision=DECISION, choose_by=scene.today.isoformat())
    page.get_by_role("checkbox", name=re.compile("I have read")).check()
    page.locator("main input[name=csrf_token]").evaluate_all("fields => fields.forEach(field => field.remove())")

    page.get_by_role("button", name="Cancel the conference for good").click()

    expect(page.get_by_role("heading", name="Please open the form again")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")
    assert _is_open(scene, conference)


def test_a_refund_that_was_chosen_is_final(scene: Scene, visit: Visit) -> None:
    """The form was still open in another window when the refund was chosen."""
    conference = scene.open_conference("Conference of Two Windows")
    registered = scene.register(conference, "Robin Refunded")
    scene.pay(registered)
    scene.cancel(conference, choose_by=scene.today)
    page = visit()
    page.goto(registered["mine"])
    page.get_by_role("radio", name=re.compile("^Credit")).check()
    scene.choose(registered["mine"], "refund")

    page.get_by_role("button", name="Save my choice").click()

    expect(page.get_by_role("alert")).to_contain_text("refund")
    expect(page.get_by_role("heading", name="Final: Refund")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)


def test_a_declined_card_is_not_charged(scene: Scene, visit: Visit) -> None:
    conference = scene.open_conference("Conference of Declined Cards")
    registered = scene.register(conference, "Denny Declined")
    page = visit()
    page.goto(registered["mine"])
    people.go_to_payment(page)

    page.get_by_role("button", name="Test card that is declined").click()

    expect(page.get_by_role("alert")).to_contain_text("your card was not charged", ignore_case=True)
    page.get_by_role("button", name="Go back without paying").click()
    expect(page.get_by_role("heading", name="Pay $575.00 by card")).to_be_visible()
    page.goto(registered["mine"])
    expect(page.get_by_role("heading", name="One step is left")).to_be_visible()


def test_a_form_with_gaps_registers_nobody_and_keeps_what_was_written(scene: Scene, visit: Visit) -> None:
    conference = scene.open_conference("Conference of Gaps")
    page = visit()
    page.goto(f"{scene.town.registration}/registration/conferences/{conference}/register")
    page.get_by_label("Full name").fill("Gail Gaps")
    page.get_by_label("E-mail address", exact=True).fill("gail at town")

    page.get_by_role("button", name="Register").click()

    expect(page.get_by_role("alert").first).to_contain_text("You are not registered yet, and nothing was charged")
    expect(page.get_by_label("Full name")).to_have_value("Gail Gaps")
    expect(page.get_by_label("E-mail address", exact=True)).to_have_attribute("aria-invalid", "true")


def test_a_cancelled_conference_takes_no_registration(scene: Scene, symposium: Cancelled, visit: Visit) -> None:
    page = visit()

    page.goto(f"{scene.town.registration}/registration/conferences/{symposium.conference}/register")

    expect(page.get_by_role("heading", name="Registration is closed")).to_be_visible()
    expect(page.get_by_role("button", name="Register")).to_have_count(0)


def test_half_a_link_says_what_to_do(symposium: Cancelled, visit: Visit) -> None:
    page = visit()

    page.goto(symposium.mine_to_choose[:-5])

    expect(page.get_by_role("alert")).to_contain_text("copy all of it")


def _is_open(scene: Scene, conference: str) -> bool:
    answer = scene.caller.get(f"{scene.town.scheduling}/scheduling/conferences/{conference}")
    return bool(answer["life"] in ("open", "running"))
