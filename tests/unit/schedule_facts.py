"""Facts of the published schema of schedule.xml, as it stood in the repository of its authors (voc/schedule,
validator/xsd, version 228ac25d), told in our own words: which elements may stand where, which must, and their forms.

The schema of schedule.json (validator/json there, version 08187a26) is in `schedule_shapes`.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{1,2}:[0-9]{2})"
_DAY, _NUMBER, _LINK = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[1-9][0-9]*", r"https?://.*"
_LENGTH, _HOUR = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{1,2})?", r"[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?"
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TEXT = r"(?s).*"

ROOT = ("generator", "version", "conference", "day")  # in this order; all but the first must be there
CONFERENCE = {
    "title": _TEXT, "acronym": _TEXT, "start": _DAY, "end": _DAY, "days": _NUMBER, "timeslot_duration": _LENGTH,
    "base_url": _LINK, "time_zone_name": _TEXT,
}  # fmt: skip
EVENT = {
    "room": _TEXT, "title": _TEXT, "subtitle": _TEXT, "type": _TEXT, "date": _INSTANT, "start": _HOUR,
    "duration": _LENGTH, "abstract": _TEXT, "slug": _TEXT, "track": _TEXT,
}  # fmt: skip
EVENT_TOO = {
    "logo": _TEXT, "persons": _TEXT, "language": _TEXT, "description": _TEXT, "recording": _TEXT, "links": _TEXT,
    "attachments": _TEXT, "video_download_url": _LINK, "url": _LINK,
}  # fmt: skip
DAY = {"date": _DAY, "start": _INSTANT, "end": _INSTANT, "index": _NUMBER}


def breaks(written: bytes) -> list[str]:
    """Where a schedule.xml is not as its schema wants it."""
    root = ET.fromstring(written)  # noqa: S314 - our own
    return list(_whole(root))


def _whole(root: ET.Element) -> Iterator[str]:
    order = [each.tag for each in root]
    if root.tag != "schedule" or order != sorted(order, key=lambda tag: ROOT.index(tag) if tag in ROOT else -1):
        yield f"{root.tag}: {order}"
    for tag in ROOT[1:]:
        if tag not in order:
            yield f"no {tag}"
    if conference := root.find("conference"):
        yield from _children(conference, must=("title", "acronym"), may=CONFERENCE)
    for day in root.iter("day"):
        yield from _attributes(day, DAY)
        yield from (f"{each.tag} in a day" for each in day if each.tag != "room")
    events = list(root.iter("event"))
    for event in events:
        yield from _attributes(event, {"id": _NUMBER, "guid": _UUID}, must=("id", "guid"))
        yield from _children(event, must=tuple(EVENT), may=EVENT | EVENT_TOO)
        yield from (each for person in event.iter("person") for each in _attributes(person, {"id": _NUMBER}))
    for name, values in (
        ("guid", [each.get("guid") for each in events]),
        ("id", [each.get("id") for each in events]),
        ("slug", [each.findtext("slug") for each in events]),
        ("index", [each.get("index") for each in root.iter("day")]),
    ):
        if len(set(values)) < len(values):
            yield f"the same {name} twice"


def _children(element: ET.Element, *, must: tuple[str, ...], may: dict[str, str]) -> Iterator[str]:
    tags = [each.tag for each in element]
    yield from (f"no {tag} in {element.tag}" for tag in must if tag not in tags)
    yield from (f"{tag} in {element.tag} twice" for tag in set(tags) if tags.count(tag) > 1)
    for each in element:
        if each.tag not in may:
            yield f"{each.tag} in {element.tag}"
        elif not re.fullmatch(may[each.tag], each.text or ""):
            yield f"{each.tag}: {each.text}"


def _attributes(element: ET.Element, may: dict[str, str], *, must: tuple[str, ...] = ()) -> Iterator[str]:
    yield from (f"no {name} at {element.tag}" for name in must if name not in element.attrib)
    for name, value in element.attrib.items():
        if name not in may or not re.fullmatch(may[name], value):
            yield f"{name}={value} at {element.tag}"
