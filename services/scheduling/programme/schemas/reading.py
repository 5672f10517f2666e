"""Tables read as what the committee wants: every cell is checked, and what is wrong is said of all cells at once.

Owns how a cell is written. Leaves what fits the draft, and what there is already, to `importing`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError

from services.scheduling.programme.domain.programme import Level
from services.scheduling.programme.domain.tables import KEYS, SEATS_UNKNOWN, Row, Tables
from services.scheduling.programme.domain.wanted import Part, Wanted, WantedSession, WantedSpeaker
from services.scheduling.programme.schemas.frame import FrameShape, RoomShape, TimesShape, TrackShape
from services.scheduling.programme.schemas.requests import (
    AwayShape,
    NewSession,
    PlaceShape,
    ReasonShape,
    SessionChanges,
    SpeakerShape,
    SpeakerWords,
)

YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0", "")
_PART = re.compile(
    r"(?:(?P<role>[a-z]+):\s*)?(?P<name>[^\[\]<>*:]*?)\s*(?:\[(?P<id>[^\[\]]+)\]|<(?P<email>[^<>]+)>)?\s*(?P<confirmed>\*?)"
)


def read_tables(tables: Tables, *, zone: str) -> Wanted:
    """What tables ask for, in a zone where times without an offset are meant."""
    reading = _Reading(zone)
    for table, read in reading.readers.items():
        seen: dict[str, int] = {}
        for row in tables.get(table, ()):
            key = row.cells[KEYS[table]].casefold()
            if key in seen:
                reading.wanted.fault(table, row.number, KEYS[table], f"It stands in row {seen[key]} already.")
            seen.setdefault(key, row.number)
            read(row)
    return reading.wanted


class _Reading:
    def __init__(self, zone: str) -> None:
        self.wanted = Wanted()
        self._zone = ZoneInfo(zone)
        self.readers: Mapping[str, Callable[[Row], None]] = {
            "rooms": self._room,
            "tracks": self._track,
            "times": self._times,
            "settings": self._setting,
            "speakers": self._speaker,
            "sessions": self._session,
        }

    def _room(self, row: Row) -> None:
        cells = row.cells
        asked: dict[str, Any] = {name: cells[name] for name in ("id", "name") if name in cells}
        is_unknown = cells.get("seats") == SEATS_UNKNOWN
        asked |= {"seats": 0 if is_unknown else _number(cells.get("seats", ""))}
        asked |= {"features": _listed(cells.get("features", ""))}
        asked |= {"is_step_free": self._yes("rooms", row, "step_free", default=True)}
        asked |= {"windows": self._windows(cells.get("open", ""))}
        room = self._loaded("rooms", row, RoomShape(), asked, {"is_step_free": "step_free", "windows": "open"})
        if room is not None:
            self.wanted.rooms.append((room, frozenset(cells) - ({"seats"} if is_unknown else set())))

    def _track(self, row: Row) -> None:
        track = self._loaded("tracks", row, TrackShape(), dict(row.cells), {})
        if track is not None:
            self.wanted.tracks.append(track)

    def _times(self, row: Row) -> None:
        asked = {"id": row.cells["id"]} | {
            name: self._instant(row.cells[name]) for name in ("starts", "ends") if name in row.cells
        }
        times = self._loaded("times", row, TimesShape(), asked, {})
        if times is not None:
            self.wanted.times.append(times)

    def _setting(self, row: Row) -> None:
        name, value = row.cells["name"], row.cells.get("value", "")
        is_rule = name not in ("same_track_at_once_max", "both_wanted_min")
        asked = {"levels": {name: value}} if is_rule else {name: _number(value)}
        frame = self._loaded("settings", row, FrameShape(), asked, {}, column="value")
        if frame is not None:
            self.wanted.settings[name] = frame.levels[name] if is_rule else getattr(frame, name)

    def _speaker(self, row: Row) -> None:
        cells = row.cells
        is_reachable = bool(cells.get("email") or cells.get("postal_address"))
        asked: dict[str, Any] = {"name": cells.get("name", ""), "biography": cells.get("biography", "")}
        free = self._yes("speakers", row, "complimentary", default=False)
        if is_reachable:
            asked |= {"email": cells.get("email") or None, "language": cells.get("language") or "en"}
            asked |= {"postal_address": _listed(cells.get("postal_address", "")), "is_complimentary": free}
        shape: Schema = SpeakerShape() if is_reachable else SpeakerWords()
        made = self._loaded("speakers", row, shape, asked, {"is_complimentary": "complimentary"})
        away = self._loaded("speakers", row, AwayShape(), {"away": self._windows(cells.get("away", ""))}, {})
        if not cells["id"]:
            self.wanted.fault(
                "speakers", row.number, "id", "Please fill this in: any word by which sessions name them."
            )
        elif made is not None and away is not None:
            self.wanted.speakers.append(
                WantedSpeaker(
                    row=row.number,
                    id=cells["id"],
                    introduction=made if is_reachable else None,
                    columns=frozenset(cells),
                    away=tuple(away["away"]),
                    name=asked["name"],
                    biography=made.biography if is_reachable else made["biography"],
                    is_complimentary=free,
                )
            )

    def _session(self, row: Row) -> None:
        cells, faults_before = row.cells, len(self.wanted.faults)
        asked: dict[str, Any] = {
            name: cells[name] for name in _SAME if cells.get(name) or name in _MAY_BE_EMPTY & cells.keys()
        }
        asked |= {name: _number(cells[name]) for name in ("minutes", "price_minor") if cells.get(name)}
        asked |= {"editorial": cells["state"]} if cells.get("state") else {}
        asked |= {"needs": _listed(cells["needs"])} if "needs" in cells else {}
        asked |= {"product": cells["option"]} if "option" in cells else {}
        asked |= {"seats_max": _number(cells["seats"]) if cells["seats"] else None} if "seats" in cells else {}
        asked |= self._approval(row)
        fields = self._loaded("sessions", row, SessionChanges(), asked, _SESSION_COLUMNS)
        starts = self._start(row)
        cast = self._cast(row) if "speakers" in cells else None
        pinned = self._yes("sessions", row, "pinned", default=False) if "pinned" in cells else None
        reason = self._reason(row)
        self.wanted.sessions.append(
            WantedSession(
                row=row.number,
                code=cells["code"],
                given=frozenset(asked),
                is_faulty=len(self.wanted.faults) > faults_before,
                fields=fields or {},
                track=cells.get("track"),
                room=cells.get("room"),
                starts=starts,
                has_place="room" in cells and "starts" in cells,
                cast=cast,
                after=tuple(_listed(cells["after"])) if "after" in cells else None,
                replaces=cells.get("replaces"),
                is_pinned=pinned,
                cancel_reason=reason,
            )
        )

    def _approval(self, row: Row) -> dict[str, Any]:
        cells = row.cells
        if "approved_by" not in cells:
            return {}
        if not cells["approved_by"]:
            return {"approval": None}
        state = cells.get("approval") or "approved"
        if state not in ("approved", "rejected", "review"):
            self.wanted.fault("sessions", row.number, "approval", "approved, rejected or review, please.")
        approval = {
            "scheme": cells["approved_by"],
            "minutes": _number(cells.get("approved_minutes", "")),
            "must_be_reviewed": state == "review",
            "is_approved": state != "rejected",
            "must_be_assessed": self._yes("sessions", row, "assessed", default=False),
        }
        return {"approval": approval}

    def _start(self, row: Row) -> datetime | None:
        cells = row.cells
        if bool(cells.get("room")) != bool(cells.get("starts")):
            missing = "room" if cells.get("starts") else "starts"
            self.wanted.fault("sessions", row.number, missing, "A place is a room and a start; leave out both or none.")
            return None
        if not cells.get("starts"):
            return None
        asked = {"room": cells["room"], "starts": self._instant(cells["starts"])}
        place = self._loaded("sessions", row, PlaceShape(), asked, {})
        return place["starts"] if place else None

    def _cast(self, row: Row) -> tuple[Part, ...]:
        parts = []
        for text in _listed(row.cells["speakers"]):
            found = _PART.fullmatch(text)
            if found is None or not (found["name"] or found["id"]):
                reason = f"“{text[:60]}” can't be read: name <address>, or name [id], and ; between people."
                self.wanted.fault("sessions", row.number, "speakers", reason)
                continue
            role = found["role"] or "speaker"
            if role not in ("speaker", "moderator", "panelist"):
                self.wanted.fault("sessions", row.number, "speakers", f"“{role}” is neither moderator nor panelist.")
                continue
            is_confirmed = bool(found["confirmed"])
            name, id_, email = found["name"], found["id"] or "", found["email"] or ""
            if (
                email
                and self._loaded("sessions", row, SpeakerShape(), {"name": name, "email": email}, {}, column="speakers")
                is None
            ):
                continue
            parts.append(Part(role=role, id=id_, name=name, email=email, is_confirmed=is_confirmed))
        return tuple(parts)

    def _reason(self, row: Row) -> str | None:
        if "cancelled" not in row.cells or not row.cells["cancelled"]:
            return row.cells.get("cancelled")
        asked = self._loaded("sessions", row, ReasonShape(), {"reason": row.cells["cancelled"]}, {}, column="cancelled")
        return str(asked["reason"]) if asked else None

    # cells

    def _loaded(
        self,
        table: str,
        row: Row,
        shape: Schema,
        asked: dict[str, Any],
        columns: Mapping[str, str],
        *,
        column: str = "",
    ) -> Any:
        """What a shape makes of cells, or nothing when there are faults, each noted under its column."""
        try:
            return shape.load(asked)
        except ValidationError as error:
            for name, messages in error.messages_dict.items():
                for message in _flat(messages):
                    self.wanted.fault(table, row.number, column or columns.get(str(name), str(name)), message)
        return None

    def _yes(self, table: str, row: Row, column: str, *, default: bool) -> bool:
        text = row.cells.get(column, "").lower()
        if not text:
            return default
        if text not in (*YES, *NO):
            self.wanted.fault(table, row.number, column, "yes or no, please.")
        return text in YES

    def _windows(self, text: str) -> list[dict[str, Any]]:
        parts = [each.partition("/") for each in _listed(text)]
        return [
            {"starts": self._instant(starts.strip()), "ends": self._instant(ends.strip())} for starts, _, ends in parts
        ]

    def _instant(self, text: str) -> str:
        """A time without an offset is one of the conference's zone; what is no time is left for its shape to refuse."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return moment.isoformat()


_SAME = ("code", "title", "kind", "abstract", "language", "level", "online_url")
_MAY_BE_EMPTY = frozenset({"code", "title", "abstract", "level", "online_url"})
_SESSION_COLUMNS: Mapping[str, str] = {
    "editorial": "state",
    "product": "option",
    "seats_max": "seats",
    "scheme": "approved_by",
    "approval": "approved_minutes",
}
REQUIRED = tuple(name for name, each in NewSession().fields.items() if each.required)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(";") if each.strip()]


def _number(text: str) -> int | str:
    """A whole number; anything else is left for its shape to refuse."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else text


def _flat(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [line for each in messages.values() for line in _flat(each)]
    if isinstance(messages, list):
        return [line for each in messages for line in _flat(each)]
    return [str(messages)]


__all__ = ["REQUIRED", "Level", "Part", "Wanted", "WantedSession", "WantedSpeaker", "read_tables"]
