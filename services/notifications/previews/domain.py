"""Whom a cancellation would be told, how and in which language: counted one by one, three of them in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from services.notifications.contacts.domain import Contact
from services.notifications.messages.domain.known import Cancellation, Conference
from services.notifications.messages.domain.messages import Message, plan
from services.notifications.messages.domain.purposes import Purpose
from shared.contracts.consequences import Example
from shared.findings import Findings, Inquiry, Member, Tally

UNWRITTEN = "(The reason that you give stands here.)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attending:
    """Somebody's registration, as long as it is live: who is told of a decision about its conference."""

    id: str  # the registration
    conference: str
    person: str
    order: str
    payer: str = ""  # who pays for several people, this one among them, and is told too
    is_live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What three orders would be told in one preview, with their own sums."""

    id: str  # the preview
    conference: str
    examples: tuple[Example, ...]


@dataclass(slots=True)
class Counting:
    """Messages as they are counted: one to each registrant, and one to who pays for several."""

    texts: str
    tally: Tally = field(default_factory=Tally)
    members: dict[str, Member] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)
    registrations: list[str] = field(default_factory=list)

    def add(self, attending: Attending, *, contact: Contact | None, language: str, has_bounced: bool) -> None:
        """One more registrant."""
        kind = "message_attendee" if attending.payer else "message_registrant"
        self.registrations.append(attending.id)
        self._add(kind, attending.id, contact=contact, language=language, has_bounced=has_bounced)

    def add_payer(self, attending: Attending, *, contact: Contact | None, language: str, has_bounced: bool) -> None:
        """Who pays for this one and others: they are told once for all of an order."""
        if attending.order not in self.orders:
            self.orders.add(attending.order)
            self._add("message_payer", attending.order, contact=contact, language=language, has_bounced=has_bounced)

    def findings(self) -> Findings:
        """All of it together."""
        return Findings(
            registrations=self.registrations,
            members=self.members,
            lines=self.tally.lines,
            anomalies=self.tally.anomalies,
            texts=self.texts,
        )

    def _add(self, kind: str, id_: str, *, contact: Contact | None, language: str, has_bounced: bool) -> None:
        channel = "mail" if contact and contact.email else "letter" if contact and contact.postal_address else "nothing"
        self.tally.add(kind, channel, language=language)
        self.members[id_] = Member(facts=f"{kind} {channel} {language}")
        if channel == "nothing":
            self.tally.note("no_address", id_)
        elif channel == "mail" and has_bounced:
            self.tally.note("mail_came_back", id_)


def message_of(example: Example, *, inquiry: Inquiry, conference: Conference, now: datetime) -> Message:
    """What would be planned for one order, to be written and not kept."""
    several = ["" for _ in range(example.registration_count)] if example.is_of_several else []
    facts: dict[str, Any] = {
        "outcome": example.outcome,
        "order": example.order,
        "number": example.number,
        "tender": example.tender,
        "currency": conference.currency,
        "paid_minor": example.paid_minor,
        "fee_minor": example.fee_minor,
        "refundable_minor": example.refundable_minor,
        "voided_minor": example.voided_minor,
        "awaited_minor": example.awaited_minor,
        "released_minor": example.released_minor,
        "credit_minor": example.credit_minor,
        "choices": list(example.choices),
        "default_choice": example.default_choice,
        "registrations": several,
        "choose_until": inquiry.choose_until,
    }
    return plan(
        Purpose.CONFERENCE_CANCELLED,
        subject=example.registration,
        revision="preview",
        recipient=example.person,
        conference=conference.id,
        run=None,
        facts=facts,
        now=now,
    )


def as_if_cancelled(conference: Conference, inquiry: Inquiry, *, today: date) -> Conference:
    """The conference as its messages would speak of it."""
    cancellation = Cancellation(
        run=inquiry.id,
        reason=inquiry.reason or UNWRITTEN,
        decision=inquiry.decision_text,
        cancelled_on=today,
        choose_by=inquiry.choose_by or today,
        default_choice="refund",
    )
    return replace(conference, cancellation=cancellation)


def texts_of(inquiry: Inquiry, files: Iterable[bytes]) -> str:
    """Everything that the words come from: what the committee writes, and what stands around it in each language."""
    written = "\n".join(each.decode() for each in files)
    return "\n".join((inquiry.reason, inquiry.decision_text, written))
