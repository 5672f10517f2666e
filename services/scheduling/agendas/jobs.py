"""What happens on a roster by itself: an offer that ran out goes to the next, seats of those who haven't come as well.

Nothing outside is touched, so no lease is needed: the roster says in business time when something is next, whoever
finds it due decides on the roster as it stands, and a second process that was as quick starts again and finds nothing
left.
"""

import threading
from collections.abc import Callable, Collection

from pymongo.errors import PyMongoError

from services.scheduling.agendas.domain import waitlist
from services.scheduling.agendas.domain.rosters import Roster
from services.scheduling.agendas.store.agendas import ROSTERS, due_rosters, seconds_until_due
from services.scheduling.conferences.store import CONFERENCES
from shared.bell import Bell
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.contracts.scheduling import SeatOffered, SeatOwed, SeatsWanted
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note
from shared.telemetry import log
from shared.unit import Unit

LOOK_SECONDS = 1.0  # an offer of ten minutes should end when it says
DUE_COUNT_MAX = 100  # at one look

Present = Callable[[Database, str], Collection[str] | None]  # who came to a session; None: nobody has looked


def nobody_looked(_database: Database, _session: str) -> None:
    """Nobody stands at the doors: who came is not known."""


def minding(database: Database, *, present: Present = nobody_looked) -> Callable[[threading.Event], None]:
    """The loop that minds the rosters; `present` tells who came to a session that has begun."""

    bell = Bell()
    database.on_jobs.append(bell)

    def mind_rosters(stop: threading.Event) -> None:
        while not stop.is_set():
            rest_seconds = LOOK_SECONDS
            try:
                mind_due(database, present=present)
                due_in = seconds_until_due(database, now=database.clock.now())
                rest_seconds = min(max(due_in, LOOK_SECONDS), database.rest_seconds_max)
                note()
            except (PyMongoError, Busy) as error:
                log.warning("rosters can't be minded", error=type(error).__name__)
            bell.wait(rest_seconds, stop)

    return mind_rosters


@acts(of=ROSTERS)
def mind_due(database: Database, *, present: Present = nobody_looked) -> int:
    """Minds every roster on which something is due now; answers how many there were."""
    found = due_rosters(database, now=database.clock.now(), limit=DUE_COUNT_MAX)
    for roster, session in found:
        try:
            database.run(mind_roster, roster=roster, present=present(database, session))
        except (PyMongoError, Busy):
            raise
        except Exception as error:  # the fault of one roster must neither end the process nor keep the others waiting
            log.exception("roster can't be minded", roster=roster, error=type(error).__name__)
    return len(found)


@job(of=ROSTERS, emits=[SeatOffered, SeatOwed, SeatsWanted])
def mind_roster(unit: Unit, *, roster: str, present: Collection[str] | None) -> None:
    """Pass on the offers that ran out, and once a session has begun the seats of those who haven't come."""
    found = unit.load(ROSTERS, roster)
    if found is None or found.next_at is None or found.next_at > unit.now:
        return
    unit.save(ROSTERS, _minded(unit, found, present=present))


def _minded(unit: Unit, roster: Roster, *, present: Collection[str] | None) -> Change[Roster]:
    conference = unit.load(CONFERENCES, roster.conference)
    if conference and conference.is_cancelled:
        return Change(waitlist.at_rest(roster))
    if waitlist.must_judge_no_shows(roster, now=unit.now):
        return waitlist.release_no_shows(roster, present=present, now=unit.now)
    return waitlist.settled(roster, now=unit.now)
