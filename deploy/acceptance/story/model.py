"""The words of a story: its groups of registrations, its choices, its faults, and the refusal of one that can't be."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NoReturn

BOUGHT_BEFORE_CANCELLATION_DAYS = 30


class Tender(StrEnum):
    """How a registration is paid for."""

    CARD = "card"
    CHEQUE = "cheque"
    TRANSFER = "transfer"
    GRANT = "grant"
    PURCHASE_ORDER = "purchase_order"

    @property
    def is_paid_by_registrant(self) -> bool:
        """Only who paid has money to choose about; a grant returns to its fund and an open invoice is voided."""
        return self in (Tender.CARD, Tender.CHEQUE, Tender.TRANSFER)


class Choice(StrEnum):
    """What becomes of a registrant's money."""

    REFUND = "refund"
    CREDIT = "credit"
    DONATE = "donate"


class StoryRefused(Exception):
    """This story can't be: where it says so, why, and what to write instead."""

    def __init__(self, *, place: str, reason: str, remedy: str) -> None:
        super().__init__(f"{place}: {reason} Nothing was started. {remedy}")
        self.place = place
        self.reason = reason
        self.remedy = remedy


def refuse(place: str, reason: str, remedy: str) -> NoReturn:
    """Say no to a story, in words that a person can act on."""
    raise StoryRefused(place=place, reason=reason, remedy=remedy)


@dataclass(frozen=True)
class Alike:
    """So many orders, one after the other, of so many registrations each, all of them without a guest."""

    size: int
    order_count: int
    has_leaver: bool = False  # of each of them one registration has ended before the decision, and isn't counted

    @property
    def registration_count(self) -> int:
        """All their registrations."""
        return self.size * self.order_count


@dataclass(frozen=True)
class Group:
    """Registrations that are alike: the last ones bring a guest each, the first ones have no e-mail. They are ordered
    one by one, or `people_per_order` at a time by a payer of their own; of the first `leave_before` orders the first
    person leaves the day before the decision."""

    tender: Tender
    count: int
    price_minor: int
    guests: int
    guest_price_minor: int
    without_email: int
    people_per_order: int = 1
    leave_before: int = 0

    @property
    def is_of_several(self) -> bool:
        """Whether a payer of their own pays for several at a time."""
        return self.people_per_order > 1

    @property
    def order_count(self) -> int:
        """How many orders they are on."""
        return self.count // self.people_per_order

    @property
    def alike(self) -> tuple[Alike, ...]:
        """The orders that may choose credit or donation in a story, and whose refund may fail, when it is decided."""
        if not self.is_of_several:
            return (Alike(1, self.count - self.guests),)
        return (
            Alike(self.people_per_order - 1, self.leave_before, has_leaver=True),
            Alike(self.people_per_order, self.order_count - self.leave_before),
        )

    @property
    def without_guest_count(self) -> int:
        """How many registrations those are."""
        return sum(each.registration_count for each in self.alike)

    @property
    def charged_minor(self) -> int:
        """Everything this group owes or has paid."""
        return self.count * self.price_minor + self.guests * self.guest_price_minor


@dataclass(frozen=True)
class TenderCounts:
    """How many people of each tender make a choice."""

    card: int = 0
    cheque: int = 0
    transfer: int = 0

    def of(self, tender: Tender) -> int:
        """How many of one tender; grants and purchase orders have nothing to choose."""
        match tender:
            case Tender.CARD:
                return self.card
            case Tender.CHEQUE:
                return self.cheque
            case Tender.TRANSFER:
                return self.transfer
            case Tender.GRANT | Tender.PURCHASE_ORDER:
                return 0


@dataclass(frozen=True)
class Story:
    """One conference, everyone who registered, and what happens when it is cancelled."""

    key: str
    title: str
    city: str
    starts: date
    ends: date
    zone: str
    currency: str
    cancelled_on: date
    choose_by: date
    organiser_cancels_fee_minor: int
    groups: tuple[Group, ...]
    credit: TenderCounts
    donate: TenderCounts
    cards_refusing_refund: int
    leave_fee_minor: int = 0

    @property
    def bought_on(self) -> date:
        """The day on which everyone registered."""
        return self.cancelled_on - timedelta(days=BOUGHT_BEFORE_CANCELLATION_DAYS)

    @property
    def guest_prices_minor(self) -> dict[int, int]:
        """What a guest costs, by what the one who brings them pays; of several prices the file's first."""
        prices: dict[int, int] = {}
        for group in self.groups:
            if group.guests:
                prices.setdefault(group.price_minor, group.guest_price_minor)
        return prices

    @property
    def registration_count(self) -> int:
        """Registrations, guests not counted: a guest is not a registration."""
        return sum(group.count for group in self.groups)

    @property
    def leaver_count(self) -> int:
        """How many of them leave the day before the decision."""
        return sum(group.leave_before for group in self.groups)
