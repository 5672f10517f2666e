"""What the rows of a file want of a programme, before it is held against what is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import Room, Times, Track, Window
from services.scheduling.programme.domain.tables import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part in a session as it was written: somebody by id, by a row of the speakers, or by name and address."""

    role: str
    id: str = ""
    name: str = ""
    email: str = ""
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSession:
    """A row of the sessions; what its table has no column for is not in `fields` or is None."""

    row: int
    code: str
    given: frozenset[str]  # what has a cell
    is_faulty: bool = False  # what it names is looked for all the same, so that every fault is found at once
    fields: Mapping[str, Any] = field(default_factory=dict)
    track: str | None = None  # its id or title
    room: str | None = None  # its id or name
    starts: datetime | None = None
    has_place: bool = False  # whether its table says where sessions are
    cast: tuple[Part, ...] | None = None
    after: tuple[str, ...] | None = None  # codes
    replaces: str | None = None  # a code
    is_pinned: bool | None = None
    cancel_reason: str | None = None  # empty: it takes place


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSpeaker:
    """A row of the speakers."""

    row: int
    id: str
    introduction: Introduction | None  # None: somebody without an address, who must be known
    columns: frozenset[str]
    away: tuple[Window, ...] = ()
    name: str = ""
    biography: str = ""
    is_complimentary: bool = False


@dataclass(slots=True)
class Wanted:
    """What tables ask for, and what is wrong with them."""

    rooms: list[tuple[Room, frozenset[str]]] = field(default_factory=list)  # with the columns that say something
    tracks: list[Track] = field(default_factory=list)
    times: list[Times] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    speakers: list[WantedSpeaker] = field(default_factory=list)
    sessions: list[WantedSession] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, table: str, row: int, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(Fault(table=table, row=row, column=column, reason=reason))
