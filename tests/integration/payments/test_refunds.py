"""Refunds at the real local provider: lost answers, errors, limits, short balances, refunds that come back.

Sums are partial (a fee is kept), because the provider's own cap would hide a doubled full refund.
"""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.provider.jobs.gateway import Gateway
from services.payments.refunds.domain.refunds import Refund, RefundState
from services.payments.refunds.store import REFUNDS
from shared.auth import sign
from shared.clock import boot_seconds, host_now
from shared.contracts.payments import (
    PayeeNamed,
    RefundFailed,
    RefundReversed,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
    RefundSettled,
)
from shared.jobs import Claim, LeaseLost, claim_due
from shared.parts import assembly_of
from shared.principals import Role
from tests.integration.payments_house import KEPT_MINOR, House, house
from tests.integration.provider_fixtures import CANCELLED, RunningProvider
from tests.namespaces import Namespace
from tests.town import FINANCE, signed_in

REFUNDED_MINOR = 50000
POSTED = {"method": "POST", "path": "/v1/refunds", "count": 1}


def owed_back(payments: House, *, method: str = "works") -> str:
    paid = payments.paid("card", method=method)
    payments.cancel(paid, fee_minor=KEPT_MINOR)
    payments.fix(paid)
    return paid


def assert_refunded_once(payments: House, order: str) -> None:
    standing = [each for each in payments.provider_refunds(order) if each.status != "failed"]
    assert [each.amount for each in standing] == [REFUNDED_MINOR]
    assert [each.amount_minor for each in payments.said(RefundSettled)] == [REFUNDED_MINOR]
    assert payments.refund_of(order).state is RefundState.SETTLED
    assert payments.balances().get("2020", 0) == 0


def test_a_card_refund_is_sent_once_and_carries_our_number(payments: House, order: str) -> None:
    payments.run_jobs("refunds")
    payments.run_again("refunds")

    assert_refunded_once(payments, order)
    (sent,) = payments.provider_refunds(order)
    refund = payments.refund_of(order)
    assert sent.metadata is not None
    assert sent.metadata.to_dict() == {"refund": refund.id, "order": order, "run": "run_1"}
    assert (refund.reference, refund.attempt) == (sent.id, 1)


@pytest.mark.parametrize("fault", ["drop_after", "answer_500_after"])
def test_a_refund_whose_answer_was_lost_is_found_and_not_sent_again(payments: House, order: str, fault: str) -> None:
    payments.provider.turn(**{fault: POSTED})

    payments.run_jobs("refunds")
    in_doubt = payments.refund_of(order)
    payments.run_again("refunds")

    assert in_doubt.state is RefundState.UNKNOWN
    assert_refunded_once(payments, order)
    assert payments.refund_of(order).attempt == 1


def test_too_many_requests_slow_us_down_and_change_no_key(payments: House, order: str) -> None:
    payments.provider.turn(answer_429=POSTED)

    payments.run_jobs("refunds")
    put_off = payments.refund_of(order)
    payments.run_again("refunds")

    assert (put_off.state, put_off.attempt) == (RefundState.PLANNED, 1)
    assert_refunded_once(payments, order)


def test_a_stored_server_error_changes_the_key_only_after_a_quarter_of_an_hour(payments: House, order: str) -> None:
    payments.provider.turn(answer_500_before=POSTED)
    payments.run_jobs("refunds")  # the error
    payments.run_again("refunds")  # the same error, from the provider's memory
    too_soon = payments.refund_of(order)
    payments.run_again("refunds")
    still = payments.refund_of(order)

    quarter_of_an_hour_ago = host_now() - timedelta(seconds=901)
    payments.database.mongo[REFUNDS.name].update_one(
        {"_id": still.id}, {"$set": {"last_sent_at": quarter_of_an_hour_ago}}
    )
    payments.run_again("refunds")

    assert (too_soon.is_error_stored, too_soon.attempt) == (True, 1)
    assert still.attempt == 1
    assert payments.refund_of(order).attempt == 2
    assert_refunded_once(payments, order)


