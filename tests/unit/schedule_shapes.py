"""JSON schemas of the schedule format that conference apps read, written from its published description.

Version 1 lists rooms inside days; version 2 lists events, each with its state. Where the description and what apps read
differ (version 1 writes `start` as a time of day), this follows the apps.
"""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_TEXT_OR_NONE: dict[str, Any] = {"type": ["string", "null"]}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
_ADDRESS: dict[str, Any] = {"type": "string", "format": "uri"}
_GUID: dict[str, Any] = {"type": "string", "format": "uuid"}
_LENGTH: dict[str, Any] = {"type": "string", "pattern": "^[0-9]+:[0-9]{2}$"}
_SLUG: dict[str, Any] = {"type": "string", "pattern": "^[a-z0-9_-]+[a-z0-9]$"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1}
_TRACKS = {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": _TEXT}}}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {**required, **optional},
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_CONFERENCE: dict[str, Any] = {
    "acronym": {"type": "string", "pattern": "^[a-z0-9_-][a-z0-9_]{3,}$"},
    "title": _TEXT,
    "time_zone_name": {"type": "string", "pattern": "^([A-Z][a-zA-Z_]+/[A-Z][a-zA-Z_/-]+|UTC)$"},
    "url": _ADDRESS,
    "tracks": _TRACKS,
}
_ROOM = _object({"guid": _GUID, "name": _TEXT}, capacity={"type": ["number", "null"]}, description=_TEXT_OR_NONE)
_EVENT: dict[str, Any] = {
    "guid": _GUID,
    "slug": _SLUG,
    "url": _ADDRESS,
    "title": _TEXT,
    "subtitle": _TEXT_OR_NONE,
    "track": _TEXT_OR_NONE,
    "abstract": _TEXT_OR_NONE,
    "description": _TEXT_OR_NONE,
    "duration": _LENGTH,
    "links": _list({}),
    "attachments": _list({}),
}
_EVENT_1 = _object(
    _EVENT
    | {
        "id": _COUNT | {"maximum": 2**53 - 1},
        "date": _INSTANT,
        "start": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"},
        "room": _TEXT,
        "type": _TEXT,
        "language": _TEXT,
        "persons": _list({"type": "object", "required": ["name"], "properties": {"name": _TEXT, "guid": _GUID}}),
    },
    answers=_list({}),
)
_DAY_1 = _object(
    {
        "index": _COUNT,
        "date": _DAY,
        "day_start": _INSTANT,
        "day_end": _INSTANT,
        "rooms": {"type": "object", "additionalProperties": _list(_EVENT_1)},
    }
)
_EVENT_2 = _object(
    _EVENT
    | {
        "code": {"type": "string", "pattern": "^[A-Z0-9]+$"},
        "start": _INSTANT,
        "end": _INSTANT,
        "room": _object({"guid": _GUID, "name": _TEXT}),
        "type": {"enum": ["talk", "workshop", "hands-on", "meeting", "discussion", "game", "other"]},
        "state": {"enum": ["CONFIRMED", "DELAYED", "CANCELED"]},
        "language": {"type": "string", "pattern": "^[a-z]{2}$"},
        "participants": _list(_object({"name": _TEXT, "guid": _GUID, "role": _TEXT})),
    }
)


def _whole(schema: str, schedule: dict[str, Any]) -> dict[str, Any]:
    generator = _object({"name": _TEXT, "version": _TEXT}, url=_ADDRESS)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **_object({"$schema": {"const": schema}, "schedule": schedule}, generator=generator),
    }


SCHEDULE_1 = _whole(
    "https://c3voc.de/schedule/schema.json",
    _object(
        {
            "version": _TEXT,
            "conference": _object(
                _CONFERENCE
                | {
                    "start": _DAY,
                    "end": _DAY,
                    "daysCount": _COUNT,
                    "timeslot_duration": _LENGTH,
                    "rooms": _list(_ROOM),
                    "days": _list(_DAY_1),
                }
            ),
        },
        url=_ADDRESS,
        base_url=_ADDRESS,
    ),
)
SCHEDULE_2 = _whole(
    "https://c3voc.de/schema/schedule2",
    _object(
        {
            "version": _TEXT,
            "conference": _object(
                _CONFERENCE
                | {
                    "start": _INSTANT,
                    "end": _INSTANT,
                    "rooms": _list(_ROOM),
                    "days": _list(_object({"index": _COUNT, "date": _DAY, "start": _INSTANT, "end": _INSTANT})),
                }
            ),
            "events": _list(_EVENT_2),
        },
        url=_ADDRESS,
    ),
)
