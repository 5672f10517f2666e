"""What it means for an order that an option moves or ends, whatever was paid how, and whatever happens afterwards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.books.domain import ledger
from services.payments.endings.domain.mechanism import CHOICES, Decision
from services.payments.endings.domain.options import OptionPriceDiffers, OptionUnknown, cancel_option, move_option
from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.lines import KEPT
from services.payments.orders.domain.orders import Order
from services.payments.refunds.domain.outside import Why, take_in
from services.payments.refunds.domain.recording import record
from services.payments.refunds.domain.refunds import Payee, Refund, RefundState, heard, name_payee, plan_refund
from shared.change import Change
from shared.contracts.payments import InvoiceReduced, InvoiceVoided, RefundSettled
from tests.unit.payments_builders import (
    FEE_MINOR,
    NOW,
    OPTION_MINOR,
    TODAY,
    about,
    cancelled,
    fixed,
    invoiced,
    option_cancelled,
    option_moved,
    paid,
    received,
    told_of,
)

A07 = {"a-07": OPTION_MINOR}


def lines(decision: Decision) -> list[tuple[str, int]]:
    """What a decision books."""
    return [(str(line.account), line.amount_minor) for each in decision.transactions for line in each.lines]


def refunds(decision: Decision) -> list[tuple[str, str, int]]:
    """What a decision sends back."""
    return [(each.payment, each.rail, each.amount_minor) for each in decision.refunds]


def test_an_invoice_defers_options_with_the_guests() -> None:
    order = invoiced(guest_minor=25000, options=A07)

    assert (order.total_minor, order.deferred) == (
        92000,
        ledger.Deferred(fee_minor=FEE_MINOR, optional_minor=34500),
    )


@pytest.mark.parametrize("rail", ["card", "cheque", "transfer"])
def test_of_a_paid_order_the_option_goes_back_the_way_it_came(rail: str) -> None:
    decision = cancel_option(paid(rail, options=A07), option_cancelled(), about=about("reg_1:4"))

    (refund,) = decision.refunds
    assert (refund.id, refund.run, refund.product) == ("refund:reg_1:4:pay_1", "", "a-07")
    assert (refund.rail, refund.amount_minor) == (rail, OPTION_MINOR)
    assert lines(decision) == [("2001", OPTION_MINOR), ("2020", -OPTION_MINOR)]
    assert [(each.payment, each.amount_minor) for each in decision.takings] == [("pay_1", OPTION_MINOR)]
    order = decision.change.state
    assert (order.total_minor, order.paid_minor, order.owed_minor, order.state) == (FEE_MINOR, FEE_MINOR, 0, "paid")
    assert decision.change.events == (
        InvoiceReduced(
            order="ord_1",
            registration="reg_1",
            conference="74th",
            person="per_1",
            number=order.number,
            product="a-07",
            session="ses of a-07",
            reduced_minor=OPTION_MINOR,
            written_off_minor=0,
            owed_back_minor=OPTION_MINOR,
            released_minor=0,
            total_minor=FEE_MINOR,
            balance_minor=0,
            currency="USD",
        ),
    )


def test_of_an_open_order_the_invoice_shrinks_and_nothing_goes_back() -> None:
    decision = cancel_option(invoiced(tender="purchase_order", options=A07), option_cancelled(), about=about())

    assert (lines(decision), decision.refunds, decision.takings) == (
        [("2001", OPTION_MINOR), ("1100", -OPTION_MINOR)],
        (),
        (),
    )
    assert decision.change.state.owed_minor == FEE_MINOR


def test_of_a_part_paid_order_what_is_owed_goes_first_and_then_money_comes_back() -> None:
    order = received(invoiced(options=A07), "cheque", 60000).change.state

    decision = cancel_option(order, option_cancelled(), about=about())

    assert lines(decision) == [("2001", 9500), ("1100", -7000), ("2020", -2500)]
    assert refunds(decision) == [("pay_1", "cheque", 2500)]
    assert (decision.change.state.paid_minor, decision.change.state.owed_minor) == (57500, 0)


def test_a_grants_part_goes_back_to_its_fund_and_no_refund_is_made() -> None:
    decision = cancel_option(paid("grant", options=A07), option_cancelled(), about=about())

    assert (lines(decision), decision.refunds) == ([("2001", 9500), ("2100", -9500)], ())
    assert [(each.payment, each.amount_minor) for each in decision.takings] == [("pay_1", 9500)]


def test_the_registrants_own_money_goes_back_first_the_newest_of_it_and_then_the_grants() -> None:
    order = received(invoiced(options=A07), "grant", 60000, payment="pay_1").change.state
    order = received(order, "cheque", 4000, payment="pay_2").change.state
    order = received(order, "card", 3000, payment="pay_3").change.state

    decision = cancel_option(order, option_cancelled(), about=about())

    assert refunds(decision) == [("pay_3", "card", 3000), ("pay_2", "cheque", 4000)]
    assert lines(decision) == [("2001", 9500), ("2100", -2500), ("2020", -7000)]
    assert [share.paid_minor for share in decision.change.state.shares] == [57500, 0, 0]


def test_an_option_ends_once_and_only_one_that_is_known() -> None:
    once = cancel_option(paid(options=A07), option_cancelled(), about=about()).change.state

    assert cancel_option(once, option_cancelled(), about=about("reg_1:5")) == Decision(change=Change(once))
    with pytest.raises(OptionUnknown, match="golf"):
        cancel_option(once, option_cancelled("golf"), about=about())
    with pytest.raises(OptionPriceDiffers):
        cancel_option(paid(options=A07), option_cancelled(amount_minor=9499), about=about())


def test_after_the_end_of_an_order_its_option_changes_nothing_more() -> None:
    ended = work_out(paid(options=A07), cancelled(), about=about()).change.state

    assert cancel_option(ended, option_cancelled(), about=about()) == Decision(change=Change(ended))


def test_a_move_renames_the_line_once_and_moves_no_money() -> None:
    order = paid(options=A07)

    change = move_option(order, option_moved())

    assert change is not None
    assert [(line.product, line.session) for line in change.state.options] == [("a-09", "ses of a-09")]
    assert (replace(change.state, lines=order.lines), change.events) == (order, ())
    assert move_option(change.state, option_moved()) is None
    with pytest.raises(OptionUnknown):
        move_option(order, option_moved("golf", "tennis"))
    with pytest.raises(OptionPriceDiffers):
        move_option(order, option_moved(amount_minor=1))


def test_an_order_of_which_everything_has_gone_back_ends_like_one_that_was_never_paid() -> None:
    emptied = cancel_option(paid(fee_minor=0, options=A07), option_cancelled(), about=about()).change.state

    decision = work_out(emptied, cancelled(fee_minor=7500), about=about("reg_1:5"))

    assert [type(each) for each in decision.change.events] == [InvoiceVoided]
    assert (decision.transactions, decision.takings) == ((), ())
    assert decision.change.state.state == "settled"


def test_an_options_refund_that_arrives_after_the_conference_was_cancelled_is_noted_and_part_of_no_settlement() -> None:
    before = cancel_option(paid(options=A07), option_cancelled(), about=about())
    (refund,) = before.refunds
    ended = work_out(before.change.state, cancelled(), about=about("reg_1:5")).change.state

    told = told_of(refund, "succeeded")
    outcome = heard(ended, refund, told, about=about())

    (line,) = outcome.change.state.options
    assert [each.is_settled for each in line.refunds] == [True]
    assert [type(each) for each in outcome.change.events] == [RefundSettled]
    settlement = outcome.change.state.settlement
    assert settlement is not None
    assert (settlement.refunds, settlement.free_minor) == ((), FEE_MINOR)


def check_totals(order: Order) -> None:
    """What stands is paid or owed; what has ended has become what its ending says, to the cent."""
    standing_minor = sum(line.amount_minor for line in order.lines if line.is_standing)
    kept_minor = sum(ending.kept_minor for ending in order.endings)
    assert standing_minor == sum(share.paid_minor for share in order.shares) + kept_minor + order.owed_minor
    assert kept_minor == sum(line.amount_minor for line in order.lines if line.kind == KEPT)
    for ending in order.endings:
        ended_minor = sum(line.amount_minor for line in order.lines if line.ending == ending.id)
        assert ended_minor == ending.amount_minor == ending.accounted_minor
        assert min(ending.kept_minor, ending.held_minor, ending.written_off_minor, ending.released_minor) >= 0


# any story


@dataclass
class Books:
    """An order with all that its decisions have said, booked and taken: a treasurer who forgets nothing."""

    order: Order
    balances: Counter[str] = field(default_factory=Counter)
    refundable: Counter[str] = field(default_factory=Counter)
    captured: Counter[str] = field(default_factory=Counter)
    refunds: dict[str, Refund] = field(default_factory=dict)
    event_count: int = 0
    beyond_minor: int = 0  # refunded outside of what was owed: the payer owes it

    def cause(self) -> str:
        """The next event of the registration's story."""
        self.event_count += 1
        return f"reg_1:{self.event_count}"

    def book(self, transactions: Sequence[ledger.Transaction]) -> None:
        for transaction in transactions:
            assert sum(line.amount_minor for line in transaction.lines) == 0
            for line in transaction.lines:
                self.balances[str(line.account)] += line.amount_minor

    def carry_out(self, decision: Decision) -> None:
        self.order = decision.change.state
        self.book(decision.transactions)
        for taking in decision.takings:
            assert self.refundable[taking.payment] >= taking.amount_minor  # the guard on the payment
            self.refundable[taking.payment] -= taking.amount_minor
        for refund in decision.refunds:
            assert refund.id not in self.refunds
            self.refunds[refund.id] = refund

    def pay(self, tender: str, amount_minor: int) -> None:
        payment = f"pay_{len(self.captured)}"
        step = received(self.order, tender, amount_minor, payment=payment)
        assert step.excess_minor == 0
        self.order = step.change.state
        self.book(step.transactions)
        self.captured[payment] = self.refundable[payment] = amount_minor

    def settle(self, refund: Refund) -> None:
        """The refund arrives, by card or by hand."""
        if refund.rail == "card":
            told = told_of(refund, "succeeded", id_=f"re of {refund.id}")
            outcome = heard(self.order, refund, told, about=about())
        else:
            payable = refund
            if refund.state is RefundState.AWAITING_PAYEE:
                payable, _ = name_payee(self.order, refund, Payee(name="Dana", postal_address=("1 Main Street",)))
            outcome = record(
                self.order,
                payable,
                rail=refund.rail,
                reference=f"number of {refund.id}",
                paid_on=TODAY,
                days=(TODAY, TODAY),
                about=about(),
            )
        self._take(outcome.refund, outcome.change.state, outcome.transactions)

    def settle_or_not(self, id_: str) -> None:
        """The refund arrives, unless it has."""
        if self.refunds[id_].state is not RefundState.SETTLED:
            self.settle(self.refunds[id_])

    def fail(self, refund: Refund) -> None:
        """The card does not take it, now or days later: it goes by cheque."""
        if refund.rail == "card":
            told = told_of(refund, "failed", id_=f"re of {refund.id}", reason="expired")
            outcome = heard(self.order, refund, told, about=about())
            self._take(outcome.refund, outcome.change.state, outcome.transactions)

    def refund_outside(self, payment: str, amount_minor: int) -> None:
        """Somebody refunds a card payment at the provider."""
        told = replace(told_of(self._any_refund(), "succeeded", id_=f"re outside {self.cause()}"), refund="")
        told = replace(told, amount_minor=amount_minor)
        refunds = [each for each in self.refunds.values() if each.payment == payment]
        taken = take_in(self.order, told, payment=payment, refunds=refunds, why=Why.NO_NUMBER, about=about())
        self.order = taken.order
        self.book(taken.transactions)
        self.refundable[payment] -= taken.share_minor
        self.beyond_minor += taken.outside.beyond_minor
        self.refunds |= {each.id: each for each in taken.rests}
        for part in taken.parts:
            outcome = heard(self.order, part, told, about=about())
            self._take(outcome.refund, outcome.change.state, outcome.transactions)

    def _any_refund(self) -> Refund:
        return plan_refund(self.order, id_="", run="", payment="", tender="card", amount_minor=0, now=NOW)

    def _take(self, refund: Refund, order: Order, transactions: Sequence[ledger.Transaction]) -> None:
        self.refunds[refund.id], self.order = refund, order
        self.book(transactions)

    def check(self) -> None:
        """What is true at any instant."""
        order = self.order
        assert order.total_minor == order.paid_minor + order.voided_minor + order.owed_minor
        assert order.owed_minor >= 0
        assert self.balances["1100"] == order.owed_minor + self.beyond_minor
        for line in order.options:
            ends = line.written_off_minor + line.released_minor + sum(each.amount_minor for each in line.refunds)
            assert ends == (0 if line.is_standing else line.amount_minor)
        check_totals(order)
        open_minor = sum(each.amount_minor for each in self.refunds.values() if each.state is not RefundState.SETTLED)
        assert -self.balances["2020"] == open_minor
        for payment, captured_minor in self.captured.items():
            back_minor = sum(each.amount_minor for each in self.refunds.values() if each.payment == payment)
            assert 0 <= back_minor <= captured_minor - self.refundable[payment]
        if order.settlement is None:
            assert (-self.balances["2000"], -self.balances["2001"]) == (
                order.deferred.fee_minor,
                order.deferred.optional_minor,
            )
            assert sum(self.refundable.values()) == order.paid_minor
        noted = [each for ending in order.endings for each in (*ending.refunds, *ending.more)]
        assert {each.refund: each.is_settled for each in noted} == {
            id_: each.state is RefundState.SETTLED
            for id_, each in self.refunds.items()
            if each.run or not id_.startswith("refund:outside:")  # made while the order was on: it is in no settlement
        }


