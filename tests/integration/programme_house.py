"""A programme in draft on the real database: how tests call its API, and a small congress to call it about."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from werkzeug.test import TestResponse

from shared.contracts.envelope import Event
from shared.unit import Unit
from tests.integration.archive import said_in
from tests.integration.registration_house import envelope
from tests.integration.scheduling_town import PASSWORDS, Scheduling, scheduling
from tests.namespaces import Namespace

CONGRESS: dict[str, Any] = {
    "title": "79th Annual Conference",
    "starts": "2025-05-18",
    "ends": "2025-05-21",
}
MONDAY_TEN = "2025-05-19T15:00:00+00:00"  # ten o'clock in St. Louis
MONDAY_ONE = "2025-05-19T18:00:00+00:00"
FRAME: dict[str, Any] = {
    "rooms": [
        {"id": "ballroom", "name": "Grand Ballroom", "seats": 450, "features": ["stream"]},
        {"id": "mills", "name": "Mills Studio", "seats": 60},
    ],
    "tracks": [{"id": "records", "title": "Records"}, {"id": "finance", "title": "Finance"}],
    "times": [{"id": "mon-1", "starts": MONDAY_TEN, "ends": "2025-05-19T16:15:00+00:00"}],
}
WHITLOCK: dict[str, Any] = {"name": "Dr Sam Whitlock", "email": "whitlock@institute.example"}

E = TypeVar("E", bound=Event)


@dataclass
class Programme:
    """One congress and its draft, as a committee works on it."""

    town: Scheduling
    conference: str
    speakers: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        seen: object = None,
        key: str | None = "fresh",
        desk: str | None = "committee",
    ) -> TestResponse:
        """Ask the API about this congress; `seen` is the version or `*`, None sends no If-Match."""
        headers = {} if seen is None else {"If-Match": "*" if seen == "*" else f'"{seen}"'}
        if method == "POST" and key is not None:
            headers["Idempotency-Key"] = str(uuid.uuid4()) if key == "fresh" else key
        return self.town.service.client().open(
            f"/scheduling/conferences/{self.conference}{path}",
            method=method,
            json=body,
            headers=headers,
            auth=(desk, PASSWORDS[desk]) if desk else None,
        )

    def done(self, method: str, path: str, body: Any = None, *, seen: object = None) -> dict[str, Any]:
        """The same, granted."""
        response = self.call(method, path, body, seen=seen)
        assert response.status_code < 300, response.text
        answer = response.get_json()
        assert isinstance(answer, dict)
        return answer

    def framed(self, **changed: Any) -> dict[str, Any]:
        """Set the frame."""
        return self.done("PUT", "/draft", FRAME | changed, seen="*")

    def session(self, code: str = "C-31", **fields: Any) -> dict[str, Any]:
        """A session in the draft."""
        body = {"code": code, "title": f"Session {code}", "kind": "concurrent", "minutes": 75} | fields
        return self.done("POST", "/sessions", body)

    def placed(self, code: str = "C-31", *, room: str = "mills", starts: str = MONDAY_TEN, **fields: Any) -> Any:
        """A session in the draft that has a place."""
        made = self.session(code, **fields)
        return self.done("PUT", f"/sessions/{made['id']}/slot", {"room": room, "starts": starts}, seen=made["version"])

    def speaker(self, **changed: Any) -> dict[str, Any]:
        """Somebody who was introduced."""
        return self.done("POST", "/speakers", WHITLOCK | changed)

    def hear(self, *events: Event) -> None:
        """Hear these events in one batch, as the worker would."""
        worker = self.town.service.parts.worker

        def work(unit: Unit) -> None:
            for event in events:
                worker.call_handler(unit, envelope(event))

        self.town.service.parts.database.transact(work)

    def said(self, kind: type[E]) -> list[E]:
        """What was said so far of this kind."""
        rows = self.town.service.parts.database.mongo["events"].find({"type": kind.type}).sort("_id", 1)
        return [said_in(self.town.service.parts.database, row, kind) for row in rows]


@contextmanager
def congress(namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, for congresses of a test's own."""
    with scheduling(namespace) as town:
        yield town


def begun(town: Scheduling) -> Programme:
    """A new congress without anything in its draft."""
    return Programme(town, town.opened(**CONGRESS))


def problem(response: TestResponse) -> tuple[int, str]:
    """The status and the name of a refusal."""
    body = response.get_json()
    assert isinstance(body, dict), response.text
    return response.status_code, str(body["type"]).rpartition(":")[2]
