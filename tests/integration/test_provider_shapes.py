"""What the local card provider takes and answers has no name that the pinned SDK does not know."""

from typing import Any

import pytest
import stripe

from deploy.provider.api import load_endpoints
from tests.integration.provider_fixtures import RunningProvider, pay

_LINE = {"price_data": {"currency": "usd", "unit_amount": 900, "product_data": {"name": "Guest"}}, "quantity": 2}

PARAMETERS: dict[str, Any] = {
    "GET /v1/balance_transactions": stripe.params.BalanceTransactionListParams,
    "GET /v1/charges": stripe.params.ChargeListParams,
    "GET /v1/checkout/sessions": stripe.params.checkout.SessionListParams,
    "POST /v1/checkout/sessions": stripe.params.checkout.SessionCreateParams,
    "POST /v1/checkout/sessions/<object_id>": stripe.params.checkout.SessionUpdateParams,
    "GET /v1/customers": stripe.params.CustomerListParams,
    "POST /v1/customers": stripe.params.CustomerCreateParams,
    "POST /v1/customers/<object_id>": stripe.params.CustomerUpdateParams,
    "GET /v1/disputes": stripe.params.DisputeListParams,
    "GET /v1/events": stripe.params.EventListParams,
    "GET /v1/payment_intents": stripe.params.PaymentIntentListParams,
    "POST /v1/payment_intents": stripe.params.PaymentIntentCreateParams,
    "POST /v1/payment_intents/<object_id>": stripe.params.PaymentIntentUpdateParams,
    "POST /v1/payment_intents/<object_id>/cancel": stripe.params.PaymentIntentCancelParams,
    "POST /v1/payment_intents/<object_id>/confirm": stripe.params.PaymentIntentConfirmParams,
    "GET /v1/payouts": stripe.params.PayoutListParams,
    "POST /v1/payouts": stripe.params.PayoutCreateParams,
    "GET /v1/refunds": stripe.params.RefundListParams,
    "POST /v1/refunds": stripe.params.RefundCreateParams,
    "POST /v1/refunds/<object_id>": stripe.params.RefundUpdateParams,
    "GET /v1/topups": stripe.params.TopupListParams,
    "POST /v1/topups": stripe.params.TopupCreateParams,
}
ENDPOINTS = {endpoint.name: endpoint for endpoint in load_endpoints()}


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_taken_is_one_the_sdk_knows(name: str) -> None:
    known = PARAMETERS[name].__annotations__

    assert sorted(ENDPOINTS[name].table.keys() - known.keys()) == []


def test_every_endpoint_with_parameters_is_compared() -> None:
    with_more = {name for name, endpoint in ENDPOINTS.items() if endpoint.table.keys() - {"expand", "limit"}}

    assert with_more - PARAMETERS.keys() == set()


def test_every_field_answered_is_one_the_sdk_knows(provider: RunningProvider) -> None:
    client = provider.client
    customer = client.v1.customers.create({"email": "ada@example.org"})
    intent = pay(client, customer=customer.id)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "expand": ["charge", "balance_transaction"]})
    disputed = pay(client, payment_method="pm_card_createDispute")
    asked: Any = {"mode": "payment", "line_items": [_LINE], "success_url": "https://example.org"}
    found = [
        customer,
        intent,
        refund,
        refund.charge,
        refund.balance_transaction,
        client.v1.checkout.sessions.create(asked),
        client.v1.disputes.list({"payment_intent": disputed.id}).data[0],
        client.v1.topups.create({"amount": 500, "currency": "usd"}),
        client.v1.payouts.create({"amount": 500, "currency": "usd"}),
        client.v1.events.list({"limit": 1}).data[0],
        client.v1.balance.retrieve(),
    ]

    unknown = {
        f"{type(thing).__name__}.{name}"
        for thing in found
        if isinstance(thing, stripe.StripeObject)
        for name in thing.to_dict()
        if name not in type(thing).__annotations__
    }

    assert unknown == set()
