"""Stretches of time as people type them, at the venue's clock: `2025-05-19 8:00 to 18:00`. Pure."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import Window

_DAY, _CLOCK, _TO = r"(\d{4}-\d{2}-\d{2})", r"(\d{1,2}:\d{2})", r"\s*(?:to|-|\u2013)\s*"
_LINE = re.compile(rf"{_DAY}\s+{_CLOCK}{_TO}(?:{_DAY}\s+)?{_CLOCK}")
_HOURS = re.compile(rf"{_CLOCK}{_TO}{_CLOCK}")
LINE, HOURS = "2025-05-19 8:00 to 18:00", "10:00-11:15"


class StretchUnreadable(ValueError):
    """A stretch of time that can't be read, and why, in words."""


def windows_from(text: str, *, zone: str) -> list[Window]:
    """One on each line; raises `StretchUnreadable`."""
    return [_window(line.strip(), zone=zone) for line in text.splitlines() if line.strip()]


def lines_of(windows: Iterable[Window], *, zone: str) -> str:
    """The same as it is typed."""
    return "\n".join(_line(each, zone=zone) for each in windows)


def hours_from(text: str, *, day: date, zone: str) -> list[Window]:
    """`10:00-11:15, 11:30-12:45` of a day; one that ends at or before its start ends on the next day."""
    return [_hours(part.strip(), day=day, zone=zone) for part in re.split(r"[,;\n]", text) if part.strip()]


def hours_of(windows: Iterable[Window], *, zone: str) -> str:
    """The same as it is typed."""
    clocks = [[_local(at, zone).strftime("%H:%M") for at in (each.starts, each.ends)] for each in windows]
    return ", ".join("-".join(each) for each in clocks)


def _window(line: str, *, zone: str) -> Window:
    found = _LINE.fullmatch(line)
    if found is None:
        raise StretchUnreadable(f"“{line}” can't be read. Please write it like {LINE}.")
    first, begins, last, ends = found.groups()
    window = Window(
        starts=_at(_day(first, line), begins, line, zone=zone),
        ends=_at(_day(last or first, line), ends, line, zone=zone),
    )
    if window.ends <= window.starts:
        raise StretchUnreadable(f"“{line}” ends before it begins.")
    return window


def _hours(part: str, *, day: date, zone: str) -> Window:
    found = _HOURS.fullmatch(part)
    if found is None:
        raise StretchUnreadable(f"“{part}” can't be read. Please write times like {HOURS}, with commas between them.")
    starts, ends = (_at(day, each, part, zone=zone) for each in found.groups())
    if ends <= starts:
        ends = _at(day + timedelta(days=1), found.group(2), part, zone=zone)
    return Window(starts=starts, ends=ends)


def _day(text: str, line: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StretchUnreadable(f"There is no such day in “{line}”.") from None


def _at(day: date, clock: str, line: str, *, zone: str) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    try:
        at = time.fromisoformat(clock.zfill(5))
    except ValueError:
        raise StretchUnreadable(f"There is no such time in “{line}”.") from None
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def _line(window: Window, *, zone: str) -> str:
    starts, ends = _local(window.starts, zone), _local(window.ends, zone)
    until = ends.strftime("%H:%M") if ends.date() == starts.date() else ends.strftime("%Y-%m-%d %H:%M")
    return f"{starts:%Y-%m-%d %H:%M} to {until}"


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))
