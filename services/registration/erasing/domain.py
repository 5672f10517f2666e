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

from services.registration.payers.domain import BillTo, Payer
from services.registration.people.domain import Contact, Person
from services.registration.prices.domain.conferences import Conference
from services.registration.registering.domain.registrations import Registration, Settling
from shared.change import Change
from shared.contracts.envelope import ERASED
from shared.contracts.registration import ErasureAsked, PersonErased
from shared.ids import is_payer
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


class TooManyOrders(Refusal):
    """More orders than payments can be asked about at once."""

    title = "There is too much to look at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Who is to be erased: a person, or who pays for several, a town mostly, whose contact is somebody's as well."""

    id: str
    name: str
    email: str | None
    is_erased: bool

    @property
    def is_payer(self) -> bool:
        """Whether they pay for several, and attend nothing."""
        return is_payer(self.id)

    @classmethod
    def of(cls, known: Person | Payer) -> "Whom":
        """A person or a payer, as far as it tells who they are."""
        contact = known.bill_to if isinstance(known, Payer) else known.contact
        return cls(id=known.id, name=contact.name, email=contact.email, is_erased=known.is_erased)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One human being who is to be erased, under each of their ids, or one payer."""

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
    registrations: Iterable[Registration], conferences: Collection[Conference], *, whom: Whom, now: datetime
) -> tuple[str, ...]:
    """What registration knows that forbids erasing somebody, each as a sentence; of money only payments knows.

    The registrations are their own, or those that they pay for.
    """
    known = {each.id: each for each in conferences}
    found = []
    for each in registrations:
        conference = known.get(each.conference)
        title = conference.title if conference else each.conference
        if each.settling in (Settling.AWAITED, Settling.OFFERED):
            found.append(f"What happens with the money for {title} is not settled yet.")
        elif each.is_live and (conference is None or not conference.is_over(now)):
            who = "Somebody for whom they pay is" if whom.is_payer else "They are"
            found.append(f"{who} registered for {title}. End that registration first, or wait until it is over.")
    return tuple(dict.fromkeys(found))


def ask(
    id_: str,
    *,
    whom: Whom,
    persons: Collection[str],
    orders: Collection[str],
    by: str,
    reason: str,
    obstacles: Collection[str],
    now: datetime,
) -> Change[Erasure]:
    """Payments is asked whether money is open; raises `ErasedAlready`, `StillNeeded`, `TooManyOrders` or
    `ReasonNames`."""
    if whom.is_erased:
        raise ErasedAlready("There is nothing left that says who this was. Nothing was changed.")
    if obstacles:
        raise StillNeeded(f"{' '.join(obstacles)} Nothing was changed.")
    if len(orders) > ORDER_COUNT_MAX:
        raise TooManyOrders(
            f"They have ordered {len(orders)} times, and payments can be asked about {ORDER_COUNT_MAX} orders at once. "
            "Nothing was changed. Please ask whoever keeps this installation."
        )
    _must_not_name(whom, reason)
    erasure = Erasure(
        id=id_,
        person=whom.id,
        persons=tuple(persons)[:ID_COUNT_MAX],
        orders=tuple(orders),
        by=by,
        reason=reason,
        asked_at=now,
    )
    return Change(erasure, (ErasureAsked(erasure=id_, persons=erasure.persons, orders=erasure.orders),))


def _must_not_name(whom: Whom, reason: str) -> None:
    """Of a person no part of the name; a payer's has words in it that any reason may have, such as "city"."""
    name = whom.name.casefold()
    words = {name} if whom.is_payer else {each for each in name.split() if len(each) >= WORD_LENGTH_MIN}
    said = reason.casefold()
    if any(word in said for word in (*words, *([whom.email.casefold()] if whom.email else ()))):
        detail = "This stays when they are erased, so please say it without their name and address."
        raise ReasonNames(f"{detail} Nothing was changed.", errors={"json": {"reason": [detail]}})


def changed_since(erasure: Erasure, *, persons: Sequence[str], orders: Sequence[str]) -> tuple[str, ...]:
    """What has come in since payments was asked, and it has said nothing about, each as a sentence."""
    found = []
    if set(persons[:ID_COUNT_MAX]) != set(erasure.persons):
        found.append("Meanwhile they were found to be somebody else as well. Ask again to erase both.")
    if not set(orders) <= set(erasure.orders):
        found.append("Meanwhile something else was ordered. Ask again, so that its money is looked at too.")
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


def erased_payer(payer: Payer, *, erasure: str) -> Change[Payer]:
    """Nothing says any more who has paid, and whoever pays under that name again is another one; the id stays."""
    bill_to = BillTo(name=ERASED, email=None, postal_address=(), language=payer.bill_to.language)
    gone = replace(payer, identity=f"erased {payer.id}", bill_to=bill_to, is_erased=True)
    return Change(gone, (PersonErased(person=payer.id, erasure=erasure),))
