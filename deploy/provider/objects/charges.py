"""Owns charges: each attempt to collect a payment from a card or a bank account, and the money it brought.

The balance line of a charge comes a moment after the charge, as at Stripe: `charge.updated` tells of it. An intent with
the capture method `automatic` has it at once.
"""

from deploy.provider.agenda import plan
from deploy.provider.endpoints import CREATED, list_endpoint, retrieve_endpoint
from deploy.provider.objects import balance
from deploy.provider.objects.cards import BEHAVIOURS, CARD, CardBehaviour
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Text
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

CAPTURED = "charge_captured"

retrieve_endpoint("/v1/charges/<object_id>", "charge")
list_endpoint("/v1/charges", "charge", payment_intent=Text(), customer=Text(), created=CREATED)


def collect(work: Work, intent: Body, *, card: CardBehaviour) -> Body:
    """Charge the card for the whole intent: it succeeds and money comes in, or it is declined and none does. A bank
    account is asked, and answers later."""
    charge = _charge(work, intent, card=card)
    is_captured_at_once = intent["capture_method"] == "automatic" or not work.settings.capture_seconds
    if charge["paid"] and is_captured_at_once:
        _take_in(work, charge, card=card)
    work.records.add(charge)
    if charge["paid"] and not is_captured_at_once:
        plan(work, CAPTURED, charge["id"], due_at=work.now + work.settings.capture_seconds)
    tell(work, f"charge.{charge['status']}", charge)
    return charge


def capture(work: Work, charge: Body) -> None:
    """The money is on the balance, a while after the charge has succeeded."""
    _take_in(work, charge, card=BEHAVIOURS[charge["payment_method"]])
    work.records.put(charge)
    tell(work, "charge.updated", charge, previous={"balance_transaction": None})


def decide(work: Work, charge: Body, *, failure_code: str | None) -> Body:
    """The bank has paid what it was asked for, or has not."""
    if failure_code is None:
        charge |= {"amount_captured": charge["amount"], "captured": True, "paid": True, "status": "succeeded"}
        _take_in(work, charge, card=BEHAVIOURS[charge["payment_method"]])
    else:
        message = "The bank account did not pay."
        charge |= {"failure_code": failure_code, "failure_message": message, "status": "failed"}
    work.records.put(charge)
    tell(work, f"charge.{charge['status']}", charge)
    return charge


def _take_in(work: Work, charge: Body, *, card: CardBehaviour) -> None:
    line = balance.post(
        work,
        "charge" if card.type == CARD else "payment",
        amount=charge["amount"],
        fee=balance.card_fee(charge["amount"]),
        currency=charge["currency"],
        source=charge["id"],
        available_on=_usable_on(work, card),
        description=charge["description"],
    )
    charge["balance_transaction"] = line["id"]


def _usable_on(work: Work, card: CardBehaviour) -> int:
    delay_days = 0 if card.is_usable_at_once else work.settings.funds_delay_days
    return balance.usable_on(work.now, delay_days=delay_days)


def _charge(work: Work, intent: Body, *, card: CardBehaviour) -> Body:
    is_declined, amount = card.decline_code is not None, intent["amount"]
    is_paid = not is_declined and not card.is_delayed
    details = {"brand": card.brand, "funding": "credit", "last4": None} if card.type == CARD else {"last4": None}
    return {
        "id": id_for("charge"),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if is_paid else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": intent["receipt_email"], "name": None, "phone": None},
        "captured": is_paid,
        "created": work.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": "card_declined" if is_declined else None,
        "failure_message": "The test bank declined this card." if is_declined else None,
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": _outcome(card),
        "paid": is_paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {card.type: details, "type": card.type},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": "failed" if is_declined else "pending" if card.is_delayed else "succeeded",
    }


def _outcome(card: CardBehaviour) -> Body:
    return {
        "network_status": "declined_by_network" if card.decline_code else "approved_by_network",
        "reason": card.decline_code,
        "risk_level": "normal",
        "seller_message": "Payment declined." if card.decline_code else "Payment complete.",
        "type": "issuer_declined" if card.decline_code else "authorized",
    }
