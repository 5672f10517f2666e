"""What somebody's attendance comes to, gathered for pages and papers: from the ledger, scans and releases."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from services.scheduling.attendance.domain import badges, ledger, points
from services.scheduling.attendance.domain.attendance import Attendance, Attendee, Posting, Turn
from services.scheduling.attendance.domain.papers import Kind, Line, Paper
from services.scheduling.attendance.domain.points import Earning, in_points
from services.scheduling.attendance.domain.rules import Assess, Rules
from services.scheduling.attendance.store import attendance as store
from services.scheduling.attendance.store.rules import rules_at
from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.conferences.store import conference_with_version
from services.scheduling.programme.store.programme import names_of
from services.scheduling.releases.domain.releases import Entry
from services.scheduling.releases.store import releases
from shared.described import association_called
from shared.mongo import Database
from shared.sentences import ENGLISH
from shared.web.words import instant_in_words

_SHORT_DAYS = {ENGLISH: "EEE, MMM d, y", "fr_FR": "EEE d MMM y", "nl_NL": "EEE d MMM y"}
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """One session that somebody was scanned at, and what it comes to."""

    entry: Entry | None
    attendance: Attendance
    earning: Earning
    posted_hundredths: int
    wanted: Assess

    @property
    def sentence(self) -> str:
        """Why it earned what it earned."""
        return ledger.REASONS[self.earning.verdict]

    @property
    def may_confirm(self) -> bool:
        """Whether the attendee's own words would help, and are not there yet."""
        shown = self.attendance.own is not None or self.attendance.given is not None
        return self.wanted is Assess.CONFIRMATION and not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One person at one conference."""

    attendee: Attendee
    conference: Conference
    name: str
    attended: Sequence[Attended]
    totals: Mapping[str, int]  # of the person, at all conferences, by scheme
    here: Mapping[str, int]  # at this conference


def name_of(database: Database, person: str) -> str:
    """What somebody calls themselves; empty when nobody told."""
    return names_of(database, [person]).get(person, "")


def initials(name: str) -> str:
    """`D. W.`: as much of a name as everybody may see."""
    return " ".join(f"{part[0].upper()}." for part in name.split() if part[0].isalnum())


def record_of(database: Database, attendee: Attendee, *, rules: Rules) -> Record | None:
    """Everything that a person may see of their own points."""
    found = conference_with_version(database, attendee.conference)
    if found is None:
        return None
    conference = found[0]
    release = releases.latest(database, attendee.conference)
    entries = {each.session: each for each in release.entries} if release else {}
    attended = store.attendances_of(database, attendee.conference, attendee.person)
    rules = rules_at(database, attendee.conference, rules=rules)
    earned = points.earnings(attended, entries, rules=rules, zone=conference.zone, now=database.clock.now())
    posted = store.postings_of(database, attendee.person)
    ours = [each for each in posted if each.conference == attendee.conference]
    standing = ledger.standing_of(ours)
    by_session = {each.session: each for each in attended}
    shown = [
        Attended(
            entry=entries.get(each.session),
            attendance=by_session[each.session],
            earning=each,
            posted_hundredths=standing[each.session].hundredths if each.session in standing else 0,
            wanted=_wanted(entries.get(each.session), rules, conference.zone),
        )
        for each in earned
        if by_session[each.session].scans
    ]
    shown.sort(key=lambda each: each.entry.starts if each.entry else LONG_AGO)
    return Record(
        attendee=attendee,
        conference=conference,
        name=name_of(database, attendee.person),
        attended=shown,
        totals=_sums(posted),
        here=_sums(ours),
    )


def _wanted(entry: Entry | None, rules: Rules, zone: str) -> Assess:
    if entry is None or entry.approval is None:
        return Assess.NONE
    rule = rules.rule(entry.approval.scheme, entry.starts.astimezone(ZoneInfo(zone)).year)
    return points.assessment_wanted(entry, rule)


def _sums(postings: Sequence[Posting]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in postings:
        sums[each.scheme] = sums.get(each.scheme, 0) + each.hundredths
    return dict(sorted(sums.items()))


def paper_of(
    database: Database, attendee: Attendee, *, kind: Kind, rules: Rules, address: str, locale: str = ENGLISH
) -> Paper | None:
    """A paper of what the ledger says: of all conferences on a transcript, of this one on a certificate.

    Its days, numbers and moments are written as people of the locale write them.
    """
    found = conference_with_version(database, attendee.conference)
    postings = store.postings_of(database, attendee.person)
    ours = [each for each in postings if kind is Kind.TRANSCRIPT or each.conference == attendee.conference]
    if found is None or not attendee.proof or not ours:
        return None
    conference, last = found[0], max(each.posted_at for each in ours)
    host = association_called(database, conference.association)
    sums = _sums(ours)
    if kind is Kind.CERTIFICATE:
        sums = {scheme: sum_ for scheme, sum_ in sums.items() if sum_}
        if not sums:
            return None
    return Paper(
        kind=kind,
        name=name_of(database, attendee.person),
        conference=conference.title,
        city=conference.city,
        first=conference.starts,
        last=conference.ends,
        lines=lines_of(database, ours, locale=locale),
        totals=[(titled(scheme, rules), sum_) for scheme, sum_ in sums.items()],
        as_of=last,
        as_of_words=instant_in_words(last, conference.zone, locale),
        code=badges.printed_proof(attendee.proof),
        address=address,
        locale=locale,
        issuer=host.imprint if kind is Kind.TRANSCRIPT else host.name,
        logo=base64.b64decode(host.logo),
    )


def lines_of(database: Database, postings: Sequence[Posting], *, locale: str = ENGLISH) -> list[Line]:
    """Every session that was ever posted: first what stands, by time, then what was taken back, and why."""
    numbered = sorted(postings, key=lambda each: (each.conference, each.number))
    reversals = {each.reverses: each for each in numbered if each.turn is Turn.REVERSE}
    found: list[tuple[datetime, Line]] = []
    for each in numbered:
        if each.turn is not Turn.POST:
            continue
        entry, conference = _cited(database, each)
        taken = reversals.get(each.id)
        starts = entry.starts if entry else each.posted_at
        line = Line(
            day=_day(starts, conference.zone if conference else "UTC", locale),
            conference=conference.title if conference else each.conference,
            session=f"{entry.code} {entry.title}" if entry else each.session,
            scheme=each.scheme,
            points=in_points(each.hundredths, locale),
            remark=taken.reason if taken else "",
            is_taken_back=taken is not None,
        )
        found.append((starts, line))
    return [line for _, line in sorted(found, key=lambda one: (one[1].is_taken_back, one[0], one[1].session))]


def _cited(database: Database, posting: Posting) -> tuple[Entry | None, Conference | None]:
    release = releases.release(database, posting.conference, posting.release)
    found = conference_with_version(database, posting.conference)
    return release.entry(posting.session) if release else None, found[0] if found else None


def titled(scheme: str, rules: Rules) -> str:
    """A scheme by its title."""
    return rules.titles.get(scheme, scheme)


@lru_cache(maxsize=1_000)
def _day(instant: datetime, zone: str, locale: str) -> str:
    return str(format_date(instant.astimezone(ZoneInfo(zone)), format=_SHORT_DAYS[locale], locale=locale))
