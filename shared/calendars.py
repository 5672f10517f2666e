"""iCalendar, written in one place: feeds that people subscribe to, and invitations that are sent to one of them.

Owns how an entry is written (RFC 5545, 5546, 7986), so that a feed and a mail about the same session say the same.
Keeps nothing: UID, SEQUENCE and the time of the last revision come from whoever keeps them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from icalendar import Calendar, Conference, Event, Timezone, vCalAddress, vDDDTypes, vText

PRODUCT = "-//Reconvene//Programme//EN"
REFRESH = timedelta(hours=1)  # what we ask for; calendar services look every 3 to 24 hours all the same
CANCELLED_PREFIX = "Cancelled: "
CANCELLED = {"en": CANCELLED_PREFIX + "%s", "fr": "Annulé\N{NO-BREAK SPACE}: %s", "nl": "Geannuleerd: %s"}
ONLINE = {"en": "Online", "fr": "En ligne", "nl": "Online"}  # in place of a room
JOIN = {"en": "Join online", "fr": "Participer en ligne", "nl": "Online deelnemen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Who sends an invitation, or gets it."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """One session as calendars know it."""

    uid: str  # fixed at first publication
    sequence: int  # rises with start, end, place and status, and with nothing else
    title: str
    starts: datetime
    ends: datetime
    zone: str  # the venue's, IANA
    revised_at: datetime  # of the last change, not of the request that asks for it
    organizer: Mailbox
    is_cancelled: bool = False
    location: str = ""
    description: str = ""
    url: str = ""  # of its page
    online_url: str = ""  # where it can be joined
    replaces: str = ""  # the UID of the entry that it stands in for
    comment: str = ""  # why it is cancelled, or that a date is still to come
    categories: tuple[str, ...] = ()
    language: str = "en"  # of what is said in it by us


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeDays:
    """A conference as calendars know it: days, during which nobody is taken for busy."""

    uid: str
    sequence: int
    title: str
    first: date
    last: date
    revised_at: datetime
    organizer: Mailbox
    location: str = ""
    url: str = ""
    comment: str = ""
    language: str = "en"


def feed(
    entries: Iterable[CalendarEntry], *, uid: str, name: str, zone: str, first: date, last: date, url: str = ""
) -> bytes:
    """A calendar that people subscribe to: nobody is invited by it, and cancelled entries stay, marked as such.

    `first` and `last` are days of the conference: the rules of its zone are written for their years only. `uid` names
    the calendar, the same at each request.
    """
    entries = tuple(entries)
    calendar = _calendar(method="PUBLISH", uid=uid)
    calendar.calendar_name = name
    if url:
        calendar.url = url
    if entries:
        calendar.add("LAST-MODIFIED", max(each.revised_at for each in entries).astimezone(UTC))
    # The library would leave out the type, and clients would then ignore the value.
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vText(vDDDTypes(REFRESH).to_ical().decode()))
    calendar["X-WR-TIMEZONE"] = vText(zone)
    for each in entries:
        calendar.add_component(_event(each))
    return _written(calendar, first=first, last=last)


def attachment(entry: CalendarEntry) -> bytes:
    """One entry that a person may take into their calendar; it asks nothing of them."""
    return _single(entry, method="PUBLISH", event=_event(entry))


def invitation(entry: CalendarEntry, *, attendee: Mailbox) -> bytes:
    """Puts the entry into the attendee's calendar, or brings what is there up to date (iTIP REQUEST)."""
    event = _event(entry)
    _invite(event, attendee)
    return _single(entry, method="REQUEST", event=event)


def cancellation(entry: CalendarEntry, *, attendee: Mailbox | None = None) -> bytes:
    """Tells the attendee, or whoever took the entry from us, that the session doesn't take place (iTIP CANCEL)."""
    event = _event(entry)
    event["STATUS"] = vText("CANCELLED")
    if attendee:
        _invite(event, attendee)
    return _single(entry, method="CANCEL", event=event)


def removal(entry: CalendarEntry, *, attendee: Mailbox) -> bytes:
    """Takes the attendee off a session that takes place without them: CANCEL for them alone, and no STATUS."""
    event = _event(entry)
    del event["STATUS"]
    _invite(event, attendee)
    return _single(entry, method="CANCEL", event=event)


def days_attachment(days: WholeDays) -> bytes:
    """A conference that a person may take into their calendar."""
    return _days(days, method="PUBLISH", status="CONFIRMED")