def test_a_process_that_died_before_sending_sends_once(payments: House, order: str) -> None:
    _as_about_to_be_sent(payments, order)

    payments.run_again("refunds")

    assert_refunded_once(payments, order)


def test_a_turn_that_comes_after_the_lease_has_run_out_is_used_under_a_new_lease(payments: House, order: str) -> None:
    claim = _claimed_and_run_out(payments)

    payments.executor("refunds").kind.act(claim)

    assert_refunded_once(payments, order)


def test_a_turn_that_comes_when_somebody_else_has_the_refund_sends_nothing(payments: House, order: str) -> None:
    first = _claimed_and_run_out(payments)
    second = _claimed_and_run_out(payments)

    with pytest.raises(LeaseLost):
        payments.executor("refunds").kind.act(first)

    assert payments.provider_refunds(order) == []
    payments.executor("refunds").kind.act(second)
    assert_refunded_once(payments, order)


def test_a_process_that_died_after_sending_sends_nothing_more(payments: House, order: str) -> None:
    refund = _as_about_to_be_sent(payments, order)
    (payment,) = payments.payments_of(order)
    assert payment.provider_payment
    gateway = assembly_of(payments.parts.web)[Gateway]
    gateway.send_refund(refund, payment_intent=payment.provider_payment)

    payments.run_again("refunds")

    assert_refunded_once(payments, order)


def test_a_key_that_the_provider_has_forgotten_is_still_not_used_before_asking(payments: House, order: str) -> None:
    refund = _as_about_to_be_sent(payments, order)
    (payment,) = payments.payments_of(order)
    assert payment.provider_payment
    assembly_of(payments.parts.web)[Gateway].send_refund(refund, payment_intent=payment.provider_payment)
    payments.provider.move_clock(CANCELLED + timedelta(hours=30))

    payments.run_again("refunds")

    assert_refunded_once(payments, order)


def test_a_provider_that_does_not_answer_is_left_alone_for_a_while(payments: House) -> None:
    orders = [payments.paid("card") for _ in range(6)]
    payments.cancel(*orders, fee_minor=KEPT_MINOR)
    for each in orders:
        payments.fix(each)
    payments.provider.turn(drop_after={"method": "POST", "path": "/v1/refunds", "count": 5})

    payments.run_jobs("refunds")
    breaker = payments.executor("refunds").kind.act.__self__.breaker  # type: ignore[attr-defined]
    asked_before = len([each for order in orders for each in payments.provider_refunds(order)])
    payments.run_again("refunds")
    asked_after = len([each for order in orders for each in payments.provider_refunds(order)])

    assert breaker.wait_seconds(0.0) > 0
    assert (asked_before, asked_after) == (5, 5)
    breaker.succeeded()
    breaker._closed_at = 0.0
    payments.run_again("refunds")
    assert [len(payments.provider_refunds(order)) for order in orders] == [1] * 6


def test_a_refund_that_comes_back_days_later_goes_by_cheque_and_reopens_the_run(payments: House) -> None:
    order = owed_back(payments, method="refund_fails_later")
    payments.run_jobs("refunds")
    payments.look_at_runs()
    payments.provider.move_clock(CANCELLED + timedelta(days=4))
    payments.hear_provider()

    refund = payments.refund_of(order)
    assert (refund.state, refund.rail, refund.attempt) == (RefundState.AWAITING_PAYEE, "cheque", 2)
    assert [each.revision for each in payments.said(RefundRunReopened)] == [2]
    (reversed_,) = payments.said(RefundReversed)
    assert (reversed_.rail, reversed_.attempt) == ("card", 1)
    assert payments.balances()["2020"] == -REFUNDED_MINOR

    refused = _record(payments, refund, reference="C-10")
    _name_payee(payments, refund)
    recorded = _record(payments, refund, reference="C-10")
    payments.look_at_runs()

    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:RefundNotAwaited")
    assert "said yet where" in refused.json["detail"]
    assert recorded.json["state"] == "settled"
    assert [(each.rail, each.attempt) for each in payments.said(RefundSettled)] == [("card", 1), ("cheque", 2)]
    assert [each.revision for each in payments.said(RefundRunCompleted)] == [1, 2]
    assert payments.balances() == {"1000": -REFUNDED_MINOR, "1020": 57500 - 1698, "4020": -7500, "5020": 1698}


