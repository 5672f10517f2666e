"""What we rely on at the card provider, asked through the unmodified SDK.

Always run against the local provider; with STRIPE_TEST_KEY set, the same claims are put to Stripe's test mode.
"""

import os
import uuid
from typing import Any

import pytest
import stripe

from tests.integration.provider_fixtures import RunningProvider, pay

_STRIPE_KEY = os.environ.get("STRIPE_TEST_KEY", "")


@pytest.fixture(params=["local", *(["stripe"] if _STRIPE_KEY else [])])
def client(request: pytest.FixtureRequest) -> stripe.StripeClient:
    if request.param == "stripe":
        return stripe.StripeClient(_STRIPE_KEY, max_network_retries=0)
    running: RunningProvider = request.getfixturevalue("shared_provider")
    return running.client


def _line_items(amount: int = 57_500, currency: str = "usd") -> list[Any]:
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Registration, 74th conference"}}
    return [{"price_data": price, "quantity": 1}]


def _session(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    asked = {"mode": "payment", "line_items": _line_items(), "success_url": "https://example.org/paid", **more}
    return client.v1.checkout.sessions.create(asked)  # type: ignore[arg-type]


def _notes(thing: stripe.Customer | stripe.PaymentIntent | stripe.Refund) -> Any:
    assert thing.metadata is not None
    return thing.metadata.to_dict()


def test_a_customer_is_kept_changed_and_deleted(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"email": "ada@example.org", "metadata": {"person": "p1", "note": "x"}})

    changed = client.v1.customers.update(made.id, {"name": "Ada Byron", "metadata": {"note": ""}})
    deleted = client.v1.customers.delete(made.id)

    assert (changed.email, changed.name) == ("ada@example.org", "Ada Byron")
    assert _notes(changed) == {"person": "p1"}
    assert deleted.deleted is True
    assert client.v1.customers.retrieve(made.id).deleted is True


def test_a_payment_brings_its_amount_less_the_fee(client: stripe.StripeClient) -> None:
    intent = pay(client, expand=["latest_charge.balance_transaction"])

    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    line = charge.balance_transaction
    assert isinstance(line, stripe.BalanceTransaction)
    assert (intent.status, intent.amount_received, charge.paid) == ("succeeded", 57_500, True)
    assert (line.type, line.amount, line.net) == ("charge", 57_500, 57_500 - line.fee)


def test_an_intent_can_be_confirmed_later_and_only_once(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 20_000, "currency": "usd", "allowed_payment_method_types": ["card"], "metadata": {"order": "o1"}}
    )

    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (intent.status, paid.status) == ("requires_payment_method", "succeeded")
    assert _notes(paid) == {"order": "o1"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_canceled_intent_takes_no_card(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 20_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    )

    canceled = client.v1.payment_intents.cancel(intent.id)

    assert canceled.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_a_declined_card_is_an_error_that_leaves_a_failed_charge(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        pay(client, payment_method="pm_card_chargeDeclined")

    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, declined.value.code, error.decline_code) == (
        402,
        "card_declined",
        "generic_decline",
    )
    assert error.charge is not None
    charge = client.v1.charges.retrieve(error.charge)
    assert (charge.status, charge.paid, charge.amount_refunded) == ("failed", False, 0)
    assert error.payment_intent is not None
    assert error.payment_intent.status == "requires_payment_method"


def test_a_refund_carries_our_metadata_and_a_balance_line(client: stripe.StripeClient) -> None:
    intent = pay(client)

    refund = client.v1.refunds.create(
        {
            "payment_intent": intent.id,
            "amount": 20_000,
            "reason": "requested_by_customer",
            "metadata": {"refund": "r1", "order": "o1"},
            "expand": ["balance_transaction", "charge"],
        }
    )

    line, charge = refund.balance_transaction, refund.charge
    assert isinstance(line, stripe.BalanceTransaction)
    assert isinstance(charge, stripe.Charge)
    assert (refund.status, refund.amount, refund.payment_intent) == ("succeeded", 20_000, intent.id)
    assert _notes(refund) == {"refund": "r1", "order": "o1"}
    assert (line.type, line.amount, line.fee) == ("refund", -20_000, 0)
    assert (charge.amount_refunded, charge.refunded) == (20_000, False)


def test_refunds_without_an_amount_take_all_that_is_left(client: stripe.StripeClient) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 7_500})

    rest = client.v1.refunds.create({"charge": str(intent.latest_charge)})

    assert rest.amount == 50_000
    assert client.v1.charges.retrieve(str(intent.latest_charge)).refunded is True


def test_more_than_is_left_is_never_refunded(client: stripe.StripeClient) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 50_000})

    with pytest.raises(stripe.InvalidRequestError, match="greater than") as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 7_501})

    assert (refused.value.http_status, refused.value.param) == (400, "amount")
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 50_000


def test_a_refunded_charge_is_not_refunded_again(client: stripe.StripeClient) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert refused.value.code == "charge_already_refunded"


def test_an_unpaid_intent_has_nothing_to_refund(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 20_000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    )

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id})

    assert refused.value.http_status == 400


def test_refunds_of_a_payment_are_listed_newest_first_with_cursors(client: stripe.StripeClient) -> None:
    intent = pay(client)
    made = [client.v1.refunds.create({"payment_intent": intent.id, "amount": 100 + n}).id for n in range(5)]

    first = client.v1.refunds.list({"payment_intent": intent.id, "limit": 2})
    second = client.v1.refunds.list({"payment_intent": intent.id, "limit": 2, "starting_after": made[3]})
    back = client.v1.refunds.list({"payment_intent": intent.id, "limit": 2, "ending_before": made[1]})
    all_of_them = client.v1.refunds.list({"payment_intent": intent.id, "limit": 2}).auto_paging_iter()

    assert ([one.id for one in first.data], first.has_more) == ([made[4], made[3]], True)
    assert ([one.id for one in second.data], second.has_more) == ([made[2], made[1]], True)
    assert ([one.id for one in back.data], back.has_more) == ([made[3], made[2]], True)
    assert [one.id for one in all_of_them] == made[::-1]


