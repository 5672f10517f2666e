"""What notifications has learned from the others, and must know before it can write: people, conferences; and words.

A person or a conference that messages wait for has a place here before it is known.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

PATIENCE = timedelta(minutes=30)  # on the host's clock: moving the other one makes nobody late with a payment


class Source(StrEnum):
    """Who told us of a person. What people say of themselves when they register counts more than a speakers' list."""

    REGISTRATION = "registration"
    SCHEDULING = "scheduling"
    DESK = "desk"  # somebody corrected it there


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a person is reached; without an e-mail address, by letter. Unknown until registration or scheduling told."""

    id: str
    name: str = ""
    email: str | None = None
    postal_address: tuple[str, ...] = ()
    language: str = "en"
    source: Source = Source.REGISTRATION
    is_known: bool = True
    is_awaited: bool = False  # messages wait for it

    @property
    def can_be_reached(self) -> bool:
        """Whether there is any way to write to them."""
        return bool(self.email or self.postal_address)


def learned(known: Contact | None, told: Contact) -> Contact:
    """The contact after somebody told of it: what scheduling says never replaces what registration said, unless
    registration's can't be written to at all. What a desk has corrected stands until registration's next word."""
    if known is None or not known.is_known or told.source is Source.REGISTRATION:
        return told
    if known.source is not Source.SCHEDULING and known.can_be_reached:
        return known
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Why a conference will not take place, and until when its registrants choose."""

    run: str
    reason: str
    decision: str
    cancelled_on: date
    choose_by: date
    default_choice: str
    learned_at: datetime | None = None
    speakers_follow: bool = False  # who was to speak is told one by one, and how many they were at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """What messages say about a conference. Unknown until scheduling has told."""

    id: str
    title: str = ""
    city: str = ""
    zone: str = "UTC"
    currency: str = ""
    starts: date = date.min
    ends: date = date.min
    cancellation: Cancellation | None = None
    learned_at: datetime | None = None
    is_known: bool = True
    is_awaited: bool = False  # messages wait for it, or for its cancellation


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFile:
    """One session, or the conference, for a calendar program."""

    name: str  # of the file
    method: str  # as in it: PUBLISH | REQUEST | CANCEL
    content: str
    is_for_program: bool = False  # a mail program acts on it by itself; otherwise it is attached, to be opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the recipient reads, the link in it, and what is attached. A letter's HTML is the sheet without its page."""

    subject: str
    text: str
    html: str
    link: str
    files: tuple[CalendarFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """A registration that costs something, as it was asked for: its person has no link to it but on their screen."""

    id: str
    person: str
    conference: str
    facts: dict[str, Any]  # for the words: how and how much they mean to pay


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Somebody has agreed to a payment of this registration (its id), and a bank answers days later."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """Something that messages waited for is known now: `key` as in their `waits_for`."""

    id: str
    key: str
