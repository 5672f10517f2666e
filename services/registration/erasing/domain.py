"""Owns an erasure: who asked for it and why, and how far it is.

    asked --payments: nothing is open--> erased
      `-----payments: money is open, or they are to attend again--> refused; it may be asked for again

Who is to attend, or whose money is on its way, can't be erased: a badge needs a name, a cheque an address. Registration
knows the one, payments the other, so payments is asked first; its answer finishes what waits for it, whenever it comes.
Two minutes after it was done it is told once more, for what was being written down of them in that moment.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.registration.people.domain import Contact, Person
from services.registration.prices.domain.conferences import Conference
from services.registration.registering.domain.registrations import Registration, Settling
from shared.change import Change
from shared.contracts.envelope import ERASED
from shared.contracts.registration import ErasureAsked, PersonErased
from shared.problem import Invalid, Refusal

ID_COUNT_MAX = 50  # under which one human being is known
ORDER_COUNT_MAX = 200
LOOK_AGAIN_AFTER = timedelta(minutes=2)  # no transaction lives so long that had read who somebody was
WORD_LENGTH_MIN = 3  # of a name that a reason must not repeat


class State(StrEnum):
    """How far an erasure is."""

    ASKED = "asked"  # payments has not answered yet
    REFUSED = "refused"
    ERASED = "erased"


class StillNeeded(Refusal):
    """The name and address of somebody are still needed."""

    title = "This person can't be erased yet"


class ErasedAlready(Refusal):
    """There is nothing left to erase."""

    title = "This person was erased already"


class ReasonNames(Invalid):
    """The reason stays for good, so that it must not say who it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One human being who is to be erased, under each of their ids."""

    id: str
    person: str
    persons: tuple[str, ...]
    orders: tuple[str, ...]
    by: str
    reason: str
    asked_at: datetime
    state: State = State.ASKED
    answered_at: datetime | None = None
    in_the_way: tuple[str, ...] = ()  # why it was refused, each a sentence


def in_the_way(
    registrations: Iterable[Registration], conferences: Collection[Conference], *, now: datetime
) -> tuple[str, ...]:
    """What registration knows that forbids erasing somebody, each as a sentence; of money only payments knows."""
    known = {each.id: each for each in conferences}
    found = []
    for each in registrations:
        conference = known.get(each.conference)
        title = conference.title if conference else each.conference
        if each.settling in (Settling.AWAITED, Settling.OFFERED):
            found.append(f"What happens with the money for {title} is not settled yet.")
        elif each.is_live and (conference is None or not conference.is_over(now)):
            found.append(f"They are registered for {title}. End that registration first, or wait until it is over.")
    return tuple(found)


def ask(
    id_: str,
    *,
    person: Person,
    persons: Collection[str],
    orders: Collection[str],
    by: str,
    reason: str,
    obstacles: Collection[str],
    now: datetime,
) -> Change[Erasure]:
    """Payments is asked whether money is open; raises `ErasedAlready`, `StillNeeded` or `ReasonNames`."""
    if person.is_erased:
        raise ErasedAlready("There is nothing left that says who this was. Nothing was changed.")
    if obstacles:
        raise StillNeeded(f"{' '.join(obstacles)} Nothing was changed.")
    _must_not_name(person.contact, reason)
    erasure = Erasure(
        id=id_,
        person=person.id,
        persons=tuple(persons)[:ID_COUNT_MAX],
        orders=tuple(orders)[:ORDER_COUNT_MAX],
        by=by,
        reason=reason,
        asked_at=now,
    )
    return Change(erasure, (ErasureAsked(erasure=id_, persons=erasure.persons, orders=erasure.orders),))


def _must_not_name(contact: Contact, reason: str) -> None:
    words = {each for each in contact.name.casefold().split() if len(each) >= WORD_LENGTH_MIN}
    said = reason.casefold()
    if any(word in said for word in (*words, *([contact.email.casefold()] if contact.email else ()))):
        detail = "This stays when they are erased, so please say it without their name and address."
        raise ReasonNames(f"{detail} Nothing was changed.", errors={"json": {"reason": [detail]}})


def changed_since(erasure: Erasure, *, persons: Sequence[str], orders: Sequence[str]) -> tuple[str, ...]:
    """What has come in since payments was asked, and it has said nothing about, each as a sentence."""
    found = []
    if set(persons[:ID_COUNT_MAX]) != set(erasure.persons):
        found.append("Meanwhile they were found to be somebody else as well. Ask again to erase both.")
    if not set(orders[:ORDER_COUNT_MAX]) <= set(erasure.orders):
        found.append("Meanwhile they have registered for something. Ask again, so that its money is looked at too.")
    return tuple(found)


def answered(erasure: Erasure, *, obstacles: Collection[str], now: datetime) -> Change[Erasure]:
    """It may be done now, or is refused for these reasons."""
    state = State.REFUSED if obstacles else State.ERASED
    return Change(replace(erasure, state=state, answered_at=now, in_the_way=tuple(obstacles)))


def erased(person: Person, *, erasure: str) -> Change[Person]:
    """Nothing says any more who this was, and they are not found by what they were called; the id stays."""
    contact = Contact(name=ERASED, email=None, postal_address=(), language=person.contact.language)
    gone = replace(person, contact=contact, identity="", former=(), is_erased=True)
    return Change(gone, (PersonErased(person=person.id, erasure=erasure),))


def erased_again(person: Person, *, erasure: str) -> Change[Person]:
    """The same is said once more, for whatever was being written down in the moment of the erasure."""
    return Change(person, (PersonErased(person=person.id, erasure=erasure),))
