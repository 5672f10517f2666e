"""Owns in what units the card provider states amounts, where they are not the minor units of ISO 4217."""

_HUNDREDFOLD = frozenset({"ISK", "UGX"})  # no decimals any more, yet stated times a hundred
_HUNDREDTH = frozenset({"MGA"})  # two decimals in the standard, stated in whole units


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
