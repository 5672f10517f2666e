"""People with accounts of their own: invited, signed in at every service, and out again as soon as it is said."""

import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.notifications.app import create as create_notifications
from services.registration.accounts.commands import invite_account
from services.registration.accounts.domain import PASSWORD_LENGTH_MIN
from services.registration.accounts.pages.doing import do
from services.registration.accounts.pages.invitations import link
from services.registration.accounts.pages.signing_in import SESSION_COOKIE
from services.registration.app import create as create_registration
from shared import statements
from shared.auth import GUESSES_PER_MINUTE_MAX
from shared.ids import new_id
from shared.principals import Held, Role
from shared.statements import COOKIE, LIFETIME, RENEWED_AFTER
from tests.namespaces import Namespace
from tests.town import Running, running, settings_for

ACCOUNTS, SIGN_IN, MESSAGES = "/registration/accounts", "/registration/accounts/sign-in", "/notifications/desk"
PASSWORD = "the clerk has a green bicycle"
HEARD_SECONDS_MAX = 5.0
_COOKIES = {COOKIE: "/", SESSION_COOKIE: ACCOUNTS, "reconvene": "/"}


@dataclass
class Browser:
    """One person's browser, which brings the same cookies to both services."""

    registration: FlaskClient
    notifications: FlaskClient
    source: str = "192.0.2.1"
    jar: dict[str, str] = field(default_factory=dict)

    def open(self, address: str, *, form: dict[str, Any] | None = None) -> TestResponse:
        """Look at a page, or send a form, without following where it leads."""
        path = address.removeprefix("http://localhost")
        client = self.registration if path.startswith("/registration") else self.notifications
        for name, value in self.jar.items():
            client.set_cookie(name, value, path=_COOKIES[name])
        answer = client.open(
            path,
            method="GET" if form is None else "POST",
            data=form,
            headers={"Accept": "text/html", "Origin": "http://localhost"},
            environ_base={"REMOTE_ADDR": self.source},
        )
        for name, where in _COOKIES.items():
            kept = client.get_cookie(name, path=where)
            if kept is not None:
                self.jar[name] = kept.value
                client.delete_cookie(name, path=where)
            else:
                self.jar.pop(name, None)
        return answer

    def follow(self, answer: TestResponse, *, form: dict[str, Any] | None = None) -> TestResponse:
        """Go where it leads, with the form again where that is said."""
        while answer.status_code in (303, 307):
            answer = self.open(answer.location, form=form if answer.status_code == 307 else None)
        return answer

    def send(self, address: str, on: str, **form: Any) -> TestResponse:
        """Open a page, and send a form of it."""
        return self.open(address, form={**form, "csrf_token": hidden(self.open(on), "csrf_token")})

    def sign_in(self, mail: str, *, password: str = PASSWORD, code: str = "", next_: str = "") -> TestResponse:
        """Sign in by the form."""
        return self.send(SIGN_IN, SIGN_IN, mail=mail, password=password, code=code, next=next_)


