"""Two people who decide about a conference at scheduling's door, and the job that carries out what they decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.decisions.store.decisions import DECISIONS
from shared.clock import host_now
from shared.jobs import Claim, Executor, claim_due
from shared.mongo import Database
from tests.integration.scheduling_town import DECISION, Scheduling

FACTS = {**DECISION, "kind": "cancel", "grace_minutes": 30}
RESOLUTION = {
    "text": "The 74th is cancelled.",
    "on": "2020-04-08",
    "present": 20,
    "votes_for": 18,
    "votes_against": 1,
}


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
        decision = str(self.drafted(conference, **facts)["id"])
        for step in ("preview", "propose"):
            self.done(decision, step)
        self.done(decision, "approve", desk="finance")
        return decision

    def armed(self, conference: str, **facts: Any) -> str:
        """A decision that can still be undone."""
        decision = self.approved(conference, **facts)
        self.done(decision, "arm")
        return decision

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

    @property
    def executor(self) -> Executor:
        """What carries decisions out."""
        return next(each for each in self.town.service.parts.executors if each.kind.collection is DECISIONS)

    def do_jobs(self) -> None:
        """Look at the clock, as the service does."""
        for claim in self.claimed():
            self.executor.kind.act(claim)
