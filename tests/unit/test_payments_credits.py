"""Credits by their rules: spent in whole or part, back again when what they paid ends, asked for, paid out."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.payments.credits.domain import (
    Credit,
    CreditTooSmall,
    Holder,
    NoPayoutAsked,
    Returned,
    Source,
    approve_payout,
    ask_payout,
    give_back,
    held,
    shared_out,
    spend,
    withdraw_payout,
)
from services.payments.endings.domain.options import cancel_option
from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.orders import NothingToPay, Order, OrderEnded, Underway
from services.payments.receipts.domain.checkouts import PaymentIsUnderway
from services.payments.receipts.domain.receipts import CurrencyDiffers, PaymentTooLarge, receive
from shared.contracts.payments import InvoiceReduced, SettlementOffered
from shared.problem import Refusal
from tests.unit.payments_builders import (
    FEE_MINOR,
    NOW,
    about,
    cancelled,
    earlier_credit,
    fixed,
    invoiced,
    option_cancelled,
    received,
)


def paid_by_credit(order: Order, credit: Credit, amount_minor: int) -> tuple[Order, Credit]:
    """The order once so much of the credit has paid it."""
    after, receipt = spend(credit, order, amount_minor=amount_minor, at=NOW)
    return receive(order, receipt, about=about()).change.state, after


def test_a_credit_pays_an_order_in_part_and_the_rest_comes_by_card() -> None:
    order, credit = paid_by_credit(invoiced(), earlier_credit(30000), 30000)
    after = received(order, "card", 27500, payment="pay_2").change.state

    assert (order.owed_minor, credit.balance_minor, credit.spent_minor) == (27500, 0, 30000)
    assert [(each.tender, each.paid_minor) for each in after.shares] == [("credit", 30000), ("card", 27500)]
    assert after.state == "paid"


def test_one_credit_pays_several_orders_and_each_spending_is_its_own_payment() -> None:
    one, credit = paid_by_credit(invoiced(fee_minor=20000), earlier_credit(), 20000)
    other, credit = paid_by_credit(replace(invoiced(), id="ord_2"), credit, 37500)

    assert (one.owed_minor, other.owed_minor, credit.balance_minor) == (0, 20000, 0)
    assert [each.order for each in credit.spendings] == ["ord_1", "ord_2"]
    assert len({each.payment for each in credit.spendings}) == 2


@pytest.mark.parametrize(
    ("order", "amount_minor", "refusal"),
    [
        (invoiced(), FEE_MINOR + 1, PaymentTooLarge),
        (invoiced(guest_minor=25000), FEE_MINOR + 1, CreditTooSmall),
        (received(invoiced(), "card", FEE_MINOR).change.state, 1, NothingToPay),
        (work_out(invoiced(), cancelled(), about=about()).change.state, 1, OrderEnded),
        (replace(invoiced(), currency="EUR"), 1, CurrencyDiffers),
        (replace(invoiced(), underway=Underway(payment="ord_1.1", amount_minor=FEE_MINOR)), 1, PaymentIsUnderway),
    ],
)
def test_what_a_credit_cannot_pay(order: Order, amount_minor: int, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        spend(earlier_credit(), order, amount_minor=amount_minor, at=NOW)


def test_an_order_that_a_credit_has_paid_offers_no_refund_and_silence_is_credit_again() -> None:
    order, credit = paid_by_credit(invoiced(), earlier_credit(), FEE_MINOR)

    offered = work_out(order, cancelled(fee_minor=7500), about=about())
    final = fix(offered.change.state, fixed("credit"), about=about("reg_1:3"))

    (said,) = offered.change.events
    assert isinstance(said, SettlementOffered)
    assert (said.choices, said.default_choice, said.credit_minor) == (("credit", "donate"), "credit", 50000)
    assert (final.change.events, final.refunds, final.credit) == ((), (), None)
    assert final.returned == (Returned(payment=credit.spendings[0].payment, amount_minor=50000),)
    assert give_back(credit, final.returned[0]).balance_minor == 50000
    assert final.change.state.state == "settled"


def test_of_an_order_that_a_credit_and_a_card_have_paid_each_goes_back_where_it_came_from() -> None:
    order, credit = paid_by_credit(invoiced(), earlier_credit(30000), 30000)
    order = received(order, "card", 27500, payment="pay_2").change.state

    offered = work_out(order, cancelled(), about=about())
    refunded = fix(offered.change.state, fixed("refund"), about=about("reg_1:3"))
    kept = fix(offered.change.state, fixed("credit"), about=about("reg_1:3"))
    donated = fix(offered.change.state, fixed("donate"), about=about("reg_1:3"))

    (said,) = offered.change.events
    assert isinstance(said, SettlementOffered)
    assert (said.choices, said.refundable_minor, said.credit_minor) == (("refund", "credit", "donate"), 57500, 30000)
    assert [(each.rail, each.amount_minor) for each in refunded.refunds] == [("card", 27500)]
    assert refunded.returned == kept.returned == (Returned(payment=credit.spendings[0].payment, amount_minor=30000),)
    assert kept.credit is not None
    assert kept.credit.sources == (Source(payment="pay_2", tender="card", amount_minor=27500),)
    assert donated.donation is not None
    assert (donated.donation.amount_minor, donated.returned) == (57500, ())


def test_an_option_that_ends_goes_back_by_the_newest_payment_credit_or_not() -> None:
    order = received(invoiced(options={"a-07": 9500}), "card", FEE_MINOR).change.state
    order, credit = paid_by_credit(order, earlier_credit(), 9500)

    decision = cancel_option(order, option_cancelled(), about=about("ses:1"))

    (said,) = decision.change.events
    assert isinstance(said, InvoiceReduced)
    assert (said.reduced_minor, said.owed_back_minor, said.credited_minor) == (9500, 0, 9500)
    assert decision.returned == (Returned(payment=credit.spendings[0].payment, amount_minor=9500),)
    assert [(str(each.account), each.amount_minor) for each in decision.transactions[0].lines] == [
        ("2001", 9500),
        ("2010", -9500),
    ]


def test_more_than_a_credit_had_paid_never_comes_back_to_it() -> None:
    _, credit = paid_by_credit(invoiced(), earlier_credit(), FEE_MINOR)
    back = Returned(payment=credit.spendings[0].payment, amount_minor=FEE_MINOR)

    with pytest.raises(ValueError, match="did not pay"):
        give_back(give_back(credit, back), replace(back, amount_minor=1))


def test_a_sum_is_taken_of_the_oldest_credit_first() -> None:
    newer = earlier_credit(20000, order="ord_b", issued_at=NOW)
    older = earlier_credit(30000, order="ord_a", issued_at=NOW - timedelta(days=400))

    assert [(each.id, part) for each, part in shared_out([newer, older], 35000)] == [
        ("credit:ord_a", 30000),
        ("credit:ord_b", 5000),
    ]


def test_money_that_is_asked_for_cannot_be_spent_until_the_holder_thinks_again() -> None:
    asked = ask_payout(earlier_credit(), at=NOW)

    assert (asked.balance_minor, asked.left_minor) == (0, FEE_MINOR)
    assert ask_payout(asked, at=NOW + timedelta(days=1)) == asked
    assert withdraw_payout(asked) == earlier_credit()
    with pytest.raises(CreditTooSmall):
        spend(asked, invoiced(), amount_minor=1, at=NOW)


def test_a_payout_goes_back_against_the_payments_that_the_credit_was_made_of_and_never_beyond() -> None:
    two = (
        Source(payment="pay_b", tender="cheque", amount_minor=20000),
        Source(payment="pay_a", tender="card", amount_minor=37500),
    )
    _, credit = paid_by_credit(invoiced(), replace(earlier_credit(), sources=two), 30000)
    back = Returned(payment=credit.spendings[0].payment, amount_minor=30000)

    first, parts = approve_payout(ask_payout(credit, at=NOW))
    second, others = approve_payout(ask_payout(give_back(first, back), at=NOW))

    assert [(each.payment, each.amount_minor) for each in parts] == [("pay_b", 20000), ("pay_a", 7500)]
    assert [(each.payment, each.amount_minor) for each in others] == [("pay_a", 30000)]
    assert (first.paid_out_minor, second.paid_out_minor, second.left_minor) == (27500, 57500, 0)
    with pytest.raises(NoPayoutAsked):
        approve_payout(second)
    with pytest.raises(NoPayoutAsked):
        withdraw_payout(second)
    with pytest.raises(CreditTooSmall):
        ask_payout(second, at=NOW)


@pytest.mark.parametrize(
    ("issued_on", "unclaimed_on", "first_letter"),
    [
        (date(2020, 4, 9), date(2025, 4, 9), 2021),
        (date(2020, 2, 29), date(2025, 2, 28), 2020),
        (date(2020, 3, 1), date(2025, 3, 1), 2021),
    ],
)
def test_a_credit_is_unclaimed_after_five_years_and_its_first_letter_is_on_the_next_first_of_march(
    issued_on: date, unclaimed_on: date, first_letter: int
) -> None:
    at = datetime.combine(issued_on, time(14), UTC)
    credit = replace(earlier_credit(), issued_at=at)

    assert credit.unclaimed_on() == unclaimed_on
    assert held(None, credit) == Holder(id="per_1", credits=(credit.id,), letter_year=first_letter - 1)
