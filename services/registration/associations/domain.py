"""What an association says of itself on mails, letters and invoices.

Owns the facts. Leaves to each service what it prints of them.
"""

from dataclasses import asdict, dataclass
from typing import ClassVar

from shared.change import Change
from shared.contracts.registration import AssociationDescribed
from shared.problem import NotFound, Refusal


class AssociationUnknown(NotFound):
    """Nobody has described this association."""


class DescribedMeanwhile(Refusal):
    """Somebody else has described it since the form was shown."""

    status: ClassVar[int] = 412
    title = "Somebody else was quicker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A legal entity; what is empty is said nowhere, or as the installation's settings say it."""

    id: str
    name: str = ""
    postal_address: tuple[str, ...] = ()
    tax_number: str = ""
    sender_name: str = ""  # whom mails are from; empty: its name
    sender_address: str = ""  # where answers to mails go
    cheques_to: tuple[str, ...] = ()  # payee and address, line by line
    transfers_to: tuple[str, ...] = ()  # the bank account
    purchase_orders_to: tuple[str, ...] = ()


def describe(known: Association | None, said: Association) -> Change[Association]:
    """From now on it says this of itself; said again it changes nothing."""
    if known == said:
        return Change(said)
    facts = asdict(said)
    return Change(said, (AssociationDescribed(association=facts.pop("id"), **facts),))
