"""Owns payouts: money that leaves the provider for the association's bank account.

An automatic payout carries exact balance lines, and they can be listed; one made by hand is just a sum, as at Stripe.
"""

from deploy.provider.agenda import DAY_SECONDS, drop, plan
from deploy.provider.currencies import check_amount, check_currency
from deploy.provider.endpoints import CREATED, endpoint, list_endpoint, require, retrieve_endpoint
from deploy.provider.errors import Refusal
from deploy.provider.objects import balance
from deploy.provider.objects.events import tell
from deploy.provider.parameters import Integer, Metadata, Text, merge_metadata
from deploy.provider.store import Body, id_for
from deploy.provider.work import Work

PAYOUT_ARRIVES = "payout_arrives"
_TRAVEL_DAYS = 2

retrieve_endpoint("/v1/payouts/<object_id>", "payout")
list_endpoint("/v1/payouts", "payout", status=Text(), created=CREATED)


@endpoint(
    "POST",
    "/v1/payouts",
    amount=Integer(required=True, minimum=1),
    currency=Text(required=True),
    description=Text(),
    metadata=Metadata(),
    statement_descriptor=Text(length_max=22),
)
def create_payout(work: Work, values: Body) -> Body:
    currency = check_currency(values["currency"])
    check_amount(values["amount"], currency)
    if values["amount"] > balance.available_minor(work, currency):
        raise Refusal(
            "The available balance is too small for this payout.", code="balance_insufficient", param="amount"
        )
    return send(work, values["amount"], currency=currency, is_automatic=False, values=values)


def send_everything(work: Work, currency: str, *, leave_minor: int = 0) -> Body | None:
    """The day's automatic payout: every usable line goes to the bank, less what is to be left behind."""
    amount = balance.available_minor(work, currency) - leave_minor
    if amount <= 0:
        return None
    payout = send(work, amount, currency=currency, is_automatic=leave_minor == 0, values={})
    if payout["automatic"]:
        balance.carry(work, payout)
    return payout


def send(work: Work, amount: int, *, currency: str, is_automatic: bool, values: Body) -> Body:
    """The sum leaves the balance now and reaches the bank in two days."""
    payout: Body = {
        "id": id_for("payout"),
        "object": "payout",
        "amount": amount,
        "arrival_date": (work.now // DAY_SECONDS + _TRAVEL_DAYS) * DAY_SECONDS,
        "automatic": is_automatic,
        "balance_transaction": None,
        "created": work.now,
        "currency": currency,
        "description": values.get("description"),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merge_metadata({}, values.get("metadata")),
        "method": "standard",
        "reconciliation_status": "completed" if is_automatic else "not_applicable",
        "source_type": "card",
        "statement_descriptor": values.get("statement_descriptor"),
        "status": "in_transit",
        "type": "bank_account",
    }
    line = balance.post(work, "payout", amount=-amount, currency=currency, source=payout["id"])
    payout["balance_transaction"] = line["id"]
    work.records.add(payout)
    plan(work, PAYOUT_ARRIVES, payout["id"], due_at=payout["arrival_date"])
    tell(work, "payout.created", payout)
    return payout


@endpoint("POST", "/v1/payouts/<object_id>/cancel")
def cancel_payout(work: Work, _values: Body, *, object_id: str) -> Body:
    """Called back before the bank has it."""
    payout = require(work, "payout", object_id)
    if payout["status"] != "in_transit":
        raise Refusal(f"A payout with the status {payout['status']} cannot be canceled.", param="id")
    return _come_back(work, payout, status="canceled", kind="payout_cancel")


def fail(work: Work, payout: Body) -> Body:
    """The bank does not take it, or sends it back after it had."""
    if payout["status"] not in {"in_transit", "paid"}:
        raise Refusal(f"A payout with the status {payout['status']} cannot fail.", param="status")
    payout |= {"failure_code": "account_closed", "failure_message": "The bank account has been closed."}
    return _come_back(work, payout, status="failed", kind="payout_failure")


def _come_back(work: Work, payout: Body, *, status: str, kind: str) -> Body:
    drop(work, payout["id"])
    line = balance.post(work, kind, amount=payout["amount"], currency=payout["currency"], source=payout["id"])
    payout |= {"failure_balance_transaction": line["id"], "status": status}
    work.records.put(payout)
    tell(work, f"payout.{status}", payout)
    return payout


def arrive(work: Work, payout: Body) -> None:
    """The bank has it."""
    payout["status"] = "paid"
    work.records.put(payout)
    tell(work, "payout.paid", payout)
