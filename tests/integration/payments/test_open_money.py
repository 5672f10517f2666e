"""Which money of somebody who is to be erased payments says is open: what they keep for later is theirs, too."""

import pytest

from services.payments.credits.commands import ask_for_payout
from shared.contracts.payments import ErasureAnswered
from shared.contracts.registration import ErasureAsked
from tests.integration.payments_house import FEE_MINOR, NEXT_CONFERENCE, House, announced_next


def answered(payments: House, erasure: str, *, person: str, order: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What payments has answered: the orders and the credits that are in the way."""
    payments.hear(ErasureAsked(erasure=erasure, persons=(person,), orders=(order,)))
    (said,) = [each for each in payments.said(ErasureAnswered) if each.erasure == erasure]
    return said.open_orders, said.open_credits


@pytest.mark.parametrize("is_asked_for", [False, True], ids=["kept", "to be paid out"])
def test_who_has_a_credit_left_is_not_erased(payments: House, is_asked_for: bool) -> None:
    credit = payments.credited()
    if is_asked_for:
        payments.database.run(ask_for_payout, credit=credit.id, person=credit.person)

    assert answered(payments, "era_1", person=credit.person, order=credit.order) == ((), (credit.id,))


def test_a_credit_that_is_used_up_is_in_nobody_s_way(payments: House) -> None:
    payments.hear(announced_next())
    credit = payments.credited()
    order = payments.submit(conference=NEXT_CONFERENCE, payer=credit.person)
    body = {"order": order, "amount_minor": FEE_MINOR}
    spent = payments.post(f"/payments/credits/{credit.id}/spendings", body)
    assert spent.status_code < 300, spent.text

    assert answered(payments, "era_1", person=credit.person, order=credit.order) == ((), ())
