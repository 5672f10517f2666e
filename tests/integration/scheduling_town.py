"""Scheduling alone on the real engines: how tests call its API, sign in at its desk, and send its forms."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.scheduling.app import create
from shared.principals import Role
from shared.settings import Settings
from tests.integration.neighbours import Neighbours
from tests.namespaces import Namespace
from tests.town import COMMITTEE, FINANCE, Running, running, settings_for, signed_in

MORNING = datetime(2020, 4, 9, 14, 0, tzinfo=UTC)  # nine o'clock in St. Louis
CONFERENCE = {
    "title": "74th Annual Conference",
    "city": "St. Louis, Missouri",
    "zone": "America/Chicago",
    "currency": "USD",
    "starts": "2020-05-17",
    "ends": "2020-05-20",
}
DECISION = {
    "reason": "It would not be safe to meet.",
    "decision": "The board cancels the conference.\nNo fee is kept.",
    "choose_by": "2020-04-30",
}
PASSWORDS = dict((COMMITTEE, FINANCE))

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass
class Scheduling:
    """The service as its callers see it."""

    service: Running
    neighbours: Neighbours

    def get(self, path: str, *, desk: str | None = "committee", **headers: str) -> TestResponse:
        """Ask the API, as a desk or as the public."""
        return self.service.client().get(f"/scheduling{path}", auth=_account(desk), headers=headers, buffered=True)

    def post(
        self, path: str, body: Any = None, *, desk: str | None = "committee", key: str | None = "fresh"
    ) -> TestResponse:
        """Tell the API something; with a fresh Idempotency-Key, with this one, or with none."""
        headers = {} if key is None else {"Idempotency-Key": str(uuid.uuid4()) if key == "fresh" else key}
        return self.service.client().post(f"/scheduling{path}", json=body, auth=_account(desk), headers=headers)

    def patch(self, path: str, body: Any, *, desk: str | None = "committee", seen: str | None = "*") -> TestResponse:
        """Edit something, having seen this version of it, whatever is there (`*`), or without saying."""
        headers = {} if seen is None else {"If-Match": seen}
        return self.service.client().patch(f"/scheduling{path}", json=body, auth=_account(desk), headers=headers)

    def drafted(self, **fields: Any) -> str:
        """A conference that was drafted; answers its id."""
        response = self.post("/conferences", {**CONFERENCE, "key": f"k{uuid.uuid4().hex[:10]}", **fields})
        assert response.status_code == 201, response.text
        return str(_json(response)["id"])

    def opened(self, **fields: Any) -> str:
        """A conference that people may register for; answers its id."""
        conference = self.drafted(**fields)
        for step in ("announce", "open"):
            assert self.post(f"/conferences/{conference}/{step}").status_code == 200
        return conference

    def cancelled(self, conference: str) -> str:
        """Cancel a conference; answers the run."""
        response = self.post(f"/conferences/{conference}/cancel", DECISION)
        assert response.status_code == 202, response.text
        return str(_json(response)["run"])

    def keep_clock(self) -> None:
        """Keep the time that it is here, for other processes of the service that start from now on."""
        now = {"now": self.service.parts.database.clock.now().isoformat()}
        assert self.post("/clock", now).status_code == 200

    def board(self, run: str) -> dict[str, Any]:
        """What the board of a decision shows."""
        return _json(self.get(f"/runs/{run}"))

    def visitor(self) -> "Visitor":
        """Somebody with a browser, not signed in."""
        return Visitor(self.service.client(), self.service.parts.settings)


@dataclass
class Visitor:
    """Somebody with a browser that runs no scripts."""

    client: FlaskClient
    settings: Settings

    def signed_in(self, desk: str) -> "Visitor":
        """Sign in at a desk."""
        signed_in(self.client, self.settings, Role(desk))
        return self

    def see(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(f"/scheduling{path}", headers={"Accept": "text/html"}, buffered=True)

    def submit(self, path: str, fields: dict[str, str], *, to: str | None = None) -> TestResponse:
        """Open the page of a form, fill it in and send it."""
        hidden = dict(_HIDDEN.findall(self.see(path).text))
        return self.send(to or path, {**hidden, **fields})

    def send(self, path: str, fields: dict[str, str]) -> TestResponse:
        """Send a form's fields."""
        return self.client.post(f"/scheduling{path}", data=fields, headers={"Accept": "text/html"})


@contextmanager
def scheduling(namespace: Namespace, *, roles: tuple[str, ...] = ()) -> Iterator[Scheduling]:
    """Run scheduling's web side, and these of its other parts, on the morning of 9 April 2020."""
    settings = settings_for("scheduling", namespace)
    with running(create, settings, roles=roles) as service:
        service.parts.database.clock.move(MORNING)
        yield Scheduling(service, Neighbours(settings))


def _account(desk: str | None) -> tuple[str, str] | None:
    return (desk, PASSWORDS[desk]) if desk else None


def _json(response: TestResponse) -> dict[str, Any]:
    body = response.get_json()
    assert isinstance(body, dict), response.text
    return body
