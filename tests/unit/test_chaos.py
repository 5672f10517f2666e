"""How kills are dealt out to a run, and whose processes are never killed."""

from collections import Counter
from random import Random

import pytest

from deploy import chaos
from deploy.chaos import ChaosRefused, Order
from deploy.town import BROKER, DATABASE
from shared.settings import SERVICES

TWENTY = Order(service_kill_count=20, database_kill_count=2, broker_kill_count=2, seed=7)


def test_every_service_is_hit_as_often_as_any_other() -> None:
    targets = chaos._targets(TWENTY, Random(7))

    assert Counter(targets) == {**dict.fromkeys(SERVICES, 5), DATABASE: 2, BROKER: 2}


def test_the_same_seed_kills_the_same_processes_in_the_same_order() -> None:
    assert chaos._targets(TWENTY, Random(7)) == chaos._targets(TWENTY, Random(7))
    assert chaos._targets(TWENTY, Random(7)) != chaos._targets(TWENTY, Random(8))


@pytest.mark.parametrize("kill_count", [0, 1, 4, 24, 203])
def test_kills_are_spread_over_the_phases_and_none_is_lost(kill_count: int) -> None:
    targets = [str(number) for number in range(kill_count)]

    dealt = chaos._dealt(targets, phase_count=5)

    assert [target for phase in dealt for target in phase] == targets
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1


@pytest.mark.parametrize(
    ("order", "given", "theirs"),
    [
        (Order(database_kill_count=1), {"MONGO_URL": "mongodb://db"}, "the database"),
        (Order(broker_kill_count=1), {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}, "the broker"),
    ],
)
def test_an_engine_from_outside_is_never_killed(order: Order, given: dict[str, str], theirs: str) -> None:
    with pytest.raises(ChaosRefused, match=f"gives {theirs} from outside.*Nothing was started"):
        order.refuse_what_is_not_ours(given, is_town_given=False)


def test_services_on_engines_from_outside_may_be_killed() -> None:
    Order(service_kill_count=3).refuse_what_is_not_ours({"MONGO_URL": "mongodb://db"}, is_town_given=False)


def test_nothing_of_a_town_that_runs_elsewhere_is_killed() -> None:
    given = {"REGISTRATION_URL": "http://elsewhere", "MONGO_URL": "mongodb://db"}

    with pytest.raises(ChaosRefused, match="services and the database and the broker"):
        TWENTY.refuse_what_is_not_ours(given, is_town_given=True)