HAPPENINGS = ("pay", "pay", "cancel", "cancel", "move", "settle", "fail", "outside", "outside", "end", "fix")


@given(st.data())
def test_whatever_happens_to_options_and_orders_every_cent_finds_exactly_one_end(data: st.DataObject) -> None:
    amounts = st.integers(0, 20_000)
    options = data.draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), amounts, max_size=3))
    fee_minor, guest_minor = data.draw(st.integers(0, 90_000)), data.draw(amounts)
    books = Books(invoiced(fee_minor=fee_minor, guest_minor=guest_minor, options=options))
    books.balances.update({"1100": books.order.total_minor, "2000": -fee_minor})
    books.balances["2001"] -= guest_minor + sum(options.values())
    kept_minor, choice = data.draw(amounts), data.draw(st.sampled_from(CHOICES))
    books.check()

    for happening in data.draw(st.lists(st.sampled_from(HAPPENINGS), max_size=25)):
        happen(books, happening, data, kept_minor=kept_minor, choice=choice)
        books.check()
    end(books, kept_minor=kept_minor, choice=choice)
    books.check()

    assert [books.balances[account] for account in ("1100", "2000", "2001", "2020")] == [books.beyond_minor, 0, 0, 0]
    refunded_minor = sum(each.amount_minor for each in books.refunds.values())
    kept = -sum(books.balances[account] for account in ("2010", "4020", "4050"))
    own = {payment: minor for payment, minor in books.captured.items() if payment not in _grants(books)}
    assert sum(own.values()) + books.beyond_minor == refunded_minor + kept
    assert sum(books.refundable.values()) == 0
    assert -books.balances["2100"] == sum(books.captured[payment] for payment in _grants(books))
    assert books.order.state == "settled"


