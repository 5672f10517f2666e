"""Guessing a desk's password is slow, by the form and with each request alike."""

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
