"""What a cancellation means for orders of every tender, on the real database and the real local provider."""

from services.payments.completing.commands import note_completion, note_progress
from services.payments.completing.store import closing_of, figures_of
from services.payments.refunds.domain.refunds import RefundState
from shared.contracts.payments import (
    CreditIssued,
    DonationRecorded,
    GrantReleased,
    InvoiceIssued,
    InvoiceVoided,
    PaymentCaptured,
    PurchaseOrderAccepted,
    RefundRunAdvanced,
    RefundRunCompleted,
    RefundRunReopened,
    RefundSettled,
    SettlementOffered,
)
from tests.examined import examined
from tests.integration.payments_house import FEE_MINOR, GUEST_FEE_MINOR, KEPT_MINOR, RUN, House


def test_a_registration_is_invoiced_once(payments: House) -> None:
    order = payments.submit(guests=1)

    payments.hear_all_again()

    (issued,) = payments.said(InvoiceIssued)
    assert (issued.order, issued.total_minor) == (order, FEE_MINOR + GUEST_FEE_MINOR)
    assert payments.balances() == {"1100": 82500, "2000": -57500, "2001": -25000}


def test_a_card_payment_is_captured_once_with_the_providers_fee(payments: House) -> None:
    order = payments.paid("card")

    payments.hear_provider()

    (captured,) = payments.said(PaymentCaptured)
    assert (captured.order, captured.amount_minor, captured.balance_minor, captured.is_late) == (order, 57500, 0, False)
    assert payments.balances() == {"1020": 57500 - 1698, "2000": -57500, "5020": 1698}


def test_a_cheque_goes_from_the_drawer_to_the_bank(payments: House) -> None:
    order = payments.paid("cheque")
    (payment,) = payments.payments_of(order)
    before = payments.balances()

    response = payments.post(
        "/payments/deposits", {"slip": "S-1", "deposited_on": "2020-04-09", "payments": [payment.id]}
    )

    assert response.status_code == 201
    assert before == {"1010": 57500, "2000": -57500}
    assert payments.balances() == {"1000": 57500, "2000": -57500}


def test_each_registration_hears_exactly_one_word(payments: House) -> None:
    card, grant, unpaid = payments.paid("card"), payments.paid("grant"), payments.submit("purchase_order")
    payments.post(
        f"/payments/orders/{unpaid}/purchase-order",
        {"number": "PO-1", "dated": "2020-03-01", "limit_minor": FEE_MINOR},
    )

    payments.cancel(card, grant, unpaid)
    payments.hear_all_again()

    assert [each.order for each in payments.said(PurchaseOrderAccepted)] == [unpaid]
    (offered,) = payments.said(SettlementOffered)
    assert (offered.order, offered.refundable_minor, offered.choices) == (card, 57500, ("refund", "credit", "donate"))
    (released,) = payments.said(GrantReleased)
    assert (released.order, released.released_minor) == (grant, 57500)
    (voided,) = payments.said(InvoiceVoided)
    assert (voided.order, voided.voided_minor) == (unpaid, 57500)
    assert payments.balances() == {"1000": 57500, "1020": 55802, "2000": -57500, "2100": -57500, "5020": 1698}


def test_every_choice_ends_the_books_of_the_conference_at_zero(payments: House) -> None:
    refunded, credited, donated, cheque = (
        payments.paid("card", guests=1),
        payments.paid("card"),
        payments.paid("transfer"),
        payments.paid("cheque"),
    )
    payments.cancel(refunded, credited, donated, cheque, fee_minor=KEPT_MINOR)

    payments.fix(refunded)
    payments.fix(credited, "credit")
    payments.fix(donated, "donate")
    payments.fix(cheque)
    payments.hear_all_again()
    payments.run_jobs("refunds")
    refund = payments.refund_of(cheque)
    recorded = payments.post(
        f"/payments/refunds/{refund.id}/record", {"rail": "cheque", "reference": "C-1", "paid_on": "2020-04-09"}
    )
    payments.look_at_runs()

    assert recorded.status_code == 200
    assert [each.amount_minor for each in payments.said(CreditIssued)] == [50000]
    assert [each.amount_minor for each in payments.said(DonationRecorded)] == [50000]
    assert sorted(each.amount_minor for each in payments.said(RefundSettled)) == [50000, 75000]
    balances = payments.balances()
    assert {account: balances.get(account, 0) for account in ("1100", "2000", "2001", "2020")} == dict.fromkeys(
        ("1100", "2000", "2001", "2020"), 0
    )
    assert (balances["2010"], balances["4050"], balances["4020"]) == (-50000, -50000, -4 * KEPT_MINOR)
    (completed,) = payments.said(RefundRunCompleted)
    assert (completed.count, completed.refunded_minor, completed.kept_minor) == (4, 125000, 30000)
    assert all(each.refundable_minor == 0 for order in (refunded, credited) for each in payments.payments_of(order))


