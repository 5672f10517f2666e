"""What notifications hears for its previews: who is registered, that one is wanted, what three orders would be told."""

from dataclasses import replace

from services.notifications.previews.domain import Attending, Examples
from services.notifications.previews.store import ATTENDING, EXAMPLES
from shared.change import Change
from shared.contracts.flow import consumes
from shared.contracts.payments import MoneyPreviewed
from shared.contracts.registration import RegistrationLeft, RegistrationSubmitted
from shared.contracts.scheduling import PreviewAsked
from shared.previewing import INQUIRIES, begin
from shared.unit import Unit


@consumes(RegistrationSubmitted)
def note_registrant(event: RegistrationSubmitted, unit: Unit) -> None:
    """Somebody is registered, and would be told of a decision."""
    attending = Attending(
        id=event.registration,
        conference=event.conference,
        person=event.person,
        order=event.order,
        payer=event.payer,
    )
    unit.add(ATTENDING, attending)


@consumes(RegistrationLeft, needs=lambda event: [(ATTENDING, event.registration)])
def forget_registrant(event: RegistrationLeft, unit: Unit) -> None:
    """Somebody has left, and would not be told of a decision any more."""
    known = unit.load(ATTENDING, event.registration)
    if known is not None and known.is_live:
        unit.save(ATTENDING, Change(replace(known, is_live=False)))


@consumes(PreviewAsked, starts=[INQUIRIES])
def preview_messages(event: PreviewAsked, unit: Unit) -> None:
    """Have a look at what the decision would do here."""
    begin(unit, event)


@consumes(MoneyPreviewed)
def keep_examples(event: MoneyPreviewed, unit: Unit) -> None:
    """Keep what three orders would be told, to be read in the words of their messages."""
    unit.add(EXAMPLES, Examples(id=event.preview, conference=event.conference, examples=event.examples))
