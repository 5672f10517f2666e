"""Which association is whose, and what each says of itself.

What was kept or said before there were several, and what belongs to no conference (the account at the card provider),
is the first's: the one of an installation to which all belongs that says no other. Leaves to registration who may say
what of an association, and to each service what it shows of it; where it is kept is `shared.described`.
"""

from dataclasses import asdict, dataclass

from shared.change import Change
from shared.contracts.registration import AssociationDescribed, PointsRule

FIRST = "first"
HOUSE = "-"  # in `Collection.conference`: all that it holds belongs to no conference
SAID_IN = ("points",)  # what is made of parts, which an event carries as they are


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
    logo: str = ""  # a PNG in base64
    invoice_prefix: str = ""
    currency: str = ""
    languages: tuple[str, ...] = ()
    points: tuple[PointsRule, ...] = ()

    @property
    def imprint(self) -> str:
        """Who it is, in one line."""
        return " · ".join(filter(None, (self.name, *self.postal_address, self.tax_number)))

    def writes_as(self, *, name: str, address: str) -> tuple[str, str]:
        """Name and mail address under which it is known; what it hasn't said is the installation's."""
        return self.sender_name or self.name or name, self.sender_address or address

    @property
    def said(self) -> AssociationDescribed:
        """All of it, as it is told."""
        facts = asdict(self) | {name: getattr(self, name) for name in SAID_IN}
        return AssociationDescribed(association=facts.pop("id"), **facts)


UNDESCRIBED = Association(id="")  # nobody has said anything of it


def learned(event: AssociationDescribed) -> Change[Association]:
    """What is known once this was heard."""
    facts = asdict(event) | {name: getattr(event, name) for name in SAID_IN}
    return Change(Association(id=facts.pop("association"), **facts))
