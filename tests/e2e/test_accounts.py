"""Helen invites Tom and Ana by mail; Tom takes a password and a second factor; Ana's role goes, and she is refused."""

import re
from collections.abc import Callable, Mapping

import pyotp
import pytest
from playwright.sync_api import Page, expect

from deploy.town.inviting import invite as invite_first
from shared.associations import FIRST
from tests.e2e.looking import Looking
from tests.e2e.people import follow_mail, open_mail
from tests.e2e.scene import Scene, mail_address

Visit = Callable[..., Page]
EVERYWHERE = "for all conferences"
PASSWORD = "the clerk has a green bicycle"


def come(page: Page) -> None:
    """Choose a password on the page that an invitation leads to."""
    page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set my password").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def invite(page: Page, scene: Scene, *, name: str, roles: Mapping[str, str]) -> None:
    """Invite somebody from the desk of accounts, to each role for what is chosen beside it."""
    page.goto(f"{scene.front}/registration/accounts")
    form = page.locator("form").filter(has=page.get_by_role("button", name="Invite", exact=True))
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("E-mail address").fill(mail_address(name))
    for role, choice in roles.items():
        form.get_by_role("checkbox", name=re.compile(f"^{role}")).check()
        form.get_by_label(f"{role}: for which conference").select_option(label=choice)
    form.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is invited")


def come_by_mail(page: Page, scene: Scene, *, name: str) -> Page:
    """Read the invitation in the mailbox, press its button, and choose a password there."""
    open_mail(page, scene, to=name, subject="You are invited to the conference desks")
    invited = follow_mail(page)
    come(invited)
    return invited


@pytest.mark.timeout(300)
def test_helen_invites_tom_and_ana_and_takes_anas_role_away(scene: Scene, visit: Visit, looking: Looking) -> None:
    faults: list[str] = []
    helen = visit()
    own = scene.open_conference("Symposium of Ana")
    other = scene.open_conference("Congress of Others")
    link = invite_first(
        scene.wiring, mail="helen@iimc.example", name="Helen Okafor", role="administrator", association=FIRST
    )
    helen.goto(link)
    faults += looking.faults(helen, name="accounts-invitation")
    come(helen)
    invite(helen, scene, name="Tom Becker", roles={"Committee": EVERYWHERE})
    faults += looking.faults(helen, name="accounts-invited")
    roles = {"Finance": EVERYWHERE, "Registrar": "only for Symposium of Ana"}
    invite(helen, scene, name="Ana Lima", roles=roles)
    tom = come_by_mail(visit(), scene, name="Tom Becker")
    ana = come_by_mail(visit(), scene, name="Ana Lima")

    # Tom adds a second factor, and needs it from then on.
    faults += looking.faults(tom, name="accounts-me")
    codes = pyotp.TOTP(tom.locator("#secret").inner_text())
    tom.get_by_label("Type the six digits").fill(codes.now())
    tom.get_by_role("button", name="Ask me for a code").click()
    expect(tom.get_by_role("status")).to_contain_text("asked for a code")
    tom.get_by_role("button", name="Sign out").click()
    tom.get_by_label("Your e-mail address").fill(mail_address("Tom Becker"))
    tom.get_by_label("Password").fill(PASSWORD)
    tom.get_by_role("button", name="Sign in").click()
    expect(tom.get_by_role("alert")).to_contain_text("You were not signed in")
    faults += looking.faults(tom, name="accounts-sign-in-refused")

    # Ana makes a token for a program of hers.
    ana.get_by_role("link", name="Tokens for your scripts").click()
    ana.get_by_label("What it is for").fill("Nightly export")
    ana.get_by_role("checkbox", name=re.compile("^Finance")).check()
    ana.get_by_role("button", name="Make the token").click()
    expect(ana.locator("#token")).to_contain_text("rct_")
    faults += looking.faults(ana, name="tokens-made")
    helen.goto(f"{scene.front}/registration/accounts/tokens")
    expect(helen.get_by_role("heading", name="Ana Lima")).to_be_visible()
    faults += looking.faults(helen, name="tokens-of-all")

    # Ana works at the finance desk, until Helen takes the role away.
    ana.goto(f"{scene.front}/payments/desk")
    expect(ana.get_by_text("Signed in as Ana Lima")).to_be_visible()
    helen.goto(f"{scene.front}/registration/accounts")
    expect(helen.get_by_text("Ana Lima · finance, registrar for Symposium of Ana")).to_be_visible()
    card = helen.locator("details").filter(has_text="Ana Lima")
    card.locator("summary").click()
    card.get_by_role("checkbox", name=re.compile("^Finance")).uncheck()
    faults += looking.faults(helen, name="accounts-roles")
    card.get_by_role("button", name="Save the roles").click()
    expect(helen.get_by_role("status")).to_contain_text("Their roles are changed")

    ana.goto(f"{scene.front}/payments/desk")
    expect(ana.get_by_role("alert")).to_contain_text("you are signed in as Ana Lima (registrar)")

    # She is still the registrar of one conference, and finds no other.
    ana.goto(f"{scene.front}/registration/desk/conferences/{own}")
    expect(ana.get_by_role("heading", name="Symposium of Ana").first).to_be_visible()
    faults += looking.faults(ana, name="accounts-one-conference")
    ana.goto(f"{scene.front}/registration/desk/conferences/{other}")
    expect(ana.get_by_role("alert")).to_contain_text("that belongs to the conferences that you work for")
    assert not faults, "\n".join(faults)
