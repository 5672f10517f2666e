"""Owns what is asked when several people are registered for one payer, and why that can't be done as asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.registration.payers.domain import LINE_COUNT_MAX, PEOPLE_COUNT_MAX, BillTo, Order
from services.registration.people.domain import Contact, Person, identity_of
from services.registration.registering.domain.registrations import Guest, RegisteredAlready, Tender
from shared.problem import Invalid, NotFound, Refusal

NOBODY = "Nobody was registered, and nothing was charged"


class OrderUnknown(NotFound):
    """There is no order of several people of this id."""


class NamedTwice(Invalid):
    """The same person stands twice on one form."""

    title = "Somebody is named twice"


class TooMuchForOneOrder(Invalid):
    """More people, or more things, than one order holds."""

    title = "Too much for one order"


class ProvesThemselves(Refusal):
    """Somebody who speaks registers by a link that goes to their own address."""

    title = "Somebody has to register themselves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One of several who are registered together."""

    person: Contact
    category: str
    guests: tuple[Guest, ...] = ()
    options: tuple[str, ...] = ()  # keys of the fee table


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several people for one conference, who pays for them, and how."""

    conference: str
    tender: Tender
    payer: BillTo
    people: tuple[Attendee, ...]
    seen: str = ""  # the digest of the prices and terms that the form showed; empty: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order that was placed for several people."""

    order: Order
    total_minor: int
    currency: str
    tender: Tender


def must_fit(group: Group) -> None:
    """One order can hold so many; raises `TooMuchForOneOrder` or `NamedTwice`."""
    line_count = sum(1 + len(each.guests) + len(each.options) for each in group.people)
    if not 0 < len(group.people) <= PEOPLE_COUNT_MAX or line_count > LINE_COUNT_MAX:
        raise TooMuchForOneOrder(
            f"One order is for at most {PEOPLE_COUNT_MAX} people, and {LINE_COUNT_MAX} places, guests and options "
            f"together. {NOBODY}; please send the people in several orders."
        )
    counts = Counter(identity for each in group.people if (identity := identity_of(each.person)))
    twice = [each.person.name for each in group.people if counts[identity_of(each.person)] > 1]
    if twice:
        raise NamedTwice(
            f"{twice[0]} is named twice with the same e-mail address. {NOBODY}; please take one of them off the form, "
            "or give each their own name or address."
        )


def must_be_new(
    people: Sequence[Attendee], *, known: Mapping[str, Person], registered: frozenset[str], is_by_committee: bool
) -> None:
    """Nobody of them is registered already, and nobody has to prove who they are; `known` are those whom we know."""
    persons = [(each.person.name, known.get(identity_of(each.person))) for each in people]
    already = [name for name, person in persons if person is not None and person.id in registered]
    if already:
        raise RegisteredAlready(
            f"{_listed(already)} {'is' if len(already) == 1 else 'are'} registered for this conference already. "
            f"{NOBODY}; please take {'that name' if len(already) == 1 else 'those names'} off the form."
        )
    speaking = [name for name, person in persons if person is not None and person.is_introduced]
    if speaking and not is_by_committee:
        raise ProvesThemselves(
            f"{_listed(speaking)} will speak at this conference, and only they can register under their own name: the "
            f"link for that goes to their address. {NOBODY}; please leave them off the form, or ask the host committee "
            "to register all of you."
        )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
