"""Disputes at the real local provider: whatever the banks decide, and whenever we hear of it, nobody is paid twice.

The conference keeps 75.00 of 575.00; the provider takes the disputed money and a fee of 15.00.
"""

import itertools
from dataclasses import replace

import pytest

from services.payments.provider.domain.events import DISPUTE_EVENTS
from services.payments.provider.domain.shown import DisputeState
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.commands.noting import note_dispute
from services.payments.refunds.commands.outcomes import (
    REFUND_WORDS,
    keep_disputes,
    settle_by_disputes,
)
from services.payments.refunds.domain.refunds import RefundState
from shared.auth import sign
from shared.contracts.payments import RefundRunCompleted, RefundSettled
from shared.jobs import claim_due
from shared.unit import Unit
from tests.integration.payments.test_webhooks import deliver, events_about
from tests.integration.payments_disputes import (
    PAID_MINOR,
    REFUNDED_MINOR,
    assert_paid_by_bank,
    assert_sent_once,
    decide,
    dispute,
    disputed_minor,
    end,
    no_job_is_left,
    page,
    record,
    send,
    told,
)
from tests.integration.payments_house import KEPT_MINOR, House
from tests.integration.provider_fixtures import CANCELLED


def test_a_refund_of_a_disputed_payment_waits_and_is_not_paid_in_another_way(payments: House, order: str) -> None:
    disputed = dispute(payments, order)

    send(payments)
    send(payments)

    refund = payments.refund_of(order)
    assert (refund.state, refund.reason) == (RefundState.DISPUTED, "charge_disputed")
    refused = record(payments, refund.id)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:RefundNotAwaited")
    assert "their bank has not decided yet. Nothing was recorded" in refused.json["detail"]
    assert payments.post(f"/payments/refunds/{refund.id}/retry").status_code == 409
    payments.look_at_runs()
    assert payments.said(RefundRunCompleted) == []
    shown = page(payments, f"/refunds/{refund.id}")
    assert "waits for a dispute's end" in shown
    assert "Why it waits</dt><dd>the cardholder has disputed the payment" in shown
    assert disputed in shown
    assert "charge disputed" not in shown
    shown_desk = page(payments, "")
    assert "1 refund waits until a dispute is decided." in shown_desk
    assert "disputed, not decided" in page(payments, f"/orders/{order}")


def test_a_lost_dispute_closes_the_refund_and_the_run_settles(payments: House, order: str) -> None:
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, "lost")

    payments.hear_provider()

    assert_paid_by_bank(payments, order, disputed)
    refund = payments.refund_of(order).id
    assert "has paid this refund through the dispute" in page(payments, f"/refunds/{refund}")
    token = sign(payments.parts.settings, purpose="payee", id_=refund)
    payee_page = payments.client.get(f"/payments/payee/{token}", headers={"Accept": "text/html"}).text
    assert "has paid this money back to you" in payee_page
    assert "was sent" not in payee_page
    run_page = page(payments, "/runs/run_1")
    assert "Every cent is settled" in run_page
    assert "1 of the refunds was paid by the cardholder's bank through a dispute" in run_page
    assert "dispute lost" in page(payments, f"/orders/{order}")
    refused = record(payments, payments.refund_of(order).id)
    assert (refused.status_code, "please don't pay it" in refused.json["detail"]) == (409, True)


def test_a_won_dispute_lets_the_refund_go_on_by_itself(payments: House, order: str) -> None:
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, "won")

    payments.hear_provider()
    payments.run_jobs("refunds")

    assert_sent_once(payments, order)
    assert payments.refund_of(order).attempt == 2


