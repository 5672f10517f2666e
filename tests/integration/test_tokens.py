"""Tokens of scripts: made by their owners, exchanged for a short statement, refused when they or their owner ended."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo.collection import Collection
from werkzeug.test import TestResponse

from services.notifications.app import create as create_notifications
from services.registration.app import create as create_registration
from services.registration.tokens.domain import LIVE_COUNT_MAX
from services.registration.tokens.store import TOKENS
from shared import statements
from shared.auth import GUESSES_PER_MINUTE_MAX
from shared.clock import host_now
from shared.principals import Role
from shared.statements import COOKIE, LIFETIME
from shared.unit import ARCHIVE, STAMP
from tests.integration.test_accounts import ACCOUNTS, HEARD_SECONDS_MAX, Browser, Town
from tests.namespaces import Namespace
from tests.town import COMMITTEE, running, settings_for

MINE, DOOR = f"{ACCOUNTS}/me/tokens", "/registration/statement"
JSON = {"Accept": "application/json"}
LAST_DAY = (host_now() + timedelta(days=30)).date().isoformat()


@pytest.fixture(scope="module")
def town(module_namespace: Namespace) -> Iterator[Town]:
    mail: Any = {"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "Reconvene <conference@reconvene.example>"}
    with (
        running(create_registration, settings_for("registration", module_namespace)) as registration,
        running(create_notifications, settings_for("notifications", module_namespace, **mail)) as notifications,
    ):
        yield Town(registration, notifications)


def made(owner: Browser, *numbers: int, name: str = "Nightly export", last_day: str = LAST_DAY) -> TestResponse:
    """Somebody makes a token with these of their roles."""
    chosen = [str(each) for each in numbers]
    return owner.send(MINE, MINE, name=name, roles=chosen, last_day=last_day)


def secret_in(page: TestResponse) -> str:
    found = re.search(r'id="token"[^>]*>(rct_[\w-]+)<', page.text)
    assert found, page.text
    return found[1]


def exchanged(town: Town, secret: str, *, source: str = "192.0.2.7") -> TestResponse:
    """A script shows its token."""
    headers = {**JSON, "Authorization": f"Bearer {secret}"}
    return town.registration.client().post(DOOR, headers=headers, environ_base={"REMOTE_ADDR": source})


def script(town: Town, secret: str) -> str:
    """The statement that a script is answered."""
    answer = exchanged(town, secret)
    assert answer.status_code == 200, answer.text
    return str((answer.json or {})["statement"])


def asked(town: Town, statement: str, path: str, *, form: dict[str, Any] | None = None) -> TestResponse:
    """A script asks for something, at either service."""
    service = town.registration if path.startswith("/registration") else town.notifications
    headers = {**JSON, "Authorization": f"Bearer {statement}"}
    return service.client().open(path, method="GET" if form is None else "POST", json=form, headers=headers)


def until(town: Town, statement: str, path: str, status: int) -> TestResponse:
    """Ask until the answer is this one, for as long as it may take."""
    deadline = time.monotonic() + HEARD_SECONDS_MAX
    answer = asked(town, statement, path)
    while answer.status_code != status and time.monotonic() < deadline:
        answer = asked(town, statement, path)
    assert answer.status_code == status, answer.text
    return answer


def tokens(town: Town) -> Collection[dict[str, Any]]:
    """Where tokens are kept."""
    return town.registration.parts.database.mongo[TOKENS.name]


def person_of(town: Town, browser: Browser) -> str:
    statement = statements.read(town.registration.parts.settings, browser.jar[COOKIE])
    assert statement
    return statement.principal.person


def test_a_script_does_at_every_service_what_its_roles_allow_and_is_named(town: Town) -> None:
    helen = town.member("helen@iimc.example", Role.COMMITTEE, Role.FINANCE)
    secret = secret_in(made(helen, 0))
    statement = script(town, secret)

    assert [asked(town, statement, each).status_code for each in ("/registration/desk", "/notifications/messages")] == [
        200,
        200,
    ]
    moved = asked(town, statement, "/notifications/clock", form={"now": "2020-04-09T14:00:00Z"})
    assert moved.status_code == 200
    page = helen.open(MINE).text
    assert (secret in page, "never</td>" in page, "End “Nightly export”" in page) == (False, False, True)


def test_what_a_script_changes_is_stamped_with_its_owner_and_its_name(town: Town) -> None:
    mo = town.member("mo@iimc.example", Role.REGISTRAR)
    admin = town.member("ada@iimc.example", Role.ADMINISTRATOR)
    statement = script(town, secret_in(made(mo, 0, name="Import")))
    database, person = town.registration.parts.database, person_of(town, mo)

    asked_by = statements.read(town.registration.parts.settings, statement)
    admin.send(f"{ACCOUNTS}/{person}/tokens/{asked_by.session if asked_by else ''}/end", f"{ACCOUNTS}/tokens")

    row = database.mongo[ARCHIVE].find_one({"key": asked_by.session if asked_by else ""})
    token = database.mongo[TOKENS.name].find_one({"account": person})
    assert row
    assert token
    assert asked_by
    assert (asked_by.principal.actor, asked_by.principal.words) == (person, "Mo (script Import)")
    assert (row["actor"], token["ended_by"], token[STAMP]["by"]) == (*[person_of(town, admin)] * 2, "Ada")


def test_a_token_has_fewer_roles_than_its_owner(town: Town) -> None:
    joan = town.member("joan@iimc.example", Role.BOARD, Role.FINANCE)
    statement = script(town, secret_in(made(joan, 0)))

    refused = asked(town, statement, "/notifications/messages")

    assert (refused.status_code, "you are signed in as Joan (script Nightly export)" in refused.text) == (403, True)
    assert joan.open("/notifications/desk").status_code == 200


def test_a_script_neither_invites_nor_makes_tokens(town: Town) -> None:
    ruth = town.member("ruth@iimc.example", Role.ADMINISTRATOR)
    statement = script(town, secret_in(made(ruth, 0)))

    answers = [
        asked(town, statement, MINE),
        asked(town, statement, MINE, form={"name": "Another", "roles": ["0"], "last_day": LAST_DAY}),
        asked(town, statement, ACCOUNTS, form={"mail": "eve@iimc.example", "name": "Eve", "roles": ["administrator"]}),
        asked(town, statement, f"{ACCOUNTS}/me/second-factor", form={}),
    ]

    assert [each.status_code for each in answers] == [403] * 4
    assert tokens(town).count_documents({"account": person_of(town, ruth)}) == 1


def test_a_token_that_its_owner_ends_is_refused_everywhere_within_seconds(town: Town) -> None:
    tom = town.member("tom@iimc.example", Role.FINANCE)
    secret = secret_in(made(tom, 0))
    statement = script(town, secret)
    assert asked(town, statement, "/notifications/messages").status_code == 200
    (token,) = tokens(town).find({"account": person_of(town, tom)})

    ended = [tom.send(f"{MINE}/{token['_id']}/end", MINE) for _ in range(2)]

    assert [each.status_code for each in ended] == [303, 303]
    assert asked(town, statement, "/registration/desk").status_code == 401
    assert exchanged(town, secret).status_code == 401
    until(town, statement, "/notifications/messages", 401)
    assert town.registration.parts.database.mongo[ARCHIVE].count_documents({"key": token["_id"]}) == 1


def test_a_revoked_role_and_a_closed_account_end_what_their_scripts_may(town: Town) -> None:
    admin = town.member("adam@iimc.example", Role.ADMINISTRATOR)
    walter = town.member("walter@iimc.example", Role.FINANCE)
    secret, person = secret_in(made(walter, 0)), person_of(town, walter)
    statement = script(town, secret)

    admin.send(f"{ACCOUNTS}/{person}/roles", ACCOUNTS, roles=["board"])
    until(town, statement, "/notifications/messages", 401)
    without_role = exchanged(town, secret)
    admin.send(f"{ACCOUNTS}/{person}/roles", ACCOUNTS, roles=["finance", "board"])
    again = script(town, secret)
    admin.send(f"{ACCOUNTS}/{person}/close", ACCOUNTS)
    until(town, again, "/notifications/messages", 401)

    assert (without_role.status_code, "None of the roles" in without_role.text) == (403, True)
    assert exchanged(town, secret).status_code == 401


def test_a_token_ends_with_its_last_day_and_its_statement_after_ten_minutes(town: Town) -> None:
    beth = town.member("beth@iimc.example", Role.FINANCE)
    secret = secret_in(made(beth, 0))
    settings, statement = town.registration.parts.settings, script(town, secret)
    read = statements.read(settings, statement)
    assert read
    old = statements.write(
        settings, statements.Statement(session=read.session, principal=read.principal, made_at=read.made_at - LIFETIME)
    )
    yesterday = (host_now() - timedelta(days=1)).date().isoformat()
    tokens(town).update_one({"_id": read.session}, {"$set": {"last_day": yesterday}})

    assert asked(town, old, "/notifications/messages").status_code == 401
    assert exchanged(town, secret).status_code == 401
    assert "Over since its last day" in beth.open(MINE).text


def test_what_is_shown_at_the_wrong_door_opens_nothing(town: Town) -> None:
    kofi = town.member("kofi@iimc.example", Role.FINANCE)
    secret = secret_in(made(kofi, 0))
    statement, cookie = script(town, secret), kofi.jar[COOKIE]
    thief = town.browser()
    thief.jar = {COOKIE: statement}

    assert [asked(town, each, "/notifications/messages").status_code for each in (secret, cookie, "", "x.y")] == [
        401
    ] * 4
    assert thief.open("/notifications/desk").status_code == 303  # led to sign in: it is no browser's session
    assert exchanged(town, statement).status_code == 401
    assert town.registration.client().post(DOOR, auth=COMMITTEE, headers=JSON).status_code == 401
    assert town.registration.client().post(DOOR, headers=JSON).status_code == 401


@pytest.mark.parametrize(
    ("asked_for", "words"),
    [
        ({"name": " "}, "Give the token a name"),
        ({"roles": []}, "Choose at least one of your own roles"),
        ({"roles": ["7"]}, "That is none of your roles"),
        ({"last_day": "2020-01-01"}, "Its last day is today at the earliest"),
        ({"last_day": (host_now() + timedelta(days=400)).date().isoformat()}, "Its last day is today at the earliest"),
        ({"last_day": "soon"}, "Say its last day as a date"),
    ],
)
def test_an_unfit_token_is_not_made(town: Town, asked_for: dict[str, Any], words: str) -> None:
    browser = town.member(f"n{abs(hash(words + str(asked_for)))}@iimc.example", Role.FINANCE)
    form = {"name": "Export", "roles": ["0"], "last_day": LAST_DAY} | asked_for

    refused = browser.send(MINE, MINE, **form)

    assert (refused.status_code, words in refused.text, "No token was made" in refused.text) == (422, True, True)
    assert tokens(town).count_documents({"account": person_of(town, browser)}) == 0


def test_somebody_elses_token_is_not_there(town: Town) -> None:
    own, other = town.member("own@iimc.example", Role.FINANCE), town.member("other@iimc.example", Role.FINANCE)
    far = town.member("far@ilcma.example", Role.ADMINISTRATOR, association="ilcma")
    secret = secret_in(made(own, 0))
    (token,) = tokens(town).find({"account": person_of(town, own)})

    answers = [
        other.send(f"{MINE}/{token['_id']}/end", MINE),
        far.send(f"{ACCOUNTS}/{person_of(town, own)}/tokens/{token['_id']}/end", f"{ACCOUNTS}/tokens"),
    ]

    assert [each.status_code for each in answers] == [404, 404]
    assert "Nightly export" not in far.open(f"{ACCOUNTS}/tokens").text
    assert exchanged(town, secret).status_code == 200


def test_nobody_has_more_tokens_than_they_can_keep_an_eye_on(town: Town) -> None:
    many = town.member("many@iimc.example", Role.FINANCE)

    answers = [made(many, 0, name=f"Script {n}").status_code for n in range(LIVE_COUNT_MAX + 1)]

    assert answers == [*[200] * LIVE_COUNT_MAX, 409]


def test_who_guesses_tokens_has_to_wait_and_nobody_else(town: Town) -> None:
    secret = secret_in(made(town.member("sam@iimc.example", Role.FINANCE), 0))

    guesses = [exchanged(town, f"rct_{n}", source="198.51.100.9").status_code for n in range(GUESSES_PER_MINUTE_MAX)]

    assert set(guesses) == {401}
    assert exchanged(town, secret, source="198.51.100.9").status_code == 429
    assert exchanged(town, secret).status_code == 200


def test_a_secret_is_written_nowhere(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    secret = secret_in(made(town.member("quiet@iimc.example", Role.FINANCE), 0))
    statement = script(town, secret)
    exchanged(town, f"{secret}x", source="198.51.100.20")
    asked(town, f"{statement}x", "/notifications/messages")

    kept = [
        str(each)
        for parts in (town.registration.parts, town.notifications.parts)
        for name in parts.database.mongo.list_collection_names()
        for each in parts.database.mongo[name].find()
    ]
    written = "".join(capfd.readouterr()) + "".join(kept)
    assert "sign-in refused" in written
    assert secret not in written
    assert statement not in written
