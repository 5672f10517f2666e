"""What a message is, and when it can be written.

Owns a message's identity and states. Leaves the words to the jobs of this part, and what happens to a message on its
way, or by a desk's hand, to `delivery`. Nothing here knows a database, a template or a mail server.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.notifications.contacts.domain import Contact
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import Run, cast_run_id
from shared.change import Change
from shared.ids import new_event_id

CODE_CHARACTER_COUNT = 12  # 60 bits: nobody guesses one, and a person can still type it


class State(StrEnum):
    """How far a message has come. `claimed` is not among them: a claim is the job's lease, and may run out."""

    PLANNED = "planned"  # to be written, as soon as the person and the conference are known
    UNWRITABLE = "unwritable"  # its words can't be made, or a letter would have nowhere to go; tried again by itself
    RENDERED = "rendered"  # written, not on its way
    SENDING = "sending"  # the next bytes that leave are this mail's, or have been
    ACCEPTED = "accepted"  # a mail server has it, or the print queue
    BOUNCED = "bounced"  # a mail server refused it for good
    AMBIGUOUS = "ambiguous"  # nobody can know whether the mail server has it, and it is not sent again by itself
    TOLD = "told"  # a person told the recipient another way; `reason` says how
    COVERED = "covered"  # another message tells its recipient of this; `reason` says which


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person: there is one for purpose, subject, the subject's revision and recipient."""

    id: str
    serial: str  # sortable by the time of planning
    purpose: Purpose
    subject: str
    revision: str
    recipient: str
    conference: str
    run: str | None
    facts: dict[str, Any]  # what the event said, for the words
    is_critical: bool
    planned_at: datetime
    state: State = State.PLANNED
    channel: str | None = None  # mail | letter
    waits_for: str | None = None
    sent_again: int = 0
    refusal_count: int = 0
    put_off_since: datetime | None = None  # on the host's clock
    reason: str = ""  # why it can't be written, came back or was put off: a mail server's codes, never its sentence
    accepted_at: datetime | None = None
    posted_at: datetime | None = None
    code: str | None = None  # a letter's short form of its link
    is_rewritten: bool = False  # its words are to take the place of those that were kept
    names: tuple[str, ...] = ()  # persons whom it speaks of: it waits until their names are known
    address: str = ""  # the one e-mail address that it is for, whatever becomes of the recipient's; empty for most

    @property
    def is_written(self) -> bool:
        """Whether its words are kept: what is sent again is what was sent."""
        return self.state not in (State.PLANNED, State.UNWRITABLE)

    @property
    def is_to_speaker(self) -> bool:
        """Whether it tells somebody of a cancellation because they speak, and not because they registered."""
        return self.purpose is Purpose.CONFERENCE_CANCELLED and self.subject == self.conference


def message_id(purpose: Purpose, *, subject: str, revision: str, recipient: str) -> str:
    """The identity of a message, the same however many events lead to it."""
    identity = "\n".join((purpose, subject, revision, recipient))
    return f"msg_{hashlib.sha256(identity.encode()).hexdigest()[:32]}"


def plan(
    purpose: Purpose,
    *,
    subject: str,
    revision: str,
    recipient: str,
    conference: str,
    run: str | None,
    facts: Mapping[str, Any],
    now: datetime,
    names: Iterable[str] = (),
    address: str = "",
) -> Message:
    """A message that will be written when everything it says is known."""
    return Message(
        id=message_id(purpose, subject=subject, revision=revision, recipient=recipient),
        serial=new_event_id(),
        purpose=purpose,
        subject=subject,
        revision=revision,
        recipient=recipient,
        conference=conference,
        run=run,
        facts=dict(facts),
        is_critical=purpose.is_critical,
        planned_at=now,
        names=tuple(names),
        channel="mail" if address else None,
        address=address,
    )


