"""A calendar as XML (RFC 6321): the same properties as in the calendar itself, because it is read from there."""

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from icalendar import Calendar

from services.scheduling.releases.domain.formats.calendar import programme_feed
from services.scheduling.releases.domain.formats.publication import Publication
from services.scheduling.releases.domain.formats.xml import written

NAMESPACE = "urn:ietf:params:xml:ns:icalendar-2.0"
ADDRESSES = ("ALTREP", "DIR")  # parameters whose value is an address
PEOPLE = ("DELEGATED-FROM", "DELEGATED-TO", "MEMBER", "SENT-BY")


def xcal(publication: Publication) -> bytes:
    """The whole programme."""
    return converted(programme_feed(publication))


def converted(calendar: bytes) -> bytes:
    """Any calendar, by way of its JSON form (RFC 7265), which names the type of each value."""
    root = ET.Element("icalendar", {"xmlns": NAMESPACE})
    _component(root, Calendar.from_ical(calendar).to_jcal())
    return written(root)


def _component(parent: ET.Element, jcal: list[Any]) -> None:
    name, properties, components = jcal
    element = ET.SubElement(parent, name)
    if properties:
        _properties(ET.SubElement(element, "properties"), properties)
    if components:
        inside = ET.SubElement(element, "components")
        for each in components:
            _component(inside, each)


def _properties(parent: ET.Element, properties: Iterable[list[Any]]) -> None:
    for name, parameters, kind, *values in properties:
        element = ET.SubElement(parent, name)
        if parameters:
            _parameters(ET.SubElement(element, "parameters"), parameters)
        for value in values:
            ET.SubElement(element, kind).text = str(value)


def _parameters(parent: ET.Element, parameters: dict[str, Any]) -> None:
    for name, given in parameters.items():
        element = ET.SubElement(parent, name)
        kind = "uri" if name.upper() in ADDRESSES else "cal-address" if name.upper() in PEOPLE else "text"
        for value in given if isinstance(given, list) else [given]:
            ET.SubElement(element, kind).text = str(value)
