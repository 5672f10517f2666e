"""Prints what is published, each format of a release once in each process: a release never changes.

Looking whether there is a newer one costs two small questions to the database; everything else comes from memory.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.releases.domain.formats import atom, calendar, json_ld, schedule_json, schedule_xml, xcal
from services.scheduling.releases.domain.formats.publication import (
    Publication,
    changed_at,
    domain_of,
    organizer_of,
    publication,
)
from services.scheduling.releases.domain.releases import Release
from services.scheduling.releases.store import releases as store
from shared.calendars import Mailbox
from shared.described import association_called
from shared.mongo import Database
from shared.settings import Settings

T = TypeVar("T")

RELEASES_KEPT = 8  # of as many conferences; each is read by many at once and then by nobody
PRINTED_KEPT = 64  # a few hundred kilobytes each at most
FEED_LENGTH = 20  # releases in the feed of changes

FORMATS: Mapping[str, tuple[str, Callable[[Publication], bytes]]] = {
    "ics": ("text/calendar; charset=utf-8", calendar.programme_feed),
    "json": ("application/json", schedule_json.schedule_1),
    "json2": ("application/json", schedule_json.schedule_2),
    "xml": ("application/xml", schedule_xml.schedule_xml),
    "xcal": ("application/calendar+xml; charset=utf-8", xcal.xcal),
    "jsonld": ("application/ld+json", lambda found: msgspec.json.encode(json_ld.conference_event(found))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One document as it is served."""

    content: bytes
    kind: str
    etag: str
    changed_at: datetime


class Kept:
    """The last things asked for, up to a count."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, Any] = OrderedDict()

    def get(self, key: object, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key]
                return found
        made = make()  # perhaps twice at once, which is the same; nobody waits for somebody else's
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._count:
                self._kept.popitem(last=False)
        return made


class Printer:
    """What one service prints of its releases."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._base = settings.urls["scheduling"]
        self._organizer = organizer(settings)
        self._releases = Kept(RELEASES_KEPT)
        self._printed = Kept(PRINTED_KEPT)

    def current(self, conference: Conference) -> Publication | None:
        """What is published now; None when nothing is."""
        number = store.latest_number(self._database, conference.id)
        release = self._release(conference.id, number) if number else None
        if release is None:
            return None
        return publication(
            conference,
            release,
            base=self._base,
            organizer=self._organizer_of(conference),
            domain=domain_of(self._organizer),
            now=self._database.clock.now(),
        )

    def programme(self, found: Publication, form: str) -> Printed:
        """The whole programme in one of the formats."""
        kind, write = FORMATS[form]
        return self._print(found, form, kind=kind, write=lambda: write(found))

    def session(self, found: Publication, session: str) -> Printed:
        """One session as a calendar."""
        kind, _ = FORMATS["ics"]
        return self._print(found, f"session:{session}", kind=kind, write=lambda: calendar.session_feed(found, session))

    def personal(self, found: Publication, sessions: frozenset[str], *, agenda: str) -> Printed:
        """Somebody's own calendar: written at each request, since nobody else asks for it."""
        kind, _ = FORMATS["ics"]
        content = calendar.personal_feed(found, sessions, agenda=agenda)
        mine = ",".join(sorted(sessions))
        return Printed(content=content, kind=kind, etag=_etag(found, f"agenda:{mine}"), changed_at=self._changed(found))

    def changes(self, found: Publication) -> Printed:
        """What the last releases have changed, as a feed."""

        def write() -> bytes:
            return atom.changes_feed(found, self.last_releases(found))

        return self._print(found, "atom", kind="application/atom+xml; charset=utf-8", write=write)

    def last_releases(self, found: Publication) -> list[Release]:
        """The published release and those before it, the newest first."""
        last = found.release.number
        numbers = range(last, max(0, last - FEED_LENGTH), -1)
        releases = (store.release(self._database, found.conference.id, each) for each in numbers)
        return [each for each in releases if each is not None]

    def _release(self, conference: str, number: int) -> Release | None:
        return self._releases.get((conference, number), lambda: store.release(self._database, conference, number))

    def _print(self, found: Publication, part: str, *, kind: str, write: Callable[[], bytes]) -> Printed:
        etag = _etag(found, part)
        content = self._printed.get(etag, write)
        return Printed(content=content, kind=kind, etag=etag, changed_at=self._changed(found))

    def _organizer_of(self, conference: Conference) -> Mailbox:
        """Its association; what that hasn't said is the installation's."""
        name, address = association_called(self._database, conference.association).writes_as(
            name=self._organizer.name, address=self._organizer.email
        )
        return Mailbox(email=address, name=name)

    def _changed(self, found: Publication) -> datetime:
        return changed_at(found.release, now=self._database.clock.now())


def organizer(settings: Settings) -> Mailbox:
    """Under whose domain sessions have their UIDs, and who publishes where an association has not said who it is."""
    return organizer_of(settings.environment.get("MAIL_FROM", ""))


def _etag(found: Publication, part: str) -> str:
    """Names what is served: release, format, language, who publishes, and what is too long ago to be shown."""
    spoken, organizer = found.spoken.language, [found.organizer.name, found.organizer.email]
    said = [found.release.id, found.conference.is_cancelled, part, organizer, sorted(found.hidden), spoken]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]
