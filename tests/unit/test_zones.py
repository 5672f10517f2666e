"""A time zone is called what people call it, in their language."""

from zoneinfo import available_timezones

import pytest

from services.scheduling.conferences.domain.zones import offered_zones, zones_meant, zones_to_choose
from shared.web.words import instant_in_words
from shared.zones import choice_in_words, city_in_words, zone_in_words
from tests.unit.releases_builders import NOW


@pytest.mark.parametrize(
    ("zone", "names"),
    [
        ("America/Chicago", ("Central Time", "heure du Centre", "Central-tijd")),
        ("America/Toronto", ("Eastern Time", "heure de l’Est", "Eastern-tijd")),
        ("America/Indiana/Indianapolis", ("Eastern Time", "heure de l’Est", "Eastern-tijd")),
        ("Europe/Amsterdam", ("Central European Time", "heure de l’Europe centrale", "Midden-Europese tijd")),
        ("Europe/London", ("United Kingdom Time", "heure locale (Londres)", "plaatselijke tijd (Londen)")),
        ("Asia/Almaty", ("local time (Almaty)", "heure locale (Alma Ata)", "plaatselijke tijd (Alma-Ata)")),
        ("UTC", ("UTC", "UTC", "UTC")),
    ],
)
def test_a_zone_has_the_name_that_people_there_give_it(zone: str, names: tuple[str, ...]) -> None:
    assert tuple(zone_in_words(zone, locale) for locale in ("en_US", "fr_FR", "nl_NL")) == names


@pytest.mark.parametrize("locale", ["en_US", "fr_FR", "nl_NL"])
def test_no_name_of_a_zone_is_a_computers(locale: str) -> None:
    names = {zone_in_words(each, locale) for each in available_timezones() if "/" in each}

    assert [each for each in sorted(names) if "/" in each or "_" in each] == []


def test_a_moment_is_said_with_the_zone_as_people_call_it() -> None:
    assert [instant_in_words(NOW, "America/Chicago", each).rpartition(" (")[2] for each in ("fr_FR", "nl_NL")] == [
        "heure du Centre)",
        "Central-tijd)",
    ]


def test_zones_are_chosen_by_their_city_and_each_words_only_once() -> None:
    choices = zones_to_choose("fr_FR")

    assert choices["Chicago (heure du Centre)"] == "America/Chicago"
    assert choices["Londres"] == "Europe/London"
    assert list(choices) == sorted(choices)
    assert set(choices.values()) <= set(offered_zones())
    assert "US/Central" not in choices.values()


@pytest.mark.parametrize(
    ("text", "locale", "zones"),
    [
        ("Londres", "fr_FR", ("Europe/London",)),
        ("Londres", "nl_NL", ()),
        ("chicago", "nl_NL", ("America/Chicago",)),
        ("Chicago (Central-tijd)", "nl_NL", ("America/Chicago",)),
        ("new york", "en_US", ("America/New_York",)),
        ("indianapolis", "en_US", ("America/Indiana/Indianapolis",)),
        ("", "en_US", ()),
    ],
)
def test_a_zone_is_found_by_what_its_readers_call_it(text: str, locale: str, zones: tuple[str, ...]) -> None:
    assert zones_meant(text, locale) == zones


def test_a_city_is_called_as_its_readers_call_it() -> None:
    assert [city_in_words("Europe/London", each) for each in ("en_US", "fr_FR", "nl_NL")] == [
        "London",
        "Londres",
        "Londen",
    ]
    assert choice_in_words("America/New_York", "fr_FR") == "New York (heure de l’Est)"
