"""Owns the fee table of a story: a category for each pair of prices, named after who pays them."""

from collections.abc import Sequence
from typing import Any

from deploy.acceptance.story import PlannedRegistration, Story, Tender

_TENDERS_IN_WORDS = {
    Tender.CARD: "card",
    Tender.CHEQUE: "cheque",
    Tender.TRANSFER: "transfer",
    Tender.GRANT: "grant",
    Tender.PURCHASE_ORDER: "purchase order",
}


class FeeTable:
    """The fee table of a story: one category for each pair of prices."""

    def __init__(self, story: Story) -> None:
        self._tenders: dict[tuple[int, int], list[str]] = {}
        self._guest_price = story.guest_prices_minor
        for group in story.groups:
            if group.count:
                words = self._tenders.setdefault(
                    self._prices(group.price_minor, group.guest_price_minor, group.guests), []
                )
                words.extend({_TENDERS_IN_WORDS[group.tender]} - set(words))

    def as_json(self) -> list[dict[str, Any]]:
        """The categories as registration takes them."""
        return [
            {
                "key": _category_key(prices),
                "label": f"Delegate, by {_listed(words)}" if len(self._tenders) > 1 else "Delegate",
                "amount_minor": prices[0],
                "guest_amount_minor": prices[1],
            }
            for prices, words in self._tenders.items()
        ]

    def key_of(self, planned: PlannedRegistration) -> str:
        """The category that somebody registers in."""
        return _category_key(self._prices(planned.price_minor, planned.guest_price_minor, planned.guest_count))

    def _prices(self, price_minor: int, guest_price_minor: int, guest_count: int) -> tuple[int, int]:
        """A group without guests takes the guest price of others who pay the same themselves."""
        return (price_minor, guest_price_minor if guest_count else self._guest_price.get(price_minor, 0))


def _category_key(prices: tuple[int, int]) -> str:
    return f"delegate-{prices[0]}-{prices[1]}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]
