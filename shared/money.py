"""The only arithmetic on amounts, and how they are written and read: integers of minor units, with an ISO 4217 code.

No floats, no decimals, no conversion. A split never loses a minor unit.
"""

import re
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol
from iso4217 import Currency


class CurrencyUnknown(ValueError):
    """No ISO 4217 code of a currency that amounts can be kept in."""


def exponent(currency: str) -> int:
    """How many decimals an amount is written with: 0 (JPY), 2 (USD) or 3 (KWD); raises `CurrencyUnknown`."""
    try:
        decimals = Currency(currency).exponent
    except ValueError:
        decimals = None
    if decimals not in (0, 2, 3):
        raise CurrencyUnknown(f"{currency!r} is not a currency with 0, 2 or 3 decimals")
    return int(decimals)


def in_words(amount_minor: int, currency: str, *, locale: str = "en_US") -> str:
    """An amount as people read it, `$575.00` or `¥57,500`: for display only, never read back."""
    decimals = exponent(currency)
    amount = Decimal(amount_minor).scaleb(-decimals)
    return str(
        format_currency(amount, currency, locale=locale, currency_digits=False, format=_pattern(decimals, locale))
    )


@cache
def _pattern(decimals: int, locale: str) -> str:
    """As people there write amounts, with the currency's own decimals: `¤#,##0.00`, or `#,##0.00 ¤`."""
    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.replace(".00", "." + "0" * decimals if decimals else "")


def typed(text: str, currency: str) -> int | None:
    """`1,570.00` or `$1,570.00` as minor units, digit by digit, as people type it; None when it can't be read."""
    decimals = exponent(currency)
    pattern = r"(\d{1,3}(?:,\d{3})+|\d{1,13})" + (rf"(?:\.(\d{{{decimals}}}))?" if decimals else "")
    plain = text.strip().removeprefix(get_currency_symbol(currency, locale="en_US")).strip()
    found = re.fullmatch(pattern, plain, re.ASCII)
    if found is None:
        return None
    fraction = (found.group(2) or "0" * decimals) if decimals else ""
    return int(found.group(1).replace(",", "") + fraction)


def split(amount_minor: int, parts: tuple[int, ...]) -> tuple[int, ...]:
    """Divide an amount in proportion to `parts`; what remains goes, one each, to the first parts. The sum is kept."""
    whole = sum(parts)
    shares = [amount_minor * part // whole for part in parts]
    for index in range(amount_minor - sum(shares)):
        shares[index] += 1
    return tuple(shares)
