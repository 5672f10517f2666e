"""What writing some messages needs to know, read for all of them at once: people, conferences, what was said before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.notifications.contacts.domain import Contact
from services.notifications.contacts.store import CONTACTS
from services.notifications.messages.domain.known import Conference
from services.notifications.messages.domain.messages import Message, message_id, missing, why_covered
from services.notifications.messages.domain.purposes import Purpose
from services.notifications.messages.domain.told import Run, Told, cast_run_id, told_id
from services.notifications.messages.store import documents
from services.notifications.messages.store.documents import (
    CONFERENCES,
    RENDERINGS,
    RUNS,
    TOLD,
    Rendering,
    by_ids,
    rendering_id,
)
from shared.associations import Association
from shared.collection import Collection
from shared.described import ASSOCIATIONS
from shared.mongo import Database


@dataclass(frozen=True, kw_only=True)
class Background:
    """What is known about some messages; what none of them needs is not asked for."""

    contacts: Mapping[str, Contact]
    conferences: Mapping[str, Conference]
    associations: Mapping[str, Association]
    renderings: Mapping[str, Rendering]
    told: Mapping[str, Told]
    runs: Mapping[str, Run]
    registrants: frozenset[str]  # recipients who are told about their registration as well
    confirmations: frozenset[str]  # messages "you are registered" that were planned
    answered: frozenset[str]  # registrations whose payment need not be asked for
    agreed: frozenset[str]  # registrations whose payment a bank was asked for, so that nobody is reminded of it

    @classmethod
    def of(cls, database: Database, messages: Sequence[Message]) -> "Background":
        """Read it: conferences before what was told, and runs before registrants, because the later is the surer."""

        def some(collection: Collection[documents.S], ids: set[str]) -> dict[str, documents.S]:
            return by_ids(database, collection, ids) if ids else {}

        cancelling = [each for each in messages if each.purpose is Purpose.CONFERENCE_CANCELLED]
        to_speakers = [each for each in cancelling if each.is_to_speaker and each.run]
        conferences = some(CONFERENCES, {each.conference for each in messages})
        run_ids = {each.run for each in cancelling if each.run}
        runs = some(RUNS, run_ids | {cast_run_id(each) for each in run_ids})
        confirmations = {confirmation_id(each) for each in cancelling}
        unpaid = {each.subject: each.recipient for each in messages if each.purpose.asks_for_payment}
        return cls(
            contacts=some(CONTACTS, {person for each in messages for person in (each.recipient, *each.names)}),
            conferences=conferences,
            associations=some(ASSOCIATIONS, {each.association for each in conferences.values()}),
            renderings=some(RENDERINGS, {_mail_of(each) for each in messages if each.is_written}),
            told=some(TOLD, {told_id(each.conference, each.recipient) for each in cancelling}),
            runs=runs,
            registrants=frozenset(
                person
                for run in run_ids & set(runs)
                for person in documents.registrants(
                    database, run=run, persons=[each.recipient for each in to_speakers if each.run == run]
                )
            ),
            confirmations=documents.existing_messages(database, confirmations) if confirmations else frozenset(),
            answered=documents.answered(database, unpaid) if unpaid else frozenset(),
            agreed=documents.agreed(database, unpaid) if unpaid else frozenset(),
        )

    def rendering(self, message: Message) -> Rendering | None:
        """The mail as it was written before; what is sent again is what was sent."""
        return self.renderings.get(_mail_of(message))

    def missing(self, message: Message) -> str | None:
        """What must be known before this can be written."""
        return missing(
            message,
            contact=self.contacts.get(message.recipient),
            conference=self.conferences.get(message.conference),
            named=self.contacts,
            run=self.runs.get(message.run or ""),
            cast=self.runs.get(cast_run_id(message.run or "")),
        )

    def association(self, message: Message) -> Association:
        """Whose conference the message is about; one that has said nothing of itself has no name."""
        conference = self.conferences.get(message.conference)
        id_ = conference.association if conference else ""
        return self.associations.get(id_) or Association(id=id_)

    def is_answered(self, message: Message) -> bool:
        """Whether it asks for a payment, and there is nothing to pay any more or another message leads to the page."""
        conference = self.conferences.get(message.conference)
        is_cancelled = conference is not None and conference.cancellation is not None
        is_agreed = message.purpose is Purpose.PAYMENT_AWAITED and message.subject in self.agreed
        return message.purpose.asks_for_payment and (is_cancelled or is_agreed or message.subject in self.answered)

    def why_covered(self, message: Message) -> str:
        """Why another message tells its recipient of this."""
        return why_covered(
            message,
            contact=self.contacts[message.recipient],
            conference=self.conferences[message.conference],
            is_registrant=message.recipient in self.registrants,
            is_answered=self.is_answered(message),
        )

    def names(self, message: Message) -> dict[str, str]:
        """The names of the people whom the message speaks of."""
        return {person: " ".join(self.contacts[person].name.split()) for person in message.names}

    def told_of(self, message: Message) -> Told | None:
        """What the recipient was told of before."""
        return self.told.get(told_id(message.conference, message.recipient))

    def was_confirmed(self, message: Message) -> bool:
        """Whether the recipient was told "you are registered" about this registration."""
        return confirmation_id(message) in self.confirmations


def confirmation_id(message: Message) -> str:
    """The id of the message that confirmed the same registration."""
    return message_id(
        Purpose.REGISTRATION_CONFIRMED, subject=message.subject, revision="1", recipient=message.recipient
    )


def _mail_of(message: Message) -> str:
    return rendering_id(message.id, channel="mail")
