"""Two people who decide about a conference at scheduling's door, what the other services answer, and the job that
carries out what they decided."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.scheduling.decisions.store.decisions import DECISIONS
from services.scheduling.previews.domain.preview import Preview
from services.scheduling.previews.jobs import previewing
from services.scheduling.previews.store import PREVIEWS
from shared.clock import host_now
from shared.contracts.consequences import Drift
from shared.contracts.envelope import Event
from shared.contracts.notifications import MessagesPreviewed
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.registration import RegistrationsHeld, RegistrationsPreviewed
from shared.ids import digest_of
from shared.jobs import Claim, Executor, LeaseLost, claim_due
from shared.mongo import Database
from tests.house import House
from tests.integration.scheduling_town import DECISION, Scheduling
from tests.town import COMMITTEE

FACTS = {**DECISION, "kind": "cancel", "grace_minutes": 30}
RESOLUTION = {
    "text": "The 74th is cancelled.",
    "on": "2020-04-08",
    "present": 20,
    "votes_for": 18,
    "votes_against": 1,
}


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the other services say: whom each knows of, and the digest of what it would do."""

    registrations: tuple[str, ...] = ("reg_1", "reg_2", "reg_3")
    behind: tuple[str, ...] = ()  # services that have not heard of the last registration yet
    silent: tuple[str, ...] = ()  # services that don't answer
    digests: tuple[str, str, str] = ("r", "p", "n")  # of registration, payments, notifications
    drift: Drift = field(default_factory=Drift)  # registration's
    texts_changed: bool = False

    def to(self, asked: Preview) -> list[Event]:
        """The answers to one preview, of those who have not given theirs."""
        of: dict[str, Any] = {
            "preview": asked.id,
            "conference": asked.conference,
            "decision": asked.decision,
            "revision": asked.revision,
            "count": len(self.registrations),
            "currency": asked.currency,
            "lines": (),
            "anomalies": (),
        }
        registration, payments, notifications = self.digests
        is_compared = bool(asked.compared_with)
        texts = Drift(is_compared=is_compared, are_texts_changed=self.texts_changed)
        said: dict[str, Event] = {
            "registration": RegistrationsPreviewed(
                **of, population=self._population("registration"), digest=registration, drift=self.drift
            ),
            "payments": MoneyPreviewed(**of, population=self._population("payments"), digest=payments),
            "notifications": MessagesPreviewed(
                **of, population=self._population("notifications"), digest=notifications, drift=texts
            ),
        }
        return [each for name, each in said.items() if name in asked.missing and name not in self.silent]

    def _population(self, service: str) -> str:
        return digest_of(self.registrations[:-1] if service in self.behind else self.registrations)


AS_APPROVED = Answers()


@dataclass
class Deciding:
    """The committee proposes, finance approves; each step as the API has it."""

    town: Scheduling

    @property
    def database(self) -> Database:
        """Where it is kept."""
        return self.town.service.parts.database

    def drafted(self, conference: str, **facts: Any) -> dict[str, Any]:
        """A decision as it was written down."""
        response = self.town.post(f"/conferences/{conference}/decisions", FACTS | facts)
        assert response.status_code == 201, response.text
        return dict(response.get_json())

    def step(self, decision: str, step: str, *, desk: str = "committee", **asked: Any) -> Any:
        """One step of a decision; the response as it is."""
        body = asked if step == "withdraw" else {"revision": 1} | asked
        return self.town.post(f"/decisions/{decision}/{step}", body, desk=desk)

    def done(self, decision: str, step: str, *, desk: str = "committee", **asked: Any) -> dict[str, Any]:
        """One step that is granted."""
        response = self.step(decision, step, desk=desk, **asked)
        assert response.status_code == 200, response.text
        return dict(response.get_json())

    def approved(self, conference: str, **facts: Any) -> str:
        """A decision that two people have agreed on."""
        decision = self.proposed(conference, **facts)
        self.done(decision, "approve", desk="finance")
        return decision

    def proposed(self, conference: str, **facts: Any) -> str:
        """A decision that waits for a second person."""
        decision = str(self.drafted(conference, **facts)["id"])
        self.previewed(decision)
        self.done(decision, "propose")
        return decision

    def previewed(self, decision: str, answers: Answers = AS_APPROVED, *, revision: int = 1) -> None:
        """Have it worked out what it would do; what all have answered is there then."""
        self.done(decision, "preview", revision=revision)
        self.answer(answers)

    def armed(self, conference: str, **facts: Any) -> str:
        """A decision that all have confirmed, and that can still be undone."""
        decision = self.begun(conference, **facts)
        self.confirm(decision)
        return decision

    def begun(self, conference: str, **facts: Any) -> str:
        """A decision that was set going, and that nobody has confirmed."""
        decision = self.approved(conference, **facts)
        self.done(decision, "arm")
        return decision

    def edit(self, decision: str, *, revision: int = 1, **facts: Any) -> None:
        """Decide something else than was written."""
        body = {name: value for name, value in FACTS.items() if name != "kind"} | facts | {"revision": revision}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        address = f"/scheduling/decisions/{decision}"
        response = self.town.service.client().put(address, json=body, auth=COMMITTEE, headers=headers)
        assert response.status_code == 200, response.text

    def hold(self, decision: str) -> None:
        """Registration has closed its gates."""
        conference = str(self.of(decision)["conference"])
        held = AS_APPROVED.registrations
        said = RegistrationsHeld(decision=decision, conference=conference, count=len(held), digest=digest_of(held))
        self.house.hear(said)

    def answer(self, answers: Answers = AS_APPROVED) -> None:
        """Whoever was asked for a preview, and has not said anything, answers."""
        while self.house.do_jobs(previewing(self.database)):
            pass
        asked = [PREVIEWS.state(each) for each in self.database.mongo[PREVIEWS.name].find({})]
        said = [event for each in asked for event in answers.to(each)]
        if said:
            self.house.hear(*said)

    def confirm(self, decision: str, answers: Answers = AS_APPROVED) -> None:
        """Registration closes its gates, all look once more, and what they say is compared."""
        self.hold(decision)
        self.do_jobs()
        self.answer(answers)
        self.do_jobs()

    @property
    def house(self) -> House:
        """Scheduling's handlers and jobs, called by the test."""
        return House(self.town.service.parts)

    def of(self, decision: str) -> dict[str, Any]:
        """A decision as it is now."""
        return dict(self.town.get(f"/decisions/{decision}").get_json())

    def pass_time(self, minutes: int) -> None:
        """Move the business clock."""
        self.database.clock.move(self.now + timedelta(minutes=minutes))

    @property
    def now(self) -> datetime:
        """The business time."""
        return self.database.clock.now()

    def claimed(self) -> list[Claim[Any]]:
        """The decisions that wait for the clock, in the hands of a process, whatever pause or lease they have."""
        self.database.mongo[DECISIONS.name].update_many(
            {"job": {"$exists": True}}, {"$set": {"job.due_at": host_now() - timedelta(hours=1)}}
        )
        return claim_due(self.database, self.executor.kind)

    def die_at_work(self) -> None:
        """A process that has taken the decisions in hand dies before it commits, and another one takes them over."""
        for dying in self.claimed():
            self.claimed()
            with pytest.raises(LeaseLost):
                self.executor.kind.act(dying)

    @property
    def executor(self) -> Executor:
        """What carries decisions out."""
        return next(each for each in self.town.service.parts.executors if each.kind.collection is DECISIONS)

    def do_jobs(self) -> None:
        """Look at the clock, as the service does."""
        for claim in self.claimed():
            self.executor.kind.act(claim)
