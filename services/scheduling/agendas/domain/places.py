"""How many places of a paid session its waitlist wants, and which of them it has: decisions about one roster, pure.

Registration owns the count of places. Those that it has set aside are this roster's until the roster says that it wants
fewer; from that moment on it has no more than it said. An answer to an earlier word is not used, because places may
have been given back since.
"""

from dataclasses import replace

from services.scheduling.agendas.domain.rosters import Hold, Roster, Seat, Sitting
from shared.change import Change
from shared.contracts.registration import PlacesOffered, PlacesSetAside
from shared.contracts.scheduling import SeatOwed, SeatsWanted


def paid_by(roster: Roster, product: str) -> Change[Roster]:
    """The roster of a session for which this option pays now; places of the one before are given back."""
    if roster.product == product:
        return Change(roster)
    change = _said(roster, count=0) if roster.wanted_count else Change(roster)
    return Change(replace(change.state, product=product), change.events)


def wanting(roster: Roster) -> Change[Roster]:
    """The roster that has said how many places it wants, if that has changed; a free session wants none."""
    count = len(roster.waiting) + roster.unordered_count if roster.product else 0
    return Change(roster) if count == roster.wanted_count else _said(roster, count=count)


def owing(roster: Roster) -> Change[Roster]:
    """The roster that has said whose seat is not paid, on an order or not yet, as far as that has changed."""
    sitting = roster.sitting
    owed = tuple(each.person for each in roster.held if _is_owed(each, sitting))
    claims = {each.person: each.claim for each in roster.held}
    news = [*((each, True) for each in owed if each not in roster.owed)]
    news += [(each, False) for each in roster.owed if each not in owed]
    said = tuple(
        SeatOwed(
            roster=roster.id,
            session=roster.session,
            conference=roster.conference,
            person=person,
            code=sitting.code if sitting else "",
            title=sitting.title if sitting else "",
            product=roster.product,
            is_owed=is_owed,
            claim=claims[person] if is_owed else 0,
            ended="" if is_owed else _ended(roster.seat_of(person)),
        )
        for person, is_owed in news
    )
    return Change(replace(roster, owed=owed) if said else roster, said)


def _is_owed(seat: Seat, sitting: Sitting | None) -> bool:
    """Whether somebody has this seat without having paid; whether a session on an order is cancelled is its own
    matter."""
    is_sold = sitting is not None and bool(sitting.product) and not sitting.is_cancelled
    return seat.is_owed or (seat.hold is Hold.SIGNED_UP and is_sold)


def _ended(seat: Seat | None) -> str:
    if seat is None or seat.hold is Hold.OFFERED:
        return "given_up"
    return "paid" if seat.hold is Hold.PAID else "off"


def given(roster: Roster, event: PlacesSetAside) -> Roster:
    """The roster with the places that were set aside for it; an answer to an older word changes nothing."""
    if (event.product, event.revision) != (roster.product, roster.wanted_revision):
        return roster
    return replace(roster, set_aside_count=max(roster.set_aside_count, event.count))


def offered(roster: Roster, event: PlacesOffered) -> Roster:
    """The roster of a session of which so many seats are sold at most, at this price."""
    price_minor = roster.price_minor if event.amount_minor is None else event.amount_minor
    return replace(roster, place_count=event.count, price_minor=price_minor)


def _said(roster: Roster, *, count: int) -> Change[Roster]:
    revision = roster.wanted_revision + 1
    after = replace(
        roster,
        wanted_count=count,
        wanted_revision=revision,
        set_aside_count=min(roster.set_aside_count, count),
    )
    said = SeatsWanted(
        roster=roster.id,
        session=roster.session,
        conference=roster.conference,
        product=roster.product,
        count=count,
        revision=revision,
    )
    return Change(after, (said,))
