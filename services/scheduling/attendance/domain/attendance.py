"""Attendance and points: what a scan is, who was where, and the ledger of points, to which entries are only added.

Owns the facts. Leaves to `presence` how long somebody was there, to `points` what it earns, to `ledger` what is posted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.problem import Invalid, NotFound
from shared.sentences import marked

SCAN_COUNT_MAX = 200  # of one person at one session: more is a device gone wild, and the rest is left out
WORDS_LENGTH_MIN = 20  # of what somebody says they learned: a sentence, not a full stop
WORDS_LENGTH_MAX = 2_000


class Way(StrEnum):
    """Which way somebody went through the door, or joined and left the stream."""

    IN = "in"
    OUT = "out"


class Fate(StrEnum):
    """What became of a scan."""

    STORED = "stored"
    SECOND_DEVICE = "second_device"  # kept; another device had the same person going the same way
    DUPLICATE = "duplicate"  # dropped: this device has it already
    UNKNOWN_BADGE = "unknown_badge"  # kept aside until the badge is known, or the desk has looked at it
    UNKNOWN_SESSION = "unknown_session"  # kept aside
    NO_BADGE = "no_badge"  # dropped: what was typed can't be a badge's code


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One badge held before one device. Its time is the device's clock set right by the skew seen when it was sent."""

    id: str  # made on the device
    way: Way
    device: str
    at: datetime  # the device's clock and the skew together
    device_at: datetime
    received_at: datetime  # the server's clock
    skew_ms: int
    is_online: bool = False  # a connection, not a door
    is_second: bool = False  # another device had it already when it came in


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A scan as a device sent it."""

    id: str  # made on the device
    code: str  # in its one form; empty when it can't be a badge's
    session: str
    way: Way
    at: datetime  # by the device's clock
    device: str = ""  # where one batch speaks for several


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Whether somebody took away what they should: the presenter's or desk's word, or their own."""

    by: str  # presenter | committee | attendee
    is_passed: bool
    at: datetime
    words: str = ""
    score: int | None = None  # of five


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """One person at one session: every scan that was kept, in order of time, and the assessments."""

    id: str  # see `attendance_id`
    conference: str
    session: str
    person: str
    scans: tuple[Scan, ...] = ()
    own: Assessment | None = None  # the attendee's own words
    given: Assessment | None = None  # by who judges; it outweighs the attendee's own

    @property
    def assessment(self) -> Assessment | None:
        """The one that counts."""
        return self.given or self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Somebody whose badge is good for a conference."""

    id: str  # as the agenda's: conference and person
    conference: str
    person: str
    registration: str
    order: str
    is_order_open: bool  # a purchase order is on file, and its money has not come yet
    is_live: bool = True
    guest_count: int = 0  # who come along: they have badges without a code, and earn nothing
    proof: str = ""  # the code under which anybody can check this person's points at this conference


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A scan that belongs to nobody yet: it is kept until its badge or its session is known."""

    id: str  # the scan's
    conference: str
    session: str
    code: str
    fate: Fate
    scan: Scan


class Turn(StrEnum):
    """Which way an entry of the points ledger goes."""

    POST = "post"
    REVERSE = "reverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An entry of the points ledger: never edited; a mistake is corrected by a reversal and another entry."""

    id: str  # see `ledger`
    number: int  # of this person at this conference, from 1
    turn: Turn
    conference: str
    session: str
    person: str
    scheme: str
    hundredths: int  # of a point; negative when it takes points back
    posted_at: datetime
    reason: str  # in words
    reverses: str = ""  # the entry that it takes back
    release: int = 0  # the version of the session that was approved
    rule_year: int = 0
    minutes: int = 0  # approved
    presence_seconds: int = 0
    needed_seconds: int = 0
    assessment: str = ""  # who gave it; empty: none was needed
    scans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one person holds under one scheme: the sum of the ledger's entries."""

    id: str  # see `standing_id`
    person: str
    scheme: str
    hundredths: int = 0
    posting_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """Up to where a conference's points were reckoned: what they were made from, so that a change is noticed."""

    id: str  # the conference
    release: int = 0
    rules: str = ""
    ended: tuple[str, ...] = ()  # sessions that were over


