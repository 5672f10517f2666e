"""Every total of an order of several, at any instant: endings in any order and at any time, whatever was paid how
between them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.payments.books.domain.ledger import Transaction
from services.payments.credits.domain import Credit, give_back, spend
from services.payments.endings.domain.leaving import leave
from services.payments.endings.domain.mechanism import CHOICES, Decision
from services.payments.endings.domain.options import cancel_option, move_option
from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.adding import add_line
from services.payments.orders.domain.giving_back import give_back_of
from services.payments.orders.domain.invoices import issue_invoice
from services.payments.orders.domain.orders import Order
from services.payments.provider.domain.shown import Dispute, DisputeState
from services.payments.receipts.domain.receipts import receive
from services.payments.refunds.domain import disputes
from services.payments.refunds.domain.refunds import Refund, owe_excess
from shared.contracts.registration import (
    OptionAdded,
    OptionCancelled,
    OptionMoved,
    OrderEnded,
    OrderPlaced,
    PlacedLine,
    RefundTerms,
    RegistrationLeft,
    SettlementFixed,
)
from shared.problem import Refusal
from tests.unit.payments_builders import NOW, about, earlier_credit, received

TENDERS = ("card", "cheque", "transfer", "grant")
OPENING_MINOR = 80_000  # the town's credit of an earlier conference
UNTIL = datetime(2020, 5, 1, 5, tzinfo=UTC)


@dataclass
class Town:
    """An order of several, what was booked about it, what its payments have left, and what goes back."""

    order: Order
    terms: RefundTerms
    balances: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    gone: set[str] = field(default_factory=set)
    added: Counter[str] = field(default_factory=Counter)
    back_minor: int = 0
    arrived_minor: int = 0
    step_count: int = 0
    old: Credit = field(default_factory=lambda: earlier_credit(OPENING_MINOR))
    kept_as_credit_minor: int = 0
    donated_minor: int = 0
    refunds: dict[str, Refund] = field(default_factory=dict)
    cards: dict[str, int] = field(default_factory=dict)  # what came by card, by payment
    disputes: dict[str, Dispute] = field(default_factory=dict)  # by payment

    def cause(self) -> str:
        self.step_count += 1
        return f"cause_{self.step_count}"

    def book(self, transactions: Sequence[Transaction]) -> None:
        for transaction in transactions:
            assert sum(line.amount_minor for line in transaction.lines) == 0
            for line in transaction.lines:
                self.balances[str(line.account)] += line.amount_minor

    def carry_out(self, decision: Decision) -> None:
        self.order = decision.change.state
        self.book(decision.transactions)
        for taking in decision.takings:
            self.left[taking.payment] -= taking.amount_minor
        self.back_minor += sum(each.amount_minor for each in decision.refunds)
        self.refunds |= {each.id: each for each in decision.refunds}
        for each in decision.returned:
            self.old = give_back(self.old, each)
        self.kept_as_credit_minor += decision.credit.amount_minor if decision.credit else 0
        self.donated_minor += decision.donation.amount_minor if decision.donation else 0

    def spend(self, amount_minor: int) -> None:
        """The town pays with its credit: at most what is owed and what it has left, and nothing after the end."""
        try:
            self.old, credited = spend(self.old, self.order, amount_minor=amount_minor, at=NOW)
        except Refusal:
            can_pay = not self.order.is_over and amount_minor <= min(self.order.owed_minor, self.old.balance_minor)
            assert not can_pay
            return
        step = receive(self.order, credited, about=about(self.cause()))
        assert step.excess_minor == 0
        self.book(step.transactions)
        self.arrived_minor += amount_minor
        self.left[credited.payment] = step.payment.refundable_minor
        self.order = step.change.state

    def pay(self, tender: str, amount_minor: int) -> None:
        """Money comes, as much as is owed or more, in time or late; a grant never as more than is owed, nor late."""
        if tender == "grant" and (self.order.is_over or amount_minor > self.order.owed_minor):
            return
        payment = f"pay_{self.cause()}"
        step = received(self.order, tender, amount_minor, payment=payment)
        self.book(step.transactions)
        self.arrived_minor += amount_minor
        self.left[payment] = step.payment.refundable_minor
        self.order = step.change.state
        if step.excess_minor:
            assert step.payment.is_late == self.order.is_over
            self.order, refund = owe_excess(
                self.order, payment=payment, tender=tender, amount_minor=step.excess_minor, now=NOW
            )
            self.back_minor += refund.amount_minor
            self.refunds[refund.id] = refund
        if tender == "card":
            self.cards[payment] = amount_minor

    def bounce(self, number: int) -> None:
        """A cheque or a card payment is gone again, so that what it had paid is owed again."""
        if self.order.settlement is not None or not self.order.shares:
            return
        share = self.order.shares[number % len(self.order.shares)]
        if share.tender == "credit" or share.payment in self.disputes:
            return
        self.order, deferred, taken_minor = give_back_of(self.order, share.payment, share.paid_minor)
        assert deferred.total_minor == 0
        self.left[share.payment] -= taken_minor
        self.balances["1100"] += taken_minor
        self.balances["gone"] -= taken_minor

    def leave(self, registration: str) -> None:
        """One of them leaves; a second time, or after the end, nothing happens."""
        if self.order.settlement is not None and registration not in self.gone:
            return  # the run has it
        self.gone.add(registration)
        said = RegistrationLeft(
            registration=registration,
            conference="74th",
            person=f"per of {registration}",
            order="ord_1",
            terms=self.terms,
            tender="transfer",
            total_minor=0,
            guest_count=0,
            is_delegate=True,
            payer="pyr_1",
        )
        self.carry_out(leave(self.order, said, about=about(self.cause())))

    def add(self, registration: str, amount_minor: int) -> None:
        """Somebody who is there adds something, which is heard twice; after the conference's end it is never owed."""
        if registration in self.gone:
            return
        self.added[registration] += 1
        number = self.added[registration]
        said = OptionAdded(
            registration=registration,
            conference="74th",
            person=f"per of {registration}",
            order="ord_1",
            number=number,
            product=f"later-{number}",
            session="",
            amount_minor=amount_minor,
            currency="USD",
            payer="pyr_1",
        )
        owed_minor, is_over = self.order.owed_minor, self.order.is_over
        found = add_line(self.order, said, about=about(self.cause()))
        assert found is not None
        change, transactions = found
        self.order = change.state
        self.book(transactions)
        assert self.order.owed_minor == owed_minor + (0 if is_over else amount_minor)
        assert bool(change.events) != is_over
        assert add_line(self.order, said, about=about(self.cause())) is None

    def end_added(self, registration: str) -> None:
        """What somebody added first and still has ends."""
        lines = [each for each in self.order.open_lines if each.registration == registration and each.added_at]
        if registration in self.gone or self.order.settlement is not None or not lines:
            return
        said = OptionCancelled(
            registration=registration,
            conference="74th",
            person=f"per of {registration}",
            order="ord_1",
            product=lines[0].product,
            session="",
            amount_minor=lines[0].amount_minor,
            currency="USD",
            by="registrant",
        )
        self.carry_out(cancel_option(self.order, said, about=about(self.cause())))

    def end_option(self, registration: str) -> None:
        """Somebody's option ends, while they are there."""
        if registration in self.gone or self.order.settlement is not None:
            return
        line = next(each for each in self.order.lines if each.registration == registration and each.product)
        said = OptionCancelled(
            registration=registration,
            conference="74th",
            person=f"per of {registration}",
            order="ord_1",
            product=line.product,
            session=line.session,
            amount_minor=line.amount_minor,
            currency="USD",
            by="deadline",
        )
        self.carry_out(cancel_option(self.order, said, about=about(self.cause())))

    def move_option(self, registration: str) -> None:
        """The session is cancelled, and who had paid for it moves to another one."""
        line = next(each for each in self.order.lines if each.registration == registration and each.product)
        if registration in self.gone or self.order.settlement is not None or line.product != "a-07":
            return
        said = OptionMoved(
            registration=registration,
            conference="74th",
            person=f"per of {registration}",
            order="ord_1",
            option=line.product,
            from_session=line.session,
            to_session="ses_09",
            amount_minor=line.amount_minor,
            currency="USD",
            to_option="a-09",
        )
        moved = move_option(self.order, said)
        self.order = moved.state if moved else self.order

    def cancel_session(self) -> None:
        """The session is cancelled, and its price goes back to whoever has not moved."""
        for each in self.order.registrations:
            line = next(line for line in self.order.lines if line.registration == each and line.product)
            if line.session == "ses_07":
                self.end_option(each)

    def dispute(self, number: int, percent: int) -> None:
        """The bank of who paid by card takes the money back, or some of it, and has not decided yet."""
        free = [each for each in self.cards if each not in self.disputes and self.cards[each] * percent >= 100]
        if free:
            payment = free[number % len(free)]
            self.disputes[payment] = Dispute(
                id=f"dp_{payment}",
                payment_intent=payment,
                amount_minor=self.cards[payment] * percent // 100,
                currency="USD",
                state=DisputeState.OPEN,
                opened_on=date(2020, 4, 9),
            )

    def decide(self, number: int, state: DisputeState) -> None:
        """A bank decides; a decision stands."""
        if self.disputes:
            payment = list(self.disputes)[number % len(self.disputes)]
            told = replace(self.disputes[payment], state=state)
            self.disputes[payment] = disputes.learned(self.disputes[payment], told)

    def settle_by_disputes(self) -> None:
        """As after every step about a payment: lost disputes pay its refunds, and the rest of them is a loss."""
        for payment, dispute in self.disputes.items():
            for refund in [each for each in self.refunds.values() if each.payment == payment]:
                if dispute.payable_minor and disputes.can_be_covered(refund):
                    covered = disputes.cover(self.order, refund, dispute, about=about(self.cause()))
                    dispute, self.order = covered.dispute, covered.outcome.change.state
                    self.refunds[refund.id] = covered.outcome.refund
                    if covered.part is not None:
                        self.refunds[covered.part.id] = covered.part
                    self.book(covered.outcome.transactions)
            if dispute.left_minor:
                dispute, loss = disputes.write_off(dispute, about=about(self.cause()))
                self.book([loss])
            self.disputes[payment] = dispute

    def check_disputes(self) -> None:
        """No cent of a lost dispute appears, vanishes or is paid twice."""
        lost = [each for each in self.disputes.values() if each.state is DisputeState.LOST]
        covered_minor = sum(each.covered_minor for each in self.disputes.values())
        by_bank = [each for each in self.refunds.values() if each.rail == "dispute" and each.state == "settled"]
        assert covered_minor == sum(each.amount_minor for each in by_bank)
        assert all(each.covered_minor + each.written_off_minor == each.amount_minor for each in lost)
        assert all(min(each.covered_minor, each.written_off_minor) >= 0 for each in lost)
        assert self.balances["1150"] == -sum(each.amount_minor for each in lost)
        assert self.balances["5040"] == sum(each.amount_minor for each in lost) - covered_minor
        assert self.balances["2020"] == covered_minor - self.back_minor
        assert sum(each.amount_minor for each in self.refunds.values()) == self.back_minor
        for each in self.refunds.values():
            dispute = self.disputes.get(each.payment)
            assert each.state == "settled" or dispute is None or dispute.payable_minor == 0
        for share in (each for ending in self.order.endings for each in ending.refunds):
            refund = self.refunds[share.refund]
            assert (share.amount_minor, share.is_settled) == (refund.amount_minor, refund.state == "settled")

    def cancel(self) -> None:
        """The conference is cancelled; whoever has left is named as such."""
        there = tuple(each for each in self.order.registrations if each not in self.gone)
        if not there:
            return
        said = OrderEnded(
            order="ord_1",
            conference="74th",
            payer="pyr_1",
            run="run_1",
            registrations=there,
            left=tuple(self.gone),
            terms=self.terms,
            choose_until=UNTIL,
            default_choice="refund",
        )
        self.carry_out(work_out(self.order, said, about=about(self.cause())))

    def choose(self, choice: str) -> None:
        """The town chooses, once there is something to choose."""
        if self.order.settlement is None or self.order.settlement.is_fixed:
            return
        said = SettlementFixed(
            registration=self.order.settlement.registrations[0],
            conference="74th",
            person="pyr_1",
            order="ord_1",
            run="run_1",
            choice=choice,
            fixed_by="registrant",
        )
        self.carry_out(fix(self.order, said, about=about(self.cause())))

    def check(self) -> None:
        """What HOUSE says of every order at any instant, and what the books say of it."""
        order = self.order
        standing = [line for line in order.lines if line.is_standing]
        kept_minor = sum(line.amount_minor for line in standing if line.kept_by)
        paid_minor = sum(share.paid_minor for share in order.shares)
        assert sum(line.amount_minor for line in standing) == paid_minor + kept_minor + order.owed_minor
        assert all(share.paid_minor >= 0 for share in order.shares)
        assert order.owed_minor >= 0
        for ending in order.endings:
            ended_minor = sum(line.amount_minor for line in order.lines if line.ending == ending.id)
            assert ending.amount_minor == ended_minor == ending.accounted_minor
            assert ending.kept_minor <= ending.fee_minor
        assert kept_minor == sum(ending.kept_minor for ending in order.endings)
        assert {each.registrations for each in order.leavings} == {(each,) for each in self.gone}
        held_minor = sum(ending.held_minor for ending in order.endings)
        assert self.balances["1100"] == order.owed_minor
        assert -self.balances["2000"] - self.balances["2001"] == order.deferred.total_minor + held_minor
        assert self.balances["4020"] == -kept_minor
        assert self.balances["4050"] == -self.donated_minor
        assert self.balances["2010"] == self.old.spent_minor - self.kept_as_credit_minor
        assert self.old.balance_minor + self.old.spent_minor == OPENING_MINOR
        credited_minor = sum(ending.credited_minor for ending in order.endings)
        returned_minor = sum(each.returned_minor for each in self.old.spendings)
        assert credited_minor == returned_minor + self.kept_as_credit_minor
        self.check_disputes()
        own = {share.payment: share.paid_minor for share in order.shares}
        in_hand = {
            each.payment: each.left_minor for ending in order.endings if not ending.is_fixed for each in ending.own
        }
        assert all(self.left[each] == own.get(each, 0) + in_hand.get(each, 0) for each in self.left)


