"""Corrections of facts about a person: what each was before, who corrected it and why. They are only added."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from services.registration.people.domain import Contact, changed_between
from shared.problem import Invalid, NotFound, Refusal
from shared.sentences import marked


class PersonUnknown(NotFound):
    """Nobody is known under this id."""


class NoWayToWrite(Invalid):
    """Somebody has to be reachable by mail or by letter."""


class AddressStillNeeded(Invalid):
    """Who wants letters instead of mails asks the desk: whoever has a link must not cut somebody off from mails."""


class CorrectedMeanwhile(Refusal):
    """Somebody else has corrected the same person since the form was shown."""

    status: ClassVar[int] = 412
    title = marked("Somebody else was quicker")
    sentence = marked(
        "The facts about %(name)s were corrected since you opened this page. Nothing of yours was saved. Look at them "
        "as they are now, then correct what is still wrong."
    )


class KnownAlready(Refusal):
    """Another person is known under the name and address that this one would have."""

    title = marked("This name and address are known already")


class RegisteredTwice(Refusal):
    """Two people who are said to be one are both registered for the same conference."""

    title = "Both are registered for the same conference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction of the facts about a person."""

    id: str
    person: str
    at: datetime
    by: str  # in words: the committee
    reason: str
    before: Contact
    after: Contact
    same_as: str = ""  # the person whom they were found to be

    @property
    def changed(self) -> tuple[str, ...]:
        """Which facts it changed, by name."""
        return changed_between(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What somebody says is right: a fact that is None stays as it is, but for an address that is taken away."""

    name: str | None = None
    email: str | None = None
    postal_address: tuple[str, ...] | None = None
    language: str | None = None
    has_no_email: bool = field(default=False)

    def over(self, known: Contact) -> Contact:
        """The contact with these facts in it; raises `NoWayToWrite`."""
        contact = Contact(
            name=known.name if self.name is None else self.name,
            email=None if self.has_no_email else known.email if self.email is None else self.email,
            postal_address=known.postal_address if self.postal_address is None else self.postal_address,
            language=known.language if self.language is None else self.language,
        )
        if contact.email is None and not contact.postal_address:
            where = marked("Without an e-mail address we write letters. Please tell us where to.")
            raise NoWayToWrite(f"{where} Nothing was changed.", errors={"form": {"postal_address": [where]}})
        return contact
