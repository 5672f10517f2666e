"""Claims about disputes that are decided again, taken back, or not ours: what is booked, and what waits for whom."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from services.payments.orders.commands import about
from services.payments.provider.domain.reading import dispute_of
from services.payments.provider.domain.shown import DisputeState
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
from shared.jobs import claim_due
from shared.unit import Unit
from tests.integration.payments_disputes import (
    PAID_MINOR,
    REFUNDED_MINOR,
    assert_paid_by_bank,
    assert_sent_once,
    decide,
    dispute,
    disputed_minor,
    keep,
    known_disputes,
    no_job_is_left,
    page,
    send,
    told,
)
from tests.integration.payments_house import KEPT_MINOR, House


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
