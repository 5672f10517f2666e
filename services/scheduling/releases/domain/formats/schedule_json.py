"""The schedule formats that conference apps read, as JSON: version 1 by days and rooms, version 2 a list with states.

Version 1 can't carry a status: there a cancelled session stays, with a prefixed title.
"""

from typing import Any

import msgspec

from services.scheduling.programme.domain.programme import Kind
from services.scheduling.releases.domain.formats.publication import (
    Publication,
    guid_of,
    hours_and_minutes,
    number_of,
    slug_of,
)
from services.scheduling.releases.domain.releases import Entry, Part
from shared.calendars import CANCELLED_PREFIX

VERSION_1 = "https://c3voc.de/schedule/schema.json"
VERSION_2 = "https://c3voc.de/schema/schedule2"
GENERATOR = {"name": "reconvene", "version": "1"}
TIMESLOT = "00:15"
KINDS = {
    Kind.GENERAL: "talk",
    Kind.CONCURRENT: "talk",
    Kind.PLENARY: "talk",
    Kind.ACADEMY: "workshop",
    Kind.DIALOGUE: "discussion",
    Kind.ROUND_TABLE: "discussion",
    Kind.REGION: "meeting",
    Kind.ORIENTATION: "meeting",
    Kind.EXHIBIT: "other",
    Kind.SOCIAL: "other",
    Kind.BREAK: "other",
}  # version 2 knows these words alone


def schedule_1(publication: Publication) -> bytes:
    """Version 1."""
    conference = _conference(publication) | {
        "start": publication.days[0].isoformat(),
        "end": publication.days[-1].isoformat(),
        "daysCount": len(publication.days),
        "timeslot_duration": TIMESLOT,
        "rooms": [
            {"guid": guid_of(each.id), "name": each.name, "capacity": each.seats} for each in publication.release.rooms
        ],
        "days": [_day(publication, number) for number in range(len(publication.days))],
    }
    return _written(VERSION_1, publication, base_url=publication.base, conference=conference)


def schedule_2(publication: Publication) -> bytes:
    """Version 2."""
    days = publication.days
    conference = _conference(publication) | {
        "start": publication.midnight(days[0]).isoformat(),
        "end": _end_of(publication, len(days) - 1),
        "rooms": [_room(each.id, each.name) | {"capacity": each.seats} for each in publication.release.rooms],
        "days": [
            {
                "index": number + 1,
                "date": day.isoformat(),
                "start": publication.midnight(day).isoformat(),
                "end": _end_of(publication, number),
            }
            for number, day in enumerate(days)
        ],
    }
    events = [_event_2(publication, each) for each in publication.entries]
    return _written(VERSION_2, publication, conference=conference, events=events)


def state_of(entry: Entry) -> str:
    """`CONFIRMED`, `DELAYED` or `CANCELED`."""
    if entry.is_cancelled:
        return "CANCELED"
    return "DELAYED" if entry.delayed_from else "CONFIRMED"


def shown_title(entry: Entry) -> str:
    """The title where no status can be told."""
    return CANCELLED_PREFIX + entry.title if entry.is_cancelled else entry.title


def _written(schema: str, publication: Publication, **schedule: Any) -> bytes:
    release = publication.release
    version = f"{release.number} {release.name}"
    schedule = {"url": publication.address, "version": version, **schedule}
    return msgspec.json.encode({"$schema": schema, "generator": GENERATOR, "schedule": schedule})


def _conference(publication: Publication) -> dict[str, Any]:
    conference = publication.conference
    return {
        "acronym": publication.acronym,
        "title": conference.title,
        "time_zone_name": conference.zone,
        "url": publication.address,
        "tracks": [{"name": each.title} for each in publication.release.tracks],
    }


def _end_of(publication: Publication, number: int) -> str:
    following = publication.days[number].toordinal() + 1
    return publication.midnight(publication.days[number].fromordinal(following)).isoformat()


def _day(publication: Publication, number: int) -> dict[str, Any]:
    day, rooms = publication.days[number], dict[str, list[dict[str, Any]]]()
    for entry in publication.entries:
        if publication.day_of(entry) == day:
            rooms.setdefault(entry.room_name, []).append(_event_1(publication, entry))
    return {
        "index": number + 1,
        "date": day.isoformat(),
        "day_start": publication.midnight(day).isoformat(),
        "day_end": _end_of(publication, number),
        "rooms": rooms,
    }


def _event(publication: Publication, entry: Entry) -> dict[str, Any]:
    return {
        "guid": guid_of(entry.uid),
        "slug": slug_of(entry),
        "url": publication.address_of(entry),
        "subtitle": "",
        "track": entry.track_title or None,
        "language": entry.language,
        "abstract": entry.abstract,
        "description": "",
        "duration": hours_and_minutes(entry.ends - entry.starts),
        "links": [],
        "attachments": [],
    }


def _event_1(publication: Publication, entry: Entry) -> dict[str, Any]:
    starts = publication.local(entry.starts)
    persons = [{"guid": guid_of(each.person), "name": each.name} for each in entry.parts if each.name]
    return _event(publication, entry) | {
        "id": number_of(entry.uid),
        "date": starts.isoformat(),
        "start": f"{starts:%H:%M}",
        "room": entry.room_name,
        "title": shown_title(entry),
        "type": entry.kind.value,
        "persons": persons,
    }


def _event_2(publication: Publication, entry: Entry) -> dict[str, Any]:
    return _event(publication, entry) | {
        "code": "".join(each for each in entry.code.upper() if each.isascii() and each.isalnum()),
        "start": publication.local(entry.starts).isoformat(),
        "end": publication.local(entry.ends).isoformat(),
        "room": _room(entry.room, entry.room_name),
        "title": entry.title,
        "type": KINDS[entry.kind],
        "state": state_of(entry),
        "participants": [_participant(each) for each in entry.parts if each.name],
    }


def _room(id_: str, name: str) -> dict[str, Any]:
    return {"guid": guid_of(id_), "name": name}


def _participant(part: Part) -> dict[str, Any]:
    return {"guid": guid_of(part.person), "name": part.name, "role": part.role}
