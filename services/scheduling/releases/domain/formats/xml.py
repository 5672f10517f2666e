"""How an XML document of ours is written: UTF-8, and without the characters that XML can't hold."""

import re
from xml.etree import ElementTree as ET

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(root: ET.Element) -> bytes:
    """The document as bytes."""
    for each in root.iter():
        each.text = clean(each.text) if each.text else each.text
        for name, value in each.attrib.items():
            each.attrib[name] = clean(value)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def clean(text: str) -> str:
    """The text without control characters that came in by an import."""
    return _NOT_IN_XML.sub("", text)


def add(parent: ET.Element, name: str, text: str, **attributes: str) -> ET.Element:
    """An element with a text, inside another."""
    element = ET.SubElement(parent, name, attributes)
    element.text = text
    return element