def test_money_paid_twice_before_the_cancellation_that_comes_back_after_it_reopens_the_run(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.record(order, "cheque")
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "refund_fails_later"})
    payments.hear_provider()
    excess = payments.refund_of(order)
    payments.run_jobs("refunds")
    payments.cancel(order)
    payments.fix(order)
    _record(payments, _owed_by_cheque(payments, order))
    payments.look_at_runs()
    completed_before = [each.revision for each in payments.said(RefundRunCompleted)]

    payments.provider.move_clock(CANCELLED + timedelta(days=4))
    payments.hear_provider()
    payments.look_at_runs()
    completed_while_owed = [each.revision for each in payments.said(RefundRunCompleted)]
    owed = _owed_by_cheque(payments, order)
    _name_payee(payments, owed)
    _record(payments, owed, reference="C-2")
    payments.look_at_runs()

    assert (excess.run, owed.id) == ("", excess.id)
    assert (completed_before, completed_while_owed) == ([1], [1])
    assert [each.revision for each in payments.said(RefundRunReopened)] == [2]
    assert [each.revision for each in payments.said(RefundRunCompleted)] == [1, 2]


def test_what_was_paid_twice_before_the_cancellation_and_is_still_owed_is_the_reason_why_the_run_is_open(
    payments: House,
) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.record(order, "cheque")
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})
    payments.hear_provider()
    payments.cancel(order)
    payments.fix(order)
    _record(payments, _owed_by_cheque(payments, order))
    payments.look_at_runs()

    waiting, page = payments.get("/payments/runs/run_1"), _run_page(payments)
    payments.run_jobs("refunds")
    payments.look_at_runs()
    done, page_then = payments.get("/payments/runs/run_1"), _run_page(payments)

    assert (waiting["state"], waiting["earlier_refund_count"], waiting["earlier_refunds_minor"]) == (
        "settling",
        1,
        57500,
    )
    assert "1 refund from before the cancellation is still open" in page
    assert "still owes $575.00 to people who had paid more than was asked" in page
    assert (done["state"], done["earlier_refund_count"], done["earlier_refunds_minor"]) == ("settled", 0, 0)
    assert "from before the cancellation" not in page_then


def test_a_refund_that_the_provider_refuses_at_once_asks_for_the_payee(payments: House, order: str) -> None:
    (payment,) = payments.payments_of(order)
    payments.provider.turn(refund_requires_action={"payment_intent": payment.provider_payment, "count": 1})
    payments.run_jobs("refunds")
    (waiting,) = payments.provider_refunds(order)
    pending = payments.refund_of(order)
    payments.provider.told("POST", f"/refunds/{waiting.id}", {"status": "failed", "reason": "lost_or_stolen_card"})

    payments.hear_provider()

    assert pending.state is RefundState.PROVIDER_PENDING
    (failed,) = payments.said(RefundFailed)
    assert (failed.reason, failed.amount_minor) == ("lost_or_stolen_card", REFUNDED_MINOR)
    assert payments.said(RefundReversed) == []
    assert payments.refund_of(order).state is RefundState.AWAITING_PAYEE


