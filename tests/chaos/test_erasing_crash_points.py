"""Claims about power cuts while somebody is erased: the real processes of all four services are killed right before and
right after each step, from the question to the last word, and the end is whole: nobody is found any more, anywhere, the
books are what they were, and each word was said as often as if nothing had happened.
"""

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import pytest
from pymongo import MongoClient

from deploy.acceptance import loading
from deploy.acceptance.hearing import await_all_heard
from deploy.acceptance.story import load_story
from deploy.town import clocks
from deploy.town.calls import Caller, Deadline
from deploy.town.town import Town
from shared.clock import host_now
from shared.contracts.envelope import ERASED
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import ErasureAsked, PersonErased
from shared.settings import SERVICES
from tests.chaos.dying import Deaths, DyingServices
from tests.engines import TestEngines
from tests.running_towns import running_town

pytestmark = pytest.mark.acceptance  # some twenty deaths, one after the other
SECONDS_MAX = 400.0
AFTERWARDS = datetime(2020, 6, 2, 14, tzinfo=UTC)
STORY = """
[conference]
key = "erasing"
title = "Conference of the Forgotten"
city = "St. Louis"
starts = 2020-05-17
ends = 2020-05-20
zone = "America/Chicago"
currency = "USD"
cancelled_on = 2020-04-09
choose_by = 2020-04-30

[[registrations]]
count = 2
tender = "cheque"
price_minor = 57500
"""

ASKING = ("unit.saving", "unit.saved", "relay.publishing", "relay.published")
HEARING = ("batch.handling", "batch.committed")
SAYING = ("relay.publishing", "relay.published")

FROM_THE_QUESTION_TO_THE_END: Deaths = {
    "registration": ASKING + HEARING + SAYING,
    "payments": HEARING + SAYING + HEARING,
    "scheduling": HEARING,
    "notifications": HEARING,
}
WHILE_IT_IS_TOLD_ONCE_MORE: Deaths = {
    "registration": ("unit.saving", "unit.saved", *SAYING),
    "payments": HEARING,
    "scheduling": HEARING,
    "notifications": HEARING,
}
PHASES = (FROM_THE_QUESTION_TO_THE_END, WHILE_IT_IS_TOLD_ONCE_MORE)


@dataclass(frozen=True)
class Aftermath:
    """What was seen after an erasure with power cuts."""

    signals: list[Mapping[tuple[str, str], int]]  # of each phase
    state: str
    found: list[str]  # where anything still says who they were
    names: dict[str, Any]  # by database: what they are called there
    other: str  # what who was not erased is called
    balances: list[Any]  # before and after
    said: dict[str, int]


@pytest.fixture(scope="module")
def aftermath(engines: TestEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """Two who were at a conference; one of them is erased, with every death on the way."""
    folder = tmp_path_factory.mktemp("erasing-crash-points")
    path = folder / "erasing.toml"
    path.write_text(STORY)
    with running_town(engines, folder / "town") as town:
        yield _erased(town, path)


def _erased(town: Town, path: Path) -> Aftermath:
    deadline = Deadline(SECONDS_MAX)
    caller, addresses = Caller(deadline), town.addresses
    loading.load(load_story(path), addresses=addresses, caller=caller, say=print)
    clocks.move(addresses, caller, to=AFTERWARDS)
    await_all_heard(addresses, caller)
    signals: list[Mapping[tuple[str, str], int]] = []
    with MongoClient[dict[str, Any]](town.wiring.engines["MONGO_URL"]) as client:
        services = {each: client[f"{town.wiring.database_prefix}{each}"] for each in SERVICES}
        person, other = services["registration"]["people"].find().sort("_id", 1).limit(2)
        erasure = f"{addresses.registration}/registration/people/{person['_id']}/erasure"
        ledger = f"{addresses.payments}/payments/ledger/trial-balance"
        balances = [caller.get(ledger, account=addresses.finance)]

        def state() -> str:
            return str(caller.get(erasure, account=addresses.committee)["state"])

        for phase in PHASES:
            dying = DyingServices([phase], town=town, deadline=deadline, say=print)
            with dying.phase():
                if phase is FROM_THE_QUESTION_TO_THE_END:
                    caller.post(erasure, {"reason": "By letter."}, key="erase", account=addresses.committee)
                else:
                    services["registration"]["erasures"].update_many({}, {"$set": {"job.due_at": host_now()}})
            deadline.wait_until(lambda: state() == "erased", missing=lambda: "the end of the erasure")
            await_all_heard(addresses, caller)
            signals.append(dict(dying.signals))
        balances.append(caller.get(ledger, account=addresses.finance))
        words = [person["contact"]["name"].encode(), person["contact"]["email"].encode()]
        content = {
            f"{service}.{name}": b"".join(map(bson.encode, database[name].find()))
            for service, database in services.items()
            for name in database.list_collection_names()
        }
        return Aftermath(
            signals=signals,
            state=state(),
            found=[place for place, said in content.items() if any(word in said for word in words)],
            names={
                service: (services[service][name].find_one({"_id": person["_id"]}) or {})
                for service, name in (("scheduling", "people"), ("notifications", "contacts"))
            },
            other=services["registration"]["people"].find_one({"_id": other["_id"]})["contact"]["name"],  # type: ignore[index]
            balances=balances,
            said={
                each.__name__: services[each.service]["events"].count_documents({"type": each.type})
                for each in (ErasureAsked, ErasureAnswered, PersonErased)
            },
        )


@pytest.mark.timeout(SECONDS_MAX + 100)
@pytest.mark.parametrize("number", range(len(PHASES)))
def test_each_service_dies_before_and_after_its_step(aftermath: Aftermath, number: int) -> None:
    died = {(service, point) for service, points in PHASES[number].items() for point in points}

    assert aftermath.signals[number] == dict.fromkeys(died, signal.SIGKILL)


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_after_all_these_deaths_nobody_is_found_any_more_and_the_books_are_what_they_were(aftermath: Aftermath) -> None:
    assert (aftermath.state, aftermath.found) == ("erased", [])
    assert {service: document["name"] for service, document in aftermath.names.items()} == {
        "scheduling": ERASED,
        "notifications": ERASED,
    }
    assert aftermath.other != ERASED
    assert aftermath.balances[0] == aftermath.balances[1]


@pytest.mark.timeout(SECONDS_MAX + 100)
def test_each_word_was_said_as_often_as_without_a_death(aftermath: Aftermath) -> None:
    assert aftermath.said == {"ErasureAsked": 1, "ErasureAnswered": 1, "PersonErased": 2}
