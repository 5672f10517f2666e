"""A call for sessions on the real database: how tests propose, decide at the desk, and open speakers' pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from services.scheduling.call.pages.proposing import CallPace
from services.scheduling.programme.domain.programme import Speaker
from services.scheduling.programme.store.programme import SPEAKERS
from shared.auth import sign
from shared.change import Change
from shared.contracts.scheduling import SpeakerIntroduced
from shared.parts import Assembly
from tests.integration.programme_house import CONGRESS, FRAME, MONDAY_TEN, Programme, congress
from tests.integration.scheduling_town import Scheduling, Visitor
from tests.namespaces import Namespace

TERMS: dict[str, Any] = {
    "opens": "2020-04-01",
    "closes": "2020-06-30",
    "decided_by": "2020-08-31",
    "confirm_days": 14,
    "kinds": ["concurrent", "academy"],
    "tracks": ["records"],
    "lengths": [75, 240],
    "intro": "Tell us what your town has learned.",
}
PROPOSAL: dict[str, str] = {
    "title": "Records in a crisis",
    "abstract": "What to keep when the river comes.",
    "kind": "concurrent",
    "minutes": "75",
    "track": "records",
    "language": "en",
    "level": "",
    "note": "Not on the Sunday, please.",
    "name": "Dr Sam Whitlock",
    "email": "whitlock@institute.example",
    "biography": "Keeps records.",
}


@dataclass
class House(Programme):
    """One congress with its call."""

    visitor: Visitor = field(init=False)
    committee: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = self.town.visitor()
        self.committee = self.town.visitor().signed_in("committee")

    @property
    def public(self) -> str:
        """Where the call's public pages are."""
        return f"/conferences/{self.conference}/call"

    @property
    def desk(self) -> str:
        """Where the committee's pages are."""
        return f"/desk/conferences/{self.conference}"

    def opened(self, **changed: Any) -> dict[str, Any]:
        """Set the call's terms; by themselves they are open now."""
        return self.done("PUT", "/call/terms", TERMS | changed, seen="*")

    def propose(self, **changed: str) -> TestResponse:
        """Send the public form."""
        return self.visitor.submit(f"{self.public}/propose", PROPOSAL | changed)

    def proposed(self, **changed: str) -> dict[str, Any]:
        """The same, granted; answers the proposal as the desk sees it."""
        response = self.propose(**changed)
        assert response.status_code == 303, response.text
        items: list[dict[str, Any]] = self.done("GET", "/proposals")["items"]
        return items[-1]

    def proposal(self, session: str) -> dict[str, Any]:
        """A proposal as it is now."""
        return self.done("GET", f"/proposals/{session}")

    def decide(self, session: str, *, is_accepted: bool, seen: object = "*", **more: str) -> TestResponse:
        """Decide by the API."""
        body = {"is_accepted": is_accepted, **more}
        return self.call("POST", f"/proposals/{session}/decision", body, seen=seen)

    def accepted(self, session: str, **more: str) -> dict[str, Any]:
        """Accept, granted; answers the session."""
        response = self.decide(session, is_accepted=True, **more)
        assert response.status_code == 200, response.text
        return self.done("GET", f"/sessions/{session}")

    def person(self, name: str) -> str:
        """The id of somebody who was introduced."""
        return next(each.person for each in reversed(self.said(SpeakerIntroduced)) if each.name == name)

    def page(self, person: str, path: str = "") -> str:
        """The address of somebody's own page."""
        settings = self.town.service.parts.settings
        return f"/speaking/{sign(settings, purpose='speaking', id_=f'{self.conference}:{person}')}{path}"

    def knows(self, person: str, *, name: str) -> None:
        """Somebody speaks who was introduced before."""
        speaker = Speaker(id=person, name=name)
        self.town.service.parts.database.transact(lambda unit: unit.create(SPEAKERS, Change(speaker)))

    def confirm(self, person: str, session: str) -> TestResponse:
        """Press confirm on one's own page."""
        return self.visitor.send(self.page(person, f"/sessions/{session}/confirm"), {})

    def withdraw(self, person: str, session: str) -> TestResponse:
        """Press withdraw on the page that says what will happen."""
        return self.visitor.send(self.page(person, f"/sessions/{session}/withdraw"), {})

    def place(self, session: str, *, room: str = "mills", starts: str = MONDAY_TEN) -> None:
        """Give a session a place in the draft."""
        self.done("PUT", f"/sessions/{session}/slot", {"room": room, "starts": starts}, seen="*")

    def release(self, name: str = "First") -> None:
        """Publish the draft."""
        previewed = self.done("GET", "/releases/preview")
        self.done("POST", "/releases", {"name": name}, seen=previewed["seen"])

    def withdrawn(self, **proposed: str) -> str:
        """Somebody proposed a session, it was accepted and placed, they have withdrawn; answers the withdrawal."""
        proposal = self.proposed(**proposed)
        session = self.accepted(proposal["session"])
        self.place(session["id"])
        assert self.withdraw(proposal["proposer"], session["id"]).status_code == 303
        return f"{session['id']}:{proposal['proposer']}"


@contextmanager
def calls(namespace: Namespace) -> Iterator[Scheduling]:
    """Scheduling's web side, for congresses of a test's own."""
    with congress(namespace) as town:
        yield town


def begun(town: Scheduling, **conference: Any) -> House:
    """A new congress with rooms and tracks, and nobody called yet."""
    Assembly(CallPace()).attach(town.service.parts.web)  # nobody has proposed anything yet
    house = House(town, town.opened(**(CONGRESS | conference)))
    house.done("PUT", "/draft", FRAME, seen="*")
    return house
