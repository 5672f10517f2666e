"""The knobs, the rate limit, the clock and the kill: what goes wrong does so exactly as it was asked to."""

import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
import requests
import stripe

from tests.integration.provider_fixtures import BOUGHT, CANCELLED, KEY, RunningProvider, pay
from tests.waiting import wait_until

REFUNDS: dict[str, Any] = {"method": "POST", "path": "/v1/refunds", "count": 1}


def _refunded(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> int:
    return client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded


def test_a_429_on_demand_does_nothing_and_passes(provider: RunningProvider) -> None:
    client, intent = provider.client, pay(provider.client)
    provider.turn(answer_429=REFUNDS)

    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert (refused.value.headers or {})["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert _refunded(client, intent) == 0
    assert client.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"


@pytest.mark.parametrize(("knob", "refunded"), [("answer_500_before", 0), ("answer_500_after", 500)])
def test_a_500_is_kept_under_its_key_whether_or_not_it_acted(
    provider: RunningProvider, knob: str, refunded: int
) -> None:
    client, intent, key = provider.client, pay(provider.client), str(uuid.uuid4())
    provider.turn(**{knob: REFUNDS})

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}, {"idempotency_key": key})

    assert _refunded(client, intent) == refunded
    listed = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert sum(refund.amount for refund in listed) == refunded


def test_a_dropped_answer_was_carried_out_and_its_key_finds_it(provider: RunningProvider) -> None:
    client, intent, key = provider.client, pay(provider.client), str(uuid.uuid4())
    provider.turn(drop_after=REFUNDS)

    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}, {"idempotency_key": key})
    found = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}, {"idempotency_key": key})

    assert _refunded(client, intent) == 500
    assert [refund.id for refund in client.v1.refunds.list({"payment_intent": intent.id}).data] == [found.id]


def test_a_key_in_use_is_a_409(provider: RunningProvider) -> None:
    client, intent, key = provider.client, pay(provider.client), str(uuid.uuid4())
    provider.turn(slow={**REFUNDS, "seconds": 1.0})
    asked: Any = {"payment_intent": intent.id, "amount": 500}
    first = threading.Thread(target=client.v1.refunds.create, args=(asked, {"idempotency_key": key}))
    first.start()
    wait_until(lambda: not provider.told("GET", "/faults")["faults"], 5, missing="the slow request to be under way")

    with pytest.raises(stripe.APIError) as refused:  # the SDK has no class of its own for a 409
        client.v1.refunds.create(asked, {"idempotency_key": key})
    first.join()

    assert refused.value.http_status == 409
    assert _code(refused.value) == "idempotency_key_in_use"
    assert _refunded(client, intent) == 500


def test_chance_with_a_seed_strikes_the_same_requests_every_time(provider: RunningProvider) -> None:
    def struck() -> list[bool]:
        provider.turn(answer_429={"method": "GET", "path": "/v1/balance", "probability": 0.5, "seed": 7})
        header = {"Authorization": f"Bearer {KEY}"}
        answers = [requests.get(f"{provider.address}/v1/balance", headers=header, timeout=9) for _ in range(12)]
        provider.told("DELETE", "/faults")
        return [answer.status_code == 429 for answer in answers]

    first = struck()

    assert struck() == first
    assert {True, False} == set(first)


def test_the_limit_is_25_a_second_for_each_endpoint_with_stripes_headers(own_provider: RunningProvider) -> None:
    own_provider.environment["PROVIDER_LIMITER"] = "on"
    own_provider.start()
    header = {"Authorization": f"Bearer {KEY}"}

    with requests.Session() as session:
        answers = [session.get(f"{own_provider.address}/v1/balance", headers=header, timeout=9) for _ in range(40)]
        other = session.get(f"{own_provider.address}/v1/refunds", headers=header, timeout=9)

    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(answer.ok for answer in answers[:25])
    assert refused
    assert refused[0].headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert refused[0].json()["error"]["code"] == "rate_limit"
    assert other.ok
    own_provider.turn(limiter="off")
    assert own_provider.client.v1.balance.retrieve().available


