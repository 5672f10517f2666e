"""Disputes of card payments as tests open, decide and look at them."""

from typing import Any

from services.payments.provider.domain.shown import Dispute, DisputeState
from services.payments.refunds.commands.outcomes import (
    keep_disputes,
)
from services.payments.refunds.domain.refunds import RefundState
from services.payments.refunds.store import DISPUTES, REFUNDS
from shared.contracts.payments import RefundFailed, RefundRunCompleted, RefundSettled
from shared.principals import Role
from tests.integration.payments_house import KEPT_MINOR, House
from tests.integration.provider_fixtures import CANCELLED
from tests.town import signed_in

REFUNDED_MINOR, PAID_MINOR, CARD_FEE_MINOR, DISPUTE_FEE_MINOR = 50000, 57500, 1698, 1500


def end(payments: House, order: str) -> str:
    payments.cancel(order, fee_minor=KEPT_MINOR)
    payments.fix(order)
    return order


def dispute(payments: House, order: str, **more: Any) -> str:
    (payment,) = payments.payments_of(order)
    return str(payments.provider.told("POST", "/disputes", {"charge": payment.reference, **more})["id"])


def decide(payments: House, disputed: str, status: str) -> None:
    payments.provider.told("POST", f"/disputes/{disputed}", {"status": status})


def send(payments: House) -> None:
    """The refund is sent and refused, and the dispute looked at."""
    payments.run_again("refunds")
    payments.run_again("refunds")


def page(payments: House, path: str) -> str:
    signed_in(payments.client, payments.parts.settings, Role.FINANCE)
    response = payments.client.get(f"/payments/desk{path}")
    assert response.status_code == 200
    return " ".join(response.text.split()).replace("\u2019", "'")


def record(payments: House, refund: str, *, paid_on: str = "2020-04-09") -> Any:
    seen = payments.get(f"/payments/refunds/{refund}")["payee_version"]
    body = {"rail": "cheque", "reference": "C-31", "paid_on": paid_on, "payee_version": seen}
    return payments.post(f"/payments/refunds/{refund}/record", body)


def assert_paid_by_bank(payments: House, order: str, disputed: str) -> None:
    """The refund is closed without a cent leaving, what the bank took beyond it is a loss, and the run is settled."""
    refund = payments.refund_of(order)
    assert (refund.state, refund.rail, refund.reference) == (RefundState.SETTLED, "dispute", disputed)
    assert payments.provider_refunds(order) == []
    assert [(each.rail, each.amount_minor) for each in payments.said(RefundSettled)] == [("dispute", REFUNDED_MINOR)]
    assert payments.said(RefundFailed) == []
    assert no_job_is_left(payments)
    assert payments.balances() == {
        "1020": PAID_MINOR - CARD_FEE_MINOR,
        "1150": -PAID_MINOR,
        "4020": -KEPT_MINOR,
        "5020": CARD_FEE_MINOR,
        "5040": PAID_MINOR - REFUNDED_MINOR,
    }
    assert disputed_minor(payments, order) == 0
    payments.look_at_runs()
    assert [each.refunded_minor for each in payments.said(RefundRunCompleted)] == [REFUNDED_MINOR]


def assert_sent_once(payments: House, order: str) -> None:
    assert [each.amount for each in payments.provider_refunds(order)] == [REFUNDED_MINOR]
    assert [(each.rail, each.amount_minor) for each in payments.said(RefundSettled)] == [("card", REFUNDED_MINOR)]
    assert disputed_minor(payments, order) == 0
    assert payments.balances().get("2020", 0) == 0
    payments.look_at_runs()
    assert len(payments.said(RefundRunCompleted)) == 1


def disputed_minor(payments: House, order: str) -> int:
    """What is on account 1150 of this order's disputes: what the provider took and gave back, and what became of it."""
    payments.sweep.sweep_balance()
    (payment,) = payments.payments_of(order)
    found = payments.provider.client.v1.disputes.list({"payment_intent": payment.provider_payment or ""}).data
    sources = [f"bt:{line.id}" for each in found for line in each.balance_transactions]
    booked = payments.database.mongo["ledger"].find({"$or": [{"_id": {"$in": sources}}, {"order": order}]})
    return sum(line["amount_minor"] for each in booked for line in each["lines"] if line["account"] == "1150")


def known_disputes(payments: House, order: str) -> list[Dispute]:
    (payment,) = payments.payments_of(order)
    found = payments.database.mongo[DISPUTES.name].find({"payment_intent": payment.provider_payment})
    return [DISPUTES.state(each) for each in found]


def no_job_is_left(payments: House) -> bool:
    return payments.database.mongo[REFUNDS.name].count_documents({"job": {"$exists": True}}) == 0


def told(id_: str, state: DisputeState, *, payment_intent: str) -> Dispute:
    return Dispute(
        id=id_,
        payment_intent=payment_intent,
        amount_minor=PAID_MINOR,
        currency="USD",
        state=state,
        opened_on=CANCELLED.date(),
    )


def keep(payments: House, dispute: Dispute) -> None:
    payments.database.transact(lambda unit: keep_disputes(unit, [dispute]))
