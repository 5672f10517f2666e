"""Owns which prices a card can be charged with, as the card provider documents it: least, most, and steps.

Nothing is asked of the provider: a committee that sets a price must be told at once, and not the first who pays it.
Nor may whoever brings many guests be registered, and learn on the way to the provider that no card takes the sum.
A price of nothing can always be set. Leaves to payments what is charged.
"""

from collections.abc import Iterable

from shared.money import exponent, in_words
from shared.problem import Invalid
from shared.sentences import Sum, marked

# All amounts as the provider counts them, which differs from ours in a few currencies.
_LEAST = {
    "AED": 200, "BGN": 100, "CZK": 1500, "DKK": 250, "GBP": 30, "HKD": 400, "HUF": 17500, "MXN": 1000, "MYR": 200,
    "NOK": 300, "PLN": 200, "RON": 200, "SEK": 300, "THB": 1000,
}  # fmt: skip
_LEAST_ELSEWHERE = 50  # of currencies with three decimals ten times as much
_DIGITS = {"IDR": 12, "COP": 10, "INR": 9}
_DIGITS_ELSEWHERE = 8
_WHOLE = frozenset({"MGA"})  # counted in whole units, whatever ISO 4217 says
_HUNDREDFOLD = frozenset({"ISK", "UGX"})  # no decimals any more, yet counted in hundredths


class PriceNotChargeable(Invalid):
    """No card can be charged with this price."""

    title = "This price can't be paid by card"


class SumNotChargeable(Invalid):
    """Prices that can each be paid by card are more together than one payment may be."""

    title = marked("This sum can't be paid by card")


def must_be_chargeable(prices: Iterable[tuple[str, int]], *, currency: str) -> None:
    """Every price that is not nothing can be charged to a card; raises `PriceNotChargeable`."""
    least, most, step = limits(currency)
    for label, amount_minor in prices:
        if amount_minor and (amount_minor < least or amount_minor > most or amount_minor % step):
            steps = f", in steps of {in_words(step, currency)}" if step > 1 else ""
            raise PriceNotChargeable(
                f"{label} at {in_words(amount_minor, currency)} can't be paid by card: the card provider takes "
                f"{in_words(least, currency)} to {in_words(most, currency)}{steps}. Nothing was changed; please set "
                "another price, or none."
            )


def must_be_chargeable_together(amount_minor: int, *, currency: str) -> None:
    """The sum of prices that can be charged is not more than one payment may be; raises `SumNotChargeable`."""
    _, most, _ = limits(currency)
    if amount_minor > most:
        raise SumNotChargeable.saying(
            "All of it together is %(total)s, and the card provider takes %(most)s at most in one payment. Nobody was "
            "registered, and nothing was charged; please choose another way to pay.",
            total=Sum(amount_minor, currency),
            most=Sum(most, currency),
        )


def limits(currency: str) -> tuple[int, int, int]:
    """The least and the most that a card can be charged with in our minor units, and the step between amounts."""
    ours = exponent(currency)
    theirs = 0 if currency in _WHOLE else 2 if currency in _HUNDREDFOLD else ours
    least = _LEAST.get(currency, _LEAST_ELSEWHERE * (10 if theirs == 3 else 1))
    most = int(10 ** _DIGITS.get(currency, _DIGITS_ELSEWHERE)) - 1
    one, each = int(10**ours), int(10**theirs)
    step = 10 if theirs == 3 else max(one // each, 1)
    return -(-least * one // (each * step)) * step, most * one // each // step * step, step
