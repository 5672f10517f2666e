"""Setting the draft back to what was published once: an edit like any other, published by nothing but a release."""

from dataclasses import replace
from datetime import datetime

from services.scheduling.programme.domain.programme import (
    IN_PROGRAMME,
    Casting,
    Edit,
    Editorial,
    Programme,
    Room,
    Session,
    Slot,
    Track,
    edited,
)
from services.scheduling.releases.domain.differences import Draft
from services.scheduling.releases.domain.releases import Entry, Release


def reset(draft: Draft, to: Release, *, by: str, now: datetime) -> tuple[Programme, tuple[Session, ...]]:
    """The programme with that release's rooms and tracks, and those sessions that are not as it shows them.

    What it doesn't show loses its place. Rooms and tracks that came later stay, and so do codes, of which no two may be
    the same at any moment.
    """
    known = {each.id: each for each in draft.sessions}
    held = {each.session for each in to.entries}
    rooms = {each.id: each for each in to.rooms}
    sessions = [restored(each, known.get(each.session), conference=to.conference, rooms=rooms) for each in to.entries]
    sessions += [replace(each, slot=None, is_pinned=False) for each in draft.sessions if each.id not in held]
    what = f"it was set back to release {to.number}, “{to.name}”"
    changed = [each for each in sessions if each != known.get(each.id)]
    programme = replace(draft.programme, rooms=_rooms(draft, to), tracks=_tracks(draft, to))
    if programme != draft.programme:
        programme = replace(programme, revision=programme.revision + 1, edit=Edit(by=by, at=now, what=what))
    return programme, tuple(edited(each, by=by, now=now, what=what) for each in changed)


def restored(entry: Entry, known: Session | None, *, conference: str, rooms: dict[str, Room] | None = None) -> Session:
    """The draft's session as that entry shows it; made anew if its document is gone."""
    session = known or Session(
        id=entry.session, conference=conference, code=entry.code, title=entry.title, kind=entry.kind, minutes=1
    )
    confirmed = {each.person for each in session.cast if each.is_confirmed}
    cast = tuple(
        Casting(person=each.person, role=each.role, is_confirmed=each.person in confirmed) for each in entry.parts
    )
    is_in = session.editorial in IN_PROGRAMME
    return replace(
        session,
        title=entry.title,
        kind=entry.kind,
        minutes=round((entry.ends - entry.starts).total_seconds() / 60),
        abstract=entry.abstract,
        track=entry.track,
        language=entry.language,
        level=entry.level,
        editorial=session.editorial if is_in or entry.is_cancelled else Editorial.CONFIRMED,
        cast=cast,
        seats_max=_seats_max(entry, session, room=(rooms or {}).get(entry.room)),
        product=entry.product,
        price_minor=entry.price_minor,
        approval=entry.approval,
        slot=Slot(room=entry.room, starts=entry.starts, ends=entry.ends),
        online_url=entry.online_url,
        is_cancelled=entry.is_cancelled,
        cancel_reason=entry.reason,
        replaces=entry.replaces,
    )


def _seats_max(entry: Entry, session: Session, *, room: Room | None) -> int | None:
    """What was offered: as the draft says where that comes to the same in this room."""
    offered = session.seats_max
    if offered is not None and room is not None and min(offered, room.seats) == entry.seats:
        return offered
    return entry.seats


def _rooms(draft: Draft, to: Release) -> tuple[Room, ...]:
    held = {each.id for each in to.rooms}
    return (*to.rooms, *(each for each in draft.programme.rooms if each.id not in held))


def _tracks(draft: Draft, to: Release) -> tuple[Track, ...]:
    held = {each.id for each in to.tracks}
    return (*to.tracks, *(each for each in draft.programme.tracks if each.id not in held))
