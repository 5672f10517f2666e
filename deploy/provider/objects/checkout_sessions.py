"""Owns Checkout Sessions: one visit to the hosted payment page, from its address to paid, or to nothing."""

import json
from typing import Any
from urllib.parse import urlsplit

from deploy.provider.agenda import drop, plan
from deploy.provider.currencies import check_amount, check_charge, check_currency
from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, require, retrieve_endpoint
from deploy.provider.errors import MISSING_PARAMETER, Refusal
from deploy.provider.expansion import line_items
from deploy.provider.identifiers import new_id
from deploy.provider.objects import payment_intents
from deploy.provider.objects.cards import BANK_ACCOUNT, BEHAVIOURS, CARD, CHECKOUT_CARDS
from deploy.provider.objects.customers import require_customer
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Choice, Fields, Integer, Listed, Metadata, Text, merge_metadata
from deploy.provider.store import Body, id_for, to_json
from deploy.provider.work import Work

SESSION_EXPIRES = "session_expires"
_DASHBOARD_TYPES = (CARD, BANK_ACCOUNT)  # what is offered unless the caller says which
_LIFE_SECONDS_MIN, _LIFE_SECONDS_MAX = 30 * 60, 24 * 60 * 60
_SLACK_SECONDS = 60  # the caller's clock and ours never agree to the second
_URL_LENGTH_MAX = 5000
_LINE_ITEM = Fields(
    {
        "price_data": Fields(
            {
                "currency": Text(required=True),
                "product_data": Fields(
                    {
                        "name": Text(required=True, length_max=250),
                        "description": Text(length_max=500),
                        "metadata": Metadata(),
                    },
                    required=True,
                ),
                "unit_amount": Integer(required=True),
            },
            required=True,
        ),
        "quantity": Integer(minimum=1, maximum=999_999),
    }
)

retrieve_endpoint("/v1/checkout/sessions/<object_id>", "checkout.session")
list_endpoint(
    "/v1/checkout/sessions",
    "checkout.session",
    customer=Text(),
    payment_intent=Text(),
    status=Choice(("open", "complete", "expired")),
    created=CREATED,
)


@endpoint(
    "POST",
    "/v1/checkout/sessions",
    allowed_payment_method_types=Listed(Choice(_DASHBOARD_TYPES)),
    cancel_url=Text(length_max=_URL_LENGTH_MAX),
    client_reference_id=Text(length_max=200),
    customer=Text(),
    customer_email=Text(length_max=800),
    expires_at=Integer(),
    line_items=Listed(_LINE_ITEM, required=True),
    locale=Text(length_max=10),
    metadata=Metadata(),
    mode=Choice(("payment",), required=True),
    payment_intent_data=Fields(
        {
            "capture_method": Choice(("automatic", "automatic_async")),
            "description": Text(length_max=1000),
            "metadata": Metadata(),
            "receipt_email": Text(length_max=512),
        }
    ),
    submit_type=Choice(("auto", "book", "donate", "pay")),
    success_url=Text(required=True, length_max=_URL_LENGTH_MAX),
    ui_mode=Choice(("hosted_page",)),
)
def create_session(work: Work, values: Body) -> Body:
    currency, total = _total(values["line_items"])
    session = _session(work, values, currency=currency, total=total)
    for item in values["line_items"]:
        _add_line_item(work, session, item)
    _keep_payment_to_be(work, session, values)
    work.records.add(session)
    plan(work, SESSION_EXPIRES, session["id"], due_at=session["expires_at"])
    return session


@endpoint("POST", "/v1/checkout/sessions/<object_id>", metadata=Metadata())
def update_session(work: Work, values: Body, *, object_id: str) -> Body:
    session = require(work, "checkout.session", object_id)
    if "metadata" in values:
        session["metadata"] = merge_metadata(session["metadata"], values["metadata"])
        work.records.put(session)
    return session


@endpoint("GET", "/v1/checkout/sessions/<object_id>/line_items")
def list_line_items(work: Work, _values: Body, *, object_id: str) -> Body:
    require(work, "checkout.session", object_id)
    return line_items(work.records, object_id)


@endpoint("POST", "/v1/checkout/sessions/<object_id>/expire")
def expire_session(work: Work, _values: Body, *, object_id: str) -> Body:
    session = require(work, "checkout.session", object_id)
    _require_open(session)
    return expire(work, session)


def expire(work: Work, session: Body) -> Body:
    """Nobody can pay on it any more."""
    drop(work, session["id"])
    session |= {"status": "expired", "url": None}
    work.records.put(session)
    tell(work, "checkout.session.expired", session)
    return session


def pay(work: Work, session: Body, *, method: str) -> Body:
    """The visitor pays with one of the test cards; after a decline the page stays open for another try."""
    _require_open(session)
    if method not in methods(session):
        raise Refusal("This way of paying is not offered here. Nothing was charged.", param="method")
    intent = _intent(work, session)
    intent["payment_method"] = CHECKOUT_CARDS[method]
    intent = payment_intents.confirm(work, intent)
    drop(work, session["id"])
    session |= {
        "customer_details": {"address": None, "email": _email(work, session), "name": None, "phone": None},
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "status": "complete",
        "url": None,
    }
    work.records.put(session)
    tell(work, "checkout.session.completed", session)
    return session


def methods(session: Body) -> list[str]:
    """The buttons of this page: what the caller wants offered."""
    offered = session["payment_method_types"]
    return [method for method, name in CHECKOUT_CARDS.items() if BEHAVIOURS[name].type in offered]


