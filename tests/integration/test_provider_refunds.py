"""Refunds at the local card provider beyond the happy way: they wait, fail days later, need a person, are disputed."""

import json
from datetime import timedelta
from typing import Any

import pytest
import stripe

from tests.integration.provider_fixtures import BOUGHT, CANCELLED, RunningProvider, pay


def _available(running: RunningProvider, currency: str = "usd") -> int:
    return int(running.told("GET", "/summary")["balance"].get(currency, {}).get("available_minor", 0))


def test_a_payment_of_today_can_be_refunded_only_when_its_money_has_come(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(BOUGHT)
    client = own_provider.client
    intent = pay(client, payment_method="pm_card_visa")

    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 20_000})
    own_provider.move_clock(BOUGHT + timedelta(days=2))
    later = client.v1.refunds.retrieve(refund.id)

    assert (refund.status, refund["pending_reason"], refund.balance_transaction) == (
        "pending",
        "insufficient_funds",
        None,
    )
    assert (later.status, later["pending_reason"]) == ("succeeded", None)
    fee = 1668 + 30  # 2.9 % of 575.00 is 16.675, rounded half up
    assert _available(own_provider) == 57_500 - fee - 20_000


def test_waiting_refunds_go_on_in_order_as_money_comes_in(own_provider: RunningProvider) -> None:
    own_provider.start()
    client = own_provider.client
    intents = [pay(client) for _ in range(3)]
    own_provider.turn(short_balance={"currency": "usd"})

    refunds = [client.v1.refunds.create({"payment_intent": intent.id}).id for intent in intents]
    before = [client.v1.refunds.retrieve(refund).status for refund in refunds]
    client.v1.topups.create({"amount": 57_500, "currency": "usd"})
    between = [client.v1.refunds.retrieve(refund).status for refund in refunds]
    client.v1.topups.create({"amount": 115_000, "currency": "usd"})
    after = [client.v1.refunds.retrieve(refund).status for refund in refunds]

    assert before == ["pending", "pending", "pending"]
    assert between == ["succeeded", "pending", "pending"]
    assert after == ["succeeded", "succeeded", "succeeded"]
    assert _available(own_provider) == 0


def test_a_small_refund_does_not_overtake_one_that_waits(own_provider: RunningProvider) -> None:
    own_provider.start()
    client = own_provider.client
    large, small = pay(client), pay(client)
    own_provider.turn(short_balance={"currency": "usd", "leave_minor": 1_000})
    client.v1.refunds.create({"payment_intent": large.id})

    refund = client.v1.refunds.create({"payment_intent": small.id, "amount": 500})

    assert (refund.status, _available(own_provider)) == ("pending", 1_000)