@pytest.mark.parametrize("status", ["won", "lost"])
def test_the_end_of_a_dispute_is_found_without_any_word_of_the_provider(
    payments: House, order: str, status: str
) -> None:
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, status)

    payments.run_again("refunds")
    payments.run_again("refunds")

    if status == "won":
        assert_sent_once(payments, order)
    else:
        assert_paid_by_bank(payments, order, disputed)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_dispute_that_was_decided_before_the_cancellation_is_known_when_the_refund_is_due(
    payments: House, status: str
) -> None:
    order = payments.paid("card")
    disputed = dispute(payments, order)
    decide(payments, disputed, status)
    payments.hear_provider()

    end(payments, order)
    for _ in range(4):
        payments.run_again("refunds")

    if status == "won":
        assert_sent_once(payments, order)
    else:
        assert_paid_by_bank(payments, order, disputed)


@pytest.mark.parametrize(("choice", "fee_minor"), [("credit", KEPT_MINOR), ("donate", 0), ("none", PAID_MINOR)])
def test_what_a_dispute_took_that_was_lost_before_the_cancellation_is_a_loss_also_when_nothing_goes_back(
    payments: House, choice: str, fee_minor: int
) -> None:
    order = payments.paid("card")
    decide(payments, dispute(payments, order), "lost")
    payments.hear_provider()

    payments.cancel(order, fee_minor=fee_minor)
    if choice != "none":
        payments.fix(order, choice)
    payments.hear_all_again()

    assert payments.balances()["5040"] == PAID_MINOR
    assert disputed_minor(payments, order) == 0
    payments.look_at_runs()
    assert len(payments.said(RefundRunCompleted)) == 1


def test_a_lost_dispute_is_a_loss_also_while_the_conference_is_to_take_place(payments: House) -> None:
    order = payments.paid("card")
    decide(payments, dispute(payments, order), "lost")

    payments.hear_provider()

    assert payments.balances()["5040"] == PAID_MINOR
    assert disputed_minor(payments, order) == 0


def test_a_dispute_that_is_lost_while_a_refund_is_on_its_way_is_a_loss_also_when_that_arrives(
    payments: House, order: str
) -> None:
    (payment,) = payments.payments_of(order)
    payments.provider.turn(refund_requires_action={"payment_intent": payment.provider_payment, "count": 1})
    payments.run_jobs("refunds")
    decide(payments, dispute(payments, order, amount=KEPT_MINOR), "lost")
    payments.hear_provider()
    on_its_way = payments.refund_of(order).state

    (waiting,) = payments.provider_refunds(order)
    payments.provider.told("POST", f"/refunds/{waiting.id}", {"status": "succeeded"})
    payments.hear_provider()

    assert on_its_way is RefundState.PROVIDER_PENDING
    assert_sent_once(payments, order)
    assert payments.balances()["5040"] == KEPT_MINOR


@pytest.mark.parametrize("amount_minor", [PAID_MINOR, 30000])
def test_a_dispute_that_was_lost_before_the_cancellation_pays_the_refund_whatever_the_provider_would_refund(
    payments: House, amount_minor: int
) -> None:
    order = payments.paid("card")
    (payment,) = payments.payments_of(order)
    lost = told("dp_lost", DisputeState.LOST, payment_intent=payment.provider_payment or "")

    def learn(unit: Unit) -> None:
        keep_disputes(unit, [replace(lost, amount_minor=amount_minor)])
        settle_by_disputes(unit, payment.id)

    payments.database.transact(learn, emits=frozenset(REFUND_WORDS))
    end(payments, order)
    payments.hear_all_again()
    payments.run_jobs("refunds")

    assert payments.provider_refunds(order) == []
    assert [(each.rail, each.amount_minor) for each in payments.said(RefundSettled)] == [
        ("dispute", min(amount_minor, REFUNDED_MINOR))
    ]
    assert payments.balances().get("2020", 0) == -max(REFUNDED_MINOR - amount_minor, 0)
    assert no_job_is_left(payments)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_all_orders_of_a_disputes_events_end_the_same(payments: House, status: str) -> None:
    """Whatever arrives first, twice or last (the end before the beginning as well), the end is the same."""
    count = 4 if status == "won" else 3
    for order_of_arrival in list(itertools.permutations(range(count)))[:: 5 if status == "won" else 2]:
        known = {each["id"] for each in events_about(payments, *DISPUTE_EVENTS)}
        order = end(payments, payments.paid("card"))
        disputed = dispute(payments, order)
        send(payments)
        decide(payments, disputed, status)
        told = events_about(payments, *DISPUTE_EVENTS, since=known)

        for at in (*order_of_arrival, *order_of_arrival):
            deliver(payments, told[at])
            payments.run_jobs("provider-events")
            payments.run_jobs("refunds")

        assert len(told) == count
        if status == "won":
            assert_sent_once(payments, order)
        else:
            assert_paid_by_bank(payments, order, disputed)
        payments.forget()
        payments.provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})