def test_a_short_balance_waits_for_a_top_up_and_the_books_agree_with_the_provider(
    own_provider: RunningProvider, namespace: Namespace
) -> None:
    own_provider.start()
    own_provider.move_clock(CANCELLED)
    with house(namespace, own_provider) as alone:
        order = owed_back(alone)
        alone.run_jobs("refunds")
        alone.look_at_runs()
        short = alone.run().figures.balance_short_minor

        alone.provider.client.v1.topups.create({"amount": short, "currency": "usd"})
        alone.hear_provider()
        alone.sweep.sweep_balance()
        alone.sweep.sweep_balance()
        alone.look_at_runs()

        assert short == REFUNDED_MINOR
        assert max(each.balance_short_minor for each in alone.said(RefundRunAdvanced)) == REFUNDED_MINOR
        assert_refunded_once(alone, order)
        assert alone.run().figures.balance_short_minor == 0
        held = alone.provider.client.v1.balance.retrieve()
        at_provider = sum(each["amount"] for each in [*held.available, *held.pending])
        assert alone.balances(None)["1020"] == at_provider


def test_money_that_somebody_refunded_by_hand_is_not_sent_again(payments: House, order: str) -> None:
    (payment,) = payments.payments_of(order)
    by_hand: Any = {"payment_intent": payment.provider_payment, "amount": REFUNDED_MINOR}
    made = payments.provider.client.v1.refunds.create(by_hand)

    payments.run_jobs("refunds")
    payments.run_again("refunds")

    assert_refunded_once(payments, order)
    assert payments.refund_of(order).reference == made.id


def test_money_that_somebody_refunds_by_hand_while_ours_is_refused_is_looked_for_before_a_person_is_asked(
    payments: House, order: str
) -> None:
    """The answer is lost, and the same request is refused: meanwhile somebody has refunded all that was left."""
    refund, (payment,) = payments.refund_of(order), payments.payments_of(order)
    just_sent = {"state": "sent", "last_sent_at": host_now()}
    payments.database.mongo[REFUNDS.name].update_one({"_id": refund.id}, {"$set": just_sent, "$inc": {"version": 1}})
    by_hand: Any = {"payment_intent": payment.provider_payment, "amount": 10000}
    payments.provider.client.v1.refunds.create(by_hand)

    for _ in range(3):
        payments.run_again("refunds")

    assert sorted(each.amount for each in payments.provider_refunds(order)) == [10000, REFUNDED_MINOR - 10000]
    assert payments.balances().get("2020", 0) == 0


def test_a_refund_made_by_hand_is_found_when_all_are_compared(payments: House, order: str) -> None:
    (payment,) = payments.payments_of(order)
    by_hand: Any = {"payment_intent": payment.provider_payment, "amount": 100}
    made = payments.provider.client.v1.refunds.create(by_hand)

    found = payments.sweep.compare_refunds()

    assert f"The provider's refund {made.id} belongs to no refund of ours." in found


def test_a_disputed_payment_is_not_paid_back_by_cheque_as_well(payments: House, order: str) -> None:
    (payment,) = payments.payments_of(order)
    payments.provider.told("POST", "/disputes", {"charge": payment.reference})

    payments.run_jobs("refunds")

    refund = payments.refund_of(order)
    assert (refund.state, refund.reason) == (RefundState.DISPUTED, "charge_disputed")
    assert _record(payments, refund).status_code == 409


@pytest.mark.parametrize("rail", ["cheque", "transfer"])
def test_a_cheque_number_pays_one_refund_only(payments: House, rail: str) -> None:
    first, second = payments.paid("cheque"), payments.paid(rail)
    payments.cancel(first, second)
    payments.fix(first)
    payments.fix(second)
    paid = _record(payments, payments.refund_of(first), reference="No 7")

    again = _record(payments, payments.refund_of(second), rail=rail, reference="no  7")

    assert paid.status_code == 200
    assert (again.status_code, again.json["type"]) == (409, "urn:reconvene:problem:ReferenceUsed")
    assert payments.refund_of(second).state is RefundState.AWAITING_RECORD


