"""The door for the card provider's word: signed, kept once, followed in any order."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
import stripe

from services.payments.orders.store import ORDERS
from services.payments.provider.domain.events import FOLLOWED_EVENTS, LISTS, REFUND_EVENTS, TYPES_PER_LIST
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.domain.refunds import RefundState
from shared.clock import host_now
from shared.contracts.payments import PaymentCaptured, PaymentFailed, RefundReversed
from tests.integration.payments_house import WEBHOOK_SECRET, House
from tests.integration.provider_fixtures import CANCELLED

Body = dict[str, Any]


def deliver(payments: House, event: Body, *, age_seconds: float = 0, secret: str = WEBHOOK_SECRET) -> Any:
    """The provider's own delivery of one event, signed so many seconds ago."""
    payload = json.dumps(event)
    at = int(host_now().timestamp() - age_seconds)
    header = stripe.WebhookSignature.generate_signature_header(payload, secret, at)
    return post(payments, payload.encode(), header)


def post(payments: House, payload: bytes, header: str | None) -> Any:
    headers = {"Stripe-Signature": header} if header is not None else {}
    return payments.client.post("/payments/webhooks/stripe", data=payload, headers=headers)


def events_about(payments: House, *types: str, since: set[str] | None = None) -> list[Body]:
    """The provider's events of these types, oldest first, but not those known before."""
    listed = payments.provider.client.v1.events.list({"types": list(types), "limit": 100}).data
    return [each.to_dict() for each in reversed(listed) if each.id not in (since or set())]


def kept_count(payments: House) -> int:
    return payments.database.mongo[PROVIDER_EVENTS.name].count_documents({"job": {"$exists": True}})


@pytest.fixture
def completed(payments: House) -> Body:
    """An order was paid on the provider's page, and the provider says so."""
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    return events_about(payments, "checkout.session.completed")[-1]


def test_a_payment_that_a_webhook_tells_twice_is_captured_once(payments: House, completed: Body) -> None:
    first = deliver(payments, completed)
    payments.run_jobs("provider-events")
    second = deliver(payments, completed, age_seconds=60)
    payments.run_jobs("provider-events")

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(payments.said(PaymentCaptured)) == 1


def test_a_webhook_and_the_sweep_tell_the_same_once(payments: House, completed: Body) -> None:
    deliver(payments, completed)

    payments.hear_provider()

    assert len(payments.said(PaymentCaptured)) == 1


@pytest.mark.parametrize(
    ("change", "why", "order_currency"),
    [({"$set": {"currency": "EUR"}}, "other_currency", "EUR"), ({"$set": {"_id": "gone"}}, "unknown_order", "")],
)
def test_a_payment_that_fits_no_order_is_not_captured_and_is_on_finance_s_list_once(
    payments: House, completed: Body, change: Body, why: str, order_currency: str
) -> None:
    session = completed["data"]["object"]
    order = session["client_reference_id"]
    orders = payments.database.mongo[ORDERS.name]
    known = orders.find_one_and_delete({"_id": order})
    assert known is not None
    orders.insert_one(known | change["$set"])

    for _ in range(2):
        deliver(payments, completed)
        payments.run_again("provider-events")
    payments.database.mongo[PROVIDER_EVENTS.name].delete_one({"_id": completed["id"]})
    payments.hear_provider()

    (stray,) = payments.get("/payments/strays")["items"]
    assert stray == {
        "id": session["payment_intent"],
        "why": why,
        "order": order,
        "order_currency": order_currency,
        "session": session["id"],
        "charge": stray["charge"],
        "amount_minor": 57500,
        "currency": "USD",
        "found_at": stray["found_at"],
        "looked_at": None,
        "note": "",
        "kind": "",
        "description": "",
        "fee_minor": 0,
    }
    assert kept_count(payments) == 0
    assert payments.said(PaymentCaptured) == []
    assert payments.payments_of(order) == []


@pytest.mark.parametrize("age_seconds", [301, -301])
def test_a_webhook_from_another_time_is_refused(payments: House, completed: Body, age_seconds: float) -> None:
    response = deliver(payments, completed, age_seconds=age_seconds)

    assert (response.status_code, response.json["type"]) == (400, "urn:reconvene:problem:SignatureWrong")
    assert kept_count(payments) == 0


def test_a_webhook_signed_by_somebody_else_is_refused(payments: House, completed: Body) -> None:
    assert deliver(payments, completed, secret="whsec_of_somebody_else").status_code == 400
    assert kept_count(payments) == 0


