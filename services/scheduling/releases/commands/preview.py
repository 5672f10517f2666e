"""What a release would do, before anybody does it: worked out as the release and its fan-out would, and kept nowhere.

Looking leaves no trace: no event, no message, no version.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.agendas.store import agendas
from services.scheduling.agendas.store.affected import Affected, affected
from services.scheduling.programme.domain.conflict_rules import Conflict
from services.scheduling.programme.domain.programme import Level
from services.scheduling.programme.store.draft import must_go_on
from services.scheduling.releases.commands import seats
from services.scheduling.releases.commands.releases import compared
from services.scheduling.releases.domain import differences, news, releasing, sentences
from services.scheduling.releases.domain.forecast import Hit, Preview
from services.scheduling.releases.domain.news import News
from services.scheduling.releases.domain.releases import Difference, Release, What
from services.scheduling.releases.domain.releasing import Seen
from services.scheduling.releases.store import gate
from services.scheduling.releases.store.releases import draft_of, last_of
from shared.contracts.scheduling import AgendaItem
from shared.mongo import Database
from shared.unit import Unit

MUST_ASK = frozenset({What.LENGTH, What.CONTENT, What.SPEAKERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    release: Release
    last: Release | None
    seen: Seen
    conflicts: tuple[Conflict, ...]
    zone: str
    now: datetime


class _Foreseen(Exception):
    """What a release would be: raised, so that nothing of the transaction it was worked out in is kept."""

    def __init__(self, candidate: _Candidate) -> None:
        super().__init__("foreseen")
        self.candidate = candidate


def preview(
    database: Database, conference: str, *, domain: str, after: Callable[[Unit], object] = lambda unit: unit
) -> Preview:
    """What a release of the draft would do now, or once something had been done to the draft (`after`)."""
    found = _foresee(database, conference, domain=domain, after=after)
    known = agendas.rosters(database, conference)
    seated = seats.foreseen(known, found.release, zone=found.zone, now=found.now)
    told = News(release=found.release, rosters=seated, now=found.now)
    reach = _Reach()
    for each in _everybody(database, told):
        reach.count(news.items(told, each.person, each.agenda))
    return Preview(
        seen=found.seen,
        number=found.release.number,
        last=found.last,
        conflicts=tuple(gate.blocking(found.conflicts)),
        warnings=tuple(each.sentence for each in found.conflicts if each.level is not Level.BLOCK),
        hits=tuple(_hit(each, reach, told, zone=found.zone) for each in found.release.differences),
        message_count=reach.message_count,
        paid_count=reach.paid_count,
    )


def _foresee(database: Database, conference: str, *, domain: str, after: Callable[[Unit], object]) -> _Candidate:
    def foresee(unit: Unit) -> None:
        after(unit)
        raise _Foreseen(_candidate(unit, conference, domain=domain))

    try:
        database.transact(foresee)
    except _Foreseen as foreseen:
        return foreseen.candidate
    raise AssertionError("what is foreseen is raised")


def _candidate(unit: Unit, conference: str, *, domain: str) -> _Candidate:
    """The release as it would be, read in one transaction that writes nothing."""
    known = must_go_on(unit, conference)
    draft = draft_of(unit, conference)
    last = last_of(unit, draft)
    comparison = compared(unit, draft, last, zone=known.zone, domain=domain)
    made = releasing.release(draft, comparison, name="", remark="", by="", now=unit.now).release
    seen = Seen(number=last.number if last else 0, at=unit.now, digest=differences.digest(draft, last))
    return _Candidate(
        release=made,
        last=last,
        seen=seen,
        conflicts=gate.conflicts(unit, draft, known=known),
        zone=known.zone,
        now=unit.now,
    )


def _everybody(database: Database, told: News) -> Iterator[Affected]:
    after = ""
    while page := affected(database, told.release.conference, told.sessions, speakers=told.speakers, after=after):
        yield from page
        after = page[-1].person


class _Reach:
    """Counts, person by person."""

    def __init__(self) -> None:
        self.message_count = 0
        self.paid_count = 0
        self.persons: Counter[str] = Counter()
        self.roles: dict[str, Counter[str]] = {}
        self.clashes: Counter[str] = Counter()

    def count(self, items: tuple[AgendaItem, ...]) -> None:
        self.message_count += bool(items)
        self.paid_count += any(each.registration for each in items)
        for each in items:
            self.persons[each.session] += 1
            self.roles.setdefault(each.session, Counter()).update(each.roles)
            self.clashes[each.session] += bool(each.clashes)


def _hit(difference: Difference, reach: _Reach, told: News, *, zone: str) -> Hit:
    session = difference.session
    return Hit(
        difference=difference,
        sentence=sentences.sentence(difference, zone=zone),
        person_count=reach.persons[session],
        role_counts=dict(reach.roles.get(session, {})),
        clash_count=reach.clashes[session],
        seats_lost_count=len(told.has_displaced(session)),
        points=_points(difference),
    )


def _points(difference: Difference) -> str:
    given = difference.shown.approval
    if given is None:
        return ""
    if What.CANCELLED in difference.what:
        return f"{given.minutes} approved minutes ({given.scheme}) are withdrawn"
    if MUST_ASK & set(difference.what):
        return f"{given.minutes} approved minutes ({given.scheme}) need a review"
    return ""