@dataclass
class Town:
    """Registration and notifications, which hear each other."""

    registration: Running
    notifications: Running

    def browser(self, source: str = "192.0.2.1") -> Browser:
        """Somebody's browser, without cookies."""
        return Browser(self.registration.client(), self.notifications.client(), source)

    def invited(self, mail: str, *roles: Role, association: str = "iimc") -> str:
        """The link of an invitation that the installation made."""
        invited = do(
            self.registration.parts.database,
            invite_account,
            mail=mail,
            name=mail.partition("@")[0].title(),
            association=association,
            roles=tuple(Held(role) for role in roles),
            invitation=new_id("inv"),
            by="",
        )
        return link(self.registration.parts.settings, invited)

    def member(self, mail: str, *roles: Role, association: str = "iimc") -> Browser:
        """Somebody who came by their invitation and is signed in."""
        browser = self.browser()
        accepted = browser.open(
            self.invited(mail, *roles, association=association), form={"password": PASSWORD, "repeated": PASSWORD}
        )
        assert accepted.location == "/registration/accounts/me"
        return browser

    def older(self, browser: Browser, by: timedelta) -> None:
        """Let what this browser brings have been said so long ago."""
        settings = self.registration.parts.settings
        statement = statements.read(settings, browser.jar[COOKIE])
        assert statement
        browser.jar[COOKIE] = statements.write(settings, replace(statement, made_at=statement.made_at - by))


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Town]:
    mail: Any = {"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "Reconvene <conference@reconvene.example>"}
    with (
        running(create_registration, settings_for("registration", module_namespace)) as registration,
        running(create_notifications, settings_for("notifications", module_namespace, **mail)) as notifications,
    ):
        yield Town(registration, notifications)


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def until(browser: Browser, address: str, status: int) -> TestResponse:
    """Look until a page answers so, for as long as it may take."""
    deadline = time.monotonic() + HEARD_SECONDS_MAX
    answer = browser.open(address)
    while answer.status_code != status and time.monotonic() < deadline:
        answer = browser.open(address)
    assert answer.status_code == status, answer.status_code
    return answer


def test_who_came_by_an_invitation_is_signed_in_at_every_service(town: Town) -> None:
    ana = town.member("ana@iimc.example", Role.FINANCE)

    assert "Signed in as Ana" in ana.open("/registration/desk").text
    assert "Signed in as Ana" in ana.open(MESSAGES).text


def test_an_invitation_holds_once_and_the_newest_alone(town: Town) -> None:
    older, newest = (town.invited("joost@iimc.example", Role.BOARD) for _ in range(2))
    form = {"password": PASSWORD, "repeated": PASSWORD}

    first = town.browser().open(older, form=form)
    second = town.browser().open(newest, form=form)
    third = town.browser().open(newest, form=form)

    assert (first.status_code, second.status_code, third.status_code) == (410, 303, 410)
    assert "This invitation was used already" in third.text


@pytest.mark.parametrize(
    ("password", "repeated", "words"),
    [
        ("x" * (PASSWORD_LENGTH_MIN - 1), "x" * (PASSWORD_LENGTH_MIN - 1), "A password has 12 to 200 characters"),
        (PASSWORD, PASSWORD.upper(), "The two passwords are not the same"),
    ],
)
def test_an_unfit_password_is_not_set(town: Town, password: str, repeated: str, words: str) -> None:
    invitation = town.invited("gloria@iimc.example", Role.BOARD)

    refused = town.browser().open(invitation, form={"password": password, "repeated": repeated})

    assert (refused.status_code, words in refused.text) == (422, True)
    assert town.browser().sign_in("gloria@iimc.example", password=password).status_code == 401


def test_a_revoked_role_is_refused_at_the_next_click_in_another_service(town: Town) -> None:
    helen = town.member("helen@iimc.example", Role.ADMINISTRATOR)
    walter = town.member("walter@iimc.example", Role.FINANCE)
    assert walter.open(MESSAGES).status_code == 200
    person = statements.read(town.registration.parts.settings, walter.jar[COOKIE])
    assert person

    changed = helen.send(f"{ACCOUNTS}/{person.principal.person}/roles", ACCOUNTS, roles=["board"])
    led = until(walter, MESSAGES, 303)
    refused = walter.follow(led)

    assert changed.status_code == 303
    assert "/registration/accounts/renew" in led.location
    assert (refused.status_code, "you are signed in as Walter (board)" in html.unescape(refused.text)) == (403, True)


def test_who_signed_out_is_out_everywhere_even_with_what_was_copied(town: Town) -> None:
    marie = town.member("marie@iimc.example", Role.FINANCE)
    copied = {COOKIE: marie.jar[COOKIE]}

    out = marie.send(f"{ACCOUNTS}/sign-out", "/registration/desk")

    thief = town.browser()
    assert (out.status_code, COOKIE in marie.jar) == (303, False)
    for address in ("/registration/desk", MESSAGES):
        thief.jar = dict(copied)
        led = until(thief, address, 303)
        assert "Your e-mail address" in thief.follow(led).text


def test_a_closed_account_is_out_and_an_opened_one_may_come_again(town: Town) -> None:
    admin = town.member("ruth@iimc.example", Role.ADMINISTRATOR)
    grace = town.member("grace@iimc.example", Role.REGISTRAR)
    statement = statements.read(town.registration.parts.settings, grace.jar[COOKIE])
    assert statement

    admin.send(f"{ACCOUNTS}/{statement.principal.person}/close", ACCOUNTS)
    asked = grace.follow(until(grace, MESSAGES, 303))
    refused = town.browser().sign_in("grace@iimc.example")
    admin.send(f"{ACCOUNTS}/{statement.principal.person}/reopen", ACCOUNTS)

    assert "Your e-mail address" in asked.text
    assert refused.status_code == 401
    assert town.browser().sign_in("grace@iimc.example").status_code == 303


def test_an_old_statement_is_renewed_on_the_way_of_a_page(town: Town) -> None:
    priya = town.member("priya@iimc.example", Role.COMMITTEE)
    town.older(priya, RENEWED_AFTER)

    led = priya.open(f"{MESSAGES}?state=open")
    back = priya.open(led.location)

    assert led.status_code == 303
    assert (back.status_code, back.location) == (303, f"http://localhost{MESSAGES}?state=open")
    assert priya.open(back.location).status_code == 200


def test_a_form_that_is_sent_late_is_renewed_and_done_once(town: Town) -> None:
    kofi = town.member("kofi@iimc.example", Role.COMMITTEE)
    form = {"now": "2020-04-09T14:00:00Z", "csrf_token": hidden(kofi.open(MESSAGES), "csrf_token")}
    town.older(kofi, LIFETIME)

    led = kofi.open("/notifications/clock", form=form)
    done = kofi.follow(led, form=form)

    assert (led.status_code, done.status_code) == (307, 200)
    assert (done.json or {})["now"].startswith("2020-04-09")


def test_what_was_typed_is_kept_when_the_session_has_ended_meanwhile(town: Town) -> None:
    beth = town.member("beth@iimc.example", Role.COMMITTEE)
    form = {"now": "2021-04-09T14:00:00Z", "csrf_token": hidden(beth.open(MESSAGES), "csrf_token")}
    town.older(beth, LIFETIME)
    beth.jar.pop(SESSION_COOKIE)

    asked = beth.follow(beth.open("/notifications/clock", form=form), form=form)
    token, typed = hidden(asked, "csrf_token"), hidden(asked, "typed")
    shown = beth.open(
        SIGN_IN, form={"mail": "beth@iimc.example", "password": PASSWORD, "csrf_token": token, "typed": typed}
    )

    assert asked.status_code == 401
    assert (shown.status_code, "2021-04-09T14:00:00Z" in shown.text) == (200, True)
    assert 'action="/notifications/clock"' in shown.text


def test_a_second_factor_is_asked_for_and_a_code_counts_once(town: Town) -> None:
    tom = town.member("tom@iimc.example", Role.BOARD)
    page = tom.open(f"{ACCOUNTS}/me")
    found = re.search(r'id="secret">(\w+)<', page.text)
    assert found
    setup, codes = hidden(page, "setup"), pyotp.TOTP(found[1])
    form = {"setup": setup, "csrf_token": hidden(page, "csrf_token")}

    wrong = tom.open(f"{ACCOUNTS}/me/second-factor", form={**form, "code": "12345x"})
    now = int(time.time())
    right = tom.open(f"{ACCOUNTS}/me/second-factor", form={**form, "code": codes.at(now)})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert town.browser().sign_in("tom@iimc.example").status_code == 401
    assert town.browser().sign_in("tom@iimc.example", code=codes.at(now)).status_code == 401
    assert town.browser().sign_in("tom@iimc.example", code=codes.at(now + 30)).status_code == 303


def test_who_guesses_is_shut_out_and_the_owner_is_not(town: Town) -> None:
    town.member("sam@iimc.example", Role.PROGRAMME)
    guesser = town.browser("198.51.100.9")

    guesses = [guesser.sign_in("sam@iimc.example", password=f"guess {n}") for n in range(GUESSES_PER_MINUTE_MAX)]

    assert {each.status_code for each in guesses} == {401}
    assert guesser.sign_in("sam@iimc.example").status_code == 429
    assert town.browser("192.0.2.44").sign_in("sam@iimc.example").status_code == 303


def test_an_administrator_says_nothing_about_another_associations_accounts(town: Town) -> None:
    own = town.member("luis@ilcma.example", Role.ADMINISTRATOR, association="ilcma")
    other = town.member("dana@iimc.example", Role.FINANCE)
    statement = statements.read(town.registration.parts.settings, other.jar[COOKIE])
    assert statement

    answers = [
        own.send(f"{ACCOUNTS}/{statement.principal.person}/{what}", ACCOUNTS, roles=["auditor"])
        for what in ("roles", "close", "reopen")
    ]

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert "dana@iimc.example" not in own.open(ACCOUNTS).text
    assert other.open(MESSAGES).status_code == 200


def test_an_administrator_does_not_shut_themselves_out(town: Town) -> None:
    admin = town.member("rosa@amcto.example", Role.ADMINISTRATOR, association="amcto")
    statement = statements.read(town.registration.parts.settings, admin.jar[COOKIE])
    assert statement

    answers = [
        admin.send(f"{ACCOUNTS}/{statement.principal.person}/{what}", ACCOUNTS, roles=["finance"])
        for what in ("roles", "close")
    ]

    assert [each.status_code for each in answers] == [409, 409]
    assert admin.open(ACCOUNTS).status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "http:evil"])
def test_signing_in_leads_to_no_other_house(town: Town, elsewhere: str) -> None:
    town.member(f"{new_id('x')}@iimc.example", Role.BOARD)
    peg = town.member(f"{new_id('peg')}@iimc.example", Role.BOARD)

    led = peg.open(f"{ACCOUNTS}/renew?next={elsewhere}")

    assert (led.status_code, led.location) == (303, "/registration/desk")


def test_who_forgot_their_password_is_invited_once_more_and_keeps_their_roles(town: Town) -> None:
    town.member("ivanka@iimc.example", Role.FINANCE)
    another = PASSWORD[::-1]

    invitation = town.invited("ivanka@iimc.example", Role.ADMINISTRATOR)
    before = town.browser().sign_in("ivanka@iimc.example")
    ivanka = town.browser()
    ivanka.open(invitation, form={"password": another, "repeated": another})

    assert before.status_code == 303
    assert town.browser().sign_in("ivanka@iimc.example").status_code == 401
    assert "Signed in as Ivanka" in ivanka.open(MESSAGES).text
    assert ivanka.open(ACCOUNTS).status_code == 403
