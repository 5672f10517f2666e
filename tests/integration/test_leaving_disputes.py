"""Who leaves a conference and disputes the payment with their bank: before or after, won or lost, alone or of several.

The books are even, nobody is paid twice, and the desks read what it waits for.
"""

from collections.abc import Iterator

import pytest

from services.payments.refunds.domain.refunds import RefundState
from services.registration.registering.domain.registrations import Life
from shared.contracts.payments import RefundFailed, RefundSettled
from tests.integration.leaving_houses import LEAVE_MINOR, Two, both
from tests.integration.payments_disputes import (
    CARD_FEE_MINOR,
    decide,
    dispute,
    disputed_minor,
    no_job_is_left,
    page,
    record,
    send,
)
from tests.integration.provider_fixtures import RunningProvider
from tests.integration.registration_house import FEE_MINOR
from tests.namespaces import Namespace

BACK_MINOR = FEE_MINOR - LEAVE_MINOR


@pytest.fixture
def two(namespace: Namespace, provider: RunningProvider) -> Iterator[Two]:
    """Both services."""
    with both(namespace, provider) as made:
        yield made


def paid_by_card(two: Two) -> dict[str, str]:
    dana = two.register("card")
    two.payments.pay_by_card(dana["order"])
    two.talk()
    return dana


def left_and_disputed(two: Two, *, is_before: bool) -> tuple[dict[str, str], str]:
    """Somebody has left, and their bank asks for the money, before or after; the dispute's id."""
    dana = paid_by_card(two)
    disputed = dispute(two.payments, dana["order"]) if is_before else ""
    assert two.leave(dana["registration"]).status_code == 200
    disputed = disputed or dispute(two.payments, dana["order"])
    send(two.payments)
    return dana, disputed


BEFORE = pytest.mark.parametrize("is_before", [True, False], ids=["opened before", "opened after"])


@BEFORE
def test_what_goes_back_waits_for_the_bank_and_both_desks_read_that(two: Two, is_before: bool) -> None:
    dana, disputed = left_and_disputed(two, is_before=is_before)

    refund = two.payments.refund_of(dana["order"])
    assert (refund.state, refund.reason, refund.amount_minor) == (
        RefundState.DISPUTED,
        "charge_disputed",
        BACK_MINOR,
    )
    assert two.payments.provider_refunds(dana["order"]) == []
    assert record(two.payments, refund.id).status_code == 409
    shown = page(two.payments, f"/orders/{dana['order']}")
    for words in ("disputed, not decided", "$50.00 kept", "$525.00 to be paid back", "waits for a dispute's end"):
        assert words in shown
    assert disputed in page(two.payments, f"/refunds/{refund.id}")
    assert two.life(dana["registration"]) is Life.LEFT


@BEFORE
def test_a_dispute_that_is_lost_closes_the_refund_and_what_was_kept_is_a_loss(two: Two, is_before: bool) -> None:
    dana, disputed = left_and_disputed(two, is_before=is_before)
    decide(two.payments, disputed, "lost")

    two.payments.hear_provider()
    two.talk()

    refund = two.payments.refund_of(dana["order"])
    assert (refund.state, refund.rail, refund.reference) == (RefundState.SETTLED, "dispute", disputed)
    assert two.payments.provider_refunds(dana["order"]) == []
    assert [(each.rail, each.amount_minor) for each in two.payments.said(RefundSettled)] == [("dispute", BACK_MINOR)]
    assert two.payments.said(RefundFailed) == []
    assert no_job_is_left(two.payments)
    assert two.payments.balances() == {
        "1020": FEE_MINOR - CARD_FEE_MINOR,
        "1150": -FEE_MINOR,
        "4020": -LEAVE_MINOR,
        "5020": CARD_FEE_MINOR,
        "5040": LEAVE_MINOR,
    }
    assert disputed_minor(two.payments, dana["order"]) == 0
    shown = page(two.payments, f"/orders/{dana['order']}")
    for words in ("dispute lost", "$525.00 paid back", "$525.00 by the cardholder's bank"):
        assert words in shown
    assert two.life(dana["registration"]) is Life.LEFT


@BEFORE
def test_a_dispute_that_is_won_lets_the_refund_go_once(two: Two, is_before: bool) -> None:
    dana, disputed = left_and_disputed(two, is_before=is_before)
    decide(two.payments, disputed, "won")

    two.payments.hear_provider()
    two.payments.run_jobs("refunds")
    two.payments.run_again("refunds")

    assert [each.amount for each in two.payments.provider_refunds(dana["order"])] == [BACK_MINOR]
    assert [(each.rail, each.amount_minor) for each in two.payments.said(RefundSettled)] == [("card", BACK_MINOR)]
    assert disputed_minor(two.payments, dana["order"]) == 0
    balances = two.payments.balances()
    assert (balances["4020"], balances.get("2020", 0), balances.get("5040", 0)) == (-LEAVE_MINOR, 0, 0)
    assert "$525.00 paid back" in page(two.payments, f"/orders/{dana['order']}")


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_dispute_that_was_decided_before_they_left_is_known_when_the_refund_is_due(two: Two, status: str) -> None:
    dana = paid_by_card(two)
    disputed = dispute(two.payments, dana["order"])
    decide(two.payments, disputed, status)
    two.payments.hear_provider()

    two.leave(dana["registration"])
    for _ in range(3):
        two.payments.run_again("refunds")

    sent = [each.amount for each in two.payments.provider_refunds(dana["order"])]
    assert sent == ([BACK_MINOR] if status == "won" else [])
    assert [each.rail for each in two.payments.said(RefundSettled)] == ["card" if status == "won" else "dispute"]
    assert disputed_minor(two.payments, dana["order"]) == 0
    assert two.payments.balances().get("5040", 0) == (0 if status == "won" else LEAVE_MINOR)


@BEFORE
def test_of_a_town_s_payment_that_its_bank_took_back_nobody_who_leaves_is_paid_again(two: Two, is_before: bool) -> None:
    town = two.order(2, tender="card")
    two.payments.pay_by_card(town["order"])
    two.talk()
    first, second = town["registrations"]
    disputed = dispute(two.payments, town["order"]) if is_before else ""
    two.leave(first)
    disputed = disputed or dispute(two.payments, town["order"])
    send(two.payments)

    decide(two.payments, disputed, "lost")
    two.payments.hear_provider()
    two.talk()

    assert [(each.rail, each.amount_minor) for each in two.payments.said(RefundSettled)] == [("dispute", BACK_MINOR)]
    assert two.life(second) is Life.CONFIRMED
    assert two.payments.balances()["5040"] == 2 * FEE_MINOR - BACK_MINOR
    two.leave(second)
    for _ in range(3):
        two.payments.run_again("refunds")
    two.talk()
    assert two.payments.provider_refunds(town["order"]) == []
    assert [each.rail for each in two.payments.said(RefundSettled)] == ["dispute", "dispute"]
    assert two.payments.balances()["5040"] == 2 * LEAVE_MINOR
    assert disputed_minor(two.payments, town["order"]) == 0
    assert no_job_is_left(two.payments)
