"""What can be asked of attendance: keep scans, say who has passed, approve a session for points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.attendance.domain import attendance as domain
from services.scheduling.attendance.domain.attendance import (
    Attendance,
    Fate,
    NotYourSession,
    Sent,
    Stray,
    Way,
    attendance_id,
    attendee_id,
    scanned,
)
from services.scheduling.attendance.store.attendance import ATTENDANCES, ATTENDEES, STRAYS
from services.scheduling.attendance.store.door import Door, door_of
from services.scheduling.programme.domain.programme import Approval, Session, SessionUnknown, edited, must_be_seen
from services.scheduling.programme.store.programme import SESSIONS
from services.scheduling.releases.domain.releases import Release
from shared.change import Change
from shared.contracts.flow import command
from shared.jobs import due
from shared.mongo import Database
from shared.unit import Unit


@dataclass(frozen=True, slots=True)
class Received:
    """When a batch came in, how wrong the device's clock is, and what became of each scan."""

    received_at: datetime
    skew_ms: int
    fates: Mapping[str, Fate]


@command(starts=[ATTENDEES])
def record_scans(
    unit: Unit,
    *,
    conference: str,
    device: str,
    device_now: datetime | None,
    sent: Sequence[Sent],
    door: Door,
    is_online: bool = False,
) -> Received:
    """Keep what a device has scanned, all of it or nothing; the same scan sent again is stored once."""
    device_now = device_now or unit.now  # without a clock of its own a device has ours
    unit.preload((ATTENDANCES, attendance_id(each.session, door.persons[each.code])) for each in _known(sent, door))
    fates: dict[str, Fate] = {}
    late: set[str] = set()
    for each in sorted(sent, key=lambda one: (one.at, one.way is Way.OUT, one.id)):
        scan = scanned(
            id_=each.id,
            way=each.way,
            device=each.device or device,
            device_at=each.at,
            device_now=device_now,
            now=unit.now,
            is_online=is_online,
        )
        fates[each.id] = _keep(unit, conference, each, scan, door=door)
        if fates[each.id] in (Fate.STORED, Fate.SECOND_DEVICE) and each.session in door.over:
            late.add(door.persons[each.code])
    for person in sorted(late):
        unit.schedule(ATTENDEES, attendee_id(conference, person), due())
    skew = scanned(id_="", way=Way.IN, device="", device_at=device_now, device_now=device_now, now=unit.now).skew_ms
    return Received(unit.now, skew, fates)


def _known(sent: Sequence[Sent], door: Door) -> list[Sent]:
    return [each for each in sent if each.code in door.persons and each.session in door.sessions]


def _keep(unit: Unit, conference: str, sent: Sent, scan: domain.Scan, *, door: Door) -> Fate:
    if not sent.code:
        return Fate.NO_BADGE
    person = door.persons.get(sent.code)
    if person is None or sent.session not in door.sessions:
        fate = Fate.UNKNOWN_BADGE if person is None else Fate.UNKNOWN_SESSION
        stray = Stray(id=sent.id, conference=conference, session=sent.session, code=sent.code, fate=fate, scan=scan)
        unit.add(STRAYS, stray)
        return fate
    return _take(unit, conference, session=sent.session, person=person, scan=scan)


def _take(unit: Unit, conference: str, *, session: str, person: str, scan: domain.Scan) -> Fate:
    id_ = attendance_id(session, person)
    known = unit.load(ATTENDANCES, id_) or Attendance(id=id_, conference=conference, session=session, person=person)
    held, fate = domain.taken(known, scan)
    if held is not known:
        unit.save(ATTENDANCES, Change(held))
    return fate


@command(starts=[ATTENDEES])
def adopt_strays(unit: Unit, *, conference: str, strays: Sequence[Stray], door: Door) -> int:
    """Give scans that belonged to nobody to the badge that is known by now; answers how many."""
    adopted = 0
    for stray in strays:
        person = door.persons.get(stray.code)
        if person is None or stray.session not in door.sessions:
            continue
        if unit.of(STRAYS).delete_one({"_id": stray.id}, session=unit.session).deleted_count == 0:
            continue  # somebody else was here
        _take(unit, conference, session=stray.session, person=person, scan=stray.scan)
        if stray.session in door.over:
            unit.schedule(ATTENDEES, attendee_id(conference, person), due())
        adopted += 1
    return adopted


@command(starts=[ATTENDEES])
def confirm_learning(unit: Unit, *, session: str, person: str, words: str, score: int | None) -> Attendance:
    """An attendee says in a sentence what they learned in a session that they were scanned at."""
    known = _attendance(unit, session, person)
    unit.schedule(ATTENDEES, attendee_id(known.conference, person), due())
    return unit.save(ATTENDANCES, Change(domain.confirmed(known, words=words, score=score, now=unit.now)))


@command(starts=[ATTENDEES])
def judge_attendance(
    unit: Unit, *, session: str, verdicts: Mapping[str, bool | None], by: str
) -> tuple[Attendance, ...]:
    """The presenter or the desk says who of those that were there has passed; all of it or nothing."""
    judged = []
    unit.preload((ATTENDANCES, attendance_id(session, person)) for person in verdicts)
    for person, is_passed in sorted(verdicts.items()):
        known = _attendance(unit, session, person)
        after = domain.judged(known, is_passed=is_passed, by=by, now=unit.now)
        if after is not known:
            judged.append(unit.save(ATTENDANCES, Change(after)))
            unit.schedule(ATTENDEES, attendee_id(known.conference, person), due())
    return tuple(judged)


def _attendance(unit: Unit, session: str, person: str) -> Attendance:
    known = unit.load(ATTENDANCES, attendance_id(session, person))
    if known is None:
        raise NotYourSession("No scan shows this person at this session. Nothing was kept; scan their badge first.")
    return known


@command()
def review_session(unit: Unit, *, session: str, approval: Approval | None, seen: int | None, by: str) -> Session:
    """The committee approves a session for points, rejects it, or says that it is still right after a change.

    It is written into the draft, and counts from the next release on.
    """
    known = unit.load(SESSIONS, session)
    if known is None:
        raise SessionUnknown("There is no such session. Nothing was changed.")
    if approval == known.approval:
        return known
    must_be_seen(known, version=unit.version_of(SESSIONS, session), seen=seen)
    return unit.save(SESSIONS, Change(edited(known, by=by, now=unit.now, what=_said(approval), approval=approval)))


def _said(approval: Approval | None) -> str:
    if approval is None:
        return "no points are asked for"
    if not approval.is_approved:
        return f"it is not approved for {approval.scheme}"
    word = "must be reviewed" if approval.must_be_reviewed else "is approved"
    return f"it {word} for {approval.minutes} minutes under {approval.scheme}"


def receive(
    database: Database,
    release: Release,
    *,
    key: str,
    device: str,
    device_now: datetime | None,
    sent: Sequence[Sent],
    is_online: bool = False,
) -> Received:
    """Keep scans, held against the badges that are good now; `key` is the one that badges are made with."""
    return database.run(
        record_scans,
        conference=release.conference,
        device=device,
        device_now=device_now,
        sent=sent,
        door=door_of(database, release, key=key),
        is_online=is_online,
    )
