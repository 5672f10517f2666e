"""What is learned about whoever pays, and what is corrected of it."""

from services.payments.payers.domain import Payer
from services.payments.payers.store import PAYERS
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.registration import ContactChanged, PayerIntroduced, PersonRegistered
from shared.unit import Unit


@consumes(PersonRegistered, needs=lambda event: [(PAYERS, event.person)])
def know_payer(event: PersonRegistered, unit: Unit) -> None:
    """Know how somebody is called who registers, and so may pay."""
    _keep(unit, Payer(id=event.person, name=event.name, postal_address=event.postal_address))


@consumes(PayerIntroduced, needs=lambda event: [(PAYERS, event.payer)])
def know_payer_of_several(event: PayerIntroduced, unit: Unit) -> None:
    """Know how somebody is called who pays for several, and what they want to read on their invoices."""
    _keep(unit, Payer(id=event.payer, name=event.name, postal_address=event.postal_address, reference=event.reference))


@consumes(ContactChanged, needs=lambda event: [(PAYERS, event.person)])
def call_payer_anew(event: ContactChanged, unit: Unit) -> None:
    """Call somebody as they are called from now on; what was issued and booked stays."""
    _keep(unit, Payer(id=event.person, name=event.name, postal_address=event.postal_address))


def _keep(unit: Unit, payer: Payer) -> None:
    unit.save(PAYERS, Change(payer))
