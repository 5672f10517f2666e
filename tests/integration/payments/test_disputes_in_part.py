"""Claims about disputes beside refunds by card and by cheque: each part of a payment goes back once."""

from datetime import timedelta

import pytest

from services.payments.provider.domain.shown import DisputeState
from services.payments.refunds.domain.refunds import RefundState
from services.payments.refunds.store import REFUNDS
from shared.auth import sign
from shared.contracts.payments import RefundFailed, RefundReversed, RefundRunCompleted, RefundSettled
from tests.integration.payments_disputes import (
    CARD_FEE_MINOR,
    PAID_MINOR,
    REFUNDED_MINOR,
    assert_sent_once,
    decide,
    dispute,
    disputed_minor,
    end,
    keep,
    known_disputes,
    no_job_is_left,
    page,
    record,
    send,
    told,
)
from tests.integration.payments_house import KEPT_MINOR, House
from tests.integration.provider_fixtures import CANCELLED


def test_a_refund_that_the_card_took_before_the_dispute_stays_paid_and_only_the_rest_is_disputed(
    payments: House, order: str
) -> None:
    payments.run_jobs("refunds")
    disputed = dispute(payments, order)
    decide(payments, disputed, "lost")

    payments.hear_provider()

    assert [each.amount_minor for each in known_disputes(payments, order)] == [KEPT_MINOR]
    assert payments.balances()["5040"] == KEPT_MINOR
    assert_sent_once(payments, order)


def test_a_card_refund_that_comes_back_after_a_lost_dispute_is_owed_only_as_far_as_the_bank_has_not_paid(
    payments: House,
) -> None:
    order = end(payments, payments.paid("card", method="refund_fails_later"))
    payments.run_jobs("refunds")
    disputed = dispute(payments, order)
    decide(payments, disputed, "lost")
    payments.hear_provider()
    lost_before = payments.balances()["5040"]

    payments.provider.move_clock(CANCELLED + timedelta(days=4))
    payments.hear_provider()

    found = [REFUNDS.state(each) for each in payments.database.mongo[REFUNDS.name].find({"order": order}).sort("rail")]
    assert [(each.rail, each.state, each.amount_minor) for each in found] == [
        ("cheque", RefundState.AWAITING_PAYEE, REFUNDED_MINOR - KEPT_MINOR),
        ("dispute", RefundState.SETTLED, KEPT_MINOR),
    ]
    (came_back,) = payments.said(RefundReversed)
    assert (came_back.amount_minor, came_back.owed_minor) == (REFUNDED_MINOR, REFUNDED_MINOR - KEPT_MINOR)
    assert lost_before == KEPT_MINOR
    assert payments.balances().get("5040", 0) == 0
    assert payments.balances()["2020"] == -(REFUNDED_MINOR - KEPT_MINOR)
    assert disputed_minor(payments, order) == 0


def test_of_a_payment_that_was_disputed_in_part_the_rest_goes_by_cheque(payments: House, order: str) -> None:
    disputed = dispute(payments, order, amount=30000)
    send(payments)
    decide(payments, disputed, "lost")

    payments.hear_provider()
    payments.hear_provider()

    found = [REFUNDS.state(each) for each in payments.database.mongo[REFUNDS.name].find({"order": order}).sort("rail")]
    assert [(each.rail, each.state, each.amount_minor) for each in found] == [
        ("cheque", RefundState.AWAITING_PAYEE, 20000),
        ("dispute", RefundState.SETTLED, 30000),
    ]
    (failed,) = payments.said(RefundFailed)
    assert (failed.rail, failed.reason, failed.amount_minor) == ("dispute", "dispute_lost", 20000)
    settlement = payments.order(order).settlement
    assert settlement is not None
    assert (settlement.refunded_minor, settlement.payable_minor, settlement.refund_open_count) == (30000, 20000, 1)
    assert payments.balances()["2020"] == -20000
    assert no_job_is_left(payments)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_cheque_for_a_payment_that_is_disputed_afterwards_is_not_recorded_before_the_end(
    payments: House, order: str, status: str
) -> None:
    refund = refused_by_the_card(payments, order)
    disputed = dispute(payments, order)
    payments.hear_provider()
    shown = page(payments, f"/refunds/{refund}")

    blocked = record(payments, refund)
    decide(payments, disputed, status)
    payments.hear_provider()
    allowed = record(payments, refund)

    assert "Please don't pay this refund before that" in shown
    assert (blocked.status_code, allowed.status_code) == (409, 200 if status == "won" else 409)
    assert [each.rail for each in payments.said(RefundSettled)] == ["cheque" if status == "won" else "dispute"]
    assert disputed_minor(payments, order) == 0
    assert payments.balances().get("2020", 0) == 0


