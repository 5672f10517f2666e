"""An import: what tables want, fitted into the draft in one unit of work, all of it or nothing.

Rows add and change; what a file doesn't name stays as it is. All that is wrong is found before anything is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain import drafting, frame
from services.scheduling.programme.domain.comparing import Effect, effects_of
from services.scheduling.programme.domain.frame import Frame
from services.scheduling.programme.domain.people import Introduction
from services.scheduling.programme.domain.programme import (
    SESSION_COUNT_MAX,
    Appearance,
    Casting,
    Edit,
    Kind,
    Programme,
    Room,
    Session,
    Slot,
    Speaker,
    Track,
    edited,
)
from services.scheduling.programme.domain.tables import STRANGER, ImportRefused, Tables
from services.scheduling.programme.domain.wanted import Part, Wanted, WantedSession, WantedSpeaker
from services.scheduling.programme.domain.writing import tables_of
from services.scheduling.programme.schemas.reading import REQUIRED, read_tables
from services.scheduling.programme.store.draft import conference_stays, introduced, programme_of, sessions_of
from services.scheduling.programme.store.programme import PROGRAMMES, SESSIONS, SPEAKERS
from shared.change import Change
from shared.ids import new_id
from shared.problem import Refusal
from shared.unit import Unit

STRANGERS_SHOWN = 5
SPEAKER_EMAIL = "speaker_email"  # under which it is asked for once, for all
NEW = "new"  # how the id of somebody is written who has none before the import


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    effects: tuple[Effect, ...]


def bring_in(unit: Unit, conference: str, tables: Tables, *, by: str, speaker_email: str = "") -> Imported:
    """Fit tables into the draft of a conference; raises `ImportRefused` with every fault."""
    held_at = conference_stays(unit, conference)
    intake = _Intake(unit, held_at, tables, by=by, speaker_email=speaker_email)
    intake.set_frame()
    intake.bring_in_speakers()
    intake.bring_in_sessions()
    if intake.wanted.faults:
        faults = intake.wanted.faults
        raise ImportRefused(sorted(faults, key=lambda each: (list(intake.order).index(each.table), each.row)))
    return Imported(effects=intake.save())


class _Intake:
    order = ("rooms", "tracks", "times", "settings", "speakers", "sessions")

    def __init__(self, unit: Unit, conference: Conference, tables: Tables, *, by: str, speaker_email: str) -> None:
        self._speaker_email = speaker_email  # of those whom the file gives no address
        self._unit, self._conference, self._by = unit, conference, by
        self.wanted = read_tables(tables, zone=conference.zone)
        self._programme = programme_of(unit, conference.id)
        self._before = {each.code: each for each in sessions_of(unit, conference.id)}
        self._speakers_before = self._known_speakers()
        self._written = self._tables(self._programme, self._before, self._speakers_before)
        self._after = dict(self._before)
        self._speakers = dict(self._speakers_before)
        self._persons: dict[str, str] = {}  # by how the file names them
        self._mentioned = {row.cells["code"] for row in tables.get("sessions", ())}

    def _known_speakers(self) -> dict[str, Speaker]:
        cast = {person for each in self._before.values() for person in each.speakers}
        where = {"$or": [{"_id": {"$in": sorted(cast)}}, {f"appearances.{self._conference.id}": {"$exists": True}}]}
        return {each.id: each for each in self._unit.find(SPEAKERS, where)}

    def _tables(self, programme: Programme, sessions: Mapping[str, Session], speakers: Mapping[str, Speaker]) -> Tables:
        def reference(person: str) -> str:
            return person if person in self._speakers_before else f"{NEW}: {speakers[person].name}"

        zone = self._conference.zone
        return tables_of(programme, sessions.values(), speakers, zone=zone, reference=reference)

    # the frame

    def set_frame(self) -> None:
        """The rooms, tracks, times and rules with those of the file in their places, or behind them."""
        known, wanted = self._programme, self.wanted
        counts = {name: wanted.settings.get(name, getattr(known, name)) for name in _COUNTS}
        levels = {name: level for name, level in wanted.settings.items() if name not in _COUNTS}
        asked = Frame(
            rooms=_merged_rooms(known, wanted),
            tracks=_merged_tracks(known, wanted),
            times=tuple(({each.id: each for each in known.times} | {each.id: each for each in wanted.times}).values()),
            levels={**known.levels, **levels},
            **counts,
        )
        try:
            self._programme = frame.set_(known, asked, sessions=(), seen=None, by=self._by, now=self._unit.now)
        except Refusal as refusal:
            (table,) = refusal.facts["errors"]["json"]
            self.wanted.fault(table, 0, "id", refusal.detail)

    # speakers

    def bring_in_speakers(self) -> None:
        """Those of the file's own table: known by id, found by their address, or introduced."""
        self._unit.preload([(SPEAKERS, each.id) for each in self.wanted.speakers])
        strangers: list[str] = []
        for row in self.wanted.speakers:
            known = self._unit.load(SPEAKERS, row.id) or self._by_name(row)
            row = self._with_address(row) if known is None else row
            if known is None and row.introduction is None and row.id.startswith(STRANGER):
                strangers.append(row.name)
                continue
            if known is None and row.introduction is None:
                reason = "Nobody is known under this id. Give an e-mail or postal address, then they are introduced."
                self.wanted.fault("speakers", row.row, "email", reason)
                continue
            speaker = known or introduced(self._unit, self._conference.id, _of_row(row))[0]
            self._persons[row.id] = speaker.id
            self._keep_speaker(_described(speaker, row, conference=self._conference.id))
        if strangers:
            count = len(strangers)
            more = f" and {count - STRANGERS_SHOWN} more" if count > STRANGERS_SHOWN else ""
            reason = (
                f"The file gives no addresses of {count} speakers: {', '.join(strangers[:STRANGERS_SHOWN])}{more}. "
                "Give one e-mail address for all of them, such as your own; each can have their own later."
            )
            self.wanted.fault("speakers", 0, SPEAKER_EMAIL, reason)

    def _by_name(self, row: WantedSpeaker) -> Speaker | None:
        """The one speaker of this conference who has the name, where a file has no addresses."""
        if not row.id.startswith(STRANGER) or row.introduction is not None:
            return None
        found = [each for each in self._speakers.values() if each.name.casefold() == row.name.casefold()]
        return found[0] if len(found) == 1 else None

    def _with_address(self, row: WantedSpeaker) -> WantedSpeaker:
        if row.introduction is not None or not row.id.startswith(STRANGER) or not self._speaker_email:
            return row
        given = Introduction(name=row.name, email=self._speaker_email, biography=row.biography)
        return replace(row, introduction=given)

    def _keep_speaker(self, speaker: Speaker) -> None:
        self._speakers[speaker.id] = speaker
        known = self._unit.load(SPEAKERS, speaker.id)
        if known is not None and _differs(known, speaker, conference=self._conference.id):
            edit = Edit(by=self._by, at=self._unit.now, what="an import has changed what is said of them")
            self._unit.save(SPEAKERS, Change(replace(speaker, edit=edit)))

    def _person(self, row: int, part: Part) -> str | None:
        """Whom a session's row means; nobody, with a fault, when that can't be told."""
        if part.id.startswith(STRANGER) and part.id not in self._persons:
            return None  # said once of all of them
        if part.id:
            person = self._persons.get(part.id, part.id)
            speaker = self._unit.load(SPEAKERS, person)
            if speaker is not None:
                self._speakers.setdefault(person, speaker)
                return person
            self.wanted.fault(
                "sessions", row, "speakers", f"Nobody is known as [{part.id}], here or among the speakers."
            )
            return None
        if part.email:
            given = Introduction(name=part.name, email=part.email)
            speaker, _ = introduced(self._unit, self._conference.id, given)
            self._speakers.setdefault(speaker.id, speaker)
            return speaker.id
        found = [each.id for each in self._speakers.values() if each.name.casefold() == part.name.casefold()]
        if len(found) == 1:
            return found[0]
        reason = f"{'Several' if found else 'No'} speakers are called {part.name}. Write name <address>, or name [id]."
        self.wanted.fault("sessions", row, "speakers", reason)
        return None

    # sessions

    def bring_in_sessions(self) -> None:
        """The file's sessions in the draft; those that come after others are put in order last."""
        for row in self.wanted.sessions:
            session = self._fitted(row)
            if not row.is_faulty:
                self._after[row.code] = session
        for row in self.wanted.sessions:
            self._refer(row)
        for row in self.wanted.sessions:
            self._must_be_in_order(row)
        if len(self._after) > SESSION_COUNT_MAX:
            self.wanted.fault("sessions", 0, "code", f"There would be more than {SESSION_COUNT_MAX} sessions.")

    def _fitted(self, row: WantedSession) -> Session:
        known = self._before.get(row.code)
        missing = [name for name in REQUIRED if name not in row.given]
        for name in missing if known is None else ():
            self.wanted.fault("sessions", row.row, name, "Please fill this in: the session is new.")
        fields: dict[str, Any] = dict(row.fields)
        if row.track is not None:
            fields["track"] = self._track(row)
        if row.cast is not None:
            persons = [(self._person(row.row, part), part) for part in row.cast]
            named = [person for person, _ in persons if person]
            if len(set(named)) < len(named):
                self.wanted.fault("sessions", row.row, "speakers", "Somebody is named twice.")
            fields["cast"] = tuple(
                Casting(person=person, role=part.role, is_confirmed=part.is_confirmed)
                for person, part in persons
                if person
            )
        if row.is_pinned is not None:
            fields["is_pinned"] = row.is_pinned
        if row.cancel_reason is not None:
            fields |= {"is_cancelled": bool(row.cancel_reason), "cancel_reason": row.cancel_reason}
        base = known or _blank(row.code, conference=self._conference.id)
        fitted = replace(base, **drafting.reviewed(base, _changed(base, fields)))
        return replace(fitted, slot=self._slot(row, fitted, known))

    def _track(self, row: WantedSession) -> str:
        for each in self._programme.tracks:
            if row.track in (each.id, each.title):
                return each.id
        if row.track:
            self.wanted.fault("sessions", row.row, "track", f"The programme has no track {row.track}.")
        return ""

    def _slot(self, row: WantedSession, fitted: Session, known: Session | None) -> Slot | None:
        before = known.slot if known else None
        if not row.has_place:
            return replace(before, ends=before.starts + timedelta(minutes=fitted.minutes)) if before else None
        slot = self._wanted_slot(row, fitted)
        if known and known.is_pinned and fitted.is_pinned and _place(slot) != _place(before):
            self.wanted.fault("sessions", row.row, "room", f"{row.code} is pinned where it is; unpin it first.")
        return slot

    def _wanted_slot(self, row: WantedSession, fitted: Session) -> Slot | None:
        if row.starts is None:
            return None
        rooms = [each.id for each in self._programme.rooms if row.room in (each.id, each.name)]
        if not rooms:
            self.wanted.fault("sessions", row.row, "room", f"The programme has no room {row.room}.")
            return None
        try:
            drafting.must_be_inside(
                row.starts,
                minutes=fitted.minutes,
                first=self._conference.starts,
                last=self._conference.ends,
                zone=self._conference.zone,
            )
        except drafting.SlotOutside as refusal:
            self.wanted.fault("sessions", row.row, "starts", refusal.detail)
        return Slot(room=rooms[0], starts=row.starts, ends=row.starts + timedelta(minutes=fitted.minutes))

    def _refer(self, row: WantedSession) -> None:
        """Put a session after those that it names, which may stand further down in the file."""
        named = [self._named(row.row, "after", code) for code in row.after or ()]
        changes: dict[str, Any] = {} if row.after is None else {"after": tuple(each for each in named if each)}
        if row.replaces is not None:
            changes["replaces"] = self._named(row.row, "replaces", row.replaces) if row.replaces else ""
        if row.code in self._after:
            self._after[row.code] = replace(self._after[row.code], **changes)

    def _must_be_in_order(self, row: WantedSession) -> None:
        session = self._after.get(row.code)
        if session is None:
            return
        others = {each.id: each.after for each in self._after.values()}
        try:
            drafting.must_be_in_order(session.id, code=session.code, after=session.after, others=others)
        except drafting.OrderImpossible as refusal:
            self.wanted.fault("sessions", row.row, "after", refusal.detail)
        stand_ins = {each.id: each.replaces for each in self._after.values()}
        try:
            drafting.must_not_replace_itself(session.id, code=session.code, replaces=session.replaces, others=stand_ins)
        except drafting.OrderImpossible as refusal:
            self.wanted.fault("sessions", row.row, "replaces", refusal.detail)

    def _named(self, row: int, column: str, code: str) -> str:
        found = self._after.get(code)
        if found is None and code not in self._mentioned:
            self.wanted.fault("sessions", row, column, f"There is no session {code}, here or in the draft.")
        return found.id if found else ""

    # saving

    def save(self) -> tuple[Effect, ...]:
        """Write what has changed; the programme too, so that nobody takes a room out meanwhile."""
        effects = effects_of(self._written, self._tables(self._programme, self._after, self._speakers))
        changed = {each.key: tuple(each.cells) for each in effects if each.table == "sessions"}
        if any(each.table in ("rooms", "tracks", "times", "settings") for each in effects) or changed:
            self._unit.save(PROGRAMMES, Change(self._programme))
        for code, columns in changed.items():
            self._save_session(self._after[code], columns)
        return effects

    def _save_session(self, session: Session, columns: tuple[str, ...]) -> None:
        is_new = session.code not in self._before
        what = "it came by an import" if is_new else f"an import has set {', '.join(columns)}"
        change = Change(edited(session, by=self._by, now=self._unit.now, what=what))
        if is_new:
            self._unit.create(SESSIONS, change)
        else:
            self._unit.save(SESSIONS, change)


