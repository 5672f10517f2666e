"""A speaker's way as people meet it, without scripts: propose, hear of it, be accepted, confirm, withdraw.

Every page on that way fits a telephone and breaks none of the rules for accessible pages.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.principals import Role
from tests.e2e import people
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene, mail_address

NAME, TITLE = "Sam Whitlock", "Records in a crisis"


@dataclass
class Looker:
    """Opens what others have open, in a browser with scripts, and remembers what is wrong with it."""

    looking: Looking
    page: Page
    faults: list[str]

    def at(self, other: Page, name: str) -> None:
        """Look at the page under the address that the other shows."""
        self.page.goto(other.url)
        self.faults += [f"{name}: {each}" for each in self.looking.faults(self.page, name=f"call-{name}")]


@pytest.fixture
def look(visit: Callable[..., Page], scene: Scene, looking: Looking) -> Looker:
    """Somebody who looks at every page, signed in at the desk."""
    page = visit()
    people.sign_in(page, f"{scene.town.scheduling}/scheduling/desk", scene.colleague(Role.COMMITTEE))
    return Looker(looking, page, [])


def test_a_speaker_proposes_confirms_and_withdraws_and_the_committee_sees_what_to_decide(
    scene: Scene, visit: Callable[..., Page], look: Looker
) -> None:
    conference = scene.open_conference("Congress with a Call")
    desk = f"{scene.town.scheduling}/scheduling/desk/conferences/{conference}"
    committee, proposer = (visit(java_script_enabled=False) for _ in range(2))
    people.sign_in(committee, desk, scene.colleague(Role.COMMITTEE))

    _opens_a_call(committee, scene, desk=desk, look=look)
    _proposes(proposer, scene, conference=conference, look=look)
    _takes_a_look(proposer, scene, subject="We have your proposal", look=look)
    _reviews_and_accepts(committee, desk=desk, look=look)
    own = _takes_a_look(proposer, scene, subject="please confirm", look=look)
    own.get_by_role("button", name="I will come and speak").click()
    expect(own.get_by_text("You have confirmed")).to_be_visible()
    _withdraws(own, look=look)

    committee.goto(f"{desk}/withdrawals")
    expect(committee.get_by_role("heading", name=f"{NAME} has withdrawn from C-01 {TITLE}")).to_be_visible()
    look.at(committee, "withdrawals")
    committee.goto(f"{desk}/errata")
    look.at(committee, "errata")
    assert look.faults == []


def _opens_a_call(page: Page, scene: Scene, *, desk: str, look: Looker) -> None:
    page.goto(f"{desk}/call")
    look.at(page, "terms")
    page.get_by_label("Opens on").fill(scene.today.isoformat())
    page.get_by_label("Closes at the end of").fill((scene.today + timedelta(days=10)).isoformat())
    page.get_by_label("You decide by").fill((scene.today + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Save the call").click()
    expect(page.get_by_text("The call is open until the end of")).to_be_visible()
    look.at(page, "proposals-none")


def _proposes(page: Page, scene: Scene, *, conference: str, look: Looker) -> None:
    page.goto(f"{scene.town.scheduling}/scheduling/conferences/{conference}/page")
    page.get_by_role("link", name="Call for sessions").click()
    look.at(page, "page")
    page.get_by_role("link", name="Propose a session").click()
    look.at(page, "propose")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Full name").fill(NAME)
    page.get_by_label("E-mail address", exact=True).fill(mail_address(NAME))
    page.get_by_role("button", name="Send the proposal").click()
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    page.get_by_label("What it is about").fill("What to keep when the river comes.")
    page.get_by_role("button", name="Send the proposal").click()
    expect(page.get_by_text("We have your proposal. Its number is P-001.")).to_be_visible()
    look.at(page, "received")


def _takes_a_look(page: Page, scene: Scene, *, subject: str, look: Looker) -> Page:
    """From the mail to one's own page."""
    people.open_mail(page, scene, to=NAME, subject=subject)
    own = people.follow_mail(page)
    expect(own.get_by_role("heading", name=TITLE)).to_be_visible()
    look.at(own, f"speaking-{subject.split()[-1]}")
    return own


def _reviews_and_accepts(page: Page, *, desk: str, look: Looker) -> None:
    page.goto(f"{desk}/proposals")
    look.at(page, "proposals")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_label("Your name").fill("Helen")
    page.get_by_role("radio", name="4, good").check()
    page.get_by_role("button", name="Save the review").click()
    expect(page.get_by_role("heading", name="Reviews: 4.0 on average")).to_be_visible()
    look.at(page, "proposal")
    page.get_by_role("radio", name=re.compile("^Accept")).check()
    page.get_by_role("button", name="Decide and tell them").click()
    expect(page.get_by_text("It is accepted. Its speakers are asked to confirm.")).to_be_visible()


def _withdraws(page: Page, *, look: Looker) -> None:
    page.get_by_role("link", name="I can").click()
    look.at(page, "withdraw")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Thank you for telling us.")).to_be_visible()
