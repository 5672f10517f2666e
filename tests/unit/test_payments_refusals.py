"""What the provider's refusals mean: money is sent another way only when the card can certainly not take it."""

import pytest
import stripe

from services.payments.provider.domain.errors import Declined, NeedsPerson, Unanswered
from services.payments.provider.jobs.gateway import refusal_of


def refused(code: str | None, *, param: str | None = None, is_replayed: bool = False) -> stripe.InvalidRequestError:
    headers = {"Idempotent-Replayed": "true"} if is_replayed else {}
    return stripe.InvalidRequestError(  # type: ignore[no-untyped-call]
        "No.", param, code=code, http_status=400, headers=headers
    )


@pytest.mark.parametrize("code", ["charge_not_refundable", "card_declined", "expired_card"])
def test_a_card_that_can_not_take_a_refund_is_final(code: str) -> None:
    refusal = refusal_of(refused(code))

    assert isinstance(refusal, Declined)
    assert str(refusal) == code


@pytest.mark.parametrize(
    ("code", "param"),
    [
        ("charge_already_refunded", None),
        ("charge_disputed", "charge"),
        ("resource_missing", "payment_intent"),
        ("parameter_unknown", None),
        ("card_declined", "amount"),
        ("a_code_of_tomorrow", None),
        (None, "amount"),
        (None, None),
    ],
)
def test_a_refusal_that_is_not_known_to_be_final_waits_for_a_person(code: str | None, param: str | None) -> None:
    assert isinstance(refusal_of(refused(code, param=param)), NeedsPerson)


@pytest.mark.parametrize("is_replayed", [False, True])
def test_a_short_balance_is_asked_about_again_and_is_no_trouble_of_the_provider(is_replayed: bool) -> None:
    refusal = refusal_of(refused("balance_insufficient", param="amount", is_replayed=is_replayed))

    assert isinstance(refusal, Unanswered)
    assert (refusal.is_stored, refusal.is_down) == (is_replayed, False)
