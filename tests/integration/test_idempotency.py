"""The same request twice has one effect and one answer."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.contracts.flow import command
from shared.contracts.registration import RegistrationRunClosed
from shared.idempotency import REQUESTS, IdempotencyKeyReused, run_once
from shared.mongo import Database
from shared.problem import Refusal
from shared.unit import Unit
from tests.integration.counting import TALLIES, say
from tests.namespaces import Namespace
from tests.town import settings_for


class SaidBefore(Refusal):
    """Something may be said about a run once."""


@command(emits=[RegistrationRunClosed])
def say_once(unit: Unit, *, run: str) -> int:
    """Say one event about a run; refused ever after."""
    if unit.load(TALLIES, run) is not None:
        raise SaidBefore("This was said before. Nothing was said again.")
    return say(unit, run=run)


@pytest.fixture
def database(namespace: Namespace) -> Iterator[Database]:
    """A database of registration."""
    settings = settings_for("registration", namespace)
    made = Database(settings.mongo_url, name=settings.database_name, service="registration")
    made.prepare([TALLIES, REQUESTS])
    yield made
    made.close()


def ask(database: Database, key: str, run: str = "a", scope: str = "public", what: Callable[..., int] = say) -> Any:
    """Ask once."""
    return run_once(database, what, key=key, scope=scope, answer=lambda number: {"number": number}, run=run)


def test_the_same_key_gives_the_same_answer_and_one_effect(database: Database) -> None:
    answers = [ask(database, "k1"), ask(database, "k1"), ask(database, "k2")]

    assert answers == [{"number": 1}, {"number": 1}, {"number": 2}]
    assert database.mongo["events"].count_documents({}) == 2


def test_the_same_key_for_another_request_is_refused(database: Database) -> None:
    ask(database, "k1", run="a")

    with pytest.raises(IdempotencyKeyReused):
        ask(database, "k1", run="b")

    assert database.mongo["events"].count_documents({}) == 1


def test_a_repeated_request_is_answered_as_before_although_it_would_be_refused_now(database: Database) -> None:
    answers = [ask(database, "k1", what=say_once), ask(database, "k1", what=say_once)]

    assert answers == [{"number": 1}, {"number": 1}]
    with pytest.raises(SaidBefore):
        ask(database, "k2", what=say_once)


def test_a_request_that_was_refused_leaves_its_key_free(database: Database) -> None:
    ask(database, "k1", what=say_once)
    with pytest.raises(SaidBefore):
        ask(database, "k2", what=say_once)

    assert ask(database, "k2", run="b", what=say_once) == {"number": 1}


def test_two_accounts_may_use_the_same_key(database: Database) -> None:
    assert [ask(database, "k1", scope="committee"), ask(database, "k1", scope="finance")] == [
        {"number": 1},
        {"number": 2},
    ]


def test_requests_with_one_key_at_the_same_time_have_one_effect(database: Database) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(database, "k1"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert answers == [{"number": 1}] * 6
    assert database.mongo["events"].count_documents({}) == 1