def test_the_same_request_twice_records_once_and_answers_the_same(payments: House) -> None:
    order = payments.paid("cheque")
    payments.cancel(order)
    payments.fix(order)
    body = {"rail": "cheque", "reference": "C-77", "paid_on": "2020-04-09"}
    path = f"/payments/refunds/{payments.refund_of(order).id}/record"

    first, second = payments.post(path, body, key="one"), payments.post(path, body, key="one")
    other = payments.post(path, body | {"reference": "C-78"}, key="one")

    assert first.json == second.json
    assert other.status_code == 422
    assert len(payments.said(RefundSettled)) == 1


@pytest.mark.parametrize(
    ("changed", "status", "problem"),
    [
        ({"rail": "transfer"}, 422, "RailDiffers"),
        ({"rail": "card"}, 422, None),
        ({"paid_on": "2020-04-12"}, 422, "PaidOnImpossible"),
        ({"paid_on": "2020-04-01"}, 422, "PaidOnImpossible"),
        ({"reference": " "}, 422, None),
        ({"amount_minor": 5}, 422, None),
    ],
)
def test_a_payment_that_does_not_fit_the_refund_is_refused(
    payments: House, changed: dict[str, Any], status: int, problem: str | None
) -> None:
    order = payments.paid("cheque")
    payments.cancel(order)
    payments.fix(order)

    response = _record(payments, payments.refund_of(order), **changed)

    assert response.status_code == status
    assert problem is None or response.json["type"] == f"urn:reconvene:problem:{problem}"
    assert payments.refund_of(order).state is RefundState.AWAITING_RECORD


def test_a_refund_on_its_way_to_the_card_cannot_be_recorded_as_paid(payments: House, order: str) -> None:
    response = _record(payments, payments.refund_of(order))

    assert (response.status_code, response.json["type"]) == (409, "urn:reconvene:problem:RefundNotAwaited")


def test_a_refund_that_is_paid_cannot_be_recorded_again(payments: House, order: str) -> None:
    payments.run_jobs("refunds")

    response = _record(payments, payments.refund_of(order))

    assert response.status_code == 409
    assert payments.post(f"/payments/refunds/{payments.refund_of(order).id}/retry").status_code == 409


def test_a_cheque_is_recorded_only_for_the_payee_that_finance_saw(payments: House, order: str) -> None:
    """The link is changed by somebody after finance has looked; the refusal says what has changed."""
    refund = _refused_by_the_card(payments, order)
    _name_payee(payments, refund)
    seen = payments.get(f"/payments/refunds/{refund.id}")["payee_version"]
    _name_payee(payments, refund, name="A Stranger", postal_address=["P.O. Box 9", "Elsewhere"])

    refused = _record(payments, refund, payee_version=seen)
    unseen = _record(payments, refund, payee_version=None)
    still_owed = payments.refund_of(order).state
    recorded = _record(payments, refund)

    assert (refused.status_code, refused.json["type"]) == (409, "urn:reconvene:problem:PayeeChanged")
    assert "You saw: Dana Whitfield, Town Hall, 1 Main Street, Millbrook." in refused.json["detail"]
    assert "Now it is: A Stranger, P.O. Box 9, Elsewhere. Nothing was recorded." in refused.json["detail"]
    assert (unseen.status_code, unseen.json["type"]) == (422, "urn:reconvene:problem:PayeeNotLookedAt")
    assert still_owed is RefundState.AWAITING_RECORD
    assert recorded.status_code == 200


def test_finance_sees_on_the_page_that_a_payee_was_changed_and_what_it_was(payments: House, order: str) -> None:
    refund = _refused_by_the_card(payments, order)
    _name_payee(payments, refund)
    signed_in(payments.client, payments.parts.settings, Role.FINANCE)
    path, as_page = f"/payments/desk/refunds/{refund.id}", {"Accept": "text/html"}
    opened = payments.client.get(path, headers=as_page).text
    _name_payee(payments, refund, name="A Stranger", postal_address=["P.O. Box 9", "Elsewhere"])
    form = {
        "reference": "C-5",
        "paid_on": "2020-04-09",
        **{name: _hidden(opened, name) for name in ("csrf_token", "idempotency_key", "payee_version")},
    }

    answer = payments.client.post(f"{path}/record", data=form, headers=as_page)

    assert answer.status_code == 409
    assert "The payee has changed" in answer.text
    assert "changed by the payee" in answer.text
    assert _hidden(answer.text, "payee_version") == "2"
    assert payments.refund_of(order).state is RefundState.AWAITING_RECORD


