"""The draft as schedule.json, which conference programs read and write, and such a document as tables.

The format knows rooms, tracks, times and people; it has no sessions without a place, no seats, no prices, no approvals.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import Conference
from services.scheduling.programme.domain import Kind, Programme, Session, Speaker
from services.scheduling.programme.tables import FileUnreadable, Row, Tables
from services.scheduling.programme.writing import CONFIRMED

SCHEMA = "https://c3voc.de/schedule/schema.json"
_GUIDS = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def schedule_json_of(
    conference: Conference, programme: Programme, sessions: list[Session], speakers: Mapping[str, Speaker]
) -> bytes:
    """What of the draft has a place, by day and room."""
    zone = ZoneInfo(conference.zone)
    shown = sorted((each for each in sessions if each.is_in_programme), key=lambda each: each.code)
    first = min([conference.starts, *(_local(each, zone).date() for each in shown)])
    last = max([conference.ends, *(_local(each, zone).date() for each in shown)])
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rooms = {each.id: each.name for each in programme.rooms}
    document = {
        "$schema": SCHEMA,
        "schedule": {
            "version": f"draft-{programme.revision}",
            "conference": {
                "acronym": conference.key,
                "title": conference.title,
                "start": first.isoformat(),
                "end": last.isoformat(),
                "daysCount": len(days),
                "timeslot_duration": "00:15",
                "time_zone_name": conference.zone,
                "rooms": [{"name": each.name, "slug": each.id, "capacity": each.seats} for each in programme.rooms],
                "tracks": [{"name": each.title, "slug": each.id} for each in programme.tracks],
                "days": [
                    {
                        "index": number,
                        "date": day.isoformat(),
                        "day_start": datetime(day.year, day.month, day.day, tzinfo=zone).isoformat(),
                        "day_end": datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone).isoformat(),
                        "rooms": {
                            rooms.get(room, room): [
                                _event(number, each, programme, speakers, zone)
                                for number, each in enumerate(shown, start=1)
                                if each.slot and each.slot.room == room and _local(each, zone).date() == day
                            ]
                            for room in dict.fromkeys([*rooms, *(each.slot.room for each in shown if each.slot)])
                        },
                    }
                    for number, day in enumerate(days, start=1)
                ],
            },
        },
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _event(
    number: int, session: Session, programme: Programme, speakers: Mapping[str, Speaker], zone: ZoneInfo
) -> dict[str, Any]:
    local = _local(session, zone)
    room = programme.room(session.slot.room) if session.slot else None
    titles = {each.id: each.title for each in programme.tracks}
    return {
        "guid": str(uuid.uuid5(_GUIDS, session.id)),
        "id": number,
        "code": session.code,
        "slug": session.code.lower(),
        "date": local.isoformat(),
        "start": f"{local:%H:%M}",
        "duration": f"{session.minutes // 60:02}:{session.minutes % 60:02}",
        "room": room.name if room else "",
        "title": session.title,
        "subtitle": "",
        "track": titles.get(session.track),
        "type": session.kind.value,
        "language": session.language,
        "abstract": session.abstract,
        "description": "",
        "persons": [
            {
                "code": each.person,
                "public_name": speakers[each.person].name if each.person in speakers else "",
                "role": each.role,
                "confirmed": each.is_confirmed,
            }
            for each in session.cast
        ],
        "links": [],
        "attachments": [],
    }


def _local(session: Session, zone: ZoneInfo) -> datetime:
    assert session.slot is not None
    return session.slot.starts.astimezone(zone)


def is_schedule(document: object) -> bool:
    """Whether a JSON document is a schedule, not our tables."""
    return isinstance(document, dict) and "schedule" in document


def tables_from_schedule(document: object) -> Tables:
    """The rooms, tracks and sessions of a schedule.json; raises `FileUnreadable`."""
    try:
        conference = document["schedule"]["conference"]  # type: ignore[index]
        rooms = [each for each in conference.get("rooms", []) if each.get("capacity") is not None]
        return {
            "rooms": tuple(
                Row(number, {"id": _word(each), "name": str(each["name"]), "seats": str(each["capacity"])})
                for number, each in enumerate(rooms, start=1)
            ),
            "tracks": tuple(
                Row(number, {"id": _word(each), "title": str(each["name"])})
                for number, each in enumerate(conference.get("tracks", []), start=1)
            ),
            "sessions": tuple(
                Row(number, _session(event)) for number, event in enumerate(_events(conference), start=1)
            ),
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise FileUnreadable(
            f"This is no schedule.json as its schema has it ({type(error).__name__}: {str(error)[:80]}). "
            "Nothing was imported."
        ) from None


def _events(conference: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for day in conference["days"]:
        for room, events in day["rooms"].items():
            for event in events:
                yield {"room": room, **event}


def _session(event: Mapping[str, Any]) -> dict[str, str]:
    hours, minutes = str(event["duration"]).split(":")[-2:]
    kind = str(event.get("type") or "")
    return {
        "code": str(event.get("code") or event.get("slug") or event["id"])[:16],
        "title": str(event["title"]),
        "kind": kind if kind in set(Kind) else Kind.CONCURRENT.value,
        "minutes": str(int(hours) * 60 + int(minutes)),
        "track": str(event.get("track") or ""),
        "room": str(event["room"]),
        "starts": str(event["date"]),
        "speakers": "; ".join(_person(each) for each in event.get("persons", [])),
        "abstract": str(event.get("abstract") or ""),
        "language": str(event.get("language") or "en"),
    }


def _person(person: Mapping[str, Any]) -> str:
    """Somebody by the id that we know, or by the name and address."""
    name = "".join(" " if sign in ";[]<>*:\n" else sign for sign in str(person.get("public_name") or person["name"]))
    code, role = str(person.get("code") or ""), str(person.get("role") or "speaker")
    who = name
    if person.get("email"):
        who = f"{name} <{person['email']}>"
    elif code.startswith("per_"):
        who = f"{name} [{code}]"
    return f"{'' if role == 'speaker' else f'{role}: '}{who}{CONFIRMED if person.get('confirmed') is True else ''}"


def _word(thing: Mapping[str, Any]) -> str:
    text = str(thing.get("slug") or thing["name"]).lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:48] or "x"