def test_mixed_tenders_go_back_each_on_its_own_rail(payments: House) -> None:
    order = payments.submit("cheque")
    payments.record(order, "cheque", amount_minor=20000)
    payments.record(order, "grant", amount_minor=10000)
    payments.record(order, "transfer", amount_minor=20000)
    payments.cancel(order, fee_minor=25000)

    payments.fix(order)

    (offered,) = payments.said(SettlementOffered)
    assert (offered.paid_minor, offered.fee_minor, offered.refundable_minor) == (50000, 25000, 15000)
    assert (offered.voided_minor, offered.released_minor) == (7500, 10000)
    refund = payments.refund_of(order)  # the fee took all of the cheque and some of the transfer
    assert (refund.rail, refund.amount_minor, refund.state) == ("transfer", 15000, RefundState.AWAITING_RECORD)
    assert all(each.refundable_minor == 0 for each in payments.payments_of(order))


def test_a_fee_as_large_as_the_payment_leaves_nothing_to_choose(payments: House) -> None:
    order = payments.paid("cheque", fee_minor=5000)

    payments.cancel(order, fee_minor=KEPT_MINOR)
    payments.fix(order)
    payments.look_at_runs()

    (offered,) = payments.said(SettlementOffered)
    assert (offered.fee_minor, offered.refundable_minor, offered.choices) == (5000, 0, ())
    assert payments.run().state == "settled"
    assert payments.balances() == {"1010": 5000, "4020": -5000}


def test_a_registration_that_cost_nothing_is_settled_at_once(payments: House) -> None:
    order = payments.submit("card", fee_minor=0)

    payments.cancel(order)
    payments.look_at_runs()

    (voided,) = payments.said(InvoiceVoided)
    assert voided.voided_minor == 0
    assert payments.run().state == "settled"


def test_a_run_without_registrations_is_settled(payments: House) -> None:
    payments.cancel()

    payments.look_at_runs()

    (completed,) = payments.said(RefundRunCompleted)
    assert (completed.count, completed.currency) == (0, "USD")


def test_a_run_is_not_settled_before_every_closed_registration_is(payments: House) -> None:
    first, second = payments.paid("cheque"), payments.paid("cheque")
    payments.cancel(first, second)
    payments.fix(first, "donate")
    payments.look_at_runs()
    before = payments.run().state

    payments.fix(second, "donate")
    payments.look_at_runs()

    assert (before, payments.run().state) == ("settling", "settled")
    assert [each.count for each in payments.said(RefundRunCompleted)] == [2]


def test_a_run_with_the_right_count_and_other_registrations_stays_open(payments: House) -> None:
    order = payments.paid("cheque")
    payments.cancel(order)
    payments.database.mongo["runs"].update_one({"_id": RUN}, {"$set": {"digest": "of others"}})

    payments.fix(order, "donate")
    payments.look_at_runs()

    assert payments.run().state == "settling"
    assert payments.said(RefundRunCompleted) == []


def test_a_run_that_is_disturbed_while_it_is_counted_is_not_settled(payments: House) -> None:
    order = payments.submit("cheque")
    payments.cancel(order)
    payments.database.run(note_progress, run=RUN, figures=figures_of(payments.database, RUN)[0], currency="USD")
    seen = closing_of(payments.database, RUN)
    assert seen is not None

    payments.record(order, "cheque", amount_minor=57500)

    assert payments.database.run(note_completion, run=RUN, seen=seen) is False
    assert payments.run().state == "settling"
    assert payments.said(RefundRunCompleted) == []


