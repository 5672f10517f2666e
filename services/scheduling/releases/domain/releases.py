"""Releases: what was published, under which name and number; immutable, each with its difference to the one before.

Owns what an entry of a published programme is, its UID and SEQUENCE, and what counts as a change. Everything public
(pages, feeds, exports, messages) is made from a release and from nothing else, so that all of it says the same.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scheduling.programme.domain.programme import Approval, Kind, Room, Track
from shared.problem import NotFound, Refusal


class State(StrEnum):
    """What a release says of a session."""

    PUBLISHED = "published"
    MOVED_ONLINE = "moved_online"
    DELAYED = "delayed"
    CANCELLED = "cancelled"


class What(StrEnum):
    """What a release can change about a session."""

    ADDED = "added"
    ROOM = "room"
    TIME = "time"
    LENGTH = "length"
    DELAYED = "delayed"
    SPEAKERS = "speakers"
    CONTENT = "content"
    ONLINE = "online"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    WORDING = "wording"  # a typing error: nobody is told, and no calendar takes notice


BUMPING = frozenset(
    {What.ROOM, What.TIME, What.LENGTH, What.DELAYED, What.ONLINE, What.CANCELLED, What.REINSTATED}
)  # what raises SEQUENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One person's part in a published session, with the name as it was then."""

    person: str
    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One session as a release shows it. Cancelled ones stay, with the place that they had."""

    session: str
    code: str
    uid: str  # fixed at first publication
    sequence: int
    state: State
    title: str
    kind: Kind
    room: str  # id
    room_name: str
    starts: datetime
    ends: datetime
    revised_at: datetime  # when a release last changed it; calendars' DTSTAMP and LAST-MODIFIED
    abstract: str = ""
    track: str = ""  # id
    track_title: str = ""
    language: str = "en"
    level: str = ""
    parts: tuple[Part, ...] = ()
    seats: int | None = None  # None: no sign-up
    product: str = ""
    price_minor: int = 0
    approval: Approval | None = None
    online_url: str = ""
    reason: str = ""  # why it is cancelled
    cancelled_at: datetime | None = None
    replaces: str = ""
    first_starts: datetime | None = None  # as first published, for `previousStartDate`
    delayed_from: datetime | None = None  # when it should have begun, of one that is delayed on its day

    @property
    def is_cancelled(self) -> bool:
        """Whether it was on the programme and is not any more."""
        return self.state is State.CANCELLED

    @property
    def speakers(self) -> tuple[str, ...]:
        """The persons on its stage, in order."""
        return tuple(each.person for each in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one release changed about one session: before and after, either of which may be absent."""

    session: str
    what: tuple[What, ...]
    before: Entry | None
    after: Entry | None
    alternatives: tuple[str, ...] = ()  # sessions that whoever paid for a cancelled one may have instead
    choose_until: datetime | None = None  # for those who paid; then the money goes back

    @property
    def shown(self) -> Entry:
        """The session as it is now, or as it was if it isn't there any more."""
        entry = self.after or self.before
        assert entry is not None, "a difference is about something"
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The programme as it was published once; `entries` in the order of time, then room."""

    id: str  # see `release_id`
    conference: str
    number: int
    name: str
    released_at: datetime  # on the business clock
    released_by: str
    rooms: tuple[Room, ...]
    tracks: tuple[Track, ...]
    entries: tuple[Entry, ...]
    differences: tuple[Difference, ...] = ()
    remark: str = ""
    is_closing: bool = False  # the conference was cancelled: everything in it is, and nobody is told by it

    def entry(self, session: str) -> Entry | None:
        """What this release says of a session."""
        return next((each for each in self.entries if each.session == session), None)


class ReleaseUnknown(NotFound):
    """Nothing was published under this number."""


class NothingToRelease(Refusal):
    """The draft says what is published already."""

    title = "There is nothing new to release"


class DraftNotSeen(Refusal):
    """Who releases says which draft they looked at."""

    status = 428
    title = "Please look at the preview first"


class DraftChanged(Refusal):
    """The draft is not any more what the preview showed."""

    status = 412
    title = "The draft was changed meanwhile"


class DraftInConflict(Refusal):
    """The committee has said that a programme with such a conflict is not released."""

    title = "The draft has conflicts that block a release"


def release_id(conference: str, number: int) -> str:
    """The id of a conference's release of this number."""
    return f"{conference}:{number:05}"


def uid_of(session: str, *, domain: str) -> str:
    """The UID under which calendars know a session, for ever."""
    return f"{session}@{domain}"
