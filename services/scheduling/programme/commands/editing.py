"""What the committee asks of the draft: set its frame, write sessions, place them, bring in speakers.

Who edits says which version they saw (`seen`), and is refused when somebody else was there meanwhile; an edit that
changes nothing is granted whatever was seen, so that a request whose answer was lost can be repeated.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.scheduling.programme.commands.importing import Imported, bring_in
from services.scheduling.programme.domain import drafting, frame
from services.scheduling.programme.domain.comparing import digest_of_effects
from services.scheduling.programme.domain.frame import Frame
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import (
    SESSION_COUNT_MAX,
    Appearance,
    Casting,
    EditedMeanwhile,
    Programme,
    Session,
    SessionUnknown,
    Speaker,
    TooManySessions,
    Window,
    edited,
    must_be_seen,
)
from services.scheduling.programme.domain.tables import Tables
from services.scheduling.programme.store.draft import (
    Kept,
    conference_stays,
    edit,
    edit_speaker,
    introduced,
    must_fit,
    must_go_on,
    programme_of,
    rooms_stay,
    session_of,
    sessions_of,
    speaker_of,
)
from services.scheduling.programme.store.programme import PROGRAMMES, SESSIONS, SPEAKERS
from shared.change import Change
from shared.contracts.flow import command
from shared.contracts.scheduling import SpeakerIntroduced
from shared.ids import new_id
from shared.unit import Unit


@command()
def set_programme(unit: Unit, *, conference: str, asked: Frame, seen: int | None, by: str) -> Programme:
    """Set rooms, tracks, times and the weight of conflicts; a room or track in use can't be taken out."""
    must_go_on(unit, conference)
    known = programme_of(unit, conference)
    change = frame.set_(known, asked, sessions=sessions_of(unit, conference), seen=seen, by=by, now=unit.now)
    return unit.save(PROGRAMMES, Change(change)) if change is not known else known


@command()
def create_session(unit: Unit, *, conference: str, fields: Mapping[str, Any], by: str) -> Kept:
    """Write a new session into the draft, without a place."""
    conference_stays(unit, conference)
    if unit.of(SESSIONS).count_documents({"conference": conference}, session=unit.session) >= SESSION_COUNT_MAX:
        raise TooManySessions(f"There are {SESSION_COUNT_MAX} sessions already. Nothing was created.")
    session = edited(Session(id=new_id("ses"), conference=conference, **fields), by=by, now=unit.now, what="it is new")
    must_fit(unit, session, changed=fields.keys())
    unit.create(SESSIONS, Change(session))
    return Kept(session, 1)


@command()
def edit_session(unit: Unit, *, session: str, changes: Mapping[str, Any], seen: int | None, by: str) -> Kept:
    """Edit what is said of a session; a new length moves its end."""

    def revise(known: Session) -> Session:
        revised = drafting.revised(known, changes=changes, by=by, now=unit.now)
        must_fit(unit, revised, changed=changes.keys())
        return revised

    return edit(unit, session, revise, seen=seen)


@command()
def place_session(unit: Unit, *, session: str, room: str, starts: datetime, seen: int | None, by: str) -> Kept:
    """Give a session a room and a time in the draft."""

    def place(known: Session) -> Session:
        conference = must_go_on(unit, known.conference)
        drafting.must_be_inside(
            starts, minutes=known.minutes, first=conference.starts, last=conference.ends, zone=conference.zone
        )
        [found] = rooms_stay(unit, conference.id, rooms=[room])
        return drafting.moved(
            known, room=room, room_name=found.name, starts=starts, zone=conference.zone, by=by, now=unit.now
        )

    return edit(unit, session, place, seen=seen)


@command()
def unplace_session(unit: Unit, *, session: str, seen: int | None, by: str) -> Kept:
    """Take a session's place away in the draft."""
    return edit(unit, session, lambda known: drafting.taken_off(known, by=by, now=unit.now), seen=seen)


