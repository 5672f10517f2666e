"""What releases have changed, as a feed (RFC 4287): one entry for each release, the newest first."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from services.scheduling.releases.domain.formats.publication import Publication
from services.scheduling.releases.domain.formats.xml import add, written
from services.scheduling.releases.domain.releases import Release
from services.scheduling.releases.domain.sentences import told_sentences
from shared.sentences import marked

NAMESPACE = "http://www.w3.org/2005/Atom"
_TITLE = marked("%(conference)s: changes to the programme")
_COMMITTEE = marked("The host committee")


def changes_feed(publication: Publication, releases: Sequence[Release]) -> bytes:
    """These releases, the newest of which is the published one."""
    query = "" if publication.spoken.language == "en" else f"?lang={publication.spoken.language}"
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": publication.spoken.language})
    add(root, "id", f"urn:reconvene:programme:{publication.conference.id}")
    add(root, "title", publication.spoken.say(_TITLE, conference=publication.conference.title))
    add(root, "updated", publication.release.released_at.isoformat())
    ET.SubElement(root, "link", {"rel": "self", "href": f"{publication.address}/changes.atom{query}"})
    ET.SubElement(
        root, "link", {"rel": "alternate", "type": "text/html", "href": f"{publication.address}/changes{query}"}
    )
    author = ET.SubElement(root, "author")
    add(author, "name", publication.organizer.name or publication.spoken.say(_COMMITTEE))
    for each in releases:
        _entry(ET.SubElement(root, "entry"), publication, each)
    return written(root)


def _entry(element: ET.Element, publication: Publication, release: Release) -> None:
    add(element, "id", f"urn:reconvene:release:{release.id}")
    add(element, "title", release.name)
    add(element, "updated", release.released_at.isoformat())
    address = f"{publication.address}/changes?release={release.number}"
    if publication.spoken.language != "en":
        address += f"&lang={publication.spoken.language}"
    ET.SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": address})
    told = [publication.spoken.worded(each) for each in told_sentences(release, zone=publication.zone)]
    add(element, "content", "\n".join([*([release.remark] if release.remark else []), *told]), type="text")
