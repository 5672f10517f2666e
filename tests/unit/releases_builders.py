"""A small believable programme, for tests of what releases make of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.scheduling.programme.domain.programme import (
    Approval,
    Casting,
    Kind,
    Programme,
    Room,
    Session,
    Slot,
    Track,
    programme_id,
)
from services.scheduling.releases.domain.differences import Comparison, Draft, compare
from services.scheduling.releases.domain.releases import Difference, Release, release_id

CONFERENCE = "conf_79"
ZONE = "America/Chicago"
DOMAIN = "reconvene.example"
NOW = datetime(2025, 3, 14, 15, 0, tzinfo=UTC)
FIRST = datetime(2025, 5, 20, 14, 0, tzinfo=UTC)  # nine in the morning in St. Louis
NAMES = {"per_w": "Dr Ada Whitlock", "per_o": "Tomás Ortega", "per_l": "Ngozi Lang"}
PROGRAMME = Programme(
    id=programme_id(CONFERENCE),
    conference=CONFERENCE,
    rooms=(
        Room(id="r1", name="Room 240", seats=60),
        Room(id="r2", name="Room 241", seats=30),
        Room(id="r3", name="Grand Ballroom", seats=1_200),
    ),
    tracks=(Track(id="records", title="Records, and their keeping"), Track(id="law", title="Law")),
)


def session(id_: str = "ses_c31", **changes: Any) -> Session:
    """A concurrent session in Room 240 at nine, by Dr Whitlock."""
    starts = changes.pop("starts", FIRST)
    minutes = changes.get("minutes", 75)
    room = changes.pop("room", "r1")
    known = Session(
        id=id_,
        conference=CONFERENCE,
        code=id_.removeprefix("ses_").upper(),
        title="Records in a crisis",
        kind=Kind.CONCURRENT,
        minutes=75,
        abstract="What a town keeps when the river comes, and how it finds it again.",
        track="records",
        level="basic",
        cast=(Casting(person="per_w", is_confirmed=True),),
        approval=Approval(scheme="cmc", minutes=75),
        slot=Slot(room=room, starts=starts, ends=starts + timedelta(minutes=minutes)),
    )
    return replace(known, **changes)


def draft(*sessions: Session, names: Mapping[str, str] = NAMES, programme: Programme = PROGRAMME) -> Draft:
    """These sessions in the draft."""
    return Draft(programme=programme, sessions=sessions, names=names)


def compared(to: Draft, last: Release | None = None, *, now: datetime = NOW) -> Comparison:
    """What a release of this draft would make."""
    return compare(to, last, zone=ZONE, domain=DOMAIN, now=now)


def released(to: Draft, last: Release | None = None, *, now: datetime = NOW) -> Release:
    """The draft, released."""
    comparison = compared(to, last, now=now)
    number = last.number + 1 if last else 1
    return Release(
        id=release_id(CONFERENCE, number),
        conference=CONFERENCE,
        number=number,
        name=f"Version {number}",
        released_at=now,
        released_by="Helen",
        rooms=to.programme.rooms,
        tracks=to.programme.tracks,
        entries=comparison.entries,
        differences=comparison.differences,
    )


def changed(before: Session, **changes: Any) -> Difference | None:
    """How one published session differs when these fields of it are changed in the draft; None when it doesn't."""
    now = changes.pop("now", NOW + timedelta(days=1))
    last = released(draft(before))
    found = compared(draft(replace(before, **changes)), last, now=now).differences
    assert len(found) <= 1
    return found[0] if found else None
