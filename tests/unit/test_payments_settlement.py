"""What a cancellation means for one order, whatever was paid how, kept and chosen."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.books.domain import ledger
from services.payments.endings.domain.mechanism import CHOICES, Decision
from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.orders import Order
from shared.change import Change
from shared.contracts.payments import CreditIssued, DonationRecorded, GrantReleased, InvoiceVoided, SettlementOffered
from tests.unit.payments_builders import (
    FEE_MINOR,
    GUEST_FEE_MINOR,
    about,
    cancelled,
    fixed,
    invoiced,
    paid,
    received,
)

TENDERS = ("card", "cheque", "transfer", "grant")


@st.composite
def orders(draw: st.DrawFn) -> tuple[Order, Counter[str]]:
    """An order with any payments of any tender up to its total, and the balances that they have left."""
    fee_minor, guest_minor = draw(st.integers(0, 100_000)), draw(st.integers(0, 50_000))
    order = invoiced(fee_minor=fee_minor, guest_minor=guest_minor)
    balances = Counter({"1100": order.total_minor, "2000": -fee_minor, "2001": -guest_minor})
    for number, tender in enumerate(draw(st.lists(st.sampled_from(TENDERS), max_size=4))):
        if order.owed_minor:
            amount_minor = draw(st.integers(1, order.owed_minor))
            step = received(order, tender, amount_minor, payment=f"pay_{number}")
            order = step.change.state
            book(balances, step.transactions)
    return order, balances


def book(balances: Counter[str], transactions: Sequence[ledger.Transaction]) -> None:
    for transaction in transactions:
        assert sum(line.amount_minor for line in transaction.lines) == 0
        for line in transaction.lines:
            balances[str(line.account)] += line.amount_minor


@given(orders(), st.integers(0, 120_000), st.sampled_from(CHOICES))
def test_every_cent_of_an_order_finds_exactly_one_end(
    made: tuple[Order, Counter[str]], fee_minor: int, choice: str
) -> None:
    order, balances = made
    worked_out = work_out(order, cancelled(fee_minor=fee_minor), about=about())
    book(balances, worked_out.transactions)
    final = fix(worked_out.change.state, fixed(choice), about=about("reg_1:3"))
    book(balances, final.transactions)

    settlement = final.change.state.settlement
    assert settlement is not None
    assert len(worked_out.change.events) == 1
    refunds_minor = sum(each.amount_minor for each in final.refunds)
    ends = settlement.written_off_minor + settlement.released_minor + settlement.kept_minor
    ends += settlement.credited_minor + settlement.donated_minor + refunds_minor
    assert ends == order.total_minor
    assert settlement.payable_minor == refunds_minor == -balances["2020"]
    assert [balances[account] for account in ("1100", "2000", "2001")] == [0, 0, 0]
    assert (balances["4020"], balances["2010"], balances["4050"]) == (
        -settlement.kept_minor,
        -settlement.credited_minor,
        -settlement.donated_minor,
    )
    taken = Counter({each.payment: 0 for each in order.shares})
    for each in (*worked_out.takings, *final.takings):
        taken[each.payment] += each.amount_minor
    assert taken == {share.payment: share.paid_minor for share in order.shares}
    for refund in final.refunds:
        share = next(each for each in order.shares if each.payment == refund.payment)
        assert refund.rail == share.tender
        assert 0 < refund.amount_minor <= share.paid_minor


@given(orders(), st.integers(0, 120_000), st.sampled_from(CHOICES))
def test_deciding_twice_changes_nothing(made: tuple[Order, Counter[str]], fee_minor: int, choice: str) -> None:
    order, _ = made
    once = work_out(order, cancelled(fee_minor=fee_minor), about=about()).change.state
    assert work_out(once, cancelled(fee_minor=fee_minor), about=about()) == _nothing(once)

    final = fix(once, fixed(choice), about=about("reg_1:3")).change.state
    for other in CHOICES:
        assert fix(final, fixed(other), about=about("reg_1:4")) == _nothing(final)


def test_a_paid_order_is_offered_what_is_left_after_the_fee() -> None:
    order = paid(guest_minor=GUEST_FEE_MINOR)

    (offered,) = work_out(order, cancelled(fee_minor=7500), about=about()).change.events

    assert offered == SettlementOffered(
        order="ord_1",
        registration="reg_1",
        conference="74th",
        person="per_1",
        run="run_1",
        tender="card",
        currency="USD",
        paid_minor=82500,
        fee_minor=7500,
        refundable_minor=75000,
        voided_minor=0,
        released_minor=0,
        choices=("refund", "credit", "donate"),
        default_choice="refund",
        choose_until=cancelled().choose_until,
    )


def test_no_fee_is_kept_of_a_grant_or_of_an_open_order() -> None:
    grant = work_out(paid("grant"), cancelled(fee_minor=7500), about=about())
    unpaid = work_out(invoiced(tender="purchase_order"), cancelled(fee_minor=7500), about=about())

    assert [type(each) for each in (*grant.change.events, *unpaid.change.events)] == [GrantReleased, InvoiceVoided]
    for decision in (grant, unpaid):
        settlement = decision.change.state.settlement
        assert settlement is not None
        assert (settlement.kept_minor, settlement.is_ended) == (0, True)


def test_the_fee_is_kept_of_the_first_payment_as_far_as_that_goes() -> None:
    order = received(invoiced(), "cheque", 5000, payment="pay_1").change.state
    order = received(order, "card", 40000, payment="pay_2").change.state
    offered = work_out(order, cancelled(fee_minor=7500), about=about()).change.state

    refunds = fix(offered, fixed(), about=about("reg_1:3")).refunds

    assert [(each.payment, each.rail, each.amount_minor) for each in refunds] == [("pay_2", "card", 37500)]


@pytest.mark.parametrize(("choice", "said"), [("credit", CreditIssued), ("donate", DonationRecorded)])
def test_a_credit_and_a_donation_end_the_order_at_once(choice: str, said: type) -> None:
    offered = work_out(paid(), cancelled(fee_minor=7500), about=about()).change.state

    final = fix(offered, fixed(choice), about=about("reg_1:3"))

    assert [type(each) for each in final.change.events] == [said]
    assert final.refunds == ()
    assert final.change.state.state == "settled"
    made = final.credit or final.donation
    assert made is not None
    assert (made.id, made.amount_minor) == (f"{'credit' if choice == 'credit' else 'donation'}:reg_1:3", 50000)


def test_an_unknown_choice_is_refused() -> None:
    offered = work_out(paid(), cancelled(), about=about()).change.state

    with pytest.raises(ValueError, match="no choice"):
        fix(offered, fixed("gamble"), about=about())


def test_nothing_is_fixed_before_it_was_worked_out() -> None:
    with pytest.raises(ValueError, match="before it was worked out"):
        fix(paid(), fixed(), about=about())


def test_the_figures_of_the_story_hold() -> None:
    """J4: 57,500 of a card registration with a guest of 25,000 goes back as a whole."""
    offered = work_out(paid(guest_minor=GUEST_FEE_MINOR), cancelled(), about=about()).change.state

    (refund,) = fix(offered, fixed(), about=about("reg_1:3")).refunds

    assert (refund.id, refund.amount_minor) == ("refund:reg_1:3:pay_1", FEE_MINOR + GUEST_FEE_MINOR)


def _nothing(order: Order) -> Decision:
    return Decision(change=Change(order))
