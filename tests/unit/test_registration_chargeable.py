"""Which prices can be set: exactly those that the card provider charges."""

import iso4217
import pytest

from deploy.acceptance.charges import step_minor, why_not_charged
from deploy.provider.currencies import check_charge
from deploy.provider.errors import Refusal
from services.payments.provider.domain.amounts import AmountNotChargeable, provider_amount
from services.registration.prices.domain.chargeable import PriceNotChargeable, limits, must_be_chargeable
from shared.money import CurrencyUnknown, exponent


def countable(currency: str) -> bool:
    try:
        return exponent(currency) in (0, 2, 3)
    except CurrencyUnknown:
        return False


CURRENCIES = sorted(each.code for each in iso4217.Currency if countable(each.code))


def is_charged(amount_minor: int, currency: str) -> bool:
    """Whether the provider takes it, as payments would send it."""
    try:
        check_charge(provider_amount(amount_minor, currency), currency.lower())
    except (Refusal, AmountNotChargeable):
        return False
    return True


def can_be_set(amount_minor: int, currency: str) -> bool:
    try:
        must_be_chargeable([("Delegate", amount_minor)], currency=currency)
    except PriceNotChargeable:
        return False
    return True


@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_price_can_be_set_if_and_only_if_the_provider_charges_it(currency: str) -> None:
    least, most, step = limits(currency)
    tried = {1, least - 1, least, least + 1, least + step, most - 1, most, most + 1, most + step, 57500}

    assert {each for each in tried if each and can_be_set(each, currency)} == {
        each for each in tried if each and is_charged(each, currency)
    }
    assert {least, most} <= {each for each in tried if can_be_set(each, currency)}


@pytest.mark.parametrize("currency", CURRENCIES)
def test_a_story_is_refused_exactly_the_charges_that_the_provider_refuses(currency: str) -> None:
    least, most, step = limits(currency)
    tried = {1, least - 1, least, least + 1, least + step, most - 1, most, most + 1, most + step, 57500} - {0}

    def is_let_into_a_story(amount_minor: int) -> bool:
        return amount_minor % step_minor(currency) == 0 and not why_not_charged(amount_minor, currency)

    assert {each for each in tried if is_let_into_a_story(each)} == {
        each for each in tried if is_charged(each, currency)
    }


def test_nothing_is_a_price_and_rupiah_may_have_twelve_digits() -> None:
    must_be_chargeable([("Speaker", 0), ("Delegate", 900_000_000)], currency="IDR")


def test_a_refusal_says_what_can_not_be_paid_and_what_could() -> None:
    with pytest.raises(PriceNotChargeable, match=r"Guest at ¥20 can't be paid by card: .* ¥50 to ¥99,999,999\."):
        must_be_chargeable([("Delegate", 62000), ("Guest", 20)], currency="JPY")
