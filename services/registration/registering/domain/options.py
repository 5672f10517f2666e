"""Options as one registration has them: what somebody pays for beyond their own place, at the price it was taken at.

Leaves to `prices` what an option costs and how many places there are of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.registration.prices.domain.fees import OPTION, Option
from shared.contracts.registration import OptionPlace, OrderLine


class OptionState(StrEnum):
    """Where an option of one registration is."""

    HELD = "held"
    CANCELLED_BY_ORGANISER = "cancelled_by_organiser"  # its session is; the registrant may choose
    GIVEN_BACK = "given_back"  # its price is owed no more, or owed back
    ENDED = "ended"  # with its registration, whose money is settled as one


STANDING = (OptionState.HELD, OptionState.CANCELLED_BY_ORGANISER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOption:
    """An option as one registration has it, at the price that it was taken at."""

    product: str
    label: str
    session: str
    amount_minor: int
    state: OptionState = OptionState.HELD
    code: str = ""  # of the cancelled session, as the programme prints it
    alternatives: tuple[str, ...] = ()  # sessions that the registrant may move to
    choose_until: datetime | None = None
    moved_from: str = ""  # what it was called before the registrant moved
    ended_by: str = ""
    is_off_invoice: bool = False  # payments has taken it off the order
    back_minor: int = 0  # so much of it had been paid, and goes back
    is_limited: bool = False  # others may be waiting for its place
    number: int = 0  # of what was added after the order was placed, the how-manieth of this registration
    is_awaited: bool = False  # payments has not put it on the invoice yet
    is_unpaid: bool = False  # added later, and not paid yet
    claim: int | None = None  # of a seat taken from the waitlist, as scheduling tells one from another

    @property
    def is_added(self) -> bool:
        """Whether it was added after the order was placed."""
        return self.number > 0

    @property
    def is_standing(self) -> bool:
        """Whether it holds a place."""
        return self.state in STANDING

    @property
    def is_on_invoice(self) -> bool:
        """Whether payments counts it as part of the total, as far as it has said."""
        is_off = self.state is OptionState.GIVEN_BACK and self.is_off_invoice
        return not self.is_awaited and not is_off


def taken(option: Option) -> TakenOption:
    """The option as it is taken: its price is frozen."""
    return TakenOption(
        product=option.key,
        label=option.label,
        session=option.session,
        amount_minor=option.amount_minor,
        is_limited=option.place_count is not None,
    )


def line_of(option: TakenOption) -> OrderLine:
    """What the option owes."""
    return OrderLine(kind=OPTION, amount_minor=option.amount_minor, product=option.product, session=option.session)


def places_of(options: Collection[TakenOption]) -> tuple[OptionPlace, ...]:
    """The places that a delegate has; not those in a session that is cancelled."""
    return tuple(
        OptionPlace(product=each.product, session=each.session, amount_minor=each.amount_minor)
        for each in options
        if each.state is OptionState.HELD
    )
