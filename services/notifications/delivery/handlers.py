"""What becomes of messages when somebody is erased."""

from services.notifications.delivery.commands import erase_words
from shared.contracts.flow import consumes
from shared.contracts.registration import PersonErased
from shared.unit import Unit


@consumes(PersonErased)
def forget_words(event: PersonErased, unit: Unit) -> None:
    """Blanks what was written to a person or names them, and sends nothing more; that it was sent, and when, stays."""
    erase_words(unit, event.person)
