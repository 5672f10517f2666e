"""Owns what is asked when several people are registered for one payer, and why that can't be done as asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.registration.payers.domain import LINE_COUNT_MAX, PEOPLE_COUNT_MAX, BillTo, Order
from services.registration.people.domain import Contact, Person, identity_of
from services.registration.registering.domain.registrations import Guest, RegisteredAlready, Tender
from shared.problem import Invalid, NotFound, Refusal
from shared.sentences import Listed, marked

NOBODY = marked("Nobody was registered, and nothing was charged")


class OrderUnknown(NotFound):
    """There is no order of several people of this id."""


class NamedTwice(Invalid):
    """The same person stands twice on one form."""

    title = marked("Somebody is named twice")


class TooMuchForOneOrder(Invalid):
    """More people, or more things, than one order holds."""

    title = marked("Too much for one order")


class ProvesThemselves(Refusal):
    """Somebody who speaks registers by a link that goes to their own address."""

    title = marked("Somebody has to register themselves")


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
        raise TooMuchForOneOrder.saying(
            "One order is for at most %(people_count)s people, and %(line_count)s places, guests and options together. "
            "Nobody was registered, and nothing was charged; please send the people in several orders.",
            people_count=PEOPLE_COUNT_MAX,
            line_count=LINE_COUNT_MAX,
        )
    counts = Counter(identity for each in group.people if (identity := identity_of(each.person)))
    twice = [each.person.name for each in group.people if counts[identity_of(each.person)] > 1]
    if twice:
        raise NamedTwice.saying(
            "%(name)s is named twice with the same e-mail address. Nobody was registered, and nothing was charged; "
            "please take one of them off the form, or give each their own name or address.",
            name=twice[0],
        )


def must_be_new(
    people: Sequence[Attendee], *, known: Mapping[str, Person], registered: frozenset[str], is_by_committee: bool
) -> None:
    """Nobody of them is registered already, and nobody has to prove who they are; `known` are those whom we know."""
    persons = [(each.person.name, known.get(identity_of(each.person))) for each in people]
    already = [name for name, person in persons if person is not None and person.id in registered]
    if already:
        raise RegisteredAlready.saying(_ALREADY[len(already) > 1], names=Listed(tuple(already), is_joined=True))
    speaking = [name for name, person in persons if person is not None and person.is_introduced]
    if speaking and not is_by_committee:
        raise ProvesThemselves.saying(
            "%(names)s will speak at this conference, and only they can register under their own name: the link for "
            "that goes to their address. Nobody was registered, and nothing was charged; please leave them off the "
            "form, or ask the host committee to register all of you.",
            names=Listed(tuple(speaking), is_joined=True),
        )


_ALREADY = (
    marked(
        "%(names)s is registered for this conference already. Nobody was registered, and nothing was charged; "
        "please take that name off the form."
    ),
    marked(
        "%(names)s are registered for this conference already. Nobody was registered, and nothing was charged; "
        "please take those names off the form."
    ),
)
