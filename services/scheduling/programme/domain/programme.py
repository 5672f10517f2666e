"""The programme in draft: what a room, a session, a speaker is, and what may be done to them.

Owns the facts and the refusals. Leaves conflicts to `conflicts`, what is published to `releases`, seats to `agendas`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from shared.problem import Invalid, NotFound, Refusal
from shared.sentences import Listed, Phrase, marked, phrase, written

SESSION_COUNT_MAX = 1_000
MINUTES_MAX = 24 * 60
EDITS_KEPT_MAX = 10  # as many as somebody who was away for a coffee wants to read


class Kind(StrEnum):
    """What sort of session it is."""

    GENERAL = "general"
    CONCURRENT = "concurrent"
    ACADEMY = "academy"
    DIALOGUE = "dialogue"
    REGION = "region"
    ROUND_TABLE = "round_table"
    ORIENTATION = "orientation"
    EXHIBIT = "exhibit"
    SOCIAL = "social"
    BREAK = "break"
    PLENARY = "plenary"


FOR_ALL = (Kind.GENERAL, Kind.PLENARY, Kind.BREAK)  # nothing else takes place meanwhile


class Editorial(StrEnum):
    """How far a session is with the committee and its speaker."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


IN_PROGRAMME = (Editorial.ACCEPTED, Editorial.CONFIRMED)


class Level(StrEnum):
    """How much a conflict weighs; the committee sets it for each rule."""

    BLOCK = "block"
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, from `starts` until right before `ends`."""

    starts: datetime
    ends: datetime

    def overlaps(self, starts: datetime, ends: datetime) -> bool:
        """Whether any moment lies in both."""
        return self.starts < ends and starts < self.ends

    def covers(self, starts: datetime, ends: datetime) -> bool:
        """Whether all of the other lies in this one."""
        return self.starts <= starts and ends <= self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where sessions take place."""

    id: str
    name: str
    seats: int
    features: tuple[str, ...] = ()
    is_step_free: bool = True
    windows: tuple[Window, ...] = ()  # when it may be used; empty: all the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A strand that runs through the programme."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """One of the times at which sessions usually start, for the solver and the editor's grid."""

    id: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A session's place: room, start, end."""

    room: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """One person's part in a session."""

    person: str
    role: str = "speaker"  # speaker | moderator | panelist
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What an education board approved: so many hours under this scheme, for the session as it was then."""

    scheme: str
    minutes: int
    must_be_reviewed: bool = False  # length, level, content or speakers changed after it was given
    is_approved: bool = True
    must_be_assessed: bool = False  # who attends must show that they learned something, whatever the scheme asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Who changed something last, and what, in words; shown to whoever was editing the same thing."""

    by: str
    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An item of the programme as the committee works on it; `slot` is its place in the draft."""

    id: str
    conference: str
    code: str  # such as C-31; used once in a conference
    title: str
    kind: Kind
    minutes: int
    abstract: str = ""
    track: str = ""
    language: str = "en"
    level: str = ""
    needs: tuple[str, ...] = ()  # features that its room must have
    after: tuple[str, ...] = ()  # sessions that must lie earlier
    editorial: Editorial = Editorial.CONFIRMED
    cast: tuple[Casting, ...] = ()
    seats_max: int | None = None  # sign-up with so many seats, or as many as the room has if fewer; None: no sign-up
    product: str = ""  # the option of the fee table that pays for a seat; empty: free
    price_minor: int = 0
    approval: Approval | None = None
    is_pinned: bool = False
    slot: Slot | None = None
    online_url: str = ""
    is_cancelled: bool = False  # in the draft: the next release takes it off the programme
    cancel_reason: str = ""
    replaces: str = ""  # the session that it stands in for
    edits: tuple[Edit, ...] = ()  # the last ones, the newest at the end

    @property
    def edit(self) -> Edit | None:
        """Who changed it last, and what."""
        return self.edits[-1] if self.edits else None

    @property
    def is_in_programme(self) -> bool:
        """Whether a release would show it."""
        return self.editorial in IN_PROGRAMME and not self.is_cancelled and self.slot is not None

    @property
    def speakers(self) -> tuple[str, ...]:
        """The persons on its stage, in order."""
        return tuple(each.person for each in self.cast)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """When a speaker can't come, at one conference; the flight lands at four."""

    away: tuple[Window, ...] = ()
    is_complimentary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody on a stage: the public name and a few words; how to reach them is not kept here."""

    id: str  # the person
    name: str
    biography: str = ""
    appearances: Mapping[str, Appearance] = field(default_factory=dict)  # by conference
    edit: Edit | None = None

    def away_at(self, conference: str) -> tuple[Window, ...]:
        """When they can't come to this conference."""
        known = self.appearances.get(conference)
        return known.away if known else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What all sessions of one conference have in common; its id names the conference."""

    id: str  # see `programme_id`
    conference: str
    rooms: tuple[Room, ...] = ()
    tracks: tuple[Track, ...] = ()
    times: tuple[Times, ...] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)  # by rule of `conflicts`; what isn't here has its default
    same_track_at_once_max: int = 2
    both_wanted_min: int = 10  # how many people must have starred two sessions before their overlap is a conflict
    release_count: int = 0
    revision: int = 0  # how often the committee has set it; a release leaves it
    edit: Edit | None = None

    def room(self, id_: str) -> Room | None:
        """The room of this id, if there is one."""
        return next((each for each in self.rooms if each.id == id_), None)


def programme_id(conference: str) -> str:
    """The id of a conference's programme, which is another aggregate than the conference."""
    return f"programme:{conference}"


