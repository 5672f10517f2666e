"""What other services say that conferences show: who holds them."""

from shared.associations import learned
from shared.contracts.flow import consumes
from shared.contracts.registration import AssociationDescribed
from shared.described import ASSOCIATIONS
from shared.unit import Unit


@consumes(AssociationDescribed, needs=lambda event: [(ASSOCIATIONS, event.association)])
def learn_association(event: AssociationDescribed, unit: Unit) -> None:
    """Learns who stands on pages, calendars and papers of its conferences, and what a point takes there."""
    unit.save(ASSOCIATIONS, learned(event))