def test_a_cheque_that_left_before_the_dispute_is_recorded(payments: House, order: str) -> None:
    refund = refused_by_the_card(payments, order)
    moved = CANCELLED + timedelta(days=2)
    payments.provider.move_clock(moved)
    payments.database.clock.move(moved)
    dispute(payments, order)
    payments.hear_provider()

    assert record(payments, refund, paid_on="2020-04-11").status_code == 409
    assert record(payments, refund, paid_on="2020-04-10").status_code == 200


def test_a_refund_that_the_card_refuses_after_a_lost_dispute_does_not_go_by_cheque(payments: House, order: str) -> None:
    (payment,) = payments.payments_of(order)
    payments.provider.turn(refund_requires_action={"payment_intent": payment.provider_payment, "count": 1})
    payments.run_jobs("refunds")
    (waiting,) = payments.provider_refunds(order)
    keep(payments, told("dp_lost", DisputeState.LOST, payment_intent=payment.provider_payment or ""))
    payments.provider.told("POST", f"/refunds/{waiting.id}", {"status": "failed", "reason": "lost_or_stolen_card"})

    payments.hear_provider()

    assert payments.refund_of(order).rail == "dispute"
    assert payments.balances().get("2020", 0) == 0
    assert [each.owed_minor for each in payments.said(RefundFailed)] == [0]


def test_a_cheque_that_left_before_a_dispute_is_recorded_also_after_the_dispute_was_lost(
    payments: House, order: str
) -> None:
    """The payee has the money twice: the cheque is a fact, and what the bank took is a loss."""
    refund = refused_by_the_card(payments, order)
    move(payments, days=2)
    decide(payments, dispute(payments, order), "lost")
    payments.hear_provider()
    payments.look_at_runs()

    too_late = record(payments, refund, paid_on="2020-04-11")
    shown = page(payments, f"/refunds/{refund}")
    allowed = record(payments, refund, paid_on="2020-04-10")
    again = record(payments, refund, paid_on="2020-04-10")
    payments.look_at_runs()

    assert "A cheque had left before the dispute" in shown
    assert (too_late.status_code, allowed.status_code, again.status_code) == (409, 200, 409)
    assert [each.rail for each in payments.said(RefundSettled)] == ["dispute", "cheque"]
    assert payments.balances() == {
        "1000": -REFUNDED_MINOR,
        "1020": PAID_MINOR - CARD_FEE_MINOR,
        "1150": -PAID_MINOR,
        "4020": -KEPT_MINOR,
        "5020": CARD_FEE_MINOR,
        "5040": PAID_MINOR,
    }
    assert disputed_minor(payments, order) == 0
    assert [each.refunded_minor for each in payments.said(RefundRunCompleted)] == [REFUNDED_MINOR]


def test_one_cheque_that_left_before_a_dispute_paid_both_parts_of_what_the_dispute_split(
    payments: House, order: str
) -> None:
    refund = refused_by_the_card(payments, order)
    move(payments, days=2)
    disputed = dispute(payments, order, amount=30000)
    decide(payments, disputed, "lost")
    payments.hear_provider()

    recorded = [record(payments, each, paid_on="2020-04-10").status_code for each in (refund, f"{refund}:{disputed}")]

    assert recorded == [200, 200]
    assert payments.balances()["1000"] == -REFUNDED_MINOR
    assert payments.balances()["5040"] == 30000
    assert payments.balances().get("2020", 0) == 0


def move(payments: House, *, days: int) -> None:
    moved = CANCELLED + timedelta(days=days)
    payments.provider.move_clock(moved)
    payments.database.clock.move(moved)


def refused_by_the_card(payments: House, order: str) -> str:
    """The card refuses the refund, which then goes by cheque to an address that is known."""
    (payment,) = payments.payments_of(order)
    payments.provider.turn(refund_requires_action={"payment_intent": payment.provider_payment, "count": 1})
    payments.run_jobs("refunds")
    (waiting,) = payments.provider_refunds(order)
    payments.provider.told("POST", f"/refunds/{waiting.id}", {"status": "failed", "reason": "lost_or_stolen_card"})
    payments.hear_provider()
    refund = payments.refund_of(order)
    assert refund.state is RefundState.AWAITING_PAYEE
    token = sign(payments.parts.settings, purpose="payee", id_=refund.id)
    named = payments.client.post(f"/payments/payee/{token}", json={"name": "Dana", "postal_address": ["1 Main Street"]})
    assert named.status_code == 200
    return refund.id
