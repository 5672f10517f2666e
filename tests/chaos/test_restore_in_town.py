"""Claims about a whole installation that is restored from a backup of the middle of a cancellation, after it was over:
every refund had left, every message had been sent, every cheque had been recorded; none of it happens a second time,
and nothing is missing. The independent checker looks at the databases, the card provider and the mailbox.

Refunds are less than half of what was paid, so that the card provider's own limit would not stop a second one.
"""

import os
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from deploy import backup, restore
from deploy.acceptance import cancelling, checker, loading
from deploy.acceptance.chaos import Chaos, Order
from deploy.acceptance.expectation import Expected, expected
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.story import load_story
from deploy.town import clocks
from deploy.town.calls import Caller, Deadline
from deploy.town.town import Town
from shared.contracts.envelope import event_class
from tests.engines import TestEngines
from tests.running_towns import running_town

SECONDS_MAX = 300.0
LAST_PHASE = 5
TOLD_COUNT = 8  # so many have been told when the backup is taken

STORY = """
[conference]
key = "restored"
title = "Conference of the Lost Disk"
city = "St. Louis"
starts = 2020-05-17
ends = 2020-05-20
zone = "America/Chicago"
currency = "USD"
cancelled_on = 2020-04-09
choose_by = 2020-04-30

[terms]
organiser_cancels_fee_minor = 30000

[[registrations]]
count = 20
tender = "card"
price_minor = 57500
guests = 1
guest_price_minor = 25000
without_email = 1

[[registrations]]
count = 4
tender = "cheque"
price_minor = 57500

[[registrations]]
count = 2
tender = "transfer"
price_minor = 57500

[[registrations]]
count = 1
tender = "grant"
price_minor = 57500

[[registrations]]
count = 2
tender = "purchase_order"
price_minor = 65000

[choices.credit]
card = 2
cheque = 1

[choices.donate]
card = 1

[faults]
cards_refusing_refund = 2
"""


@dataclass
class Installation:
    """One town, with what its keepers do: back it up, lose it, put the backup back."""

    town: Town
    folder: Path
    caller: Caller
    said: list[str] = field(default_factory=list)  # by the restore
    recalled: dict[str, int] = field(default_factory=dict)  # how many events each service had to come to say again

    @property
    def environment(self) -> dict[str, str]:
        wiring = self.town.wiring
        own = {"DATABASE_PREFIX": wiring.database_prefix, "TOPIC_PREFIX": wiring.topic_prefix}
        return {**os.environ, **wiring.engines, **own}

    def count(self, service: str, collection: str, where: Mapping[str, Any]) -> int:
        with MongoClient[dict[str, Any]](self.town.wiring.engines["MONGO_URL"]) as client:
            return client[f"{self.town.wiring.database_prefix}{service}"][collection].count_documents(where)

    def facts_missing(self) -> dict[str, list[str]]:
        """What is not known again yet, by service; figures of a moment left out."""
        found: dict[str, list[str]] = {}
        with MongoClient[dict[str, Any]](self.town.wiring.engines["MONGO_URL"]) as client:
            for service in self.town.addresses.services:
                rows = client[f"{self.town.wiring.database_prefix}{service}"]["events"].find({"recalled": "pending"})
                facts = [each["_id"] for each in rows if not event_class(each["type"]).only_newest_counts]
                found |= {service: facts} if facts else {}
        return found

    def back_up(self) -> None:
        assert backup.main([str(self.folder / "backup")], self.environment) == 0

    def lose_and_restore(self) -> None:
        """The disk is lost after everything has happened; the backup is put back, and the services start on it."""
        await_all_heard(self.town.addresses, self.caller)
        now = clocks.shown(self.town.addresses, self.caller)
        self.town.stop_services()
        restore.restore(
            self.environment["MONGO_URL"],
            prefix=self.environment["DATABASE_PREFIX"],
            of=self.folder / "backup",
            replaces=True,
        )
        self.said = restore.take_back_all(self.environment)
        for service in ("scheduling", "registration", "payments", "notifications"):
            self.recalled[service] = self.count(service, "events", {"recalled": "pending"})
        self.town.start_services()
        clocks.move(self.town.addresses, self.caller, to=now)
        self.caller.deadline.wait_until(
            lambda: not self.facts_missing(), missing=lambda: f"what was said before: {self.facts_missing()}"
        )


class LostDisk(Chaos):
    """Takes the place of kills in a cancellation: a backup in the midst of its first phase, restored after its last."""

    def __init__(self, installation: Installation, *, deadline: Deadline) -> None:
        super().__init__(Order(), registration_count=0, watches={}, deadline=deadline, say=print)
        self._installation = installation
        self._phase = 0

    @contextmanager
    def phase(self) -> Iterator[None]:
        self._phase += 1
        backing_up = threading.Thread(target=self._back_up_in_the_middle)
        if self._phase == 1:
            backing_up.start()
        yield
        if self._phase == 1:
            backing_up.join()
        if self._phase == LAST_PHASE:
            self._installation.lose_and_restore()

    def _back_up_in_the_middle(self) -> None:
        told = {"state": "accepted", "purpose": "conference_cancelled"}
        while self._installation.count("notifications", "messages", told) < TOLD_COUNT:
            self._deadline.pause(0.01, missing="the first to be told")
        self._installation.back_up()


@dataclass(frozen=True)
class Aftermath:
    """What was seen after the restore and the rest of the cancellation."""

    installation: Installation
    line: dict[str, int]
    contradictions: list[str]
    expected: Expected


@pytest.fixture(scope="module")
def aftermath(engines: TestEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """The story, loaded, cancelled and settled, lost, restored, and settled again."""
    folder = tmp_path_factory.mktemp("restored")
    path = folder / "restored.toml"
    path.write_text(STORY)
    with running_town(engines, folder / "town") as town:
        yield _cancelled(town, path, folder)


def _cancelled(town: Town, path: Path, folder: Path) -> Aftermath:
    deadline = Deadline(SECONDS_MAX)
    caller, addresses = Caller(deadline), town.addresses
    installation = Installation(town, folder, caller)
    lost = LostDisk(installation, deadline=deadline)
    loaded = loading.load(load_story(path), addresses=addresses, caller=caller, say=print)
    cancelled = cancelling.cancel(loaded, addresses=addresses, caller=caller, chaos=lost, say=print)
    findings = checker.check(addresses, run=cancelled.run, caller=caller)
    return Aftermath(
        installation=installation,
        line=findings.figures,
        contradictions=findings.contradictions,
        expected=expected(tomllib.loads(path.read_text())),
    )


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_an_installation_restored_to_the_middle_of_a_run_pays_and_writes_nothing_twice_and_forgets_nothing(
    aftermath: Aftermath,
) -> None:
    """0 doubled, 0 missing refunds and messages, by the checker; every figure is the story's."""
    assert aftermath.expected.differences(aftermath.line) == []
    assert aftermath.contradictions == []
    doubled = {name: aftermath.line[name] for name in ("refunds_doubled", "refunds_missing", "messages_doubled")}
    assert doubled == {"refunds_doubled": 0, "refunds_missing": 0, "messages_doubled": 0}


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_the_backup_was_of_the_middle_and_much_was_done_after_it(aftermath: Aftermath) -> None:
    recalled = aftermath.installation.recalled

    assert recalled["payments"] >= 20
    assert recalled["notifications"] >= 20
    assert recalled["registration"] >= 20