@command()
def swap_sessions(
    unit: Unit, *, session: str, other: str, seen: int | None, other_seen: int | None, by: str
) -> tuple[Kept, Kept]:
    """Let two sessions of a conference change places, both or none."""
    one, another = session_of(unit, session), session_of(unit, other)
    if one.conference != another.conference:
        raise SessionUnknown(f"{another.code} belongs to another conference. Nothing was changed.")
    must_go_on(unit, one.conference)
    versions = {each: unit.version_of(SESSIONS, each) for each in (session, other)}
    must_be_seen(one, version=versions[session], seen=seen)
    must_be_seen(another, version=versions[other], seen=other_seen)
    swapped = drafting.swapped(one, another, by=by, now=unit.now)
    rooms_stay(unit, one.conference, rooms=[each.slot.room for each in swapped if each.slot])
    kept = [Kept(unit.save(SESSIONS, Change(each)), versions[each.id] + 1) for each in swapped]
    return kept[0], kept[1]


@command()
def pin_session(unit: Unit, *, session: str, is_pinned: bool, seen: int | None, by: str) -> Kept:
    """Fix a session where it is, or let it be moved again."""
    return edit(
        unit, session, lambda known: drafting.pinned(known, is_pinned=is_pinned, by=by, now=unit.now), seen=seen
    )


@command()
def cancel_session(unit: Unit, *, session: str, reason: str, seen: int | None, by: str) -> Kept:
    """Cancel a session in the draft: nobody is told before the next release."""
    return edit(unit, session, lambda known: drafting.called_off(known, reason=reason, by=by, now=unit.now), seen=seen)


@command()
def reinstate_session(unit: Unit, *, session: str, seen: int | None, by: str) -> Kept:
    """Take a cancellation in the draft back."""
    return edit(unit, session, lambda known: drafting.reinstated(known, by=by, now=unit.now), seen=seen)


@command()
def set_cast(unit: Unit, *, session: str, cast: tuple[Casting, ...], seen: int | None, by: str) -> Kept:
    """Say who is on a session's stage, in this order."""
    unit.preload([(SPEAKERS, each.person) for each in cast])
    names = {each.person: speaker_of(unit, each.person).name for each in cast}
    return edit(
        unit, session, lambda known: drafting.recast(known, cast=cast, names=names, by=by, now=unit.now), seen=seen
    )


@command(emits=[SpeakerIntroduced])
def introduce_speaker(unit: Unit, *, conference: str, speaker: Introduction) -> tuple[Speaker, int]:
    """Bring in a speaker: somebody we know by address and name, or somebody new."""
    must_go_on(unit, conference)
    return introduced(unit, conference, speaker)


@command()
def describe_speaker(
    unit: Unit, *, person: str, name: str, biography: str, seen: int | None, by: str
) -> tuple[Speaker, int]:
    """Correct a speaker's public name or words; who registered keeps the name on their own papers."""
    return edit_speaker(unit, person, lambda known: replace(known, name=name, biography=biography), seen=seen, by=by)


@command()
def set_availability(
    unit: Unit,
    *,
    conference: str,
    person: str,
    away: tuple[Window, ...],
    is_complimentary: bool | None,
    seen: int | None,
    by: str,
) -> tuple[Speaker, int]:
    """Say when a speaker can't come to a conference."""
    must_go_on(unit, conference)

    def appear(known: Speaker) -> Speaker:
        before = known.appearances.get(conference, Appearance())
        free = before.is_complimentary if is_complimentary is None else is_complimentary
        return replace(
            known, appearances={**known.appearances, conference: Appearance(away=away, is_complimentary=free)}
        )

    return edit_speaker(unit, person, appear, seen=seen, by=by)


class Rehearsed(Exception):
    """An import was only tried: everything is undone, and this is what it would have done."""

    def __init__(self, imported: Imported) -> None:
        super().__init__("undone")
        self.imported = imported


@command(emits=[SpeakerIntroduced])
def import_programme(
    unit: Unit,
    *,
    conference: str,
    tables: Tables,
    seen: str | None,
    is_dry_run: bool,
    by: str,
    speaker_email: str = "",
) -> Imported:
    """Bring tables into the draft, all of them or nothing.

    `seen` are the effects that its dry run has shown, and `speaker_email` is the address of those speakers for whom
    the file has none.

    A dry run does the same, raises `Rehearsed`, and so leaves no trace.
    """
    imported = bring_in(unit, conference, tables, by=by, speaker_email=speaker_email)
    if is_dry_run:
        raise Rehearsed(imported)
    if seen not in (None, digest_of_effects(imported.effects)):
        raise EditedMeanwhile(
            "The programme was changed since you looked at what the file would do. Nothing was imported; "
            "look at it again, then import it."
        )
    return imported