PEOPLE = ("reg_1", "reg_2", "reg_3", "reg_4")
STEPS = st.one_of(
    st.tuples(st.just("pay"), st.sampled_from(TENDERS), st.integers(1, 90_000)),
    st.tuples(st.just("spend"), st.integers(1, 90_000)),
    st.tuples(st.just("bounce"), st.integers(0, 5)),
    st.tuples(st.just("leave"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("end_option"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("add"), st.sampled_from(PEOPLE), st.integers(0, 9_500)),
    st.tuples(st.just("end_added"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("move_option"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("cancel_session")),
    st.tuples(st.just("dispute"), st.integers(0, 5), st.integers(1, 100)),
    st.tuples(st.just("decide"), st.integers(0, 5), st.sampled_from([DisputeState.LOST, DisputeState.WON])),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("choose"), st.sampled_from(CHOICES)),
)


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Four people at prices of their own, some for nothing, each with an option; nothing paid yet."""
    lines = []
    for each in PEOPLE:
        lines.append(PlacedLine(registration=each, kind="fee", amount_minor=draw(st.integers(0, 60_000))))
        option_minor = draw(st.integers(1, 9_500))
        lines.append(
            PlacedLine(registration=each, kind="option", amount_minor=option_minor, product="a-07", session="ses_07")
        )
    terms = RefundTerms(
        organiser_cancels_fee_minor=draw(st.integers(0, 20_000)), leave_fee_minor=draw(st.integers(0, 20_000))
    )
    placed = OrderPlaced(
        order="ord_1",
        conference="74th",
        payer="pyr_1",
        registrations=PEOPLE,
        tender="transfer",
        currency="USD",
        lines=tuple(lines),
        terms=terms,
    )
    change, transactions = issue_invoice(placed, about=about())
    town = Town(order=change.state, terms=terms)
    town.book(transactions)
    return town


@given(towns(), st.lists(STEPS, max_size=14))
def test_every_total_of_an_order_of_several_holds_at_any_instant(town: Town, steps: list[tuple[object, ...]]) -> None:
    town.check()
    for name, *arguments in steps:
        getattr(town, str(name))(*arguments)
        town.settle_by_disputes()
        town.check()


BANKS = st.one_of(
    st.tuples(st.just("dispute"), st.integers(0, 5), st.integers(1, 100)),
    st.tuples(st.just("decide"), st.integers(0, 5), st.sampled_from([DisputeState.LOST, DisputeState.WON])),
)


@settings(max_examples=250)  # a few of a hundred have a refund behind a loss
@given(
    towns(),
    st.integers(20_000, 300_000),
    st.integers(1, 100),
    st.booleans(),
    st.lists(st.one_of(BANKS, STEPS), min_size=3, max_size=12),
)
def test_whatever_banks_take_back_of_an_order_of_several_no_cent_is_lost_or_paid_twice(
    town: Town, amount_minor: int, percent: int, is_lost: bool, steps: list[tuple[object, ...]]
) -> None:
    town.pay("card", amount_minor)
    town.dispute(0, percent)
    if is_lost:
        town.decide(0, DisputeState.LOST)
        town.settle_by_disputes()
    for name, *arguments in steps:
        getattr(town, str(name))(*arguments)
        town.settle_by_disputes()
        town.check()
    town.decide(0, DisputeState.LOST)
    town.settle_by_disputes()
    town.check()


@given(towns(), st.permutations(PEOPLE), st.integers(0, 300_000))
def test_who_leaves_first_makes_no_difference_to_the_total_that_is_written_off_and_goes_back(
    town: Town, order: list[str], amount_minor: int
) -> None:
    if amount_minor:
        town.pay("transfer", amount_minor)
    for each in order:
        town.leave(each)
        town.check()

    assert town.order.is_over
    kept_minor = -town.balances["4020"]
    assert town.back_minor + kept_minor == town.arrived_minor
    assert kept_minor <= 4 * town.terms.leave_fee_minor
    assert replace(town.order, endings=()).owed_minor == 0
