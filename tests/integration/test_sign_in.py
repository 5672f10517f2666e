"""Guessing a desk's password is slow, by the form and with each request alike."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.notifications.app import create
from shared.auth import GUESSES_PER_MINUTE_MAX
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE, settings_for

JSON, HTML = {"Accept": "application/json"}, {"Accept": "text/html"}
SUMMARY, FORM = "/notifications/summary", "/notifications/sign-in"


@pytest.fixture
def client(namespace: Namespace) -> Iterator[FlaskClient]:
    """A stranger at a service that has just started."""
    mail: Any = {"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "Reconvene <conference@reconvene.example>"}
    parts = create(settings_for("notifications", namespace, **mail))
    yield parts.web.test_client()
    parts.database.close()


def by_form(client: FlaskClient, password: str) -> int:
    return sign_in(client, password).status_code


def sign_in(client: FlaskClient, password: str, *, next_: str = "") -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]*)"', client.get(FORM, headers=HTML).text)
    assert found
    form = {"role": COMMITTEE[0], "password": password, "csrf_token": found[1], "next": next_}
    return client.post(FORM, data=form, headers=HTML)


def by_request(client: FlaskClient, password: str, *, role: str = COMMITTEE[0]) -> int:
    return client.get(SUMMARY, headers=JSON, auth=(role, password)).status_code


def test_guesses_by_request_close_the_desk_for_both(client: FlaskClient) -> None:
    guesses = [by_request(client, f"guess {number}") for number in range(GUESSES_PER_MINUTE_MAX)]

    assert guesses == [401] * GUESSES_PER_MINUTE_MAX
    refused = client.get(SUMMARY, headers=JSON, auth=COMMITTEE)
    assert (refused.status_code, refused.json and refused.json["title"]) == (429, "Too many tries")
    assert by_form(client, COMMITTEE[1]) == 429
    assert by_request(client, FINANCE[1], role=FINANCE[0]) == 200


def test_guesses_by_form_close_the_desk_for_both(client: FlaskClient) -> None:
    guesses = [by_form(client, f"guess {number}") for number in range(GUESSES_PER_MINUTE_MAX)]

    assert guesses == [401] * GUESSES_PER_MINUTE_MAX
    assert by_request(client, COMMITTEE[1]) == 429


def test_a_script_that_signs_in_all_day_gives_nobody_new_guesses(client: FlaskClient) -> None:
    for number in range(GUESSES_PER_MINUTE_MAX):
        assert by_request(client, f"guess {number}") == 401
        if number < GUESSES_PER_MINUTE_MAX - 1:
            assert by_request(client, COMMITTEE[1]) == 200

    assert by_request(client, "guess again") == 429


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
    shown = client.get(FORM, query_string={"next": elsewhere}, headers=HTML)
    led = sign_in(client, COMMITTEE[1], next_=elsewhere)

    assert (shown.status_code, led.status_code, led.location) == (200, 303, "/notifications/desk")


def test_signing_in_leads_back_to_where_one_was(client: FlaskClient) -> None:
    assert sign_in(client, COMMITTEE[1], next_="/notifications/letters?posted=yes").location.endswith("posted=yes")


# what was typed when the session had ended


CLOCK, HERE = "/notifications/clock", {**HTML, "Origin": "http://localhost"}
TYPED = {"now": "2020-04-09T14:00:00Z", "note": "moved for\nthe <board>"}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def resume(client: FlaskClient, typed: str) -> TestResponse:
    """Sign in with what was kept."""
    token = hidden(client.get(FORM, headers=HTML).text, "csrf_token")
    form = {"role": COMMITTEE[0], "password": COMMITTEE[1], "csrf_token": token, "typed": typed}
    return client.post(FORM, data=form, headers=HTML)


def test_a_form_sent_after_the_session_has_ended_comes_back_after_sign_in_with_what_was_typed(
    client: FlaskClient,
) -> None:
    refused = client.post(CLOCK, data=TYPED, headers=HERE)

    back = resume(client, hidden(refused.text, "typed"))

    assert (refused.status_code, "What you typed is kept" in refused.text) == (401, True)
    assert (back.status_code, "It was not sent yet" in back.text) == (200, True)
    assert "moved for\nthe &lt;board&gt;</dd>" in back.text
    again = {
        name: html.unescape(value) for name, value in re.findall(r'<textarea name="(\w+)" hidden>\n([^<]*)', back.text)
    }
    assert again == TYPED
    sent = client.post(CLOCK, data=again | {"csrf_token": hidden(back.text, "csrf_token")}, headers=JSON)
    assert (sent.status_code, str(sent.json["now"])[:10]) == (200, "2020-04-09")  # type: ignore[index]


def test_a_wrong_password_keeps_what_was_typed(client: FlaskClient) -> None:
    typed = hidden(client.post(CLOCK, data=TYPED, headers=HERE).text, "typed")
    token = hidden(client.get(FORM, headers=HTML).text, "csrf_token")

    wrong = client.post(
        FORM, data={"role": "committee", "password": "no", "csrf_token": token, "typed": typed}, headers=HTML
    )

    assert (wrong.status_code, hidden(wrong.text, "typed")) == (401, typed)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Referer": "https://evil.example/x"}, {}])
def test_nothing_is_kept_of_a_form_that_stood_elsewhere(client: FlaskClient, headers: dict[str, str]) -> None:
    refused = client.post(CLOCK, data=TYPED, headers={**HTML, **headers})

    assert (refused.status_code, hidden(refused.text, "typed")) == (401, "")


def test_what_was_kept_can_not_be_made_up(client: FlaskClient) -> None:
    made_up = resume(client, "WyIvbm90aWZpY2F0aW9ucy9jbG9jayIsW10sZmFsc2Vd.x.y")

    assert (made_up.status_code, made_up.location) == (303, "/notifications/desk")


def test_a_form_that_was_open_while_somebody_signed_in_anew_is_shown_and_sent_by_a_click(client: FlaskClient) -> None:
    sign_in(client, COMMITTEE[1])
    old = hidden(client.get("/notifications/desk", headers=HTML).text, "csrf_token")
    client.post("/notifications/sign-out", data={"csrf_token": old}, headers=HTML)
    sign_in(client, COMMITTEE[1])

    refused = client.post(CLOCK, data=TYPED | {"csrf_token": old}, headers=HERE)
    foreign = client.post(CLOCK, data=TYPED | {"csrf_token": old}, headers=HTML)
    without = client.post(CLOCK, data=TYPED, headers=HERE)

    assert (without.status_code, "Please open the form again" in without.text) == (400, True)
    assert "Send it now" not in without.text
    assert (refused.status_code, "Please send it once more" in refused.text) == (400, True)
    assert hidden(refused.text, "csrf_token") not in ("", old)
    assert (foreign.status_code, "<textarea" in foreign.text) == (400, False)


def test_a_refusal_leads_back_to_where_one_was_and_shows_what_was_typed(client: FlaskClient) -> None:
    sign_in(client, COMMITTEE[1])
    token = hidden(client.get("/notifications/desk", headers=HTML).text, "csrf_token")
    headers = {**HTML, "Referer": "http://localhost/notifications/desk?state=open"}

    refused = client.post(CLOCK, data={"now": "soon", "csrf_token": token}, headers=headers)
    from_elsewhere = client.get("/notifications/nowhere", headers={**HTML, "Referer": "https://evil.example/x"})

    assert refused.status_code == 422
    assert 'href="/notifications/desk?state=open">Back to where you were' in refused.text
    assert ">soon</dd>" in refused.text
    assert 'href="/notifications/desk">To the desk' in from_elsewhere.text
    for page in (refused.text, from_elsewhere.text):
        assert ("your browser" in page, "evil.example" in page) == (False, False)
