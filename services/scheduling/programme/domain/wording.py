"""How the draft's sentences write an hour: in the conference's zone, as a person there reads it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

ENGLISH = "en_US"
_HOURS = {ENGLISH: "h:mm a"}
_DAYS = {ENGLISH: "EEEE, MMMM d"}


def hour_in_words(instant: datetime, *, zone: str, locale: str = ENGLISH) -> str:
    """`10:00 AM`."""
    return str(format_datetime(instant.astimezone(ZoneInfo(zone)), _HOURS.get(locale, "HH:mm"), locale=locale))


def time_in_words(instant: datetime, *, zone: str, locale: str = ENGLISH) -> str:
    """`Monday, May 19, 10:00 AM`."""
    day = format_datetime(instant.astimezone(ZoneInfo(zone)), _DAYS.get(locale, "EEEE d MMMM"), locale=locale)
    return f"{day}, {hour_in_words(instant, zone=zone, locale=locale)}"


def day_in_words(day: date) -> str:
    """`Monday, May 19, 2025`."""
    return str(format_date(day, format="full", locale=ENGLISH))


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
