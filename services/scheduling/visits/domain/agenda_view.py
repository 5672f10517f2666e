"""One person's view of a published programme: what is theirs, what clashes, what changed since they looked. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.scheduling.agendas.domain.agendas import Agenda, PaidPlace
from services.scheduling.agendas.domain.rosters import Hold, Roster, Seat
from services.scheduling.programme.domain.programme import FOR_ALL
from services.scheduling.releases.domain.releases import Difference, Entry, What


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One session as it concerns one person."""

    entry: Entry
    roster: Roster | None
    seat: Seat | None
    place: int | None  # on the waitlist
    paid: PaidPlace | None
    is_starred: bool
    was_passed_over: bool  # an offer ran out
    was_no_show: bool  # the seat was given away after the start
    lost_seat: bool  # the room became smaller
    clashes: tuple[Entry, ...] = ()  # what else is in their agenda at that time

    @property
    def is_mine(self) -> bool:
        """Whether it stands in their agenda."""
        return self.is_starred or self.seat is not None or self.place is not None or self.paid is not None

    @property
    def is_offered(self) -> bool:
        """Whether a seat is theirs to take."""
        return self.seat is not None and self.seat.hold is Hold.OFFERED

    def is_offer_open(self, now: datetime) -> bool:
        """Whether the offer still stands; one that ran out goes to the next in a moment."""
        is_over = self.entry.is_cancelled or self.seat is None or self.seat.until is None or self.seat.until <= now
        return self.is_offered and not is_over

    @property
    def has_seat(self) -> bool:
        """Whether they hold a seat."""
        return self.seat is not None and self.seat.hold is not Hold.OFFERED

    @property
    def has_paid_seat(self) -> bool:
        """Whether their seat came with the order."""
        return self.seat is not None and self.seat.hold is Hold.PAID

    @property
    def price_minor(self) -> int:
        """What a seat costs: as it was ordered, else as it is sold, else as the programme says; 0: nobody has said."""
        if self.paid is not None:
            return self.paid.amount_minor
        said = self.roster.price_minor if self.roster else None
        return self.entry.price_minor if said is None else said

    @property
    def is_owed(self) -> bool:
        """Whether the seat they have costs something that is not paid."""
        return self.seat is not None and (
            self.seat.is_owed or (self.seat.hold is Hold.SIGNED_UP and bool(self.entry.product))
        )

    @property
    def may_give_back(self) -> bool:
        """Whether they can give their seat back here: what is paid goes back with its option only."""
        return self.has_seat and self.seat is not None and (self.seat.hold is not Hold.PAID or self.seat.is_owed)

    @property
    def free_count(self) -> int | None:
        """How many seats are left; None when nobody needs one."""
        if self.roster is None or self.roster.sitting is None or self.entry.seats is None:
            return None
        return self.roster.open_count

    def may_sign_up(self, now: datetime) -> bool:
        """Whether they could ask for a seat, or for a place on the waitlist."""
        if self.free_count is None or self.seat or self.place or self.entry.is_cancelled or now >= self.entry.ends:
            return False
        return not (self.entry.product and self.free_count)

    def must_be_chosen(self) -> bool:
        """Whether it was paid, is cancelled, and the choice is still to be made."""
        return self.entry.is_cancelled and self.paid is not None


def items(
    entries: Iterable[Entry], agenda: Agenda, rosters: Mapping[str, Roster], *, clashing: bool = True
) -> list[Item]:
    """Every session as it concerns this person, in the order of the release."""
    found = [_item(each, agenda, rosters.get(each.session)) for each in entries]
    return [_with_clashes(each, found) for each in found] if clashing else found


def by_day(found: Iterable[Item], *, zone: str) -> dict[date, list[Item]]:
    """Items by the day at the venue on which they begin."""
    days: dict[date, list[Item]] = {}
    for each in found:
        days.setdefault(each.entry.starts.astimezone(ZoneInfo(zone)).date(), []).append(each)
    return days


def changes_of_mine(differences: Iterable[Difference], found: Iterable[Item]) -> list[Difference]:
    """What changed of their sessions; a corrected word is no news, and neither is that a session is new."""
    mine = {each.entry.session for each in found if each.is_mine or each.lost_seat}
    told = (each for each in differences if each.session in mine)
    return [each for each in told if set(each.what) - {What.WORDING, What.ADDED}]


def _item(entry: Entry, agenda: Agenda, roster: Roster | None) -> Item:
    person = agenda.person
    seat = roster.seat_of(person) if roster else None
    return Item(
        entry=entry,
        roster=roster,
        seat=seat,
        place=roster.place_of(person) if roster else None,
        paid=agenda.paid_place(entry.session),
        is_starred=entry.session in agenda.stars,
        was_passed_over=roster is not None and person in roster.passed_over,
        was_no_show=roster is not None and person in roster.no_shows,
        lost_seat=roster is not None and seat is None and person in roster.displaced,
    )


def _with_clashes(item: Item, found: Iterable[Item]) -> Item:
    if not item.is_mine or item.entry.is_cancelled:
        return item
    at_that_time = tuple(
        each.entry for each in found if each.is_mine and each.entry is not item.entry and _clash(each.entry, item.entry)
    )
    return replace(item, clashes=at_that_time)


def _clash(one: Entry, other: Entry) -> bool:
    if one.is_cancelled or other.is_cancelled or one.kind in FOR_ALL or other.kind in FOR_ALL:
        return False
    return one.starts < other.ends and other.starts < one.ends
