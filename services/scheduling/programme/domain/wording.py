"""How the programme writes an hour, in the conference's zone as a person there reads it; and what its words are."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from services.scheduling.programme.domain.programme import Kind
from shared.sentences import marked

ENGLISH = "en_US"
KIND_WORDS: Mapping[Kind, str] = {
    Kind.GENERAL: marked("General session"),
    Kind.CONCURRENT: marked("Concurrent session"),
    Kind.ACADEMY: marked("Academy"),
    Kind.DIALOGUE: marked("Athenian Dialogue"),
    Kind.REGION: marked("Region meeting"),
    Kind.ROUND_TABLE: marked("Round table"),
    Kind.ORIENTATION: marked("Orientation"),
    Kind.EXHIBIT: marked("Exhibit"),
    Kind.SOCIAL: marked("Social event"),
    Kind.BREAK: marked("Break"),
    Kind.PLENARY: marked("Plenary"),
}
ROLE_WORDS = (marked("speaker"), marked("moderator"), marked("panelist"))
LEVEL_WORDS = (marked("introductory"), marked("intermediate"), marked("advanced"))
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
