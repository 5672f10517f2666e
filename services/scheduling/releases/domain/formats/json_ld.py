"""A release as search engines read it in a page (schema.org): the conference as an event, its sessions inside it."""

import json
from typing import Any

from services.scheduling.releases.domain.formats.publication import Publication, names_of
from services.scheduling.releases.domain.releases import Entry, State

SCHEMA = "https://schema.org"


def conference_event(publication: Publication) -> dict[str, Any]:
    """The conference and everything in it."""
    conference = publication.conference
    return {
        "@context": SCHEMA,
        "@type": "Event",
        "@id": publication.address,
        "name": conference.title,
        "url": publication.address,
        "startDate": conference.starts.isoformat(),
        "endDate": conference.ends.isoformat(),
        "eventStatus": f"{SCHEMA}/{conference.event_status}",
        "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": conference.city, "address": conference.city},
        "organizer": {"@type": "Organization", "name": publication.organizer.name, "url": publication.base},
        "subEvent": [session_event(publication, each) for each in publication.entries],
    }


def session_event(publication: Publication, entry: Entry) -> dict[str, Any]:
    """One session: with its old date when it is cancelled, and its first one when it has another now."""
    address = publication.address_of(entry)
    event: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Event",
        "@id": address,
        "identifier": entry.uid,
        "name": entry.title,
        "url": address,
        "startDate": publication.local(entry.starts).isoformat(),
        "endDate": publication.local(entry.ends).isoformat(),
        "eventStatus": _one_or_all([f"{SCHEMA}/{each}" for each in _statuses(entry)]),
        "eventAttendanceMode": f"{SCHEMA}/{'Online' if entry.online_url else 'Offline'}EventAttendanceMode",
        "location": _location(publication, entry),
        "inLanguage": entry.language,
        "superEvent": {"@type": "Event", "@id": publication.address, "name": publication.conference.title},
    }
    if _has_other_start(entry) and entry.first_starts:
        event["previousStartDate"] = publication.local(entry.first_starts).isoformat()
    if entry.abstract:
        event["description"] = entry.abstract
    if names_of(entry):
        event["performer"] = [{"@type": "Person", "name": each} for each in names_of(entry)]
    return event


def in_page(event: dict[str, Any]) -> str:
    """The text of a script element: nothing in it can end the element."""
    return json.dumps(event, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _statuses(entry: Entry) -> list[str]:
    if entry.is_cancelled:
        return ["EventCancelled"]
    found = ["EventMovedOnline"] if entry.state is State.MOVED_ONLINE else []
    if _has_other_start(entry):
        found.append("EventRescheduled")
    return found or ["EventScheduled"]


def _has_other_start(entry: Entry) -> bool:
    return not entry.is_cancelled and entry.first_starts is not None and entry.starts != entry.first_starts


def _location(publication: Publication, entry: Entry) -> dict[str, Any]:
    if entry.online_url:
        # Where it is joined is told to those who attend; what everybody gets is the session's page.
        return {"@type": "VirtualLocation", "url": publication.address_of(entry)}
    return {"@type": "Place", "name": entry.room_name, "address": publication.conference.city}


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
