"""People with accounts of their own: invited, signed in at every service, and out again as soon as it is said."""

import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec
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
from services.registration.accounts.store import account_by_mail
from services.registration.app import create as create_registration
from shared import statements
from shared.auth import GUESSES_PER_MINUTE_MAX
from shared.contracts.envelope import Event, opened
from shared.contracts.registration import AccountAddressAsked, AccountInvited, SecondFactorRemoved
from shared.ids import new_id
from shared.principals import Held, Role
from shared.statements import COOKIE, LIFETIME, RENEWED_AFTER
from shared.web import links
from tests.namespaces import Namespace
from tests.town import Running, running, settings_for

ACCOUNTS, SIGN_IN, MESSAGES = "/registration/accounts", "/registration/accounts/sign-in", "/notifications/desk"
FORGOTTEN = "/registration/accounts/forgotten"
RENEWAL = "/registration/accounts/renewal.gif"
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

    def open(
        self, address: str, *, form: dict[str, Any] | None = None, origin: str = "http://localhost"
    ) -> TestResponse:
        """Look at a page, or send a form that stood there, without following where it leads."""
        path = address.removeprefix("http://localhost")
        client = self.registration if path.startswith("/registration") else self.notifications
        for name, value in self.jar.items():
            client.set_cookie(name, value, path=_COOKIES[name])
        answer = client.open(
            path,
            method="GET" if form is None else "POST",
            data=form,
            headers={"Accept": "text/html", **({"Origin": origin} if origin else {})},
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
            is_mailed=False,
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
    copied = dict(grace.jar)
    asked = grace.follow(until(grace, MESSAGES, 303))
    refused = town.browser().sign_in("grace@iimc.example")
    admin.send(f"{ACCOUNTS}/{statement.principal.person}/reopen", ACCOUNTS)
    grace.jar = copied

    assert "Your e-mail address" in asked.text
    assert refused.status_code == 401
    assert "Your e-mail address" in grace.follow(grace.open("/registration/desk")).text
    assert town.browser().sign_in("grace@iimc.example").status_code == 303


def test_an_account_that_is_open_is_not_opened_again(town: Town) -> None:
    admin = town.member("nora@iimc.example", Role.ADMINISTRATOR)
    greta = town.member("greta@iimc.example", Role.REGISTRAR)
    statement = statements.read(town.registration.parts.settings, greta.jar[COOKIE])
    assert statement

    admin.send(f"{ACCOUNTS}/{statement.principal.person}/reopen", ACCOUNTS)

    assert greta.open("/registration/desk").status_code == 200


def test_another_password_ends_every_session_of_before_and_not_the_one_it_begins(town: Town) -> None:
    thief = town.member("lotte@iimc.example", Role.FINANCE)
    kept = dict(thief.jar)

    lotte = town.browser()
    lotte.open(
        town.invited("lotte@iimc.example", Role.FINANCE), form={"password": PASSWORD[::-1], "repeated": PASSWORD[::-1]}
    )

    until(thief, MESSAGES, 303)
    for address in ("/registration/desk", MESSAGES):
        thief.jar = dict(kept)
        assert "Your e-mail address" in thief.follow(thief.open(address)).text
    thief.jar = dict(kept)
    assert thief.open(RENEWAL).headers.getlist("Set-Cookie") == []
    assert "Signed in as Lotte" in lotte.open(MESSAGES).text


def test_an_ageing_statement_is_renewed_beside_a_page_which_comes_whoever_else_is_away(town: Town) -> None:
    priya = town.member("priya@iimc.example", Role.COMMITTEE)
    assert RENEWAL not in priya.open(MESSAGES).text
    town.older(priya, RENEWED_AFTER)

    shown = priya.open(MESSAGES)
    beside = priya.open(RENEWAL)

    assert (shown.status_code, f'<img src="http://localhost{RENEWAL}"' in shown.text) == (200, True)
    assert "img-src 'self' data: http://localhost;" in shown.headers["Content-Security-Policy"]
    assert (beside.status_code, beside.content_type, beside.headers["Cache-Control"]) == (200, "image/gif", "no-store")
    assert RENEWAL not in priya.open(MESSAGES).text


def test_a_stranger_gets_an_image_and_nothing_with_it(town: Town) -> None:
    beside = town.browser().open(RENEWAL)

    assert (beside.status_code, beside.headers.getlist("Set-Cookie")) == (200, [])


def test_an_old_statement_is_renewed_on_the_way_of_a_page(town: Town) -> None:
    priya = town.member("priya.late@iimc.example", Role.COMMITTEE)
    town.older(priya, LIFETIME)

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


@pytest.mark.parametrize("still", [(COOKIE,), ()], ids=["the session is over", "nothing is kept"])
def test_what_was_typed_comes_back_after_a_sign_in_and_is_sent_by_a_click(town: Town, still: tuple[str, ...]) -> None:
    mail = f"beth{len(still)}@iimc.example"
    beth = town.member(mail, Role.COMMITTEE)
    form = {"now": "2021-04-09T14:00:00Z", "note": "moved for\nthe <board>"}
    town.older(beth, LIFETIME)
    beth.jar = {name: beth.jar[name] for name in still}

    asked = beth.follow(beth.open("/notifications/clock", form=form), form=form)
    typed = {"typed": hidden(asked, "typed"), "mail": mail}
    wrong = beth.open(SIGN_IN, form={**typed, "password": "no", "csrf_token": hidden(asked, "csrf_token")})
    shown = beth.open(SIGN_IN, form={**typed, "password": PASSWORD, "csrf_token": hidden(wrong, "csrf_token")})

    assert (asked.status_code, "What you typed is kept" in asked.text) == (401, True)
    assert (wrong.status_code, hidden(wrong, "typed")) == (401, typed["typed"])
    assert (shown.status_code, "It was not sent yet" in shown.text) == (200, True)
    assert 'action="/notifications/clock"' in shown.text
    assert "moved for\nthe &lt;board&gt;</dd>" in shown.text
    again = {
        name: html.unescape(value) for name, value in re.findall(r'<textarea name="(\w+)" hidden>\n([^<]*)', shown.text)
    }
    assert again == form
    sent = beth.open("/notifications/clock", form=again | {"csrf_token": hidden(shown, "csrf_token")})
    assert (sent.status_code, str((sent.json or {})["now"])[:10]) == (200, "2021-04-09")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_nothing_is_kept_of_a_form_that_stood_elsewhere(town: Town, origin: str) -> None:
    stranger = town.browser()
    form = {"now": "2021-04-09T14:00:00Z"}

    led = stranger.open("/notifications/clock", form=form, origin=origin)
    asked = stranger.open(led.location, form=form, origin=origin)

    assert (led.status_code, asked.status_code) == (307, 401)
    assert 'name="typed"' not in asked.text


def test_what_was_kept_can_not_be_made_up(town: Town) -> None:
    town.member("cleo@iimc.example", Role.COMMITTEE)
    cleo = town.browser()
    made_up = "WyIvbm90aWZpY2F0aW9ucy9jbG9jayIsW10sZmFsc2Vd.x.y"

    led = cleo.send(SIGN_IN, SIGN_IN, mail="cleo@iimc.example", password=PASSWORD, typed=made_up)

    assert (led.status_code, led.location) == (303, "/registration/desk")


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


def test_an_administrator_takes_away_the_lost_second_factor_of_a_colleague(town: Town) -> None:
    helen, nina = town.member("hel@iimc.example", Role.ADMINISTRATOR), town.member("nina@iimc.example", Role.FINANCE)
    with_second_factor(nina)
    remove = f"{ACCOUNTS}/{_id_of(town, 'nina@iimc.example')}/second-factor/remove"

    offered = f'action="{remove}"' in helen.open(ACCOUNTS).text
    removed = [helen.send(remove, ACCOUNTS).status_code for _ in range(2)]
    page = helen.open(ACCOUNTS).text
    (event,) = said(town, SecondFactorRemoved, "nina@iimc.example")

    assert (offered, removed, f'action="{remove}"' in page) == (True, [303, 303], False)
    assert "A lost second factor was taken away by Hel on" in page
    assert (event.by_name, event.name) == ("Hel", "Nina")
    assert nina.open("/registration/desk").status_code in (303, 401)  # signed out
    assert town.browser().sign_in("nina@iimc.example").status_code == 303


def test_nobody_takes_away_their_own_second_factor_or_one_of_another_association(town: Town) -> None:
    vera = town.member("vera@iimc.example", Role.ADMINISTRATOR)
    other = town.member("otto@ilcma.example", Role.ADMINISTRATOR, association="ilcma")
    codes = with_second_factor(vera)
    remove = f"{ACCOUNTS}/{_id_of(town, 'vera@iimc.example')}/second-factor/remove"

    refused = [each.send(remove, ACCOUNTS) for each in (vera, other)]
    finance = town.member("fay@iimc.example", Role.FINANCE).open(remove, form={})

    assert [each.status_code for each in (*refused, finance)] == [409, 404, 403]
    assert "ask another administrator" in refused[0].text
    assert f'action="{remove}"' not in vera.open(ACCOUNTS).text
    assert town.browser().sign_in("vera@iimc.example").status_code == 401
    assert town.browser().sign_in("vera@iimc.example", code=codes.at(int(time.time()) + 30)).status_code == 303


def _id_of(town: Town, mail: str) -> str:
    account = account_by_mail(town.registration.parts.database, mail)
    assert account
    return account.id


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


# what is mailed: the events here, the mails by the tests of notifications


def said(town: Town, kind: type[Event], mail: str) -> list[Any]:
    """What registration has said of this kind about somebody with this address, in order."""
    database = town.registration.parts.database
    rows = list(database.mongo["events"].find({"type": kind.type}).sort("time", 1))
    found: list[Any] = [
        opened(msgspec.json.decode(row["data"], type=kind), row["data"], database.keys.key_of) for row in rows
    ]
    assert not [row for row in rows if mail.encode() in row["data"]]
    return [each for each in found if mail in (each.mail, getattr(each, "mail_before", ""))]


def mailed(town: Town, mail: str) -> str:
    """The link that is mailed to somebody, as notifications makes it."""
    newest = said(town, AccountInvited, mail)[-1]
    return links.account_invitation(town.registration.parts.settings, newest.account, newest.invitation)


def test_who_is_invited_at_the_desk_comes_by_the_link_that_is_mailed(town: Town) -> None:
    admin = town.member("ada@iimc.example", Role.ADMINISTRATOR)
    fields = {"name": "Tess Tanaka", "mail": "Tess@IIMC.example", "roles": ["board"]}

    shown = admin.send(ACCOUNTS, ACCOUNTS, **fields)

    (event,) = said(town, AccountInvited, "tess@iimc.example")
    assert (shown.status_code, event.by_name, event.is_forgotten) == (200, "Ada", False)
    assert html.unescape(mailed(town, "tess@iimc.example")) in html.unescape(shown.text)
    came = town.browser().open(mailed(town, "tess@iimc.example"), form={"password": PASSWORD, "repeated": PASSWORD})
    assert came.status_code == 303


def forget(town: Town, mail: str) -> TestResponse:
    return town.browser().send(FORGOTTEN, FORGOTTEN, mail=mail)


def test_whether_there_is_an_account_is_told_to_nobody_who_asks_for_another_password(town: Town) -> None:
    town.member("mia@iimc.example", Role.FINANCE)

    known, unknown = forget(town, "mia@iimc.example"), forget(town, "max@iimc.example")

    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("mia@", "max@") == unknown.text
    assert [len(said(town, AccountInvited, each)) for each in ("mia@iimc.example", "max@iimc.example")] == [1, 0]


def test_a_forgotten_password_works_until_another_one_is_chosen_and_the_link_once(town: Town) -> None:
    town.member("ines@iimc.example", Role.FINANCE)
    forget(town, "ines@iimc.example")
    forget(town, "ines@iimc.example")
    first, second = (
        links.account_invitation(town.registration.parts.settings, each.account, each.invitation)
        for each in said(town, AccountInvited, "ines@iimc.example")
    )
    another = {"password": PASSWORD[::-1], "repeated": PASSWORD[::-1]}

    before = town.browser().sign_in("ines@iimc.example")
    came = town.browser().open(first, form=another)
    late = town.browser().open(second, form=another)

    assert (before.status_code, came.status_code, late.status_code) == (303, 303, 410)
    assert town.browser().sign_in("ines@iimc.example").status_code == 401


def test_who_only_reads_somebodys_mail_does_not_get_past_their_second_factor(town: Town) -> None:
    bea = town.member("bea@iimc.example", Role.FINANCE)
    codes = with_second_factor(bea)
    forget(town, "bea@iimc.example")
    form = {"password": PASSWORD[::-1], "repeated": PASSWORD[::-1]}
    link = mailed(town, "bea@iimc.example")

    without = town.browser().open(link, form=form)
    wrong = town.browser().open(link, form={**form, "code": "000000"})
    right = town.browser().open(link, form={**form, "code": codes.at(int(time.time()) + 30)})

    assert [each.status_code for each in (without, wrong, right)] == [422, 422, 303]
    assert "This is not the code" in without.text
    assert town.browser().sign_in("bea@iimc.example").status_code == 401


def test_nothing_is_mailed_about_a_closed_account(town: Town) -> None:
    admin = town.member("olga@iimc.example", Role.ADMINISTRATOR)
    town.member("pim@iimc.example", Role.FINANCE)
    pim = account_by_mail(town.registration.parts.database, "pim@iimc.example")
    assert pim
    admin.send(f"{ACCOUNTS}/{pim.id}/close", ACCOUNTS)

    assert forget(town, "pim@iimc.example").status_code == 200
    assert said(town, AccountInvited, "pim@iimc.example") == []


def test_another_address_counts_once_its_link_was_opened_and_takes_a_password_to_ask_for(town: Town) -> None:
    lena = town.member("lena@iimc.example", Role.FINANCE)
    me = f"{ACCOUNTS}/me"

    guessed = lena.send(f"{me}/address", me, mail="lena@new.example", password="a guess")
    asked = lena.send(f"{me}/address", me, mail="Lena@New.example", password=PASSWORD)
    (event,) = said(town, AccountAddressAsked, "lena@iimc.example")
    link = links.account_address(town.registration.parts.settings, event.account, event.change)
    shown = town.browser().open(link)
    old = town.browser().sign_in("lena@iimc.example")
    taken = town.browser().open(link, form={})
    again = town.browser().open(link, form={})

    assert (guessed.status_code, asked.status_code, event.mail) == (422, 303, "lena@new.example")
    assert (shown.status_code, "Yes, this address is mine" in shown.text, old.status_code) == (200, True, 303)
    assert (taken.status_code, again.status_code) == (200, 410)
    assert town.browser().sign_in("lena@new.example").status_code == 303
    assert town.browser().sign_in("lena@iimc.example").status_code == 401


@pytest.mark.parametrize(("mail", "status"), [("no address", 422), ("taken@iimc.example", 409)])
def test_an_address_that_can_not_be_is_not_asked_for(town: Town, mail: str, status: int) -> None:
    if not account_by_mail(town.registration.parts.database, "taken@iimc.example"):
        town.member("taken@iimc.example", Role.BOARD)
    rob = town.member(f"{new_id('rob')}@iimc.example", Role.BOARD)

    assert rob.send(f"{ACCOUNTS}/me/address", f"{ACCOUNTS}/me", mail=mail, password=PASSWORD).status_code == status


def test_an_address_that_somebody_took_meanwhile_is_not_taken(town: Town) -> None:
    eva = town.member("eva@iimc.example", Role.FINANCE)
    eva.send(f"{ACCOUNTS}/me/address", f"{ACCOUNTS}/me", mail="eve@iimc.example", password=PASSWORD)
    (event,) = said(town, AccountAddressAsked, "eva@iimc.example")
    town.member("eve@iimc.example", Role.FINANCE)

    refused = town.browser().open(
        links.account_address(town.registration.parts.settings, event.account, event.change), form={}
    )

    assert refused.status_code == 409
    assert town.browser().sign_in("eva@iimc.example").status_code == 303


def with_second_factor(browser: Browser) -> pyotp.TOTP:
    """Set up a second factor; its codes."""
    page = browser.open(f"{ACCOUNTS}/me")
    found = re.search(r'id="secret">(\w+)<', page.text)
    assert found
    codes = pyotp.TOTP(found[1])
    form = {"setup": hidden(page, "setup"), "csrf_token": hidden(page, "csrf_token")}
    done = browser.open(f"{ACCOUNTS}/me/second-factor", form={**form, "code": codes.at(int(time.time()))})
    assert done.status_code == 303
    return codes