def _cards_with_money(books: Books) -> dict[str, int]:
    """What the provider would still refund of each card payment."""
    left = {share.payment: books.captured[share.payment] for share in books.order.shares if share.tender == "card"}
    for refund in books.refunds.values():
        if refund.payment in left and refund.state is RefundState.SETTLED:
            left[refund.payment] -= refund.amount_minor
    return {payment: minor for payment, minor in left.items() if minor}


def happen(books: Books, happening: str, data: st.DataObject, *, kept_minor: int, choice: str) -> None:
    """One thing that may happen, if it may happen now."""
    order = books.order
    standing = [line for line in order.options if line.is_standing]
    match happening:
        case "pay" if order.owed_minor and order.settlement is None:
            tender = data.draw(st.sampled_from(("card", "cheque", "transfer", "grant")))
            books.pay(tender, data.draw(st.integers(1, order.owed_minor)))
        case "cancel" if standing:
            line = data.draw(st.sampled_from(standing))
            told = option_cancelled(line.product, amount_minor=line.amount_minor)
            books.carry_out(cancel_option(order, told, about=about(books.cause())))
            books.carry_out(cancel_option(books.order, told, about=about(books.cause())))
        case "move" if standing and order.settlement is None:
            line = data.draw(st.sampled_from(standing))
            moved = move_option(order, option_moved(line.product, f"{line.product}'", amount_minor=line.amount_minor))
            assert moved is not None
            books.order = moved.state
        case "settle" if books.refunds:
            books.settle_or_not(data.draw(st.sampled_from(sorted(books.refunds))))
        case "fail" if books.refunds:
            books.fail(books.refunds[data.draw(st.sampled_from(sorted(books.refunds)))])
        case "outside" if cards := _cards_with_money(books):
            payment = data.draw(st.sampled_from(sorted(cards)))
            books.refund_outside(payment, data.draw(st.integers(1, cards[payment])))
        case "end":
            books.carry_out(work_out(order, cancelled(fee_minor=kept_minor), about=about(books.cause())))
        case "fix" if order.settlement is not None:
            books.carry_out(fix(order, fixed(choice), about=about(books.cause())))
        case _:
            pass


def end(books: Books, *, kept_minor: int, choice: str) -> None:
    """The conference is cancelled, the choice is fixed, and all refunds arrive."""
    books.carry_out(work_out(books.order, cancelled(fee_minor=kept_minor), about=about(books.cause())))
    books.carry_out(fix(books.order, fixed(choice), about=about(books.cause())))
    for id_ in sorted(books.refunds):
        books.settle_or_not(id_)


def _grants(books: Books) -> set[str]:
    return {share.payment for share in books.order.shares if share.tender == "grant"}