def days_cancellation(days: WholeDays) -> bytes:
    """Tells whoever took a conference into their calendar that it doesn't take place (CANCEL)."""
    return _days(days, method="CANCEL", status="CANCELLED")


def shown_title(entry: CalendarEntry) -> str:
    """The title as it is written: not every calendar shows a status, so a cancelled one says it in words."""
    return CANCELLED[entry.language] % entry.title if entry.is_cancelled else entry.title


def _calendar(*, method: str, uid: str = "") -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    if uid:
        calendar.add("UID", uid)
    return calendar


def _days(days: WholeDays, *, method: str, status: str) -> bytes:
    event = Event()
    event.add("UID", days.uid)
    event.add("SEQUENCE", days.sequence)
    event.add("STATUS", status)
    event.add("SUMMARY", days.title if status == "CONFIRMED" else CANCELLED[days.language] % days.title)
    event.add("DTSTART", days.first)
    event.add("DTEND", days.last + timedelta(days=1))
    event.add("TRANSP", "TRANSPARENT")
    event.add("DTSTAMP", days.revised_at.astimezone(UTC))
    event.add("LAST-MODIFIED", days.revised_at.astimezone(UTC))
    event["ORGANIZER"] = _address(days.organizer)
    for name, text in {"LOCATION": days.location, "URL": days.url, "COMMENT": days.comment}.items():
        if text:
            event.add(name, text)
    calendar = _calendar(method=method)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.sequence)
    event.add("STATUS", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("SUMMARY", shown_title(entry))
    event.add("DTSTART", _at(entry.starts, entry.zone))
    event.add("DTEND", _at(entry.ends, entry.zone))
    event.add("DTSTAMP", entry.revised_at.astimezone(UTC))
    event.add("LAST-MODIFIED", entry.revised_at.astimezone(UTC))
    event["ORGANIZER"] = _address(entry.organizer)
    texts = {"LOCATION": entry.location, "DESCRIPTION": entry.description, "URL": entry.url, "COMMENT": entry.comment}
    for name, text in texts.items():
        if text:
            event.add(name, text)
    if entry.categories:
        event.add("CATEGORIES", list(entry.categories))
    if entry.online_url:
        event.conferences = [Conference(entry.online_url, feature=["AUDIO", "VIDEO"], label=JOIN[entry.language])]
    if entry.replaces:
        event.add("RELATED-TO", entry.replaces, parameters={"RELTYPE": "SIBLING"})
    return event


def _at(instant: datetime, zone: str) -> datetime:
    """The time at the venue; in UTC where the clock there shows it twice, which iCalendar can't tell apart."""
    local = instant.astimezone(ZoneInfo(zone))
    return instant.astimezone(UTC) if local.fold else local


def _invite(event: Event, attendee: Mailbox) -> None:
    address = _address(attendee)
    # Nobody is asked for an answer: the place was asked for, or starred, here and not in a calendar.
    address.params |= {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    event["ATTENDEE"] = address


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.email}")
    if mailbox.name:
        # A quotation mark can't be written in a parameter.
        address.params["CN"] = " ".join(mailbox.name.replace('"', "'").split())
    return address


def _single(entry: CalendarEntry, *, method: str, event: Event) -> bytes:
    calendar = _calendar(method=method)
    calendar.add_component(event)
    zone = ZoneInfo(entry.zone)
    return _written(calendar, first=entry.starts.astimezone(zone).date(), last=entry.ends.astimezone(zone).date())


def _written(calendar: Calendar, *, first: date, last: date) -> bytes:
    zones = sorted(calendar.get_used_tzids() - {"UTC"})
    calendar.subcomponents[:0] = [_rules(each, first.year, last.year) for each in zones]
    written: bytes = calendar.to_ical()
    return written


@cache
def _rules(zone: str, first_year: int, last_year: int) -> Timezone:
    """When the clocks of a zone change in these years; worked out once, not for each invitation."""
    rules = Timezone.from_tzid(zone, first_date=date(first_year, 1, 1), last_date=date(last_year, 12, 31))
    for part in cast(list[Any], rules.subcomponents):
        gap: timedelta = part["TZOFFSETTO"].td - part["TZOFFSETFROM"].td
        if gap > timedelta(0):
            # A change is written in the time before it; the library takes the time after it when the clocks go on.
            part["DTSTART"].dt -= gap
    return rules
