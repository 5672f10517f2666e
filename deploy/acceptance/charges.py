"""Owns what the card provider takes, as it documents it: its units, where they are not the minor units of ISO 4217, its
steps, the least and the most. Shares nothing with `deploy/provider`; the tests hold the two against each other.
"""

import iso4217

_HUNDREDFOLD = frozenset({"ISK", "UGX"})  # no decimals any more, yet stated times a hundred
_HUNDREDTH = frozenset({"MGA"})  # two decimals in the standard, stated in whole units
_THREE_DECIMALS = 3
_THREE_DECIMALS_STEP_MINOR = 10  # of three decimals the provider keeps two

# As the provider states them.
_LEAST = {
    "AED": 200, "BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500, "MXN": 1000, "MYR": 200,
    "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300, "THB": 1000,
}  # fmt: skip
_LEAST_ELSEWHERE = 50
_LEAST_OF_THREE_DECIMALS = 500
_DIGITS = {"IDR": 12, "COP": 10, "INR": 9}
_DIGITS_ELSEWHERE = 8


def to_minor(amount: int, currency: str) -> int:
    """The provider's amount in minor units."""
    if currency in _HUNDREDFOLD:
        return amount // 100
    return amount * 100 if currency in _HUNDREDTH else amount


def from_minor(amount_minor: int, currency: str) -> int:
    """An amount as the provider states it; what it can't state is rounded up."""
    if currency in _HUNDREDFOLD:
        return amount_minor * 100
    return -(-amount_minor // 100) if currency in _HUNDREDTH else amount_minor


def step_minor(currency: str) -> int:
    """The provider takes multiples of so many minor units."""
    if _decimals(currency) == _THREE_DECIMALS:
        return _THREE_DECIMALS_STEP_MINOR
    return 100 if currency in _HUNDREDTH else 1


def why_not_charged(amount_minor: int, currency: str) -> str:
    """The sentence for an amount that no card can be charged with, or nothing if one can."""
    amount = from_minor(amount_minor, currency)
    least = _LEAST_OF_THREE_DECIMALS if _decimals(currency) == _THREE_DECIMALS else _LEAST_ELSEWHERE
    least = _LEAST.get(currency, least)
    if amount < least:
        return f"The amount must be at least {least} in the smallest unit of {currency}."
    most = int(10 ** _DIGITS.get(currency, _DIGITS_ELSEWHERE)) - 1
    return f"The amount must be no more than {most}." if amount > most else ""


def _decimals(currency: str) -> int:
    return iso4217.Currency(currency).exponent or 0