class NotYourSession(NotFound):
    """A session that this person doesn't present, or wasn't at."""


class WordsTooFew(Invalid):
    """What somebody says they learned is too short to be a sentence."""


def attendee_id(conference: str, person: str) -> str:
    """The id of one person's badge at one conference; the same as their agenda's."""
    return f"{conference}:{person}"


def attendance_id(session: str, person: str) -> str:
    """The id of one person's attendance of one session."""
    return f"{session}:{person}"


def standing_id(person: str, scheme: str) -> str:
    """The id of what one person holds under one scheme."""
    return f"{person}:{scheme}"


def scanned(
    *,
    id_: str,
    way: Way,
    device: str,
    device_at: datetime,
    device_now: datetime,
    now: datetime,
    is_online: bool = False,
) -> Scan:
    """A scan with its time set right: how wrong the device's clock is now is how wrong it was then."""
    skew = now - device_now
    return Scan(
        id=id_,
        way=way,
        device=device,
        at=device_at + skew,
        device_at=device_at,
        received_at=now,
        skew_ms=round(skew / timedelta(milliseconds=1)),
        is_online=is_online,
    )


def in_order(scans: tuple[Scan, ...]) -> tuple[Scan, ...]:
    """Scans by their corrected time; in before out at the same instant, then by id: one order, however they came."""
    return tuple(sorted(scans, key=lambda each: (each.at, each.way is Way.OUT, each.id)))


def taken(attendance: Attendance, scan: Scan) -> tuple[Attendance, Fate]:
    """The attendance with this scan: dropped when this device has it already, marked when another one has."""
    if any(each.id == scan.id for each in attendance.scans):
        return attendance, Fate.STORED
    before = [each for each in in_order(attendance.scans) if each.at <= scan.at and each.is_online == scan.is_online]
    same_device = [each for each in before if each.device == scan.device]
    if (same_device and same_device[-1].way is scan.way) or len(attendance.scans) >= SCAN_COUNT_MAX:
        return attendance, Fate.DUPLICATE
    others = [each for each in attendance.scans if each.device != scan.device and each.is_online == scan.is_online]
    is_second = any(each.way is scan.way and _is_same_passage(each, scan, attendance.scans) for each in others)
    kept = replace(scan, is_second=is_second)
    return replace(attendance, scans=in_order((*attendance.scans, kept))), (
        Fate.SECOND_DEVICE if is_second else Fate.STORED
    )


def _is_same_passage(one: Scan, other: Scan, scans: tuple[Scan, ...]) -> bool:
    """Whether nobody saw the person going the other way between two scans."""
    first, last = sorted((one.at, other.at))
    return not any(first < each.at < last and each.way is not one.way for each in scans)


def confirmed(attendance: Attendance, *, words: str, score: int | None, now: datetime) -> Attendance:
    """The attendee says what they learned; a later word replaces the earlier one, and never a judge's."""
    if not attendance.scans:
        raise NotYourSession(
            marked("You were not scanned at this session, so there is nothing to confirm. Nothing was saved.")
        )
    said = " ".join(words.split())
    if len(said) < WORDS_LENGTH_MIN:
        raise WordsTooFew.saying(
            "Please say in a sentence what you learned: at least %(count)s letters. Nothing was saved yet.",
            count=WORDS_LENGTH_MIN,
            errors={"json": {"words": [f"At least {WORDS_LENGTH_MIN} letters, please."]}},
        )
    own = Assessment(by="attendee", is_passed=True, at=now, words=said[:WORDS_LENGTH_MAX], score=score)
    return replace(attendance, own=own)


def judged(attendance: Attendance, *, is_passed: bool | None, by: str, now: datetime) -> Attendance:
    """The presenter or the desk says who has passed; None takes an earlier word back."""
    known = attendance.given.is_passed if attendance.given else None
    if known == is_passed:
        return attendance
    given = None if is_passed is None else Assessment(by=by, is_passed=is_passed, at=now)
    return replace(attendance, given=given)
