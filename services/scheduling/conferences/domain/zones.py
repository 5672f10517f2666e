"""Time zones as people name them: which there are, and which somebody may have meant."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from shared.sentences import ENGLISH, Listed, Phrase, phrase
from shared.zones import choice_in_words, city_in_words, is_of_a_city

# Some machines list these among the zones: what they mean differs by machine, or is nothing at all.
_OF_NO_PLACE = frozenset({"localtime", "Factory"})


@cache
def known_zones() -> frozenset[str]:
    """Every zone that means the same everywhere."""
    return frozenset(available_timezones()) - _OF_NO_PLACE


@cache
def offered_zones() -> tuple[str, ...]:
    """Those that a form offers: the ones named for a place."""
    return tuple(sorted(zone for zone in known_zones() if "/" in zone and not zone.startswith("Etc/")))


@cache
def zones_to_choose(locale: str = ENGLISH) -> Mapping[str, str]:
    """The zones of cities by the words readers know them by, such as `Chicago (Central Time)`, in their order."""
    worded: dict[str, str] = {}
    for zone in filter(is_of_a_city, offered_zones()):
        worded.setdefault(choice_in_words(zone, locale), zone)
    return dict(sorted(worded.items()))


def zones_meant(text: str, locale: str = ENGLISH) -> tuple[str, ...]:
    """The zones that somebody may mean who writes `Paris`, `new york`, `Londres` or `europe/paris`."""
    text = " ".join(text.split())
    if chosen := zones_to_choose(locale).get(text):
        return (chosen,)
    written = text.casefold()
    found = [zone for zone in offered_zones() if written and written in _names(zone, locale)]
    return tuple({choice_in_words(zone, locale): zone for zone in reversed(found)}.values())[::-1]  # no old names


@cache
def _names(zone: str, locale: str) -> frozenset[str]:
    spaced = zone.casefold().replace("_", " ")
    return frozenset({zone.casefold(), spaced, spaced.rpartition("/")[2], city_in_words(zone, locale).casefold()})


def zone_advice(text: str) -> Phrase:
    """What to write instead of a name that no zone has."""
    meant = zones_meant(text)
    if meant:
        return phrase("did you mean %(zones)s?", zones=Listed(meant))
    return phrase("take a name such as America/Chicago.")
