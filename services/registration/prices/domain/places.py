"""Options: what somebody pays for beyond their own place, and the places that there are of each.

Owns an option as one registration has it, and the counters. A counter is only ever raised under the condition that a
place is left, in the transaction that takes the place, so that no option is oversold however many ask at once. A place
is sold, set aside for the session's waitlist, or free, and never two of these. Leaves to `fees` what an option costs,
to `waiting` what is set aside, and to `sessions` what happens when its session is cancelled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from services.registration.prices.domain.fees import FeeTable, Option
from shared.contracts.registration import PlacesOffered
from shared.problem import Refusal
from shared.sentences import Listed, Phrase, marked, phrase


class OptionSoldOut(Refusal):
    """There is no place left, or it is not sold any more."""

    title = marked("There is no place left")


class OptionSessionFixed(Refusal):
    """Places of an option were taken for one session; it can't become another one's."""

    status: ClassVar[int] = 422
    title = "The option belongs to another session"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionPlaces:
    """The counter of one option: how many places there are (None: as many as are asked for), and who has them."""

    id: str
    conference: str
    product: str
    session: str
    place_count: int | None  # as the fee table has it
    seat_count: int | None = None  # of the session's room, as the last release has it
    taken_count: int = 0  # by orders
    is_open: bool = True
    set_aside_count: int = 0  # for the session's waitlist; not for sale
    wanted_count: int = 0  # by that waitlist, as scheduling said last
    wanted_revision: int = 0  # of what it said
    amount_minor: int | None = None  # what one costs, as scheduling was told last; None: it was not told yet

    @property
    def limit(self) -> int | None:
        """How many there are: the smaller of the option's places and its session's seats; None: no end of them."""
        return min((each for each in (self.place_count, self.seat_count) if each is not None), default=None)

    @property
    def free_count(self) -> int | None:
        """How many may still be taken; None when there is no end of them."""
        if not self.is_open:
            return 0
        return None if self.limit is None else max(0, self.limit - self.taken_count - self.set_aside_count)

    @property
    def without_seat_count(self) -> int:
        """How many of the option's places are not sold, because the room has no seats for them."""
        return (self.place_count or 0) - self.limit if self.limit is not None and self.place_count else 0


def places_id(conference: str, product: str) -> str:
    """The counter of an option."""
    return f"{conference}:{product}"


def counted(
    option: Option, *, conference: str, known: OptionPlaces | None, seat_count: int | None = None
) -> OptionPlaces:
    """The counter as the fee table has the option now; who has a place keeps it, also when there are fewer now."""
    if known is None:
        return OptionPlaces(
            id=places_id(conference, option.key),
            conference=conference,
            product=option.key,
            session=option.session,
            place_count=option.place_count,
            seat_count=seat_count,
            amount_minor=option.amount_minor,
        )
    if known.session == option.session:
        return replace(known, place_count=option.place_count, seat_count=seat_count, amount_minor=option.amount_minor)
    if known.taken_count or known.set_aside_count or not known.is_open:
        raise OptionSessionFixed(
            f"The option {option.key!r} was sold for the session {known.session or '(none)'!r}. The fee table was not "
            "changed; leave its session as it is, and give the other session an option with a key of its own.",
            taken_count=known.taken_count,
        )
    return replace(
        known,
        session=option.session,
        place_count=option.place_count,
        seat_count=seat_count,
        wanted_count=0,
        wanted_revision=0,
        amount_minor=option.amount_minor,
    )


def offered(places: OptionPlaces) -> PlacesOffered:
    """How many seats of the session are sold at most, and at which price, for whoever seats people there."""
    return PlacesOffered(
        places=places.id,
        conference=places.conference,
        product=places.product,
        session=places.session,
        count=places.place_count,
        amount_minor=places.amount_minor,
    )


def closed(places: OptionPlaces) -> OptionPlaces:
    """Nobody takes a place any more: the session is cancelled."""
    return replace(places, is_open=False)


def reopened(places: OptionPlaces) -> OptionPlaces:
    """Places are taken again, as many as are left: the session takes place after all."""
    return replace(places, is_open=True)


def sold_out(option: Option, *, fees: FeeTable, places: Mapping[str, OptionPlaces]) -> OptionSoldOut:
    """The refusal that says what is full, that nothing has happened, and what is free."""
    counter = places.get(option.key)
    if counter is not None and not counter.is_open:
        reason = phrase("%(label)s is not offered any more, because its session is cancelled.", label=option.label)
    else:
        reason = phrase("%(label)s is sold out: %(who_has)s.", label=option.label, who_has=who_has(counter))
    free = [each for each in fees.options if each.key in places and places[each.key].free_count != 0]
    named = Listed(tuple(in_words(each, places[each.key]) for each in free), "; ")
    advice = (
        phrase("Still free: %(named)s. Register with one of these, or without any.", named=named)
        if free
        else phrase("Register without it.")
    )
    return OptionSoldOut.saying(
        "%(reason)s You were not registered, and nothing was charged. %(advice)s",
        reason=reason,
        advice=advice,
        option=option.key,
        free=[each.key for each in free],
    )


def who_has(places: OptionPlaces | None) -> Phrase:
    """Where the places of an option are of which none is left."""
    if places is None or not places.set_aside_count:
        return phrase("all %(count)s places are taken", count=places.limit or 0 if places else 0)
    taken, kept = places.taken_count, places.set_aside_count
    return phrase(
        "of %(count)s places %(taken)s, and %(kept)s",
        count=places.limit,
        taken=phrase("1 is taken") if taken == 1 else phrase("%(count)s are taken", count=taken),
        kept=phrase("1 is kept for those who are on the session's waitlist")
        if kept == 1
        else phrase("%(count)s are kept for those who are on the session's waitlist", count=kept),
    )


def in_words(option: Option, places: OptionPlaces) -> Phrase:
    """An option with what is left of it."""
    left = places.free_count
    if left is None:
        return Phrase("%(label)s", {"label": option.label})
    if left == 1:
        return phrase("%(label)s (1 place left)", label=option.label)
    return phrase("%(label)s (%(count)s places left)", label=option.label, count=left)
