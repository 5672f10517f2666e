"""Sums that don't fit into 32 bits, and a run that can't go on: each ends, or is shown, and takes nothing with it."""

from shared.contracts.payments import RefundRunCompleted
from shared.money import in_words
from tests.integration.payments_house import RUN, House

FEE_MINOR = 900_000_000  # IDR 9,000,000.00


def test_three_delegates_at_nine_million_rupiah_are_cancelled_to_the_end(payments: House) -> None:
    orders = [payments.paid("transfer", fee_minor=FEE_MINOR, currency="IDR") for _ in range(3)]
    payments.cancel(*orders)
    payments.look_at_runs()

    for number, order in enumerate(orders):
        payments.fix(order)
        refund = payments.refund_of(order)
        payments.post(
            f"/payments/refunds/{refund.id}/record",
            {"rail": "transfer", "reference": f"T-{number}", "paid_on": "2020-04-09"},
        )
    payments.look_at_runs()

    (completed,) = payments.said(RefundRunCompleted)
    assert (completed.refunded_minor, completed.currency) == (3 * FEE_MINOR, "IDR")
    assert payments.run().figures.refunded_minor == 3 * FEE_MINOR
    assert payments.balances() == {}
    assert in_words(3 * FEE_MINOR, "IDR") in payments.page(f"/payments/desk/runs/{RUN}")


def test_a_run_that_can_not_go_on_is_shown_with_its_reason_and_the_others_settle(payments: House) -> None:
    damaged, sound = payments.paid("cheque"), payments.paid("cheque")
    payments.cancel(damaged)
    payments.fix(damaged, "donate")
    payments.cancel(sound, run="run_2")
    payments.fix(sound, "donate", run="run_2")
    orders = payments.database.mongo["orders"]
    registrations = "endings.0.registrations"
    (whole,) = orders.distinct(registrations, {"_id": damaged})
    orders.update_one({"_id": damaged}, {"$set": {registrations: [None]}})

    payments.look_at_runs()

    assert [each.run for each in payments.said(RefundRunCompleted)] == ["run_2"]
    shown = payments.get(f"/payments/runs/{RUN}")
    assert shown["state"] == "settling"
    assert shown["stuck_because"].startswith("TypeError: ")
    for page in ("/payments/desk", f"/payments/desk/runs/{RUN}"):
        text = payments.page(page)
        assert "go on by itself" in text
        assert shown["stuck_because"] in text

    orders.update_one({"_id": damaged}, {"$set": {registrations: [whole]}})
    payments.watch = type(payments.watch)(payments.database)  # another process
    payments.look_at_runs()

    assert payments.run().state == "settled"
    assert payments.get(f"/payments/runs/{RUN}")["stuck_because"] is None
    assert "go on by itself" not in payments.page("/payments/desk")


def test_books_that_can_not_be_sealed_are_shown_and_the_others_are_sealed(payments: House) -> None:
    payments.paid("cheque")
    payments.database.mongo["ledger"].insert_one({"_id": "odd", "conference": "1st", "is_sealed": False})

    payments.seal()

    chain = payments.get("/payments/ledger/chain", conference="74th")
    assert (chain["unsealed_count"], chain["is_unbroken"]) == (0, True)
    assert "The books of 1st" in payments.page("/payments/desk")
