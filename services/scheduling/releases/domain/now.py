"""What goes on at a moment and what comes next, from a release: for everybody's pages and for one person's. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.releases.domain.releases import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class NowAndNext:
    """What goes on, and what begins next, all of it at the same time."""

    now: tuple[Entry, ...]
    next: tuple[Entry, ...]

    @property
    def next_at(self) -> datetime | None:
        """When the next of it begins; None when nothing more does."""
        return self.next[0].starts if self.next else None


def now_and_next(entries: Iterable[Entry], *, now: datetime) -> NowAndNext:
    """What goes on now and what begins next; what is cancelled doesn't."""
    alive = sorted((each for each in entries if not each.is_cancelled), key=lambda each: (each.starts, each.room_name))
    coming = [each for each in alive if each.starts > now]
    return NowAndNext(
        now=tuple(each for each in alive if each.starts <= now < each.ends),
        next=tuple(each for each in coming if each.starts == coming[0].starts),
    )
