"""Owns what people call a time zone: `Central Time` rather than `America/Chicago`.

Names are Unicode's. Where it has none for a zone, or only one put together from parts, the time of a city is said.
"""

from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_name

ENGLISH = "en_US"
NAMED_BY = {"fr_FR": "fr_CA"}  # who says "heure du Centre", where France has "heure du centre nord-américain"
_LOCAL = {ENGLISH: "local time (%s)", "fr_FR": "heure locale (%s)", "nl_NL": "plaatselijke tijd (%s)"}
_PUT_TOGETHER = ("(", "heure : ", "tijd in ")  # "United States (Indiana/Indianapolis) Time", "tijd in India"
_UTC = frozenset({"UTC", "Etc/UTC"})
_KEPT_BY = {  # the library knows no name for some zones that keep the time of another
    "America/Indiana/Indianapolis": "America/New_York",
    "America/Indianapolis": "America/New_York",
    "America/Kentucky/Louisville": "America/New_York",
    "America/Louisville": "America/New_York",
}
_CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@lru_cache(maxsize=4096)
def zone_in_words(zone: str, locale: str = ENGLISH) -> str:
    """`Central Time`, `heure du Centre`, of an IANA name; `local time (Almaty)` where nobody has a name for it."""
    if zone in _UTC:
        return "UTC"
    kept_by = ZoneInfo(_KEPT_BY.get(zone, zone))
    name = str(get_timezone_name(kept_by, width="long", locale=NAMED_BY.get(locale, locale)))
    if any(part in name for part in _PUT_TOGETHER):
        return _LOCAL[locale] % city_in_words(zone, locale)
    return name


@lru_cache(maxsize=4096)
def city_in_words(zone: str, locale: str = ENGLISH) -> str:
    """The city that a zone is named after: `London`, `Londres`."""
    known = Locale.parse(locale).time_zones.get(zone, {})
    return str(known.get("city") or zone.rpartition("/")[2].replace("_", " "))


@lru_cache(maxsize=4096)
def choice_in_words(zone: str, locale: str = ENGLISH) -> str:
    """A zone among others to choose from, its city first: `Chicago (Central Time)`."""
    city, name = city_in_words(zone, locale), zone_in_words(zone, locale)
    return city if city in name else f"{city} ({name})"


def is_of_a_city(zone: str) -> bool:
    """Whether it is named after a place that people know, and not `US/Central`."""
    return zone.startswith(tuple(f"{each}/" for each in _CONTINENTS))
