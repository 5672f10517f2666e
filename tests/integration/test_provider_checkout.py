"""The hosted payment page: pay, be declined, walk away, come too late, press twice."""

from datetime import timedelta
from typing import Any

import pytest
import requests
import stripe

from tests.integration.provider_fixtures import CANCELLED, RunningProvider

SUCCESS, BACK = "https://example.org/paid?visit={CHECKOUT_SESSION_ID}", "https://example.org/back"


def _session(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    price = {"currency": "usd", "unit_amount": 57_500, "product_data": {"name": "Registration <b>74th</b>"}}
    asked: Any = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": SUCCESS,
        "cancel_url": BACK,
        "customer_email": "ada@example.org",
        "payment_intent_data": {"metadata": {"order": "o1"}},
        **more,
    }
    return client.v1.checkout.sessions.create(asked)


def _press(session: stripe.checkout.Session, method: str) -> requests.Response:
    assert session.url is not None
    return requests.post(session.url, data={"method": method}, allow_redirects=False, timeout=20)


def test_the_page_says_what_is_paid_and_that_it_is_a_test(provider: RunningProvider) -> None:
    session = _session(provider.client)
    assert session.url is not None

    page = requests.get(session.url, timeout=20).text

    for words in ("575.00 USD", "Test card provider", "Test card that works", "Test card that is declined"):
        assert words in page
    assert "Registration &lt;b&gt;74th" in page
    assert "<input" not in page
    assert "<script" not in page


def test_a_visitor_pays_and_is_sent_back(provider: RunningProvider) -> None:
    client, session = provider.client, _session(provider.client)

    answer = _press(session, "works")

    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    intent, details = paid.payment_intent, paid.customer_details
    assert isinstance(intent, stripe.PaymentIntent)
    assert details is not None
    assert intent.metadata is not None
    assert (answer.status_code, answer.headers["Location"]) == (303, SUCCESS.format(CHECKOUT_SESSION_ID=session.id))
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (intent.status, intent.metadata.to_dict(), details.email) == (
        "succeeded",
        {"order": "o1"},
        "ada@example.org",
    )
    types = [event.type for event in client.v1.events.list({"limit": 4}).data]
    assert types == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]


def test_a_declined_visitor_can_try_again_on_the_same_payment(provider: RunningProvider) -> None:
    client, session = provider.client, _session(provider.client)

    declined = _press(session, "declined")
    between = client.v1.checkout.sessions.retrieve(session.id)
    _press(session, "works")

    charges = client.v1.charges.list({"payment_intent": str(between.payment_intent)}).data
    assert (declined.status_code, between.status, between.payment_status) == (402, "open", "unpaid")
    assert "Your card was not charged" in declined.text
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


def test_pressing_twice_pays_once(provider: RunningProvider) -> None:
    client, session = provider.client, _session(provider.client)

    _press(session, "works")
    again = _press(session, "works")

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert "was paid, once" in again.text
    assert len(client.v1.charges.list({"payment_intent": str(paid.payment_intent)}).data) == 1


def test_walking_away_charges_nothing(provider: RunningProvider) -> None:
    client, session = provider.client, _session(provider.client)

    answer = _press(session, "leave")

    after = client.v1.checkout.sessions.retrieve(session.id)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    assert (after.status, after.payment_intent) == ("open", None)


def test_an_unknown_button_or_page_charges_nothing(provider: RunningProvider) -> None:
    session = _session(provider.client)

    pressed = _press(session, "free")
    nowhere = requests.get(f"{provider.address}/pay/cs_test_nothing", timeout=20)

    assert (pressed.status_code, nowhere.status_code) == (400, 404)
    assert "Nothing was charged" in pressed.text
    assert "Nothing was charged" in nowhere.text


def test_a_script_pays_like_a_visitor(provider: RunningProvider) -> None:
    session = _session(provider.client)

    paid = provider.told("POST", f"/checkout/{session.id}/pay", {"method": "refund_fails_later"})

    intent = provider.client.v1.payment_intents.retrieve(paid["payment_intent"])
    assert (paid["payment_status"], intent.payment_method) == ("paid", "pm_card_refundFail")


