"""An installation that the version before orders had lines kept, in the middle of a cancellation, carried over and
seen through by this one: nothing twice, nothing missing, every figure the story's.

`earlier/kept.tar.xz` was made by that version itself (`earlier/keep.py`); no line of it was touched.
"""

import json
import os
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy import restore
from deploy.acceptance import checker
from deploy.acceptance.cancelling import Cancelling
from deploy.acceptance.chaos import Chaos, Order
from deploy.acceptance.expectation import Expected, expected
from deploy.acceptance.loading import Loaded, Placed, Registered
from deploy.acceptance.story import load_story, orders_of, plan
from deploy.town import clocks
from deploy.town.calls import Caller, Deadline
from deploy.town.programs import of_module
from deploy.town.town import Town
from shared.settings import SERVICES
from tests.integration.earlier.keep import SECONDS_MAX, STORY

STARTED_TOO_EARLY = ("payments", "registration")
PACKED = Path(__file__).with_name("earlier") / "kept.tar.xz"


@dataclass(frozen=True)
class CarriedOver:
    """What was said while it was carried over, and what was there when all was over."""

    refused: dict[str, str]  # by a service that was started before it was carried over
    said: dict[str, str]
    figures: dict[str, int]
    contradictions: list[str]
    expected: Expected


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarriedOver]:
    """The installation of before, carried over and seen through."""
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(PACKED) as packed:
        packed.extractall(folder, filter="data")
    theirs = (
        "MONGO_URL",
        "KAFKA_",
        "SMTP_",
        "STRIPE_",
    )  # engines of its own: the names of topics are kept as they were
    given = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    town = Town(folder / "town", given=given, say=print)
    try:
        town.start_engines()
        yield _seen_through(town, folder)
    finally:
        town.stop()


def _seen_through(town: Town, folder: Path) -> CarriedOver:
    where = json.loads((folder / "where.json").read_text())
    wiring = town.wiring
    restore.restore(wiring.engines["MONGO_URL"], prefix=wiring.database_prefix, of=folder / "backup", replaces=False)
    refused = {service: _asked(town, service, "relay").stderr for service in STARTED_TOO_EARLY}
    said = {service: _asked(town, service, "migrate").stdout for service in SERVICES}
    town.start_services()
    for service in SERVICES:  # what is heard now and was passed by before, as the changelog says
        assert _asked(town, service, "backfill").returncode == 0

    deadline = Deadline(SECONDS_MAX)
    caller = Caller(deadline)
    clocks.move(town.addresses, caller, to=datetime.fromisoformat(where["now"]))
    loaded = _loaded(where)
    chaos = Chaos(Order(), registration_count=0, watches={}, deadline=deadline, say=print)
    cancelling = Cancelling(loaded, addresses=town.addresses, caller=caller, chaos=chaos, say=print, run=where["run"])
    for each in loaded.orders:
        if link := where["links"].get(each.registered[0].registration):
            cancelling.follow(town.wiring.front_url + link, each)
    cancelling.finish()
    findings = checker.check(town.addresses, run=where["run"], caller=caller)
    return CarriedOver(
        refused, said, findings.figures, findings.contradictions, expected(tomllib.loads(STORY.read_text()))
    )


def _loaded(where: dict[str, Any]) -> Loaded:
    story = load_story(STORY)
    placed = zip(orders_of(plan(story), story), where["registered"], strict=True)
    return Loaded(
        story,
        where["conference"],
        tuple(
            Placed(
                planned,
                each["order"],
                pay=None,
                registered=(Registered(planned.registrations[0], each["registration"]),),
            )
            for planned, each in placed
        ),
    )


def _asked(town: Town, service: str, command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*of_module(f"services.{service}"), command],
        env={**os.environ, **town.wiring.told(service)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_what_an_earlier_version_has_begun_is_seen_through_by_this_one(carried: CarriedOver) -> None:
    """0 doubled, 0 missing refunds and messages, by the checker; every figure is the story's."""
    assert carried.expected.differences(carried.figures) == []
    assert carried.contradictions == []


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize("service", STARTED_TOO_EARLY)
def test_what_was_not_carried_over_is_not_started(carried: CarriedOver, service: str) -> None:
    assert "are kept here as an earlier version did" in carried.refused[service]
    assert f"`python -m services.{service} migrate`" in carried.refused[service]


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_the_orders_and_the_runs_of_before_were_carried_over(carried: CarriedOver) -> None:
    assert "orders: 22 carried over" in carried.said["payments"]
    assert "Orders of registrations: 22 carried over." in carried.said["registration"]
    assert "Runs of cancelled conferences and sessions: 1 carried over." in carried.said["registration"]
