"""What registration hears of previews: that one is wanted."""

from shared.contracts.flow import consumes
from shared.contracts.scheduling import PreviewAsked
from shared.previewing import INQUIRIES, begin
from shared.unit import Unit


@consumes(PreviewAsked, starts=[INQUIRIES])
def preview_registrations(event: PreviewAsked, unit: Unit) -> None:
    """Have a look at what the decision would do here."""
    begin(unit, event)
