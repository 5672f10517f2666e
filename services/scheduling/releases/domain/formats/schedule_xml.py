"""The schedule format that conference apps read, as XML; a cancelled session stays, with a prefixed title."""

from xml.etree import ElementTree as ET

from services.scheduling.releases.domain.formats.publication import (
    Publication,
    guid_of,
    hours_and_minutes,
    number_of,
    slug_of,
)
from services.scheduling.releases.domain.formats.schedule_json import TIMESLOT, shown_title
from services.scheduling.releases.domain.formats.xml import add, written
from services.scheduling.releases.domain.releases import Entry


def schedule_xml(publication: Publication) -> bytes:
    """The whole programme, by days and rooms."""
    root = ET.Element("schedule")
    ET.SubElement(root, "generator", {"name": "reconvene", "version": "1"})
    add(root, "version", f"{publication.release.number} {publication.release.name}")
    _conference(ET.SubElement(root, "conference"), publication)
    for number, day in enumerate(publication.days):
        following = publication.midnight(day.fromordinal(day.toordinal() + 1))
        attributes = {
            "index": str(number + 1),
            "date": day.isoformat(),
            "start": publication.midnight(day).isoformat(),
            "end": following.isoformat(),
        }
        entries = [each for each in publication.entries if publication.day_of(each) == day]
        _day(ET.SubElement(root, "day", attributes), publication, entries)
    return written(root)


def _conference(element: ET.Element, publication: Publication) -> None:
    add(element, "acronym", publication.acronym)
    add(element, "title", publication.conference.title)
    add(element, "start", publication.days[0].isoformat())
    add(element, "end", publication.days[-1].isoformat())
    add(element, "days", str(len(publication.days)))
    add(element, "timeslot_duration", TIMESLOT)
    add(element, "base_url", publication.base)
    add(element, "time_zone_name", publication.zone)


def _day(element: ET.Element, publication: Publication, entries: list[Entry]) -> None:
    for name in dict.fromkeys(each.room_name for each in entries):
        room = ET.SubElement(element, "room", {"name": name})
        for entry in entries:
            if entry.room_name == name:
                _event(room, publication, entry)


def _event(room: ET.Element, publication: Publication, entry: Entry) -> None:
    element = ET.SubElement(room, "event", {"guid": guid_of(entry.uid), "id": str(number_of(entry.uid))})
    starts = publication.local(entry.starts)
    add(element, "date", starts.isoformat())
    add(element, "start", f"{starts:%H:%M}")
    add(element, "duration", hours_and_minutes(entry.ends - entry.starts))
    add(element, "room", entry.room_name)
    add(element, "slug", slug_of(entry))
    add(element, "url", publication.address_of(entry))
    add(element, "title", shown_title(entry))
    add(element, "subtitle", "")
    add(element, "track", entry.track_title)
    add(element, "type", entry.kind.value)
    add(element, "language", entry.language)
    add(element, "abstract", entry.abstract)
    add(element, "description", "")
    persons = ET.SubElement(element, "persons")
    for each in entry.parts:
        if each.name:
            add(persons, "person", each.name, id=str(number_of(each.person)))
    ET.SubElement(element, "links")
