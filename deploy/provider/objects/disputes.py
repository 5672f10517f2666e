"""Owns disputes: a cardholder's bank takes a payment back, and the money is gone until the dispute is won."""

import json
from typing import Literal

from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, require, retrieve_endpoint
from deploy.provider.errors import Refusal
from deploy.provider.objects import balance
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Text
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

REASONS = ("fraudulent", "duplicate", "product_not_received", "product_unacceptable", "credit_not_processed", "general")
_FEE_MINOR = 1500

retrieve_endpoint("/v1/disputes/<object_id>", "dispute")
list_endpoint("/v1/disputes", "dispute", charge=Text(), payment_intent=Text(), created=CREATED)


@endpoint("POST", "/v1/disputes/<object_id>/close")
def accept_dispute(work: Work, _values: Body, *, object_id: str) -> Body:
    """The merchant gives in: the money stays with the cardholder."""
    return close(work, require(work, "dispute", object_id), status="lost")


def open_dispute(work: Work, charge: Body, *, reason: str, amount: int | None = None) -> Body:
    """The disputed amount (all that was not refunded, if none is given) and the fee leave the balance at once."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"] or not charge["paid"] or not left:
        message = f"Charge {charge['id']} cannot be disputed: it was before, or there is no money of it left here."
        raise Refusal(message, param="charge")
    disputed = left if amount is None else amount
    if disputed > left:
        raise Refusal(f"Only {left} of the charge {charge['id']} is left to be disputed.", param="amount")
    dispute = {
        "id": id_for("dispute"),
        "object": "dispute",
        "amount": disputed,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": work.now,
        "currency": charge["currency"],
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    _post(work, dispute, amount=-disputed, fee=_FEE_MINOR)
    work.records.add(dispute)
    work.records.put(charge | {"disputed": True})
    tell(work, "charge.dispute.created", dispute)
    tell(work, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(work: Work, dispute: Body, *, status: Literal["won", "lost"]) -> Body:
    """The banks have decided; only a dispute that was won brings the money back."""
    if dispute["status"] in {"won", "lost"}:
        raise Refusal("This dispute is already closed.", code="dispute_already_closed")
    dispute["status"] = status
    if status == "won":
        _post(work, dispute, amount=dispute["amount"], fee=0)
    work.records.put(dispute)
    tell(work, "charge.dispute.closed", dispute)
    if status == "won":
        tell(work, "charge.dispute.funds_reinstated", dispute)
    return dispute


def overturn(work: Work, dispute: Body, *, status: Literal["won", "lost"]) -> Body:
    """A bank takes its decision back; the money goes the other way."""
    if dispute["status"] not in {"won", "lost"} or dispute["status"] == status:
        raise Refusal("Only a decision can be taken back, and only for the other one.", code="dispute_not_decided")
    dispute["status"] = status
    _post(work, dispute, amount=dispute["amount"] if status == "won" else -dispute["amount"], fee=0)
    work.records.put(dispute)
    tell(work, "charge.dispute.updated", dispute)
    tell(work, "charge.dispute.funds_reinstated" if status == "won" else "charge.dispute.funds_withdrawn", dispute)
    return dispute


def blocks_refund(work: Work, charge: Body) -> bool:
    """While a dispute is open, and after it is lost, the cardholder has the money already."""
    if not charge["disputed"]:
        return False
    rows = work.records.execute("SELECT body FROM dispute WHERE charge = ?", (charge["id"],))
    return any(json.loads(row[0])["status"] != "won" for row in rows)


def _post(work: Work, dispute: Body, *, amount: int, fee: int) -> None:
    line = balance.post(
        work, "adjustment", amount=amount, fee=fee, currency=dispute["currency"], source=dispute["id"],
        description=f"Dispute of {dispute['charge']}",
    )  # fmt: skip
    dispute["balance_transactions"].append(line)
