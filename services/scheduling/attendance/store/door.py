"""What scans are held against: whose badge is good, which sessions there are, and which of them are over."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.agendas.domain.rosters import Hold
from services.scheduling.agendas.store.agendas import rosters_of
from services.scheduling.attendance.store import attendance as store
from services.scheduling.releases.domain.releases import Entry, Release
from services.scheduling.releases.store.releases import latest
from shared.mongo import Database
from shared.problem import NotFound


class NothingReleased(NotFound):
    """A conference without a programme has no rooms to watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a device's scans are held against, as it stands when they come in."""

    persons: Mapping[str, str]  # by the code of a badge that is good
    sessions: AbstractSet[str]  # of the latest release
    over: AbstractSet[str]  # those of them that have ended


def ended(release: Release, *, now: datetime) -> set[str]:
    """The sessions of a release that are over."""
    return {each.session for each in release.entries if each.ends <= now}


def programme_at_the_doors(database: Database, conference: str) -> Release:
    """The latest release, whose rooms are watched; raises `NothingReleased`."""
    release = latest(database, conference)
    if release is None:
        raise NothingReleased(
            "No programme is published for this conference yet, so there is no room to watch. Nothing was changed."
        )
    return release


def door_of(database: Database, release: Release, *, key: str) -> Door:
    """What scans are held against now."""
    by_code = store.attendees_by_code(database, release.conference, key=key)
    return Door(
        persons={code: each.person for code, each in by_code.items()},
        sessions=frozenset(each.session for each in release.entries),
        over=frozenset(ended(release, now=database.clock.now())),
    )


def seated(database: Database, entries: Iterable[Entry]) -> dict[str, frozenset[str]]:
    """Who has a seat, or speaks, in each of these sessions that takes sign-ups; an offer is not a seat yet."""
    wanted = [each for each in entries if each.seats is not None]
    rosters = rosters_of(database, [each.session for each in wanted])
    held = {
        session: {each.person for each in roster.held if each.hold is not Hold.OFFERED}
        for session, roster in rosters.items()
    }
    return {each.session: frozenset(held.get(each.session, set()) | set(each.speakers)) for each in wanted}
