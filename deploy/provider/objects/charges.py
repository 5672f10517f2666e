"""Owns charges: each attempt to collect a payment from a card, and the money it brought."""

from deploy.provider.endpoints import CREATED, list_endpoint, retrieve_endpoint
from deploy.provider.objects import balance
from deploy.provider.objects.cards import CardBehaviour
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Text
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

retrieve_endpoint("/v1/charges/<object_id>", "charge")
list_endpoint("/v1/charges", "charge", payment_intent=Text(), customer=Text(), created=CREATED)


def collect(work: Work, intent: Body, *, card: CardBehaviour) -> Body:
    """Charge the card for the whole intent: it succeeds and money comes in, or it is declined and none does."""
    charge = _charge(work, intent, card=card)
    if not card.decline_code:
        line = balance.post(
            work,
            "charge",
            amount=charge["amount"],
            fee=balance.card_fee(charge["amount"]),
            currency=charge["currency"],
            source=charge["id"],
            available_on=_usable_on(work, card),
            description=charge["description"],
        )
        charge["balance_transaction"] = line["id"]
    work.records.add(charge)
    tell(work, "charge.failed" if card.decline_code else "charge.succeeded", charge)
    return charge


def _usable_on(work: Work, card: CardBehaviour) -> int:
    delay_days = 0 if card.is_usable_at_once else work.settings.funds_delay_days
    return balance.usable_on(work.now, delay_days=delay_days)


def _charge(work: Work, intent: Body, *, card: CardBehaviour) -> Body:
    is_declined = card.decline_code is not None
    amount = intent["amount"]
    return {
        "id": id_for("charge"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if is_declined else amount,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": intent["receipt_email"], "name": None, "phone": None},
        "captured": not is_declined,
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
        "paid": not is_declined,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"card": {"brand": card.brand, "funding": "credit", "last4": None}, "type": "card"},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": "failed" if is_declined else "succeeded",
    }


def _outcome(card: CardBehaviour) -> Body:
    return {
        "network_status": "declined_by_network" if card.decline_code else "approved_by_network",
        "reason": card.decline_code,
        "risk_level": "normal",
        "seller_message": "Payment declined." if card.decline_code else "Payment complete.",
        "type": "issuer_declined" if card.decline_code else "authorized",
    }
