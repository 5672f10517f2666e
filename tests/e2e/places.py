"""Every page that a person meets: who they are there, where it is, and what they do before it looks like that."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from playwright.sync_api import Page, expect

from tests.e2e.congress import Congress
from tests.e2e.scene import Cancelled, Scene


class Visitor(Enum):
    """Who sits at the browser."""

    ANYBODY = "anybody"
    COMMITTEE = "committee"
    FINANCE = "finance"


@dataclass(frozen=True)
class Fair:
    """An open conference with one person who has paid and one who has not."""

    conference: str
    person: str  # who has paid
    mine_paid: str
    mine_unpaid: str
    pay: str
    pay_paid: str
    provider: str


@dataclass(frozen=True)
class Town:
    """What addresses are made of."""

    scene: Scene
    symposium: Cancelled
    fair: Fair
    congress: Congress
    mine_with_option: str  # of somebody who paid for a session that is cancelled

    def programme(self, path: str = "") -> str:
        """The public programme of the congress."""
        return self.scheduling(f"conferences/{self.congress.conference}/programme{path}")

    def congress_desk(self, path: str) -> str:
        """The committee's desk of the congress."""
        return self.scheduling(f"desk/conferences/{self.congress.conference}/{path}")

    def front(self, path: str) -> str:
        """The one address, as everybody comes."""
        return f"{self.scene.front}/{path}"

    def scheduling(self, path: str) -> str:
        return f"{self.scene.town.scheduling}/scheduling/{path}"

    def registration(self, path: str) -> str:
        return f"{self.scene.town.registration}/registration/{path}"

    def payments(self, path: str) -> str:
        return f"{self.scene.town.payments}/payments/{path}"

    def notifications(self, path: str) -> str:
        return f"{self.scene.town.notifications}/notifications/{path}"


def _nothing(_: Page) -> None:
    """The page is looked at as it comes."""


@dataclass(frozen=True)
class Place:
    """One page in one state."""

    visitor: Visitor
    address: Callable[[Town], str]
    act: Callable[[Page], None] = _nothing
    status: int = 200


def _all_said(page: Page) -> None:
    """Every desk has said its part."""
    page.locator("[data-from]").first.wait_for(state="detached")
    expect(page.locator("[data-from]")).to_have_count(0)


def _unanswered(page: Page) -> None:
    """Asked at a service's own address, where no other desk is."""
    page.get_by_text("This desk did not answer").last.wait_for()


