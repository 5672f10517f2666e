"""Owns refunds: money going back to the card it came from, and every way that can stop on the road.

A refund takes the available balance. When that is short it waits, first come, first served, and goes on by itself.
`succeeded` is not the end: the card's bank may send the money back days later.
"""

import json
from typing import Any

from deploy.provider.agenda import DAY_SECONDS, drop, plan
from deploy.provider.currencies import check_amount, in_words
from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, require, retrieve_endpoint
from deploy.provider.errors import MISSING_PARAMETER, Refusal
from deploy.provider.objects import balance, disputes
from deploy.provider.objects.events import tell
from deploy.provider.objects.refund_plans import FAILS, NEEDS_PERSON, WAITS_FOR_BANK, outcome_of_card, take_outcome
from deploy.provider.parameters import Choice, Integer, Metadata, Text, merge_metadata
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

REFUND_FAILS, REFUND_SUCCEEDS = "refund_fails", "refund_succeeds"
FAILURE_REASONS = (
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
)
_SHORT = "insufficient_funds"
_REASONS = ("duplicate", "fraudulent", "requested_by_customer")

retrieve_endpoint("/v1/refunds/<object_id>", "refund")
list_endpoint("/v1/refunds", "refund", charge=Text(), payment_intent=Text(), created=CREATED)


@endpoint(
    "POST",
    "/v1/refunds",
    amount=Integer(minimum=1),
    charge=Text(),
    currency=Text(),
    instructions_email=Text(length_max=512),
    metadata=Metadata(),
    payment_intent=Text(),
    reason=Choice(_REASONS),
)
def create_refund(work: Work, values: Body) -> Body:
    charge = _charge_to_refund(work, values)
    refund = _refund(work, charge, amount=_amount_to_refund(charge, values), values=values)
    if take_outcome(work, refund, statuses={NEEDS_PERSON}):
        refund |= {"status": "requires_action", "next_action": _ask_payee(values), "pending_reason": None}
    elif _is_short(work, refund):
        refund |= {"status": "pending", "pending_reason": _SHORT}
    else:
        _send(work, refund, charge=charge)
    work.records.add(refund)
    _count_on_charge(work, charge, change_minor=refund["amount"])
    tell(work, "refund.created", refund)
    tell(work, "charge.refunded", charge)
    return refund


@endpoint("POST", "/v1/refunds/<object_id>", metadata=Metadata())
def update_refund(work: Work, values: Body, *, object_id: str) -> Body:
    refund = require(work, "refund", object_id)
    if "metadata" in values:
        previous = {"metadata": refund["metadata"]}
        refund["metadata"] = merge_metadata(refund["metadata"], values["metadata"])
        _changed(work, refund, previous=previous)
    return refund


@endpoint("POST", "/v1/refunds/<object_id>/cancel")
def cancel_refund(work: Work, _values: Body, *, object_id: str) -> Body:
    """Only a refund that still waits for the payee can be called back."""
    refund = require(work, "refund", object_id)
    if refund["status"] != "requires_action":
        raise Refusal(f"A refund with the status {refund['status']} cannot be canceled.", param="id")
    _count_on_charge(work, require(work, "charge", refund["charge"]), change_minor=-refund["amount"])
    return _become(work, refund, status="canceled", next_action=None)


def fail(work: Work, refund: Body, *, reason: str = "expired_or_canceled_card") -> Body:
    """The card's bank sent the money back, or the payee never answered: it is on the balance again."""
    if refund["status"] not in {"succeeded", "pending", "requires_action"}:
        raise Refusal(f"A refund with the status {refund['status']} cannot fail.", param="status")
    drop(work, refund["id"])
    more: dict[str, Any] = {"failure_reason": reason, "next_action": None, "pending_reason": None}
    if refund["balance_transaction"]:
        line = balance.post(
            work, "refund_failure", amount=refund["amount"], currency=refund["currency"], source=refund["id"]
        )
        more["failure_balance_transaction"] = line["id"]
    _count_on_charge(work, require(work, "charge", refund["charge"]), change_minor=-refund["amount"])
    refund = _become(work, refund, status="failed", **more)
    tell(work, "refund.failed", refund)
    return refund


def succeed(work: Work, refund: Body) -> Body:
    """The card's bank has it, or the payee said where it should go."""
    if refund["status"] not in {"pending", "requires_action"} or refund["pending_reason"] == _SHORT:
        raise Refusal(f"A refund with the status {refund['status']} cannot succeed now.", param="status")
    drop(work, refund["id"])
    if refund["balance_transaction"] is None:
        refund["balance_transaction"] = _take_from_balance(work, refund)
    return _become(work, refund, status="succeeded", next_action=None, pending_reason=None)


