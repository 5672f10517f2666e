"""Owns payment intents: one payment from the wish to the money, over as many attempts as it takes."""

from deploy.provider.agenda import DAY_SECONDS, drop, plan
from deploy.provider.currencies import check_charge, check_currency
from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, require, retrieve_endpoint
from deploy.provider.errors import MISSING_PARAMETER, Refusal
from deploy.provider.identifiers import new_id
from deploy.provider.objects import charges, disputes
from deploy.provider.objects.cards import BEHAVIOURS, require_card
from deploy.provider.objects.customers import require_customer
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Boolean, Choice, Fields, Integer, Listed, Metadata, Table, Text, merge_metadata
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

_CARD_ONLY = Listed(Choice(("card",)))
_WORDS: Table = {"description": Text(length_max=1000), "receipt_email": Text(length_max=512)}
_CANCEL_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
_CONFIRMABLE = {"requires_payment_method", "requires_confirmation"}
BANK_DECIDES = "bank_decides"
_BANK_DAYS = 4

retrieve_endpoint("/v1/payment_intents/<object_id>", "payment_intent")
list_endpoint("/v1/payment_intents", "payment_intent", customer=Text(), created=CREATED)


@endpoint(
    "POST",
    "/v1/payment_intents",
    **_WORDS,
    allowed_payment_method_types=_CARD_ONLY,
    amount=Integer(required=True, minimum=1),
    currency=Text(required=True),
    automatic_payment_methods=Fields(
        {"enabled": Boolean(required=True), "allow_redirects": Choice(("always", "never"))}
    ),
    capture_method=Choice(("automatic", "automatic_async")),
    confirm=Boolean(),
    customer=Text(),
    metadata=Metadata(),
    off_session=Boolean(),
    payment_method=Text(),
    return_url=Text(),
)
def create_payment_intent(work: Work, values: Body) -> Body:
    currency = check_currency(values["currency"])
    check_charge(values["amount"], currency)
    if "customer" in values:
        require_customer(work, values["customer"])
    if "payment_method" in values:
        require_card(values["payment_method"])
    if values.get("confirm") and "payment_method" not in values:
        raise Refusal("Confirming needs a payment_method.", code=MISSING_PARAMETER, param="payment_method")
    intent = open_intent(work, values | {"currency": currency})
    return confirm(work, intent) if values.get("confirm") else intent


@endpoint("POST", "/v1/payment_intents/<object_id>", **_WORDS, metadata=Metadata())
def update_payment_intent(work: Work, values: Body, *, object_id: str) -> Body:
    intent = require(work, "payment_intent", object_id)
    if "metadata" in values:
        values["metadata"] = merge_metadata(intent["metadata"], values["metadata"])
    intent |= values
    work.records.put(intent)
    return intent


@endpoint(
    "POST",
    "/v1/payment_intents/<object_id>/confirm",
    payment_method=Text(),
    off_session=Boolean(),
    receipt_email=Text(length_max=512),
    return_url=Text(),
)
def confirm_payment_intent(work: Work, values: Body, *, object_id: str) -> Body:
    intent = require(work, "payment_intent", object_id)
    _require_status(intent, _CONFIRMABLE, act="confirm")
    if "payment_method" in values:
        require_card(values["payment_method"])
    intent |= {name: values[name] for name in values.keys() & {"payment_method", "receipt_email"}}
    if intent["payment_method"] is None:
        raise Refusal("This intent has no payment method yet.", code=MISSING_PARAMETER, param="payment_method")
    return confirm(work, intent)


@endpoint("POST", "/v1/payment_intents/<object_id>/cancel", cancellation_reason=Choice(_CANCEL_REASONS))
def cancel_payment_intent(work: Work, values: Body, *, object_id: str) -> Body:
    intent = require(work, "payment_intent", object_id)
    _require_status(intent, _CONFIRMABLE, act="cancel")
    intent |= {
        "canceled_at": work.now,
        "cancellation_reason": values.get("cancellation_reason"),
        "status": "canceled",
    }
    work.records.put(intent)
    tell(work, "payment_intent.canceled", intent)
    return intent


def open_intent(work: Work, values: Body) -> Body:
    """A new intent from checked values, waiting for a card or for confirmation."""
    intent_id = id_for("payment_intent")
    method = values.get("payment_method")
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": values["amount"],
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": values.get("capture_method", "automatic_async"),
        "client_secret": new_id(f"{intent_id}_secret_"),
        "confirmation_method": "automatic",
        "created": work.now,
        "currency": values["currency"],
        "customer": values.get("customer"),
        "description": values.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merge_metadata({}, values.get("metadata")),
        "next_action": None,
        "payment_method": method,
        "payment_method_types": ["card"],
        "receipt_email": values.get("receipt_email"),
        "status": "requires_confirmation" if method else "requires_payment_method",
    }
    work.records.add(intent)
    tell(work, "payment_intent.created", intent)
    return intent


def confirm(work: Work, intent: Body) -> Body:
    """Try the card. A decline is an error to the caller, and the failed charge stays on record."""
    card = require_card(intent["payment_method"])
    charge = charges.collect(work, intent, card=card)
    intent["latest_charge"] = charge["id"]
    if card.decline_code:
        raise _declined(work, intent, charge=charge, decline_code=card.decline_code)
    if card.is_delayed:
        intent |= {"last_payment_error": None, "status": "processing"}
        work.records.put(intent)
        plan(work, BANK_DECIDES, intent["id"], due_at=work.now + _BANK_DAYS * DAY_SECONDS)
        tell(work, "payment_intent.processing", intent)
        return intent
    intent |= {"amount_received": intent["amount"], "last_payment_error": None, "status": "succeeded"}
    work.records.put(intent)
    tell(work, "payment_intent.succeeded", intent)
    if card.is_disputed:
        disputes.open_dispute(work, charge, reason="fraudulent")
    return intent


def decide(work: Work, intent: Body, *, failure_code: str | None) -> Body:
    """The bank has answered, days after the visitor was here."""
    _require_status(intent, {"processing"}, act="decide")
    drop(work, intent["id"])
    charge = charges.decide(work, require(work, "charge", intent["latest_charge"]), failure_code=failure_code)
    if failure_code is None:
        intent |= {"amount_received": intent["amount"], "status": "succeeded"}
    else:
        error = {"charge": charge["id"], "code": failure_code, "message": charge["failure_message"]}
        error["type"] = "invalid_request_error"
        intent |= {"last_payment_error": error, "payment_method": None, "status": "requires_payment_method"}
    work.records.put(intent)
    tell(work, "payment_intent.succeeded" if failure_code is None else "payment_intent.payment_failed", intent)
    return intent


def failure_code_of(intent: Body) -> str | None:
    """What the test bank account of this payment fails with in the end; None when it pays."""
    return BEHAVIOURS[intent["payment_method"]].failure_code


def _declined(work: Work, intent: Body, *, charge: Body, decline_code: str) -> Refusal:
    error = {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": decline_code,
        "message": charge["failure_message"],
        "type": "card_error",
    }
    intent |= {"last_payment_error": error, "payment_method": None, "status": "requires_payment_method"}
    work.records.put(intent)
    tell(work, "payment_intent.payment_failed", intent)
    return Refusal(
        charge["failure_message"],
        status=402,
        kind="card_error",
        code="card_declined",
        decline_code=decline_code,
        charge=charge["id"],
        payment_intent=intent,
        keeps_effects=True,
    )


def _require_status(intent: Body, allowed: set[str], *, act: str) -> None:
    if intent["status"] not in allowed:
        raise Refusal(
            f"You cannot {act} this payment intent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
