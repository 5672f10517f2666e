"""What attendance earns: the approved minutes of the released session, held against presence, assessment and the rules.

Everything is an integer of hundredths. Nothing earns more than its approved minutes are worth, and of two attendances
that overlap at most one counts: the longer presence, then the earlier, then the one whose id comes first. Only those
that would earn something compete.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.numbers import get_decimal_symbol

from services.scheduling.attendance.domain.attendance import Attendance, Way
from services.scheduling.attendance.domain.presence import MissingOut, do_overlap, presence, seconds_of
from services.scheduling.attendance.domain.rules import Assess, Rule, Rules
from services.scheduling.programme.domain.programme import Window
from services.scheduling.releases.domain.releases import Entry
from shared.sentences import ENGLISH


class Verdict(StrEnum):
    """Why a session earned what it earned."""

    EARNED = "earned"
    ABSENT = "absent"
    NOT_RELEASED = "not_released"
    CANCELLED = "cancelled"
    NOT_APPROVED = "not_approved"
    NEEDS_REVIEW = "needs_review"
    NO_RULE = "no_rule"
    WRONG_LEVEL = "wrong_level"
    NOT_OVER = "not_over"
    TOO_SHORT = "too_short"
    ASSESSMENT_MISSING = "assessment_missing"
    ASSESSMENT_FAILED = "assessment_failed"
    BELOW_FLOOR = "below_floor"
    OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning:
    """What one attendance earns, and everything that it was judged by."""

    session: str
    verdict: Verdict
    hundredths: int = 0
    scheme: str = ""
    rule_year: int = 0
    minutes: int = 0  # approved
    presence_seconds: int = 0
    needed_seconds: int = 0
    assessment: str = ""
    windows: tuple[Window, ...] = ()
    scans: tuple[str, ...] = ()


def earnings(
    attendances: Sequence[Attendance], entries: Mapping[str, Entry], *, rules: Rules, zone: str, now: datetime
) -> tuple[Earning, ...]:
    """What one person's attendances of one conference earn, in the order of the sessions' ids."""
    ordered = sorted(attendances, key=lambda each: each.session)
    judged = [
        _judge(
            each, entries.get(each.session), rules=rules, zone=zone, now=now, elsewhere=_seen_elsewhere(each, ordered)
        )
        for each in ordered
    ]
    return _without_overlaps(judged)


def _seen_elsewhere(attendance: Attendance, attendances: Iterable[Attendance]) -> list[datetime]:
    """When somebody came into another session: they can't have stayed in this one."""
    return [
        scan.at
        for other in attendances
        if other.session != attendance.session
        for scan in other.scans
        if scan.way is Way.IN and not scan.is_online
    ]


def _judge(
    attendance: Attendance,
    entry: Entry | None,
    *,
    rules: Rules,
    zone: str,
    now: datetime,
    elsewhere: Sequence[datetime],
) -> Earning:
    if entry is None:
        return Earning(session=attendance.session, verdict=Verdict.NOT_RELEASED)
    rule = _rule_of(entry, rules, zone=zone)
    there = _there(attendance, entry, rule=rule, elsewhere=elsewhere)
    if (refused := _session_earns_nothing(entry, rule, now=now)) is not None:
        return replace(there, verdict=refused)
    assert rule is not None
    assert entry.approval is not None
    refused = _person_earns_nothing(attendance, entry, there, rule=rule)
    if refused is not None:
        return replace(there, verdict=refused)
    return replace(there, verdict=Verdict.EARNED, hundredths=rule.worth(entry.approval.minutes))


def _rule_of(entry: Entry, rules: Rules, *, zone: str) -> Rule | None:
    if entry.approval is None:
        return None
    return rules.rule(entry.approval.scheme, entry.starts.astimezone(ZoneInfo(zone)).year)


def _there(attendance: Attendance, entry: Entry, *, rule: Rule | None, elsewhere: Sequence[datetime]) -> Earning:
    """How long somebody was there, by the times at which the session really took place, and by what it is judged."""
    windows = presence(
        attendance.scans,
        starts=entry.starts,
        ends=entry.ends,
        missing_out=rule.missing_out if rule else MissingOut.SESSION_END,
        seen_elsewhere=elsewhere,
    )
    minutes = entry.approval.minutes if entry.approval else 0
    length = (entry.ends - entry.starts).total_seconds() // 60
    return Earning(
        session=attendance.session,
        verdict=Verdict.ABSENT,
        scheme=entry.approval.scheme if entry.approval else "",
        rule_year=rule.from_year if rule else 0,
        minutes=minutes,
        presence_seconds=seconds_of(windows),
        needed_seconds=rule.needed_seconds(min(minutes, int(length))) if rule else 0,
        assessment=attendance.assessment.by if attendance.assessment else "",
        windows=windows,
        scans=tuple(each.id for each in attendance.scans),
    )


def _session_earns_nothing(entry: Entry, rule: Rule | None, *, now: datetime) -> Verdict | None:
    approval = entry.approval
    if entry.is_cancelled:
        return Verdict.CANCELLED
    if approval is None or not approval.is_approved:
        return Verdict.NOT_APPROVED
    if approval.must_be_reviewed:
        return Verdict.NEEDS_REVIEW
    if rule is None:
        return Verdict.NO_RULE
    if rule.levels and entry.level not in rule.levels:
        return Verdict.WRONG_LEVEL
    if rule.worth(approval.minutes) == 0:
        return Verdict.BELOW_FLOOR
    return Verdict.NOT_OVER if now < entry.ends else None


def _person_earns_nothing(attendance: Attendance, entry: Entry, there: Earning, *, rule: Rule) -> Verdict | None:
    if there.presence_seconds == 0:
        return Verdict.ABSENT
    if there.presence_seconds < there.needed_seconds:
        return Verdict.TOO_SHORT
    wanted = assessment_wanted(entry, rule)
    if wanted is Assess.NONE:
        return None
    shown = attendance.given if wanted is Assess.TEST else attendance.assessment
    if shown is None:
        return Verdict.ASSESSMENT_MISSING
    return None if shown.is_passed else Verdict.ASSESSMENT_FAILED


def assessment_wanted(entry: Entry, rule: Rule | None) -> Assess:
    """What must be shown besides presence: the rule asks for it, or this session's approval does."""
    by_rule = rule.assessment if rule else Assess.NONE
    by_session = Assess.CONFIRMATION if entry.approval and entry.approval.must_be_assessed else Assess.NONE
    return by_session if by_rule is Assess.NONE else by_rule


def _without_overlaps(judged: Sequence[Earning]) -> tuple[Earning, ...]:
    """Let the better attendance take its time, and nobody else any moment of it."""
    taken: list[Window] = []
    refused: set[str] = set()
    competing = [each for each in judged if each.verdict is Verdict.EARNED]
    for each in sorted(competing, key=lambda one: (-one.presence_seconds, one.windows[0].starts, one.session)):
        if do_overlap(each.windows, taken):
            refused.add(each.session)
        else:
            taken.extend(each.windows)
    return tuple(
        replace(each, verdict=Verdict.OVERLAPS, hundredths=0) if each.session in refused else each for each in judged
    )


def in_points(hundredths: int, locale: str = ENGLISH) -> str:
    """`0.5`, `1`, `-2.25`: hundredths as people of this locale write points (`0,5`)."""
    sign, whole = "-" if hundredths < 0 else "", abs(hundredths)
    written = f"{sign}{whole // 100}.{whole % 100:02}".rstrip("0").rstrip(".")
    return written.replace(".", str(get_decimal_symbol(locale)))