_COUNTS = ("same_track_at_once_max", "both_wanted_min")
_OF_ROOMS = {"name": "name", "seats": "seats", "features": "features", "step_free": "is_step_free", "open": "windows"}


def _merged_rooms(programme: Programme, wanted: Wanted) -> tuple[Room, ...]:
    """The rooms with those of a file, which are known by id or by name and keep what the file doesn't say."""
    rooms, named = {each.id: each for each in programme.rooms}, {each.name: each.id for each in programme.rooms}
    for room, columns in wanted.rooms:
        id_ = room.id if room.id in rooms else named.get(room.name, room.id)
        said = {attribute: getattr(room, attribute) for column, attribute in _OF_ROOMS.items() if column in columns}
        rooms[id_] = replace(rooms[id_], **said) if id_ in rooms else room
    return tuple(rooms.values())


def _merged_tracks(programme: Programme, wanted: Wanted) -> tuple[Track, ...]:
    tracks, named = {each.id: each for each in programme.tracks}, {each.title: each.id for each in programme.tracks}
    for track in wanted.tracks:
        id_ = track.id if track.id in tracks else named.get(track.title, track.id)
        tracks[id_] = replace(track, id=id_)
    return tuple(tracks.values())


def _blank(code: str, *, conference: str) -> Session:
    return Session(id=new_id("ses"), conference=conference, code=code, title="", kind=Kind.CONCURRENT, minutes=1)


def _changed(base: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if getattr(base, name) != value}


def _place(slot: Slot | None) -> tuple[object, ...]:
    return (slot.room, slot.starts) if slot else ()


def _of_row(row: WantedSpeaker) -> Introduction:
    assert row.introduction is not None
    return row.introduction


def _described(speaker: Speaker, row: WantedSpeaker, *, conference: str) -> Speaker:
    """The speaker as the row says, as far as its table has columns for it."""
    before = speaker.appearances.get(conference, Appearance())
    appearance = Appearance(
        away=row.away if "away" in row.columns else before.away,
        is_complimentary=row.is_complimentary if "complimentary" in row.columns else before.is_complimentary,
    )
    return replace(
        speaker,
        name=row.name if "name" in row.columns else speaker.name,
        biography=row.biography if "biography" in row.columns else speaker.biography,
        appearances={**speaker.appearances, conference: appearance},
    )


def _differs(known: Speaker, speaker: Speaker, *, conference: str) -> bool:
    """Whether anything is said otherwise; to appear without saying anything is nothing new."""
    words = (known.name, known.biography) != (speaker.name, speaker.biography)
    return words or known.appearances.get(conference, Appearance()) != speaker.appearances[conference]
