"""Who was at a session, and who of them has passed: the list that the desk and the presenter judge by.

The desk sees names. A presenter sees how many came, and of each the initials and the end of the badge's code: enough to
find the person who handed in a sheet, and no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import request

from services.scheduling.attendance.domain import badges, points, presence
from services.scheduling.attendance.domain.attendance import Assessment, attendee_id
from services.scheduling.attendance.domain.rules import Assess, Rules
from services.scheduling.attendance.pages import records
from services.scheduling.attendance.pages.forms import tables_of
from services.scheduling.attendance.store import attendance as store
from services.scheduling.programme.store.programme import names_of
from services.scheduling.releases.domain.releases import Entry
from shared.web.current import database, settings

PASSED, FAILED = "passed", "failed"
_VERDICTS: Mapping[str, bool | None] = {PASSED: True, FAILED: False, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person at one session, as somebody who judges sees them."""

    person: str
    label: str
    minutes: int
    is_seen_twice: bool
    own: Assessment | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A session and everybody who was scanned at it."""

    entry: Entry
    wanted: Assess
    rows: tuple[Row, ...]

    @property
    def passed_count(self) -> int:
        """How many were judged to have passed."""
        return sum(each.verdict == PASSED for each in self.rows)


def sheet_of(entry: Entry, *, conference: str, zone: str, with_names: bool) -> Sheet:
    """Who was at a session."""
    attended = [each for each in store.attendances_at(database(), entry.session) if each.scans]
    names = names_of(database(), [each.person for each in attended])
    rows = []
    for each in attended:
        there = presence.presence(each.scans, starts=entry.starts, ends=entry.ends)
        given = each.given
        code = badges.code_of(settings().secret_key, attendee_id(conference, each.person))
        name = names.get(each.person, "")
        short = f"{records.initials(name)} …{code[-4:]}".strip()
        rows.append(
            Row(
                person=each.person,
                label=(name or short) if with_names else short,
                minutes=presence.seconds_of(there) // 60,
                is_seen_twice=any(scan.is_second for scan in each.scans),
                own=each.own,
                verdict="" if given is None else PASSED if given.is_passed else FAILED,
            )
        )
    rules = tables_of(conference)
    return Sheet(entry=entry, wanted=_wanted(entry, rules, zone), rows=tuple(sorted(rows, key=lambda row: row.label)))


def _wanted(entry: Entry, rules: Rules, zone: str) -> Assess:
    if entry.approval is None:
        return Assess.NONE
    year = entry.starts.astimezone(ZoneInfo(zone)).year
    return points.assessment_wanted(entry, rules.rule(entry.approval.scheme, year))


def judged_by_form(sheet: Sheet) -> dict[str, bool | None]:
    """What a sheet's form says of those who are on it, where it differs from what is known."""
    known = {each.person: each.verdict for each in sheet.rows}
    said = {person: request.form.get(f"verdict-{person}", verdict) for person, verdict in known.items()}
    return {
        person: _VERDICTS[verdict]
        for person, verdict in said.items()
        if verdict in _VERDICTS and verdict != known[person]
    }
