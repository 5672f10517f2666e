"""Which files for calendars go with which message, and what is in them.

Owns the choice of the method. How a file is written is `shared.calendars`; UID, SEQUENCE and times come from what
scheduling said, never from a clock, so that a mail written again would carry the same bytes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from email.utils import parseaddr
from functools import cached_property, lru_cache, partial
from typing import Any

import msgspec

from services.notifications.contacts.domain import Contact
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.messages import Message
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import Stand, Told, ToldSession, stand_of
from services.notifications.messages.domain.words import CalendarFile
from shared import calendars
from shared.associations import UNDESCRIBED, Association
from shared.calendars import ONLINE, CalendarEntry, Mailbox, WholeDays
from shared.contracts.scheduling import AgendaItem
from shared.settings import Settings
from shared.web import links
from shared.web.languages import ENGLISH

FILE_NAME_LENGTH_MAX = 60

# What is for nobody in particular is written once, however many get it.
_attachment = lru_cache(maxsize=2048)(calendars.attachment)
_cancellation = lru_cache(maxsize=2048)(calendars.cancellation)
_days_attachment = lru_cache(maxsize=256)(calendars.days_attachment)
_days_cancellation = lru_cache(maxsize=256)(calendars.days_cancellation)


class Calendars:
    """Makes the files that go with messages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def files(
        self,
        message: Message,
        *,
        contact: Contact,
        conference: Conference,
        told: Told | None,
        was_confirmed: bool,
        language: str = ENGLISH,
        association: Association = UNDESCRIBED,
    ) -> tuple[CalendarFile, ...]:
        """What goes with this mail; for most mails nothing. Its association organizes it."""
        return _Files(self._settings, self._publisher, association).of(
            message,
            contact=contact,
            conference=conference,
            told=told,
            was_confirmed=was_confirmed,
            language=language,
        )

    @cached_property
    def _publisher(self) -> Mailbox:
        name, address = parseaddr(self._settings.required("MAIL_FROM"))
        return Mailbox(email=address, name=name)


