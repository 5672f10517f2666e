"""When a speaker can't come, as it is written on their page: a day, and from when until when, in the venue's time."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from services.scheduling.programme.domain.programme import Window
from shared.clock import end_of_day
from shared.sentences import marked

ROWS_NEW = 2
WINDOWS_MAX = 60
DAY_WRONG = marked("Please choose a day.")
TIME_WRONG = marked("Please write a time such as 14:30, or leave both empty for the whole day.")
ORDER_WRONG = marked("It ends before it begins.")


class AwayWrong(Exception):
    """A row makes no sense; `row` says which."""

    def __init__(self, row: int, detail: str) -> None:
        super().__init__(detail)
        self.row, self.detail = row, detail


def windows(entered: Mapping[str, str], *, zone: str, row_count: int) -> tuple[Window, ...]:
    """The windows entered, in order; an empty row, or one that is ticked away, is none. Raises `AwayWrong`."""
    found = [_window(entered, row, zone=zone) for row in range(min(row_count, WINDOWS_MAX + ROWS_NEW))]
    return tuple(sorted((each for each in found if each), key=lambda each: (each.starts, each.ends)))


def rows(known: tuple[Window, ...], *, zone: str) -> list[dict[str, str]]:
    """Windows as rows of the form, one for each day that they touch."""
    return [row for each in known for row in _days(each, zone)][:WINDOWS_MAX]


def _days(window: Window, zone: str) -> Iterator[dict[str, str]]:
    here, starts = ZoneInfo(zone), window.starts
    while starts < window.ends:
        local = starts.astimezone(here)
        over = end_of_day(local.date(), zone)
        ends = min(over, window.ends)
        yield {
            "day": local.date().isoformat(),
            "from": "" if local.time() == time() else f"{local:%H:%M}",
            "until": "" if ends == over else f"{ends.astimezone(here):%H:%M}",
        }
        starts = over


def _window(entered: Mapping[str, str], row: int, *, zone: str) -> Window | None:
    day, from_, until = (entered.get(f"{name}_{row}", "").strip() for name in ("day", "from", "until"))
    if entered.get(f"drop_{row}") or not (day or from_ or until):
        return None
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise AwayWrong(row, DAY_WRONG) from None
    if not 1900 < on.year < 2200:
        raise AwayWrong(row, DAY_WRONG)
    starts = _instant(on, from_ or "00:00", row=row, zone=zone)
    ends = _instant(on, until, row=row, zone=zone) if until else end_of_day(on, zone)
    if ends <= starts:
        raise AwayWrong(row, ORDER_WRONG)
    return Window(starts=starts, ends=ends)


def _instant(day: date, hour: str, *, row: int, zone: str) -> datetime:
    try:
        at = time.fromisoformat(hour)
    except ValueError:
        raise AwayWrong(row, TIME_WRONG) from None
    return datetime.combine(day, at.replace(second=0, microsecond=0, tzinfo=None), ZoneInfo(zone)).astimezone(UTC)
