"""A release as it is printed: with its conference, its addresses, and what of it is shown at this time."""

import hashlib
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.conferences.domain.conference import Conference
from services.scheduling.releases.domain.releases import Entry, Release
from shared.calendars import ONLINE, Mailbox
from shared.sentences import ENGLISH, say, written

CANCELLED_SHOWN = timedelta(days=30)  # after it was to be, or was cancelled, whichever is later
SENDER = "Reconvene <office@reconvene.example>"

_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """The language of what is said around a programme."""

    language: str = "en"
    locale: str = ENGLISH
    translated: Callable[[str], str] = str

    def say(self, sentence: str, **facts: Any) -> str:
        """A sentence in it."""
        return say(sentence, facts, locale=self.locale, translated=self.translated)

    def worded(self, fact: Any) -> str:
        """A phrase in it."""
        return written(fact, locale=self.locale, translated=self.translated)


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One release of one conference, as the public gets it."""

    conference: Conference
    release: Release
    base: str  # of all addresses, without a path
    organizer: Mailbox
    domain: str  # under which sessions have their UIDs, whoever organizes them
    hidden: frozenset[str] = frozenset()  # sessions that were cancelled too long ago to be of interest
    spoken: Spoken = Spoken()

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown, in the order of time and room."""
        return tuple(each for each in self.release.entries if each.session not in self.hidden)

    @property
    def zone(self) -> str:
        """The venue's."""
        return self.conference.zone

    @property
    def address(self) -> str:
        """Of the programme's page."""
        return f"{self.base}/scheduling/conferences/{self.conference.id}/programme"

    @property
    def acronym(self) -> str:
        """A short name in small letters, digits and underscores, which tells one year's conference from another's."""
        return f"{_NOT_IN_SLUGS.sub('_', self.conference.key.casefold()).strip('_')}_{self.conference.starts.year}"

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The conference's days, and those before and after on which there is something already or still."""
        found = {self.day_of(each) for each in self.entries}
        first, last = min({self.conference.starts, *found}), max({self.conference.ends, *found})
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))

    def local(self, instant: datetime) -> datetime:
        """At the venue's clock."""
        return instant.astimezone(ZoneInfo(self.zone))

    def day_of(self, entry: Entry) -> date:
        """The day at the venue on which it begins; one that goes on after midnight is that evening's."""
        return self.local(entry.starts).date()

    def midnight(self, day: date) -> datetime:
        """When a day begins at the venue."""
        return datetime.combine(day, datetime.min.time(), ZoneInfo(self.zone))

    def address_of(self, entry: Entry) -> str:
        """Of a session's page."""
        return f"{self.address}/sessions/{entry.session}"

    def place_of(self, entry: Entry) -> str:
        """Where somebody has to go."""
        if entry.online_url:
            return f"{ONLINE[self.spoken.language]}, {self.conference.title}"
        return f"{entry.room_name}, {self.conference.city}"


def publication(
    conference: Conference, release: Release, *, base: str, organizer: Mailbox, domain: str, now: datetime
) -> Publication:
    """The release as it is shown now."""
    gone = frozenset(each.session for each in release.entries if is_gone(each, now=now))
    return Publication(
        conference=conference, release=release, base=base, organizer=organizer, domain=domain, hidden=gone
    )


def gone_at(entry: Entry) -> datetime | None:
    """When a cancelled session is not shown any more; None when it takes place."""
    return max(entry.ends, entry.cancelled_at) + CANCELLED_SHOWN if entry.cancelled_at else None


def is_gone(entry: Entry, *, now: datetime) -> bool:
    """Whether it was cancelled long ago."""
    at = gone_at(entry)
    return at is not None and at <= now


def changed_at(release: Release, *, now: datetime) -> datetime:
    """When what is shown last became another: by the release, or because something cancelled is shown no longer."""
    ends = [at for each in release.entries if (at := gone_at(each)) is not None and at <= now]
    return max([release.released_at, *ends])


def organizer_of(sender: str) -> Mailbox:
    """Who publishes, from a mailbox such as `Reconvene <office@reconvene.example>`."""
    name, email = parseaddr(sender or SENDER)
    return Mailbox(email=email, name=name)


def domain_of(organizer: Mailbox) -> str:
    """The domain under which sessions have their UIDs."""
    return organizer.email.rpartition("@")[2]


def guid_of(id_: str) -> str:
    """The UUID by which exchange formats know something of ours, the same for ever."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:reconvene:{id_}"))


def number_of(id_: str) -> int:
    """A positive number that stands for an id where only numbers are taken, small enough for every reader of JSON."""
    return int.from_bytes(hashlib.sha256(id_.encode()).digest()[:6], "big") + 1


def slug_of(entry: Entry) -> str:
    """The session in an address: small letters, digits and hyphens, ending in neither."""
    return _NOT_IN_SLUGS.sub("-", f"{entry.code}-{entry.session}".casefold()).strip("-") or "session"


def hours_and_minutes(length: timedelta) -> str:
    """`01:15`."""
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def names_of(entry: Entry) -> Sequence[str]:
    """Who is on its stage, as far as it is known."""
    return [each.name for each in entry.parts if each.name]
