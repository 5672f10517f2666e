"""The draft as a unit of work reaches it: what must be there, what stays while something is saved, who is found again.

Commands of this part and of those that look at the draft (the call, repairs) load and save through here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from services.scheduling.conferences.domain.conference import Conference, ConferenceIsCancelled, ConferenceUnknown
from services.scheduling.conferences.store import CONFERENCES
from services.scheduling.programme.domain import drafting
from services.scheduling.programme.domain.people import Identity, Introduction
from services.scheduling.programme.domain.programme import (
    Appearance,
    CodeTaken,
    Edit,
    EditedMeanwhile,
    Programme,
    Room,
    RoomUnknown,
    Session,
    SessionUnknown,
    Speaker,
    SpeakerUnknown,
    TrackUnknown,
    must_be_seen,
    programme_id,
    told_meanwhile,
)
from services.scheduling.programme.store.programme import IDENTITIES, PROGRAMMES, SESSIONS, SPEAKERS
from shared.change import Change
from shared.contracts.scheduling import SpeakerIntroduced
from shared.identity import identity_hash
from shared.ids import new_id
from shared.problem import Refusal
from shared.sentences import marked
from shared.unit import Unit

SPEAKER_EDITED = marked("what is said of them, or when they can come")


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it is now, and the version that its editor has then seen."""

    session: Session
    version: int


def must_go_on(unit: Unit, conference: str) -> Conference:
    """The conference, if its programme may still be changed; raises what is refused."""
    known = unit.load(CONFERENCES, conference)
    if known is None:
        raise ConferenceUnknown(marked("There is no conference under this address. Nothing was changed."))
    if known.cancellation:
        raise ConferenceIsCancelled.saying(
            "%(conference)s was cancelled on %(day)s. Its programme was not changed.",
            conference=known.title,
            day=known.cancellation.cancelled_on,
        )
    return known


def conference_stays(unit: Unit, conference: str) -> Conference:
    """The conference, which nobody can cancel while this unit adds to its programme; raises what is refused.

    It is written, not only read: a cancellation writes it too, and one of the two starts again. So whoever is on stage
    when the cast is told of a cancellation is all of the cast.
    """
    known = must_go_on(unit, conference)
    unit.require(CONFERENCES, {"_id": conference}, {"$inc": {"programme_change_count": 1}})
    return known


def programme_of(unit: Unit, conference: str) -> Programme:
    """The conference's programme; one that nobody has begun is empty."""
    id_ = programme_id(conference)
    return unit.load(PROGRAMMES, id_) or Programme(id=id_, conference=conference)


def session_of(unit: Unit, id_: str) -> Session:
    """The session; raises `SessionUnknown`."""
    session = unit.load(SESSIONS, id_)
    if session is None:
        raise SessionUnknown(marked("There is no session under this address. Nothing was changed."))
    return session


def sessions_of(unit: Unit, conference: str) -> list[Session]:
    """All sessions of a conference, in the order of their codes."""
    return unit.find(SESSIONS, {"conference": conference}, sort=[("code", 1)])


def speaker_of(unit: Unit, person: str) -> Speaker:
    """The speaker; raises `SpeakerUnknown`."""
    speaker = unit.load(SPEAKERS, person)
    if speaker is None:
        raise SpeakerUnknown(f"No speaker is known under {person}. Nothing was changed; introduce them first.")
    return speaker


def edit(unit: Unit, session: str, change: Callable[[Session], Session], *, seen: int | None) -> Kept:
    """Change a session as its editor saw it; a change that is there already is granted whatever was seen."""
    known, version = session_of(unit, session), unit.version_of(SESSIONS, session)
    must_go_on(unit, known.conference)
    try:
        changed = change(known)
    except Refusal:
        must_be_seen(
            known, version=version, seen=seen
        )  # what changed meanwhile explains more than what follows from it
        raise
    if changed is known:
        return Kept(known, version)
    must_be_seen(known, version=version, seen=seen)
    conference_stays(unit, known.conference)
    return Kept(unit.save(SESSIONS, Change(changed)), version + 1)


