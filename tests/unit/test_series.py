"""Series: which year is free, what an award makes, and what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.scheduling.conferences.domain.conference import Conference, FieldRefused
from services.scheduling.conferences.domain.resolution import Resolution
from services.scheduling.programme.domain.frame import shifted
from services.scheduling.programme.domain.programme import Programme, Room, Times, Track
from services.scheduling.series.domain import series as domain
from services.scheduling.series.domain.edition import edition_draft, framed
from services.scheduling.series.domain.series import (
    Award,
    BidOnFile,
    ConferenceInSeries,
    Edition,
    Series,
    YearHasHost,
    ordinal_words,
    same_week,
)

TODAY = date(2020, 6, 12)
NOW = datetime(2020, 6, 12, 15, 0, tzinfo=UTC)
HOSTS = ((2021, "Grand Rapids"), (2022, "Little Rock"), (2023, "Minneapolis"), (2024, "Calgary"))
CONGRESS = Series(
    id="congress",
    title="Annual Conference",
    first_year=1947,
    editions=(
        Edition(year=2020, city="St. Louis, Missouri", ordinal="74th", conference="conf_74"),
        *(Edition(year=year, city=city) for year, city in HOSTS),
    ),
)
AWARD = Award(
    id="award_1",
    resolution=Resolution(text="Resolved.", on=TODAY, present=20, votes_for=18, votes_against=1),
    recorded_at=NOW,
    recorded_by="Gloria Stone",
)
MODEL = Conference(
    id="conf_74",
    key="74th",
    title="74th Annual Conference",
    city="St. Louis, Missouri",
    zone="America/Chicago",
    currency="USD",
    starts=date(2020, 5, 17),
    ends=date(2020, 5, 20),
)


def test_the_first_year_without_a_host_follows_the_years_that_are_taken() -> None:
    assert CONGRESS.free_year(TODAY) == 2025


def test_a_year_left_open_between_two_hosts_comes_first() -> None:
    without = replace(CONGRESS, editions=tuple(each for each in CONGRESS.editions if each.year != 2022))

    assert without.free_year(TODAY) == 2022


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (79, "79th"), (112, "112th"), (121, "121st")],
)
def test_editions_are_numbered_as_people_say_it(number: int, words: str) -> None:
    assert ordinal_words(number) == words


def test_an_award_makes_the_edition_of_its_year() -> None:
    awarded = domain.awarded(
        CONGRESS, award=AWARD, city="St. Louis, Missouri", year=2025, conference="conf_79", today=TODAY
    ).state

    assert awarded.edition(2025) == Edition(
        year=2025, city="St. Louis, Missouri", ordinal="79th", conference="conf_79", award=AWARD
    )
    assert awarded.free_year(TODAY) == 2026


def test_a_year_that_has_a_host_is_refused_and_the_host_is_named() -> None:
    with pytest.raises(YearHasHost) as refused:
        domain.awarded(CONGRESS, award=AWARD, city="St. Louis", year=2023, conference="conf", today=TODAY)

    assert refused.value.detail == (
        "2023 has a host: Minneapolis. Nothing was changed; the first year without a host is 2025."
    )


@pytest.mark.parametrize(("year", "said"), [(2019, "2019 is over."), (2036, "2036 is too far off.")])
def test_a_year_that_is_over_or_too_far_off_is_refused(year: int, said: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        domain.awarded(CONGRESS, award=AWARD, city="St. Louis", year=year, conference="conf", today=TODAY)

    assert refused.value.detail.startswith(said)


def test_a_city_asks_for_a_year_once_and_is_found_with_or_without_its_state() -> None:
    asked = domain.bid(CONGRESS, id_="bid_1", city="St. Louis", year=2025, today=TODAY, by="Tom Becker").state

    with pytest.raises(BidOnFile):
        domain.bid(asked, id_="bid_2", city="st. louis, Missouri", year=2025, today=TODAY, by="Tom Becker")

    assert [each.id for each in asked.bids_of("St. Louis, Missouri")] == ["bid_1"]
    assert not asked.bids_of("St. Paul, Minnesota")
    assert not domain.is_same_city("Portland, Maine", "Portland, Oregon")


def test_nobody_bids_for_a_year_that_has_a_host() -> None:
    with pytest.raises(YearHasHost):
        domain.bid(CONGRESS, id_="bid_1", city="Boise", year=2024, today=TODAY, by="Tom Becker")


def test_a_conference_becomes_the_edition_of_its_year_and_of_one_series_only() -> None:
    empty = replace(CONGRESS, editions=())

    taken = domain.taken_in(empty, MODEL, others=()).state

    assert taken.editions == (Edition(year=2020, city="St. Louis, Missouri", ordinal="74th", conference="conf_74"),)
    with pytest.raises(ConferenceInSeries):
        domain.taken_in(replace(CONGRESS, id="symposium"), MODEL, others=(taken,))


def test_a_conference_runs_the_year_that_its_city_hosts_and_no_other_citys() -> None:
    in_calgary = replace(MODEL, id="conf_78", city="Calgary, Alberta", starts=date(2024, 5, 19), ends=date(2024, 5, 22))

    taken = domain.taken_in(CONGRESS, in_calgary, others=()).state

    assert taken.edition(2024) == Edition(year=2024, city="Calgary", conference="conf_78")
    with pytest.raises(YearHasHost):
        domain.taken_in(CONGRESS, replace(in_calgary, city="Boise, Idaho"), others=())


def test_the_draft_lies_in_the_same_week_with_its_days_proposed_only() -> None:
    drafted = edition_draft(
        CONGRESS,
        id_="conf_79",
        key="79th",
        year=2025,
        city="St. Louis, Missouri",
        model=MODEL,
        zone="",
        currency="",
        now=NOW,
    )

    assert drafted == replace(
        MODEL,
        id="conf_79",
        key="79th",
        title="79th Annual Conference",
        starts=date(2025, 5, 18),
        ends=date(2025, 5, 21),
        are_days_proposed=True,
        awarded_year=2025,
    )


def test_the_last_week_of_a_long_year_is_the_last_of_a_short_one() -> None:
    assert same_week(date(2020, 12, 31), year=2025) == date(2025, 12, 25)


@pytest.mark.parametrize("year", range(2021, 2035))
@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2020, 12, 31), date(2021, 1, 1), date(2024, 12, 30)])
def test_the_days_that_are_proposed_lie_in_the_year_that_is_awarded(day: date, year: int) -> None:
    proposed = same_week(day, year=year)

    assert (proposed.year, proposed.weekday()) == (year, day.weekday())


def test_the_frame_of_a_programme_is_taken_without_rooms_at_the_same_hour_of_the_day() -> None:
    morning = Times(
        id="t1", starts=datetime(2020, 5, 17, 14, 0, tzinfo=UTC), ends=datetime(2020, 5, 17, 15, 0, tzinfo=UTC)
    )  # nine o'clock in St. Louis
    model = Programme(
        id="programme:conf_74",
        conference="conf_74",
        rooms=(Room(id="r1", name="Hall", seats=400),),
        tracks=(Track(id="records", title="Records"),),
        times=(morning,),
        same_track_at_once_max=3,
        revision=7,
    )

    begun = framed(
        Programme(id="programme:conf_79", conference="conf_79"),
        model,
        days=(date(2025, 5, 18) - date(2020, 5, 17)).days,
        zone="America/Denver",
        model_zone="America/Chicago",
    )

    assert (begun.rooms, begun.tracks, begun.same_track_at_once_max, begun.revision) == ((), model.tracks, 3, 1)
    assert begun.times[0].starts == datetime(2025, 5, 18, 15, 0, tzinfo=UTC)  # nine o'clock in Denver


def test_an_hour_stays_what_it_was_when_summer_time_lies_between() -> None:
    winter = Times(id="t", starts=datetime(2020, 1, 5, 15, 0, tzinfo=UTC), ends=datetime(2020, 1, 5, 16, 0, tzinfo=UTC))

    (moved,) = shifted((winter,), days=182, zone="America/Chicago", zone_before="America/Chicago")

    assert moved.starts == datetime(2020, 7, 5, 14, 0, tzinfo=UTC)
