"""What payments foresees of the 74th, order by order, in the figures that are known of it; and what odd orders mean."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.orders import Order, Underway
from services.payments.previews.domain import Counting, Paid
from shared.contracts.consequences import Anomaly
from shared.findings import Findings, Inquiry, Member
from tests.unit.payments_builders import FEE_MINOR, TODAY, about, cancelled, fixed, invoiced, paid

INQUIRY = Inquiry(
    id="prv_1", conference="74th", decision="dec_1", revision=1, kind="cancel", choose_by=date(2020, 4, 30)
)
GUEST_MINOR, LATE_MINOR = 25_000, 65_000


def numbered(order: Order, number: int) -> Order:
    """The same order of somebody else."""
    registration = f"reg_{number}"
    return replace(
        order,
        id=f"ord_{number}",
        registration=registration,
        registrations=(registration,),
        person=f"per_{number}",
        lines=tuple(replace(each, registration=registration) for each in order.lines),
    )


def the_74th() -> Iterator[Order]:
    """600 cards, 100 of them with a guest; 300 cheques, 40 transfers, 12 grants, and 48 on purchase orders not paid."""
    kinds = [
        (500, paid("card")),
        (100, paid("card", guest_minor=GUEST_MINOR)),
        (300, paid("cheque")),
        (40, paid("transfer")),
        (12, paid("grant")),
        (48, invoiced(fee_minor=LATE_MINOR, tender="purchase_order")),
    ]
    orders = [order for count, order in kinds for order in [order] * count]
    return (numbered(order, number) for number, order in enumerate(orders))


def foreseen(*orders: Order, payments: tuple[Paid, ...] = (), disputed: bool = False, on: date = TODAY) -> Findings:
    """What a cancellation would do with these."""
    counting = Counting(today=on)
    for order in orders:
        counting.add(order, payments=payments, is_dispute_open=disputed)
    return counting.findings(INQUIRY, currency="USD")


def lines(found: Findings) -> dict[tuple[str, str], tuple[int, int]]:
    """Count and sum by what it is."""
    return {(each.what, each.by): (each.count, each.amount_minor) for each in found.lines}


def test_the_74th_is_foreseen_to_the_cent() -> None:
    found = lines(foreseen(*the_74th()))

    assert found == {
        ("deferred", "fees"): (0, 57_860_000),
        ("deferred", "guests_and_options"): (0, 2_500_000),
        ("order", "card"): (600, 37_000_000),
        ("order", "cheque"): (300, 17_250_000),
        ("order", "transfer"): (40, 2_300_000),
        ("order", "grant"): (12, 690_000),
        ("order", "purchase_order"): (48, 3_120_000),
        ("paid", "card"): (600, 37_000_000),
        ("paid", "cheque"): (300, 17_250_000),
        ("paid", "transfer"): (40, 2_300_000),
        ("leaves", "card"): (600, 37_000_000),
        ("leaves", "cheque"): (300, 17_250_000),
        ("leaves", "transfer"): (40, 2_300_000),
        ("choice", ""): (940, 56_550_000),
        ("voided", "purchase_order"): (48, 3_120_000),
        ("released", ""): (12, 690_000),
        ("told", "offered"): (940, 0),
        ("told", "released"): (12, 0),
        ("told", "voided"): (48, 0),
    }
    deferred_minor = sum(amount for (what, _), (_, amount) in found.items() if what == "deferred")
    assert deferred_minor == 60_360_000 == 56_550_000 + 3_120_000 + 690_000


@pytest.mark.parametrize("kept_minor", [0, 7_500, 57_500, 99_999])
def test_what_leaves_is_what_refunds_then_send(kept_minor: int) -> None:
    """Whatever the terms keep, up to all of it."""
    orders = [replace(each, cancel_fee_minor=kept_minor) for each in (paid("card", guest_minor=GUEST_MINOR), paid())]
    found = lines(foreseen(*(numbered(each, number) for number, each in enumerate(orders))))
    sent, kept = Counter[str](), 0
    for order in orders:
        ended = work_out(order, cancelled(fee_minor=kept_minor), about=about()).change.state
        done = fix(ended, fixed(), about=about())
        for refund in done.refunds:
            sent[refund.tender] += refund.amount_minor
        settlement = done.change.state.settlement
        assert settlement is not None
        kept += settlement.kept_minor

    assert sum(sent.values()) == found.get(("leaves", "card"), (0, 0))[1]
    assert kept == found.get(("kept", ""), (0, 0))[1]
    assert sum(sent.values()) + kept == found["paid", "card"][1]


def test_a_payment_under_way_is_neither_void_nor_paid() -> None:
    order = replace(invoiced(), underway=Underway(payment="pay_1", amount_minor=FEE_MINOR))

    found = lines(foreseen(order))

    assert found["awaited", ""] == (1, FEE_MINOR)
    assert ("voided", "card") not in found
    assert found["told", "awaited"] == (1, 0)


@pytest.mark.parametrize(("age_days", "is_odd"), [(180, False), (181, True)])
def test_a_card_payment_is_odd_from_the_day_on_which_its_card_takes_no_refund(age_days: int, is_odd: bool) -> None:
    received_on = date.fromordinal(TODAY.toordinal() - age_days)
    payment = Paid(id="pay_1", received_on=received_on, fee_minor=1_698)

    found = foreseen(paid(), payments=(payment,))

    old = Anomaly(what="too_old_for_card", count=1, ids=("ord_1",), amount_minor=FEE_MINOR)
    assert found.anomalies == ((old,) if is_odd else ())
    assert lines(found)["provider_fee", ""] == (1, 1_698)
    assert [each.what for each in found.lines if not each.is_binding] == ["provider_fee"]


def test_a_cheque_is_never_too_old_to_go_back() -> None:
    payment = Paid(id="pay_1", received_on=date(2018, 1, 1), fee_minor=0)

    assert foreseen(paid("cheque"), payments=(payment,)).anomalies == ()


def test_a_dispute_and_terms_that_are_not_known_are_odd() -> None:
    found = foreseen(replace(paid(), cancel_fee_minor=None), disputed=True)

    assert found.anomalies == (
        Anomaly(what="dispute_open", count=1, ids=("ord_1",), amount_minor=FEE_MINOR),
        Anomaly(what="terms_unknown", count=1, ids=("ord_1",)),
    )


def test_what_is_shown_is_no_part_of_what_a_digest_is_over() -> None:
    cheap, dear = (foreseen(paid(), payments=(Paid(id="pay_1", received_on=TODAY, fee_minor=fee),)) for fee in (1, 99))

    assert cheap.members == dear.members
    assert isinstance(cheap.members["ord_1"], Member)
    assert (cheap.terms, cheap.texts) == (dear.terms, dear.texts)


def test_examples_differ_as_much_as_they_can() -> None:
    counting = Counting(today=TODAY)
    for order in the_74th():
        counting.add(order, payments=(), is_dispute_open=False)

    assert [each.outcome for each in counting.chosen_examples] == ["offered", "voided", "released"]
