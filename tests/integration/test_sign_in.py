"""Guessing a key of the installation is slow, no key begins a session, and who must sign in is led to the one form."""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.notifications.app import create
from shared.auth import GUESSES_PER_MINUTE_MAX
from shared.principals import Role
from shared.process import Parts
from shared.statements import COOKIE
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE, settings_for, signed_in

JSON, HTML = {"Accept": "application/json"}, {"Accept": "text/html"}
SUMMARY, FORM, DESK = "/notifications/summary", "/notifications/sign-in", "/notifications/desk"


@pytest.fixture
def parts(namespace: Namespace) -> Iterator[Parts]:
    """A service that has just started."""
    mail: Any = {"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "Reconvene <conference@reconvene.example>"}
    made = create(settings_for("notifications", namespace, **mail))
    yield made
    made.database.close()


@pytest.fixture
def client(parts: Parts) -> FlaskClient:
    """A stranger's browser."""
    return parts.web.test_client()


@pytest.fixture
def desk(parts: Parts) -> FlaskClient:
    """The browser of somebody of the committee."""
    return signed_in(parts.web.test_client(), parts.settings, Role.COMMITTEE)


def by_request(client: FlaskClient, password: str, *, role: str = COMMITTEE[0]) -> int:
    return client.get(SUMMARY, headers=JSON, auth=(role, password)).status_code


def test_guesses_close_one_key_for_whoever_guesses(client: FlaskClient) -> None:
    guesses = [by_request(client, f"guess {number}") for number in range(GUESSES_PER_MINUTE_MAX)]

    assert guesses == [401] * GUESSES_PER_MINUTE_MAX
    refused = client.get(SUMMARY, headers=JSON, auth=COMMITTEE)
    assert (refused.status_code, refused.json and refused.json["title"]) == (429, "Too many tries")
    assert by_request(client, FINANCE[1], role=FINANCE[0]) == 200


def test_guesses_from_elsewhere_do_not_shut_the_owner_out(client: FlaskClient) -> None:
    for number in range(GUESSES_PER_MINUTE_MAX):
        by_request(client, f"guess {number}")

    from_elsewhere = client.get(SUMMARY, headers=JSON, auth=COMMITTEE, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})

    assert (by_request(client, COMMITTEE[1]), from_elsewhere.status_code) == (429, 200)


def test_a_script_that_sends_its_key_all_day_gives_nobody_new_guesses(client: FlaskClient) -> None:
    for number in range(GUESSES_PER_MINUTE_MAX):
        assert by_request(client, f"guess {number}") == 401
        if number < GUESSES_PER_MINUTE_MAX - 1:
            assert by_request(client, COMMITTEE[1]) == 200

    assert by_request(client, "guess again") == 429


def test_a_key_opens_no_session_by_request_nor_by_form(client: FlaskClient) -> None:
    by_key = client.get(DESK, headers=HTML, auth=COMMITTEE)
    form = {"role": COMMITTEE[0], "password": COMMITTEE[1], "csrf_token": hidden(by_key.text, "csrf_token")}
    sent = client.post(FORM, data=form, headers=HTML)

    assert (by_key.status_code, client.get_cookie(COOKIE)) == (200, None)
    assert sent.status_code == 405
    assert client.get(DESK, headers=HTML).status_code == 303


def test_what_an_older_version_kept_of_a_signed_in_desk_opens_nothing(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["role"] = "committee"

    assert client.get(SUMMARY, headers=JSON).status_code == 401


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "//[",
        "/\r\nX-Evil: yes",
        "/\x00",
    ],
)
def test_signing_in_leads_to_no_other_house_whatever_the_link_says(client: FlaskClient, elsewhere: str) -> None:
    led = client.get(FORM, query_string={"next": elsewhere}, headers=HTML)

    assert (led.status_code, wanted(led)) == (303, f"http://localhost{DESK}")


def test_signing_in_leads_back_to_where_one_was(client: FlaskClient) -> None:
    wished = "/notifications/letters?posted=yes"

    assert wanted(client.get(FORM, query_string={"next": wished}, headers=HTML)) == f"http://localhost{wished}"
    assert wanted(client.get(wished, headers=HTML)) == f"http://localhost{wished}"


# what was typed when the session had ended: how it comes back is told by the tests of accounts


CLOCK, HERE = "/notifications/clock", {**HTML, "Origin": "http://localhost"}
TYPED = {"now": "2020-04-09T14:00:00Z", "note": "moved for\nthe <board>"}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def wanted(led: TestResponse) -> str:
    """Where somebody who is led to the form wanted to go."""
    address = urlsplit(led.location)
    assert address.path == "/registration/accounts/sign-in"
    return parse_qs(address.query)["next"][0]


def test_a_form_of_somebody_who_is_not_signed_in_goes_to_registration_with_all_that_was_typed(
    client: FlaskClient,
) -> None:
    led = client.post(CLOCK, data=TYPED, headers=HERE)

    assert (led.status_code, urlsplit(led.location).path) == (307, "/registration/accounts/renew")


def test_a_program_is_told_and_not_led(client: FlaskClient) -> None:
    assert [client.open(SUMMARY, headers=JSON).status_code, client.post(CLOCK, headers=JSON).status_code] == [401, 401]


def test_a_form_that_was_open_while_somebody_signed_in_anew_is_shown_and_sent_by_a_click(desk: FlaskClient) -> None:
    old = hidden(desk.get(DESK, headers=HTML).text, "csrf_token")
    with desk.session_transaction() as session:
        session.clear()  # as a sign-in does

    refused = desk.post(CLOCK, data=TYPED | {"csrf_token": old}, headers=HERE)
    foreign = desk.post(CLOCK, data=TYPED | {"csrf_token": old}, headers=HTML)
    without = desk.post(CLOCK, data=TYPED, headers=HERE)

    assert (without.status_code, "Please open the form again" in without.text) == (400, True)
    assert "Send it now" not in without.text
    assert (refused.status_code, "Please send it once more" in refused.text) == (400, True)
    assert hidden(refused.text, "csrf_token") not in ("", old)
    assert (foreign.status_code, "<textarea" in foreign.text) == (400, False)


def test_a_refusal_leads_back_to_where_one_was_and_shows_what_was_typed(desk: FlaskClient) -> None:
    token = hidden(desk.get(DESK, headers=HTML).text, "csrf_token")
    headers = {**HTML, "Referer": "http://localhost/notifications/desk?state=open"}

    refused = desk.post(CLOCK, data={"now": "soon", "csrf_token": token}, headers=headers)
    from_elsewhere = desk.get("/notifications/nowhere", headers={**HTML, "Referer": "https://evil.example/x"})

    assert refused.status_code == 422
    assert 'href="/notifications/desk?state=open">Back to where you were' in refused.text
    assert ">soon</dd>" in refused.text
    assert 'href="/notifications/desk">To the desk' in from_elsewhere.text
    for page in (refused.text, from_elsewhere.text):
        assert ("your browser" in page, "evil.example" in page) == (False, False)