def edit_speaker(
    unit: Unit, person: str, change: Callable[[Speaker], Speaker], *, seen: int | None, by: str
) -> tuple[Speaker, int]:
    """Change what is known of a speaker, as the editor saw it."""
    known, version = speaker_of(unit, person), unit.version_of(SPEAKERS, person)
    changed = change(known)
    if changed == known:
        return known, version
    if seen not in (None, version):
        raise EditedMeanwhile.saying(
            "%(name)s was not changed by you. %(meanwhile)s Look at it as it is now, then make your change again.",
            name=known.name,
            meanwhile=told_meanwhile((known.edit,) if known.edit else ()),
            seen=seen,
            version=version,
        )
    edited = replace(changed, edit=Edit(by=by, at=unit.now, what=SPEAKER_EDITED))
    return unit.save(SPEAKERS, Change(edited)), version + 1


def rooms_stay(unit: Unit, conference: str, *, rooms: Sequence[str]) -> list[Room]:
    """These rooms, which nobody can take out of the programme meanwhile; raises `RoomUnknown`.

    The programme is written, not only read: whoever takes a room out writes it too, and one of the two starts again.
    """
    programme, found = programme_of(unit, conference), []
    for id_ in rooms:
        room = programme.room(id_)
        if room is None:
            detail = f"The programme has no room {id_}. Nothing was changed; take one of its rooms, or add this one."
            raise RoomUnknown(detail, errors={"json": {"room": [detail]}})
        found.append(room)
    if found:
        unit.require(PROGRAMMES, {"_id": programme.id, "rooms.id": {"$all": list(rooms)}}, {"$inc": {"used_count": 1}})
    return found


def must_fit(unit: Unit, session: Session, *, changed: Collection[str]) -> None:
    """Refuse a code that is taken, a track that isn't there, an order that nobody can keep."""
    if "code" in changed:
        taken = unit.find(SESSIONS, {"conference": session.conference, "code": session.code})
        if any(each.id != session.id for each in taken):
            detail = f"There is a session {session.code} already. Nothing was changed; take another code."
            raise CodeTaken(detail, errors={"json": {"code": [detail]}})
    if session.track and "track" in changed:
        _track_stays(unit, session)
    if (session.after and "after" in changed) or (session.replaces and "replaces" in changed):
        known = sessions_of(unit, session.conference)
        others = {each.id: each.after for each in known}
        drafting.must_be_in_order(session.id, code=session.code, after=session.after, others=others)
        stand_ins = {each.id: each.replaces for each in known}
        drafting.must_not_replace_itself(session.id, code=session.code, replaces=session.replaces, others=stand_ins)
        if session.replaces and session.replaces not in others:
            detail = f"This conference has no session {session.replaces}. Nothing was changed."
            raise SessionUnknown(detail, errors={"json": {"replaces": [detail]}})


def _track_stays(unit: Unit, session: Session) -> None:
    programme = programme_of(unit, session.conference)
    if session.track not in {each.id for each in programme.tracks}:
        detail = f"The programme has no track {session.track}. Nothing was changed; take one of its tracks."
        raise TrackUnknown(detail, errors={"json": {"track": [detail]}})
    unit.require(PROGRAMMES, {"_id": programme.id, "tracks.id": session.track}, {"$inc": {"used_count": 1}})


def introduced(unit: Unit, conference: str, given: Introduction) -> tuple[Speaker, int]:
    """The speaker of this address and name, as a delegate or from an earlier introduction, or somebody new; and the
    version of that.

    Whoever calls it declares `SpeakerIntroduced`, which is said of somebody new alone.
    """
    hash_ = identity_hash(name=given.name, email=given.email)
    identity = unit.load(IDENTITIES, hash_) if hash_ else None
    known = unit.load(SPEAKERS, identity.person) if identity else None
    person = identity.person if identity else new_id("per")
    speaker = known or Speaker(id=person, name=given.name, biography=given.biography)
    before = speaker.appearances.get(conference, Appearance())
    appearance = replace(before, is_complimentary=before.is_complimentary or given.is_complimentary)
    changed = replace(speaker, appearances={**speaker.appearances, conference: appearance})
    version = unit.version_of(SPEAKERS, person) + 1 if known else 1
    if changed == known:
        return changed, version - 1
    if identity:
        return unit.save(SPEAKERS, Change(changed)), version
    if hash_:
        unit.save(IDENTITIES, Change(Identity(id=hash_, person=person)))
    said = SpeakerIntroduced(
        person=person,
        conference=conference,
        name=given.name,
        email=given.email,
        postal_address=given.postal_address,
        language=given.language,
    )
    return unit.create(SPEAKERS, Change(changed, (said,))), version
