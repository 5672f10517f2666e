"""Owns payers, and the orders that they placed: of one registration, or of several at once.

Somebody who registers themselves pays for themselves, and is known as a person. Who pays for several is a payer with a
billing address of its own, a town mostly, and no registrant. Leaves what is owed and paid to payments.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.change import Change
from shared.contracts.registration import OrderPlaced, PayerIntroduced, PlacedLine, RefundTerms, RegistrationSubmitted

PEOPLE_COUNT_MAX = 200  # on one order: all that is said and written about it at once stays far within every limit
LINE_COUNT_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class BillTo:
    """Who pays for several people, and where the invoice goes; without an e-mail address, by letter."""

    name: str
    email: str | None
    postal_address: tuple[str, ...]
    language: str = "en"
    reference: str = ""  # what the payer wants to read on the invoice: a cost centre, a file number


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Somebody who has paid, or will, for several people: a town, mostly."""

    id: str
    identity: str
    bill_to: BillTo
    is_erased: bool = False  # nothing says any more who they were


def payer_identity(bill_to: BillTo) -> str:
    """What tells one payer from another, however it was typed: the name and both addresses."""
    return "\n".join(
        " ".join(line.split()).casefold() for line in (bill_to.name, bill_to.email or "", *bill_to.postal_address)
    )


def introduce(id_: str, *, bill_to: BillTo) -> Change[Payer]:
    """A payer is known from now on. Who is known already is never changed by an unsigned form."""
    said = PayerIntroduced(
        payer=id_,
        name=bill_to.name,
        email=bill_to.email,
        postal_address=bill_to.postal_address,
        language=bill_to.language,
        reference=bill_to.reference,
    )
    return Change(Payer(id=id_, identity=payer_identity(bill_to), bill_to=bill_to), (said,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one payer ordered; `payer` is the person's own id where they registered themselves."""

    id: str
    conference: str
    payer: str
    registrations: tuple[str, ...]
    owed_minor: int | None = None  # of an order of several, as payments said last; None: nothing was said yet
    granted_minor: int = 0  # of an order of several: what grants have paid
    run: str = ""  # of the cancellation that has ended it
    lead: str = ""  # ... and the registration under which its money is settled


def place(
    id_: str,
    *,
    conference: str,
    payer: str,
    registrations: Sequence[str],
    tender: str,
    currency: str,
    lines: Sequence[PlacedLine],
    terms: RefundTerms,
) -> Change[Order]:
    """An order stands, with all that is owed on it: said once, so that nobody has to know when it is complete."""
    order = Order(id=id_, conference=conference, payer=payer, registrations=tuple(registrations))
    said = OrderPlaced(
        order=id_,
        conference=conference,
        payer=payer,
        registrations=order.registrations,
        tender=tender,
        currency=currency,
        lines=tuple(lines),
        terms=terms,
    )
    return Change(order, (said,))


def placed_again(said: OrderPlaced) -> Change[Order]:
    """The order of which this was said, after a restore."""
    order = Order(id=said.order, conference=said.conference, payer=said.payer, registrations=said.registrations)
    return Change(order, (said,))


def placed_before(said: RegistrationSubmitted) -> Change[Order]:
    """The order of a registration of before orders were said of: what was submitted then, of one person, is all."""
    return place(
        said.order,
        conference=said.conference,
        payer=said.person,
        registrations=[said.registration],
        tender=said.tender,
        currency=said.currency,
        lines=[
            PlacedLine(
                registration=said.registration,
                kind=line.kind,
                amount_minor=line.amount_minor,
                product=line.product,
                session=line.session,
            )
            for line in said.lines
        ],
        terms=said.terms,
    )