def send_waiting(work: Work, currency: str) -> None:
    """Money has come in: the refunds that waited for it go out in the order they were made."""
    while (refund := _first_waiting(work, currency)) is not None:
        if balance.available_minor(work, currency) < refund["amount"]:
            return
        _send(work, refund, charge=require(work, "charge", refund["charge"]))
        _changed(work, refund, previous={"pending_reason": _SHORT, "status": "pending"})


def _charge_to_refund(work: Work, values: Body) -> Body:
    if ("charge" in values) == ("payment_intent" in values):
        raise Refusal("Give either payment_intent or charge.", code=MISSING_PARAMETER, param="payment_intent")
    if "charge" in values:
        charge = require(work, "charge", values["charge"], param="charge")
    else:
        intent = require(work, "payment_intent", values["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            message = f"The payment intent {intent['id']} has no successful charge to refund."
            raise Refusal(message, code="payment_intent_unexpected_state", param="payment_intent")
        charge = require(work, "charge", intent["latest_charge"], param="payment_intent")
    if not charge["paid"]:
        raise Refusal(f"The charge {charge['id']} brought no money, so there is none to refund.", param="charge")
    if disputes.blocks_refund(work, charge):
        message = f"The charge {charge['id']} is disputed: its money is with the cardholder's bank."
        raise Refusal(message, code="charge_disputed", param="charge")
    return charge


def _amount_to_refund(charge: Body, values: Body) -> int:
    """What was asked for, or all that is left; never more than is left."""
    left, currency = charge["amount"] - charge["amount_refunded"], charge["currency"]
    if left == 0:
        raise Refusal(f"The charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if str(values.get("currency", currency)).lower() != currency:
        raise Refusal(f"The charge is in {currency.upper()}; it is refunded in nothing else.", param="currency")
    amount = check_amount(values.get("amount", left), currency)
    if amount > left:
        message = (
            f"The refund ({in_words(amount, currency)}) is greater than the amount of the charge "
            f"that has not been refunded ({in_words(left, currency)})."
        )
        raise Refusal(message, param="amount")
    return amount


def _refund(work: Work, charge: Body, *, amount: int, values: Body) -> Body:
    return {
        "id": id_for("refund"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": work.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "failure_balance_transaction": None,
        "failure_reason": None,
        "metadata": merge_metadata({}, values.get("metadata")),
        "next_action": None,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": None,
        "reason": values.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _ask_payee(values: Body) -> Body:
    return {
        "display_details": {"email_sent": {"email_sent_to": values.get("instructions_email")}},
        "type": "display_details",
    }


def _is_short(work: Work, refund: Body) -> bool:
    """The money is not there, or others are waiting for it already."""
    currency = refund["currency"]
    return balance.available_minor(work, currency) < refund["amount"] or _first_waiting(work, currency) is not None


def _first_waiting(work: Work, currency: str) -> Body | None:
    text = work.records.value(
        "SELECT body FROM refund WHERE pending_reason = ? AND currency = ? ORDER BY sequence LIMIT 1",
        (_SHORT, currency),
    )
    return json.loads(text) if text else None


def _send(work: Work, refund: Body, *, charge: Body) -> None:
    """The money leaves the balance; what the card's bank does with it shows now or days later."""
    outcome = take_outcome(work, refund, statuses={FAILS, WAITS_FOR_BANK}) or outcome_of_card(charge["payment_method"])
    refund |= {"balance_transaction": _take_from_balance(work, refund), "pending_reason": None, "status": "succeeded"}
    if outcome is None:
        return
    due_at = work.now + outcome.days * DAY_SECONDS
    if outcome.status == FAILS:
        plan(work, REFUND_FAILS, refund["id"], due_at=due_at)
    else:
        refund |= {"pending_reason": "processing", "status": "pending"}
        plan(work, REFUND_SUCCEEDS, refund["id"], due_at=due_at)


def _take_from_balance(work: Work, refund: Body) -> str:
    line = balance.post(work, "refund", amount=-refund["amount"], currency=refund["currency"], source=refund["id"])
    return str(line["id"])


def _count_on_charge(work: Work, charge: Body, *, change_minor: int) -> None:
    charge["amount_refunded"] += change_minor
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    work.records.put(charge)


def _become(work: Work, refund: Body, **changes: Any) -> Body:
    previous = {name: refund[name] for name in changes}
    refund |= changes
    _changed(work, refund, previous=previous)
    return refund


def _changed(work: Work, refund: Body, *, previous: Body) -> None:
    work.records.put(refund)
    tell(work, "refund.updated", refund, previous=previous)
    tell(work, "charge.refund.updated", refund, previous=previous)