def test_a_key_is_forgotten_after_24_hours_and_then_acts_again(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(BOUGHT)
    client, key = own_provider.client, str(uuid.uuid4())
    intent = pay(client)
    asked: Any = {"payment_intent": intent.id, "amount": 500}
    first = client.v1.refunds.create(asked, {"idempotency_key": key})

    own_provider.move_clock(BOUGHT + timedelta(hours=23))
    replayed = client.v1.refunds.create(asked, {"idempotency_key": key})
    own_provider.move_clock(BOUGHT + timedelta(hours=25))
    doubled = client.v1.refunds.create(asked, {"idempotency_key": key})

    assert replayed.id == first.id
    assert doubled.id != first.id
    assert _refunded(client, intent) == 1_000


def test_the_clock_never_goes_back_unless_it_is_reset(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(BOUGHT)  # years back: nothing has happened yet
    own_provider.move_clock(CANCELLED)
    created = pay(own_provider.client).created

    back = own_provider.control("POST", "/clock", {"now": BOUGHT.isoformat()})
    reset = own_provider.told("POST", "/clock", {"now": BOUGHT.isoformat(), "reset": True})

    assert 0 <= created - CANCELLED.timestamp() < 60
    assert back.status_code == 409
    assert "never goes back" in back.json()["error"]["message"]
    assert reset["now"].startswith("2020-03-10T12:00")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/clock", {"now": "tomorrow"}),
        ("/clock", {"now": "2020-05-01T00:00:00"}),
        ("/faults", {}),
        ("/faults", {"explode": {}}),
        ("/faults", {"slow": {"seconds": "long"}}),
        ("/faults", {"answer_429": {"colour": "red"}}),
        ("/faults", {"refund_fails_after_days": {"days": 3}}),
        ("/checkout/cs_test_nothing/pay", {"method": "free"}),
    ],
)
def test_the_control_desk_refuses_what_it_does_not_know(provider: RunningProvider, path: str, said: Any) -> None:
    answer = provider.control("POST", path, said)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_what_was_answered_survives_a_kill(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client = own_provider.client
    key = str(uuid.uuid4())
    client.v1.topups.create({"amount": 100_000, "currency": "usd"})
    intent = pay(client, payment_method="pm_card_refundFail")
    asked: Any = {"payment_intent": intent.id, "amount": 500}
    refund = client.v1.refunds.create(asked, {"idempotency_key": key})
    own_provider.turn(slow={"path": "/v1/customers", "seconds": 0.0})
    before = own_provider.told("GET", "/summary")

    own_provider.kill()
    own_provider.start()
    after = own_provider.told("GET", "/summary")

    for part in ("objects", "refunds", "charges", "balance"):
        assert after[part] == before[part]
    assert after["now"] >= before["now"]
    assert after["now"].startswith("2020-04-09")
    assert [fault["knob"] for fault in own_provider.told("GET", "/faults")["faults"]] == ["slow"]
    assert client.v1.refunds.create(asked, {"idempotency_key": key}).id == refund.id
    own_provider.move_clock(CANCELLED + timedelta(days=4))
    assert client.v1.refunds.retrieve(refund.id).status == "failed"


def test_kills_between_refunds_neither_lose_nor_double_one(own_provider: RunningProvider) -> None:
    """A caller that sends the same key again after every broken connection gets each refund exactly once."""
    own_provider.start()
    own_provider.client.v1.topups.create({"amount": 10_000_000, "currency": "usd"})
    intents = [pay(own_provider.client) for _ in range(60)]

    def refund_all() -> None:
        for intent in intents:
            wait_until(lambda i=intent: _sent(own_provider, i), 20, missing=f"an answer about {intent.id}")  # type: ignore[misc]

    caller = threading.Thread(target=refund_all)
    caller.start()
    for count in (10, 25, 40):
        wait_until(lambda c=count: _refund_count(own_provider) >= c, 20, missing=f"{count} refunds")  # type: ignore[misc]
        own_provider.kill()
        own_provider.start()
    caller.join()

    lines = own_provider.control("GET", "/refunds").text.splitlines()
    refunds = [json.loads(line) for line in lines]
    assert sorted(refund["payment_intent"] for refund in refunds) == sorted(intent.id for intent in intents)
    assert {refund["amount"] for refund in refunds} == {500}


def test_it_stops_cleanly_when_asked(own_provider: RunningProvider) -> None:
    own_provider.start()
    pay(own_provider.client)

    status = own_provider.stop()

    own_provider.start()
    assert status == 0
    assert own_provider.told("GET", "/summary")["objects"]["charge"] == 1


def _code(error: stripe.StripeError) -> object:
    assert isinstance(error.json_body, dict)
    return error.json_body["error"]["code"]


def _sent(running: RunningProvider, intent: stripe.PaymentIntent) -> bool:
    try:
        running.client.v1.refunds.create(
            {"payment_intent": intent.id, "amount": 500}, {"idempotency_key": f"refund:{intent.id}"}
        )
    except stripe.APIConnectionError:
        return False
    return True


def _refund_count(running: RunningProvider) -> int:
    return int(running.told("GET", "/summary")["objects"]["refund"])
