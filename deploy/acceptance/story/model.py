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
class Group:
    """Registrations that are alike: the last ones bring a guest each, the first ones have no e-mail."""

    tender: Tender
    count: int
    price_minor: int
    guests: int
    guest_price_minor: int
    without_email: int

    @property
    def without_guest_count(self) -> int:
        """Who may choose credit or donation in a story, and whose refund may fail."""
        return self.count - self.guests

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