def test_a_webhook_that_is_handled_a_second_time_changes_nothing(payments: House, order: str) -> None:
    known = {each["id"] for each in events_about(payments, *DISPUTE_EVENTS)}
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, "lost")
    closed = events_about(payments, "charge.dispute.closed", since=known)[-1]
    deliver(payments, closed)
    payments.run_jobs("provider-events")
    before = payments.everything()
    before.pop(PROVIDER_EVENTS.name)

    payments.database.mongo[PROVIDER_EVENTS.name].delete_one({"_id": closed["id"]})
    deliver(payments, closed)
    payments.run_jobs("provider-events")

    after = payments.everything()
    after.pop(PROVIDER_EVENTS.name)
    assert [len(after[name]) for name in after] == [len(before[name]) for name in before]
    assert after["refunds"] == before["refunds"]
    assert after["disputes"] == before["disputes"]
    assert_paid_by_bank(payments, order, disputed)


def test_a_dispute_that_is_lost_before_the_refund_is_sent_pays_it_without_asking(payments: House, order: str) -> None:
    disputed = dispute(payments, order)
    decide(payments, disputed, "lost")

    payments.hear_provider()

    assert_paid_by_bank(payments, order, disputed)


def test_a_dispute_of_which_only_the_end_is_ever_heard_pays_the_refund_at_that_word(
    payments: House, order: str
) -> None:
    """Nothing that comes later may be needed: what was just learned counts in the same unit of work."""
    known = {each["id"] for each in events_about(payments, *DISPUTE_EVENTS)}
    disputed = dispute(payments, order)
    decide(payments, disputed, "lost")
    (closed,) = events_about(payments, "charge.dispute.closed", since=known)

    deliver(payments, closed)
    payments.run_jobs("provider-events")

    assert_paid_by_bank(payments, order, disputed)


def test_a_dispute_that_is_lost_while_the_refund_is_in_flight_pays_it_when_it_was_refused(
    payments: House, order: str
) -> None:
    disputed = dispute(payments, order)
    payments.provider.turn(drop_after={"method": "POST", "path": "/v1/refunds", "count": 1})
    payments.run_jobs("refunds")
    in_flight = payments.refund_of(order)
    decide(payments, disputed, "lost")

    payments.hear_provider()
    untouched = payments.refund_of(order)
    for _ in range(3):
        payments.run_again("refunds")

    assert (in_flight.state, untouched.state) == (RefundState.UNKNOWN, RefundState.UNKNOWN)
    assert_paid_by_bank(payments, order, disputed)


def test_a_sender_that_claimed_the_refund_before_the_dispute_was_lost_sends_nothing(
    payments: House, order: str
) -> None:
    disputed = dispute(payments, order)
    decide(payments, disputed, "won")  # the provider would take the refund: only our own word stops it
    (claim,) = claim_due(payments.database, payments.executor("refunds").kind)
    (payment,) = payments.payments_of(order)
    lost = told(disputed, DisputeState.LOST, payment_intent=payment.provider_payment or "")
    payments.database.mongo[PROVIDER_EVENTS.name].delete_many({})
    payments.sweep.sweep_events()
    event = claim_due(payments.database, payments.executor("provider-events").kind)[0]
    payments.database.run(note_dispute, claim=event, told=lost)

    payments.executor("refunds").kind.act(claim)

    assert payments.provider_refunds(order) == []
    assert payments.refund_of(order).rail == "dispute"
    assert no_job_is_left(payments)