def test_the_end_of_a_run_is_seen_without_reading_the_ledger_and_in_no_transaction(payments: House) -> None:
    orders = [payments.paid("cheque") for _ in range(20)]
    payments.cancel(*orders)
    for each in orders:
        payments.fix(each, "donate")
    payments.seal()

    with examined(payments.database) as reads:
        payments.look_at_runs()

    assert payments.run().state == "settled"
    assert reads["orders"] == 2 * len(orders)  # the figures twice; whose registrations ended is in the index
    assert reads.get("ledger", 0) == 0


def test_progress_is_said_only_when_something_has_changed(payments: House) -> None:
    order = payments.paid("cheque")
    payments.cancel(order)

    payments.look_at_runs()
    payments.look_at_runs()

    (advanced,) = payments.said(RefundRunAdvanced)
    assert (advanced.worked_out_count, advanced.ended_count) == (1, 0)


def test_money_that_comes_late_goes_back_by_itself_and_reopens_a_settled_run(payments: House) -> None:
    order = payments.submit("cheque")
    payments.cancel(order)
    payments.look_at_runs()

    response = payments.record(order, "cheque", amount_minor=57500)
    payments.look_at_runs()

    assert response.json["is_late"]
    assert [each.is_late for each in payments.said(PaymentCaptured)] == [True]
    assert [each.revision for each in payments.said(RefundRunReopened)] == [2]
    refund = payments.refund_of(order)
    assert (refund.rail, refund.amount_minor, refund.state) == ("cheque", 57500, RefundState.AWAITING_RECORD)
    payments.post(
        f"/payments/refunds/{refund.id}/record", {"rail": "cheque", "reference": "C-2", "paid_on": "2020-04-09"}
    )
    payments.look_at_runs()
    assert [each.revision for each in payments.said(RefundRunCompleted)] == [1, 2]
    assert payments.balances() == {"1010": 57500, "1000": -57500}


def test_a_card_that_was_paid_after_the_end_is_refunded_by_itself(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.cancel(order)
    payments.provider.told("POST", f"/checkout/{session}/pay", {"method": "works"})

    payments.run_jobs("payment-pages")
    payments.hear_provider()
    payments.run_jobs("refunds")
    payments.look_at_runs()

    assert [each.is_late for each in payments.said(PaymentCaptured)] == [True]
    (sent,) = payments.provider_refunds(order)
    assert (sent.amount, sent.status) == (57500, "succeeded")
    assert payments.run().state == "settled"
    assert payments.balances() == {"1020": -1698, "5020": 1698}


def test_the_payment_page_of_an_ended_order_is_closed(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]

    payments.cancel(order)
    payments.run_jobs("payment-pages")

    closed = payments.provider.client.v1.checkout.sessions.retrieve(session)
    assert closed.status == "expired"
    response = payments.start_paying(order)
    assert (response.status_code, response.json["type"]) == (409, "urn:reconvene:problem:OrderEnded")


def test_pressing_the_button_twice_leads_to_the_same_page(payments: House) -> None:
    order = payments.submit("card")

    first, second = payments.start_paying(order), payments.start_paying(order)

    assert first.json == second.json


def test_a_page_that_expired_at_the_provider_gives_way_to_a_new_one(payments: House) -> None:
    order = payments.submit("card")
    first = payments.start_paying(order).json["session"]
    payments.provider.client.v1.checkout.sessions.expire(first)

    second = payments.start_paying(order).json["session"]

    assert second != first


def test_a_decline_is_said_and_the_order_can_still_be_paid(payments: House) -> None:
    order = payments.submit("card")
    session = payments.start_paying(order).json["session"]
    payments.provider.control("POST", f"/checkout/{session}/pay", {"method": "declined"})
    payments.hear_provider()

    payments.pay_by_card(order)

    assert payments.order(order).state == "paid"