def decide(work: Work, session: Body, *, is_paid: bool) -> Body:
    """The bank account of a visit that is over has paid, or has not."""
    intent = require(work, "payment_intent", session["payment_intent"], param="payment_intent")
    payment_intents.decide(work, intent, failure_code=None if is_paid else "insufficient_funds")
    return _learn(work, session, is_paid=is_paid)


def decide_by_itself(work: Work, intent: Body) -> None:
    """The bank's days are over: the test account pays, or not, as its name says."""
    failure_code = payment_intents.failure_code_of(intent)
    payment_intents.decide(work, intent, failure_code=failure_code)
    text = work.records.value("SELECT body FROM checkout_session WHERE payment_intent = ?", (intent["id"],))
    if text:
        _learn(work, json.loads(text), is_paid=failure_code is None)


def _learn(work: Work, session: Body, *, is_paid: bool) -> Body:
    session["payment_status"] = "paid" if is_paid else "unpaid"
    work.records.put(session)
    tell(work, f"checkout.session.async_payment_{'succeeded' if is_paid else 'failed'}", session)
    return session


def _intent(work: Work, session: Body) -> Body:
    """The payment behind the visit: made on the first try, used again after a decline."""
    if session["payment_intent"]:
        return require(work, "payment_intent", session["payment_intent"])
    text = work.records.value("SELECT intent FROM payment_to_be WHERE session = ?", (session["id"],))
    intent = payment_intents.open_intent(work, json.loads(text))
    session["payment_intent"] = intent["id"]
    work.records.put(session)
    return intent


def _keep_payment_to_be(work: Work, session: Body, values: Body) -> None:
    intent = values.get("payment_intent_data", {}) | {
        "amount": session["amount_total"],
        "currency": session["currency"],
        "customer": session["customer"],
    }
    work.records.execute("INSERT INTO payment_to_be (session, intent) VALUES (?, ?)", (session["id"], to_json(intent)))


def _require_open(session: Body) -> None:
    if session["status"] != "open":
        message = f"This session is {session['status']}: only one that is still open can be paid or expired."
        raise Refusal(message, param="id")


def _total(items: list[Body]) -> tuple[str, int]:
    """The one currency of all the lines, and what they come to."""
    if not items:
        raise Refusal("At least one line item is needed.", code=MISSING_PARAMETER, param="line_items")
    prices = [item["price_data"] for item in items]
    currencies = {check_currency(price["currency"], param="line_items") for price in prices}
    if len(currencies) > 1:
        raise Refusal("All line items must have the same currency.", param="line_items")
    currency = currencies.pop()
    for place, price in enumerate(prices):
        check_amount(price["unit_amount"], currency, param=f"line_items[{place}][price_data][unit_amount]")
    total = sum(_line_total(item) for item in items)
    return currency, check_charge(total, currency, param="line_items")


def _line_total(item: Body) -> int:
    return int(item["price_data"]["unit_amount"] * item.get("quantity", 1))


def _session(work: Work, values: Body, *, currency: str, total: int) -> Body:
    session_id = id_for("checkout.session")
    return {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": _url(values, "cancel_url"),
        "client_reference_id": values.get("client_reference_id"),
        "created": work.now,
        "currency": currency,
        "customer": _customer(work, values),
        "customer_details": None,
        "customer_email": values.get("customer_email"),
        "expires_at": _expires_at(work, values),
        "livemode": False,
        "locale": values.get("locale"),
        "metadata": merge_metadata({}, values.get("metadata")),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": values.get("allowed_payment_method_types", list(_DASHBOARD_TYPES)),
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": values.get("submit_type"),
        "success_url": _url(values, "success_url"),
        "ui_mode": "hosted_page",
        "url": f"{work.settings.address}/pay/{session_id}",
    }


def _customer(work: Work, values: Body) -> str | None:
    if "customer" not in values:
        return None
    if "customer_email" in values:
        raise Refusal("Give customer or customer_email, not both.", param="customer_email")
    return str(require_customer(work, values["customer"])["id"])


def _email(work: Work, session: Body) -> str | None:
    if session["customer"] is None:
        email: str | None = session["customer_email"]
    else:
        email = require(work, "customer", session["customer"]).get("email")
    return email


def _url(values: Body, name: str) -> str | None:
    """An address a browser can be sent to, and nothing cleverer than that."""
    if name not in values:
        return None
    parts = urlsplit(values[name])
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Refusal("Not a valid URL", code="url_invalid", param=name)
    return str(values[name])


def _expires_at(work: Work, values: Body) -> int:
    expires_at: int = values.get("expires_at", work.now + _LIFE_SECONDS_MAX)
    life_seconds = expires_at - work.now
    if not _LIFE_SECONDS_MIN - _SLACK_SECONDS <= life_seconds <= _LIFE_SECONDS_MAX + _SLACK_SECONDS:
        raise Refusal("expires_at must be between 30 minutes and 24 hours from now.", param="expires_at")
    return expires_at


def _add_line_item(work: Work, session: Body, item: Body) -> None:
    price, total = item["price_data"], _line_total(item)
    body: dict[str, Any] = {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": session["currency"],
        "description": price["product_data"]["name"],
        "price": {"object": "price", "currency": session["currency"], "unit_amount": price["unit_amount"]},
        "quantity": item.get("quantity", 1),
    }
    work.records.execute("INSERT INTO line_item (session, body) VALUES (?, ?)", (session["id"], to_json(body)))
