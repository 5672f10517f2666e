"""The frame of a programme as a form: rooms and tracks in rows, times by day, a weight for each rule. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from services.scheduling.programme.domain.conflict_rules import Rule, level_of
from services.scheduling.programme.domain.programme import Programme, Window
from services.scheduling.programme.domain.session_form import clock_of, words
from services.scheduling.programme.domain.stretches import (
    StretchUnreadable,
    hours_from,
    hours_of,
    lines_of,
    windows_from,
)
from services.scheduling.programme.store.board import day_of

BLANK_ROOMS, BLANK_TRACKS = 3, 2
RULES: Mapping[Rule, str] = {
    Rule.ROOM_TWICE: "A room is used twice at once",
    Rule.ROOM_AWAY: "A room can't be used then",
    Rule.SPEAKER_TWICE: "A speaker is in two places",
    Rule.SPEAKER_AWAY: "A speaker can't come then",
    Rule.ORDER: "A second part comes before the first",
    Rule.OUTSIDE: "A session is outside of the conference's days",
    Rule.ROOM_TOO_SMALL: "A room is smaller than its sign-ups or stars",
    Rule.EQUIPMENT_MISSING: "A room lacks equipment",
    Rule.STEPS: "Steps, where somebody can't climb them",
    Rule.BREAK_OVERLAPPED: "Something overlaps a break or plenary",
    Rule.TRACK_CROWDED: "Too many sessions of a track at once",
    Rule.BOTH_WANTED: "Many people want two sessions at one time",
}


def values_of(programme: Programme, *, days: Iterable[date], zone: str) -> dict[str, str]:
    """The frame as its form shows it."""
    values = {
        "same_track_at_once_max": str(programme.same_track_at_once_max),
        "both_wanted_min": str(programme.both_wanted_min),
    }
    for number, room in enumerate(programme.rooms):
        values |= {
            f"room-{number}-id": room.id,
            f"room-{number}-name": room.name,
            f"room-{number}-seats": str(room.seats),
            f"room-{number}-features": ", ".join(room.features),
            f"room-{number}-step_free": "yes" if room.is_step_free else "",
            f"room-{number}-windows": lines_of(room.windows, zone=zone),
        }
    for number in range(len(programme.rooms), len(programme.rooms) + BLANK_ROOMS):
        values[f"room-{number}-step_free"] = "yes"
    for number, track in enumerate(programme.tracks):
        values |= {f"track-{number}-id": track.id, f"track-{number}-title": track.title}
    for day in days:
        usual = [
            Window(starts=each.starts, ends=each.ends) for each in programme.times if _is_on(each.starts, day, zone)
        ]
        values[f"times-{day}"] = hours_of(usual, zone=zone)
    return values | {f"level-{rule.value}": level_of(programme, rule).value for rule in Rule}


def row_counts(values: Mapping[str, str]) -> tuple[int, int]:
    """How many rows of rooms and of tracks a form shows: what is there, and some to be filled in."""
    rooms = [each for each in _numbers(values, "room") if values.get(f"room-{each}-name")]
    tracks = [each for each in _numbers(values, "track") if values.get(f"track-{each}-title")]
    return max(rooms, default=-1) + 1 + BLANK_ROOMS, max(tracks, default=-1) + 1 + BLANK_TRACKS


def shape_of(
    values: Mapping[str, str], programme: Programme, *, days: Iterable[date], zone: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the draft is asked, and what can't be read of it, by field."""
    errors: dict[str, str] = {}
    shape = {
        "rooms": list(_rooms(values, errors, zone=zone)),
        "tracks": list(_tracks(values)),
        "times": list(_times(values, errors, programme, days=days, zone=zone)),
        "levels": {rule.value: values[name] for rule in Rule if (name := f"level-{rule.value}") in values},
        "same_track_at_once_max": _number(values, "same_track_at_once_max", errors),
        "both_wanted_min": _number(values, "both_wanted_min", errors),
    }
    return shape, errors


def _rooms(values: Mapping[str, str], errors: dict[str, str], *, zone: str) -> Iterable[dict[str, Any]]:
    taken = {values.get(f"room-{each}-id", "") for each in _numbers(values, "room")}
    for number in _numbers(values, "room"):
        row = {name: values.get(f"room-{number}-{name}", "").strip() for name in ("id", "name", "features", "windows")}
        if not row["name"]:
            continue  # an emptied row takes the room out
        room = row["id"] or _id_for(row["name"], taken)
        taken.add(room)
        yield {
            "id": room,
            "name": row["name"],
            "seats": _number(values, f"room-{number}-seats", errors),
            "features": [each.lower() for each in words(row["features"])],
            "is_step_free": values.get(f"room-{number}-step_free") == "yes",
            "windows": _windows(row["windows"], f"room-{number}-windows", errors, zone=zone),
        }


def _tracks(values: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    taken = {values.get(f"track-{each}-id", "") for each in _numbers(values, "track")}
    for number in _numbers(values, "track"):
        title = values.get(f"track-{number}-title", "").strip()
        if title:
            track = values.get(f"track-{number}-id", "") or _id_for(title, taken)
            taken.add(track)
            yield {"id": track, "title": title}


def _times(
    values: Mapping[str, str], errors: dict[str, str], programme: Programme, *, days: Iterable[date], zone: str
) -> Iterable[dict[str, Any]]:
    known = {each.starts: each.id for each in programme.times}
    taken = set(known.values())
    for day in days:
        field = f"times-{day}"
        try:
            typed = hours_from(values.get(field, ""), day=day, zone=zone)
        except StretchUnreadable as fault:
            errors[field] = str(fault)
            continue
        for each in typed:
            id_ = known.get(each.starts) or _id_for(f"{day}-{clock_of(each.starts, zone=zone)}", taken)
            taken.add(id_)
            yield {"id": id_, **_stretch(each)}


def _windows(text: str, field: str, errors: dict[str, str], *, zone: str) -> list[dict[str, str]]:
    try:
        return [_stretch(each) for each in windows_from(text, zone=zone)]
    except StretchUnreadable as fault:
        errors[field] = str(fault)
        return []


def _stretch(window: Window) -> dict[str, str]:
    return {"starts": window.starts.isoformat(), "ends": window.ends.isoformat()}


def _number(values: Mapping[str, str], field: str, errors: dict[str, str]) -> int:
    text = values.get(field, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        errors[field] = "A whole number, please."
        return 1
    return int(text)


def _numbers(values: Mapping[str, str], kind: str) -> list[int]:
    found = {match.group(1) for name in values if (match := re.fullmatch(rf"{kind}-(\d{{1,3}})-\w+", name, re.ASCII))}
    return sorted(int(each) for each in found)


def _id_for(name: str, taken: Collection[str]) -> str:
    """A short name for something new, such as `grand-ballroom`; it stays whatever the thing is called later."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain.replace(":", "")).strip("-")[:40].strip("-") or "r"
    number = 1
    while (found := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return found


def _is_on(instant: datetime, day: date, zone: str) -> bool:
    return day_of(instant, zone=zone) == day
