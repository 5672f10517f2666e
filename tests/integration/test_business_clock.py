"""The business clock of the demo: where it can be moved to, and where not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.notifications.app import create
from tests.namespaces import Namespace
from tests.town import COMMITTEE, settings_for

CLOCK = "/notifications/clock"


@pytest.fixture
def client(namespace: Namespace) -> Iterator[FlaskClient]:
    """A service whose clock may be moved."""
    mail: Any = {"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "Reconvene <conference@reconvene.example>"}
    parts = create(replace(settings_for("notifications", namespace, **mail), clock_movable=True))
    yield parts.web.test_client()
    parts.database.close()


def test_the_clock_shows_the_day_that_a_desk_moves_it_to(client: FlaskClient) -> None:
    moved = client.post(CLOCK, json={"now": "2020-04-09T14:00:00Z"}, auth=COMMITTEE)

    assert moved.status_code == 200
    assert client.get(CLOCK).json["now"].startswith("2020-04-09T14:00:")  # type: ignore[index]


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "1"])
def test_a_time_that_no_deadline_can_be_counted_from_is_refused(client: FlaskClient, now: str) -> None:
    before = client.get(CLOCK).json["now"]  # type: ignore[index]

    assert client.post(CLOCK, json={"now": now}, auth=COMMITTEE).status_code == 422
    assert client.get(CLOCK).json["now"][:4] == before[:4]  # type: ignore[index]
