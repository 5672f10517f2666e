"""How long somebody was in a session, worked out from scans alone: pure, and the same whatever order they came in.

The stated policy: a scan out without one in starts nothing. A scan in without one out lasts until the next scan in at
another session, at the latest until the session ended; a rule may say that it shows nothing instead. Time before the
session began and after it ended doesn't count. Doors and connections are read each for itself, and counted once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from services.scheduling.attendance.domain.attendance import Scan, Way, in_order
from services.scheduling.programme.domain.programme import Window


class MissingOut(StrEnum):
    """What it means that nobody scanned somebody out."""

    SESSION_END = "session_end"
    NOTHING = "nothing"


def presence(
    scans: Sequence[Scan],
    *,
    starts: datetime,
    ends: datetime,
    missing_out: MissingOut = MissingOut.SESSION_END,
    seen_elsewhere: Iterable[datetime] = (),
) -> tuple[Window, ...]:
    """The stretches during which somebody was in a session that took place from `starts` to `ends`."""
    elsewhere = sorted(seen_elsewhere)
    found: list[Window] = []
    for source in sorted({_source(each) for each in scans}):
        ordered = in_order(tuple(each for each in scans if _source(each) == source))
        found += _stays(ordered, ends=ends, missing_out=missing_out, elsewhere=elsewhere)
    return merged(_clipped(found, starts=starts, ends=ends))


def _source(scan: Scan) -> str:
    """All doors are one: who leaves by another door has left. Each connection is its own: two may be open at once."""
    return f"connection {scan.device}" if scan.is_online else "doors"


def _stays(
    ordered: Sequence[Scan], *, ends: datetime, missing_out: MissingOut, elsewhere: Sequence[datetime]
) -> list[Window]:
    stays: list[Window] = []
    since: datetime | None = None
    for scan in ordered:
        if scan.way is Way.IN:
            since = scan.at if since is None else since
        elif since is not None:
            stays.append(Window(starts=since, ends=scan.at))
            since = None
    if since is not None and missing_out is MissingOut.SESSION_END:
        left = next((each for each in elsewhere if each > since), ends)
        stays.append(Window(starts=since, ends=min(left, ends)))
    return stays


def _clipped(windows: Iterable[Window], *, starts: datetime, ends: datetime) -> list[Window]:
    within = (Window(starts=max(each.starts, starts), ends=min(each.ends, ends)) for each in windows)
    return [each for each in within if each.starts < each.ends]


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same moments in as few stretches as there can be, in order; none is counted twice."""
    whole: list[Window] = []
    for each in sorted(windows, key=lambda window: (window.starts, window.ends)):
        if whole and each.starts <= whole[-1].ends:
            whole[-1] = Window(starts=whole[-1].starts, ends=max(whole[-1].ends, each.ends))
        else:
            whole.append(each)
    return tuple(whole)


def seconds_of(windows: Iterable[Window]) -> int:
    """How long that is altogether, in whole seconds."""
    return sum((each.ends - each.starts for each in windows), timedelta(0)) // timedelta(seconds=1)


def do_overlap(ones: Iterable[Window], others: Sequence[Window]) -> bool:
    """Whether any moment lies in both."""
    return any(one.overlaps(other.starts, other.ends) for one in ones for other in others)
