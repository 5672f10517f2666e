"""What a dispute does to refunds: no cent appears, vanishes or is paid twice."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.orders import Order
from services.payments.provider.domain.shown import Dispute, DisputeState
from services.payments.refunds.domain import disputes
from services.payments.refunds.domain.refunds import Refund, RefundState
from tests.unit.payments_builders import FEE_MINOR, about, cancelled, fixed, paid


def owed() -> tuple[Order, Refund]:
    """An order whose money is owed back, and its refund."""
    offered = work_out(paid("card"), cancelled(), about=about()).change.state
    final = fix(offered, fixed(), about=about("reg_1:3"))
    return final.change.state, final.refunds[0]


def disputed(amount_minor: int = FEE_MINOR, state: DisputeState = DisputeState.LOST, *, id_: str = "dp_1") -> Dispute:
    return Dispute(
        id=id_,
        payment_intent="pi_1",
        amount_minor=amount_minor,
        currency="USD",
        state=state,
        opened_on=date(2020, 4, 9),
    )


@given(st.lists(st.integers(min_value=1, max_value=2 * FEE_MINOR), min_size=1, max_size=4), st.booleans())
def test_lost_disputes_pay_a_refund_to_its_last_cent_and_no_further(amounts: list[int], is_written_off: bool) -> None:
    order, refund = owed()
    owed_minor, covered_minor, booked = refund.amount_minor, 0, []
    for number, amount_minor in enumerate(amounts):
        dispute = disputed(amount_minor, id_=f"dp_{number}")
        if is_written_off:
            dispute, loss = disputes.write_off(dispute, about=about())
            booked.append(loss)
        if refund.state is not RefundState.SETTLED:
            covered = disputes.cover(order, refund, dispute, about=about())
            dispute, order, refund = covered.dispute, covered.outcome.change.state, covered.outcome.refund
            booked += covered.outcome.transactions
        covered_minor += dispute.covered_minor
        if dispute.left_minor:
            dispute, loss = disputes.write_off(dispute, about=about())
            booked.append(loss)
        assert (dispute.left_minor, dispute.covered_minor + dispute.written_off_minor) == (0, amount_minor)

    assert covered_minor == min(owed_minor, sum(amounts))
    assert (refund.state is RefundState.SETTLED) == (sum(amounts) >= owed_minor)
    assert order.settlement is not None
    assert order.settlement.refunded_minor == covered_minor
    assert order.settlement.payable_minor == owed_minor - covered_minor
    assert order.settlement.is_ended == (refund.state is RefundState.SETTLED)
    by_account = {"1150": 0, "2020": 0, "5040": 0}
    for each in booked:
        for line in each.lines:
            by_account[line.account] += line.amount_minor
    assert by_account == {"1150": -sum(amounts), "2020": covered_minor, "5040": sum(amounts) - covered_minor}
    assert len({each.id for each in booked}) == len(booked)


@given(st.lists(st.sampled_from(list(DisputeState)), min_size=1, max_size=8))
def test_the_first_decision_that_is_heard_stands(states: list[DisputeState]) -> None:
    known = None
    for state in states:
        known = disputes.learned(known, disputed(state=state))

    decided = [each for each in states if each is not DisputeState.OPEN]
    assert known is not None
    assert known.state == (decided[0] if decided else DisputeState.OPEN)


def test_only_a_lost_dispute_pays_anything() -> None:
    assert [disputed(state=each).payable_minor for each in DisputeState] == [0, 0, FEE_MINOR]
