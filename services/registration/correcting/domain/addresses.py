"""A new e-mail address that somebody asks for: it counts once the link that went there was opened.

States: asked > proved | replaced | lapsed. Whoever has the link to a registration may ask, so the new mailbox shows
that it is theirs, and the old one is told. Nothing changes until then.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.registration.people.domain import Person
from services.registration.registering.domain.registrations import Registration
from shared.change import Change
from shared.contracts.registration import AddressChangeAsked
from shared.problem import LinkExpired
from shared.sentences import marked

PROOF = "address"  # what the link is for
KEPT = timedelta(days=3)
FORGOTTEN_AFTER = timedelta(days=30)  # by the host's clock; until then an old link is told why it holds no more


class State(StrEnum):
    """How far a new address is."""

    ASKED = "asked"
    PROVED = "proved"
    REPLACED = "replaced"  # another one was asked for since, or the desk has corrected the address
    LAPSED = "lapsed"  # nobody opened the link in time


class AddressLapsed(LinkExpired):
    """Nobody opened the link in time."""

    sentence = marked(
        "This link held for three days. Your e-mail address was not changed; please ask for it again on the page of "
        "your registration."
    )


class AddressReplaced(LinkExpired):
    """Another address was given since this one was asked for."""

    title = marked("This link holds no more")
    sentence = marked(
        "Another e-mail address was given after this one was asked for, so this one does not count. Nothing was "
        "changed. If it is the right one, ask for it again on the page of your registration."
    )


class AddressProved(LinkExpired):
    """The link was used before."""

    title = marked("This link was used already")
    sentence = marked(
        "The address counts already: our messages go there. Nothing was changed by opening the link again."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A new e-mail address of somebody, and what became of it."""

    id: str
    person: str
    registration: str  # from whose page it was asked for
    conference: str
    email: str
    asked_at: datetime
    made_at: datetime  # on the host's clock, by which it is forgotten
    kept_as: State = State.ASKED

    def state(self, now: datetime) -> State:
        """How far it is at this time: one that waits lapses by itself."""
        is_late = self.kept_as is State.ASKED and now > self.asked_at + KEPT
        return State.LAPSED if is_late else self.kept_as


def ask(
    id_: str, *, person: Person, registration: Registration, email: str, now: datetime, made_at: datetime
) -> Change[AddressChange]:
    """A link goes to the new address, and a word about it to the old one."""
    asked = AddressChange(
        id=id_,
        person=person.id,
        registration=registration.id,
        conference=registration.conference,
        email=email,
        asked_at=now,
        made_at=made_at,
    )
    said = AddressChangeAsked(
        change=id_, person=person.id, registration=registration.id, conference=registration.conference, email=email
    )
    return Change(asked, (said,))


def replaced(change: AddressChange) -> Change[AddressChange]:
    """Its link holds no more, because another address was given since."""
    return Change(replace(change, kept_as=State.REPLACED))


def proved(change: AddressChange) -> Change[AddressChange]:
    """Somebody has opened the link that went there."""
    return Change(replace(change, kept_as=State.PROVED))


def must_wait(change: AddressChange | None, *, now: datetime) -> AddressChange:
    """A new address whose link still holds; raises `AddressLapsed`, `AddressReplaced` or `AddressProved`."""
    if change is None or change.state(now) is State.LAPSED:
        raise AddressLapsed
    if change.kept_as is State.PROVED:
        raise AddressProved
    if change.kept_as is State.REPLACED:
        raise AddressReplaced
    return change