@pytest.mark.parametrize(
    ("method", "payment_status", "event"),
    [
        ("bank_pays_later", "paid", "checkout.session.async_payment_succeeded"),
        ("bank_fails_later", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_bank_account_answers_four_days_after_the_visit(
    own_provider: RunningProvider, method: str, payment_status: str, event: str
) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client, session = own_provider.client, _session(own_provider.client)

    _press(session, method)
    agreed = client.v1.checkout.sessions.retrieve(session.id)
    intent = client.v1.payment_intents.retrieve(str(agreed.payment_intent))
    assert session.url is not None
    page = requests.get(session.url, timeout=20).text
    own_provider.move_clock(CANCELLED + timedelta(days=4))

    after = client.v1.checkout.sessions.retrieve(session.id)
    told = [each.type for each in client.v1.events.list({"limit": 50}).data if each.type.startswith("checkout.")]
    assert (agreed.status, agreed.payment_status, intent.status) == ("complete", "unpaid", "processing")
    assert "Your bank has been asked to pay" in page
    assert (after.status, after.payment_status) == ("complete", payment_status)
    assert told == [event, "checkout.session.completed"]


def test_a_page_offers_only_what_it_was_made_for(provider: RunningProvider) -> None:
    session = _session(provider.client, allowed_payment_method_types=["card"])
    assert session.url is not None

    page = requests.get(session.url, timeout=20).text
    pressed = _press(session, "bank_pays_later")

    assert "bank account" not in page
    assert (pressed.status_code, provider.client.v1.checkout.sessions.retrieve(session.id).status) == (400, "open")


def test_a_charge_has_its_balance_line_and_its_fee_a_while_after_it_was_made(own_provider: RunningProvider) -> None:
    own_provider.environment["PROVIDER_CAPTURE_SECONDS"] = "60"
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client, session = own_provider.client, _session(own_provider.client)

    _press(session, "works")
    (charge,) = client.v1.charges.list({}).data
    before = client.v1.balance_transactions.list({}).data
    own_provider.move_clock(CANCELLED + timedelta(minutes=2))

    updated = client.v1.events.list({"type": "charge.updated"}).data[0].data
    (line,) = client.v1.balance_transactions.list({}).data
    assert (charge.status, charge.balance_transaction, before) == ("succeeded", None, [])
    assert (updated.object["balance_transaction"], line.source, line.fee) == (line.id, charge.id, 1698)


def test_a_session_expires_by_the_business_clock(own_provider: RunningProvider) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    client = own_provider.client
    expires_at = int((CANCELLED + timedelta(hours=1)).timestamp())
    session = _session(client, expires_at=expires_at)

    own_provider.move_clock(CANCELLED + timedelta(days=1))
    pressed = _press(session, "works")

    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert "has expired" in pressed.text
    event = client.v1.events.list({"type": "checkout.session.expired"}).data[0]
    assert (event.data.object["id"], event.created) == (session.id, expires_at)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"mode": "subscription"}, "mode"),
        ({"expires_at": 1}, "expires_at"),
        ({"line_items": [{"price": "price_1"}]}, "line_items[0][price]"),
        ({"customer": "cus_nobody", "customer_email": ""}, "customer_email"),
    ],
)
def test_a_session_that_is_asked_wrongly_is_refused(provider: RunningProvider, more: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _session(provider.client, **more)

    assert (refused.value.http_status, refused.value.param) == (400, param)


def test_the_overview_shows_the_balance_and_tops_it_up(provider: RunningProvider) -> None:
    before = provider.told("GET", "/summary")["balance"].get("chf", {}).get("available_minor", 0)

    topped = requests.post(f"{provider.address}/top-up", data={"amount": "12345", "currency": "CHF"}, timeout=20)
    refused = requests.post(f"{provider.address}/top-up", data={"amount": "x", "currency": "CHF"}, timeout=20)

    assert before == 0
    assert "123.45 CHF" in topped.text
    assert refused.status_code == 400
    assert "The balance was not topped up." in refused.text
