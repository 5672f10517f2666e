"""The points ledger's arithmetic: what must be added so that what is posted is what the rules say now. Pure.

Nothing is ever edited. A difference is a reversal of what was posted and another entry; where the sum is right nothing
is added, however often somebody reckons, so it can stop and start again anywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.scheduling.attendance.domain.attendance import Posting, Turn
from services.scheduling.attendance.domain.points import Earning, Verdict
from shared.sentences import marked

REASONS: Mapping[Verdict, str] = {
    Verdict.EARNED: marked("Present and approved."),
    Verdict.ABSENT: marked("No presence is shown by the scans."),
    Verdict.NOT_RELEASED: marked("The session is not on the programme."),
    Verdict.CANCELLED: marked("The session was cancelled."),
    Verdict.NOT_APPROVED: marked("The session is not approved for points."),
    Verdict.NEEDS_REVIEW: marked("The session changed after its approval, and the committee must look at it again."),
    Verdict.NO_RULE: marked("There is no rule for this scheme in this year."),
    Verdict.WRONG_LEVEL: marked("The scheme takes sessions of another level."),
    Verdict.NOT_OVER: marked("The session is not over yet."),
    Verdict.TOO_SHORT: marked("The presence was too short."),
    Verdict.ASSESSMENT_MISSING: marked("The assessment is missing."),
    Verdict.ASSESSMENT_FAILED: marked("The assessment was not passed."),
    Verdict.BELOW_FLOOR: marked("The approved time is too short to earn points under this scheme."),
    Verdict.OVERLAPS: marked("Another session at the same time counts: the one with the longer presence."),
}


def standing_of(postings: Iterable[Posting]) -> dict[str, Posting]:
    """What is posted and not taken back, by session."""
    open_: dict[str, Posting] = {}
    for each in sorted(postings, key=lambda one: one.number):
        if each.turn is Turn.POST:
            open_[each.session] = each
        elif each.session in open_ and open_[each.session].id == each.reverses:
            del open_[each.session]
    return open_


def owed(
    earned: Sequence[Earning],
    posted: Sequence[Posting],
    *,
    conference: str,
    person: str,
    release: int,
    now: datetime,
) -> tuple[Posting, ...]:
    """The entries to add for one person at one conference: reversals first, each followed by what takes its place."""
    standing = standing_of(posted)
    by_session = {each.session: each for each in earned}
    added: list[Posting] = []

    def number() -> int:
        return len(posted) + len(added) + 1

    for session in sorted(standing.keys() | by_session.keys()):
        was, is_ = standing.get(session), by_session.get(session)
        hundredths = is_.hundredths if is_ else 0
        if was is not None and is_ is not None and (was.hundredths, was.scheme) == (hundredths, is_.scheme):
            continue
        if was is not None:
            added.append(_reversal(was, is_, number=number(), release=release, now=now))
        if is_ is not None and hundredths > 0:
            added.append(_post(is_, conference=conference, person=person, number=number(), release=release, now=now))
    return tuple(added)


def posting_id(conference: str, person: str, number: int) -> str:
    """The id of an entry: it can be added once, whoever adds it."""
    return f"{conference}:{person}:{number:05}"


def _reversal(was: Posting, is_: Earning | None, *, number: int, release: int, now: datetime) -> Posting:
    verdict = is_.verdict if is_ else Verdict.ABSENT
    reason = marked("It comes to another sum now.") if verdict is Verdict.EARNED else REASONS[verdict]
    return Posting(
        id=posting_id(was.conference, was.person, number),
        number=number,
        turn=Turn.REVERSE,
        conference=was.conference,
        session=was.session,
        person=was.person,
        scheme=was.scheme,
        hundredths=-was.hundredths,
        posted_at=now,
        reason=reason,
        reverses=was.id,
        release=release,
        rule_year=was.rule_year,
        minutes=is_.minutes if is_ else 0,
        presence_seconds=is_.presence_seconds if is_ else 0,
        needed_seconds=is_.needed_seconds if is_ else 0,
        assessment=is_.assessment if is_ else "",
        scans=is_.scans if is_ else (),
    )


def _post(is_: Earning, *, conference: str, person: str, number: int, release: int, now: datetime) -> Posting:
    return Posting(
        id=posting_id(conference, person, number),
        number=number,
        turn=Turn.POST,
        conference=conference,
        session=is_.session,
        person=person,
        scheme=is_.scheme,
        hundredths=is_.hundredths,
        posted_at=now,
        reason=REASONS[is_.verdict],
        release=release,
        rule_year=is_.rule_year,
        minutes=is_.minutes,
        presence_seconds=is_.presence_seconds,
        needed_seconds=is_.needed_seconds,
        assessment=is_.assessment,
        scans=is_.scans,
    )
