"""A preview as its page lays it out: people, money by tender, messages by kind, what changed since. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from services.scheduling.previews.domain.preview import (
    NOTIFICATIONS,
    PAYMENTS,
    REGISTRATION,
    SCHEDULING,
    SERVICES,
    Preview,
)
from services.scheduling.previews.domain.wording import (
    Oddity,
    drift_in_words,
    duration_in_words,
    languages_in_words,
    oddities,
)

TENDERS = ("card", "debit", "cheque", "transfer", "credit")
MESSAGES = ("message_registrant", "message_attendee", "message_payer")
CARDS = ("card", "debit")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderRow:
    """What has been paid by one tender, and what of it may go back."""

    tender: str
    payment_count: int
    paid_minor: int
    leaves_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """Messages of one kind, by how they go."""

    kind: str
    mail_count: int
    letter_count: int
    unreachable_count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One preview, and what the page says of it."""

    preview: Preview

    # people

    @property
    def registration_count(self) -> int:
        """How many registrations end."""
        return self.preview.count(REGISTRATION, "registration")

    @property
    def guest_count(self) -> int:
        """How many guests come with them."""
        return self.preview.count(REGISTRATION, "guest")

    @property
    def confirmed_count(self) -> int:
        """How many of them are delegates."""
        states = ("confirmed", "confirmed_unpaid")
        return sum(self.preview.count(REGISTRATION, "state", by) for by in states)

    # money

    @property
    def tenders(self) -> list[TenderRow]:
        """What was paid, by tender, in the order in which people know them."""
        rows = [
            TenderRow(
                tender=tender,
                payment_count=self.preview.count(PAYMENTS, "paid", tender),
                paid_minor=self.preview.amount_minor(PAYMENTS, "paid", tender),
                leaves_minor=self.preview.amount_minor(PAYMENTS, "leaves", tender),
            )
            for tender in TENDERS
        ]
        return [each for each in rows if each.payment_count]

    @property
    def paid_minor(self) -> int:
        """All that payers have paid themselves."""
        return self.preview.amount_minor(PAYMENTS, "paid")

    @property
    def leaves_minor(self) -> int:
        """All of it that may go back."""
        return self.preview.amount_minor(PAYMENTS, "leaves")

    @property
    def kept_minor(self) -> int:
        """What the terms keep."""
        return self.preview.amount_minor(PAYMENTS, "kept")

    @property
    def voided_minor(self) -> int:
        """What is owed and will be owed no more."""
        return self.preview.amount_minor(PAYMENTS, "voided")

    @property
    def released_minor(self) -> int:
        """What goes back to grants' funds."""
        return self.preview.amount_minor(PAYMENTS, "released")

    @property
    def awaited_minor(self) -> int:
        """Payments under way, which go back by themselves should they arrive."""
        return self.preview.amount_minor(PAYMENTS, "awaited")

    @property
    def deferred_minor(self) -> int:
        """What the association owes for the conference today, whoever has paid for it."""
        return self.preview.amount_minor(PAYMENTS, "deferred")

    @property
    def provider_fee_minor(self) -> int:
        """What the card provider has kept of these payments, and gives back to nobody."""
        return self.preview.amount_minor(PAYMENTS, "provider_fee")

    @property
    def card_leaves_minor(self) -> int:
        """What may go back through the card provider."""
        return sum(self.preview.amount_minor(PAYMENTS, "leaves", by) for by in CARDS)

    @property
    def balance_minor(self) -> int | None:
        """What the provider holds; None where it didn't answer, or nothing was paid by card."""
        found = self.preview.lines(PAYMENTS, "provider_balance")
        return found[0].amount_minor if found else None

    @property
    def pending_minor(self) -> int:
        """What the provider holds besides, and lets go only in some days."""
        return self.preview.amount_minor(PAYMENTS, "provider_pending")

    @property
    def short_minor(self) -> int:
        """By how much the provider holds less than may go back."""
        return max(self.card_leaves_minor - self.balance_minor, 0) if self.balance_minor is not None else 0

    @property
    def card_refund_duration(self) -> str:
        """How long refunds to cards take if everybody wants one; empty where there are none."""
        found = self.preview.lines(PAYMENTS, "card_refund_seconds")
        return duration_in_words(found[0].count) if found else ""

    @property
    def by_hand_count(self) -> int:
        """How many refunds finance would pay by cheque and transfer."""
        return sum(self.preview.count(PAYMENTS, "leaves", by) for by in ("cheque", "transfer"))

    # messages

    @property
    def messages(self) -> list[MessageRow]:
        """Who is told, by kind."""
        rows = [
            MessageRow(
                kind=kind,
                mail_count=self.preview.count(NOTIFICATIONS, kind, "mail"),
                letter_count=self.preview.count(NOTIFICATIONS, kind, "letter"),
                unreachable_count=self.preview.count(NOTIFICATIONS, kind, "nothing"),
            )
            for kind in MESSAGES
        ]
        return [each for each in rows if each.mail_count + each.letter_count + each.unreachable_count]

    @property
    def message_count(self) -> int:
        """How many messages go out, with those to speakers who are not registered."""
        told = sum(each.mail_count + each.letter_count for each in self.messages)
        return told + self.preview.count(SCHEDULING, "message_speaker")

    @property
    def letter_count(self) -> int:
        """How many of them are letters, to be printed and posted."""
        return sum(each.letter_count for each in self.messages)

    @property
    def languages(self) -> str:
        """In which languages, in words."""
        counts: Counter[str] = Counter()
        for kind in MESSAGES:
            for line in self.preview.lines(NOTIFICATIONS, kind):
                counts[line.language] += line.count if line.by != "nothing" else 0
        return languages_in_words(counts)

    # what to look at first

    @property
    def oddities(self) -> list[tuple[str, Oddity]]:
        """What is odd."""
        return oddities(self.preview)

    @property
    def is_compared(self) -> bool:
        """Whether it is known what has changed since the preview before."""
        return self.preview.is_complete and all(each.drift.is_compared for each in self.preview.answers.values())

    @property
    def changes(self) -> list[str]:
        """What has changed since the preview that it is compared with, a sentence's part for each service."""
        return list(filter(None, self._changes()))

    def _changes(self) -> Iterator[str]:
        terms_said = False
        for service in SERVICES:
            answer = self.preview.answers.get(service)
            if answer is None:
                continue
            words = drift_in_words(service, answer.drift, currency=self.preview.currency, are_terms_said=not terms_said)
            terms_said = terms_said or answer.drift.are_terms_changed
            yield words
