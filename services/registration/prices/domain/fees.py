"""Fee tables: what a conference costs for whom, and the refund terms that are sold with it.

Owns categories, options, prices and the terms as they stand; a registration freezes its own lines and terms at
purchase. Leaves to payments what is owed and what was paid.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import msgspec

from shared.clock import end_of_day
from shared.contracts.registration import OrderLine, RefundTerms
from shared.problem import Invalid, Refusal
from shared.sentences import Listed, marked, phrase

FEE, GUEST, OPTION = "fee", "guest", "option"  # the kinds of order lines


class CategoryUnknown(Invalid):
    """The fee table has no such category."""


class CategoryTwice(Invalid):
    """A fee table names each category once."""


class OptionUnknown(Invalid):
    """The fee table has no such option."""


class OptionTwice(Invalid):
    """A fee table names each option once, and sells each session once; a registrant takes an option once."""


class FeeAbovePrice(Invalid):
    """A fee that is kept can't be more than what somebody paid."""


class FeesMissing(Refusal):
    """There is no fee table yet to which an option could be added."""

    title = "There are no prices yet"


class FeesKnownAlready(Refusal):
    """There is a fee table already; who changes it must say which one they have seen."""

    status: ClassVar[int] = 428
    title = "There is a fee table already"


class FeesChangedMeanwhile(Refusal):
    """The fee table is not the one that was seen; somebody else changed it."""

    status: ClassVar[int] = 412
    title = "The fee table has changed meanwhile"


