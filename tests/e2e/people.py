"""Owns what people do on the pages, step by step as a person would; leaves judging what they then see to the tests."""

import re

from playwright.sync_api import Page, expect

from deploy.town.calls import Account
from tests.e2e.scene import Scene, mail_address
from tests.waiting import wait_until

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.3

# The delegate


def register(page: Page, scene: Scene, *, conference: str, name: str) -> None:
    """From the list of conferences to a registration that pays by card."""
    page.goto(f"{scene.town.scheduling}/scheduling/")
    page.get_by_role("link", name=conference).click()
    page.get_by_role("link", name="Register").click()
    page.get_by_label("Full name").fill(name)
    page.get_by_label("E-mail address", exact=True).fill(mail_address(name))
    page.get_by_role("radio", name=re.compile("Member")).check()
    page.get_by_role("radio", name=re.compile("^Card")).check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="One step is left")).to_be_visible()


def go_to_payment(page: Page) -> None:
    """From one's own page to the card provider's."""
    page.get_by_role("link", name="Pay by card").click()
    page.get_by_role("button", name="Go to the payment page").click()


def pay(page: Page) -> None:
    """Press the provider's button, come back, and wait for the word that the money is here."""
    page.get_by_role("button", name="Test card that works").click()
    expect(page.get_by_role("heading", name="Thank you, your payment has arrived")).to_be_visible()


def open_mail(page: Page, scene: Scene, *, to: str, subject: str) -> None:
    """Find a mail in the mailbox, as soon as it is there, and open it."""

    def is_there() -> bool:
        page.goto(f"{scene.town.mailbox}/?q={mail_address(to)}")
        return page.get_by_role("link", name=subject).count() > 0

    wait_until(is_there, WAIT_SECONDS, missing=f"a mail with the subject {subject!r}", poll_seconds=POLL_SECONDS)
    page.get_by_role("link", name=subject).click()


def follow_mail(page: Page) -> Page:
    """Press the button in the mail that is open; it leads to a page of its own."""
    with page.expect_popup() as opened:
        page.frame_locator("iframe").locator("a.button").click()
    return opened.value


def choose(page: Page, choice: str) -> None:
    """Choose on one's own page what happens with the money."""
    page.get_by_role("radio", name=re.compile(f"^{choice}")).check()
    page.get_by_role("button", name=re.compile("my choice")).click()


# The desks


def sign_in(page: Page, address: str, account: Account) -> None:
    """Go to a desk, and sign in with an account of one's own when it asks for that."""
    page.goto(address)
    mail, password = account
    page.get_by_label("Your e-mail address").fill(mail)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def open_cancel_form(page: Page, *, conference: str) -> None:
    """From the committee's desk to the form that cancels."""
    page.get_by_role("heading", name=conference).get_by_role("link").click()
    page.get_by_role("link", name="Cancel this conference").click()


def fill_decision(page: Page, *, reason: str, decision: str, choose_by: str) -> None:
    """Say why, what was decided, and until when people may choose."""
    page.get_by_label("Reason").fill(reason)
    page.get_by_label("Text of the decision").fill(decision)
    page.get_by_label("Last day for choosing").fill(choose_by)


def figure(page: Page, name: str) -> str:
    """One figure of the page's figures."""
    return page.locator(f"dl.figures div:has(dt:text-is('{name}')) dd").first.inner_text()


def cells(page: Page, row: str) -> list[str]:
    """The figures in one row of a table, once it is shown."""
    shown = page.get_by_role("row", name=re.compile(re.escape(row))).first
    expect(shown).to_be_visible()
    return shown.get_by_role("cell").all_inner_texts()
