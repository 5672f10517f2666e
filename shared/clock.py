"""Two clocks: the business clock, which may be moved where deadlines must be reached, and the host's.

Deadlines and dates on paper follow the business clock. Leases, retries, record time-stamps and signatures follow the
host's: with one clock set to 2020, retention would erase the archive.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class BusinessClock:
    """The time that dates and deadlines follow; it runs on from wherever it was moved to."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """The business time, in UTC."""
        return host_now() + self.offset

    def move(self, to: datetime) -> None:
        """Let the clock show `to` from now on."""
        self.offset = to - host_now()


def host_now() -> datetime:
    """The host's time in UTC, to the millisecond that the database keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def boot_seconds() -> float:
    """Seconds since boot, counted through suspension: a lease that ran out while the lid was closed has run out."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which `day` is over in `zone`: every deadline is the end of a day there."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
