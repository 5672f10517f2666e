"""Owns the card provider's units: how it counts each currency, and what it would round."""

from shared.money import exponent, in_words
from shared.problem import Refusal
from shared.sentences import marked

# These the provider counts in whole units, whatever ISO 4217 says.
_WITHOUT_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
)
_HUNDREDFOLD = frozenset({"ISK", "UGX"})  # no decimals any more, yet counted in hundredths


class AmountNotChargeable(Refusal):
    """An amount that the provider would round."""

    title = marked("This amount can't be paid by card")


def provider_amount(amount_minor: int, currency: str) -> int:
    """Our minor units as the provider counts them; raises `AmountNotChargeable` where it would round."""
    ours, theirs = exponent(currency), _decimals(currency)
    amount, rest = divmod(amount_minor * int(10**theirs), int(10**ours))
    step = 10 if theirs == 3 else 1
    if rest or amount % step:
        raise AmountNotChargeable(
            f"Cards can't be charged {in_words(amount_minor, currency)}: the provider would round it. "
            "Nothing was charged; please pay by cheque or transfer."
        )
    return amount


def our_amount(amount: int, currency: str) -> int:
    """The provider's amount in our minor units; what is smaller than one is rounded half up, as on a statement."""
    ours, theirs = exponent(currency), _decimals(currency)
    if ours >= theirs:
        return amount * int(10 ** (ours - theirs))
    step = int(10 ** (theirs - ours))
    return (amount + step // 2) // step


def _decimals(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 2 if currency in _HUNDREDFOLD else exponent(currency)
