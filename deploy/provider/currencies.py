"""Owns which amounts can be charged or paid back in which currency, as Stripe treats them.

Amounts are whole numbers of the smallest unit, with three groups of exceptions that a caller must get right.
Any currency of ISO 4217 is taken here; which ones a real account may use is between its holder and Stripe.
"""

import iso4217

from deploy.provider.errors import INVALID_INTEGER, Refusal

# These are charged in whole units: 500 is five hundred yen.
_WITHOUT_DECIMALS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "uyi", "vnd", "vuv", "xaf", "xof", "xpf"}
)
# These have no decimals any more, yet are still stated times a hundred.
_HUNDREDFOLD = frozenset({"isk", "ugx"})
_THREE_DECIMALS = 3

_DIGITS_MAX = {"idr": 12, "cop": 10, "inr": 9}  # of an amount
_DIGITS_MAX_ELSEWHERE = 8
_CHARGE_MIN = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000, "myr": 200,
    "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000,
}  # fmt: skip
_CHARGE_MIN_ELSEWHERE = 50


def check_currency(currency: str, *, param: str = "currency") -> str:
    """The code in small letters, if it is one that money is counted in."""
    code = currency.lower()
    if _exponent(code) is None:
        raise Refusal(f"Invalid currency: {currency}. Use a three-letter ISO 4217 code such as usd.", param=param)
    return code


def check_amount(amount: int, currency: str, *, param: str = "amount") -> int:
    """An amount that needs no rounding in that currency."""
    step = _step(currency)
    if amount % step:
        raise Refusal(
            f"Invalid {param}: amounts in {currency.upper()} must be multiples of {step}, and {amount} is not.",
            code=INVALID_INTEGER,
            param=param,
        )
    return amount


def check_charge(amount: int, currency: str, *, param: str = "amount") -> int:
    """An amount that a card can be charged with."""
    check_amount(amount, currency, param=param)
    least = _CHARGE_MIN.get(currency, 500 if _exponent(currency) == _THREE_DECIMALS else _CHARGE_MIN_ELSEWHERE)
    if amount < least:
        message = f"The amount must be at least {least} in the smallest unit of {currency.upper()}."
        raise Refusal(message, code="amount_too_small", param=param)
    most = 10 ** _DIGITS_MAX.get(currency, _DIGITS_MAX_ELSEWHERE) - 1
    if amount > most:
        raise Refusal(f"The amount must be no more than {most}.", code="amount_too_large", param=param)
    return amount


def in_words(amount: int, currency: str) -> str:
    """575.00 USD"""
    if currency in _WITHOUT_DECIMALS:
        return f"{amount:,} {currency.upper()}"
    decimals = 3 if _exponent(currency) == _THREE_DECIMALS else 2
    sign, whole = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{whole // 10**decimals:,}.{whole % 10**decimals:0{decimals}} {currency.upper()}"


def _step(currency: str) -> int:
    if currency in _HUNDREDFOLD:
        return 100
    return 10 if currency not in _WITHOUT_DECIMALS and _exponent(currency) == _THREE_DECIMALS else 1


def _exponent(currency: str) -> int | None:
    """How many decimals the standard gives it, or None when it gives none that can be paid with."""
    try:
        exponent = iso4217.Currency(currency.upper()).exponent
    except ValueError:
        return None
    return exponent if exponent is not None and exponent <= _THREE_DECIMALS else None
