"""Owns what registration knows of seats that people have and haven't paid: taken from the waitlist of a paid session.
Each becomes a line of its owner's order as soon as it has a price. Leaves to scheduling who has which seat."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.registration.prices.domain.conferences import Conference
from shared.contracts.scheduling import SeatOwed


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedSeat:
    """A seat in one session that one person has, and hasn't paid."""

    id: str
    conference: str
    person: str
    session: str
    code: str
    title: str
    product: str
    is_owed: bool
    claim: int = 0  # as scheduling tells one of this person's claims from another
    is_on_order: bool = False  # a line of their order pays for it


class Priced(NamedTuple):
    """A seat that is on no order, and what it costs; None where nobody has set that."""

    seat: OwedSeat
    amount_minor: int | None


def priced(conference: Conference, seats: Iterable[OwedSeat]) -> list[Priced]:
    """These seats with what the options of the conference cost."""
    options = conference.fees.options if conference.fees else ()
    amounts = {each.key: each.amount_minor for each in options}
    return [Priced(each, amounts.get(each.product)) for each in seats]


def owed_seat_id(event: SeatOwed) -> str:
    """One person's seat in one session."""
    return f"{event.session}:{event.person}"


def heard(event: SeatOwed) -> OwedSeat:
    """The seat as scheduling has said last."""
    return OwedSeat(
        id=owed_seat_id(event),
        conference=event.conference,
        person=event.person,
        session=event.session,
        code=event.code,
        title=event.title,
        product=event.product,
        is_owed=event.is_owed,
        claim=event.claim,
    )


def on_order(seat: OwedSeat) -> OwedSeat:
    """A line of the owner's order pays for it."""
    return replace(seat, is_on_order=True)
