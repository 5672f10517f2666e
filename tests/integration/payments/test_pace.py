"""One budget over all processes, people who never block the house, and the daily comparison on its own clock."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

from deploy.town.ports import free_port
from services.payments.app import create
from services.payments.listening.jobs.sweeps import COMPARE_SECONDS, COMPARISON
from services.payments.listening.store import ROUNDS
from services.payments.provider.jobs.pace import AHEAD_SECONDS_MAX, BURST_COUNT, RECOVER_SECONDS, Pace
from services.payments.provider.store import BUDGETS
from shared.auth import sign
from shared.clock import host_now
from shared.mongo import Database
from tests.integration.payments_house import WEBHOOK_SECRET, House, house
from tests.integration.provider_fixtures import KEY, RunningProvider
from tests.namespaces import Namespace
from tests.town import running, settings_for
from tests.waiting import wait_until


@pytest.fixture
def payments(namespace: Namespace, provider: RunningProvider) -> Iterator[House]:
    with house(namespace, provider) as made:
        yield made


@pytest.fixture
def another(payments: House) -> Iterator[Database]:
    """The database as another process of the service reaches it."""
    settings = payments.parts.settings
    database = Database(settings.mongo_url, name=settings.database_name, service="payments")
    yield database
    database.close()


def test_no_more_leave_in_any_second_than_the_budget_over_all_processes(payments: House, another: Database) -> None:
    paces = [Pace(each, account="acct", rate_max=20) for each in (payments.database, another)]

    def place(number: int) -> float:
        pace = paces[number % 2]
        wait_seconds = pace.book()
        return time.monotonic() + wait_seconds

    with ThreadPoolExecutor(8) as pool:
        left_at = sorted(pool.map(place, range(80)))

    slack = 2  # the answer's way from the database to here
    assert all(sum(begin <= each < begin + 1 for each in left_at) <= 20 + BURST_COUNT + slack for begin in left_at)
    assert left_at[-1] - left_at[0] > (80 - BURST_COUNT - slack) / 20 - 1


def test_too_many_halves_the_rate_for_every_process_and_it_comes_back_one_by_one(
    payments: House, another: Database
) -> None:
    pace, other = (Pace(each, account="acct", rate_max=20) for each in (payments.database, another))
    pace.book()

    pace.give_way()
    pause = other.book()
    halved = other.rate
    payments.database.mongo[BUDGETS.name].update_one({}, {"$inc": {"raised_at": -RECOVER_SECONDS}})
    other.book()

    assert pause >= 0.9
    assert (halved, pace.rate) == (10, 11)


def test_the_rate_never_falls_below_one_and_never_rises_above_the_budget(payments: House) -> None:
    pace = Pace(payments.database, account="acct", rate_max=2)
    for _ in range(10):
        pace.give_way()
    lowest = pace.rate

    payments.database.mongo[BUDGETS.name].update_one({}, {"$inc": {"raised_at": -100 * RECOVER_SECONDS}})
    pace.book()

    assert (lowest, pace.rate) == (1, 2)


def test_a_database_whose_clock_is_set_back_neither_stops_refunds_nor_lets_them_all_go(payments: House) -> None:
    pace = Pace(payments.database, account="acct", rate_max=20)
    pace.give_way()
    a_day_ahead = {"$inc": {"raised_at": 86_400.0, "free_at": 86_400.0}}
    payments.database.mongo[BUDGETS.name].update_one({}, a_day_ahead)

    wait_seconds = pace.book()

    assert wait_seconds <= AHEAD_SECONDS_MAX + 1
    assert pace.rate == 10


def test_a_look_at_the_clock_that_is_overtaken_costs_no_budget(payments: House) -> None:
    pace = Pace(payments.database, account="acct", rate_max=1)
    pace.give_way()
    payments.database.mongo[BUDGETS.name].update_one({}, {"$inc": {"raised_at": 5.0}})

    pace.book()

    assert pace.rate == 1


def test_a_slow_provider_holds_up_no_health_and_no_webhook_and_charges_nobody(
    namespace: Namespace, provider: RunningProvider
) -> None:
    port = free_port()
    settings = settings_for(
        "payments",
        namespace,
        port=port,
        STRIPE_API_KEY=KEY,
        STRIPE_API_BASE=provider.address,
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
    )
    base = f"http://127.0.0.1:{port}/payments"
    with house(namespace, provider) as alone:
        tokens = [sign(settings, purpose="order", id_=alone.submit("card")) for _ in range(36)]
    with running(create, settings, roles=("web",)), ThreadPoolExecutor(36) as pool:
        wait_until(lambda: _answers(f"{base}/health"), 20, missing="the service's health")
        provider.turn(slow={"path": "/v1/checkout/sessions", "seconds": 9, "count": 100})
        posts = [pool.submit(requests.post, f"{base}/pay/{each}", timeout=60) for each in tokens]
        wait_until(lambda: sum(each.done() for each in posts) >= 30, 30, missing="answers to those who can't be led on")
        refused = [each.result() for each in posts if each.done()]
        health = requests.get(f"{base}/health", timeout=20)
        webhook = requests.post(f"{base}/webhooks/stripe", data=b"{}", timeout=20)
        waiting_count = sum(not each.done() for each in posts)
        provider.told("DELETE", "/faults")
        answers = [each.result() for each in posts]

    assert (health.status_code, webhook.status_code) == (200, 400)
    assert 0 < waiting_count <= 6  # both were answered while others still waited for the provider
    assert {each.status_code for each in refused} == {503}
    assert all("Your card was not charged; please try again in a minute." in each.json()["detail"] for each in refused)
    assert {each.status_code for each in answers} == {200, 503}


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).ok
    except requests.ConnectionError:
        return False


def test_the_refunds_are_compared_by_their_own_clock_whatever_is_restarted(payments: House) -> None:
    rounds = payments.database.mongo[ROUNDS.name]
    stop = threading.Event()
    sweeping = threading.Thread(target=payments.sweep.sweep_provider, args=(stop,))
    sweeping.start()
    wait_until(lambda: rounds.find_one({"_id": COMPARISON}) is not None, 30, missing="the planned comparison")
    stop.set()
    sweeping.join()
    first = rounds.find_one({"_id": COMPARISON})
    payments.run_jobs("comparison")
    early = rounds.find_one({"_id": COMPARISON})
    payments.run_again("comparison")
    payments.sweep._plan_comparison()  # as the next start would
    after = rounds.find_one({"_id": COMPARISON})

    assert first is not None
    assert early is not None
    assert after is not None
    assert first["job"]["due_at"] <= host_now() + timedelta(hours=1)
    assert early.get("done_at") is None
    assert after["done_at"] is not None
    assert after["job"]["due_at"] > host_now() + timedelta(seconds=COMPARE_SECONDS - 600)


def test_a_comparison_that_the_provider_did_not_answer_is_tried_again_soon(
    payments: House, provider: RunningProvider
) -> None:
    payments.sweep._plan_comparison()
    provider.turn(answer_500_before={"path": "/v1/refunds", "count": 1})

    payments.run_again("comparison")

    failed = payments.database.mongo[ROUNDS.name].find_one({"_id": COMPARISON})
    assert failed is not None
    assert failed.get("done_at") is None
    assert failed["job"]["due_at"] < host_now() + timedelta(hours=1)
