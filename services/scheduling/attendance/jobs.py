"""What makes the ledger of points right: points are reckoned anew when something that they follow from has changed.

A job for each attendee compares what the rules say now with what is posted, and adds the difference, in one
transaction; it may die anywhere and be done again. The watch makes those jobs due: when a session has ended, a release
is out, or the tables were changed. Scans and assessments that come late make them due themselves.
"""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pymongo.errors import PyMongoError

from services.scheduling.attendance.commands import adopt_strays
from services.scheduling.attendance.domain import badges, ledger, points
from services.scheduling.attendance.domain.attendance import (
    Attendee,
    Posting,
    Reckoned,
    Standing,
    Turn,
    attendee_id,
    standing_id,
)
from services.scheduling.attendance.domain.rules import Rules
from services.scheduling.attendance.store import attendance as store
from services.scheduling.attendance.store.attendance import ATTENDANCES, ATTENDEES, POSTINGS, RECKONED, STANDINGS
from services.scheduling.attendance.store.door import door_of, ended
from services.scheduling.attendance.store.rules import rules_at
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.releases.domain.releases import Release
from services.scheduling.releases.store.releases import RELEASES
from services.scheduling.releases.store.releases import release as release_of
from shared.bell import Bell
from shared.change import Change
from shared.contracts.flow import acts, job
from shared.contracts.scheduling import PointsPosted
from shared.jobs import Claim, JobKind, due
from shared.mongo import Database
from shared.problem import Busy
from shared.progress import note
from shared.telemetry import log
from shared.unit import Unit

LOOK_SECONDS = 1.0
PROOF_LENGTH = 16  # 80 bits: nobody guesses one
CONCURRENCY = 2


@dataclass
class Releases:
    """The latest release of each conference; a release never changes, so each is read once."""

    database: Database
    _held: dict[str, Release] = field(default_factory=dict)

    def latest(self, conference: str) -> Release | None:
        """What the public sees now."""
        found = self.database.mongo[RELEASES.name].find_one(
            {"conference": conference}, {"number": 1}, sort=[("number", -1)]
        )
        if found is None:
            return None
        held = self._held.get(conference)
        if held is None or held.number != found["number"]:
            held = release_of(self.database, conference, found["number"])
            if held is not None:
                self._held[conference] = held
        return held


def reckoning(database: Database, rules: Rules) -> JobKind[Attendee]:
    """The job that makes one attendee's points what the rules say."""
    act = partial(reckon_points, database, Releases(database), rules)
    return JobKind("post_points", ATTENDEES, act, concurrency=CONCURRENCY)


@acts(of=ATTENDEES)
def reckon_points(database: Database, releases: Releases, rules: Rules, claim: Claim[Attendee]) -> None:
    """Reckons what an attendee has earned by the latest release, and posts the difference."""
    release = releases.latest(claim.state.conference)
    own = rules_at(database, claim.state.conference, rules=rules)
    database.run(post_points, claim=claim, release=release, rules=own)


@job(of=ATTENDEES, emits=[PointsPosted])
def post_points(unit: Unit, *, claim: Claim[Attendee], release: Release | None, rules: Rules) -> None:
    """Add to the ledger what is missing, and take back what is no longer earned."""
    claim.finish(unit)
    attendee = claim.state
    where = {"conference": attendee.conference, "person": attendee.person}
    conference = unit.load(CONFERENCES, attendee.conference)
    entries = {each.session: each for each in release.entries} if release else {}
    zone = conference.zone if conference else "UTC"
    earned = points.earnings(unit.find(ATTENDANCES, where), entries, rules=rules, zone=zone, now=unit.now)
    added = ledger.owed(
        earned,
        unit.find(POSTINGS, where),
        conference=attendee.conference,
        person=attendee.person,
        release=release.number if release else 0,
        now=unit.now,
    )
    for posting in added:
        unit.insert(POSTINGS, posting)
        _raise_standing(unit, posting)
    if added and not attendee.proof:
        known = unit.load(ATTENDEES, attendee.id)
        if known is not None and not known.proof:
            unit.save(ATTENDEES, Change(replace(known, proof=_new_proof())))


def _raise_standing(unit: Unit, posting: Posting) -> None:
    id_ = standing_id(posting.person, posting.scheme)
    known = unit.load(STANDINGS, id_) or Standing(id=id_, person=posting.person, scheme=posting.scheme)
    after = replace(known, hundredths=known.hundredths + posting.hundredths, posting_count=known.posting_count + 1)
    said = PointsPosted(
        standing=id_,
        conference=posting.conference,
        person=posting.person,
        scheme=posting.scheme,
        entry=posting.id,
        hundredths=posting.hundredths,
        is_reversal=posting.turn is Turn.REVERSE,
    )
    unit.save(STANDINGS, Change(after, (said,)))


def _new_proof() -> str:
    return "".join(secrets.choice(badges.SIGNS) for _ in range(PROOF_LENGTH))


@dataclass(frozen=True)
class PointsWatch:
    """Notices what points follow from: sessions that ended, releases, tables, badges that came after their scans."""

    database: Database
    rules: Rules
    key: str  # of badges
    releases: Releases

    def watch_points(self, stop: threading.Event) -> None:
        """Look until `stop`."""
        bell = Bell()  # a release and a scan make jobs; that a session has ended is found at the next look
        self.database.on_jobs.append(bell)
        while not stop.wait(LOOK_SECONDS):
            began = time.monotonic()
            try:
                self.look()
                note()
            except (PyMongoError, Busy) as error:
                log.warning("points can't be watched", error=type(error).__name__)
            spent_seconds = time.monotonic() - began
            bell.wait(max(self.database.rest_seconds_max - LOOK_SECONDS, 5 * spent_seconds), stop)  # others need it too

    def look(self) -> None:
        """Make due what has changed since the last look."""
        for conference in store.stray_conferences(self.database):
            self._adopt(conference)
        for conference in store.attended_conferences(self.database):
            self._look_at(conference)

    def _look_at(self, conference: str) -> None:
        release = self.releases.latest(conference)
        if release is None:
            return
        known = store.reckoned(self.database, conference)
        over = ended(release, now=self.database.clock.now())
        rules = rules_at(self.database, conference, rules=self.rules)
        found = Reckoned(id=conference, release=release.number, rules=rules.digest, ended=tuple(sorted(over)))
        if found == known:
            return
        is_all = (found.release, found.rules) != (known.release, known.rules)
        newly = over - set(known.ended)
        persons = store.persons_at(self.database, conference, sessions=None if is_all else sorted(newly))
        self.database.run(reckon_again, found=found, persons=persons)

    def _adopt(self, conference: str) -> None:
        release = self.releases.latest(conference)
        found = store.strays(self.database, conference)
        if release is None or not found:
            return
        door = door_of(self.database, release, key=self.key)
        if any(each.code in door.persons and each.session in door.sessions for each in found):
            self.database.run(adopt_strays, conference=conference, strays=found, door=door)


@job(starts=[ATTENDEES])
def reckon_again(unit: Unit, *, found: Reckoned, persons: Sequence[str]) -> None:
    """Let the points of these people be reckoned, and remember what for."""
    unit.load(RECKONED, found.id)
    unit.save(RECKONED, Change(found))
    for person in persons:
        unit.schedule(ATTENDEES, attendee_id(found.id, person), due())


def watching(database: Database, rules: Rules, *, key: str) -> Callable[[threading.Event], None]:
    """The watch as a thread of the jobs role."""
    return PointsWatch(database, rules, key, Releases(database)).watch_points
