"""Owns what registration knows of seats that no order pays for: taken from the waitlist of a paid session, and to be
paid at the registration desk until they can be a line of the order. Leaves to scheduling who has which seat."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from services.registration.prices.domain.conferences import Conference
from shared.contracts.scheduling import SeatOwed


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedSeat:
    """A seat in one session that one person has, and hasn't paid with their order."""

    id: str
    conference: str
    person: str
    session: str
    code: str
    title: str
    product: str
    is_owed: bool


class Priced(NamedTuple):
    """A seat that no order pays for, and what it costs; None where nobody has set that."""

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
    )