def test_refunds_are_listed_by_time(client: stripe.StripeClient) -> None:
    intent = pay(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    asked: list[Any] = [{"payment_intent": intent.id, "created": {bound: refund.created}} for bound in ("gte", "lt")]

    since, before = (client.v1.refunds.list(one) for one in asked)

    assert ([one.id for one in since.data], before.data) == ([refund.id], [])


def test_only_the_metadata_of_a_refund_can_be_changed(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id, "metadata": {"run": "1"}})

    changed = client.v1.refunds.update(refund.id, {"metadata": {"job": "j1"}})

    assert _notes(changed) == {"run": "1", "job": "j1"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.update(refund.id, {"amount": 1})  # type: ignore[arg-type]
    assert refused.value.code == "parameter_unknown"


def test_a_refund_to_a_card_cannot_be_canceled(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.cancel(refund.id)

    assert refused.value.http_status == 400


def test_a_checkout_session_has_an_address_and_its_line_items(client: stripe.StripeClient) -> None:
    session = _session(
        client,
        client_reference_id="order-1",
        customer_email="ada@example.org",
        metadata={"order": "o1"},
        payment_intent_data={"metadata": {"order": "o1"}},
        cancel_url="https://example.org/back",
        expand=["line_items"],
    )

    assert session.line_items is not None
    assert session.url is not None
    assert [(item.description, item.amount_total) for item in session.line_items.data] == [
        ("Registration, 74th conference", 57_500)
    ]
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 57_500)
    assert client.v1.checkout.sessions.retrieve(session.id).client_reference_id == "order-1"
    assert session.id in {one.id for one in client.v1.checkout.sessions.list({"limit": 5}).data}


def test_an_expired_session_has_no_address_and_expires_once(client: stripe.StripeClient) -> None:
    session = _session(client)

    expired = client.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)


def test_events_tell_what_happened_and_can_be_filtered(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id})

    events = client.v1.events.list({"types": ["refund.created", "charge.refunded"], "limit": 20}).data

    assert {event.type for event in events} <= {"refund.created", "charge.refunded"}
    mine = next(event for event in events if event.data.object["id"] == refund.id)
    assert mine.type == "refund.created"
    assert client.v1.events.retrieve(mine.id).data.object["amount"] == refund.amount


def test_the_same_key_gives_the_same_refund(client: stripe.StripeClient) -> None:
    intent, key = pay(client), str(uuid.uuid4())

    first, second = (
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}, {"idempotency_key": key})
        for _ in range(2)
    )

    assert first.id == second.id
    assert second.last_response is not None
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 500


def test_a_key_is_refused_for_another_body(client: stripe.StripeClient) -> None:
    intent, key = pay(client), str(uuid.uuid4())
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 500}, {"idempotency_key": key})

    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 501}, {"idempotency_key": key})

    assert refused.value.http_status == 400


def test_a_refusal_is_kept_under_its_key(client: stripe.StripeClient) -> None:
    intent, key = pay(client), str(uuid.uuid4())
    asked: Any = {"payment_intent": intent.id, "amount": 99_999}

    refusals = []
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create(asked, {"idempotency_key": key})
        refusals.append(refused.value)

    assert refusals[0].http_body == refusals[1].http_body
    assert (refusals[1].headers or {})["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({"payment_intent": "pi_nobody"}, "resource_missing", "payment_intent"),
        ({"charge": "ch_nobody"}, "resource_missing", "charge"),
        ({"payment_intent": "pi_1", "colour": "red"}, "parameter_unknown", "colour"),
        ({"payment_intent": "pi_1", "amount": "ten"}, "parameter_invalid_integer", "amount"),
        ({"payment_intent": "pi_1", "amount": 0}, "parameter_invalid_integer", "amount"),
    ],
)
def test_a_refund_that_is_asked_wrongly_is_refused(
    client: stripe.StripeClient, asked: Any, code: str, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create(asked)

    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.request_id is not None


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"currency": "usd"}, "parameter_missing"),
        ({"amount": 20, "currency": "usd"}, "amount_too_small"),
        ({"amount": 20_000, "currency": "usd", "metadat": {"a": "b"}}, "parameter_unknown"),
        ({"amount": 20_001, "currency": "kwd"}, "parameter_invalid_integer"),
        ({"amount": 20_001, "currency": "isk"}, "parameter_invalid_integer"),
    ],
)
def test_a_payment_that_is_asked_wrongly_is_refused(client: stripe.StripeClient, asked: Any, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(asked)

    assert (refused.value.http_status, refused.value.code) == (400, code)


def test_what_is_not_there_is_a_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.retrieve("re_nobody")

    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_an_unknown_key_is_refused(client: stripe.StripeClient, shared_provider: RunningProvider) -> None:
    stranger = stripe.StripeClient("sk_live_wrong", base_addresses={"api": shared_provider.address})

    with pytest.raises(stripe.AuthenticationError) as refused:
        stranger.v1.balance.retrieve()

    assert refused.value.http_status == 401
    assert client.v1.balance.retrieve().available


def test_what_cannot_be_expanded_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        pay(client, expand=["amount"])
