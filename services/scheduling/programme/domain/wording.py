"""How the draft's sentences write an hour: in the conference's zone, as a person there reads it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def hour_in_words(instant: datetime, *, zone: str) -> str:
    """`10:00 AM`."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.hour % 12 or 12}:{local.minute:02} {'AM' if local.hour < 12 else 'PM'}"


def time_in_words(instant: datetime, *, zone: str) -> str:
    """`Monday, May 19, 10:00 AM`."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]}, {_MONTHS[local.month - 1]} {local.day}, {hour_in_words(instant, zone=zone)}"


def day_in_words(day: date) -> str:
    """`Monday, May 19, 2025`."""
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