def missing(
    message: Message,
    *,
    contact: Contact | None,
    conference: Conference | None,
    named: Mapping[str, Contact] = MappingProxyType({}),
    run: Run | None = None,
    cast: Run | None = None,
) -> str | None:
    """What must be known, or known better, before this can be written: `person:…`, `conference:…`, `run:…` or none."""
    if contact is None or not contact.is_known:
        return f"person:{message.recipient}"
    if conference is None or not conference.is_known:
        return f"conference:{message.conference}"
    if message.purpose.names_cancellation and conference.cancellation is None:
        return f"conference:{message.conference}"
    for person in message.names:
        if person not in named or not named[person].is_known:
            return f"person:{person}"
    if message.is_to_speaker and (run is None or not run.is_complete):
        return f"run:{message.run}"
    if is_told_of_parts(message, conference) and (cast is None or not cast.is_complete):
        return f"run:{cast_run_id(message.run or '')}"
    return None


def is_told_of_parts(message: Message, conference: Conference) -> bool:
    """Whether a registrant's message about a cancellation must also say what they were to speak about, if anything."""
    if message.purpose is not Purpose.CONFERENCE_CANCELLED or message.is_to_speaker:
        return False
    return conference.cancellation is not None and conference.cancellation.speakers_follow and bool(message.run)


def why_covered(
    message: Message, *, contact: Contact, conference: Conference, is_registrant: bool, is_answered: bool = False
) -> str:
    """Why nothing of its own need be sent, because another message tells its recipient; empty when it must be."""
    if message.purpose.is_about_what_will_take_place and conference.cancellation is not None:
        return "The conference was cancelled before this was written; the message about that tells of it."
    if is_answered:
        return "They have paid, have agreed to, or were written to about this since; that message leads to it too."
    if message.is_to_speaker and is_registrant:
        return "They are registered too; the message about their registration tells of this as well."
    if message.purpose is Purpose.SESSION_INVITATION and not contact.email and message.channel is None:
        return "There is no calendar to invite without an e-mail address; the letter about the release tells of it."
    return ""


def cover(message: Message, *, reason: str) -> Change[Message]:
    """Another message tells its recipient of this."""
    return Change(replace(message, state=State.COVERED, waits_for=None, reason=reason))


def wait(message: Message, *, key: str) -> Change[Message]:
    """The message waits, without being looked at, until somebody learns `key`."""
    return Change(replace(message, waits_for=key))


def wake(message: Message) -> Change[Message]:
    """The message need not wait any longer."""
    return Change(replace(message, waits_for=None))


def write_anew(message: Message, *, contact: Contact) -> Change[Message] | None:
    """What has not left yet is written for its recipient as they are known now; None for what is on its way or gone.

    A letter that waits for a printer stays one, and so does a mail, while there is an address for it.
    """
    is_queued_letter = message.channel == "letter" and message.state is State.ACCEPTED and message.posted_at is None
    if message.address:
        return None
    if not is_queued_letter and message.state not in (State.RENDERED, State.UNWRITABLE):
        return None
    addresses = {"letter": bool(contact.postal_address), "mail": bool(contact.email)}
    return Change(
        replace(
            message,
            state=State.PLANNED,
            channel=message.channel if addresses.get(message.channel or "") else None,
            is_rewritten=True,
            waits_for=None,
            refusal_count=0,
            put_off_since=None,
            reason="",
        )
    )


def cannot_write(message: Message, *, reason: str) -> Change[Message]:
    """The message can't be written now, and why: a person has to see to it. It is tried again by itself."""
    return Change(replace(message, state=State.UNWRITABLE, waits_for=None, reason=reason))


def letter_code(secret: str, *, message: str) -> str:
    """The short form of a letter's link: characters that can't be mistaken for each other when typed."""
    digest = hmac.digest(secret.encode(), f"reconvene:letter:{message}".encode(), "sha256")
    return base64.b32encode(digest).decode().translate(_EASILY_READ)[:CODE_CHARACTER_COUNT]


def code_as_typed(text: str) -> str:
    """What a person typed, as a letter's code: case, spaces and dashes don't matter, and there is no nought."""
    return "".join(character for character in text.upper() if character.isalnum()).replace("0", "O")


_EASILY_READ = str.maketrans("IL", "89")  # base32 has neither 8 nor 9, and I and L are mistaken for each other
