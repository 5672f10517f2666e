"""Fee tables: what a conference costs for whom, and the refund terms that are sold with it.

Owns categories, prices and the terms as they stand; a registration freezes its own lines and terms at purchase. Leaves
to payments what is owed and what was paid.
"""

from dataclasses import dataclass
from typing import ClassVar

from shared.contracts.registration import OrderLine, RefundTerms
from shared.problem import Invalid, Refusal

FEE, GUEST = "fee", "guest"  # the kinds of order lines


class CategoryUnknown(Invalid):
    """The fee table has no such category."""


class CategoryTwice(Invalid):
    """A fee table names each category once."""


class FeeAbovePrice(Invalid):
    """A fee that is kept can't be more than what somebody paid."""


class FeesKnownAlready(Refusal):
    """There is a fee table already; who changes it must say which one they have seen."""

    status: ClassVar[int] = 428
    title = "There is a fee table already"


class FeesChangedMeanwhile(Refusal):
    """The fee table is not the one that was seen; somebody else changed it."""

    status: ClassVar[int] = 412
    title = "The fee table has changed meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One kind of registrant and their prices; `retired` may cost less than `delegate`."""

    key: str
    label: str
    amount_minor: int
    guest_amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    """The prices and refund terms of one conference, as edited so many times."""

    revision: int
    categories: tuple[Category, ...]
    terms: RefundTerms

    def category(self, key: str) -> Category:
        """The category of this key; raises `CategoryUnknown`."""
        for each in self.categories:
            if each.key == key:
                return each
        known = ", ".join(each.key for each in self.categories)
        raise CategoryUnknown(
            f"There is no category {key!r} at this conference. Nobody was registered; choose one of {known}."
        )


def edited(
    table: FeeTable | None, *, categories: tuple[Category, ...], terms: RefundTerms, seen: frozenset[str] | None
) -> FeeTable:
    """The fee table after an edit; an edit that changes nothing leaves it as it is.

    `seen` are the revisions that the editor says to have before them (If-Match), None if they say nothing.
    """
    _must_make_sense(categories, terms)
    if table is not None and (table.categories, table.terms) == (categories, terms):
        return table
    if table is not None and seen is None:
        raise FeesKnownAlready(
            "This conference has a fee table. Nothing was changed; "
            "fetch it, and send its ETag as If-Match with your edit."
        )
    revision = table.revision if table else 0
    if seen is not None and not seen & {str(revision), "*"}:
        raise FeesChangedMeanwhile(
            "The fee table is another one by now. Nothing was changed; fetch it and edit that one."
        )
    return FeeTable(revision=revision + 1, categories=categories, terms=terms)


def _must_make_sense(categories: tuple[Category, ...], terms: RefundTerms) -> None:
    keys = [each.key for each in categories]
    if len(keys) != len(set(keys)):
        raise CategoryTwice(
            "A category key occurs twice. The fee table was not changed; give each category a key of its own."
        )
    cheapest_minor = min((each.amount_minor for each in categories if each.amount_minor), default=None)
    if cheapest_minor is not None and terms.organiser_cancels_fee_minor > cheapest_minor:
        raise FeeAbovePrice(
            f"The fee kept when the organiser cancels ({terms.organiser_cancels_fee_minor}) is more than the cheapest "
            f"price ({cheapest_minor}). The fee table was not changed; lower the fee."
        )


def lines_of(category: Category, *, guest_count: int) -> tuple[OrderLine, ...]:
    """What one registration owes: its own place, and one line for each guest."""
    own = OrderLine(kind=FEE, amount_minor=category.amount_minor)
    guest = OrderLine(kind=GUEST, amount_minor=category.guest_amount_minor)
    return (own, *(guest for _ in range(guest_count)))
