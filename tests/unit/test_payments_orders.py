"""What is owed, what came in, and what may not be recorded."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.endings.domain.settlement import work_out
from services.payments.orders.domain.invoices import invoice_number, invoice_numbers_as_typed
from services.payments.orders.domain.orders import NothingToPay, OrderEnded, PurchaseOrder, PurchaseOrderUnfit
from services.payments.orders.domain.purchase_orders import DATED_BEFORE_INVOICE_MAX, accept_purchase_order
from services.payments.receipts.domain import checkouts
from services.payments.receipts.domain.checkouts import begin, current_id
from services.payments.receipts.domain.receipts import (
    CurrencyDiffers,
    PaymentRecordedBefore,
    PaymentTooLarge,
    check_can_be_recorded,
    receive,
    recorded_payment_id,
)
from services.payments.refunds.domain.refunds import owe_excess
from shared import references
from shared.contracts.payments import PaymentFailed, PurchaseOrderAccepted
from shared.references import payment_reference
from tests.unit.payments_builders import NOW, TODAY, about, cancelled, invoiced, paid, receipt, received

EARLIEST = invoiced().issued_at.date() - DATED_BEFORE_INVOICE_MAX
PURCHASE_ORDER = PurchaseOrder(number="2025-0117", dated=date(2020, 2, 24), limit_minor=60000)


def test_an_order_owes_what_is_not_paid_yet() -> None:
    order = received(invoiced(), "cheque", 50000).change.state

    assert (order.paid_minor, order.owed_minor, order.state) == (50000, 7500, "part_paid")


def test_what_is_paid_twice_is_owed_back() -> None:
    twice = received(paid(), "card", 57500, payment="pay_2")

    after, refund = owe_excess(
        twice.change.state, payment="pay_2", tender="card", amount_minor=twice.excess_minor, now=NOW
    )

    assert (twice.excess_minor, twice.payment.refundable_minor) == (57500, 0)
    assert (refund.id, refund.run, refund.rail) == ("refund:excess:pay_2", "", "card")
    assert after.paid_minor == 57500


def test_late_money_is_owed_back_as_part_of_the_settlement() -> None:
    ended = work_out(invoiced(), cancelled(), about=about()).change.state

    late = received(ended, "transfer", 57500)
    after, refund = owe_excess(
        late.change.state, payment="pay_1", tender="transfer", amount_minor=late.excess_minor, now=NOW
    )

    assert late.payment.is_late
    assert (refund.run, refund.rail, refund.amount_minor) == ("run_1", "transfer", 57500)
    assert after.settlement is not None
    assert (after.settlement.payable_minor, after.settlement.is_ended) == (57500, False)


def test_the_same_payment_is_received_once() -> None:
    with pytest.raises(PaymentRecordedBefore):
        received(paid(), "card", 57500)


def test_another_currency_is_never_converted() -> None:
    with pytest.raises(CurrencyDiffers):
        receive(invoiced(), replace(receipt("cheque", 57500), currency="EUR"), about=about())


def test_the_same_cheque_has_the_same_number_however_it_is_typed() -> None:
    first = recorded_payment_id("ord_1", tender="cheque", reference="No 20881")

    assert first == recorded_payment_id("ord_1", tender="cheque", reference="no  20881")
    assert first != recorded_payment_id("ord_2", tender="cheque", reference="No 20881")


def test_by_hand_no_more_is_recorded_than_is_owed() -> None:
    with pytest.raises(PaymentTooLarge):
        check_can_be_recorded(invoiced(), tender="cheque", amount_minor=57501)
    with pytest.raises(NothingToPay):
        check_can_be_recorded(paid(), tender="cheque", amount_minor=1)
    check_can_be_recorded(invoiced(), tender="cheque", amount_minor=57500)


def test_after_the_end_money_is_recorded_and_a_grant_is_not() -> None:
    ended = work_out(invoiced(), cancelled(), about=about()).change.state

    check_can_be_recorded(ended, tender="cheque", amount_minor=99999)
    with pytest.raises(OrderEnded):
        check_can_be_recorded(ended, tender="grant", amount_minor=57500)


def test_a_purchase_order_that_covers_the_order_is_accepted_once() -> None:
    change = accept_purchase_order(invoiced(), purchase_order=PURCHASE_ORDER, today=TODAY)
    again = accept_purchase_order(change.state, purchase_order=PURCHASE_ORDER, today=TODAY)

    assert [type(each) for each in change.events] == [PurchaseOrderAccepted]
    assert again.events == ()


@pytest.mark.parametrize(
    "unfit",
    [
        PurchaseOrder(number="1", dated=date(2020, 4, 10), limit_minor=60000),
        PurchaseOrder(number="1", dated=date(1, 1, 1), limit_minor=60000),
        PurchaseOrder(number="1", dated=EARLIEST - timedelta(days=1), limit_minor=60000),
        PurchaseOrder(number="1", dated=date(2020, 4, 9), limit_minor=57499),
    ],
)
def test_a_purchase_order_from_the_future_too_old_or_too_small_is_refused(unfit: PurchaseOrder) -> None:
    with pytest.raises(PurchaseOrderUnfit):
        accept_purchase_order(invoiced(), purchase_order=unfit, today=TODAY)


def test_a_standing_purchase_order_may_be_years_older_than_the_invoice() -> None:
    standing = PurchaseOrder(number="1", dated=EARLIEST, limit_minor=60000)

    change = accept_purchase_order(invoiced(), purchase_order=standing, today=TODAY)

    assert change.state.purchase_order == replace(standing, covered_minor=57500)


def test_no_purchase_order_is_taken_for_an_ended_or_covered_order() -> None:
    covered = accept_purchase_order(invoiced(), purchase_order=PURCHASE_ORDER, today=TODAY).state
    ended = work_out(invoiced(), cancelled(), about=about()).change.state
    other = PurchaseOrder(number="other", dated=TODAY, limit_minor=60000)

    with pytest.raises(PurchaseOrderUnfit):
        accept_purchase_order(covered, purchase_order=other, today=TODAY)
    with pytest.raises(OrderEnded):
        accept_purchase_order(ended, purchase_order=other, today=TODAY)


ADDRESSES = {"paid_url": "https://town.example/paid", "back_url": "https://town.example/pay"}


def test_an_attempt_to_pay_is_taken_up_again_while_it_fits() -> None:
    order, first = begin(invoiced(), None, **ADDRESSES)
    same, second = begin(order, first, **ADDRESSES)
    part = received(same, "cheque", 7500).change.state
    other, third = begin(part, second, **ADDRESSES)

    assert (first.id, second, same) == ("ord_1.1", first, order)
    assert (third.id, third.amount_minor, current_id(other)) == ("ord_1.2", 50000, "ord_1.2")


def test_nobody_pays_for_what_is_paid_or_ended() -> None:
    with pytest.raises(NothingToPay):
        begin(paid(), None, **ADDRESSES)
    with pytest.raises(OrderEnded):
        begin(work_out(invoiced(), cancelled(), about=about()).change.state, None, **ADDRESSES)


def test_a_decline_is_news_only_while_something_is_owed() -> None:
    declined = checkouts.fail(invoiced(), payment="ord_1.1", reason="card_declined")

    assert [type(each) for each in declined.events] == [PaymentFailed]
    assert checkouts.fail(paid(), payment="ord_1.1", reason="card_declined").events == ()


def test_an_invoice_number_can_be_read_out_and_belongs_to_its_order() -> None:
    number = invoice_number("ord_1", year=2020)

    assert number == invoice_number("ord_1", year=2020)
    assert number != invoice_number("ord_2", year=2020)
    assert [len(part) for part in number.split("-")] == [3, 4, 4, 4, 4]


@pytest.mark.parametrize("typed", ["{}", " {} ", "inv 2020 {digits}", "2020{digits}", "INV-2020-{digits}"])
def test_an_invoice_number_is_known_however_it_is_written_on_the_back_of_a_cheque(typed: str) -> None:
    number = invoice_number("ord_1", year=2020)
    digits = number.removeprefix("INV-2020-").replace("-", "")

    assert invoice_numbers_as_typed(typed.format(number, digits=digits)) == [number]


@pytest.mark.parametrize(
    "typed", ["", "ord_1", "INV", "INV-2020-1234", "INV-2020-1234-5678-90123", "INV-2020-\u0661234-5678-9012"]
)
def test_what_is_no_invoice_number_is_not_taken_for_one(typed: str) -> None:
    assert invoice_numbers_as_typed(typed) == []


@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{dashed}"])
def test_a_payment_reference_leads_to_the_invoice_of_any_year(typed: str) -> None:
    reference = payment_reference("ord_1")

    found = invoice_numbers_as_typed(
        typed.format(reference, lower=reference.lower(), dashed=reference.replace(" ", "-"))
    )

    assert invoice_number("ord_1", year=2020) in found
    assert invoice_number("ord_1", year=2021) in found
    assert invoice_number("ord_2", year=2020) not in found


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(4, 15), st.integers(1, 9))
def test_one_wrong_digit_of_a_payment_reference_is_seen(digits: str, place: int, more: int) -> None:
    right = f"RF{references.check_digits(digits)}{digits}"
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]

    assert references.digits_as_typed(right) == digits
    assert references.digits_as_typed(wrong) is None


def test_a_payment_reference_is_one_by_the_standard() -> None:
    """As ISO 11649 has it: what follows, then the letters as numbers and the check digits, leaves 1 of 97."""
    reference = payment_reference("ord_1").replace(" ", "")

    assert int(reference[4:] + "2715" + reference[2:4]) % 97 == 1
