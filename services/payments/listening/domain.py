"""Owns how far one of the provider's lists was read, and from where it is read again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OVERLAP = timedelta(hours=1)  # the provider may show a little later what it had made before


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The newest entry of the list when we read it, by the host's clock; the provider's own may be moved."""

    entry: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How far we have read one list ourselves, oldest mark first; webhooks never advance it."""

    id: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Something that is done again and again, by whichever process has its job; when it was last done, if it was."""

    id: str
    done_at: datetime | None = None


def read_until(sweep: Sweep, *, now: datetime) -> str:
    """The entry at which reading back may end: all before it was read an hour ago. Empty: the whole list is read."""
    old = [mark for mark in sweep.marks if mark.at <= now - OVERLAP]
    return old[-1].entry if old else ""


def marked(sweep: Sweep, *, newest: str, now: datetime) -> Sweep:
    """The list was read up to its newest entry; marks that nobody needs any more are dropped."""
    until = read_until(sweep, now=now)
    kept = [mark for mark in sweep.marks if mark.entry == until or mark.at > now - OVERLAP]
    return replace(sweep, marks=(*kept, Mark(entry=newest, at=now)))