class SessionUnknown(NotFound):
    """There is no such session."""


class RoomUnknown(Invalid):
    """The programme has no such room."""


class TrackUnknown(Invalid):
    """The programme has no such track."""


class TooManySessions(Refusal):
    """A programme that large is a mistake."""

    title = "There are too many sessions"


class EditedMeanwhile(Refusal):
    """Somebody else changed it after it was opened; the later one is told what, and nothing is overwritten unseen."""

    status: ClassVar[int] = 412
    title = marked("Somebody else changed this meanwhile")


class SpeakerUnknown(NotFound):
    """Nobody of this id speaks, or was introduced as a speaker."""


class CodeTaken(Refusal):
    """Two sessions of one conference can't have the same code."""

    title = "This code was used before"


def must_be_seen(session: Session, *, version: int, seen: int | None) -> None:
    """Refuse an edit of something that was changed after the editor opened it."""
    if seen is None or seen == version:
        return
    since = session.edits[seen - version :] if seen < version else session.edits[-1:]
    raise EditedMeanwhile(
        f"{session.code} was not changed by you. {meanwhile(since)} "
        "Look at it as it is now, then make your change again.",
        seen=seen,
        version=version,
    )


def meanwhile(edits: tuple[Edit, ...]) -> str:
    """Who changed what while somebody else was looking at it, in a sentence."""
    return written(told_meanwhile(edits))


def told_meanwhile(edits: tuple[Edit, ...]) -> Phrase:
    """The same with its facts, to be said in the reader's language; what is known of an edit is a sentence's part."""
    if not edits:
        return phrase("It was changed meanwhile.")
    changes = tuple(phrase("%(by)s changed it: %(what)s", by=_kept(each.by), what=_kept(each.what)) for each in edits)
    return phrase("Meanwhile %(changes)s.", changes=Listed(changes, "; "))


def _kept(text: str) -> Phrase | str:
    """What was kept as text: translated if it is a sentence of ours, else as it is."""
    return phrase(text.replace("%", "%%")) if text else text


def placed(session: Session, *, room: str, starts: datetime, by: str, now: datetime, what: str = "") -> Session:
    """The session in the draft at this room and time; its length stays."""
    slot = Slot(room=room, starts=starts, ends=starts + timedelta(minutes=session.minutes))
    return edited(session, by=by, now=now, what=what or "it has another place", slot=slot)


def unplaced(session: Session, *, by: str, now: datetime) -> Session:
    """The session without a place in the draft."""
    return edited(session, by=by, now=now, what="it has no place any more", slot=None)


def edited(session: Session, *, by: str, now: datetime, what: str, **changes: Any) -> Session:
    """The session with these changes, and a word on who made them."""
    edits = (*session.edits, Edit(by=by, at=now, what=what))[-EDITS_KEPT_MAX:]
    return replace(session, edits=edits, **changes)