def _open_menu(page: Page) -> None:
    """As on a telephone; on a wide screen the menu is there already."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Menu").click()


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _wrong_password(page: Page) -> None:
    page.get_by_label("Your e-mail address").fill("nobody@town.example")
    page.get_by_label("Password").fill("a wrong password")
    page.get_by_role("button", name="Sign in").click()


def _gaps(page: Page) -> None:
    page.get_by_label("E-mail address", exact=True).fill("not an address")
    page.get_by_role("button", name="Register").click()


def _wrong_amount(page: Page) -> None:
    page.get_by_text("Money came for this order all the same").click()
    page.get_by_role("radio", name="Cheque").check()
    page.get_by_label("Amount in").fill("a lot")
    page.get_by_label("Its number").fill("1042")
    page.get_by_role("button", name="Record the payment").click()


def _no_name(page: Page) -> None:
    page.get_by_label("Full name").fill("")
    page.get_by_label("E-mail address").fill("not an address")
    page.get_by_role("button", name=re.compile("^Save")).click()


def _known_name(page: Page) -> None:
    """The committee gives an option the name that it has."""
    name = str(page.locator("#product option").first.text_content()).rpartition(" (")[0]
    page.get_by_label("New name").fill(name)
    page.get_by_role("button", name="Rename it and tell them").click()
    page.get_by_role("alert").wait_for()


def _submit(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()


def _agenda(part: str) -> Callable[[Page], None]:
    """From one's own page to one's agenda, and to a part of it."""

    def go(page: Page) -> None:
        page.get_by_role("link", name="Open my agenda").click()
        page.wait_for_url("**/scheduling/agenda/**")
        page.goto(f"{page.url}{part}")

    return go


def _first_mail(page: Page) -> None:
    page.locator(".mails a").first.click()


def _first_mail_as_text(page: Page) -> None:
    _first_mail(page)
    page.get_by_role("link", name="Show as plain text").click()


def _try_file(content: bytes) -> Callable[[Page], None]:
    """Choose a file and see what it would do."""

    def act(page: Page) -> None:
        page.get_by_label("File").set_input_files({"name": "sessions.csv", "mimeType": "text/csv", "buffer": content})
        page.get_by_role("button", name="See what it would do").click()

    return act


_SESSIONS = b"code,title,kind,minutes\nC-01,Minutes that say what was decided,concurrent,75\nC-02,Maps,party,0\n"


def _files(town: Town) -> str:
    return town.scheduling(f"desk/conferences/{town.fair.conference}/programme/files")


_ANYBODY, _COMMITTEE, _FINANCE = Visitor.ANYBODY, Visitor.COMMITTEE, Visitor.FINANCE

PLACES = {
    # everybody
    "conferences": Place(_ANYBODY, lambda town: town.scheduling("")),
    "conference-open": Place(_ANYBODY, lambda town: town.scheduling(f"conferences/{town.fair.conference}/page")),
    "conference-cancelled": Place(
        _ANYBODY, lambda town: town.scheduling(f"conferences/{town.symposium.conference}/page")
    ),
    "register": Place(_ANYBODY, lambda town: town.registration(f"conferences/{town.fair.conference}/register")),
    "register-gaps": Place(
        _ANYBODY, lambda town: town.registration(f"conferences/{town.fair.conference}/register"), _gaps
    ),
    "register-closed": Place(
        _ANYBODY, lambda town: town.registration(f"conferences/{town.symposium.conference}/register")
    ),
    "mine-unpaid": Place(_ANYBODY, lambda town: town.fair.mine_unpaid),
    "mine-paid": Place(_ANYBODY, lambda town: town.fair.mine_paid),
    "my-contact": Place(_ANYBODY, lambda town: f"{town.fair.mine_paid}/contact"),
    "my-contact-french": Place(_ANYBODY, lambda town: f"{town.fair.mine_paid}/contact?lang=fr"),
    "my-contact-dutch": Place(_ANYBODY, lambda town: f"{town.fair.mine_paid}/contact?lang=nl"),
    "my-contact-gaps": Place(_ANYBODY, lambda town: f"{town.fair.mine_paid}/contact?lang=en", _no_name),
    "mine-to-choose": Place(_ANYBODY, lambda town: town.symposium.mine_to_choose),
    "mine-credit": Place(_ANYBODY, lambda town: town.symposium.mine_with_credit),
    "mine-refunded": Place(_ANYBODY, lambda town: town.symposium.mine_refunded),
    "mine-grant": Place(_ANYBODY, lambda town: town.symposium.mine_with_grant),
    "mine-invoice": Place(_ANYBODY, lambda town: town.symposium.mine_with_invoice),
    "pay": Place(_ANYBODY, lambda town: town.fair.pay),
    "pay-paid": Place(_ANYBODY, lambda town: town.fair.pay_paid),
    "provider-pay": Place(_ANYBODY, lambda town: town.fair.provider),
    "provider-declined": Place(_ANYBODY, lambda town: town.fair.provider, _press("Test card that is declined")),
    "provider-overview": Place(_ANYBODY, lambda town: f"{town.scene.town.provider}/"),
    "payee": Place(_ANYBODY, lambda town: town.symposium.payee),
    "mine-option": Place(_ANYBODY, lambda town: town.mine_with_option),
    "agenda": Place(_ANYBODY, lambda town: town.mine_with_option, _agenda("")),
    "agenda-sessions": Place(_ANYBODY, lambda town: town.mine_with_option, _agenda("/sessions")),
    "agenda-calendar": Place(_ANYBODY, lambda town: town.mine_with_option, _agenda("/calendar")),
    "programme": Place(_ANYBODY, lambda town: town.programme()),
    "programme-zone": Place(_ANYBODY, lambda town: town.programme("?zone=Europe/Amsterdam")),
    "programme-search": Place(_ANYBODY, lambda town: town.programme("?q=records")),
    "programme-nothing": Place(_ANYBODY, lambda town: town.programme("?q=zeppelin")),
    "programme-track": Place(_ANYBODY, lambda town: town.programme("/tracks/records")),
    "programme-room": Place(_ANYBODY, lambda town: town.programme("/rooms/hall")),
    "programme-speakers": Place(_ANYBODY, lambda town: town.programme("/speakers")),
    "programme-speaker": Place(_ANYBODY, lambda town: town.programme(f"/speakers/{town.congress.person}")),
    "programme-session": Place(_ANYBODY, lambda town: town.programme(f"/sessions/{town.congress.sessions['C-31']}")),
    "programme-cancelled": Place(_ANYBODY, lambda town: town.programme(f"/sessions/{town.congress.sessions['A-07']}")),
    "programme-changes": Place(_ANYBODY, lambda town: town.programme("/changes")),
    "programme-none": Place(
        _ANYBODY, lambda town: town.scheduling(f"conferences/{town.fair.conference}/programme"), status=404
    ),
    "letter-code": Place(_ANYBODY, lambda town: town.notifications("letter")),
    "letter-code-wrong": Place(_ANYBODY, lambda town: town.notifications("letter?code=ABCD-EFGH-JKLM"), status=404),
    "mailbox": Place(_ANYBODY, lambda town: f"{town.scene.town.mailbox}/"),
    "mailbox-mail": Place(_ANYBODY, lambda town: f"{town.scene.town.mailbox}/", _first_mail),
    "mailbox-text": Place(_ANYBODY, lambda town: f"{town.scene.town.mailbox}/", _first_mail_as_text),
    "problem": Place(_ANYBODY, lambda town: town.scheduling("nowhere"), status=404),
    "sign-in": Place(_ANYBODY, lambda town: town.registration("accounts/sign-in")),
    "sign-in-wrong": Place(_ANYBODY, lambda town: town.registration("accounts/sign-in"), _wrong_password),
    # the committee
    "programme-files": Place(_COMMITTEE, _files),
    "programme-files-tried": Place(_COMMITTEE, _files, _try_file(_SESSIONS.rpartition(b"C-02")[0])),
    "programme-files-faults": Place(_COMMITTEE, _files, _try_file(_SESSIONS)),
    "committee": Place(_COMMITTEE, lambda town: town.scheduling("desk")),
    "committee-draft": Place(_COMMITTEE, lambda town: town.scheduling("desk/conferences/new")),
    "committee-draft-gaps": Place(_COMMITTEE, lambda town: town.scheduling("desk/conferences/new"), _submit),
    "committee-conference": Place(_COMMITTEE, lambda town: town.scheduling(f"desk/conferences/{town.fair.conference}")),
    "committee-cancel": Place(
        _COMMITTEE, lambda town: town.scheduling(f"desk/conferences/{town.fair.conference}/cancel")
    ),
    "committee-cancel-gaps": Place(
        _COMMITTEE,
        lambda town: town.scheduling(f"desk/conferences/{town.fair.conference}/cancel"),
        _press("Cancel the conference for good"),
    ),
    "committee-board": Place(_COMMITTEE, lambda town: town.scheduling(f"desk/runs/{town.symposium.run}")),
    "draft": Place(_COMMITTEE, lambda town: town.congress_desk("programme")),
    "draft-session": Place(
        _COMMITTEE, lambda town: town.congress_desk(f"programme/sessions/{town.congress.sessions['A-07']}")
    ),
    "draft-files": Place(_COMMITTEE, lambda town: town.congress_desk("programme/files")),
    "releases": Place(_COMMITTEE, lambda town: town.congress_desk("releases")),
    "release": Place(_COMMITTEE, lambda town: town.congress_desk("releases/2")),
    "repairs": Place(_COMMITTEE, lambda town: town.congress_desk("repairs")),
    "call-desk": Place(_COMMITTEE, lambda town: town.congress_desk("call")),
    "proposals": Place(_COMMITTEE, lambda town: town.congress_desk("proposals")),
    "registration-person": Place(_COMMITTEE, lambda town: town.registration(f"desk/people/{town.fair.person}")),
    "registration-person-gaps": Place(
        _COMMITTEE, lambda town: town.registration(f"desk/people/{town.fair.person}"), _no_name
    ),
    "options": Place(
        _COMMITTEE,
        lambda town: town.registration(f"desk/conferences/{town.congress.conference}"),
        lambda page: page.get_by_text("Sell an option, or change one").click(),
    ),
    "runs": Place(_COMMITTEE, lambda town: town.registration(f"desk/conferences/{town.congress.conference}/runs")),
    "runs-refused": Place(
        _COMMITTEE,
        lambda town: town.registration(f"desk/conferences/{town.congress.conference}/runs"),
        _known_name,
    ),
    "runs-over": Place(
        _COMMITTEE, lambda town: town.registration(f"desk/conferences/{town.symposium.conference}/runs")
    ),
    "committee-finance": Place(_COMMITTEE, lambda town: town.payments("desk")),
    "registrations": Place(_COMMITTEE, lambda town: town.registration("desk")),
    "registrations-conference": Place(
        _COMMITTEE, lambda town: town.registration(f"desk/conferences/{town.symposium.conference}")
    ),
    "forbidden": Place(_COMMITTEE, lambda town: town.payments("desk/orders"), status=403),
    # finance
    "finance": Place(_FINANCE, lambda town: town.payments("desk")),
    "finance-run": Place(_FINANCE, lambda town: town.payments(f"desk/runs/{town.symposium.run}")),
    "finance-refunds": Place(_FINANCE, lambda town: town.payments("desk/refunds")),
    "finance-refund-to-pay": Place(
        _FINANCE, lambda town: town.payments(f"desk/refunds/{town.symposium.refund_to_pay}")
    ),
    "finance-refund-payee": Place(
        _FINANCE, lambda town: town.payments(f"desk/refunds/{town.symposium.refund_awaiting_payee}")
    ),
    "finance-strays": Place(_FINANCE, lambda town: town.payments("desk/strays")),
    "finance-orders": Place(_FINANCE, lambda town: town.payments("desk/orders")),
    "finance-order": Place(_FINANCE, lambda town: town.payments(f"desk/orders/{town.symposium.order}")),
    "finance-order-gaps": Place(
        _FINANCE, lambda town: town.payments(f"desk/orders/{town.symposium.order}"), _wrong_amount
    ),
    "finance-books": Place(_FINANCE, lambda town: town.payments(f"desk/books/{town.symposium.conference}")),
    # both desks
    "messages": Place(_FINANCE, lambda town: town.notifications("desk")),
    "message": Place(_FINANCE, lambda town: town.notifications(f"desk/messages/{town.symposium.message}")),
    "letters": Place(_FINANCE, lambda town: town.notifications("letters")),
    "letters-print": Place(_FINANCE, lambda town: town.notifications("letters/print")),
    "letter": Place(_FINANCE, lambda town: town.notifications(f"letters/{town.symposium.letter}")),
    "parked": Place(_COMMITTEE, lambda town: town.registration("parked")),
    "waiting-committee": Place(_COMMITTEE, lambda town: town.front(""), _all_said),
    "waiting-finance": Place(_FINANCE, lambda town: town.front(""), _all_said),
    "waiting-menu": Place(_COMMITTEE, lambda town: town.front("registration/desk"), _open_menu),
    "found": Place(_COMMITTEE, lambda town: town.front("registration/desk/search?query=paula"), _all_said),
    "found-nothing": Place(_FINANCE, lambda town: town.front("payments/desk/search?query=zeppelin"), _all_said),
    "found-too-short": Place(_FINANCE, lambda town: town.front("payments/desk/search?query=z")),
    "found-unanswered": Place(_COMMITTEE, lambda town: town.registration("desk/search?query=paula"), _unanswered),
}
