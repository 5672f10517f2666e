"""What a release says of seats: which rosters it touches, and how they would be after it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.scheduling.agendas.commands import Seating
from services.scheduling.agendas.domain import waitlist
from services.scheduling.agendas.domain.rosters import Roster, Sitting
from services.scheduling.releases.domain.releases import Difference, Entry, Release


def seated_differences(release: Release) -> list[Difference]:
    """The changed sessions that people sign up for, or did until now, in the order of their ids."""
    return sorted((each for each in release.differences if _has_seats(each)), key=lambda each: each.session)


def seating(difference: Difference, *, replaced: Roster | None, zone: str) -> Seating:
    """What the release says of one session's seats; whoever held one in the session that it replaces is asked first."""
    entry = difference.shown
    is_new = replaced is not None and difference.before is None
    return Seating(
        session=entry.session,
        sitting=None if entry.seats is None else sitting(entry, zone=zone),
        seats=entry.seats or 0,
        first=tuple(each.person for each in replaced.held) if replaced and is_new else (),
    )


def sitting(entry: Entry, *, zone: str) -> Sitting:
    """The session as a roster needs to know it."""
    return Sitting(
        code=entry.code,
        title=entry.title,
        room=entry.room_name,
        starts=entry.starts,
        ends=entry.ends,
        zone=zone,
        product=entry.product,
        is_cancelled=entry.is_cancelled,
    )


def foreseen(rosters: Mapping[str, Roster], release: Release, *, zone: str, now: datetime) -> dict[str, Roster]:
    """The rosters as they would be after this release; nothing is changed or offered by looking."""
    after = dict(rosters)
    for difference in seated_differences(release):
        roster = rosters.get(difference.session)
        if roster is None:
            continue
        given = seating(difference, replaced=None, zone=zone)
        change = waitlist.released(roster, given.sitting, seats=given.seats, release=release.number, now=now)
        after[difference.session] = change.state
    return after


def _has_seats(difference: Difference) -> bool:
    return any(each is not None and each.seats is not None for each in (difference.before, difference.after))


def lost_count(rosters: Iterable[Roster], release: Release) -> int:
    """How many people lose their seat by this release."""
    return sum(len(each.displaced) for each in rosters if each.release == release.number)