class PricesChanged(Refusal):
    """The form was opened before the prices or terms became what they are now."""

    title = marked("Prices or terms have changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One kind of registrant and their prices; `retired` may cost less than `delegate`."""

    key: str
    label: str
    amount_minor: int
    guest_amount_minor: int
    is_public: bool | None = None  # None: the committee has not said

    @property
    def is_offered(self) -> bool:
        """Whether anybody may choose it: what costs nothing is given, unless the committee says otherwise."""
        return self.amount_minor > 0 if self.is_public is None else self.is_public


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something that can be taken beyond the own place: a seat in a paid session, or a banquet."""

    key: str
    label: str
    amount_minor: int
    session: str = ""  # scheduling's id; a banquet has none
    place_count: int | None = None  # None: as many as are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """How long an unpaid place of a limited option is held, by how somebody means to pay."""

    card_minutes: int = 60
    other_days: int = 14

    def until(self, now: datetime, *, is_by_card: bool, zone: str) -> datetime:
        """So many minutes from now by card, else the end of the last day."""
        if is_by_card:
            return now + timedelta(minutes=self.card_minutes)
        return end_of_day(now.astimezone(ZoneInfo(zone)).date() + timedelta(days=self.other_days), zone)


CARD_MINUTES_MIN = 30  # the card provider keeps its page open for no less


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    """The prices and refund terms of one conference, as edited so many times."""

    revision: int
    categories: tuple[Category, ...]
    terms: RefundTerms
    options: tuple[Option, ...] = ()
    holds: Holds = Holds()

    def category(self, key: str) -> Category:
        """The category of this key; raises `CategoryUnknown`."""
        for each in self.categories:
            if each.key == key:
                return each
        raise CategoryUnknown.saying(
            "There is no category '%(category)s' at this conference. Nobody was registered; choose one of %(known)s.",
            category=key,
            known=Listed(tuple(each.key for each in self.categories)),
        )

    def option(self, key: str) -> Option:
        """The option of this key; raises `OptionUnknown`."""
        for each in self.options:
            if each.key == key:
                return each
        raise OptionUnknown.saying(
            "There is no option '%(option)s' at this conference. Nobody was registered; the options are: %(known)s.",
            option=key,
            known=Listed(tuple(each.key for each in self.options) or (phrase("none"),)),
        )

    def chosen(self, keys: tuple[str, ...]) -> tuple[Option, ...]:
        """The options of these keys, each once; raises `OptionUnknown` or `OptionTwice`."""
        if len(keys) != len(set(keys)):
            raise OptionTwice(marked("An option was chosen twice. Nobody was registered; choose each option once."))
        return tuple(self.option(each) for each in keys)

    def total_minor(self, category: str, *, options: tuple[str, ...], guest_count: int) -> int:
        """What a registration with these options and so many guests costs."""
        chosen = self.category(category)
        added_minor = sum(each.amount_minor for each in self.chosen(options))
        return chosen.amount_minor + guest_count * chosen.guest_amount_minor + added_minor

    def option_for(self, session: str) -> Option | None:
        """The option that sells a seat in this session, if any does."""
        return next((each for each in self.options if each.session == session), None)


def digest(fees: FeeTable, *, currency: str) -> str:
    """Tells one set of prices and terms from another; how many places there are is no part of it."""
    options = [(each.key, each.label, each.session, each.amount_minor) for each in fees.options]
    shown = msgspec.json.encode([currency, fees.categories, fees.terms, options, fees.holds])
    return hashlib.sha256(shown).hexdigest()[:16]


def must_be_seen(fees: FeeTable, seen: str, *, currency: str) -> None:
    """Whoever registers has agreed to the prices and terms as they are; raises `PricesChanged`."""
    if seen and seen != digest(fees, currency=currency):
        raise PricesChanged(
            marked(
                "While this form was open, the prices or terms of this conference were changed. You were not "
                "registered, "
                "and nothing was charged. Here is the form with the new ones; if you agree to them, send it again."
            )
        )


def edited(
    table: FeeTable | None,
    *,
    categories: tuple[Category, ...],
    terms: RefundTerms,
    seen: frozenset[str] | None,
    options: tuple[Option, ...] = (),
    holds: Holds | None = None,
) -> FeeTable:
    """The fee table after an edit; an edit that changes nothing leaves it as it is.

    How long places are held stays as it was where `holds` says nothing. `seen` are the revisions that the editor says
    to have before them (If-Match), None if they say nothing.
    """
    _must_make_sense(categories, terms)
    _options_must_make_sense(options)
    held = holds or (table.holds if table else Holds())
    said = (categories, terms, options, held)
    if table is not None and (table.categories, table.terms, table.options, table.holds) == said:
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
    return FeeTable(revision=revision + 1, categories=categories, terms=terms, options=options, holds=held)


def with_holds(table: FeeTable | None, holds: Holds) -> FeeTable:
    """The fee table with these times for paying."""
    if table is None:
        raise FeesMissing("This conference has no prices yet. Nothing was changed; set the prices first.")
    seen = frozenset({str(table.revision)})
    return edited(table, categories=table.categories, terms=table.terms, seen=seen, options=table.options, holds=holds)


def with_terms(table: FeeTable | None, terms: RefundTerms) -> FeeTable:
    """The fee table with these refund terms, which hold for what is sold from now on."""
    if table is None:
        raise FeesMissing("This conference has no prices yet. Nothing was changed; set the prices first.")
    seen = frozenset({str(table.revision)})
    return edited(table, categories=table.categories, terms=terms, seen=seen, options=table.options)


def with_option(table: FeeTable | None, option: Option) -> FeeTable:
    """The fee table with this option, instead of the one of its key if there is one; a change of nothing is none."""
    if table is None:
        raise FeesMissing(
            "This conference has no prices yet, and options are sold with them. "
            "Nothing was changed; set the prices first."
        )
    is_known = any(each.key == option.key for each in table.options)
    options = (
        tuple(option if each.key == option.key else each for each in table.options)
        if is_known
        else (*table.options, option)
    )
    seen = frozenset({str(table.revision)})
    return edited(table, categories=table.categories, terms=table.terms, seen=seen, options=options)


def _must_make_sense(categories: tuple[Category, ...], terms: RefundTerms) -> None:
    keys = [each.key for each in categories]
    if len(keys) != len(set(keys)):
        raise CategoryTwice(
            "A category key occurs twice. The fee table was not changed; give each category a key of its own."
        )
    cheapest_minor = min((each.amount_minor for each in categories if each.amount_minor), default=None)
    kept = {
        "when the organiser cancels": terms.organiser_cancels_fee_minor,
        "when somebody leaves": terms.leave_fee_minor,
    }
    for when, fee_minor in kept.items():
        if cheapest_minor is not None and fee_minor > cheapest_minor:
            raise FeeAbovePrice(
                f"The fee kept {when} ({fee_minor}) is more than the cheapest price ({cheapest_minor}). "
                "The fee table was not changed; lower the fee.",
                cheapest_minor=cheapest_minor,
            )


def _options_must_make_sense(options: tuple[Option, ...]) -> None:
    keys = [each.key for each in options]
    if len(keys) != len(set(keys)):
        raise OptionTwice(
            "An option key occurs twice. The fee table was not changed; give each option a key of its own."
        )
    sessions = [each.session for each in options if each.session]
    if len(sessions) != len(set(sessions)):
        raise OptionTwice(
            "A session is sold by two options. The fee table was not changed; sell each session by one option."
        )


def prices_of(categories: Iterable[Category], options: Iterable[Option]) -> Iterator[tuple[str, int]]:
    """Every price by the name that people know it by."""
    for each in categories:
        yield each.label, each.amount_minor
        yield f"A guest of {each.label}", each.guest_amount_minor
    for option in options:
        yield option.label, option.amount_minor


def lines_of(category: Category, *, guest_count: int) -> tuple[OrderLine, ...]:
    """What one registration owes: its own place, and one line for each guest."""
    own = OrderLine(kind=FEE, amount_minor=category.amount_minor)
    guest = OrderLine(kind=GUEST, amount_minor=category.guest_amount_minor)
    return (own, *(guest for _ in range(guest_count)))
