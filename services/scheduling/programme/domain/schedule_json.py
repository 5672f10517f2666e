"""The draft as schedule.json, which conference programs read and write.

The format knows rooms, tracks, times and people; it has no sessions without a place, no seats, no prices, no approvals.
What its schema has no place for, and we need to read our own file again, is where the schema leaves it open: a code
among a session's answers, an id beside a person's name.
"""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.programme.domain.programme import Programme, Session, Speaker

SCHEMA = "https://c3voc.de/schedule/schema.json"
_NOT_IN_SLUGS, _NOT_IN_ACRONYMS = re.compile(r"[^a-z0-9]+"), re.compile(r"[^a-z0-9]+")
_GUIDS = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def schedule_json_of(
    conference: Conference,
    programme: Programme,
    sessions: list[Session],
    speakers: Mapping[str, Speaker],
    *,
    address: str,
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
            "base_url": address,
            "conference": {
                "acronym": _acronym(conference),
                "title": conference.title,
                "start": first.isoformat(),
                "end": last.isoformat(),
                "daysCount": len(days),
                "timeslot_duration": "00:15",
                "time_zone_name": conference.zone,
                "url": address,
                "rooms": [
                    {"guid": _guid(each.id), "name": each.name, "capacity": each.seats} for each in programme.rooms
                ],
                "tracks": [{"name": each.title, "slug": each.id} for each in programme.tracks],
                "days": [
                    {
                        "index": number,
                        "date": day.isoformat(),
                        "day_start": datetime(day.year, day.month, day.day, tzinfo=zone).isoformat(),
                        "day_end": datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone).isoformat(),
                        "rooms": {
                            rooms.get(room, room): [
                                _event(number, each, programme, speakers, zone, address)
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
    number: int, session: Session, programme: Programme, speakers: Mapping[str, Speaker], zone: ZoneInfo, address: str
) -> dict[str, Any]:
    local = _local(session, zone)
    room = programme.room(session.slot.room) if session.slot else None
    titles = {each.id: each.title for each in programme.tracks}
    return {
        "guid": _guid(session.id),
        "id": number,
        "slug": _NOT_IN_SLUGS.sub("-", f"{session.code}-{session.id}".casefold()),
        "url": address,
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
                "reconvene": each.person,
                "guid": _guid(each.person),
                "name": speakers[each.person].name if each.person in speakers else "",
                "role": each.role,
                "confirmed": each.is_confirmed,
            }
            for each in session.cast
        ],
        "links": [],
        "attachments": [],
        "answers": [{"question": "code", "answer": session.code}],
    }


def _guid(id_: str) -> str:
    return str(uuid.uuid5(_GUIDS, id_))


def _acronym(conference: Conference) -> str:
    """Four small letters or digits at least, as the schema wants it."""
    return f"{_NOT_IN_ACRONYMS.sub('_', conference.key.casefold()).strip('_')}_{conference.starts.year}"


def _local(session: Session, zone: ZoneInfo) -> datetime:
    assert session.slot is not None
    return session.slot.starts.astimezone(zone)