def test_a_refund_to_a_closed_card_comes_back_three_days_after_it_succeeded(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client = own_provider.client
    intent = pay(client, payment_method="pm_card_refundFail")
    client.v1.topups.create({"amount": 100_000, "currency": "usd"})
    refund = client.v1.refunds.create({"payment_intent": intent.id})

    own_provider.move_clock(CANCELLED + timedelta(days=2, hours=23))
    still = client.v1.refunds.retrieve(refund.id)
    own_provider.move_clock(CANCELLED + timedelta(days=30))
    failed = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction", "charge"]})

    line, charge = failed.failure_balance_transaction, failed.charge
    assert isinstance(line, stripe.BalanceTransaction)
    assert isinstance(charge, stripe.Charge)
    assert (still.status, failed.status, failed.failure_reason) == ("succeeded", "failed", "expired_or_canceled_card")
    assert (line.type, line.amount, charge.amount_refunded) == ("refund_failure", 57_500, 0)
    # It is dated when it happened, not when somebody looked.
    assert 0 <= line.created - int((CANCELLED + timedelta(days=3)).timestamp()) < 60
    types = [event.type for event in client.v1.events.list({"limit": 5}).data]
    assert types[:3] == ["refund.failed", "charge.refund.updated", "refund.updated"]


def test_a_failed_refund_can_be_tried_again(provider: RunningProvider) -> None:
    client, intent = provider.client, pay(provider.client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    provider.told("POST", f"/refunds/{refund.id}", {"status": "failed", "reason": "lost_or_stolen_card"})

    again = client.v1.refunds.create({"payment_intent": intent.id})

    assert client.v1.refunds.retrieve(refund.id).failure_reason == "lost_or_stolen_card"
    assert (again.status, again.amount) == ("succeeded", 57_500)


def test_the_next_refunds_with_a_note_fail_later_and_only_so_many(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client = own_provider.client
    own_provider.turn(refund_fails_after_days={"metadata": {"run": "74th"}, "count": 2, "days": 5})
    notes: list[dict[str, str]] = [{"run": "73rd"}, {"run": "74th"}, {"run": "74th"}, {"run": "74th"}]

    refunds = [
        client.v1.refunds.create({"payment_intent": pay(client).id, "amount": 900, "metadata": n}) for n in notes
    ]
    own_provider.move_clock(CANCELLED + timedelta(days=6))

    states = [client.v1.refunds.retrieve(refund.id).status for refund in refunds]
    assert states == ["succeeded", "failed", "failed", "succeeded"]


def test_a_refund_that_takes_its_time_is_pending_until_then(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client = own_provider.client
    client.v1.topups.create({"amount": 100_000, "currency": "usd"})
    intent = pay(client, payment_method="pm_card_pendingRefund")

    refund = client.v1.refunds.create({"payment_intent": intent.id})
    own_provider.move_clock(CANCELLED + timedelta(days=4))

    assert (refund.status, refund["pending_reason"]) == ("pending", "processing")
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_that_needs_a_person_can_be_canceled_or_completed(provider: RunningProvider) -> None:
    client = provider.client
    intents = [pay(client), pay(client)]
    for intent in intents:
        provider.turn(refund_requires_action={"payment_intent": intent.id})
    first, second = (client.v1.refunds.create({"payment_intent": intent.id}) for intent in intents)

    canceled = client.v1.refunds.cancel(first.id)
    provider.told("POST", f"/refunds/{second.id}", {"status": "succeeded"})

    assert (first.status, canceled.status) == ("requires_action", "canceled")
    assert client.v1.charges.retrieve(str(first.charge)).amount_refunded == 0
    assert client.v1.refunds.retrieve(second.id).status == "succeeded"


def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won(provider: RunningProvider) -> None:
    client, intent = provider.client, pay(provider.client)
    client.v1.topups.create({"amount": 200_000, "currency": "usd"})
    dispute = provider.told("POST", "/disputes", {"charge": str(intent.latest_charge)})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})
    provider.told("POST", f"/disputes/{dispute['id']}", {"status": "won"})

    assert refused.value.code == "charge_disputed"
    assert client.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_a_lost_dispute_keeps_the_money_away(provider: RunningProvider) -> None:
    client = provider.client
    client.v1.topups.create({"amount": 200_000, "currency": "usd"})
    before = _available(provider)
    intent = pay(client, payment_method="pm_card_createDispute")
    dispute = client.v1.disputes.list({"payment_intent": intent.id}).data[0]

    closed = client.v1.disputes.close(dispute.id)

    assert closed.status == "lost"
    assert _available(provider) == before - 57_500 - 1_500
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id})


def test_an_automatic_payout_lists_exactly_its_lines(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client = own_provider.client
    intents = [pay(client), pay(client)]
    client.v1.refunds.create({"payment_intent": intents[0].id, "amount": 20_000})
    client.v1.payouts.create({"amount": 5_000, "currency": "usd"})

    payout = own_provider.told("POST", "/payouts", {"currency": "usd"})
    pay(client)
    own_provider.move_clock(CANCELLED + timedelta(days=3))

    lines = list(client.v1.balance_transactions.list({"payout": payout["id"], "limit": 50}).auto_paging_iter())
    carried = [line for line in lines if line.source != payout["id"]]
    assert sorted(line.type for line in carried) == ["charge", "charge", "payout", "refund"]
    assert sum(line.net for line in carried) == payout["amount"]
    assert client.v1.payouts.retrieve(payout["id"]).status == "paid"


def test_a_payout_never_takes_more_than_there_is(provider: RunningProvider) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.client.v1.payouts.create({"amount": 99_999_999, "currency": "nok"})

    assert refused.value.code == "balance_insufficient"


@pytest.mark.parametrize(
    ("currency", "amount", "refund", "fee"),
    [("jpy", 57_500, 20_001, 1_698), ("kwd", 57_500, 20_010, 1_698), ("isk", 57_500, 20_100, 1_698)],
)
def test_currencies_with_other_decimals_are_refunded_without_rounding(
    provider: RunningProvider, currency: str, amount: int, refund: int, fee: int
) -> None:
    client: Any = provider.client
    before = _available(provider, currency)
    intent = pay(client, amount, currency=currency)

    client.v1.refunds.create({"payment_intent": intent.id, "amount": refund})

    assert _available(provider, currency) - before == amount - fee - refund
    if currency != "jpy":
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 5_001})
        assert refused.value.code == "parameter_invalid_integer"


def test_the_balance_is_the_sum_of_its_lines(provider: RunningProvider) -> None:
    client, intent = provider.client, pay(provider.client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 7})

    lines = [json.loads(line) for line in provider.control("GET", "/balance_transactions").text.splitlines()]

    usable = [line for line in lines if (line["currency"], line["status"]) == ("usd", "available")]
    assert sum(line["net"] for line in usable) == _available(provider)
