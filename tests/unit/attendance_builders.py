"""Builds believable sessions, scans and rules for the tests of attendance and points."""

from datetime import UTC, datetime, timedelta

from pypdfium2 import PdfDocument

from services.scheduling.attendance.domain.attendance import Attendance, Scan, Way, attendance_id
from services.scheduling.attendance.domain.presence import MissingOut
from services.scheduling.attendance.domain.rules import Assess, Rounding, Rule, Rules
from services.scheduling.programme.domain.programme import Approval, Kind
from services.scheduling.releases.domain.releases import Entry, State

NINE = datetime(2025, 5, 19, 14, 0, tzinfo=UTC)  # Monday, nine o'clock in St. Louis
EVENING = NINE + timedelta(hours=12)
ZONE = "America/Chicago"


def rule(
    *,
    scheme: str = "CMC",
    minutes_per_point: int = 240,
    step: int = 50,
    rounding: Rounding = Rounding.NEAREST,
    floor: int = 50,
    presence_percent: int = 80,
    assessment: Assess = Assess.NONE,
    levels: tuple[str, ...] = (),
    missing_out: MissingOut = MissingOut.SESSION_END,
    from_year: int = 2020,
) -> Rule:
    return Rule(
        scheme=scheme,
        title=scheme,
        from_year=from_year,
        minutes_per_point=minutes_per_point,
        step=step,
        rounding=rounding,
        floor=floor,
        presence_percent=presence_percent,
        assessment=assessment,
        levels=levels,
        missing_out=missing_out,
    )


def rules(*tables: Rule) -> Rules:
    return Rules(tables=tables or (rule(),), digest="of a test")


def entry(
    session: str = "s1",
    *,
    after: int = 0,
    minutes: int = 75,
    approved: int | None = 75,
    scheme: str = "CMC",
    state: State = State.PUBLISHED,
    level: str = "",
    must_be_reviewed: bool = False,
    is_approved: bool = True,
    must_be_assessed: bool = False,
) -> Entry:
    """A session that starts so many minutes after nine."""
    starts = NINE + timedelta(minutes=after)
    approval = Approval(
        scheme=scheme,
        minutes=approved or 0,
        must_be_reviewed=must_be_reviewed,
        is_approved=is_approved,
        must_be_assessed=must_be_assessed,
    )
    return Entry(
        session=session,
        code=session.upper(),
        uid=f"{session}@reconvene.example",
        sequence=0,
        state=state,
        title=f"Records in a crisis ({session})",
        kind=Kind.CONCURRENT,
        room="r1",
        room_name="Room 1",
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        revised_at=NINE,
        level=level,
        approval=None if approved is None else approval,
    )


def scan(way: str, minute: int, *, device: str = "phone", id_: str = "", is_online: bool = False) -> Scan:
    """A scan so many minutes after nine."""
    at = NINE + timedelta(minutes=minute)
    return Scan(
        id=id_ or f"{device}-{way}-{minute}-{is_online}",
        way=Way(way),
        device=device,
        at=at,
        device_at=at,
        received_at=at,
        skew_ms=0,
        is_online=is_online,
    )


def attendance(session: str, *scans: Scan, person: str = "dana") -> Attendance:
    return Attendance(
        id=attendance_id(session, person), conference="79th", session=session, person=person, scans=tuple(scans)
    )


def stay(session: str, start: int, end: int, *, person: str = "dana") -> Attendance:
    """Scanned in and out, so many minutes after nine."""
    return attendance(session, scan("in", start), scan("out", end), person=person)


def text_of(pdf: bytes) -> str:
    """What a reader sees on a paper."""
    return "\n".join(page.get_textpage().get_text_bounded() for page in PdfDocument(pdf))
