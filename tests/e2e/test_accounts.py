"""Helen invites Tom and Ana; Tom sets a password and a second factor; Ana's role is taken away, and she is refused."""

import re
from collections.abc import Callable

import pyotp
from playwright.sync_api import Page, expect

from deploy.town.inviting import invite as invite_first
from tests.e2e.looking import Looking
from tests.e2e.scene import Scene

Visit = Callable[..., Page]
PASSWORD = "the clerk has a green bicycle"


def come(page: Page, link: str) -> None:
    """Come by an invitation, and choose a password."""
    page.goto(link)
    page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Set my password").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def invite(page: Page, scene: Scene, *, name: str, roles: tuple[str, ...]) -> str:
    """Invite somebody from the desk of accounts; the link that is shown once."""
    page.goto(f"{scene.front}/registration/accounts")
    form = page.locator("form").filter(has=page.get_by_role("button", name="Invite", exact=True))
    form.get_by_label("Name").fill(name)
    form.get_by_label("E-mail address").fill(f"{name.split()[0].lower()}@iimc.example")
    for role in roles:
        form.get_by_role("checkbox", name=re.compile(f"^{role}")).check()
    form.get_by_role("button", name="Invite", exact=True).click()
    return page.locator("#link").inner_text()


def test_helen_invites_tom_and_ana_and_takes_anas_role_away(scene: Scene, visit: Visit, looking: Looking) -> None:
    faults: list[str] = []
    helen, tom, ana = visit(), visit(), visit()
    link = invite_first(
        scene.wiring, mail="helen@iimc.example", name="Helen Okafor", role="administrator", association="iimc"
    )
    helen.goto(link)
    faults += looking.faults(helen, name="accounts-invitation")
    come(helen, link)
    come(tom, invite(helen, scene, name="Tom Becker", roles=("Committee",)))
    faults += looking.faults(helen, name="accounts-invited")
    come(ana, invite(helen, scene, name="Ana Lima", roles=("Finance",)))

    # Tom adds a second factor, and needs it from then on.
    faults += looking.faults(tom, name="accounts-me")
    codes = pyotp.TOTP(tom.locator("#secret").inner_text())
    tom.get_by_label("Type the six digits").fill(codes.now())
    tom.get_by_role("button", name="Ask me for a code").click()
    expect(tom.get_by_role("status")).to_contain_text("asked for a code")
    tom.get_by_role("button", name="Sign out").click()
    tom.get_by_label("Your e-mail address").fill("tom@iimc.example")
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
    card = helen.locator("details").filter(has_text="Ana Lima")
    card.locator("summary").click()
    card.get_by_role("checkbox", name=re.compile("^Finance")).uncheck()
    card.get_by_role("checkbox", name=re.compile("^Monitor")).check()
    faults += looking.faults(helen, name="accounts-roles")
    card.get_by_role("button", name="Save the roles").click()
    expect(helen.get_by_role("status")).to_contain_text("Their roles are changed")

    ana.goto(f"{scene.front}/payments/desk")
    expect(ana.get_by_role("alert")).to_contain_text("you are signed in as Ana Lima (monitor)")
    assert not faults, "\n".join(faults)
