"""What scans are held against: whose badge is good, which sessions there are, and which of them are over."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.attendance import store
from services.scheduling.releases.domain import Release
from shared.mongo import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a device's scans are held against, as it stands when they come in."""

    persons: Mapping[str, str]  # by the code of a badge that is good
    sessions: AbstractSet[str]  # of the latest release
    over: AbstractSet[str]  # those of them that have ended


def ended(release: Release, *, now: datetime) -> set[str]:
    """The sessions of a release that are over."""
    return {each.session for each in release.entries if each.ends <= now}


def door_of(database: Database, release: Release, *, key: str) -> Door:
    """What scans are held against now."""
    by_code = store.attendees_by_code(database, release.conference, key=key)
    return Door(
        persons={code: each.person for code, each in by_code.items()},
        sessions=frozenset(each.session for each in release.entries),
        over=frozenset(ended(release, now=database.clock.now())),
    )