def test_every_change_of_a_payee_is_said_once_and_after_the_cheque_the_link_only_shows(
    payments: House, order: str
) -> None:
    refund = _refused_by_the_card(payments, order)
    for _ in range(2):
        _name_payee(payments, refund)
    _name_payee(payments, refund, name="D. Whitfield")
    _record(payments, refund)
    token = sign(payments.parts.settings, purpose="payee", id_=refund.id)
    path = f"/payments/payee/{token}"

    late = payments.client.post(path, json={"name": "A Stranger", "postal_address": ["P.O. Box 9"]})
    shown = payments.client.get(path, headers={"Accept": "text/html"}).text

    assert [(each.refund, each.payee_version) for each in payments.said(PayeeNamed)] == [
        (refund.id, 1),
        (refund.id, 2),
    ]
    assert late.status_code == 409
    assert "<form" not in shown
    assert "D. Whitfield" in shown
    assert "be changed here any more" in shown


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no {name} on the page"
    return found[1]


def _refused_by_the_card(payments: House, order: str) -> Refund:
    (payment,) = payments.payments_of(order)
    payments.provider.turn(refund_requires_action={"payment_intent": payment.provider_payment, "count": 1})
    payments.run_jobs("refunds")
    (waiting,) = payments.provider_refunds(order)
    payments.provider.told("POST", f"/refunds/{waiting.id}", {"status": "failed", "reason": "lost_or_stolen_card"})
    payments.hear_provider()
    return payments.refund_of(order)


def _run_page(payments: House) -> str:
    return str(payments.client.get("/payments/desk/runs/run_1", headers={"Accept": "text/html"}, auth=FINANCE).text)


def _claimed_and_run_out(payments: House) -> Claim[Refund]:
    """The only refund, claimed by somebody whose turn comes late."""
    payments.make_due("refunds")
    (claim,) = claim_due(payments.database, payments.executor("refunds").kind)
    return replace(claim, lease_ends=boot_seconds() - 1)


def _as_about_to_be_sent(payments: House, order: str) -> Refund:
    """A process wrote down that it was about to send, and was never heard of again."""
    refund = payments.refund_of(order)
    sent = {"state": "sent", "last_sent_at": host_now()}
    payments.database.mongo[REFUNDS.name].update_one({"_id": refund.id}, {"$set": sent, "$inc": {"version": 1}})
    return payments.refund_of(order)


def _owed_by_cheque(payments: House, order: str) -> Refund:
    where = {"order": order, "rail": "cheque", "state": {"$ne": "settled"}}
    (found,) = payments.database.mongo[REFUNDS.name].find(where)
    return REFUNDS.state(found)


def _record(payments: House, refund: Refund, **changed: Any) -> Any:
    seen = payments.get(f"/payments/refunds/{refund.id}")["payee_version"]
    body = {"rail": "cheque", "reference": "C-1", "paid_on": "2020-04-09", "payee_version": seen} | changed
    return payments.post(f"/payments/refunds/{refund.id}/record", body)


def _name_payee(payments: House, refund: Refund, **changed: Any) -> None:
    token = sign(payments.parts.settings, purpose="payee", id_=refund.id)
    body = {"name": "Dana Whitfield", "postal_address": ["Town Hall", "1 Main Street", "Millbrook"]} | changed
    response = payments.client.post(f"/payments/payee/{token}", json=body)
    assert response.status_code == 200, response.text