@dataclass(frozen=True)
class _Files:
    """The files of one association: the installation gives them their UIDs, whoever organizes them."""

    _settings: Settings
    _publisher: Mailbox
    _association: Association

    def of(
        self,
        message: Message,
        *,
        contact: Contact,
        conference: Conference,
        told: Told | None,
        was_confirmed: bool,
        language: str,
    ) -> tuple[CalendarFile, ...]:
        session = partial(self._session, message=message, contact=contact, conference=conference, language=language)
        match message.purpose:
            case Purpose.REGISTRATION_CONFIRMED if conference.cancellation is None:
                return (self._conference(conference, language=language),)
            case Purpose.PROGRAMME_CHANGED if not message.facts["wants_invitations"]:
                items = [_item(facts) for facts in message.facts["items"]]
                files = [session(item, is_invited=False) for item in items]
                return _named_apart(file for file in files if file)
            case Purpose.SESSION_INVITATION:
                invitation = session(_item(message.facts), is_invited=True)
                return (invitation,) if invitation else ()
            case Purpose.CONFERENCE_CANCELLED:
                whole = (self._cancelled_conference(conference, language=language),) if was_confirmed else ()
                sessions = told.standing if told else ()
                return _named_apart(
                    (*whole, *(self._cancelled(each, contact, conference, language=language) for each in sessions))
                )
            case _:
                return ()

    def _session(
        self,
        item: AgendaItem,
        *,
        message: Message,
        contact: Contact,
        conference: Conference,
        language: str,
        is_invited: bool,
    ) -> CalendarFile | None:
        """One session that a release has changed; none where nobody ever said when it is."""
        starts, ends = item.starts or item.starts_before, item.ends or item.ends_before
        if starts is None or ends is None:
            return None
        stand = stand_of(item)
        online = ONLINE[language] if item.online_url else ""
        entry = CalendarEntry(
            uid=item.uid,
            sequence=item.sequence,
            title=item.title,
            starts=starts,
            ends=ends,
            zone=conference.zone,
            revised_at=item.revised_at or message.planned_at,
            organizer=self._organizer,
            is_cancelled=stand is Stand.CANCELLED,
            location=_place(item.room or item.room_before, conference, online=online),
            url=links.session(self._settings, conference.id, item.session),
            online_url=item.online_url,
            replaces=item.replaces,
            comment=item.reason,
            language=language,
        )
        name = _file_name(item.code or item.title)
        attendee = _mailbox(contact)
        if stand is Stand.WITHOUT_THEM:
            return _file(name, "CANCEL", calendars.removal(entry, attendee=attendee), is_for_program=is_invited)
        if not is_invited:
            return _file(name, "PUBLISH", _attachment(entry))
        if stand is Stand.CANCELLED:
            return _file(name, "CANCEL", calendars.cancellation(entry, attendee=attendee), is_for_program=True)
        return _file(name, "REQUEST", calendars.invitation(entry, attendee=attendee), is_for_program=True)

    def _cancelled(
        self, session: ToldSession, contact: Contact, conference: Conference, *, language: str
    ) -> CalendarFile:
        """A session that was told of, at a conference that will not take place."""
        assert session.starts is not None
        assert session.ends is not None
        entry = CalendarEntry(
            uid=session.uid,
            sequence=session.sequence + 1,
            title=session.title,
            starts=session.starts,
            ends=session.ends,
            zone=conference.zone,
            revised_at=_cancelled_at(conference),
            organizer=self._organizer,
            is_cancelled=True,
            location=_place(session.room, conference),
            comment=_reason(conference),
            language=language,
        )
        attendee = _mailbox(contact) if session.is_invited else None
        return _file(_file_name(session.code or session.title), "CANCEL", _cancellation(entry, attendee=attendee))

    def _conference(self, conference: Conference, *, language: str) -> CalendarFile:
        revised_at = conference.learned_at or _first_moment(conference)
        days = self._days(conference, sequence=0, revised_at=revised_at, language=language)
        return _file(_file_name(conference.title), "PUBLISH", _days_attachment(days))

    def _cancelled_conference(self, conference: Conference, *, language: str) -> CalendarFile:
        days = self._days(
            conference,
            sequence=1,
            revised_at=_cancelled_at(conference),
            comment=_reason(conference),
            language=language,
        )
        return _file(_file_name(conference.title), "CANCEL", _days_cancellation(days))

    def _days(
        self, conference: Conference, *, sequence: int, revised_at: datetime, language: str, comment: str = ""
    ) -> WholeDays:
        return WholeDays(
            uid=f"{conference.id}@{self._publisher.email.rpartition('@')[2]}",
            sequence=sequence,
            title=conference.title,
            first=conference.starts,
            last=conference.ends,
            revised_at=revised_at,
            organizer=self._organizer,
            location=conference.city,
            url=links.conference(self._settings, conference.id),
            comment=comment,
            language=language,
        )

    @property
    def _organizer(self) -> Mailbox:
        name, address = self._association.writes_as(name=self._publisher.name, address=self._publisher.email)
        return Mailbox(email=address, name=name)


def _item(facts: Mapping[str, Any]) -> AgendaItem:
    return msgspec.convert(facts, AgendaItem, builtin_types=(datetime,))


def _file(name: str, method: str, content: bytes, *, is_for_program: bool = False) -> CalendarFile:
    return CalendarFile(name=name, method=method, content=content.decode(), is_for_program=is_for_program)


def _named_apart(files: Iterable[CalendarFile]) -> tuple[CalendarFile, ...]:
    """The files, none with the name of another."""
    named: dict[str, CalendarFile] = {}
    for file in files:
        stem, number, name = file.name.removesuffix(".ics"), 1, file.name
        while name in named:
            number += 1
            name = f"{stem}-{number}.ics"
        named[name] = replace(file, name=name)
    return tuple(named.values())


def _file_name(title: str) -> str:
    """A file name that every system takes."""
    kept = re.sub(r"[^A-Za-z0-9]+", "-", title)[:FILE_NAME_LENGTH_MAX].strip("-")
    return f"{kept or 'session'}.ics"


def _mailbox(contact: Contact) -> Mailbox:
    return Mailbox(email=contact.email or "", name=contact.name)


def _place(room: str, conference: Conference, *, online: str = "") -> str:
    """Where somebody has to go, as the feeds say it too."""
    if online:
        return f"{online}, {conference.title}"
    return f"{room}, {conference.city}" if room else conference.city


def _reason(conference: Conference) -> str:
    return conference.cancellation.reason if conference.cancellation else ""


def _cancelled_at(conference: Conference) -> datetime:
    learned_at = conference.cancellation.learned_at if conference.cancellation else None
    return learned_at or _first_moment(conference)


def _first_moment(conference: Conference) -> datetime:
    """For a conference that was learned of before we kept when."""
    return datetime.combine(conference.starts, time.min, UTC)
