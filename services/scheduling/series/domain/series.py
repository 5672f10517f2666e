"""Series: what an association holds again and again, its editions by year, and the cities that have asked for one.

Owns which year has a host, and every refusal. Leaves what an edition is to `conferences`, and what the board has
resolved to its `resolution`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.scheduling.conferences.domain.conference import Conference, FieldRefused
from services.scheduling.conferences.domain.resolution import SEATS, Resolution
from shared.associations import FIRST
from shared.change import Change
from shared.problem import NotFound, Refusal

YEARS_AHEAD_MAX = 15  # nobody plans a congress for their successors' successors


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """The board's decision that a year is a city's."""

    id: str
    resolution: Resolution
    recorded_at: datetime
    recorded_by: str  # in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One year of a series and the city that hosts it."""

    year: int
    city: str
    ordinal: str = ""  # 79th; empty where the series doesn't number its editions
    conference: str = ""  # empty where it isn't run here
    award: Award | None = None  # None: given away before awards were recorded here


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """A city that has asked for a year, since a day."""

    id: str
    city: str
    year: int
    filed_on: date
    recorded_by: str  # in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The editions of one kind, by year, and the bids on file; its id is its key, such as `congress`."""

    id: str
    title: str
    association: str = FIRST
    first_year: int | None = None  # of the 1st edition; None: its editions have no numbers
    seats: int = SEATS  # of the board that awards its years
    editions: tuple[Edition, ...] = ()  # by year
    bids: tuple[Bid, ...] = ()  # in the order they were filed

    def edition(self, year: int) -> Edition | None:
        """Whose this year is, if anybody's."""
        return next((each for each in self.editions if each.year == year), None)

    def ordinal(self, year: int) -> str:
        """`79th`, or nothing where editions have no numbers."""
        if self.first_year is None or year < self.first_year:
            return ""
        return ordinal_words(year - self.first_year + 1)

    def title_of(self, year: int) -> str:
        """What the edition of a year is called: `79th Annual Conference`, or `Symposium 2025`."""
        ordinal = self.ordinal(year)
        return f"{ordinal} {self.title}" if ordinal else f"{self.title} {year}"

    def free_year(self, today: date) -> int:
        """The first year, from this one on, that has no host."""
        taken = {each.year for each in self.editions}
        return next(year for year in range(today.year, today.year + len(taken) + 1) if year not in taken)

    def bids_of(self, city: str) -> tuple[Bid, ...]:
        """What a city has asked for, the first of its bids first."""
        return tuple(each for each in self.bids if is_same_city(each.city, city))


class SeriesUnknown(NotFound):
    """There is no such series."""


class SeriesKeyTaken(Refusal):
    """Two series can't have the same key."""

    title = "This key was used before"


class YearHasHost(Refusal):
    """A year is given to one city."""

    title = "This year has a host"
    sentence = "%(year)s has a host: %(city)s. Nothing was changed; the first year without a host is %(free_year)s."


class BidOnFile(Refusal):
    """A city asks for a year once."""

    title = "This bid is on file"
    sentence = "%(city)s asked for %(year)s on %(filed_on)s already. Nothing was changed."


class ConferenceInSeries(Refusal):
    """A conference belongs to one series, once."""

    title = "The conference belongs to a series"
    sentence = "%(conference)s belongs to the series %(series)s already. Nothing was changed."


def ordinal_words(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def is_same_city(one: str, another: str) -> bool:
    """Whether two texts name one city, with or without its state: `St. Louis` and `St. Louis, Missouri`."""
    first, second = (each.partition(",") for each in (one.casefold(), another.casefold()))
    more = (first[2].strip(), second[2].strip())
    return first[0].strip() == second[0].strip() and ("" in more or more[0] == more[1])


def began(*, key: str, title: str, association: str, first_year: int | None, seats: int, today: date) -> Change[Series]:
    """A series without editions."""
    if first_year is not None and first_year > today.year + YEARS_AHEAD_MAX:
        raise FieldRefused("first_year", f"{first_year} is too far off. Nothing was created; give the year of the 1st.")
    return Change(Series(id=key, title=title, association=association, first_year=first_year, seats=seats))


def bid(series: Series, *, id_: str, city: str, year: int, today: date, by: str) -> Change[Series]:
    """A city asks for a year that nobody has."""
    _must_be_free(series, year=year, today=today)
    for each in series.bids_of(city):
        if each.year == year:
            raise BidOnFile(city=each.city, year=year, filed_on=each.filed_on)
    filed = Bid(id=id_, city=city, year=year, filed_on=today, recorded_by=by)
    return Change(replace(series, bids=(*series.bids, filed)))


def hosted(series: Series, *, city: str, year: int, today: date) -> Change[Series]:
    """A year that was given away before awards were recorded here, or was long ago."""
    _must_be_free(series, year=year, today=today, is_past_fine=True)
    return Change(_with(series, Edition(year=year, city=city, ordinal=series.ordinal(year))))


def taken_in(series: Series, conference: Conference, *, others: Iterable[Series]) -> Change[Series]:
    """A conference that is here already becomes the edition of its year, or runs the one that its city has."""
    for each in others:
        if any(edition.conference == conference.id for edition in each.editions):
            raise ConferenceInSeries(conference=conference.title, series=each.title)
    year = conference.starts.year
    known = series.edition(year)
    if known is not None and (known.conference or not is_same_city(known.city, conference.city)):
        raise _has_host(series, known, today=conference.starts)
    edition = known or Edition(year=year, city=conference.city, ordinal=series.ordinal(year))
    return Change(_with(series, replace(edition, conference=conference.id)))


def awarded(series: Series, *, award: Award, city: str, year: int, conference: str, today: date) -> Change[Series]:
    """The board gives a year to a city; refused for a year that has a host, is over or too far off."""
    _must_be_free(series, year=year, today=today)
    edition = Edition(year=year, city=city, ordinal=series.ordinal(year), conference=conference, award=award)
    return Change(_with(series, edition))


def newest(series: Series, *, before: int) -> Edition | None:
    """The newest edition before a year that is run here: what the next one is modelled on."""
    return max(
        (each for each in series.editions if each.conference and each.year < before),
        key=lambda each: each.year,
        default=None,
    )


def same_week(day: date, *, year: int) -> date:
    """The same day of the same week of another year: a Sunday stays a Sunday."""
    _, week, weekday = day.isocalendar()
    last_week = date(year, 12, 28).isocalendar().week
    found = date.fromisocalendar(year, min(week, last_week), weekday)
    return (
        found if found.year == year else date.fromisocalendar(year, 2 if found.year < year else last_week - 1, weekday)
    )


def _with(series: Series, edition: Edition) -> Series:
    others = (each for each in series.editions if each.year != edition.year)
    return replace(series, editions=tuple(sorted((*others, edition), key=lambda each: each.year)))


def _must_be_free(series: Series, *, year: int, today: date, is_past_fine: bool = False) -> None:
    known = series.edition(year)
    if known is not None:
        raise _has_host(series, known, today=today)
    if year < today.year and not is_past_fine:
        raise FieldRefused("year", f"{year} is over. Nothing was changed; give a year from {today.year} on.")
    if year > today.year + YEARS_AHEAD_MAX:
        last = today.year + YEARS_AHEAD_MAX
        raise FieldRefused("year", f"{year} is too far off. Nothing was changed; give a year until {last}.")


def _has_host(series: Series, known: Edition, *, today: date) -> YearHasHost:
    return YearHasHost(year=known.year, city=known.city, free_year=series.free_year(today))
