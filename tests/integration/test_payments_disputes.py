"""Disputes at the real local provider: whatever the banks decide, and whenever we hear of it, nobody is paid twice.

The conference keeps 75.00 of 575.00; the provider takes the disputed money and a fee of 15.00.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.orders.commands import about
from services.payments.provider.domain.events import DISPUTE_EVENTS
from services.payments.provider.domain.reading import dispute_of
from services.payments.provider.domain.shown import Dispute, DisputeState
from services.payments.provider.store import PROVIDER_EVENTS
from services.payments.refunds.commands.noting import note_dispute
from services.payments.refunds.commands.outcomes import (
    REFUND_WORDS,
    both,
    keep_disputes,
    save_outcome,
    settle_by_disputes,
)
from services.payments.refunds.domain.refunds import RefundState, refused
from services.payments.refunds.store import DISPUTES, REFUNDS
from shared.auth import sign
from shared.contracts.payments import RefundFailed, RefundReversed, RefundRunCompleted, RefundSettled
from shared.jobs import claim_due
from shared.mongo import Unit
from tests.integration.payments_house import KEPT_MINOR, House, house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.integration.test_payments_webhooks import deliver, events_about
from tests.namespaces import Namespace

REFUNDED_MINOR, PAID_MINOR, CARD_FEE_MINOR, DISPUTE_FEE_MINOR = 50000, 57500, 1698, 1500


@pytest.fixture(scope="module")
def module_house(module_namespace: Namespace, shared_provider: RunningProvider) -> Iterator[House]:
    with house(module_namespace, shared_provider) as made:
        yield made


@pytest.fixture
def payments(module_house: House, provider: RunningProvider) -> House:
    module_house.forget()
    provider.told("POST", "/clock", {"now": CANCELLED.isoformat(), "reset": True})
    return module_house


@pytest.fixture
def order(payments: House) -> str:
    """An order whose card refund is due, 75.00 of it kept."""
    return end(payments, payments.paid("card"))


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
    with payments.client.session_transaction() as session:
        session["role"] = "finance"
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


def test_a_bank_that_reverses_lost_is_booked_and_on_the_desk(payments: House, order: str) -> None:
    """The bank has given the cardholder the money and takes it from them again: it is ours, and owed to them."""
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, "lost")
    payments.hear_provider()
    payments.look_at_runs()

    payments.provider.told("POST", f"/disputes/{disputed}", {"status": "won", "again": True})
    payments.hear_provider()
    payments.hear_provider()
    payments.look_at_runs()

    refund = payments.refund_of(order)
    assert (refund.state, refund.reason) == (RefundState.HELD, "dispute_reversed")
    assert payments.balances()["2020"] == -REFUNDED_MINOR
    assert payments.balances().get("5040", 0) == 0
    assert disputed_minor(payments, order) == 0
    (item,) = payments.get("/payments/strays")["items"]
    assert (item["why"], item["charge"], item["order"]) == ("dispute_won_after_all", disputed, order)
    assert payments.run().state == "settling"
    assert "has taken that back" in page(payments, f"/refunds/{refund.id}")
    assert "has taken its decision back" in page(payments, "/strays")

    assert payments.post(f"/payments/refunds/{refund.id}/retry").status_code == 200
    send(payments)
    payments.look_at_runs()
    assert [each.amount for each in payments.provider_refunds(order)] == [REFUNDED_MINOR]
    assert payments.balances().get("2020", 0) == 0
    assert payments.run().state == "settled"


def test_a_bank_that_reverses_won_after_the_refund_was_sent_is_a_loss(payments: House, order: str) -> None:
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, "won")
    payments.hear_provider()
    payments.run_jobs("refunds")

    payments.provider.told("POST", f"/disputes/{disputed}", {"status": "lost", "again": True})
    payments.hear_provider()

    assert payments.balances()["5040"] == PAID_MINOR
    assert disputed_minor(payments, order) == 0
    assert_sent_once(payments, order)
    (item,) = payments.get("/payments/strays")["items"]
    assert item["why"] == "dispute_lost_after_all"


def test_a_bank_that_decides_again_and_again_is_booked_each_time(payments: House, order: str) -> None:
    disputed = dispute(payments, order)
    send(payments)
    decide(payments, disputed, "lost")
    payments.hear_provider()

    for status in ("won", "lost", "won", "lost"):
        payments.provider.told("POST", f"/disputes/{disputed}", {"status": status, "again": True})
        payments.hear_provider()

    refund = payments.refund_of(order)
    assert (refund.state, refund.rail) == (RefundState.SETTLED, "dispute")
    assert payments.balances()["5040"] == KEPT_MINOR
    assert payments.balances().get("2020", 0) == 0
    assert disputed_minor(payments, order) == 0
    assert payments.provider_refunds(order) == []


def test_an_old_answer_takes_no_decision_back(payments: House, order: str) -> None:
    """The provider was asked before the bank decided again, and its answer comes after that was heard."""
    disputed = dispute(payments, order)
    decide(payments, disputed, "lost")
    payments.hear_provider()
    before = payments.refund_of(order)
    (payment,) = payments.payments_of(order)
    payments.provider.told("POST", f"/disputes/{disputed}", {"status": "won", "again": True})
    payments.sweep.sweep_events()
    payments.make_due("provider-events")
    event = claim_due(payments.database, payments.executor("provider-events").kind)[0]
    old = told(disputed, DisputeState.WON, payment_intent=payment.provider_payment or "")

    payments.database.run(note_dispute, claim=event, told=old, seen=0)

    assert payments.refund_of(order) == before
    assert [each.state for each in known_disputes(payments, order)] == [DisputeState.LOST]


def move(payments: House, *, days: int) -> None:
    moved = CANCELLED + timedelta(days=days)
    payments.provider.move_clock(moved)
    payments.database.clock.move(moved)


def test_a_refusal_and_a_lost_dispute_at_the_same_moment_do_not_overlook_each_other(
    payments: House, order: str
) -> None:
    refund, (payment,) = payments.refund_of(order), payments.payments_of(order)
    payments.database.mongo[REFUNDS.name].update_one(
        {"_id": refund.id}, {"$set": {"state": "sent"}, "$unset": {"job": ""}}
    )
    lost = told("dp_lost", DisputeState.LOST, payment_intent=payment.provider_payment or "")
    tries = itertools.count()

    def learn(unit: Unit) -> None:
        keep_disputes(unit, [lost])
        settle_by_disputes(unit, payment.id)

    def refuse(unit: Unit) -> None:
        known, its_order = both(unit, refund.id)
        if next(tries) == 0:
            payments.database.transact(learn, emits=frozenset(REFUND_WORDS))
        save_outcome(unit, refused(its_order, known, reason="expired_card", about=about(unit, its_order)))

    payments.database.transact(refuse, emits=frozenset(REFUND_WORDS))

    assert next(tries) == 2
    assert payments.refund_of(order).rail == "dispute"
    assert payments.balances().get("2020", 0) == 0


def test_a_dispute_in_another_currency_pays_nothing_and_nothing_leaves(payments: House, order: str) -> None:
    dispute(payments, order)
    send(payments)
    (known,) = known_disputes(payments, order)

    def learn(unit: Unit) -> None:
        keep_disputes(unit, [replace(known, id="dp_other", currency="EUR", state=DisputeState.LOST)])
        settle_by_disputes(unit, payments.refund_of(order).payment)

    payments.database.transact(learn, emits=frozenset(REFUND_WORDS))

    assert payments.refund_of(order).state is RefundState.DISPUTED
    assert payments.balances()["2020"] == -REFUNDED_MINOR


def test_a_refund_that_waited_for_a_person_because_of_a_dispute_goes_on_as_well(payments: House, order: str) -> None:
    """So it was kept before disputes were followed."""
    disputed = dispute(payments, order)
    payments.database.mongo[REFUNDS.name].update_one(
        {"order": order}, {"$set": {"state": "held", "reason": "charge_disputed"}, "$unset": {"job": ""}}
    )
    decide(payments, disputed, "lost")

    payments.hear_provider()

    assert_paid_by_bank(payments, order, disputed)


def test_a_refusal_for_a_dispute_that_the_provider_does_not_show_waits_for_a_person(
    payments: House, order: str
) -> None:
    payments.database.mongo[REFUNDS.name].update_one({"order": order}, {"$set": {"state": "disputed"}})

    payments.run_again("refunds")

    assert payments.refund_of(order).state is RefundState.HELD
    assert no_job_is_left(payments)


def test_while_the_provider_is_away_a_disputed_refund_stays_as_it_is(payments: House, order: str) -> None:
    dispute(payments, order)
    payments.run_jobs("refunds")
    before = payments.refund_of(order)
    payments.provider.turn(answer_429={"method": "GET", "path": "/v1/disputes", "count": 1})

    payments.run_again("refunds")

    assert before.state is RefundState.DISPUTED
    assert replace(payments.refund_of(order), version=0) == replace(before, version=0)
    assert not no_job_is_left(payments)


def test_a_decision_that_the_provider_takes_back_is_left_to_a_person(payments: House, order: str) -> None:
    disputed = dispute(payments, order)
    decide(payments, disputed, "lost")
    payments.hear_provider()
    (payment,) = payments.payments_of(order)

    keep(payments, told(disputed, DisputeState.WON, payment_intent=payment.provider_payment or ""))

    assert [each.state for each in known_disputes(payments, order)] == [DisputeState.LOST]
    assert_paid_by_bank(payments, order, disputed)


def test_a_dispute_of_a_payment_that_is_none_of_ours_is_kept_and_moves_nothing(payments: House) -> None:
    client = payments.provider.client
    asked: Any = {
        "amount": 57_500,
        "currency": "usd",
        "payment_method": "pm_card_createDispute",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
    }
    intent = client.v1.payment_intents.create(asked)

    payments.hear_provider()

    found = payments.database.mongo[DISPUTES.name].find({"payment_intent": intent.id})
    assert [each["state"] for each in found] == ["disputed"]
    assert payments.balances() == {}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", "disputed"),
        ("under_review", "disputed"),
        ("warning_needs_response", "disputed"),
        ("appeal_under_review", "disputed"),
        ("something_new", "disputed"),
        ("won", "won"),
        ("warning_closed", "won"),
        ("prevented", "won"),
        ("lost", "lost"),
    ],
)
def test_what_the_provider_has_not_decided_is_open(status: str, state: str) -> None:
    found = {"id": "dp_1", "payment_intent": None, "amount": 57500, "currency": "usd", "status": status, "created": 0}

    assert dispute_of(found).state == state


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