def test_a_flipped_bit_anywhere_is_refused(payments: House, completed: Body) -> None:
    payload = json.dumps(completed).encode()
    header = stripe.WebhookSignature.generate_signature_header(payload.decode(), WEBHOOK_SECRET)
    places = range(0, len(payload), max(1, len(payload) // 60))

    answers = {
        post(payments, bytes([*payload[:at], payload[at] ^ (1 << at % 8), *payload[at + 1 :]]), header).status_code
        for at in places
    }

    assert answers == {400}
    assert kept_count(payments) == 0


@pytest.mark.parametrize(
    "header", [None, "", "t=", "t=x,v1=y", "v1=abc", "t=1,t=2", "t=99999999999999999999,v1=0", "ÿ"]
)
def test_a_webhook_without_a_proper_signature_is_refused(payments: House, header: str | None) -> None:
    assert post(payments, b"{}", header).status_code == 400


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '{"id": 1}', '{"id": "e", "type": "t", "data": []}', "{"])
def test_a_signed_text_that_is_no_event_is_refused(payments: House, body: str) -> None:
    header = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET)

    assert post(payments, body.encode(), header).status_code == 400


def test_a_truncated_webhook_is_refused(payments: House, completed: Body) -> None:
    payload = json.dumps(completed)
    header = stripe.WebhookSignature.generate_signature_header(payload, WEBHOOK_SECRET)

    assert {post(payments, payload[:length].encode(), header).status_code for length in (0, 1, 100)} == {400}


def test_an_event_that_we_do_not_follow_is_answered_and_not_kept(payments: House, completed: Body) -> None:
    response = deliver(payments, {**completed, "type": "customer.created"})

    assert response.status_code == 200
    assert kept_count(payments) == 0


def test_all_orders_of_one_refunds_events_end_the_same(payments: House) -> None:
    """A refund succeeds and fails days later; whatever arrives first, twice or last, the end is the same."""
    for order_of_arrival in list(itertools.permutations(range(4)))[::4]:
        known = {each["id"] for each in events_about(payments, *REFUND_EVENTS)}
        order = payments.paid("card", method="refund_fails_later")
        payments.cancel(order)
        payments.fix(order)
        payments.run_jobs("refunds")
        payments.provider.move_clock(CANCELLED + timedelta(days=4))
        told = events_about(payments, *REFUND_EVENTS, since=known)

        for at in (*order_of_arrival, order_of_arrival[0]):
            deliver(payments, told[at])
            payments.run_jobs("provider-events")

        assert len(told) == 4
        assert payments.refund_of(order).state is RefundState.AWAITING_PAYEE
        assert len(payments.said(RefundReversed)) == 1
        assert payments.balances()["2020"] == -57500
        payments.forget()
        payments.provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})


def test_news_of_a_refund_that_is_just_being_sent_waits(payments: House) -> None:
    known = {each["id"] for each in events_about(payments, *REFUND_EVENTS)}
    order = payments.paid("card", method="refund_fails_later")
    payments.cancel(order)
    payments.fix(order)
    payments.provider.turn(drop_after={"method": "POST", "path": "/v1/refunds", "count": 1})
    payments.run_jobs("refunds")  # the provider has it, and we don't know
    payments.provider.move_clock(CANCELLED + timedelta(days=4))
    for each in events_about(payments, *REFUND_EVENTS, since=known):
        deliver(payments, each)

    payments.run_jobs("provider-events")
    waiting = payments.refund_of(order)
    payments.run_again("refunds")
    payments.run_again("provider-events")

    assert waiting.state is RefundState.UNKNOWN
    assert payments.refund_of(order).state is RefundState.AWAITING_PAYEE
    assert kept_count(payments) == 0


def test_a_declined_card_is_said_once(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.provider.control("POST", f"/checkout/{session}/pay", {"method": "declined"})
    (declined,) = events_about(payments, "payment_intent.payment_failed")

    for _ in range(2):
        deliver(payments, declined)
        payments.run_jobs("provider-events")

    (failed,) = payments.said(PaymentFailed)
    assert (failed.order, failed.payment, failed.reason) == (order, f"{order}.1", "generic_decline")


def test_the_sweep_asks_for_no_more_kinds_of_events_than_the_provider_lists() -> None:
    assert all(len(each) <= TYPES_PER_LIST for each in LISTS.values())
    assert sorted(each for types in LISTS.values() for each in types) == sorted(FOLLOWED_EVENTS)
