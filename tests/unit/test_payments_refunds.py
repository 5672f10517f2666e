"""A refund's way, whatever the provider says in whatever order."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.endings.domain.settlement import fix, work_out
from services.payments.orders.domain.orders import Order
from services.payments.provider.domain.shown import ProviderRefund
from services.payments.refunds.domain import refunds
from services.payments.refunds.domain.recording import PaidOnImpossible, RailDiffers, record
from services.payments.refunds.domain.refunds import (
    PAYEE_VERSION_MAX,
    Outcome,
    Payee,
    Refund,
    RefundNotAwaited,
    RefundState,
    heard,
    name_payee,
)
from shared.contracts.envelope import Event
from shared.contracts.payments import PayeeNamed, RefundFailed, RefundReversed, RefundSettled
from tests.unit.payments_builders import NOW, TODAY, about, cancelled, fixed, paid, planned, told_of

STATUSES = ("succeeded", "pending", "requires_action", "failed", "canceled")
DAYS = (TODAY, TODAY)
PAYEE = Payee(name="Dana Whitfield", postal_address=("1 Main Street", "Millbrook"))


def owed(tender: str = "card") -> tuple[Order, Refund]:
    """An order whose money is owed back, and its refund."""
    offered = work_out(paid(tender), cancelled(), about=about()).change.state
    final = fix(offered, fixed(), about=about("reg_1:3"))
    return final.change.state, final.refunds[0]


def told(status: str, *, id_: str = "re_1", is_short: bool = False) -> ProviderRefund:
    reason = "declined" if status == "failed" else ""
    return replace(told_of(owed()[1], status, id_=id_, reason=reason), is_short=is_short)


@given(st.lists(st.sampled_from(STATUSES), max_size=12))
def test_the_books_and_the_words_agree_whatever_the_provider_says(statuses: list[str]) -> None:
    order, refund = owed()
    payable_minor = -refund.amount_minor
    said: list[Event] = []
    for status in statuses:
        outcome = heard(order, refund, told(status), about=about())
        order, refund = outcome.change.state, outcome.refund
        said += outcome.change.events
        payable_minor += sum(
            line.amount_minor for each in outcome.transactions for line in each.lines if line.account == "2020"
        )

    is_settled = refund.state is RefundState.SETTLED
    assert payable_minor == (0 if is_settled else -refund.amount_minor)
    assert [type(each) for each in said].count(RefundSettled) <= 1
    assert sum(isinstance(each, RefundFailed | RefundReversed) for each in said) <= 1
    assert order.settlement is not None
    assert order.settlement.is_ended == is_settled
    assert order.settlement.payable_minor == -payable_minor


def test_a_refund_is_settled_once() -> None:
    order, refund = owed()
    once = heard(order, refund, told("succeeded"), about=about())

    again = heard(once.change.state, once.refund, told("succeeded"), about=about())

    assert [each.id for each in once.transactions] == [f"refund_settled:{refund.id}:1"]
    assert again == Outcome(refund=once.refund, change=replace(once.change, events=()))


def test_an_old_pending_does_not_take_a_settled_refund_back() -> None:
    order, refund = owed()
    settled = heard(order, refund, told("succeeded"), about=about())

    late = heard(settled.change.state, settled.refund, told("pending", is_short=True), about=about())

    assert late.refund == settled.refund


def test_a_refund_that_comes_back_is_owed_again_and_goes_by_cheque() -> None:
    order, refund = owed()
    settled = heard(order, refund, told("succeeded"), about=about())

    back = heard(settled.change.state, settled.refund, told("failed"), about=about())

    assert (back.refund.state, back.refund.rail, back.refund.attempt) == (RefundState.AWAITING_PAYEE, "cheque", 2)
    assert [type(each) for each in back.change.events] == [RefundReversed]
    assert [each.id for each in back.transactions] == [f"refund_reversed:{refund.id}:1"]
    assert back.reopens
    assert not back.change.state.settlement or not back.change.state.settlement.is_ended


def test_what_the_provider_says_after_it_went_on_by_cheque_changes_nothing() -> None:
    order, refund = owed()
    failed = heard(order, refund, told("failed"), about=about())

    for status in STATUSES:
        assert heard(failed.change.state, failed.refund, told(status), about=about()).refund == failed.refund


def test_another_refund_of_the_provider_is_not_ours() -> None:
    order, refund = owed()
    pending = heard(order, refund, told("pending"), about=about())

    other = heard(order, pending.refund, told("succeeded", id_="re_2"), about=about())

    assert other.refund == pending.refund


def test_the_key_stays_until_an_error_is_stored_and_a_quarter_of_an_hour_is_over() -> None:
    sent = refunds.sending(planned(paid()), now=NOW)
    lost = refunds.lost(sent)
    stored = refunds.lost(sent, is_error_stored=True)
    later = NOW + timedelta(seconds=refunds.KEY_CHANGE_SECONDS)

    assert refunds.absent(lost, now=later).key == sent.key
    assert refunds.absent(stored, now=later - timedelta(seconds=1)).key == sent.key
    assert refunds.absent(stored, now=later).key == f"{sent.id}:2"


@pytest.mark.parametrize("state", [RefundState.SENT, RefundState.UNKNOWN])
def test_what_may_have_left_is_in_doubt(state: RefundState) -> None:
    assert refunds.is_in_doubt(replace(planned(paid()), state=state))
    assert not refunds.is_in_doubt(planned(paid()))


def test_a_refund_by_cheque_is_settled_when_finance_records_it() -> None:
    order, refund = owed("cheque")

    outcome = record(order, refund, rail="cheque", reference="C-1", paid_on=TODAY, days=DAYS, about=about())

    (said,) = outcome.change.events
    assert isinstance(said, RefundSettled)
    assert (said.rail, said.reference, said.attempt) == ("cheque", "C-1", 1)
    (booked,) = outcome.transactions
    assert [(str(line.account), line.amount_minor) for line in booked.lines] == [("2020", 57500), ("1000", -57500)]


@pytest.mark.parametrize("state", [each for each in RefundState if each is not RefundState.AWAITING_RECORD])
def test_only_a_refund_that_finance_pays_can_be_recorded(state: RefundState) -> None:
    order, refund = owed("cheque")

    with pytest.raises(RefundNotAwaited):
        record(
            order,
            replace(refund, state=state),
            rail="cheque",
            reference="C-1",
            paid_on=TODAY,
            days=DAYS,
            about=about(),
        )


def test_a_wrong_rail_or_date_is_refused() -> None:
    order, refund = owed("cheque")

    with pytest.raises(RailDiffers):
        record(order, refund, rail="transfer", reference="C-1", paid_on=TODAY, days=DAYS, about=about())
    for day in (date(2020, 4, 8), date(2020, 4, 10)):
        with pytest.raises(PaidOnImpossible):
            record(order, refund, rail="cheque", reference="C-1", paid_on=day, days=DAYS, about=about())


def test_a_payee_can_correct_the_address_until_the_cheque_is_written() -> None:
    order, refund = owed()
    failed = heard(order, refund, told("failed"), about=about()).refund
    named, first = name_payee(order, failed, PAYEE)
    corrected, second = name_payee(order, named, replace(PAYEE, name="D. Whitfield"))
    same, nothing = name_payee(order, corrected, replace(PAYEE, name="D. Whitfield"))

    assert (named.state, corrected.payee) == (RefundState.AWAITING_RECORD, replace(PAYEE, name="D. Whitfield"))
    assert (corrected.earlier_payees, corrected.payee_version) == ((PAYEE,), 2)
    assert (same, nothing.events) == (corrected, ())
    said = [each for change in (first, second) for each in change.events]
    assert [each.payee_version for each in said if isinstance(each, PayeeNamed)] == [1, 2]
    with pytest.raises(RefundNotAwaited):
        name_payee(order, replace(corrected, state=RefundState.SETTLED), PAYEE)
    with pytest.raises(RefundNotAwaited):
        name_payee(*owed("cheque"), PAYEE)


def test_a_payee_is_changed_no_more_often_than_messages_about_it_are_bearable() -> None:
    order, refund = owed()
    refund = heard(order, refund, told("failed"), about=about()).refund
    for number in range(PAYEE_VERSION_MAX):
        refund, _ = name_payee(order, refund, replace(PAYEE, name=f"Dana {number}"))

    with pytest.raises(RefundNotAwaited, match="please call or write to us"):
        name_payee(order, refund, PAYEE)


def test_a_refund_that_is_not_ours_and_a_second_one_are_found() -> None:
    """A failed one may be followed by another; two that stand may not."""
    found = [
        replace(told(status, id_=id_), refund=refund)
        for id_, status, refund in (
            ("re_1", "failed", "refund:1"),
            ("re_2", "succeeded", "refund:1"),
            ("re_3", "pending", "refund:1"),
            ("re_4", "succeeded", ""),
            ("re_5", "succeeded", "refund:2"),
        )
    ]

    assert refunds.differences(found, {"refund:1": "re_2", "refund:2": None}) == {
        "re_3": "The provider's refund re_3 is a second one for refund:1.",
        "re_4": "The provider's refund re_4 belongs to no refund of ours.",
    }


def test_only_a_held_refund_is_let_go_and_the_provider_is_asked_first() -> None:
    refund = refunds.held(planned(paid()), reason="charge_disputed")

    assert refunds.is_in_doubt(refunds.let_go(refund))
    with pytest.raises(RefundNotAwaited):
        refunds.let_go(planned(paid()))
