"""Owns what payments knows of seats that no order pays for: taken from the waitlist of a paid session, and to be
paid at the registration desk until they can be a line of the order. Leaves to scheduling who has which seat."""

from dataclasses import dataclass

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
